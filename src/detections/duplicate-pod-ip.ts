import type { Pod } from '../model/pod-table.ts';
import {
  affectedBy,
  classOf,
  confidenceFor,
  finding,
  inventedParties,
  liveParties,
  plural,
  podEvidence,
  podHolder,
  rolesOf,
  sharedBeyondHosts,
  stillRunsWhileDeleted,
} from './common.ts';
import type { Detection } from './detection.ts';

export const duplicatePodIp: Detection = {
  id: 'duplicate-pod-ip',
  explains: {
    title: 'Two live pods hold one address',
    meaning:
      'At least two pods that are on the wire now have the same address in the same network. Packets for it reach one of them, often depending on the sender’s node.',
    arises:
      'Node ranges overlap, a runtime bridge bypasses the CNI, two address managers share a range, or the allocator lost or wrongly freed its record.',
    tellApart:
      'Host-network pods share their node’s address by design; Succeeded and Failed pods keep the address as history; pods of one virtual machine share it during a live migration; a pod on an unreachable node may be long gone.',
    action:
      'Run `kubectl ipconflict check` on one of the pods: it names the cause. Delete the intruder, not the owner; then remove the cause, or it comes back.',
    sources: ['kubernetes/kubernetes#127792', 'aws/amazon-vpc-cni-k8s#711', 'projectcalico/calico#6243'],
  },
  *find(facts) {
    for (const sharing of sharedBeyondHosts(facts)) {
      const parts = (among: readonly Pod[]): Pod[] => [...liveParties(facts, among), ...inventedParties(facts, among)];
      if (sharing.live.length === 0 || parts(sharing.members).length < 2) continue;
      const { address, network, pods } = sharing;
      const live = parts(pods);
      const parties = [...live, ...pods.filter((pod) => stillRunsWhileDeleted(facts, pod))];
      const roles = rolesOf(facts, parties, address, network);
      const nodes = [...new Set(parties.map((pod) => pod.node))];
      const others = pods.filter((pod) => !parties.includes(pod));
      yield finding(
        'duplicate-pod-ip',
        'error',
        live.some((pod) => classOf(facts, pod) === 'virtual') ? 'likely' : confidenceFor(facts, live),
        `${address} is held by ${plural(parties.length, 'pod')} ${nodes.length === 1 ? `on ${nodes[0]}` : `on ${nodes.length} nodes`}`,
        {
          address,
          network,
          holders: parties.map((pod) => podHolder(facts, pod, roles.get(pod))),
          nodes,
          evidence: [...parties.map((pod) => podEvidence(pod)), ...others.map((pod) => podEvidence(pod, ' (no party to the conflict)'))],
          affects: affectedBy(facts, address),
        },
      );
    }
  },
};
