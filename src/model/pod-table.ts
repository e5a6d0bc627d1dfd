import { canonicalAddress } from '../ip/address.ts';
import { type Json, at, flag, list, text, textRecord, time } from './json.ts';
import { addressesOf, containersOf, controlPlaneArgs, networkAnnotations } from './pod-object.ts';
import { type PodCells, ScreenedPods } from './screened-pods.ts';

/**
 * All pods of a cluster, by columns. A cluster may have hundreds of thousands, so a row costs a few short strings and numbers,
 * and strings that repeat (namespaces, nodes, owners, images) are kept once. `pod(row)` is a view, not a copy.
 */
export type PodTable = {
  readonly size: number;
  readonly pod: (row: number) => Pod;
  /** The row of a pod, or undefined. The address it should have tells pods apart of which only cells were read. */
  readonly find: (namespace: string, name: string, address?: string) => number | undefined;
  /** Where there are pods of which only cells were read. */
  readonly screening?: Screening;
};

/** How far a first look at pods has come. */
export type Screening = {
  /** How many pods there are beyond those that were looked at. */
  readonly beyond: number;
  /** False where this server's cells cannot be trusted. */
  readonly possible: boolean;
  /** Rows of which somebody wanted to know more than their cells tell. Nothing that was concluded so far is sure before they are read. */
  readonly asked: ReadonlySet<number>;
};

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** One pod as the table shows it. Times are milliseconds since the epoch; what the API did not say is undefined. */
export type Pod = {
  readonly row: number;
  /** Only its cells were read. */
  readonly screened: boolean;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly phase: Phase;
  readonly reason: string | undefined;
  readonly hostNetwork: boolean;
  /** Canonical addresses of status.podIPs, or of status.podIP in old clusters. */
  readonly ips: readonly string[];
  readonly hostIP: string | undefined;
  readonly created: number | undefined;
  readonly started: number | undefined;
  /** metadata.deletionTimestamp: when the grace period ends, not when the deletion was asked for. */
  readonly deletion: number | undefined;
  readonly ready: boolean | undefined;
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  readonly containers: ContainerSummary;
  readonly labels: Readonly<Record<string, string>>;
  /** Only annotations that networking software writes or reads. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Command and arguments of the pod's containers, kept for the control plane and for CNI agents only. */
  readonly args: readonly string[];
};

/** What the container statuses say together. */
export type ContainerSummary = {
  readonly running: number;
  readonly terminated: number;
  readonly waiting: number;
  readonly restarts: number;
  /** Reason of a waiting container, such as CrashLoopBackOff or ContainerCreating. */
  readonly waitingReason: string | undefined;
  /** When the last finished container (current or former) finished. */
  readonly lastFinished: number | undefined;
  /** When the youngest running container started. */
  readonly lastStarted: number | undefined;
  readonly lastExitCode: number | undefined;
  /** `name=image` of every container and init container. */
  readonly images: readonly string[];
};

const PHASES: readonly Phase[] = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];
type Rows = {
  namespace: string[];
  name: string[];
  uid: string[];
  node: string[];
  ips: (string | readonly string[])[];
  hostIP: (string | undefined)[];
  reason: (string | undefined)[];
  owner: (Pod['owner'] | undefined)[];
  /** Three counts of 10 bits each: running, terminated, waiting. */
  counts: number[];
  restarts: number[];
  waitingReason: (string | undefined)[];
  lastFinished: number[];
  lastStarted: number[];
  lastExitCode: (number | undefined)[];
  images: (readonly string[])[];
  labels: Readonly<Record<string, string>>[];
  annotations: Readonly<Record<string, string>>[];
  args: (readonly string[])[];
  created: number[];
  started: number[];
  deletion: number[];
  /** Phase in the low three bits, then hostNetwork, then ready (2 bits: unknown, false, true). */
  flags: number[];
};

const keyAt = (rows: Rows, row: number): string => `${rows.namespace[row]!}/${rows.name[row]!}`;

const NONE: readonly string[] = [];
const NO_RECORD: Readonly<Record<string, string>> = {};
const NO_TIME = Number.NaN;
const orNone = (found: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.keys(found).length === 0 ? NO_RECORD : found;

/** Collects pods one by one as they stream in; `table()` may be asked for at any time. */
export class PodTableBuilder {
  readonly #rows: Rows = {
    namespace: [],
    name: [],
    uid: [],
    node: [],
    ips: [],
    hostIP: [],
    reason: [],
    owner: [],
    counts: [],
    restarts: [],
    waitingReason: [],
    lastFinished: [],
    lastStarted: [],
    lastExitCode: [],
    images: [],
    labels: [],
    annotations: [],
    args: [],
    created: [],
    started: [],
    deletion: [],
    flags: [],
  };
  /** Rows by namespace and name: the names are those of the rows, not copies. */
  readonly #index = new Map<string, Map<string, number>>();
  #inOrder = true;
  readonly #strings = new Map<string, string>();
  readonly #shared = new Map<string, unknown>();
  #screened = new ScreenedPods();
  #screening: Omit<Screening, 'asked'> | undefined;

  get size(): number {
    return this.#rows.name.length;
  }

  /** Adds what the cells of a pod's row in a Table tell. */
  addCells(cells: PodCells): void {
    this.#screened.add({ ...cells, node: this.#intern(cells.node) });
  }

  /** Adds what a later look tells, which may meet a pod again that has gone on meanwhile. */
  addLaterCells(cells: PodCells): void {
    this.#screened.addLater({ ...cells, node: this.#intern(cells.node) });
  }

  /** Notes that there are more pods than were looked at, or that looking at cells leads nowhere. Rows of cells are forgotten. */
  screen(screening: Omit<Screening, 'asked'> | undefined): void {
    this.#screening = screening;
    this.#screened = new ScreenedPods();
  }

  /** Takes the cells of pods out that had been read in full before. */
  settleKnown(): void {
    for (let row = 0; row < this.size; row++) this.#screened.settle(cellsOf(new Row(this.#rows, row, row)));
  }

  /** Adds all pods of a node, or of a name on it, in place of their cells. Gives those that have the address which the cells showed. */
  settle(node: string, name: string | undefined, pods: readonly Json[]): Json[] {
    const cells = this.#screened.leave(node, name);
    for (const pod of pods) this.add(pod);
    return pods.filter((pod) => {
      const ip = canonicalAddress(at(pod, 'status', 'podIP'));
      return ip !== undefined && cells.some((seen) => seen.name === text(pod, 'metadata', 'name') && seen.ips[0] === ip);
    });
  }

  /** Adds a pod as the API serves it; a pod seen twice (a list that was started over) replaces its former row. */
  add(pod: Json): void {
    const namespace = this.#intern(text(pod, 'metadata', 'namespace') ?? '');
    const name = text(pod, 'metadata', 'name') ?? '';
    if (name === '') return;
    const rows = this.#rows;
    let names = this.#index.get(namespace);
    if (names === undefined) this.#index.set(namespace, (names = new Map<string, number>()));
    const row = names.get(name) ?? this.size;
    if (row === this.size) {
      names.set(name, row);
      this.#inOrder &&= row === 0 || keyAt(rows, row - 1) < `${namespace}/${name}`;
    }
    rows.namespace[row] = namespace;
    rows.name[row] = name;
    rows.uid[row] = text(pod, 'metadata', 'uid') ?? `${namespace}/${name}`;
    rows.node[row] = this.#intern(text(pod, 'spec', 'nodeName') ?? '');
    const ips = addressesOf(pod);
    rows.ips[row] = ips.length === 0 ? NONE : ips;
    rows.hostIP[row] = this.#internMaybe(canonicalAddress(text(pod, 'status', 'hostIP')));
    rows.reason[row] = this.#internMaybe(text(pod, 'status', 'reason'));
    rows.owner[row] = this.#ownerOf(pod);
    this.#addContainers(row, containersOf(pod));
    rows.labels[row] = this.#share(textRecord(pod, 'metadata', 'labels'));
    rows.annotations[row] = orNone(networkAnnotations(pod));
    const args = controlPlaneArgs(pod, namespace);
    rows.args[row] = args.length === 0 ? NONE : this.#share(args);
    rows.created[row] = time(pod, 'metadata', 'creationTimestamp') ?? NO_TIME;
    rows.started[row] = time(pod, 'status', 'startTime') ?? NO_TIME;
    rows.deletion[row] = time(pod, 'metadata', 'deletionTimestamp') ?? NO_TIME;
    rows.flags[row] = flagsOf(pod);
    if (this.#screened.size > 0) this.#screened.settle(cellsOf(new Row(rows, row, row)));
  }

  #addContainers(row: number, summary: ContainerSummary): void {
    const rows = this.#rows;
    rows.counts[row] =
      Math.min(summary.running, 1023) | (Math.min(summary.terminated, 1023) << 10) | (Math.min(summary.waiting, 1023) << 20);
    rows.restarts[row] = summary.restarts;
    rows.waitingReason[row] = this.#internMaybe(summary.waitingReason);
    rows.lastFinished[row] = summary.lastFinished ?? NO_TIME;
    rows.lastStarted[row] = summary.lastStarted ?? NO_TIME;
    rows.lastExitCode[row] = summary.lastExitCode;
    rows.images[row] = this.#share(summary.images);
  }

  /** Takes a pod out again: a second read did not find it. */
  delete(namespace: string, name: string): void {
    const row = this.#index.get(namespace)?.get(name);
    if (row === undefined) return;
    this.#rows.ips[row] = NONE;
    this.#rows.flags[row] = (this.#rows.flags[row]! & ~7) | PHASES.indexOf('Succeeded');
  }

  /** Rows in the order of an API server, by namespace and name: what is made of them must not depend on how they came. */
  table(): PodTable {
    const full = this.#fullTable();
    if (this.#screening === undefined) return full;
    const asked = new Set<number>();
    const cells = this.#screened.view(full.size, asked);
    return {
      size: full.size + cells.size,
      pod: (row) => (row < full.size ? full : cells).pod(row),
      find: (namespace, name, address) => full.find(namespace, name) ?? cells.find(name, address),
      screening: { ...this.#screening, asked },
    };
  }

  #fullTable(): PodTable {
    const rows = this.#rows;
    const index = this.#index;
    if (this.#inOrder) {
      return { size: this.size, pod: (row) => new Row(rows, row, row), find: (namespace, name) => index.get(namespace)?.get(name) };
    }
    const keyed = rows.name.map((_, row) => ({ row, key: keyAt(rows, row) }));
    const order = keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);
    const rank = new Map(order.map((row, position) => [row, position]));
    return {
      size: order.length,
      pod: (row) => new Row(rows, order[row]!, row),
      find: (namespace, name) => rank.get(index.get(namespace)?.get(name) ?? -1),
    };
  }

  #intern(value: string): string {
    const known = this.#strings.get(value);
    if (known !== undefined) return known;
    this.#strings.set(value, value);
    return value;
  }

  #internMaybe(value: string | undefined): string | undefined {
    return value === undefined ? undefined : this.#intern(value);
  }

  /** One copy of equal small records: pods of one workload carry the same labels and images. */
  #share<Value>(value: Value): Value {
    const key = JSON.stringify(value);
    if (this.#shared.size > 50_000) return value;
    if (!this.#shared.has(key)) this.#shared.set(key, value);
    return this.#shared.get(key) as Value;
  }

  #ownerOf(pod: Json): Pod['owner'] {
    const owners = list(pod, 'metadata', 'ownerReferences');
    const owner = owners.find((candidate) => flag(candidate, 'controller')) ?? owners[0];
    const name = text(owner, 'name');
    if (name === undefined) return undefined;
    return this.#share({ kind: text(owner, 'kind') ?? '', name, uid: text(owner, 'uid') ?? '' });
  }
}

function flagsOf(pod: Json): number {
  const phase = Math.max(0, PHASES.indexOf((text(pod, 'status', 'phase') as Phase | undefined) ?? 'Unknown'));
  const ready = list(pod, 'status', 'conditions').find((condition) => text(condition, 'type') === 'Ready');
  const readiness = ready === undefined ? 0 : text(ready, 'status') === 'True' ? 2 : 1;
  return phase | (flag(pod, 'spec', 'hostNetwork') ? 8 : 0) | (readiness << 4);
}

const known = (value: number | undefined): number | undefined => (value === undefined || Number.isNaN(value) ? undefined : value);

class Row implements Pod {
  readonly screened = false;
  readonly #rows: Rows;
  readonly #at: number;
  readonly row: number;

  constructor(rows: Rows, at: number, row: number) {
    this.#rows = rows;
    this.#at = at;
    this.row = row;
  }

  get namespace(): string {
    return this.#rows.namespace[this.#at]!;
  }
  get name(): string {
    return this.#rows.name[this.#at]!;
  }
  get uid(): string {
    return this.#rows.uid[this.#at]!;
  }
  get node(): string {
    return this.#rows.node[this.#at]!;
  }
  get phase(): Phase {
    return PHASES[this.#rows.flags[this.#at]! & 7]!;
  }
  get reason(): string | undefined {
    return this.#rows.reason[this.#at];
  }
  get hostNetwork(): boolean {
    return (this.#rows.flags[this.#at]! & 8) !== 0;
  }
  get ips(): readonly string[] {
    const ips = this.#rows.ips[this.#at]!;
    return typeof ips === 'string' ? [ips] : ips;
  }
  get hostIP(): string | undefined {
    return this.#rows.hostIP[this.#at];
  }
  get created(): number | undefined {
    return known(this.#rows.created[this.#at]);
  }
  get started(): number | undefined {
    return known(this.#rows.started[this.#at]);
  }
  get deletion(): number | undefined {
    return known(this.#rows.deletion[this.#at]);
  }
  get ready(): boolean | undefined {
    const readiness = this.#rows.flags[this.#at]! >> 4;
    return readiness === 0 ? undefined : readiness === 2;
  }
  get owner(): Pod['owner'] {
    return this.#rows.owner[this.#at];
  }
  get containers(): ContainerSummary {
    const rows = this.#rows;
    const counts = rows.counts[this.#at]!;
    return {
      running: counts & 1023,
      terminated: (counts >> 10) & 1023,
      waiting: (counts >> 20) & 1023,
      restarts: rows.restarts[this.#at]!,
      waitingReason: rows.waitingReason[this.#at],
      lastFinished: known(rows.lastFinished[this.#at]),
      lastStarted: known(rows.lastStarted[this.#at]),
      lastExitCode: rows.lastExitCode[this.#at],
      images: rows.images[this.#at]!,
    };
  }
  get labels(): Readonly<Record<string, string>> {
    return this.#rows.labels[this.#at]!;
  }
  get annotations(): Readonly<Record<string, string>> {
    return this.#rows.annotations[this.#at]!;
  }
  get args(): readonly string[] {
    return this.#rows.args[this.#at]!;
  }
}

/** What a Table would show of a pod that was read in full. */
const cellsOf = ({ name, node, ips, phase, hostNetwork, deletion }: Pod): PodCells => ({
  name,
  node,
  ips,
  phase,
  hostNetwork,
  deleted: deletion === undefined ? false : undefined,
});

/** Every pod of a table, one after the other. */
export function* eachPod(table: PodTable): Generator<Pod> {
  for (let row = 0; row < table.size; row++) yield table.pod(row);
}

export const podName = (pod: { readonly namespace: string; readonly name: string }): string => `${pod.namespace}/${pod.name}`;

/** The virtual machine a virt-launcher pod runs; during a live migration two pods run one, with one address by design (kubevirt#16622). */
export const virtualMachineOf = ({ owner, labels }: Pick<Pod, 'owner' | 'labels'>): string | undefined =>
  owner?.kind === 'VirtualMachineInstance' ? owner.name : labels['vm.kubevirt.io/name'];
