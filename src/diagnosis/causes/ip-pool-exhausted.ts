import { some } from '../../derived/holders.ts';
import type { ClusterFacts } from '../../model/facts.ts';
import type { RemedyStep } from '../../model/report.ts';
import { type CauseCase, type CauseRule, effectsOn, of, proof } from '../investigation.ts';

export const ipPoolExhausted: CauseRule = {
  id: 'ip-pool-exhausted',
  explains: {
    title: 'No free address is left',
    meaning:
      'A pool, a node’s range, or the blocks of a pool are used up by living pods and nodes. Pods wait, or live on borrowed addresses.',
    arises: 'Growth beyond what was planned; a pool that was disabled, or kept for some nodes, while others still need it.',
    tellApart: 'Where many records belong to nobody it is a leak. Where no node range is left it is node-cidr-exhausted.',
    action: 'Add addresses.',
    sources: ['projectcalico/calico#3246', 'cilium/cilium#9793', 'aws/amazon-vpc-cni-k8s docs/troubleshooting.md'],
  },
  weigh(investigation) {
    const found = of(investigation, 'pool-exhausted');
    if (found.length === 0)
      return of(investigation, 'sandbox-creation-failing').length > 0 ? { not: 'no pool or node range that was read is full' } : undefined;
    const leaked = of(investigation, 'ipam-leak', ['error']);
    const nodes = found.flatMap((finding) => finding.nodes);
    return {
      confidence:
        leaked.length > 0
          ? 'possible'
          : found.some((finding) => finding.confidence === 'confirmed')
            ? 'certain'
            : found.some((finding) => finding.confidence === 'likely')
              ? 'likely'
              : 'possible',
      summary: `${found[0]!.title}.`,
      decisive: proof(found),
      explains: [
        ...found,
        ...effectsOn(investigation, nodes).filter((finding) => finding.id !== 'node-range-missing'),
        ...of(investigation, 'sandbox-creation-failing').filter((finding) => /exhausted|no-pool/.test(finding.title)),
      ],
      ...(leaked.length > 0 ? { against: ['a good part of what fills it has leaked'] } : {}),
    };
  },
  remedy({ facts }, found) {
    const pool = found.explains.flatMap((finding) => finding.ranges).find((range) => range.pool !== undefined);
    const node = found.explains.flatMap((finding) => finding.nodes)[0];
    const calico = facts.cnis.some((cni) => cni.id === 'calico' && cni.role === 'primary');
    if (found.explains.some((finding) => finding.id === 'sandbox-creation-failing' && /no-pool/.test(finding.title)))
      return withoutPool(facts, found);
    if (pool && calico && pool.source?.startsWith('ippool/'))
      return [
        {
          text: 'Add an IPPool with a range that overlaps nothing; pods and nodes take from it at once.',
          command: 'kubectl apply -f new-ippool.yaml',
          precondition: 'the range is outside of nodes, Services and other pools',
          risk: 'none',
        },
        { text: 'New nodes get blocks of their own after their calico-node restarted.', risk: 'disruptive' },
      ];
    if (facts.addressing === 'node-network')
      return [
        {
          text: 'Add a subnet or a secondary range for pods, or free addresses of it; on AWS prefix delegation packs more pods on a node.',
          risk: 'none',
        },
      ];
    return [
      ...(node ? [{ text: `Keep new pods away from ${node} for now.`, command: `kubectl cordon ${node}`, risk: 'none' as const }] : []),
      { text: 'Spread the pods over more nodes; lower max-pods below the number of addresses of a node’s range.', risk: 'none' },
      { text: 'A larger range for each node needs new nodes (or a CNI with pools): it cannot be changed in place.', risk: 'disruptive' },
    ];
  },
  warnings: ['Do not clean /var/lib/cni/networks or IPAM records: every one belongs to a living pod, and duplicates follow.'],
  verify: () => ['kubectl ipconflict scan -A', 'kubectl get events -A --field-selector reason=FailedCreatePodSandBox'],
};

/** A pool is there as a rule, and closed: to everybody, or to the nodes where pods wait. */
function withoutPool(facts: ClusterFacts, found: CauseCase): RemedyStep[] {
  const names = new Set(found.explains.flatMap((finding) => finding.ranges.map((range) => range.pool)));
  const closed = facts.pools.filter((pool) => names.has(pool.name));
  const nodes = [...new Set(found.explains.flatMap((finding) => finding.nodes))];
  return [
    ...closed
      .filter((pool) => !pool.enabled)
      .slice(0, 2)
      .map((pool) => ({
        text: `Enable pool ${pool.name}; pods that wait get their addresses by themselves.`,
        ...(pool.ref.startsWith('ippool/')
          ? { command: `kubectl patch ippools.crd.projectcalico.org ${pool.name} --type merge -p '{"spec":{"disabled":false}}'` }
          : {}),
        precondition: 'it was not disabled so that it runs empty, and overlaps no other',
        risk: 'none' as const,
      })),
    ...closed
      .filter((pool) => pool.enabled)
      .slice(0, 2)
      .map((pool) => ({
        text: `Let pool ${pool.name} serve ${some(nodes)} too: it is only for ${pool.only}. Change that, or the labels of the nodes.`,
        command: `kubectl get node ${nodes[0] ?? 'NODE'} --show-labels`,
        risk: 'none' as const,
      })),
    {
      text: 'Else add a pool with a range that overlaps nothing, or name an enabled one where an annotation of the pod or its namespace asks for another.',
      precondition: 'the range is outside of nodes, Services and other pools',
      risk: 'none',
    },
  ];
}
