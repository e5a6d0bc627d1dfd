import { parseAddress } from '../ip/address.ts';
import { type Range, parseRange, rangeIndex, rangeSize } from '../ip/range.ts';
import { within } from '../ip/within.ts';
import { type Allocation, type ClusterFacts, POD_NETWORK, type Pool, type Signal } from '../model/facts.ts';
import { listed } from '../model/listed.ts';
import { eachPod, type Pod, virtualMachineOf } from '../model/pod-table.ts';
import { classOf, livePodsByNode, onceFor } from './holders.ts';

/** Network, broadcast and gateway of a node's range are not given to pods (host-local, Cilium's first and last). */
const RESERVED = 3;

/** Allocations younger than this may belong to a pod whose status has not caught up (Calico's own leak grace is 15 min). */
const FRESH_MS = 15 * 60_000;

/** How full a node's own range is. */
export type NodeUsage = {
  readonly node: string;
  readonly range: Range;
  readonly ref: string;
  readonly capacity: number;
  readonly used: () => number;
  /** No fewer than that, at no cost: all pods of the node that may have an address out of it. */
  readonly usedAtMost: () => number;
};

/** Live addresses against capacity, for every node that hands out its own range. */
export const nodeUsage = onceFor((facts): readonly NodeUsage[] => {
  const pods = livePodsByNode(facts);
  return facts.nodeRanges
    .filter((entry) => entry.network === POD_NETWORK && rangeSize(entry.range) <= 65_536n)
    .map(({ node, range, ref, source }) => {
      const isInside = within([range]);
      return {
        node,
        range,
        ref: `${ref} ${source}`,
        capacity: Math.max(1, Number(rangeSize(range)) - RESERVED),
        used: () => pods.on(node).filter((pod) => pod.ips.some(isInside)).length,
        usedAtMost: () => pods.atMostOn(node),
      };
    });
});

/** Signals that say a node's own range is full, by node. */
export function fullRanges(facts: ClusterFacts): Map<string, Signal[]> {
  const found = new Map<string, Signal[]>();
  for (const signal of facts.signals) {
    if (signal.means !== 'node-range-exhausted' || signal.node === undefined) continue;
    listed(found, signal.node, signal);
  }
  return found;
}

/** The range that a "full" signal names, if it names one: host-local prints first and last address, Whereabouts the range. */
export function rangeNamedIn(signal: Signal): Range | undefined {
  const ends = /range set:?\s+(\d+\.\d+\.\d+\.\d+)-(\d+(?:\.\d+\.\d+\.\d+)?)/.exec(signal.evidence.text);
  if (ends) {
    const last = ends[2]!.includes('.') ? ends[2]! : `${ends[1]!.split('.').slice(0, 3).join('.')}.${ends[2]}`;
    return parseRange(`${ends[1]}-${last}`);
  }
  return parseRange(signal.ranges[0]);
}

/** An IPAM record whose pod is gone, or lives without the address. */
export type Leak = { readonly allocation: Allocation; readonly why: string };

/** Records that hold an address for nobody. Records of pods that only just came or went are left out. */
export const leaks = onceFor((facts): readonly Leak[] => {
  const held = new Map<string, Set<string>>();
  const hold = (pod: { namespace: string; name: string }, address: string): void => {
    const key = `${pod.namespace}/${pod.name}`;
    const known = held.get(key);
    if (known) known.add(address);
    else held.set(key, new Set([address]));
  };
  for (const attachment of facts.attachments) hold(facts.pods.pod(attachment.row), attachment.address);
  return !facts.podsComplete
    ? []
    : facts.allocations.flatMap((allocation): Leak[] => {
        if (!allocation.pod || allocation.purpose !== 'pod') return [];
        if (allocation.at !== undefined && facts.now - allocation.at < FRESH_MS) return [];
        const row = facts.pods.find(allocation.pod.namespace, allocation.pod.name);
        if (row === undefined) return [{ allocation, why: `pod ${allocation.pod.namespace}/${allocation.pod.name} does not exist` }];
        const pod = facts.pods.pod(row);
        const klass = classOf(facts, pod);
        if (klass === 'finished' || klass === 'released') {
          const ended = pod.containers.lastFinished ?? pod.deletion ?? pod.created ?? 0;
          return facts.now - ended < FRESH_MS ? [] : [{ allocation, why: `pod ${pod.namespace}/${pod.name} is ${klass}` }];
        }
        const addresses = new Set([...pod.ips, ...(held.get(`${pod.namespace}/${pod.name}`) ?? [])]);
        if (klass !== 'live' || addresses.size === 0 || addresses.has(allocation.address)) return [];
        // On a secondary network an unknown attachment is no proof of a leak.
        if (allocation.network !== POD_NETWORK && !held.has(`${pod.namespace}/${pod.name}`)) return [];
        return [{ allocation, why: `pod ${pod.namespace}/${pod.name} has ${[...addresses].join(', ')} instead` }];
      });
});

/** Allocations by the pool that holds their address. */
export function poolOf(facts: ClusterFacts): (allocation: Allocation) => Pool | undefined {
  const lookUp = rangeIndex(
    facts.pools.flatMap((pool) => pool.ranges.map((range) => ({ pool, range }))),
    (entry) => entry.range,
  );
  return (allocation) => {
    const address = parseAddress(allocation.address);
    return address && lookUp(address).find((entry) => entry.pool.network === allocation.network)?.pool;
  };
}

/** A live pod whose address no record keeps for it. */
export type Unrecorded = {
  readonly row: number;
  readonly address: string;
  readonly network: string;
  readonly recordedFor: Allocation | undefined;
  readonly where: string;
};

/** A pod's record is written before its address shows in the status, so only a moment is allowed. */
const SETTLING_MS = 30_000;

/** Addresses in use that the allocator's complete records do not know, or keep for another pod: the next pod may get them. */
export const unrecorded = onceFor((facts): readonly Unrecorded[] => {
  if (facts.recordedNetworks.length === 0) return [];
  const records = Map.groupBy(facts.allocations, (allocation) => `${allocation.network}|${allocation.address}`);
  const lookUp = rangeIndex(
    facts.pools.flatMap((pool) => pool.ranges.map((range) => ({ pool, range }))),
    (entry) => entry.range,
  );
  const bypassing = new Set(
    facts.staticRequests
      .filter((request) => request.checked === 'no' && request.pod)
      .map((request) => `${request.pod!.namespace}/${request.pod!.name}|${request.address}`),
  );
  const used = [
    ...[...eachPod(facts.pods)].flatMap((pod) =>
      pod.hostNetwork ? [] : pod.ips.map((address) => ({ pod, address, network: facts.podNetwork(pod.row) })),
    ),
    ...facts.attachments.map((attachment) => ({
      pod: facts.pods.pod(attachment.row),
      address: attachment.address,
      network: attachment.network,
    })),
  ];
  return used.flatMap(({ pod, address, network }): Unrecorded[] => {
    if (!facts.recordedNetworks.includes(network) || classOf(facts, pod) !== 'live') return [];
    if (bypassing.has(`${pod.namespace}/${pod.name}|${address}`) || facts.now - (pod.started ?? 0) < SETTLING_MS) return [];
    const parsed = parseAddress(address);
    const pool = parsed && lookUp(parsed).find((entry) => entry.pool.network === network)?.pool;
    if (!pool) return [];
    const all = records.get(`${network}|${address}`) ?? [];
    if (all.some((record) => !record.pod || isFor(facts, record.pod, pod))) return [];
    return [{ row: pod.row, address, network, recordedFor: all[0], where: pool.ref }];
  });
});

/** Records that name another node than the one their pod runs on. */
export type RecordedUnder = {
  readonly node: string;
  /** The node that the records name; it may be gone. */
  readonly under: string;
  readonly rows: readonly number[];
  readonly ref: string;
  /** Every recorded pod of the node, which owns no block: the allocator takes it for the other one. */
  readonly whole: boolean;
};

/** Live pods whose own records name another node: a collector that goes by the node takes them for leaked (calico#12257, calico#3097). */
export const recordedUnder = onceFor((facts): readonly RecordedUnder[] => {
  const right = new Map<string, number>();
  const wrong = new Map<string, { rows: number[]; ref: string; node: string; under: string }>();
  for (const { pod: owner, purpose, node: under, address, ref, network } of facts.allocations) {
    if (!owner || purpose !== 'pod' || under === undefined || network !== POD_NETWORK) continue;
    const row = facts.pods.find(owner.namespace, owner.name);
    if (row === undefined) continue;
    const pod = facts.pods.pod(row);
    if (pod.node === under) {
      right.set(under, (right.get(under) ?? 0) + 1);
      continue;
    }
    if (!pod.ips.includes(address) || classOf(facts, pod) !== 'live' || virtualMachineOf(pod) !== undefined) continue;
    const key = `${pod.node} ${under}`;
    const group = wrong.get(key) ?? { rows: [], ref, node: pod.node, under };
    group.rows.push(row);
    wrong.set(key, group);
  }
  // An allocator that calls its nodes otherwise than the cluster does is no mistake.
  if (right.size === 0 && [...wrong.values()].every(({ under }) => facts.node(under) === undefined)) return [];
  const owners = new Set(facts.blocks.map((block) => block.node));
  return [...wrong.values()].map(({ rows, ref, node, under }) => ({
    node,
    under,
    rows,
    ref,
    whole: facts.node(under) !== undefined && !right.has(node) && !owners.has(node),
  }));
});

/** A record is a pod's own, or that of its virtual machine, or of the pod that the machine migrates from. */
function isFor(facts: ClusterFacts, owner: { readonly namespace: string; readonly name: string }, pod: Pod): boolean {
  if (owner.namespace !== pod.namespace) return false;
  const machine = virtualMachineOf(pod);
  if (owner.name === pod.name || owner.name === machine) return true;
  const row = machine === undefined ? undefined : facts.pods.find(owner.namespace, owner.name);
  return row !== undefined && virtualMachineOf(facts.pods.pod(row)) === machine;
}
