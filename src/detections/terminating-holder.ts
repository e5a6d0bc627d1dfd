import { isOverdue } from '../model/holder-class.ts';
import { isoTime } from '../model/finding.ts';
import { podName } from '../model/pod-table.ts';
import {
  affectedBy,
  byAge,
  classOf,
  confidenceFor,
  finding,
  liveParties,
  podEvidence,
  podHolder,
  rolesOf,
  sharedBeyondHosts,
} from './common.ts';
import type { Detection } from './detection.ts';

export const terminatingHolder: Detection = {
  id: 'terminating-holder',
  explains: {
    title: 'A pod that will not go away still holds an address that was given on',
    meaning:
      'The pod is deleted, its grace period is over, its node reports, and its containers still run: it is on the wire beside the pod that got its address.',
    arises: 'The runtime is stuck or lost track of a container after the sandbox’s network was released.',
    tellApart:
      'Within the grace period, or with all containers terminated, the same picture is normal. On an unreachable node the status is merely old.',
    action: 'End the container on the node, then force-delete the pod object; not the other way round.',
    sources: ['aws/amazon-vpc-cni-k8s#1091', 'linkerd/linkerd2#5939'],
  },
  *find(facts) {
    for (const { address, network, members } of sharedBeyondHosts(facts)) {
      if (!members.some((pod) => classOf(facts, pod) === 'terminating')) continue;
      const pods = members.toSorted(byAge);
      const live = liveParties(facts, pods);
      const leaving = pods.filter((pod) => classOf(facts, pod) === 'terminating' && pod.containers.running > 0);
      if (live.length !== 1 || leaving.length === 0) continue;
      const overdue = leaving.filter((pod) => isOverdue(pod, facts.now));
      const parties = [...live, ...leaving];
      const roles = rolesOf(facts, parties, address, network);
      yield finding(
        'terminating-holder',
        overdue.some((pod) => facts.node(pod.node) !== undefined) ? 'error' : 'warning',
        confidenceFor(facts, parties),
        `${address} is held by ${podName(live[0]!)} and still by ${podName(leaving[0]!)}, which is being deleted`,
        {
          address,
          network,
          holders: parties.map((pod) => podHolder(facts, pod, roles.get(pod))),
          nodes: [...new Set(parties.map((pod) => pod.node))],
          evidence: [
            ...parties.map((pod) => podEvidence(pod)),
            ...leaving.map((pod) => ({
              source: 'pod' as const,
              ref: `pod/${podName(pod)}`,
              ...(isoTime(pod.deletion) ? { at: isoTime(pod.deletion)! } : {}),
              text: `grace period ended ${isoTime(pod.deletion) ?? 'at an unknown time'}; ${pod.containers.running === 1 ? '1 container still runs' : `${pod.containers.running} containers still run`}`,
            })),
          ],
          affects: affectedBy(facts, address),
        },
      );
    }
  },
};
