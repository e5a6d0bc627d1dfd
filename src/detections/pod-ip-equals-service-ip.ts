import type { Holder } from '../model/finding.ts';
import { affectedBy, confidenceFor, finding, isLive, podEvidence, podHolder } from './common.ts';
import type { Detection } from './detection.ts';

export const podIpEqualsServiceIp: Detection = {
  id: 'pod-ip-equals-service-ip',
  explains: {
    title: 'A pod holds the address of a Service',
    meaning:
      'A pod’s address is also a ClusterIP, an external IP or a load-balancer address. Where kube-proxy has rules for it, the pod cannot be reached.',
    arises: 'The pod range overlaps the Service range, or a VIP was chosen inside a range that the CNI hands out.',
    tellApart: 'Headless Services have no address of their own; their EndpointSlices carry pod addresses by design.',
    action: 'Move the pod range (or the VIP) out of the other’s way; recreating the pod only moves the collision.',
    sources: ['cilium/cilium#30905', 'aws/amazon-vpc-cni-k8s#1466'],
  },
  *find(facts) {
    for (const service of facts.services) {
      const addresses: [string, Holder['kind'], Holder['class'], string][] = [
        ...service.clusterIPs.map((ip): [string, Holder['kind'], Holder['class'], string] => [ip, 'Service', 'service', 'clusterIP']),
        ...service.externalIPs.map((ip): [string, Holder['kind'], Holder['class'], string] => [ip, 'Service', 'service', 'externalIP']),
        ...service.loadBalancerIPs.map((ip): [string, Holder['kind'], Holder['class'], string] => [
          ip,
          'LoadBalancer',
          'loadbalancer',
          'load-balancer address',
        ]),
      ];
      for (const [address, kind, klass, what] of addresses) {
        const pods = facts
          .rowsAt(address)
          .map((row) => facts.pods.pod(row))
          .filter((pod) => isLive(facts, pod));
        if (pods.length === 0) continue;
        yield finding(
          'pod-ip-equals-service-ip',
          'error',
          confidenceFor(facts, pods),
          `${address} is the ${what} of Service ${service.namespace}/${service.name} and a pod’s address`,
          {
            address,
            network: 'pod',
            holders: [
              { kind, namespace: service.namespace, name: service.name, uid: service.uid, class: klass },
              ...pods.map((pod) => podHolder(facts, pod)),
            ],
            nodes: [...new Set(pods.map((pod) => pod.node))],
            evidence: [
              { source: 'service', ref: `service/${service.namespace}/${service.name}`, text: `${what} ${address}` },
              ...pods.map((pod) => podEvidence(pod)),
            ],
            affects: [...new Set([`service/${service.namespace}/${service.name}`, ...affectedBy(facts, address)])],
          },
        );
      }
    }
  },
};
