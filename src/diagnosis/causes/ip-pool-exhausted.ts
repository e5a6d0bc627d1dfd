import { type CauseRule, effectsOn, of, proof } from '../investigation.ts';

export const ipPoolExhausted: CauseRule = {
  id: 'ip-pool-exhausted',
  explains: {
    title: 'No free address is left',
    meaning:
      'A pool, a node’s range, or the blocks of a pool are used up by living pods and nodes. Pods wait, or live on borrowed addresses.',
    arises: 'Growth beyond what was planned.',
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
        ...of(investigation, 'sandbox-creation-failing').filter((finding) => /exhausted/.test(finding.title)),
      ],
      ...(leaked.length > 0 ? { against: ['a good part of what fills it has leaked'] } : {}),
    };
  },
  remedy({ facts }, found) {
    const pool = found.explains.flatMap((finding) => finding.ranges).find((range) => range.pool !== undefined);
    const node = found.explains.flatMap((finding) => finding.nodes)[0];
    const calico = facts.cnis.some((cni) => cni.id === 'calico' && cni.role === 'primary');
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
