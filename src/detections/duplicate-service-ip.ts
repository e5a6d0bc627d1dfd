import type { ClusterFacts, ServiceFact } from '../model/facts.ts';
import { type Finding, isoTime } from '../model/finding.ts';
import { finding, some } from './common.ts';
import type { Detection } from './detection.ts';

export const duplicateServiceIp: Detection = {
  id: 'duplicate-service-ip',
  explains: {
    title: 'Two Services have one address',
    meaning:
      'A ClusterIP, or a load balancer’s address without a sharing key, stands on two Services: traffic for one may reach the other.',
    arises:
      'The Service range is used up or its allocator was restored; a load-balancer controller restarted and allocated before it knew what was given.',
    tellApart:
      'Headless Services have no ClusterIP. Load-balancer Services may share an address by a key, or by asking for it by name with different ports; a node’s address as load balancer (k3s) is shared by design; one externalIP with different ports is fine.',
    action: 'Recreate the younger Service so that it gets an address of its own.',
    sources: ['metallb/metallb#2479', 'kubernetes pkg/registry/core/service/ipallocator/controller/repair.go'],
  },
  *find(facts) {
    yield* clash(
      facts,
      (service) => service.clusterIPs,
      'clusterIP',
      () => true,
    );
    const nodeIPs = new Set(facts.nodes.flatMap((node) => [...node.internalIPs, ...node.externalIPs]));
    yield* clash(
      facts,
      (service) => service.loadBalancerIPs.filter((ip) => !nodeIPs.has(ip)),
      'load-balancer address',
      (a, b) =>
        !(a.sharingKey !== undefined && a.sharingKey === b.sharingKey) &&
        !(a.wantedAddress !== undefined && a.wantedAddress === b.wantedAddress && !samePort(a, b)),
    );
    yield* clash(facts, (service) => service.externalIPs.filter((ip) => !nodeIPs.has(ip)), 'externalIP', samePort);
  },
};

const samePort = (a: ServiceFact, b: ServiceFact): boolean => a.ports.some((port) => b.ports.includes(port));

function* clash(
  facts: ClusterFacts,
  addressesOf: (service: ServiceFact) => readonly string[],
  what: string,
  collide: (a: ServiceFact, b: ServiceFact) => boolean,
): Generator<Finding> {
  const entries = facts.services.flatMap((service) => addressesOf(service).map((address) => ({ service, address })));
  for (const [address, group] of Map.groupBy(entries, (entry) => entry.address)) {
    const services = [...new Set(group.map((entry) => entry.service))];
    const parties = services
      .filter((a) => services.some((b) => a !== b && collide(a, b)))
      .toSorted((a, b) => (a.created ?? 0) - (b.created ?? 0));
    if (parties.length < 2) continue;
    const kind = what === 'load-balancer address' ? ('LoadBalancer' as const) : ('Service' as const);
    yield finding(
      'duplicate-service-ip',
      'error',
      'confirmed',
      `${address} is the ${what} of ${some(parties.map((service) => `${service.namespace}/${service.name}`))}`,
      {
        address,
        network: 'service',
        holders: parties.map((service, i) => ({
          kind: 'Service' as const,
          namespace: service.namespace,
          name: service.name,
          uid: service.uid,
          class: kind === 'LoadBalancer' ? ('loadbalancer' as const) : ('service' as const),
          ...(service.created === undefined ? {} : { since: isoTime(service.created)! }),
          role: i === 0 ? ('owner' as const) : ('intruder' as const),
        })),
        evidence: parties.map((service) => ({
          source: 'service' as const,
          ref: `service/${service.namespace}/${service.name}`,
          ...(service.created === undefined ? {} : { at: isoTime(service.created)! }),
          text: `${service.namespace}/${service.name}: ${what} ${address}, ports ${service.ports.join(', ') || 'none'}, created ${isoTime(service.created) ?? 'at an unknown time'}`,
        })),
        affects: parties.map((service) => `service/${service.namespace}/${service.name}`),
      },
    );
  }
}
