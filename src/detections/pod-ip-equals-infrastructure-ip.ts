import { virtualAddresses } from '../derived/virtual-addresses.ts';
import { POD_NETWORK } from '../model/facts.ts';
import { affectedBy, confidenceFor, finding, isLive, nodeHolder, podEvidence, podHolder } from './common.ts';
import type { Detection } from './detection.ts';

export const podIpEqualsInfrastructureIp: Detection = {
  id: 'pod-ip-equals-infrastructure-ip',
  explains: {
    title: 'An address of the network itself is used twice',
    meaning:
      'A pod has the address of a tunnel device, router, gateway, health endpoint or virtual IP of the CNI. Whole nodes can lose traffic, though no second pod is involved.',
    arises:
      'The allocator’s record of a tunnel address was freed when its node was deleted and recreated, or two address managers draw from one range.',
    tellApart: 'Comparing pods with pods finds nothing here. A node that lists its own tunnel address as InternalIP is another mistake.',
    action: 'Move the pod, and have the node’s agent take a new address (restart it); then look at who freed the record.',
    sources: ['projectcalico/calico#3589', 'projectcalico/calico#6244', 'cozystack/cozystack#3740'],
  },
  *find(facts) {
    // A node that registered with its own tunnel's address is reached by nobody there; no range overlaps because of it.
    for (const node of facts.nodes) {
      const own = facts.infrastructure.find(
        (entry) => entry.node === node.name && entry.role === 'tunnel' && node.internalIPs.includes(entry.address),
      );
      if (!own || facts.addressing === 'node-network') continue;
      yield finding(
        'pod-ip-equals-infrastructure-ip',
        'warning',
        'confirmed',
        `${own.address}, the InternalIP of ${node.name}, is the address of its own tunnel`,
        {
          address: own.address,
          network: own.network,
          holders: [nodeHolder(node), { kind: 'Tunnel', name: node.name, node: node.name, class: 'tunnel' }],
          nodes: [node.name],
          evidence: [
            { source: 'node', ref: `node/${node.name}`, text: `status.addresses InternalIP ${own.address}; ${own.ref} says the same` },
          ],
        },
      );
    }
    const virtual = virtualAddresses(facts).map(({ address, evidence }) => ({
      address,
      node: '',
      network: POD_NETWORK,
      role: 'vip' as const,
      ref: evidence.ref,
      evidence,
    }));
    const seen = new Set<string>();
    for (const infrastructure of [...facts.infrastructure, ...virtual]) {
      const { address, node, role, ref, network } = infrastructure;
      const key = `${address}|${node}|${network}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const pods = facts
        .rowsAt(address)
        .map((row) => facts.pods.pod(row))
        .filter((pod) => isLive(facts, pod) && facts.podNetwork(pod.row) === network);
      if (pods.length === 0) continue;
      yield finding(
        'pod-ip-equals-infrastructure-ip',
        'error',
        confidenceFor(facts, pods),
        `${address} is the ${role === 'vip' ? 'virtual' : role} address of ${node || (role === 'vip' ? ref : 'the network')} and a pod’s address`,
        {
          address,
          network,
          holders: [
            role === 'vip'
              ? { kind: 'LoadBalancer', name: ref, class: 'loadbalancer' }
              : { kind: 'Tunnel', name: node || ref, ...(node ? { node } : {}), class: 'tunnel' },
            ...pods.map((pod) => podHolder(facts, pod)),
          ],
          nodes: [...new Set([node, ...pods.map((pod) => pod.node)].filter(Boolean))],
          evidence: [
            'evidence' in infrastructure
              ? infrastructure.evidence
              : { source: ref.startsWith('node/') ? 'node' : 'crd', ref: ref.split(' ')[0]!, text: `${ref}: ${address} (${role})` },
            ...pods.map((pod) => podEvidence(pod)),
          ],
          affects: affectedBy(facts, address),
        },
      );
    }
  },
};
