import { parseAddress } from '../../ip/address.ts';
import { parseRange } from '../../ip/range.ts';
import type { Finding } from '../../model/finding.ts';
import { type CauseRule, type Investigation, of, proof } from '../investigation.ts';

export const podCidrOverlapsServiceCidr: CauseRule = {
  id: 'pod-cidr-overlaps-service-cidr',
  explains: {
    title: 'Pod range and Service range overlap',
    meaning: 'Pods can get addresses that are ClusterIPs. kube-proxy redirects traffic for such an address, so the pod cannot be reached.',
    arises: 'Ranges chosen apart from each other; a CNI’s default pool over a cloud’s Service range; an IPv6 prefix that contains both.',
    tellApart: 'Where the allocator leaves the Service range out, only the configured numbers touch, and nothing collides.',
    action: 'Give the pods another range.',
    sources: ['coredns/coredns#3704', 'cilium/cilium#30905', 'kubernetes/website#30646'],
  },
  weigh(investigation) {
    const ranges = of(investigation, 'pod-range-overlaps-service-range');
    const equal = of(investigation, 'pod-ip-equals-service-ip').filter(
      (finding) =>
        finding.holders.some((holder) => holder.kind === 'Service') &&
        finding.evidence.some((evidence) => evidence.text.startsWith('clusterIP')),
    );
    const broken = ranges.filter((finding) => finding.severity === 'error');
    if (broken.length === 0 && equal.length === 0) {
      if (ranges.length > 0 && nodesComeFirst(investigation, ranges[0]!))
        return { not: `${ranges[0]!.title} too, but the nodes’ own addresses lie lower and are reached first` };
      if (ranges.length > 0)
        return {
          confidence: 'possible',
          summary: `${ranges[0]!.title}, but no range in use lies in it.`,
          decisive: proof(ranges),
          explains: ranges,
        };
      return investigation.facts.services.length > 0 ? { not: 'no pod range touches the Service range' } : undefined;
    }
    return {
      confidence: broken.length > 0 ? 'certain' : 'likely',
      summary: `${(equal[0] ?? broken[0])!.title}.`,
      decisive: proof([...equal, ...broken]),
      explains: [...equal, ...ranges, ...of(investigation, ['cni-agent-unhealthy', 'sandbox-creation-failing', 'node-ranges-exhausted'])],
    };
  },
  remedy: ({ facts }) => [
    { text: 'Choose a pod range that overlaps neither the Services nor the nodes’ networks.', risk: 'none' },
    facts.cnis.some((cni) => cni.id === 'cilium')
      ? {
          text: 'Set it as the cluster pool, delete the CiliumNodes one by one, restart the agents, recreate the pods.',
          command: 'helm upgrade cilium cilium/cilium --reuse-values --set ipam.operator.clusterPoolIPv4PodCIDRList="{NEW}"',
          precondition: 'a maintenance window: every pod gets another address',
          risk: 'disruptive',
        }
      : {
          text: 'A new cluster is set up again with --pod-network-cidr (kubeadm reset, init); an older one moves its pods to a new pool.',
          precondition: 'a maintenance window',
          risk: 'disruptive',
        },
  ],
  warnings: ['Recreating the one pod that collides only moves the collision.'],
  verify: () => ['kubectl ipconflict scan -A'],
};

/** Ranges are handed out from the bottom of a pool: of nodes and Services that it covers, the lower are hit first. */
function nodesComeFirst(investigation: Investigation, overlap: Finding): boolean {
  const services = parseRange(overlap.ranges.at(-1)?.cidr);
  const covered = new Set(of(investigation, 'pod-range-overlaps-node-network').flatMap((finding) => finding.nodes));
  return (
    services !== undefined &&
    investigation.facts.nodes.some((node) => {
      const address = covered.has(node.name) ? parseAddress(node.internalIPs[0]) : undefined;
      return address?.family === services.family && address.value < services.first;
    })
  );
}
