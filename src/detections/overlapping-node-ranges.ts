import { overlappingPairs } from '../ip/range.ts';
import { within } from '../ip/within.ts';
import type { ClusterFacts, NodeRange } from '../model/facts.ts';
import { compareText, isoTime, type Severity } from '../model/finding.ts';
import type { Pod } from '../model/pod-table.ts';
import { type LivePods, finding, livePodsByNode, plural, some } from './common.ts';
import type { Detection } from './detection.ts';

export const overlappingNodeRanges: Detection = {
  id: 'overlapping-node-ranges',
  explains: {
    title: 'Two nodes hand out addresses of one range',
    meaning:
      'Ranges that each node believes to be its own overlap. Duplicate pod addresses follow as soon as both hand out the same number, and routes to one of the nodes are lost.',
    arises:
      'A range was released while its node still drained, two controllers allocate ranges, an operator forgot what was in use, or a range was written by hand.',
    tellApart:
      'Only the ranges that the CNI really uses count: Node.spec.podCIDRs mean nothing to Calico’s IPAM or Cilium’s cluster-pool. Two nodes in replacement may share a range for a moment while the old one has no pods left.',
    action:
      'Replace the younger node of the pair; restart the CNI agents so that the route to the surviving node returns; then stop the allocator from doing it again.',
    sources: [
      'kubernetes/kubernetes#127792',
      'cilium/cilium#21482',
      'kubernetes-sigs/cloud-provider-azure#4556',
      'flannel-io/flannel#1549',
    ],
  },
  *find(facts) {
    const pods = livePodsByNode(facts);
    for (const [network, entries] of Map.groupBy(facts.nodeRanges, (entry) => entry.network)) {
      const pairs = overlappingPairs(entries, (entry) => entry.range).filter(([a, b]) => a.node !== b.node);
      for (const group of connected(pairs)) yield describe(facts, network, group, pods);
    }
  },
};

/** Pairs that share a member are one finding: a range on five nodes is not ten conflicts. */
function connected(pairs: readonly (readonly [NodeRange, NodeRange])[]): NodeRange[][] {
  const groupOf = new Map<NodeRange, Set<NodeRange>>();
  for (const [a, b] of pairs) {
    const joined = new Set([...(groupOf.get(a) ?? [a]), ...(groupOf.get(b) ?? [b])]);
    for (const member of joined) groupOf.set(member, joined);
  }
  return [...new Set(groupOf.values())].map((group) => [...group].toSorted((a, b) => compareText(a.node, b.node)));
}

function describe(facts: ClusterFacts, network: string, group: readonly NodeRange[], pods: LivePods): ReturnType<typeof finding> {
  const names = [...new Set(group.map((entry) => entry.node))];
  const isInside = within(group.map((entry) => entry.range));
  const inRange = (node: string): Pod[] => pods.on(node).filter((pod) => pod.ips.some(isInside));
  const ranges = [...new Map(group.map((entry) => [`${entry.range.text}|${entry.node}`, entry])).values()];
  const texts = [...new Set(group.map((entry) => entry.range.text))];
  return finding(
    'overlapping-node-ranges',
    severityOf(facts, names, inRange),
    'confirmed',
    `${texts.join(' and ')} ${texts.length === 1 ? 'belongs' : 'overlap and belong'} to ${plural(names.length, 'node')}: ${some(names, 4)}`,
    {
      network,
      nodes: names,
      ranges: ranges.map((entry) => ({ cidr: entry.range.text, node: entry.node, source: `${entry.ref} ${entry.source}` })),
      evidence: ranges.map((entry) => {
        const node = facts.node(entry.node);
        const created = isoTime(node?.created);
        const leaving =
          node?.deletion === undefined
            ? ''
            : `, being deleted since ${isoTime(node.deletion)}${node.finalizers.length > 0 ? ` and kept by ${node.finalizers.join(', ')}` : ''}`;
        const writer = node?.podCIDRManager === undefined || entry.source !== 'spec.podCIDRs' ? '' : `, written by ${node.podCIDRManager}`;
        return {
          source: entry.ref.startsWith('node/') ? ('node' as const) : ('crd' as const),
          ref: entry.ref,
          ...(created ? { at: created } : {}),
          text: `${entry.ref} ${entry.source}: ${entry.range.text}${created ? `, node created ${created}` : ''}${leaving}${writer}; ${plural(inRange(entry.node).length, 'live pod')} with an address of it`,
        };
      }),
    },
  );
}

/**
 * An error, unless at most one of the nodes can still hand out or hold addresses: the others are being deleted, or are silent,
 * and have no live pod of the pod network left (the good twin of kubernetes#127792).
 */
function severityOf(facts: ClusterFacts, names: readonly string[], inRange: (node: string) => readonly Pod[]): Severity {
  const retired = names.filter((name) => {
    const node = facts.node(name);
    return (node === undefined || node.deletion !== undefined || node.unreachable) && inRange(name).length === 0;
  });
  if (names.length - retired.length > 1) return 'error';
  return retired.some((name) => facts.node(name)?.unreachable) ? 'warning' : 'info';
}
