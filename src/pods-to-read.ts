import { findAll } from './findings.ts';
import type { ClusterFacts, Workload } from './model/facts.ts';
import { type ListNeed, type Need, listOf, needKey } from './model/need.ts';
import { type Pod, type PodTable, podsWhere, readInFull } from './model/pod-table.ts';
import type { Subject } from './model/report.ts';
import { NODES, PODS } from './model/resource.ts';
import { mayBearNameOf } from './model/screened-names.ts';
import { type Snapshot, isAnswered } from './model/snapshot.ts';
import { understand } from './understand.ts';

/** What pods are read for. */
export type PodPurpose = {
  readonly depth: 'scan' | 'check' | 'everything';
  readonly subject?: Subject;
  /** Read all pods in full, even where the cells of the server's Table would do. */
  readonly full?: boolean;
  /** When cells are read instead. */
  readonly screening?: ScreeningCosts;
};

/** From how many pods on cells are read first, how many are looked at to learn that, and what one request costs a server, in pods of a list. */
export type ScreeningCosts = { readonly from: number; readonly sample: number; readonly request: number };
/** Smaller clusters are read in full as quickly. */
const SCREENING: ScreeningCosts = { from: 1000, sample: 50, request: 25 };

const costs = (purpose: PodPurpose): ScreeningCosts => purpose.screening ?? SCREENING;

const ALL_PODS = listOf(PODS, ['duplicate-pod-ip', 'duplicates-confirmed', 'cni-agent-unhealthy'], { essential: true });
export const ALL_CELLS: ListNeed = { ...ALL_PODS, cells: true };

/** Whether a need is all pods of the cluster in full: in a large one everything else is long there by then. */
export const isAllPods = (need: Need): boolean => isOfAllPods(need) && (need as ListNeed).first === undefined;

/** The same, or a first look at them, which is none while they are on their way. */
export const isOfAllPods = (need: Need): boolean => needKey(need) === needKey(ALL_PODS);

/** Pods are many. A scan looks at a few first; where there are many more and cells can answer for nearly all of them, it reads those. */
export function podNeeds(snapshot: Snapshot, purpose: PodPurpose): Need[] {
  const { screening } = snapshot.pods;
  if (purpose.depth !== 'scan' || purpose.subject || purpose.full || isAnswered(snapshot, ALL_PODS)) return [ALL_PODS];
  if (screening === undefined) return [{ ...ALL_PODS, first: { few: costs(purpose).sample, many: costs(purpose).from } }];
  if (!screening.possible) return [ALL_PODS];
  if (isAnswered(snapshot, ALL_CELLS)) return atFirstSight(snapshot, purpose);
  if (!cellsWillDo(snapshot, purpose)) return [ALL_PODS];
  const workloads = understand(snapshot).cnis.flatMap((cni) => cni.agents.flatMap(({ workload }) => workload ?? []));
  // Of agents that are all well, cells and their DaemonSet tell enough.
  const agents = workloads.filter(({ steady }) => !steady).map((workload) => podsOf(workload));
  return [ALL_CELLS, ...agents.filter((need) => need !== undefined)];
}

/** What is sure to matter, before anybody thinks about it: pods that share an address with another of their kind. */
function atFirstSight({ pods, answers }: Snapshot, purpose: PodPurpose): Need[] {
  const known = firstSights.get(pods);
  if (known) return known;
  // There is one first sight.
  if ([...answers.keys()].some((key) => key.includes(AT_NODE))) return [];
  const asked = new Set<Pod>();
  for (const address of pods.repeated()) {
    const holders = pods.rowsAt(address).map((row) => pods.pod(row));
    // Whoever else carries such an address belongs to its story.
    if (holders.filter(isOrdinary).length > 1) for (const pod of holders) if (pod.screened) asked.add(pod);
  }
  for (const row of [...pods.screening!.asked, ...pods.screening!.doubtful()]) asked.add(pods.pod(row));
  if (![...asked].some(isOrdinary)) for (const pod of examples(pods)) asked.add(pod);
  const needs = byPlace(asked);
  const worth = costs(purpose).request * needs.length > pods.size ? [] : needs;
  firstSights.set(pods, worth);
  return worth;
}

const AT_NODE = 'spec.nodeName=';
const firstSights = new WeakMap<PodTable, Need[]>();

/** It has an address of its own, and its cells say so. */
const isOrdinary = (pod: Pod): boolean => pod.screened && pod.phase === 'Running' && !pod.hostNetwork && pod.ips.length > 0;

/** Some ordinary pods to be read in full: whether they have a second address, no cell tells. None where such pods were read already. */
function examples(pods: PodTable): Pod[] {
  if (someInFull(pods, (pod) => pod.phase === 'Running' && !pod.hostNetwork && pod.ips.length > 0)) return [];
  const ordinary = podsWhere(pods, isOrdinary);
  const some = ordinary.length > 0 ? ordinary : podsWhere(pods, (pod) => pod.screened && !pod.hostNetwork && pod.ips.length > 0);
  return [0, 0.5, 0.99].flatMap((part) => some[Math.floor(some.length * part)] ?? []);
}

/** So many of the first pods, or so much of them, may need more than cells: there are troubles that do not go through the whole cluster. */
const SOME_ASKED = 10;
const MOST_ASKED = 0.25;

/**
 * Whether it is worth reading cells: pods have one address each, as far as nodes, Services and the first pods tell, and of the first pods
 * few are such that this cluster's network wants to know more of them. Pods on the host network may be its agents, and are told apart later.
 */
function cellsWillDo(snapshot: Snapshot, purpose: PodPurpose): boolean {
  const { pods } = snapshot;
  if (pods.screening!.beyond < costs(purpose).from) return false;
  const facts = understand(snapshot);
  if (isDualStack(facts) || podsWhere(pods, (pod) => pod.ips.length > 1).length > 0) return false;
  const examples = podsWhere(pods, (pod) => pod.screened && pod.phase === 'Running' && !pod.hostNetwork);
  const asked = examples.filter((pod) => pods.screening!.asked.has(pod.row));
  return asked.length <= Math.max(SOME_ASKED, examples.length * MOST_ASKED);
}

/** Whether a pod that was read in full passes a test. */
function someInFull(pods: PodTable, test: (pod: Pod) => boolean): boolean {
  for (const pod of readInFull(pods)) if (test(pod)) return true;
  return false;
}

/** A Table shows one address of each pod, so those that were read in full have to tell. */
function isDualStack(facts: ClusterFacts): boolean {
  const both = (addresses: readonly string[]): boolean => new Set(addresses.map((address) => address.includes(':'))).size > 1;
  return (
    facts.read(NODES) !== 'yes' ||
    facts.nodes.some((node) => both(node.internalIPs) || both(node.podCIDRs.map((range) => range.text))) ||
    both(facts.services.flatMap((service) => service.clusterIPs.filter((ip) => ip !== 'None'))) ||
    both([...facts.clusterRanges.map(({ range }) => range), ...facts.pools.flatMap(({ ranges }) => ranges)].map(({ text }) => text)) ||
    someInFull(facts.pods, (pod) => pod.ips.length > 1)
  );
}

const MOST_REQUESTS = 400;
/** From so many pods of a node, or of a workload, on they are read together. */
const TOGETHER = 6;

/**
 * Pods of which somebody wanted to know more than their cells tell, read in full: those of one workload by its labels, those of one node
 * together, others by node and name, which the server looks up in an index. All pods, where that comes cheaper.
 */
export function closerLooks(snapshot: Snapshot, facts: ClusterFacts, purpose: PodPurpose): Need[] {
  const { pods } = snapshot;
  if (!pods.screening) return [];
  if (isDualStack(facts)) return [ALL_PODS];
  findAll(facts);
  const asked = [...pods.screening.asked].map((row) => pods.pod(row));
  const left = new Set(asked);
  const workloads: Need[] = [];
  for (const workload of facts.workloads) {
    const need = podsOf(workload);
    const stems = [...left].filter((pod) => mayBearNameOf(pod.name, workload.name));
    if (need === undefined || stems.length < TOGETHER || isAnswered(snapshot, need)) continue;
    for (const pod of stems) left.delete(pod);
    workloads.push(need);
  }
  const needs = [...workloads, ...byPlace(left)];
  const dear = needs.length > Math.max(MOST_REQUESTS, pods.size / 100) || asked.length + needs.length * costs(purpose).request > pods.size;
  return dear || needs.some((need) => isAnswered(snapshot, need)) ? [ALL_PODS] : needs;
}

/** The pods of a workload, by the labels that it gives them. */
function podsOf({ namespace, podLabels }: Workload): Need | undefined {
  const labels = Object.entries(podLabels).map(([key, value]) => `${key}=${value}`);
  return labels.length === 0 ? undefined : listOf(PODS, [], { namespace, labelSelector: labels.join(','), closer: true });
}

/** Pods by node and name, or by node alone where there are many. */
function byPlace(asked: Iterable<Pod>): Need[] {
  return [...Map.groupBy(asked, (pod) => pod.node)].flatMap(([node, here]) => {
    const names = here.length >= TOGETHER ? [''] : [...new Set(here.map((pod) => pod.name))];
    return names.map((name) =>
      listOf(PODS, [], {
        fieldSelector: name === '' ? `${AT_NODE}${node}` : `${AT_NODE}${node},metadata.name=${name}`,
        closer: true,
      }),
    );
  });
}
