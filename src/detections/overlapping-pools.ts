import { type BalancerPool, balancerPools } from '../derived/balancer-pools.ts';
import { podRanges, serviceRanges } from '../derived/ranges.ts';
import { type Range, covers, overlappingPairs, overlaps } from '../ip/range.ts';
import { within } from '../ip/within.ts';
import { type ClusterFacts, POD_NETWORK, type Pool } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { podName, podsWhere } from '../model/pod-table.ts';
import { finding, isLive, plural, some } from './common.ts';
import type { Detection } from './detection.ts';

export const overlappingPools: Detection = {
  id: 'overlapping-pools',
  explains: {
    title: 'Two pools cover the same addresses',
    meaning: 'Two configured pools or subnets of one network overlap. Each hands out addresses without looking at the other’s records.',
    arises:
      'A pool written straight into the API (kubectl, Helm, GitOps) is not checked for overlap as the CNI’s own tool would. A load balancer’s pool (MetalLB, Cilium) was cut out of addresses that nodes, Services or pods have.',
    tellApart:
      'Pools of different VPCs or VLANs may repeat addresses. A disabled pool of the same block size beside its successor is a migration. Equal block sizes hide the mistake, for both pools then share the block objects. A load balancer’s pool in the subnet of the nodes is as it should be, as long as it holds no node’s address.',
    action:
      'Disable the younger pool, give its workloads a disjoint one, recreate the pods that have addresses out of it. Of a load balancer: leave those addresses out of its pool.',
    sources: ['projectcalico/calico#3589', 'projectcalico/calico#10778', 'kubeovn/kube-ovn#6489', 'metallb/metallb#364'],
  },
  *find(facts) {
    for (const pool of balancerPools(facts)) yield* besideBalancers(facts, pool);
    for (const [network, pools] of Map.groupBy(facts.pools, (pool) => pool.network)) {
      const entries = pools.flatMap((pool) => pool.ranges.map((range) => ({ pool, range })));
      const seen = new Set<string>();
      for (const [a, b] of overlappingPairs(entries, (entry) => entry.range)) {
        const key = [a.pool.ref, b.pool.ref].toSorted().join('|');
        if (a.pool.ref === b.pool.ref || seen.has(key)) continue;
        seen.add(key);
        const live = a.pool.enabled && b.pool.enabled;
        const harmful = live || a.pool.blockSize !== b.pool.blockSize;
        yield finding(
          'overlapping-pools',
          harmful ? 'error' : 'info',
          'confirmed',
          `Pools ${a.pool.name} (${a.range.text}) and ${b.pool.name} (${b.range.text}) overlap`,
          {
            network,
            ranges: [a, b].map(({ pool, range }) => ({ cidr: range.text, pool: pool.name, source: pool.ref })),
            evidence: [a, b].map(({ pool, range }) => ({
              source: 'crd' as const,
              ref: pool.ref,
              text: `${pool.ref}: ${range.text}${blockText(pool)}${pool.enabled ? '' : ', disabled'}`,
            })),
          },
        );
      }
    }
  },
};

/**
 * A load balancer's pool that holds addresses of others: sooner or later it gives one of these to a Service. Addresses of pods and Services
 * come and go all the time, those of nodes stay, and on a single machine nobody else can answer for its address.
 */
function* besideBalancers(facts: ClusterFacts, pool: BalancerPool): Generator<Finding> {
  if (pool.ranges.length === 0) return;
  const isInside = within(pool.ranges);
  const touches = ({ range }: { readonly range: Range }): boolean => pool.ranges.some((own) => overlaps(own, range));
  const written = pool.ranges.map(({ text }) => text);
  const said = (severity: Finding['severity'], network: string, what: string, parts: Partial<Finding>): Finding =>
    finding('overlapping-pools', severity, 'confirmed', `Load-balancer pool ${pool.name} (${some(written)}) ${what}`, {
      network,
      holders: [{ kind: 'LoadBalancer', name: pool.name, class: 'loadbalancer' }],
      ...parts,
      ranges: [...written.map((cidr) => ({ cidr, pool: pool.name, source: pool.ref })), ...(parts.ranges ?? [])],
      evidence: [
        { source: pool.ref.startsWith('configmap/') ? 'configmap' : 'crd', ref: pool.ref, text: `${pool.ref}: ${written.join(', ')}` },
        ...(parts.evidence ?? []),
      ],
    });
  const nodes = facts.nodes.filter((node) => !node.virtual && node.internalIPs.some(isInside));
  if (nodes.length > 0 && facts.nodes.length > 1)
    yield said('warning', 'node', `holds the address of ${plural(nodes.length, 'node')}: ${some(nodes.map(({ name }) => name))}`, {
      nodes: nodes.map(({ name }) => name),
      evidence: nodes
        .slice(0, 5)
        .map(({ name, internalIPs }) => ({ source: 'node', ref: `node/${name}`, text: `${name}: InternalIP ${internalIPs.join(', ')}` })),
    });
  const services = facts.services.filter((service) => service.clusterIPs.some(isInside));
  // A range that was only inferred from the ClusterIPs proves nothing by itself.
  const serviceRange = serviceRanges(facts).find((entry) => touches(entry) && (entry.basis !== 'observed' || services.length > 0));
  if (serviceRange)
    yield said(services.length > 0 ? 'error' : 'warning', 'service', `overlaps the Service range ${serviceRange.range.text}`, {
      ranges: [{ cidr: serviceRange.range.text, source: serviceRange.ref }],
      evidence: [
        { source: 'arithmetic', ref: serviceRange.ref, text: `Service range ${serviceRange.range.text} (${serviceRange.ref})` },
        ...services.slice(0, 4).map(({ namespace, name, clusterIPs }) => ({
          source: 'service' as const,
          ref: `service/${namespace}/${name}`,
          text: `${namespace}/${name} has ClusterIP ${clusterIPs.join(', ')}`,
        })),
      ],
    });
  const reserved = facts.pools.flatMap((own) => own.reserved ?? []);
  const free = pool.ranges.filter((range) => !reserved.some((outer) => covers(outer, range)));
  const podRange =
    facts.addressing === 'node-network' ? undefined : podRanges(facts).find(({ range }) => free.some((own) => overlaps(own, range)));
  const pods = podsWhere(facts.pods, (pod) => pod.ips.some(isInside) && isLive(facts, pod) && facts.podNetwork(pod.row) === POD_NETWORK);
  if (podRange || pods.length > 0)
    yield said(
      pods.length > 0 ? 'error' : 'warning',
      'pod',
      podRange ? `overlaps the pod range ${podRange.range.text}` : `holds the address of ${plural(pods.length, 'pod')}`,
      {
        nodes: podRange?.node === undefined ? [] : [podRange.node],
        ranges: podRange
          ? [{ cidr: podRange.range.text, source: podRange.ref, ...(podRange.node === undefined ? {} : { node: podRange.node }) }]
          : [],
        evidence: [
          ...(podRange
            ? [{ source: 'arithmetic' as const, ref: podRange.ref, text: `pod range ${podRange.range.text} (${podRange.ref})` }]
            : []),
          ...pods
            .slice(0, 4)
            .map((pod) => ({ source: 'pod' as const, ref: `pod/${podName(pod)}`, text: `${podName(pod)} has ${pod.ips.join(', ')}` })),
        ],
      },
    );
}

const blockText = (pool: Pool): string => (pool.blockSize === undefined ? '' : `, blocks of /${pool.blockSize}`);
