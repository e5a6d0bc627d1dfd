import { describeHarmless, isHarmless } from '../../derived/harmless-sharing.ts';
import { classOf, sharedAddresses } from '../../derived/holders.ts';
import { podsWhere } from '../../model/pod-table.ts';
import type { ClusterFacts } from '../../model/facts.ts';
import { ENDPOINT_SLICES } from '../../model/resource.ts';
import { type CauseCase, type CauseRule, isAbout, of, proof } from '../investigation.ts';

export const benignSharing: CauseRule = {
  id: 'benign-sharing',
  explains: {
    title: 'An address is shared, and that is fine',
    meaning: 'Host network, a finished pod, a migration or separate networks: at most one holder is on the wire with the address.',
    arises: 'By design.',
    tellApart: 'Two live holders in one network are never fine.',
    action: 'Nothing.',
    sources: ['kubernetes/kubernetes#62935', 'kubernetes/kubernetes#98611'],
  },
  weigh(investigation) {
    const { facts, pod, focus } = investigation;
    // Beside something that is wrong and that nothing explains, harmless sharing is no answer.
    if (investigation.findings.some((finding) => finding.severity === 'error' && isAbout(investigation, finding))) return undefined;
    // Nor where a further holder may be among what was not read, or more was asked than about this sharing.
    const unread = facts.gaps.filter((gap) => gap.essential);
    if (unread.length > 0 && (investigation.subject.kind === 'Cluster' || unread.some((gap) => gap.blocks.includes('duplicate-pod-ip'))))
      return undefined;
    const shared = of(investigation, ['benign-sharing', 'overlapping-node-ranges'], ['info']).filter((finding) =>
      isAbout(investigation, finding),
    );
    if (shared.length > 0) return { ...sure(facts), summary: `${shared[0]!.title}.`, decisive: proof(shared), explains: shared };
    // Where very many addresses are shared, no finding tells of this one.
    const sharing = sharedAddresses(facts).find((candidate) => focus.addresses.has(candidate.address) && isHarmless(facts, candidate));
    if (sharing) {
      const { title, evidence } = describeHarmless(facts, sharing);
      return { ...sure(facts), summary: `${title}.`, decisive: evidence, explains: [] };
    }
    const host = pod?.hostNetwork
      ? pod
      : [...focus.addresses]
          .flatMap((address) => facts.rowsAt(address))
          .map((row) => facts.pods.pod(row))
          .find((candidate) => candidate.hostNetwork && classOf(facts, candidate) === 'host');
    if (!host) return undefined;
    const others = podsWhere(
      facts.pods,
      (candidate) => candidate.hostNetwork && candidate.node === host.node && candidate.ips[0] === host.ips[0],
    );
    return {
      ...sure(facts),
      summary: `${host.ips[0] ?? 'The address'} is the address of ${host.node}; ${others.length === 1 ? '1 pod on the host’s network carries' : `${others.length} pods on the host’s network carry`} it.`,
      decisive: [
        {
          source: 'pod',
          ref: `pod/${host.namespace}/${host.name}`,
          text: `${host.namespace}/${host.name} has hostNetwork: true, its address is that of ${host.node}`,
        },
      ],
      explains: [],
    };
  },
  remedy: () => [],
};

/** Whether a Service still points at the former holder shows only in the EndpointSlices; what else holds the address, in all that is needed. */
function sure(facts: ClusterFacts): Pick<CauseCase, 'confidence' | 'against'> {
  const against = [
    ...(facts.read(ENDPOINT_SLICES) === 'yes'
      ? []
      : ['the EndpointSlices were not read: a Service may still send traffic to the former holder']),
    ...[...new Set(facts.gaps.filter((gap) => gap.essential).map((gap) => `${gap.what} could not be read`))].slice(0, 3),
  ];
  return against.length === 0 ? { confidence: 'certain' } : { confidence: 'likely', against };
}
