import { parseAddress } from '../ip/address.ts';
import { type Range, contains } from '../ip/range.ts';
import { holderClass, isOverdue } from '../model/holder-class.ts';
import { type ClusterFacts, type NodeFact, POD_NETWORK } from '../model/facts.ts';
import { type Evidence, type FindingConfidence, type Holder, type HolderClass, compareText, isoTime } from '../model/finding.ts';
import { text } from '../model/json.ts';
import { listed } from '../model/listed.ts';
import { once } from '../model/once.ts';
import { type Pod, eachPod, podName, virtualMachineOf } from '../model/pod-table.ts';
import { MIGRATIONS } from '../model/resource.ts';

/** What is found out about facts holds for all that differ in nothing but what was confirmed. */
export const onceFor = <Value>(find: (facts: ClusterFacts) => Value): ((facts: ClusterFacts) => Value) => once(find, ({ basis }) => basis);

/** Ranges and recorded blocks that are a node's own. */
const rangesByNode = onceFor((facts): ReadonlyMap<string, readonly Range[]> => {
  const found = new Map<string, Range[]>();
  for (const { node, range } of [...facts.nodeRanges, ...facts.blocks.filter((block) => block.kind === 'record')]) {
    if (node === undefined) continue;
    listed(found, node, range);
  }
  return found;
});

const allocationsByAddress = onceFor((facts) => Map.groupBy(facts.allocations, ({ address }) => address));
const endpointsByAddress = onceFor((facts) => Map.groupBy(facts.endpoints, ({ address }) => address));

const classes = onceFor((facts): { readonly nodesKnown: boolean; readonly known: HolderClass[] } => ({
  nodesKnown: knowsNodes(facts),
  known: [],
}));

export function classOf(facts: ClusterFacts, pod: Pod): HolderClass {
  const { known, nodesKnown } = classes(facts);
  return (known[pod.row] ??= holderClass(pod, facts.node(pod.node), nodesKnown));
}

/** Whether all Nodes were read: only then is a node that is not there gone. */
export const knowsNodes = (facts: ClusterFacts): boolean =>
  facts.nodes.length > 0 && !facts.gaps.some((gap) => gap.resource === 'nodes' && gap.essential);

/** A pod that is on the wire with its own address now. */
export const isLive = (facts: ClusterFacts, pod: Pod): boolean => !pod.leaving && classOf(facts, pod) === 'live';

/** A pod that should be gone, whose containers still run on a node that reports. */
export const stillRunsWhileDeleted = (facts: ClusterFacts, pod: Pod): boolean =>
  classOf(facts, pod) === 'terminating' && isOverdue(pod, facts.now) && pod.containers.running > 0;

/** When a pod took its address, as far as the API tells. */
export const since = (pod: Pod): number | undefined => pod.started ?? pod.created;

export function podHolder(facts: ClusterFacts, pod: Pod, role?: Holder['role'], klass: HolderClass = classOf(facts, pod)): Holder {
  const start = isoTime(since(pod));
  return {
    kind: 'Pod',
    namespace: pod.namespace,
    name: pod.name,
    uid: pod.uid,
    ...(pod.node === '' ? {} : { node: pod.node }),
    class: klass,
    ...(start === undefined ? {} : { since: start }),
    ...(role === undefined ? {} : { role }),
  };
}

export const nodeHolder = (node: NodeFact): Holder => ({
  kind: 'Node',
  name: node.name,
  node: node.name,
  uid: node.uid,
  class: 'node',
  ...(node.created === undefined ? {} : { since: isoTime(node.created)! }),
});

/** One line about a pod, for proof. */
export function podEvidence(pod: Pod, more = ''): Evidence {
  const at = isoTime(since(pod));
  const state = pod.deletion === undefined ? pod.phase : `${pod.phase}, deleted`;
  return {
    source: 'pod',
    ref: `pod/${podName(pod)}`,
    ...(at ? { at } : {}),
    text: `${podName(pod)} on ${pod.node || 'no node'}: ${pod.ips.join(', ') || 'no address'}, ${state}${at ? `, since ${at}` : ''}${more}`,
  };
}

/**
 * Whose address it rightly is: the one the allocator's record names, else the one whose node's range or block holds the address,
 * else the one who had it first. Unknown where none of these tells two apart.
 */
export function rolesOf(
  facts: ClusterFacts,
  pods: readonly Pod[],
  address: string,
  network: string,
): Map<Pod, NonNullable<Holder['role']>> {
  const only = (test: (pod: Pod) => boolean): Pod | undefined => {
    const fitting = pods.filter(test);
    return fitting.length === 1 ? fitting[0] : undefined;
  };
  const recorded = allocationsByAddress(facts).get(address) ?? [];
  const records = recorded.filter((allocation) => allocation.network === network && allocation.pod);
  const parsed = parseAddress(address);
  const inOwnRange = (pod: Pod): boolean => {
    if (!parsed || network !== POD_NETWORK) return false;
    return (
      rangesByNode(facts)
        .get(pod.node)
        ?.some((range) => contains(range, parsed)) ?? false
    );
  };
  const times = pods.map((pod) => since(pod) ?? Number.NaN);
  const first = Math.min(...times);
  const owner =
    only((pod) => records.some((record) => record.pod!.namespace === pod.namespace && record.pod!.name === pod.name)) ??
    only(inOwnRange) ??
    (Number.isNaN(first) ? undefined : only((pod) => since(pod) === first));
  return new Map(pods.map((pod) => [pod, owner === undefined ? 'unknown' : pod === owner ? 'owner' : 'intruder']));
}

/** Services and EndpointSlices that carry an address: whose traffic is at stake. */
export function affectedBy(facts: ClusterFacts, address: string): string[] {
  const found = endpointsByAddress(facts).get(address) ?? [];
  const services = new Set(
    found.filter((endpoint) => endpoint.service !== '').map((endpoint) => `service/${endpoint.namespace}/${endpoint.service}`),
  );
  const slices = new Set(found.map((endpoint) => `endpointslice/${endpoint.namespace}/${endpoint.slice}`));
  return [...[...services].toSorted(compareText), ...[...slices].toSorted(compareText)];
}

/** Offline, the capture itself is the proof; live, only a second read of every pod is. */
export const confidenceFor = (facts: ClusterFacts, pods: readonly Pod[]): FindingConfidence =>
  facts.offline || pods.every((pod) => facts.confirmed.has(podName(pod))) ? 'confirmed' : 'likely';

/** Pods with one address on one network, as they come and in the order of their age: ages take more reading than addresses. */
export type Sharing = {
  readonly address: string;
  readonly network: string;
  readonly members: readonly Pod[];
  readonly pods: readonly Pod[];
  /** Those that are on the wire with it now. */
  readonly live: readonly Pod[];
};

/** Pods on the pod network, grouped by network and address, where more than one pod carries it. */
export const sharedAddresses = onceFor((facts): readonly Sharing[] => {
  const groups: Sharing[] = [];
  for (const address of facts.repeated) {
    const rows = facts.rowsAt(address);
    const network = facts.podNetwork(rows[0]!);
    // Nearly always all are of one network, and there may be thousands of addresses.
    if (rows.every((row) => facts.podNetwork(row) === network)) groups.push(new SharedAddress(facts, address, network, rows));
    else
      for (const [each, own] of Map.groupBy(rows, (row) => facts.podNetwork(row)))
        if (own.length > 1) groups.push(new SharedAddress(facts, address, each, own));
  }
  return groups;
});

/** Without those that are nothing but the address of a node, which every pod of its host network carries. */
export const sharedBeyondHosts = onceFor((facts): readonly Sharing[] =>
  sharedAddresses(facts).filter(({ members }) => members.some((pod) => !pod.hostNetwork)),
);

/** Of so many addresses that several pods carry at most one pod is on the wire. */
export const countHarmless = (facts: ClusterFacts): number =>
  sharedAddresses(facts).length - sharedBeyondHosts(facts).filter(({ live }) => live.length > 1).length;

class SharedAddress implements Sharing {
  readonly address: string;
  readonly network: string;
  readonly #facts: ClusterFacts;
  readonly #rows: readonly number[];
  #live: readonly Pod[] | undefined;

  constructor(facts: ClusterFacts, address: string, network: string, rows: readonly number[]) {
    this.#facts = facts;
    this.address = address;
    this.network = network;
    this.#rows = rows;
  }

  /** Made anew: every node's address may be one that many pods carry. */
  get members(): readonly Pod[] {
    return this.#rows.map((row) => this.#facts.pods.pod(row));
  }

  get pods(): readonly Pod[] {
    return this.members.toSorted(byAge);
  }

  /** Many detections ask. */
  get live(): readonly Pod[] {
    return (this.#live ??= liveParties(this.#facts, this.members));
  }
}

export const byAge = (a: Pod, b: Pod): number => (since(a) ?? 0) - (since(b) ?? 0) || compareText(podName(a), podName(b));

/** How long the pod that a migration leaves, or the one that it failed to fill, may take to go. */
const CLEARED_MS = 600_000;
export const isSettled = (facts: ClusterFacts, pods: readonly Pod[]): boolean =>
  pods.every((pod) => facts.now - (pod.created ?? facts.now) > CLEARED_MS);

/** Machines with a migration that has not come to an end; undefined where the migrations were not read. */
const moving = onceFor((facts): ReadonlySet<string> | undefined =>
  facts.read(MIGRATIONS) === 'yes'
    ? new Set(
        facts
          .objects(MIGRATIONS)
          .filter((migration) => !['Succeeded', 'Failed'].includes(text(migration, 'status', 'phase') ?? ''))
          .map((migration) => `${text(migration, 'metadata', 'namespace')}/${text(migration, 'spec', 'vmiName')}`),
      )
    : undefined,
);

/** The live pods among the holders of one address that really can clash: one virtual machine counts once, while it moves (kubevirt#16622). */
export function liveParties(facts: ClusterFacts, pods: readonly Pod[]): Pod[] {
  const live = pods.filter((pod) => isLive(facts, pod));
  if (live.length < 2) return live;
  const machines = new Set<string>();
  const under = moving(facts);
  return live.filter((pod) => {
    const machine = virtualMachineOf(pod);
    if (machine === undefined) return true;
    const key = `${pod.namespace}/${machine}`;
    if (under?.has(key) === false && isSettled(facts, live)) return true;
    return !machines.has(key) && machines.add(key);
  });
}

/**
 * Running pods of fake or rented nodes, whose address some provider made up, where a pod that is really on the wire has it too. Among
 * themselves they clash with nobody; with a real pod they do, since Services send the traffic of one to the other.
 */
export const inventedParties = (facts: ClusterFacts, pods: readonly Pod[]): Pod[] =>
  liveParties(facts, pods).length === 0
    ? []
    : pods.filter((pod) => classOf(facts, pod) === 'virtual' && pod.phase === 'Running' && pod.deletion === undefined);

/**
 * Nodes with live pods that have addresses of their own, and those of one node, with others that are on their way out and hold theirs still.
 * Where an estimate will do, `atMostOn` says how many these are without a closer look at any.
 */
export type LivePods = {
  readonly nodes: () => string[];
  readonly on: (node: string) => Pod[];
  readonly atMostOn: (node: string) => number;
};

export const livePodsByNode = onceFor((facts): LivePods => {
  const rows = new Map<string, number[]>();
  for (const pod of eachPod(facts.pods)) {
    if (!(pod.screened && pod.leaving) && !holdsStill(facts, pod)) continue;
    listed(rows, pod.node, pod.row);
  }
  const all = (node: string): Pod[] => (rows.get(node) ?? []).map((row) => facts.pods.pod(row));
  return {
    nodes: () => [...rows.keys()].filter((node) => all(node).some((pod) => holdsStill(facts, pod))),
    on: (node) => all(node).filter((pod) => holdsStill(facts, pod)),
    atMostOn: (node) => rows.get(node)?.length ?? 0,
  };
});

function holdsStill(facts: ClusterFacts, pod: Pod): boolean {
  const klass = classOf(facts, pod);
  return klass === 'live' || klass === 'terminating';
}

/** `a, b and 3 more`. */
export function some(items: readonly string[], most = 3): string {
  if (items.length <= most) return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
  return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
}

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
