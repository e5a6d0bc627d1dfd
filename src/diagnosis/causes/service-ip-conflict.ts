import { parseAddress } from '../../ip/address.ts';
import { contains, rangeSize } from '../../ip/range.ts';
import { serviceRanges } from '../../derived/ranges.ts';
import { type CauseRule, of, proof } from '../investigation.ts';

export const serviceIpConflict: CauseRule = {
  id: 'service-ip-conflict',
  explains: {
    title: 'Two Services have one address by mistake',
    meaning: 'A ClusterIP or a load balancer’s address was given to two Services.',
    arises: 'A full Service range, a restored allocator, a load-balancer controller that restarted and allocated too soon.',
    tellApart: 'Headless Services and Services with a sharing key are no conflict. Pods are not concerned.',
    action: 'Recreate the younger Service.',
    sources: ['metallb/metallb#2479', 'kubernetes pkg/registry/core/service/ipallocator'],
  },
  weigh(investigation) {
    const { facts } = investigation;
    const found = of(investigation, 'duplicate-service-ip', ['error']);
    if (found.length === 0) return undefined;
    const range = serviceRanges(facts)[0];
    const used = range
      ? facts.services.filter((service) =>
          service.clusterIPs.some((ip) => {
            const address = parseAddress(ip);
            return address !== undefined && contains(range.range, address);
          }),
        ).length
      : 0;
    const size = range ? Number(rangeSize(range.range)) - 2 : 0;
    const full = range !== undefined && used >= size * 0.95;
    return {
      confidence: 'certain',
      summary: `${found.length === 1 ? found[0]!.title : `${found.length} Service addresses stand on two Services each`}${full ? `; the Service range ${range.range.text} is used up (${used} Services)` : ''}.`,
      decisive: [
        ...(range
          ? [
              {
                source: 'arithmetic' as const,
                ref: range.ref,
                text: `${used} Services have an address of ${range.range.text}, which has ${size}`,
              },
            ]
          : []),
        ...proof(found),
      ],
      explains: [
        ...found,
        ...of(investigation, 'cni-log-error').filter((finding) => finding.evidence.some((evidence) => /service/i.test(evidence.text))),
      ],
    };
  },
  remedy: (_investigation, found) => [
    ...found.explains
      .filter((finding) => finding.id === 'duplicate-service-ip')
      .slice(0, 3)
      .flatMap((finding) => {
        const younger = finding.holders.filter((holder) => holder.role === 'intruder').at(-1);
        return younger
          ? [
              {
                text: `Recreate Service ${younger.namespace}/${younger.name}, the younger one: it gets another address.`,
                command: `kubectl -n ${younger.namespace} get service ${younger.name} -o json | jq 'del(.spec.clusterIP,.spec.clusterIPs,.metadata.uid,.metadata.resourceVersion)' > ${younger.name}.json && kubectl replace --force -f ${younger.name}.json`,
                precondition: 'clients find it by name',
                risk: 'disruptive' as const,
              },
            ]
          : [];
      }),
    { text: 'If the range is full, delete Services that nobody needs, or add a ServiceCIDR (Kubernetes 1.33 and newer).', risk: 'none' },
  ],
  warnings: ['Do not restart kube-proxy or the CNI: they do what the Services say.'],
  verify: () => [
    'kubectl get services -A -o custom-columns=NS:.metadata.namespace,NAME:.metadata.name,IP:.spec.clusterIP | grep -v None | sort -k3 | uniq -D -f2',
  ],
};
