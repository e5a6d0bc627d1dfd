import { podName } from '../model/pod-table.ts';
import { affectedBy, confidenceFor, finding, plural, podEvidence, podHolder, some } from './common.ts';
import type { Detection } from './detection.ts';
import { groupMisplaced, misplacedPods } from '../derived/membership.ts';

export const podIpInOtherNodeRange: Detection = {
  id: 'pod-ip-in-other-node-range',
  explains: {
    title: 'A pod has an address out of another node’s range',
    meaning:
      'The address belongs to the range of a node on which the pod does not run. Packets for it go to that other node, which may give the same address to a pod of its own.',
    arises:
      'Something other than the cluster’s CNI plumbed the pod (a sample configuration that sorts first), or the node had that range before and was given another.',
    tellApart:
      'Calico may borrow an address out of another node’s block: that is fine and not reported. Overlapping node ranges are another finding.',
    action: 'Look at the order of files in /etc/cni/net.d on the pod’s node; recreate the pod when it is mended.',
    sources: ['flannel-io/flannel#1437', 'containernetworking/plugins#629', 'cloudnativelabs/kube-router#496'],
  },
  *find(facts) {
    const misplaced = misplacedPods(facts).filter((entry) => entry.in.kind === 'other-node');
    for (const group of groupMisplaced(facts, misplaced)) {
      const pods = [...new Set(group.map((entry) => entry.pod))];
      const addresses = [...new Set(group.map((entry) => entry.address.text))];
      const ranges = group.flatMap((entry) => (entry.in.kind === 'other-node' ? [entry.in.range] : []));
      yield finding(
        'pod-ip-in-other-node-range',
        'error',
        confidenceFor(facts, pods),
        `${plural(pods.length, 'pod')} on ${some([...new Set(pods.map((pod) => pod.node))])} with an address of another node’s range: ${some(pods.map(podName))}`,
        {
          network: 'pod',
          ...(addresses.length === 1 ? { address: addresses[0]! } : {}),
          holders: pods.map((pod) => podHolder(facts, pod, 'intruder')),
          nodes: [...new Set([...pods.map((pod) => pod.node), ...ranges.map((range) => range.node)])],
          ranges: [
            ...new Map(
              ranges.map((range) => [
                range.range.text,
                { cidr: range.range.text, node: range.node, source: `${range.ref} ${range.source}` },
              ]),
            ).values(),
          ],
          evidence: [
            ...pods.slice(0, 5).map((pod) => podEvidence(pod)),
            ...ranges.slice(0, 2).map((range) => ({
              source: 'node' as const,
              ref: range.ref,
              text: `${range.range.text} belongs to ${range.node} (${range.source})`,
            })),
          ],
          affects: addresses.length === 1 ? affectedBy(facts, addresses[0]!) : [],
        },
      );
    }
  },
};
