import type { ClusterFacts } from '../model/facts.ts';
import { podName } from '../model/pod-table.ts';
import { affectedBy, confidenceFor, finding, plural, podEvidence, podHolder, some } from './common.ts';
import type { Detection } from './detection.ts';
import { groupMisplaced, isShared, misplacedPods, predatesCni } from '../derived/membership.ts';

/** One node and no CNI, as minikube is on one machine: the runtime’s bridge is the whole network, and no other node counts from the bottom too. */
const isAlone = (facts: ClusterFacts): boolean =>
  facts.nodes.filter((node) => !node.virtual).length === 1 && !facts.cnis.some((cni) => cni.role === 'primary' && cni.agents.length > 0);

export const podIpInRuntimeDefaultRange: Detection = {
  id: 'pod-ip-in-runtime-default-range',
  explains: {
    title: 'A pod runs on the container runtime’s own bridge',
    meaning:
      'The address is out of a range that Docker, CRI-O, containerd or Podman use by default. The cluster’s CNI did not plumb this pod, and every node uses the same range.',
    arises: 'cri-dockerd without --network-plugin=cni, a packaged sample configuration that sorts before the CNI’s, or no CNI at all.',
    tellApart:
      'A cluster that was given such a range on purpose says so in its configuration. Pods from before the CNI was installed keep such an address until they are recreated. On a single node without a CNI nothing can clash; with a second one it will.',
    action: 'Mend the runtime’s CNI configuration on the node, then recreate its pods. Reinstalling the CNI changes nothing.',
    sources: ['projectcalico/calico#6243', 'cri-o/cri-o#5549', 'cri-o/cri-o#2885', 'kubernetes/minikube#7589'],
  },
  *find(facts) {
    const misplaced = misplacedPods(facts).filter((entry) => entry.in.kind === 'runtime-default');
    for (const group of groupMisplaced(facts, misplaced)) {
      const pods = [...new Set(group.map((entry) => entry.pod))];
      const addresses = [...new Set(group.map((entry) => entry.address.text))];
      const shared = addresses.length === 1 && isShared(facts, addresses[0]!);
      const { range, runtime } = group[0]!.in as { range: { text: string }; runtime: string };
      const ages = shared ? ['no'] : pods.map((pod) => predatesCni(facts, pod));
      const severity = isAlone(facts) && !shared ? 'info' : ages.includes('no') ? 'error' : ages.includes('unknown') ? 'warning' : 'info';
      yield finding(
        'pod-ip-in-runtime-default-range',
        severity,
        confidenceFor(facts, pods),
        `${plural(pods.length, 'pod')} with an address of ${runtime}’s default range ${range.text}: ${some(pods.map(podName))}`,
        {
          network: 'pod',
          ...(addresses.length === 1 ? { address: addresses[0]! } : {}),
          holders: pods.map((pod) => podHolder(facts, pod)),
          nodes: [...new Set(pods.map((pod) => pod.node))],
          ranges: [{ cidr: range.text, source: `default of ${runtime}` }],
          evidence: [
            ...pods.slice(0, 5).map((pod) => podEvidence(pod)),
            ...[...new Set(pods.map((pod) => pod.node))].slice(0, 3).map((name) => ({
              source: 'node' as const,
              ref: `node/${name}`,
              text: `runtime of ${name}: ${facts.node(name)?.runtime ?? 'unknown'}, kubelet ${facts.node(name)?.kubeletVersion ?? 'unknown'}`,
            })),
          ],
          affects: addresses.length === 1 ? affectedBy(facts, addresses[0]!) : [],
        },
      );
    }
  },
};
