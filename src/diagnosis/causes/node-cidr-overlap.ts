import { blockOf, blocksByNode, othersHaveTheirOwn } from '../../derived/observed-blocks.ts';
import type { ClusterFacts } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import {
  type CauseRule,
  type Investigation,
  type Weighed,
  conflictsIn,
  effectsOn,
  moveIntruders,
  of,
  proof,
  verifyAddresses,
} from '../investigation.ts';

export const nodeCidrOverlap: CauseRule = {
  id: 'node-cidr-overlap',
  explains: {
    title: 'Two nodes hand out the same range',
    meaning:
      'Each node believes the range to be its own and gives its addresses to its pods. Duplicates follow by construction, and other nodes know the way to one of them only.',
    arises:
      'The allocator gave a range out that was still in use: a node that drained while its range was released, a controller that restarted with an empty memory, two controllers, a failed write that was repeated, a range written by hand.',
    tellApart:
      'The ranges that the CNI uses are equal or nested. With disjoint ranges and a pod outside its own node’s range, something else plumbed the pod (cni-bypassed).',
    action: 'Replace the younger node of each pair; restart the agents so that the surviving node’s route returns; mend the allocator.',
    sources: [
      'kubernetes/kubernetes#127792',
      'kubernetes/kubernetes#29058',
      'cilium/cilium#21482',
      'ovn-org/ovn-kubernetes#463',
      'flannel-io/flannel#1549',
    ],
  },
  weigh(investigation) {
    const overlaps = of(investigation, 'overlapping-node-ranges', ['error']);
    if (overlaps.length > 0) {
      const conflicts = overlaps.flatMap((overlap) => conflictsIn(investigation, overlap));
      const nodes = [...new Set(overlaps.flatMap((overlap) => overlap.nodes))];
      return {
        confidence: 'certain',
        summary: `${overlaps[0]!.title}${overlaps.length > 1 ? `, and ${overlaps.length - 1} more ranges likewise` : ''}.${allocatorText(investigation, nodes)}`,
        decisive: [...proof(overlaps, 4), ...timing(investigation, nodes), ...proof(conflicts, 4)],
        explains: [
          ...overlaps,
          ...conflicts,
          ...of(investigation, 'pod-ip-in-other-node-range').filter((finding) => finding.nodes.some((node) => nodes.includes(node))),
          ...effectsOn(investigation, nodes).filter((finding) => finding.id === 'cni-log-error'),
        ],
      };
    }
    const inferred = inferredOverlap(investigation);
    if (inferred) return inferred;
    const { facts } = investigation;
    if (facts.nodeRanges.length > 1) return { not: `all ${facts.nodeRanges.length} node ranges are disjoint` };
    return facts.addressing === 'pool' || facts.addressing === 'node-network'
      ? { not: 'this CNI gives nodes no range of their own' }
      : undefined;
  },
  remedy({ facts }, found) {
    const pair = found.explains.find((finding) => finding.id === 'overlapping-node-ranges');
    const nodes = (pair?.nodes ?? [])
      .map((name) => facts.node(name))
      .filter((node) => node !== undefined)
      .toSorted((a, b) => (a.created ?? 0) - (b.created ?? 0));
    const younger = nodes.length > 1 ? nodes.at(-1)! : undefined;
    const agent = facts.cnis.find((cni) => cni.role === 'primary')?.agents.find((candidate) => candidate.kind === 'node')?.workload;
    return [
      ...(younger
        ? [
            {
              text: `Let no new pod onto ${younger.name}, the younger of the pair.`,
              command: `kubectl cordon ${younger.name}`,
              risk: 'none' as const,
            },
            {
              text: 'Move its pods away; the older node keeps the range.',
              command: `kubectl drain ${younger.name} --ignore-daemonsets --delete-emptydir-data`,
              precondition: 'the other nodes have room for its pods',
              risk: 'disruptive' as const,
            },
            {
              text: 'Delete it and let the machine register anew (or replace it), so that it gets a range of its own. spec.podCIDR cannot be changed in place.',
              command: `kubectl delete node ${younger.name}`,
              precondition: 'it is drained, and the allocator works',
              risk: 'disruptive' as const,
            },
          ]
        : moveIntruders(found.explains.filter((finding) => finding.id === 'duplicate-pod-ip'))),
      ...(younger && facts.nodeRanges.some((entry) => entry.ref === `ciliumnode/${younger.name}`)
        ? [
            {
              text: 'Its CiliumNode goes with it; if it stays, the operator keeps the old range.',
              command: `kubectl delete ciliumnode ${younger.name}`,
              precondition: 'the Node is deleted',
              risk: 'disruptive' as const,
            },
          ]
        : []),
      ...(agent
        ? [
            {
              text: 'Restart the CNI agents, so that the route to the surviving node comes back on the others.',
              command: `kubectl -n ${agent.namespace} rollout restart ${agent.kind.toLowerCase()}/${agent.name}`,
              risk: 'disruptive' as const,
            },
          ]
        : []),
      {
        text:
          facts.nodeIpam.allocators.length > 1
            ? 'Turn node-range allocation off in all controllers but one (--allocate-node-cidrs=false).'
            : 'Upgrade or mend the component that allocates the ranges, or it happens again with the next node.',
        risk: 'none',
      },
    ];
  },
  warnings: [
    'Do not patch spec.podCIDR: it is immutable, and a range typed by hand is how other clusters got here.',
    'Do not restart the agent on the older node first: it may take the younger one’s routes away.',
  ],
  verify: (_investigation, found) => [
    'kubectl get nodes -o custom-columns=NAME:.metadata.name,PODCIDRS:.spec.podCIDRs | sort -k2',
    'kubectl ipconflict scan -A',
    ...verifyAddresses(found.explains),
  ],
};

/** Two controllers that both write ranges, or a range written by hand, say how it came about. */
function allocatorText({ facts }: Investigation, nodes: readonly string[]): string {
  const writers = new Set(nodes.map((name) => facts.node(name)?.podCIDRManager).filter((writer) => writer !== undefined));
  if ([...writers].some((writer) => writer.startsWith('kubectl'))) return ' A range was written by hand (kubectl).';
  const controllers = [...writers].filter((writer) => /controller-manager|cidr|operator/.test(writer));
  if (controllers.length > 1) return ` Two controllers write ranges: ${controllers.join(' and ')}.`;
  if (
    facts.nodeIpam.allocators.length > 1 &&
    new Set(facts.nodeIpam.allocators.map((allocator) => allocator.pod.replace(/-[^-]+$/, ''))).size > 1
  )
    return ` Two controllers allocate ranges: ${facts.nodeIpam.allocators.map((allocator) => allocator.pod).join(' and ')}.`;
  return '';
}

/** What restarted between the two nodes' creation: the allocator that forgot. */
function timing({ facts }: Investigation, nodes: readonly string[]): ReturnType<typeof proof> {
  const controllers = facts.cnis
    .flatMap((cni) => cni.agents)
    .filter((agent) => agent.kind === 'controller')
    .flatMap((agent) => agent.pods.map((row) => facts.pods.pod(row)));
  const created = nodes.map((name) => facts.node(name)?.created).filter((time) => time !== undefined);
  const youngest = Math.max(...created);
  return controllers
    .filter(
      (pod) =>
        pod.containers.restarts > 0 &&
        pod.containers.lastFinished !== undefined &&
        Math.abs(pod.containers.lastFinished - youngest) < 2 * 3_600_000,
    )
    .slice(0, 2)
    .map((pod) => ({
      source: 'pod',
      ref: `pod/${pod.namespace}/${pod.name}`,
      text: `${pod.namespace}/${pod.name} restarted ${pod.containers.restarts} times, last ${new Date(pod.containers.lastFinished!).toISOString()}, while the younger node joined`,
    }));
}

/**
 * Where no object states the nodes' ranges (a bridge configured by hand, leases in an etcd of flannel's own), the pods do:
 * pods of two nodes that fill one /24 from the bottom draw from one range.
 */
function inferredOverlap(investigation: Investigation): Weighed {
  const { facts } = investigation;
  if (facts.addressing === 'pool' || facts.addressing === 'node-network') return undefined;
  const conflicts = of(investigation, 'duplicate-pod-ip', ['error']).filter(
    (finding) => new Set(finding.nodes).size > 1 && !finding.nodes.some((node) => facts.nodeRanges.some((entry) => entry.node === node)),
  );
  const misplaced = of(investigation, ['pod-ip-in-runtime-default-range']).length > 0;
  if (conflicts.length === 0 || misplaced || facts.nodeRanges.length > 0 || facts.nodes.some((node) => node.podCIDRs.length > 0))
    return undefined;
  const conflicting = conflicts.filter((finding) => drawFromOneRange(facts, finding, conflicts.length));
  if (conflicting.length === 0) return undefined;
  const blocks = new Set(conflicting.map((finding) => blockOf(finding.address)));
  return {
    confidence: conflicting.length > 1 ? 'likely' : 'possible',
    summary: `Pods of several nodes draw from one range (${[...blocks].slice(0, 2).join(', ')}), though no object states the nodes’ ranges.`,
    decisive: proof(conflicting),
    explains: conflicting,
    against: ['the nodes’ ranges are not in the API; this is inferred from the pods'],
    missing: ['on each node: cat /etc/cni/net.d/* /run/flannel/subnet.env'],
  };
}

/**
 * A cluster-wide pool mixes the nodes' pods in every block; a range counted by each node for itself does not: the pods of each of
 * these nodes lie in one block, and either several numbers repeat, or the other nodes have blocks of their own.
 */
function drawFromOneRange(facts: ClusterFacts, finding: Finding, repeats: number): boolean {
  const blocks = blocksByNode(facts);
  const single = finding.nodes.every((node) => blocks.get(node)?.size === 1);
  const apart = othersHaveTheirOwn(blocks, finding.nodes, blockOf(finding.address));
  return single && (repeats > 1 || apart);
}
