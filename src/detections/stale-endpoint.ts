import type { EndpointFact } from '../model/facts.ts';
import { podName } from '../model/pod-table.ts';
import { classOf, confidenceFor, finding, isLive, podEvidence, podHolder } from './common.ts';
import type { Detection } from './detection.ts';

export const staleEndpoint: Detection = {
  id: 'stale-endpoint',
  explains: {
    title: 'A Service sends traffic to an address that now belongs to another pod',
    meaning:
      'An EndpointSlice lists the address of a pod that is finished or gone; the address has been given on, rightly, and the Service’s traffic reaches a stranger.',
    arises: 'Kubernetes 1.22 to 1.24 kept terminal pods in EndpointSlices; a hand-made slice was not updated.',
    tellApart: 'IPAM acted correctly, it is no duplicate. Two slices of one Service, or several Services, may name one pod.',
    action: 'Delete the finished pod, or mend the slice; upgrade the control plane.',
    sources: ['kubernetes/kubernetes#109414', 'kubernetes/kubernetes#110115'],
  },
  *find(facts) {
    const stale = facts.endpoints.filter((endpoint) => endpoint.ready && endpoint.target?.kind === 'Pod');
    const seen = new Set<string>();
    for (const endpoint of stale) {
      const key = `${endpoint.namespace}/${endpoint.service}|${endpoint.address}`;
      const target = endpoint.target!;
      const targetRow = facts.pods.find(target.namespace, target.name, endpoint.address);
      const former = targetRow === undefined ? undefined : facts.pods.pod(targetRow);
      const gone = former === undefined ? facts.podsComplete : ['finished', 'released'].includes(classOf(facts, former));
      if (!gone || seen.has(key)) continue;
      const holders = facts
        .rowsAt(endpoint.address)
        .map((row) => facts.pods.pod(row))
        .filter((pod) => isLive(facts, pod) && !(pod.namespace === target.namespace && pod.name === target.name));
      if (holders.length === 0) continue;
      seen.add(key);
      yield finding(
        'stale-endpoint',
        'warning',
        confidenceFor(facts, holders),
        `Service ${endpoint.namespace}/${endpoint.service} sends traffic for ${endpoint.address} to ${podName(holders[0]!)}`,
        {
          address: endpoint.address,
          network: 'pod',
          holders: [...(former ? [podHolder(facts, former)] : []), ...holders.map((pod) => podHolder(facts, pod, 'owner'))],
          nodes: [...new Set(holders.map((pod) => pod.node))],
          evidence: [
            sliceEvidence(endpoint, former?.phase),
            ...(former ? [podEvidence(former)] : []),
            ...holders.map((pod) => podEvidence(pod)),
          ],
          affects: [`service/${endpoint.namespace}/${endpoint.service}`, `endpointslice/${endpoint.namespace}/${endpoint.slice}`],
        },
      );
    }
  },
};

const sliceEvidence = (endpoint: EndpointFact, phase: string | undefined): ReturnType<typeof finding>['evidence'][number] => ({
  source: 'endpointslice',
  ref: `endpointslice/${endpoint.namespace}/${endpoint.slice}`,
  text: `${endpoint.namespace}/${endpoint.slice} lists ${endpoint.address} as ready for ${endpoint.target!.namespace}/${endpoint.target!.name}, which is ${phase ?? 'gone'}`,
});
