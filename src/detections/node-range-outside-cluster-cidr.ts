import { covers } from '../ip/range.ts';
import { POD_NETWORK } from '../model/facts.ts';
import { finding, some } from './common.ts';
import type { Detection } from './detection.ts';

export const nodeRangeOutsideClusterCidr: Detection = {
  id: 'node-range-outside-cluster-cidr',
  explains: {
    title: 'A node’s range lies outside the cluster’s pod range',
    meaning:
      'The node hands out addresses that nobody else expects: they are not routed, not masqueraded, and the controller that allocates ranges may refuse to start.',
    arises: 'The cluster CIDR was changed on a living cluster, or the range was written by hand.',
    tellApart:
      'CNIs that ignore Node.spec.podCIDRs are not concerned. If every node lies outside, the statement of the cluster range is what is wrong.',
    action: 'Delete and rejoin the node so that it gets a range of the cluster, or restore the old cluster range.',
    sources: ['kubernetes/kubernetes#82773', 'kubernetes/kubernetes#75461'],
  },
  *find(facts) {
    const stated = facts.clusterRanges.filter((entry) => entry.purpose === 'pod' && entry.basis !== 'kube-proxy');
    const entries = facts.nodeRanges.filter((entry) => entry.network === POD_NETWORK);
    const outside = entries.filter((entry) => {
      if (entry.beside) return false;
      const family = stated.filter((range) => range.range.family === entry.range.family);
      return family.length > 0 && !family.some((range) => covers(range.range, entry.range));
    });
    if (outside.length === 0 || entries.every((entry) => entry.beside || outside.includes(entry))) return;
    yield finding(
      'node-range-outside-cluster-cidr',
      'error',
      'confirmed',
      `${outside
        .map((entry) => `${entry.range.text} of ${entry.node}`)
        .slice(0, 3)
        .join(', ')} lies outside the cluster’s pod range ${some([...new Set(stated.map((range) => range.range.text))])}`,
      {
        network: POD_NETWORK,
        nodes: outside.map((entry) => entry.node),
        ranges: [
          ...outside.map((entry) => ({ cidr: entry.range.text, node: entry.node, source: `${entry.ref} ${entry.source}` })),
          ...[...new Map(stated.map((range) => [range.range.text, range])).values()].map((range) => ({
            cidr: range.range.text,
            source: range.ref,
          })),
        ],
        evidence: [
          ...outside.slice(0, 5).map((entry) => ({
            source: 'node' as const,
            ref: entry.ref,
            text: `${entry.node}: ${entry.source} ${entry.range.text}${facts.node(entry.node)?.podCIDRManager === undefined ? '' : `, written by ${facts.node(entry.node)!.podCIDRManager}`}`,
          })),
          ...stated
            .slice(0, 4)
            .map((range) => ({ source: 'configmap' as const, ref: range.ref, text: `${range.ref} (${range.basis}): ${range.range.text}` })),
          ...facts.signals
            .filter((signal) => signal.means === 'range-outside-cluster')
            .slice(0, 2)
            .map((signal) => signal.evidence),
        ],
      },
    );
  },
};
