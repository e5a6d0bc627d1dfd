import { parseAddress } from '../ip/address.ts';
import { type Range, contains, covers, overlaps } from '../ip/range.ts';
import { compareText } from '../model/finding.ts';
import { eachPod, podName } from '../model/pod-table.ts';
import { finding, isLive, plural } from './common.ts';
import type { Detection } from './detection.ts';
import { podRanges, serviceRanges } from '../derived/ranges.ts';

export const podRangeOverlapsServiceRange: Detection = {
  id: 'pod-range-overlaps-service-range',
  explains: {
    title: 'The pod range overlaps the Service range',
    meaning: 'A pod can get an address that is, or will be, a ClusterIP. kube-proxy takes traffic for such an address away from the pod.',
    arises:
      'Both ranges were chosen apart: a kubeadm pod network inside 10.96.0.0/12, a CNI’s default pool over a cloud’s Service range, an IPv6 prefix that holds both.',
    tellApart:
      'A controller that is told the Service range leaves it out of what nodes get: then only the configured ranges touch, and nothing collides. Each family is compared by itself.',
    action: 'Give the pods another range; the Service range of a running cluster can hardly be changed.',
    sources: ['coredns/coredns#3704', 'cilium/cilium#30905', 'kubernetes/website#30646', 'kubernetes/kops#16340'],
  },
  *find(facts) {
    if (facts.addressing === 'node-network') return;
    const clusterIPs = facts.services
      .flatMap((service) => service.clusterIPs)
      .map((ip) => parseAddress(ip))
      .filter((address) => address !== undefined);
    for (const service of serviceRanges(facts)) {
      // A range that was only inferred from the ClusterIPs counts where it is proven: in ranges that hold one of them.
      const proven = (range: Range): boolean => service.basis !== 'observed' || clusterIPs.some((ip) => contains(range, ip));
      const known = podRanges(facts).filter((entry) => entry.range.family === service.range.family);
      const touching = known.filter((entry) => overlaps(entry.range, service.range) && proven(entry.range));
      // Where nothing tells the pods' range, their addresses do, in a Service range that is stated.
      if (touching.length === 0 && (known.length > 0 || service.basis === 'observed')) continue;
      const within = [...eachPod(facts.pods)].flatMap((pod) => {
        const address = isLive(facts, pod) && parseAddress(pod.ips.find((ip) => ip.includes(':') === (service.range.family === 6)));
        return address && contains(service.range, address) ? [{ pod, address }] : [];
      });
      // Those with the lowest addresses: of others nobody need know more.
      const inside = within
        .toSorted((a, b) =>
          a.address.value < b.address.value ? -1 : a.address.value > b.address.value ? 1 : compareText(podName(a.pod), podName(b.pod)),
        )
        .slice(0, 5)
        .map(({ pod, address }) => `${podName(pod)} has ${address.text}`);
      if (touching.length === 0 && inside.length === 0) continue;
      const allocated = touching.filter((entry) => entry.allocated && (entry.node !== undefined || inside.length > 0));
      const shown = allocated.length > 0 ? allocated : touching;
      // One finding names the widest range and every node's range inside the Services' range.
      const whole = shown.filter(
        (entry) =>
          !shown.some(
            (other) => other !== entry && covers(other.range, entry.range) && other.node === undefined && entry.node === undefined,
          ),
      );
      yield finding(
        'pod-range-overlaps-service-range',
        allocated.length > 0 || inside.length > 0 ? 'error' : 'warning',
        service.basis === 'observed' ? 'likely' : 'confirmed',
        whole.length === 0
          ? `${plural(within.length, 'pod')} with an address inside the Service range ${service.range.text}`
          : `Pod range ${whole[0]!.range.text} overlaps the Service range ${service.range.text}`,
        {
          network: 'pod',
          nodes: [...new Set(shown.map((entry) => entry.node).filter((node) => node !== undefined))],
          ranges: [
            ...new Map(
              [...shown, ...touching].map((entry) => [
                `${entry.range.text}|${entry.node}`,
                { cidr: entry.range.text, ...(entry.node === undefined ? {} : { node: entry.node }), source: entry.ref },
              ]),
            ).values(),
            { cidr: service.range.text, source: service.ref },
          ],
          evidence: [
            {
              source: 'arithmetic',
              ref: service.ref,
              text: `Service range ${service.range.text} (${service.basis === 'observed' ? 'from the ClusterIPs in use' : service.ref})`,
            },
            ...shown
              .slice(0, 4)
              .map((entry) => ({ source: 'arithmetic' as const, ref: entry.ref, text: `pod range ${entry.range.text} (${entry.ref})` })),
            ...inside.map((text) => ({
              source: 'pod' as const,
              ref: `pod/${text.split(' ')[0]}`,
              text: `${text}, inside the Service range`,
            })),
          ],
        },
      );
    }
  },
};
