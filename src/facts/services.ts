import { canonicalAddress } from '../ip/address.ts';
import type { EndpointFact, ServiceFact } from '../model/facts.ts';
import { type Json, at, flag, list, metaOf, number, text, textRecord, texts } from './read.ts';

const SHARING_KEYS = [
  'metallb.universe.tf/allow-shared-ip',
  'metallb.io/allow-shared-ip',
  'lbipam.cilium.io/sharing-key',
  'io.cilium/lb-ipam-sharing-key',
  'purelb.io/allow-shared-ip',
];
const WANTED_ADDRESS = [
  'kube-vip.io/loadbalancerIPs',
  'service.beta.kubernetes.io/azure-load-balancer-ipv4',
  'networking.gke.io/load-balancer-ip-addresses',
];

/** Reads Services. Headless ones have no clusterIPs: `None` is no address. */
export function readService(service: Json): ServiceFact {
  const annotations = textRecord(service, 'metadata', 'annotations');
  const plural = texts(service, 'spec', 'clusterIPs');
  const single = text(service, 'spec', 'clusterIP');
  return {
    ...metaOf(service),
    type: text(service, 'spec', 'type') ?? 'ClusterIP',
    clusterIPs: addresses(plural.length > 0 ? plural : [single]),
    externalIPs: addresses(texts(service, 'spec', 'externalIPs')),
    loadBalancerIPs: addresses(list(service, 'status', 'loadBalancer', 'ingress').map((ingress) => at(ingress, 'ip'))),
    ports: list(service, 'spec', 'ports').map((port) => `${number(port, 'port') ?? ''}/${text(port, 'protocol') ?? 'TCP'}`),
    sharingKey: SHARING_KEYS.map((key) => annotations[key]).find((key) => key !== undefined),
    wantedAddress:
      text(service, 'spec', 'loadBalancerIP') ?? WANTED_ADDRESS.map((key) => annotations[key]).find((key) => key !== undefined),
  };
}

const addresses = (values: readonly Json[]): string[] => [
  ...new Set(values.map((value) => canonicalAddress(value)).filter((address) => address !== undefined)),
];

/** Reads one EndpointSlice: every address in it is an endpoint of its own. */
export function readEndpoints(slice: Json): EndpointFact[] {
  const meta = metaOf(slice);
  const service = textRecord(slice, 'metadata', 'labels')['kubernetes.io/service-name'] ?? '';
  return list(slice, 'endpoints').flatMap((endpoint) => {
    const name = text(endpoint, 'targetRef', 'name');
    const target =
      name === undefined
        ? undefined
        : {
            kind: text(endpoint, 'targetRef', 'kind') ?? 'Pod',
            namespace: text(endpoint, 'targetRef', 'namespace') ?? meta.namespace,
            name,
            uid: text(endpoint, 'targetRef', 'uid') ?? '',
          };
    return addresses(texts(endpoint, 'addresses')).map((address) => ({
      namespace: meta.namespace,
      slice: meta.name,
      service,
      address,
      ready: flag(endpoint, 'conditions', 'ready') ?? true,
      target,
    }));
  });
}
