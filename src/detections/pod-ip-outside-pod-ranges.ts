import { podName } from '../model/pod-table.ts';
import { affectedBy, confidenceFor, finding, plural, podEvidence, podHolder, some } from './common.ts';
import type { Detection } from './detection.ts';
import { groupMisplaced, isShared, misplacedPods, predatesCni } from '../derived/membership.ts';

export const podIpOutsidePodRanges: Detection = {
  id: 'pod-ip-outside-pod-ranges',
  explains: {
    title: 'A pod has an address outside every pod range',
    meaning:
      'No node’s range and no pool holds the address. The allocator does not know it is in use and may give the range to somebody else.',
    arises: 'The node was deleted and came back with another range, a pool was removed under running pods, or another CNI plumbed the pod.',
    tellApart: 'Pods that are older than their Node object, on a CNI with per-node ranges, point at a node that registered again.',
    action: 'Recreate the pods of that node once its CNI state is clean.',
    sources: ['cloudnativelabs/kube-router#496', 'deckhouse/deckhouse#1793', 'cilium/cilium#15500'],
  },
  *find(facts) {
    const misplaced = misplacedPods(facts).filter((entry) => entry.in.kind === 'outside');
    for (const group of groupMisplaced(facts, misplaced)) {
      const pods = [...new Set(group.map((entry) => entry.pod))];
      const addresses = [...new Set(group.map((entry) => entry.address.text))];
      const shared = addresses.length === 1 && isShared(facts, addresses[0]!);
      yield finding(
        'pod-ip-outside-pod-ranges',
        shared || pods.some((pod) => predatesCni(facts, pod) === 'no') ? 'error' : 'warning',
        confidenceFor(facts, pods),
        `${plural(pods.length, 'pod')} on ${some([...new Set(pods.map((pod) => pod.node))])} with an address outside every pod range: ${some(pods.map(podName))}`,
        {
          network: 'pod',
          ...(addresses.length === 1 ? { address: addresses[0]! } : {}),
          holders: pods.map((pod) => podHolder(facts, pod)),
          nodes: [...new Set(pods.map((pod) => pod.node))],
          evidence: pods.slice(0, 6).map((pod) => podEvidence(pod)),
          affects: addresses.length === 1 ? affectedBy(facts, addresses[0]!) : [],
        },
      );
    }
  },
};
