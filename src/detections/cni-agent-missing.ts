import { missingAgents } from '../derived/agents.ts';
import { finding, plural, some } from './common.ts';
import type { Detection } from './detection.ts';

export const cniAgentMissing: Detection = {
  id: 'cni-agent-missing',
  explains: {
    title: 'A node has no CNI agent',
    meaning: 'The CNI’s DaemonSet should run on the node and does not: its pods get no network, or one from somebody else.',
    arises: 'A taint that the DaemonSet does not tolerate, a selector that misses the node, no room on the node.',
    tellApart: 'Windows, Fargate and virtual nodes are left out on purpose; so are nodes that joined a moment ago.',
    action: 'kubectl describe the DaemonSet and the node: events say why no pod is there.',
    sources: ['kubernetes/kubernetes#98611'],
  },
  *find(facts) {
    for (const { agent, nodes } of missingAgents(facts)) {
      const names = nodes.map((node) => node.name);
      yield finding('cni-agent-missing', 'error', 'confirmed', `${plural(names.length, 'node')} without ${agent.name}: ${some(names)}`, {
        nodes: names,
        evidence: [
          {
            source: 'workload',
            ref: `daemonset/${agent.workload!.namespace}/${agent.name}`,
            text: `${agent.name}: ${plural(agent.pods.length, 'pod')}, ${agent.workload!.desired ?? '?'} wanted, ${plural(facts.nodes.length, 'node')}`,
          },
          ...nodes.slice(0, 4).map((node) => ({
            source: 'node' as const,
            ref: `node/${node.name}`,
            text: `${node.name}: Ready is ${node.ready}${node.readyMessage ? ` (${node.readyMessage.slice(0, 160)})` : ''}`,
          })),
        ],
      });
    }
  },
};
