import { type CauseRule, deletePod, of, proof } from '../investigation.ts';

export const staleEndpoints: CauseRule = {
  id: 'stale-endpoints',
  explains: {
    title: 'Services point at an address that belongs to another pod now',
    meaning:
      'The address was given on, rightly, but an EndpointSlice still names it for the former holder: a part of one Service’s traffic reaches a stranger.',
    arises: 'Kubernetes 1.22 to 1.24 kept ended pods in EndpointSlices; hand-made slices age.',
    tellApart: 'No duplicate: only one live pod has the address. The traffic is misled all the same.',
    action: 'Delete the ended pod; upgrade.',
    sources: ['kubernetes/kubernetes#109414'],
  },
  weigh(investigation) {
    const found = of(investigation, 'stale-endpoint');
    if (found.length === 0)
      return investigation.facts.endpoints.length > 0 ? { not: 'every endpoint names a pod that has its address' } : undefined;
    return { confidence: 'certain', summary: `${found[0]!.title}.`, decisive: proof(found), explains: found };
  },
  remedy: (_investigation, found) =>
    found.explains.slice(0, 3).flatMap((finding) => {
      const former = finding.holders.find((holder) => holder.class === 'finished' || holder.class === 'released');
      const slice = finding.affects.find((ref) => ref.startsWith('endpointslice/'))?.split('/');
      return former
        ? [
            {
              text: `Delete the ended pod ${former.namespace}/${former.name}: the EndpointSlice lets go of its address.`,
              command: deletePod(former.namespace ?? 'default', former.name),
              risk: 'none' as const,
            },
          ]
        : [
            {
              text: 'Mend the EndpointSlice that names a pod which is gone.',
              command: `kubectl -n ${slice?.[1] ?? 'NAMESPACE'} get endpointslice ${slice?.[2] ?? 'NAME'} -o yaml`,
              risk: 'none' as const,
            },
          ];
    }),
  warnings: ['Do not delete the pod that has the address now, and do not touch IPAM.'],
  verify: (_investigation, found) =>
    [...new Set(found.explains.flatMap((finding) => finding.affects.filter((ref) => ref.startsWith('endpointslice/'))))]
      .slice(0, 2)
      .map((ref) => `kubectl -n ${ref.split('/')[1]} get endpointslice ${ref.split('/')[2]} -o yaml`),
};
