import { parseAddress } from '../ip/address.ts';
import { contains, rangeIndex, rangeSize } from '../ip/range.ts';
import type { ClusterFacts, NodeFact } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { finding, plural, some } from './common.ts';
import type { Detection } from './detection.ts';
import { type PodRange, podRanges } from '../derived/ranges.ts';

export const podRangeOverlapsNodeNetwork: Detection = {
  id: 'pod-range-overlaps-node-network',
  explains: {
    title: 'The pod range covers the network of the nodes',
    meaning:
      'Addresses of nodes lie inside a range that pods get addresses from. Traffic to such a node is routed into the pod network; sooner or later a pod gets a node’s address.',
    arises: 'A default range (192.168.0.0/16, 10.0.0.0/8, 10.42.0.0/16) was kept in a network that uses the same numbers.',
    tellApart:
      'In VPC networks pods live in the nodes’ subnet by design. A single node whose InternalIP is its own tunnel address has a wrong node IP, not an overlap. If only the pool covers the nodes and no range in use does, nothing is broken yet.',
    action: 'Move the pods: add a disjoint pool, disable the old one, recreate the pods; small clusters are rebuilt with another range.',
    sources: ['projectcalico/calico#1401', 'cilium/cilium#42383', 'k3s-io/k3s#588', 'canonical/microk8s#3669'],
  },
  *find(facts) {
    if (facts.addressing === 'node-network') return;
    const covered = coveredNodes(facts);
    yield* outsideServices(facts);
    // The narrowest statement says most: a node's own range outranks the pool around it.
    const hit = [...covered].filter(([entry]) => entry.allocated);
    const chosen =
      hit.length > 0 ? hit : [...covered].toSorted(([a], [b]) => Number(rangeSize(a.range) - rangeSize(b.range)) || 0).slice(0, 1);
    for (const [entry, nodes] of chosen) {
      yield finding(
        'pod-range-overlaps-node-network',
        entry.allocated ? 'error' : 'warning',
        'confirmed',
        `Pod range ${entry.range.text} covers the address of ${plural(nodes.length, 'node')}: ${some(nodes.map((node) => node.name))}`,
        {
          network: 'pod',
          nodes: nodes.map((node) => node.name),
          ranges: [{ cidr: entry.range.text, ...(entry.node === undefined ? {} : { node: entry.node }), source: entry.ref }],
          evidence: [
            {
              source: entry.ref.startsWith('node/') ? 'node' : entry.ref.startsWith('configmap/') ? 'configmap' : 'crd',
              ref: entry.ref.split(' ')[0]!,
              text: `${entry.ref}: ${entry.range.text}${entry.allocated ? '' : ' (no range in use covers a node yet)'}`,
            },
            ...nodes
              .slice(0, 5)
              .map((node) => ({ source: 'node' as const, ref: `node/${node.name}`, text: `InternalIP ${node.internalIPs.join(', ')}` })),
          ],
        },
      );
    }
  },
};

/** The nodes whose address lies in a pod range, by that range. */
function coveredNodes(facts: ClusterFacts): Map<PodRange, NodeFact[]> {
  const ranges = podRanges(facts);
  const lookUp = rangeIndex(ranges, (entry) => entry.range);
  const found = new Map<PodRange, Set<NodeFact>>(ranges.map((entry) => [entry, new Set()]));
  for (const node of facts.nodes) {
    if (node.virtual) continue;
    for (const address of addressesOf(facts, node)) for (const entry of lookUp(address)) found.get(entry)!.add(node);
  }
  return new Map([...found].filter(([, nodes]) => nodes.size > 0).map(([entry, nodes]) => [entry, [...nodes]]));
}

/** A node's InternalIPs, less an address that is its own tunnel's: that is a wrong node IP (microk8s#3669). */
const addressesOf = (facts: ClusterFacts, node: NodeFact): NonNullable<ReturnType<typeof parseAddress>>[] =>
  node.internalIPs
    .filter((ip) => !facts.infrastructure.some((entry) => entry.node === node.name && entry.address === ip))
    .map((ip) => parseAddress(ip))
    .filter((address) => address !== undefined);

/** Endpoints written by hand that point into the pod range, at nobody: the place they mean is probably outside, and hidden by the range. */
function* outsideServices(facts: ClusterFacts): Generator<Finding> {
  if (!facts.podsComplete) return;
  const ranges = podRanges(facts);
  for (const endpoint of facts.endpoints) {
    const address = endpoint.target === undefined ? parseAddress(endpoint.address) : undefined;
    const inside = address && ranges.find((entry) => contains(entry.range, address));
    if (!inside || facts.rowsAt(endpoint.address).length > 0 || facts.infrastructure.some((entry) => entry.address === endpoint.address))
      continue;
    if (facts.nodes.some((node) => node.internalIPs.includes(endpoint.address))) continue;
    yield finding(
      'pod-range-overlaps-node-network',
      'warning',
      'possible',
      `Service ${endpoint.namespace}/${endpoint.service} points at ${endpoint.address} by hand, which lies in the pod range and is no pod`,
      {
        address: endpoint.address,
        network: 'pod',
        ranges: [{ cidr: inside.range.text, source: inside.ref }],
        evidence: [
          {
            source: 'endpointslice',
            ref: `endpointslice/${endpoint.namespace}/${endpoint.slice}`,
            text: `${endpoint.namespace}/${endpoint.slice} names ${endpoint.address} without a target; pods get addresses of ${inside.range.text} (${inside.ref})`,
          },
        ],
        affects: [`service/${endpoint.namespace}/${endpoint.service}`],
      },
    );
  }
}
