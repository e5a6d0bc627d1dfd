import { type Address, parseAddress } from '../ip/address.ts';
import { type Range, contains, overlaps, parseRange, prefixLength, rangeBetween, rangeSize } from '../ip/range.ts';
import { type ClusterFacts, type ClusterRange, POD_NETWORK } from '../model/facts.ts';

/** A range of pod addresses and where it is written. `allocated` ranges are in use on a node, the others only may be. */
export type PodRange = {
  readonly range: Range;
  readonly ref: string;
  readonly name: string;
  readonly node: string | undefined;
  readonly allocated: boolean;
};

/** Every range that pods of the pod network get addresses from: nodes' ranges, pools, and what the cluster is configured with. */
export function podRanges(facts: ClusterFacts): PodRange[] {
  const found: PodRange[] = [
    ...facts.nodeRanges
      .filter((entry) => entry.network === POD_NETWORK)
      .map((entry) => ({ range: entry.range, ref: `${entry.ref} ${entry.source}`, name: entry.node, node: entry.node, allocated: true })),
    ...facts.pools
      .filter((pool) => pool.network === POD_NETWORK && pool.enabled)
      .flatMap((pool) =>
        pool.ranges.map((range) => ({ range, ref: pool.ref, name: pool.name, node: undefined, allocated: facts.addressing === 'pool' })),
      ),
  ];
  // What kubeadm or a flag says is the pod range only where the CNI takes its ranges from there.
  const configured =
    facts.addressing === 'node-range' || facts.addressing === 'unknown'
      ? facts.clusterRanges.filter((entry) => entry.purpose === 'pod' && entry.basis !== 'kube-proxy')
      : [];
  const seen = new Set(found.map((entry) => entry.range.text));
  for (const entry of configured) {
    if (seen.has(entry.range.text)) continue;
    seen.add(entry.range.text);
    found.push({ range: entry.range, ref: entry.ref, name: entry.ref, node: undefined, allocated: false });
  }
  return found;
}

/** Prefix lengths that service ranges really have, shortest first. */
const LIKELY_PREFIXES = [12, 16, 18, 20, 22, 24] as const;

/** An IPv6 Service range has 20 bits at most (kubernetes cmd/kube-apiserver/app/options/validation.go); kubeadm's documentation takes 16. */
const LIKELY_PREFIXES_V6 = [112, 108] as const;

/**
 * The Service ranges. Running arguments and ServiceCIDR objects state them; a managed control plane shows neither,
 * and then the ClusterIPs themselves do: the smallest usual prefix that holds all of them (`observed`). Each family by itself.
 */
export function serviceRanges(facts: ClusterFacts): ClusterRange[] {
  const stated = facts.clusterRanges.filter((entry) => entry.purpose === 'service');
  const best = stated.filter((entry) => entry.basis === 'flag' || entry.basis === 'object');
  const known = distinct(best.length > 0 ? best : stated);
  const families = new Set(known.map((entry) => entry.range.family));
  return [...known, ...(families.has(4) ? [] : observedV4(facts)), ...(families.has(6) ? [] : observedV6(facts))];
}

const clusterIPs = (facts: ClusterFacts, family: 4 | 6): Address[] =>
  facts.services
    .flatMap((service) => service.clusterIPs)
    .map((ip) => parseAddress(ip))
    .filter((address) => address !== undefined)
    .filter((address) => address.family === family);

const observed = (facts: ClusterFacts, range: Range): ClusterRange => ({
  purpose: 'service',
  basis: 'observed',
  ref: `clusterIPs of ${facts.services.length} Services`,
  range,
});

function observedV6(facts: ClusterFacts): ClusterRange[] {
  const values = clusterIPs(facts, 6);
  if (values.length < 2) return [];
  const range = LIKELY_PREFIXES_V6.map((prefix) => parseRange(`${values[0]!.text}/${prefix}`)!).find((candidate) =>
    values.every((address) => contains(candidate, address)),
  );
  return range ? [observed(facts, range)] : [];
}

function observedV4(facts: ClusterFacts): ClusterRange[] {
  const values = clusterIPs(facts, 4);
  if (values.length < 2) return [];
  const sorted = values.toSorted((a, b) => (a.value < b.value ? -1 : 1));
  const between = rangeBetween(sorted[0], sorted.at(-1));
  // The `kubernetes` Service holds the first address of its range: the range starts just below it, and reaches to a usual length.
  const api = facts.services.find((service) => service.namespace === 'default' && service.name === 'kubernetes')?.clusterIPs[0];
  const first = parseAddress(api);
  if (!between || first?.family !== 4) return [];
  const start = first.value - 1n;
  for (const prefix of LIKELY_PREFIXES.toReversed()) {
    const size = 1n << BigInt(32 - prefix);
    if (start % size === 0n && sorted[0]!.value >= start && sorted.at(-1)!.value < start + size && prefix <= 16) {
      const range = rangeBetween(
        { ...first, value: start, text: textOf(start) },
        { ...first, value: start + size - 1n, text: textOf(start + size - 1n) },
      );
      return range ? [observed(facts, range)] : [];
    }
  }
  return [];
}

const textOf = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');

const distinct = (ranges: readonly ClusterRange[]): ClusterRange[] => [
  ...new Map(ranges.map((entry) => [entry.range.text, entry])).values(),
];

/** How many ranges of a mask a cluster range holds, less those that the Service range takes out of it. */
export function rangeCapacity(range: Range, mask: number, without: readonly Range[]): number {
  const prefix = prefixLength(range) ?? mask;
  if (mask < prefix || mask - prefix > 24) return mask < prefix ? 0 : 2 ** 24;
  const each = 1n << BigInt((range.family === 4 ? 32 : 128) - mask);
  const taken = without
    .filter((other) => overlaps(range, other))
    .reduce((sum, other) => {
      const first = other.first > range.first ? other.first : range.first;
      const last = other.last < range.last ? other.last : range.last;
      return sum + Number((last - range.first) / each - (first - range.first) / each + 1n);
    }, 0);
  return Math.max(0, Number(rangeSize(range) / each) - taken);
}
