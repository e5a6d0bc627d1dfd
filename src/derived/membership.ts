import { type Address, parseAddress } from '../ip/address.ts';
import { type Range, contains, overlaps, parseRange, rangeIndex } from '../ip/range.ts';
import { within } from '../ip/within.ts';
import { type ClusterFacts, type NodeRange, POD_NETWORK, type Tri } from '../model/facts.ts';
import { type Pod, eachPod, virtualMachineOf } from '../model/pod-table.ts';
import { isLive, onceFor, since } from './holders.ts';

/**
 * Ranges that container runtimes use when no CNI configuration is there, or their own sample sorts before it:
 * Docker, CRI-O, containerd and Podman. Every node uses the same one, so addresses repeat by construction.
 */
const RUNTIME_DEFAULTS: readonly { range: Range; runtime: string }[] = [
  ['172.17.0.0/16', 'Docker'],
  ['10.85.0.0/16', 'CRI-O'],
  ['10.88.0.0/16', 'containerd or Podman'],
  ['1100:200::/24', 'CRI-O'],
  ['2001:4860:4860::/64', 'containerd'],
].map(([cidr, runtime]) => ({ range: parseRange(cidr)!, runtime: runtime! }));

/** Docker takes the next of these where 172.17.0.0/16 is in use, as in machines that are containers themselves (minikube#7589). */
const DOCKER_BRIDGES: typeof RUNTIME_DEFAULTS = Array.from({ length: 14 }, (_, i) => ({
  range: parseRange(`172.${18 + i}.0.0/16`)!,
  runtime: 'Docker',
}));

/** Where the address of a live pod lies, as far as ranges tell. */
export type Membership =
  | { readonly kind: 'own' }
  | { readonly kind: 'other-node'; readonly range: NodeRange }
  | { readonly kind: 'runtime-default'; readonly range: Range; readonly runtime: string }
  | { readonly kind: 'outside' };

/** A misplaced address of a live pod. */
export type Misplaced = { readonly pod: Pod; readonly address: Address; readonly in: Exclude<Membership, { kind: 'own' }> };

/** Every live pod whose address is not where its CNI would have put it. Empty where the CNI's ranges are not known. */
export const misplacedPods = onceFor((facts): readonly Misplaced[] => {
  const entries = facts.nodeRanges.filter((entry) => entry.network === POD_NETWORK);
  const lookUp = rangeIndex(entries, (entry) => entry.range);
  const byNode = new Map(
    [...Map.groupBy(entries, (entry) => entry.node)].map(([node, own]) => [node, within(own.map(({ range }) => range))]),
  );
  const pools = facts.pools.filter((pool) => pool.gives === 'addresses').flatMap((pool) => pool.ranges);
  const isInPool = within(pools);
  const families = new Set([...entries.map((entry) => entry.range.family), ...pools.map((range) => range.family)]);
  const runtime = runtimeDefaults(facts);
  // Where pods live in the nodes' network, or nothing is known of ranges, only a runtime's default range is a sure sign.
  const ofPods = facts.pools.some((pool) => pool.gives === 'addresses' && pool.network === POD_NETWORK);
  const judged = facts.addressing === 'node-range' || (facts.addressing === 'pool' && ofPods);
  const isRuntimes = within(runtime.map((entry) => entry.range));
  const isJudged = (ip: string): boolean => (judged && families.has(ip.includes(':') ? 6 : 4)) || isRuntimes(ip);
  const found: Misplaced[] = [];
  for (const pod of eachPod(facts.pods)) {
    if (!isLive(facts, pod)) continue;
    const isHome = byNode.get(pod.node) ?? isInPool;
    const { ips } = pod;
    for (let i = 0; i < ips.length; i++) {
      const ip = ips[i]!;
      // Nearly all are where they belong.
      if (isHome(ip) || isInPool(ip) || !isJudged(ip)) continue;
      const address = parseAddress(ip);
      if (!address || pod.annotations['kubevirt.io/allow-pod-bridge-network-live-migration'] !== undefined) continue;
      const standard = runtime.find((entry) => contains(entry.range, address) && isReachable(entry, address));
      if (standard) found.push({ pod, address, in: { kind: 'runtime-default', range: standard.range, runtime: standard.runtime } });
      else if (judged && families.has(address.family)) {
        const other = lookUp(address).find((entry) => entry.node !== pod.node);
        // A virtual machine that was moved to this node took its address along.
        if (other && virtualMachineOf(pod) !== undefined) continue;
        if (other) found.push({ pod, address, in: { kind: 'other-node', range: other } });
        else if (byNode.has(pod.node) || facts.addressing === 'pool') found.push({ pod, address, in: { kind: 'outside' } });
      }
    }
  }
  return found;
});

/** Docker gives the lowest number that is free, and a bridge has 1024 ports: a number far up its further pools is somebody else's. */
const isReachable = (entry: (typeof RUNTIME_DEFAULTS)[number], address: Address): boolean =>
  !DOCKER_BRIDGES.includes(entry) || address.value - entry.range.first < 1024n;

/** A default range that the cluster uses on purpose, or that its nodes live in, is no sign of anything. */
function runtimeDefaults(facts: ClusterFacts): typeof RUNTIME_DEFAULTS {
  const used: Range[] = [
    ...facts.clusterRanges.filter((entry) => entry.purpose === 'pod').map((entry) => entry.range),
    ...facts.pools.flatMap((pool) => pool.ranges),
    ...facts.nodeRanges.map((entry) => entry.range),
    ...facts.nodes
      .flatMap((node) => node.internalIPs)
      .map((ip) => parseRange(ip))
      .filter((range) => range !== undefined),
  ];
  const docker = facts.nodes.some((node) => node.runtime?.startsWith('docker://'));
  return [...RUNTIME_DEFAULTS, ...(docker ? DOCKER_BRIDGES : [])].filter((entry) => !used.some((range) => overlaps(range, entry.range)));
}

/** Whether several live pods have an address. */
export const isShared = (facts: ClusterFacts, address: string): boolean =>
  facts.rowsAt(address).filter((row) => isLive(facts, facts.pods.pod(row))).length > 1;

/** Misplaced pods in groups that make one finding each: all holders of a shared address, and for the rest one group a node. */
export function groupMisplaced(facts: ClusterFacts, misplaced: readonly Misplaced[]): Misplaced[][] {
  const groups = Map.groupBy(misplaced, ({ address, pod }) => (isShared(facts, address.text) ? address.text : `node ${pod.node}`));
  return [...groups.values()];
}

/** Plumbed before the CNI of today was there: a leftover that goes away with the pod. Unknown where only the CNI's pods were read, and all are younger. */
export function predatesCni(facts: ClusterFacts, pod: Pod): Tri {
  const start = since(pod);
  const cnis = facts.cnis.filter((candidate) => candidate.role === 'primary');
  if (start === undefined || cnis.length === 0) return 'no';
  const answers = cnis.map((cni): Tri => {
    if (cni.since !== undefined) return start < cni.since ? 'yes' : 'no';
    const agents = cni.agents.flatMap((agent) => agent.pods.map((row) => since(facts.pods.pod(row)) ?? Infinity));
    return agents.length > 0 && agents.every((at) => start < at) ? 'unknown' : 'no';
  });
  return answers.includes('no') ? 'no' : answers.includes('unknown') ? 'unknown' : 'yes';
}
