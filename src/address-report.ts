import { classOf, podHolder, rolesOf } from './derived/holders.ts';
import { allFindings, base, type ExamineOptions } from './examine.ts';
import { parseAddress } from './ip/address.ts';
import { contains } from './ip/range.ts';
import { type ClusterFacts, POD_NETWORK } from './model/facts.ts';
import type { Finding, Holder } from './model/finding.ts';
import { podName } from './model/pod-table.ts';
import type { AddressReport } from './model/report.ts';
import type { Snapshot } from './model/snapshot.ts';
import { understand } from './understand.ts';

/** Who holds an address now, who held it, which range it belongs to, and what points at it. The address is canonical. */
export function addressReport(snapshot: Snapshot, address: string, options: ExamineOptions): AddressReport {
  const facts = understand(snapshot);
  const holding = new Set(
    facts
      .rowsAt(address)
      .map((row) => facts.pods.pod(row))
      .filter((pod) => classOf(facts, pod) === 'live')
      .map(podName),
  );
  const concerns = (finding: Finding): boolean =>
    finding.address === address ||
    (finding.address === undefined &&
      finding.id.startsWith('pod-ip-') &&
      finding.holders.some((holder) => holding.has(`${holder.namespace}/${holder.name}`)));
  const findings = allFindings(facts).filter(concerns);
  const { holders, former } = holdersOf(facts, address);
  return {
    kind: 'AddressReport',
    ...base(snapshot, facts, findings, options),
    address,
    network: POD_NETWORK,
    ranges: rangesOf(facts, address),
    holders,
    formerHolders: former,
    usedBy: usedBy(facts, address),
    records: recordsOf(facts, address),
  };
}

function holdersOf(facts: ClusterFacts, address: string): { holders: Holder[]; former: Holder[] } {
  const pods = facts.rowsAt(address).map((row) => facts.pods.pod(row));
  const now = pods.filter((pod) => !['finished', 'released'].includes(classOf(facts, pod)));
  const roles = rolesOf(
    facts,
    now.filter((pod) => !pod.hostNetwork),
    address,
    POD_NETWORK,
  );
  const attached = facts.attachments
    .filter((attachment) => attachment.address === address)
    .map((attachment): Holder => ({ ...podHolder(facts, facts.pods.pod(attachment.row)), interface: attachment.interface }));
  return {
    holders: [
      ...now.map((pod) => podHolder(facts, pod, now.length > 1 ? roles.get(pod) : undefined)),
      ...attached,
      ...facts.nodes
        .filter((node) => [...node.internalIPs, ...node.externalIPs].includes(address))
        .map((node): Holder => ({ kind: 'Node', name: node.name, node: node.name, uid: node.uid, class: 'node' })),
      ...facts.infrastructure
        .filter((entry) => entry.address === address)
        .map((entry): Holder => ({
          kind: 'Tunnel',
          name: entry.node || entry.ref,
          ...(entry.node ? { node: entry.node } : {}),
          class: 'tunnel',
        })),
      ...facts.services.flatMap((service): Holder[] => [
        ...([...service.clusterIPs, ...service.externalIPs].includes(address)
          ? [{ kind: 'Service' as const, namespace: service.namespace, name: service.name, class: 'service' as const }]
          : []),
        ...(service.loadBalancerIPs.includes(address)
          ? [{ kind: 'LoadBalancer' as const, namespace: service.namespace, name: service.name, class: 'loadbalancer' as const }]
          : []),
      ]),
    ],
    former: pods.filter((pod) => !now.includes(pod)).map((pod) => podHolder(facts, pod)),
  };
}

function rangesOf(facts: ClusterFacts, address: string): AddressReport['ranges'] {
  const parsed = parseAddress(address);
  if (!parsed) return [];
  const found = [
    ...facts.pools.flatMap((pool) => pool.ranges.map((range) => ({ range, what: `pool ${pool.name}`, pool: pool.name }))),
    ...facts.blocks
      .filter((block) => block.kind === 'record')
      .map((block) => ({ range: block.range, what: 'block', ...(block.node === undefined ? {} : { node: block.node }) })),
    ...facts.nodeRanges.map((entry) => ({ range: entry.range, what: 'the range', node: entry.node })),
    ...facts.clusterRanges.map((entry) => ({ range: entry.range, what: `the ${entry.purpose === 'pod' ? 'pod' : 'Service'} range` })),
  ].filter((entry) => contains(entry.range, parsed));
  const seen = new Set<string>();
  return found
    .map(({ range, ...entry }) => ({ cidr: range.text, ...entry }))
    .filter((entry) => {
      const key = JSON.stringify(entry);
      return !seen.has(key) && seen.add(key);
    });
}

function usedBy(facts: ClusterFacts, address: string): string[] {
  const endpoints = facts.endpoints.filter((endpoint) => endpoint.address === address);
  return [
    ...new Set(endpoints.map((endpoint) => `Service ${endpoint.namespace}/${endpoint.service || '?'} (EndpointSlice ${endpoint.slice})`)),
  ];
}

const recordsOf = (facts: ClusterFacts, address: string): string[] =>
  facts.allocations
    .filter((allocation) => allocation.address === address)
    .map(
      (allocation) =>
        `${allocation.ref}: ${allocation.pod ? `${allocation.pod.namespace}/${allocation.pod.name}` : (allocation.handle ?? allocation.purpose)}${allocation.node === undefined ? '' : ` on ${allocation.node}`}`,
    );
