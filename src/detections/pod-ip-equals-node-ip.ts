import { affectedBy, confidenceFor, finding, isLive, nodeHolder, podEvidence, podHolder } from './common.ts';
import type { Detection } from './detection.ts';

export const podIpEqualsNodeIp: Detection = {
  id: 'pod-ip-equals-node-ip',
  explains: {
    title: 'A pod holds the address of a node',
    meaning:
      'A pod with a network of its own has an address that a node has too. Traffic for the node may end in the pod, and the other way round.',
    arises: 'The pod range covers the nodes’ network, or an address was given by hand.',
    tellApart:
      'Host-network pods carry their node’s address by design. On networks where pods live in the nodes’ subnet the pod’s own node may list it too.',
    action: 'Check the ranges first: one colliding address usually means that a whole range overlaps.',
    sources: ['cilium/cilium#42383', 'kubeovn/kube-ovn pkg/controller/pod.go'],
  },
  *find(facts) {
    for (const node of facts.nodes.filter((candidate) => !candidate.virtual)) {
      for (const address of [...node.internalIPs, ...node.externalIPs]) {
        const pods = facts
          .rowsAt(address)
          .map((row) => facts.pods.pod(row))
          .filter((pod) => isLive(facts, pod) && !(facts.addressing === 'node-network' && pod.node === node.name));
        if (pods.length === 0) continue;
        yield finding(
          'pod-ip-equals-node-ip',
          'error',
          confidenceFor(facts, pods),
          `${address} of node ${node.name} is also a pod’s address`,
          {
            address,
            network: 'pod',
            holders: [nodeHolder(node), ...pods.map((pod) => podHolder(facts, pod, 'intruder'))],
            nodes: [...new Set([node.name, ...pods.map((pod) => pod.node)])],
            evidence: [
              { source: 'node', ref: `node/${node.name}`, text: `status.addresses of ${node.name} has ${address}` },
              ...pods.map((pod) => podEvidence(pod)),
            ],
            affects: affectedBy(facts, address),
          },
        );
      }
    }
  },
};
