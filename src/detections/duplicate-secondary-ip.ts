import type { Attachment } from '../model/facts.ts';
import { type Pod, podName } from '../model/pod-table.ts';
import { byAge, confidenceFor, finding, isLive, plural, podEvidence, podHolder, rolesOf, some, stillRunsWhileDeleted } from './common.ts';
import type { Detection } from './detection.ts';

export const duplicateSecondaryIp: Detection = {
  id: 'duplicate-secondary-ip',
  explains: {
    title: 'Two live pods hold one address on a secondary network',
    meaning: 'A network attached beside the pod network (Multus) has the same address on two pods. status.podIP shows nothing of it.',
    arises: 'An allocator that knows one node only (host-local), a static address in a template, a race or a wrong release in Whereabouts.',
    tellApart:
      'Equal addresses on different networks, or on bridges that are islands on each node, are fine: addresses are compared within one network only.',
    action: 'Recreate the younger pod once the cause is fixed; see the network’s IPAM type first.',
    sources: ['k8snetworkplumbingwg/whereabouts#110', 'k8snetworkplumbingwg/ovs-cni#222', 'k8snetworkplumbingwg/multus-cni#589'],
  },
  *find(facts) {
    const groups = Map.groupBy(facts.attachments, (attachment) => `${attachment.network}|${attachment.address}`);
    for (const attachments of groups.values()) {
      const { address, network } = attachments[0]!;
      const held = new Map<Pod, Attachment>();
      for (const attachment of attachments) {
        const pod = facts.pods.pod(attachment.row);
        if (isLive(facts, pod) || stillRunsWhileDeleted(facts, pod)) held.set(pod, attachment);
      }
      const pods = distinct([...held.keys()]);
      if (pods.length < 2) continue;
      const definition = facts.networks.find((candidate) => candidate.name === network);
      if (definition?.shared === 'no' && new Set(pods.map((pod) => pod.node)).size === pods.length) continue;
      const roles = rolesOf(facts, pods, address, network);
      yield finding(
        'duplicate-secondary-ip',
        definition === undefined ? 'warning' : 'error',
        // Without its definition nobody knows whether the network is one wire or an island on each node.
        definition === undefined ? 'possible' : confidenceFor(facts, pods),
        `${address} on ${network} is held by ${plural(pods.length, 'pod')}: ${some(pods.map(podName))}`,
        {
          address,
          network,
          holders: pods.map((pod) => ({ ...podHolder(facts, pod, roles.get(pod)), interface: held.get(pod)!.interface })),
          nodes: [...new Set(pods.map((pod) => pod.node))],
          evidence: pods.map((pod) => podEvidence(pod, `; ${held.get(pod)!.interface} has ${address} on ${network}`)),
        },
      );
    }
  },
};

/** Two interfaces of one pod are one party. */
function distinct(pods: readonly Pod[]): Pod[] {
  const seen = new Map(pods.map((pod) => [pod.uid, pod]));
  return [...seen.values()].toSorted(byAge);
}
