import { POD_NETWORK } from '../model/facts.ts';
import { isoTime } from '../model/finding.ts';
import { isApart, rangelessByLog, unableToAsk } from '../derived/agents.ts';
import { finding, plural, some } from './common.ts';
import type { Detection } from './detection.ts';

/** A node gets its range within seconds; before that nothing is missing. */
const YOUNG_MS = 120_000;

export const nodeRangeMissing: Detection = {
  id: 'node-range-missing',
  explains: {
    title: 'A node has no pod range',
    meaning: 'The CNI hands out addresses per node, and this node has nothing to hand out: its pods wait for a sandbox.',
    arises: 'The controller that gives nodes their ranges is off, crashes, or has none left; or the CNI’s operator refused the node.',
    tellApart:
      'CNIs with their own pools (Calico IPAM, VPC networks) need no range on the node, and an empty field is normal there. A node that joined a moment ago gets its range in seconds.',
    action: 'Mend the allocator; it then serves the waiting nodes. Never patch spec.podCIDR by hand.',
    sources: ['flannel-io/flannel#1099', 'kubernetes/kubernetes#85866', 'cilium/cilium#41130'],
  },
  *find(facts) {
    if (facts.addressing !== 'node-range') return;
    const said = rangelessByLog(facts);
    if (said.length > 0) {
      const names = said.map(({ node }) => node);
      yield finding('node-range-missing', 'error', 'likely', `${plural(names.length, 'node')} without a pod range: ${some(names)}`, {
        network: POD_NETWORK,
        nodes: names,
        evidence: said.slice(0, 5).map(({ evidence }) => evidence),
      });
      return;
    }
    const served = new Set(facts.nodeRanges.filter((entry) => entry.network === POD_NETWORK).map((entry) => entry.node));
    const agents = facts.cnis
      .flatMap((cni) => (cni.role === 'primary' ? cni.agents : []))
      .filter((agent) => agent.kind === 'node' && agent.workload);
    const mute = unableToAsk(facts);
    const without = facts.nodes.filter((node) => {
      // That the agent fails is what is wrong there, and is told of it.
      if (mute.has(node.name)) return false;
      if (served.has(node.name) || node.virtual || node.deletion !== undefined) return false;
      if (node.ready === 'yes' && isApart(facts, node.name) === 'yes') return false;
      // A node that the agent does not want (another system, an excluded group) may be nobody's business.
      return (
        agents.length === 0 ||
        node.ready !== 'yes' ||
        agents.some((agent) => Object.entries(agent.workload!.nodeSelector).every(([key, value]) => node.labels[key] === value))
      );
    });
    if (without.length === 0 || (served.size === 0 && agents.length === 0)) return;
    const young = without.every((node) => facts.now - (node.created ?? 0) < YOUNG_MS);
    const perhapsApart = without.every((node) => node.ready === 'yes' && isApart(facts, node.name) === 'unknown');
    yield finding(
      'node-range-missing',
      young || perhapsApart ? 'warning' : 'error',
      perhapsApart ? 'possible' : 'confirmed',
      `${plural(without.length, 'node')} without a pod range: ${some(without.map((node) => node.name))}`,
      {
        network: POD_NETWORK,
        nodes: without.map((node) => node.name),
        evidence: [
          ...without.slice(0, 5).map((node) => ({
            source: 'node' as const,
            ref: `node/${node.name}`,
            ...(isoTime(node.created) ? { at: isoTime(node.created)! } : {}),
            text: `${node.name}: no pod range; created ${isoTime(node.created) ?? 'at an unknown time'}, Ready is ${node.ready}`,
          })),
          { source: 'arithmetic', ref: 'nodes', text: `${served.size} other nodes have one` },
        ],
      },
    );
  },
};
