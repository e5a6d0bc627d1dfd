import { type SickAgent, sickAgents } from '../derived/agents.ts';
import { failingSandboxes } from '../derived/sandboxes.ts';
import type { ClusterFacts } from '../model/facts.ts';
import type { Severity } from '../model/finding.ts';
import { podName } from '../model/pod-table.ts';
import { finding, plural, podHolder, some } from './common.ts';
import type { Detection } from './detection.ts';

export const cniAgentUnhealthy: Detection = {
  id: 'cni-agent-unhealthy',
  explains: {
    title: 'CNI agents fail, restart or are not ready',
    meaning: 'Where the node agent does not work, pods get no address; where a controller does not work, records and ranges are not kept.',
    arises:
      'A wrong interface or address detection, no way to the API server, missing rights, or an effect of another fault: no range for the node, a pool that is full, an address that is already taken.',
    tellApart:
      'Restarts of long ago prove nothing. An agent that refuses to start because it found a duplicate is an effect, not the cause.',
    action: 'Read the previous log of the failing container; it names the reason.',
    sources: ['projectcalico/calico#2166', 'projectcalico/calico#6432', 'Azure/azure-container-networking#939'],
  },
  *find(facts) {
    for (const [agent, sick] of Map.groupBy(sickAgents(facts), (entry) => entry.agent)) {
      const nodes = [...new Set(sick.map((entry) => entry.pod.node))].filter(Boolean);
      yield finding(
        'cni-agent-unhealthy',
        agent.kind === 'node' ? nodeSeverity(facts, sick) : 'warning',
        'confirmed',
        `${plural(sick.length, 'pod')} of ${agent.name} do${sick.length === 1 ? 'es' : ''} not work: ${some(
          sick.map((entry) => `${entry.pod.node} (${entry.why})`),
          2,
        )}`,
        {
          holders: sick.map((entry) => ({ ...podHolder(facts, entry.pod), role: 'unknown' as const })),
          nodes,
          evidence: [
            ...sick.slice(0, 5).map((entry) => ({
              source: 'pod' as const,
              ref: `pod/${podName(entry.pod)}`,
              text: `${podName(entry.pod)} on ${entry.pod.node}: ${entry.why}`,
            })),
            ...facts.signals
              .filter(
                (signal) => signal.evidence.source === 'log' && sick.some((entry) => signal.evidence.ref.includes(`/${entry.pod.name}/`)),
              )
              .slice(0, 4)
              .map((signal) => signal.evidence),
          ],
        },
      );
    }
  },
};

/** A crash loop stops IPAM on the node. "Not ready" may be routing only: an error where pods there lack an address. */
function nodeSeverity(facts: ClusterFacts, sick: readonly SickAgent[]): Severity {
  if (sick.some((entry) => /CrashLoopBackOff|ErrImage|ImagePull|Err/.test(entry.why))) return 'error';
  const nodes = new Set(sick.map((entry) => entry.pod.node));
  const starving =
    failingSandboxes(facts).some(({ pod }) => nodes.has(pod.node)) ||
    facts.signals.some((signal) => signal.means === 'agent-not-running' && signal.node !== undefined && nodes.has(signal.node));
  return starving || facts.nodes.some((node) => nodes.has(node.name) && node.ready === 'no') ? 'error' : 'warning';
}
