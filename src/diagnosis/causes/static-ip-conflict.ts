import { type CauseRule, conflictsAt, moveIntruders, of, proof, verifyAddresses } from '../investigation.ts';

export const staticIpConflict: CauseRule = {
  id: 'static-ip-conflict',
  explains: {
    title: 'An address given by hand clashes',
    meaning: 'The same address is asked for twice by hand, or asked for by hand and given by IPAM.',
    arises:
      'A static address in the template of a workload with several replicas, a copied annotation, an address that bypasses IPAM inside its pool.',
    tellApart: 'The request stands in an annotation, a template or a network definition. Without one, look at the allocator.',
    action: 'One address for each pod, out of a reserved range.',
    sources: ['k8snetworkplumbingwg/multus-cni#589', 'projectcalico/cni-plugin#288', 'kubeovn/kube-ovn#4304'],
  },
  weigh(investigation) {
    const found = of(investigation, 'static-ip-conflict', ['error']);
    if (found.length === 0)
      return of(investigation, ['duplicate-pod-ip', 'duplicate-secondary-ip']).length > 0
        ? { not: 'no annotation or template asks for the address' }
        : undefined;
    const effects = found.flatMap((finding) => conflictsAt(investigation, finding.address, finding.network));
    return {
      confidence: 'certain',
      summary: `${found[0]!.title}.`,
      decisive: proof(found),
      explains: [
        ...new Set([
          ...found,
          ...effects,
          ...of(investigation, 'sandbox-creation-failing').filter((finding) =>
            finding.holders.some((holder) => found.some((other) => other.holders.some((party) => party.name === holder.name))),
          ),
        ]),
      ],
    };
  },
  remedy({ facts }, found) {
    const finding = found.explains.find((candidate) => candidate.id === 'static-ip-conflict');
    const virtual = finding?.holders.find((holder) => holder.kind === 'LoadBalancer');
    if (finding && virtual)
      return [
        {
          text: `Choose a virtual address outside of every range of the cluster (pods, Services, what DHCP gives), and set it instead of ${finding.address} where that is configured (${virtual.name}).`,
          precondition: 'certificates and kubeconfigs name the new address before the old one goes',
          risk: 'disruptive',
        },
      ];
    const asking = facts.staticRequests.flatMap(({ pod, address }) => (pod && address === finding?.address ? [pod] : []));
    const made = asking.flatMap(({ namespace, name }) => {
      const row = facts.pods.find(namespace, name);
      const owner = row === undefined ? undefined : facts.pods.pod(row).owner;
      return owner ? [`${namespace}/${name} is made by ${owner.kind} ${owner.name}`] : [];
    });
    const template = facts.staticRequests.find((request) => request.workload && request.address === finding?.address);
    return [
      template?.workload
        ? {
            text: `Take the address out of the template of ${template.workload.kind} ${template.workload.namespace}/${template.workload.name}, or give each replica its own (an IPAM pool, one workload a replica).`,
            command: `kubectl -n ${template.workload.namespace} edit ${template.workload.kind.toLowerCase()} ${template.workload.name}`,
            risk: 'disruptive',
          }
        : {
            text: `Give one of the two another address, out of a range that IPAM leaves alone, where it is asked for${made.length === 0 ? '' : ` (${made.slice(0, 2).join(', ')})`}; the one that IPAM has on record keeps its own.`,
            risk: 'disruptive',
          },
      ...moveIntruders(finding ? [finding] : [], 2, `nothing asks for ${finding?.address} on its behalf any more`),
    ];
  },
  warnings: ['Do not clean the allocator’s records: it never gave this address twice.'],
  verify: (_investigation, found) => verifyAddresses(found.explains),
};
