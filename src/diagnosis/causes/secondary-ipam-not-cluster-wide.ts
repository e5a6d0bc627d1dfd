import { type CauseRule, moveIntruders, of, proof, verifyAddresses } from '../investigation.ts';

export const secondaryIpamNotClusterWide: CauseRule = {
  id: 'secondary-ipam-not-cluster-wide',
  explains: {
    title: 'A secondary network uses an allocator that knows one node',
    meaning: 'host-local counts addresses on each node by itself, and the network spans nodes.',
    arises: 'A NetworkAttachmentDefinition made for one node, used on several.',
    tellApart:
      'On a bridge without uplink each node is an island, and equal addresses are fine. With Whereabouts, look for a race or a wrong release.',
    action: 'Change the attachment’s IPAM to one that knows the cluster.',
    sources: ['k8snetworkplumbingwg/ovs-cni#222', 'k8snetworkplumbingwg/multus-cni#52'],
  },
  weigh(investigation) {
    const found = of(investigation, 'per-node-ipam-on-shared-network');
    if (found.length === 0)
      return of(investigation, 'duplicate-secondary-ip').length > 0
        ? { not: 'the network’s allocator is not one that counts for a single node' }
        : undefined;
    const real = found.some((finding) => finding.severity === 'error');
    const networks = new Set(found.map((finding) => finding.network));
    return {
      confidence: real ? 'certain' : 'possible',
      summary: `${found[0]!.title}.`,
      decisive: proof(found),
      explains: [...found, ...of(investigation, 'duplicate-secondary-ip').filter((finding) => networks.has(finding.network))],
    };
  },
  remedy(_investigation, found) {
    const network = found.explains[0]?.network ?? 'NAMESPACE/NAME';
    const [namespace, name] = network.split('/');
    return [
      {
        text: 'Change "ipam" of the network from host-local to whereabouts (or dhcp) with the same range.',
        command: `kubectl -n ${namespace} edit network-attachment-definition ${name ?? ''}`,
        precondition: 'that IPAM plugin is installed on the nodes',
        risk: 'none',
      },
      ...moveIntruders(found.explains.filter((finding) => finding.id === 'duplicate-secondary-ip')),
      { text: 'Recreate the other pods of the network, so that all their addresses are on record.', risk: 'disruptive' },
    ];
  },
  warnings: ['The primary CNI is not at fault: eth0 is unique.'],
  verify: (_investigation, found) => verifyAddresses(found.explains),
};
