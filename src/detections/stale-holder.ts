import { podName } from '../model/pod-table.ts';
import { affectedBy, byAge, classOf, confidenceFor, finding, liveParties, podEvidence, podHolder, sharedBeyondHosts } from './common.ts';
import type { Detection } from './detection.ts';

export const staleHolder: Detection = {
  id: 'stale-holder',
  explains: {
    title: 'A pod on a silent node still carries an address that was given on',
    meaning:
      'The node of one holder does not report, so its status is old. Its address lives elsewhere now. It is a conflict only if that machine still runs, or comes back with its old containers.',
    arises: 'A node died or was cut off, its pods were replaced, and nobody is left to change their status.',
    tellApart: 'With the node Ready and containers running it is a real conflict. IPAM is sound here.',
    action: 'Make sure that the machine is off; then delete the Node, or taint it node.kubernetes.io/out-of-service.',
    sources: ['kubernetes/kubernetes#135266'],
  },
  *find(facts) {
    for (const { address, network, members } of sharedBeyondHosts(facts)) {
      if (!members.some((pod) => classOf(facts, pod) === 'unreachable')) continue;
      const pods = members.toSorted(byAge);
      const live = liveParties(facts, pods);
      const silent = pods.filter((pod) => classOf(facts, pod) === 'unreachable');
      if (live.length !== 1 || silent.length === 0) continue;
      yield finding(
        'stale-holder',
        'warning',
        confidenceFor(facts, [...live, ...silent]),
        `${address} of ${podName(live[0]!)} also stands on ${podName(silent[0]!)}, whose node does not report`,
        {
          address,
          network,
          holders: [...live.map((pod) => podHolder(facts, pod)), ...silent.map((pod) => podHolder(facts, pod))],
          nodes: [...new Set([...live, ...silent].map((pod) => pod.node))],
          evidence: [...live, ...silent].map((pod) => podEvidence(pod)),
          affects: affectedBy(facts, address),
        },
      );
    }
  },
};
