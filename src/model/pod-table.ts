import { canonicalAddress } from '../ip/address.ts';
import { NumberedAddresses, type RowsByAddress } from './address-index.ts';
import { type CellRows, type PodCells, phaseInCells } from './cell-rows.ts';
import { type Json, at, text } from './json.ts';
import { readPodObject } from './pod-object.ts';
import { PodDraft, PodRows } from './pod-rows.ts';
import { ScreenedPods, type ScreenedView } from './screened-pods.ts';
import type { SteadySet } from './steady-set.ts';

/**
 * All pods of a cluster, by columns. A cluster may have hundreds of thousands, so a row costs a few short strings and numbers,
 * and strings that repeat (namespaces, nodes, owners, images) are kept once. `pod(row)` is a view, not a copy.
 */
export type PodTable = RowsByAddress & {
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
} & Pick<ScreenedView, 'first' | 'from' | 'fitting' | 'doubtful'>;

/** The same, before anybody has asked anything. */
export type Progress = Pick<Screening, 'beyond' | 'possible'>;

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
  /** Somebody deleted it, as far as is known without a closer look. */
  readonly leaving: boolean;
  readonly ready: boolean | undefined;
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  readonly containers: ContainerSummary;
  readonly labels: Readonly<Record<string, string>>;
  /** Only annotations that networking software writes or reads. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Command and arguments of the pod's containers, kept for the control plane and for CNI agents only; `address=…` out of the environment of kube-vip. */
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

/** Collects pods one by one as they stream in; `table()` may be asked for at any time. */
export class PodTableBuilder {
  readonly #rows = new PodRows();
  readonly #draft = new PodDraft(this.#rows.texts);
  #inOrder = true;
  #screened = new ScreenedPods();
  #screening: Progress | undefined;
  #last: { readonly version: number; readonly table: PodTable } | undefined;

  /** Whether pods have to come as objects; otherwise drafts will do, and cost less. */
  get takesObjects(): boolean {
    return false;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Adds what the cells of a pod's row in a Table tell. */
  addCells(cells: PodCells): void {
    this.#screened.add(cells);
  }

  /** Adds a list of them, which is the builder's own from now on. */
  addCellRows(list: CellRows): void {
    this.#screened.addAll(list);
  }

  /** Adds a pod that waits, in place of its cells. */
  addWaiting(pod: Json): void {
    this.#screened.leaveWaiting(text(pod, 'metadata', 'name') ?? '', text(pod, 'spec', 'nodeName') ?? '');
    this.add(pod);
  }

  /** Adds what a later look tells, which may meet a pod again that has gone on meanwhile. */
  addLaterCells(cells: PodCells): void {
    this.#screened.addLater(cells);
  }

  /** Notes that there are more pods than were looked at, or that looking at cells leads nowhere. Rows of cells are forgotten. */
  screen(screening: Progress | undefined): void {
    this.#screening = screening;
    this.#screened = new ScreenedPods();
  }

  /** Takes the cells of pods out that had been read in full before. */
  settleKnown(): void {
    for (let row = 0; row < this.size; row++) this.#screened.settle(cellsOf(this.#rows.pod(row)));
  }

  /** Adds all pods of a node, or of a name on it, in place of their cells. Gives those that have the address which the cells showed. */
  settle(node: string, name: string | undefined, pods: readonly Json[]): Json[] {
    const cells = this.#screened.leave(node, name);
    for (const pod of pods) this.add(pod);
    return pods.filter((pod) => {
      const ip = canonicalAddress(at(pod, 'status', 'podIP'));
      return ip !== undefined && cells.some((seen) => seen.name === text(pod, 'metadata', 'name') && seen.ip === ip);
    });
  }

  /** Adds a pod as the API serves it; a pod seen twice (a list that was started over) replaces its former row. */
  add(pod: Json): void {
    this.addFrom((draft) => readPodObject(pod, draft));
  }

  /** Adds the pod that is read into a draft; false of the reading means that there is none. */
  addFrom(read: (draft: PodDraft) => boolean): void {
    const before = this.size;
    if (!read(this.#draft.clear())) return;
    const row = this.#rows.put(this.#draft);
    const { keys } = this.#rows.texts;
    if (this.size > before) this.#inOrder &&= row === 0 || keys.compare(row - 1, row) < 0;
    if (this.#screened.size > 0) this.#screened.settle(cellsOf(this.#rows.pod(row)));
  }

  /** Takes a pod out again: a second read did not find it. */
  delete(namespace: string, name: string): void {
    const row = this.#rows.find(namespace, name);
    if (row !== undefined) this.#rows.end(row);
  }

  /**
   * Rows in the order of an API server, by namespace and name: what is made of them must not depend on how they came. Takes the DaemonSets
   * that speak for their pods, where only the cells of these are known.
   */
  table(steadySets: readonly SteadySet[] = []): PodTable {
    if (this.#screening !== undefined) return this.#withCells(this.#makeTable(), this.#screening, steadySets);
    // As long as no pod changes it is one and the same, so what was found out about it still holds.
    if (this.#last?.version !== this.#rows.version) this.#last = { version: this.#rows.version, table: this.#makeTable() };
    return this.#last.table;
  }

  #makeTable(): PodTable {
    const rows = this.#rows;
    const full = rows.size;
    const order = this.#inOrder ? undefined : this.#order();
    const rank = order && ranksOf(order);
    const find = (namespace: string, name: string): number | undefined => {
      const at = rows.find(namespace, name);
      return at === undefined || rank === undefined ? at : rank[at];
    };
    const byAddress = new NumberedAddresses(rows.texts.addresses, full, (row, show) => rows.eachIP(order?.[row] ?? row, show));
    return withIndex({ size: full, pod: (row) => rows.pod(order?.[row] ?? row, row), find }, byAddress);
  }

  /** Behind the rows of the pods that were read in full, those of which there are cells only. */
  #withCells(full: PodTable, screening: Progress, steadySets: readonly SteadySet[]): PodTable {
    const asked = new Set<number>();
    const cells = this.#screened.view(full.size, asked, steadySets);
    const rowsAt = (address: string): readonly number[] => {
      const read = full.rowsAt(address);
      return read.length === 0 ? cells.rowsAt(address) : [...read, ...cells.rowsAt(address)];
    };
    return {
      size: full.size + cells.size,
      pod: (row) => (row < full.size ? full : cells).pod(row),
      find: (namespace, name, address) => full.find(namespace, name) ?? cells.find(name, address),
      rowsAt,
      repeated: () => {
        const found = new Set<string>();
        for (const { ips } of eachPod(full)) for (const ip of ips) if (!found.has(ip) && rowsAt(ip).length > 1) found.add(ip);
        for (const ip of cells.repeated()) found.add(ip);
        return [...found];
      },
      screening: { ...screening, asked, first: cells.first, from: cells.from, fitting: cells.fitting, doubtful: cells.doubtful },
    };
  }

  #order(): Uint32Array {
    const { keys } = this.#rows.texts;
    return Uint32Array.from({ length: this.size }, (_, row) => row).sort((a, b) => keys.compare(a, b));
  }
}

const withIndex = (table: Omit<PodTable, keyof RowsByAddress>, index: RowsByAddress): PodTable => ({
  ...table,
  rowsAt: (address) => index.rowsAt(address),
  repeated: () => index.repeated(),
});

/** Where each stands in an order. */
function ranksOf(order: Uint32Array): Uint32Array {
  const ranks = new Uint32Array(order.length);
  for (const [rank, at] of order.entries()) ranks[at] = rank;
  return ranks;
}

/** What a Table would show of a pod that was read in full. */
const cellsOf = ({ name, node, ips, phase, hostNetwork, deletion }: Pod): Omit<PodCells, 'restarts'> => ({
  name,
  node,
  ips,
  phase: phaseInCells(phase),
  hostNetwork,
  deleted: deletion !== undefined,
});

/** Every pod of a table, one after the other. No generator: it would make an object for each, again and again. */
export function eachPod(table: Pick<PodTable, 'size' | 'pod'>): Iterable<Pod> {
  return {
    [Symbol.iterator]: () => {
      let row = 0;
      const step: { done: boolean; value: Pod } = { done: false, value: undefined as never };
      return {
        next: () => {
          if (row < table.size) step.value = table.pod(row++);
          else step.done = true;
          return step;
        },
      };
    },
  };
}

/** The pods of a table that pass a test. */
export function podsWhere(table: Pick<PodTable, 'size' | 'pod'>, test: (pod: Pod) => boolean): Pod[] {
  const found: Pod[] = [];
  for (const pod of eachPod(table)) if (test(pod)) found.push(pod);
  return found;
}

/** Pods that pass a test and whose name fits a pattern; of those of which only cells were read, the name of what may have made them. */
export function podsNamed(table: PodTable, pattern: RegExp, test: (pod: Pod) => boolean): Pod[] {
  const found: Pod[] = [];
  for (const pod of readInFull(table)) if (test(pod) && pattern.test(pod.name)) found.push(pod);
  for (const row of table.screening?.fitting(pattern) ?? []) if (test(table.pod(row))) found.push(table.pod(row));
  return found;
}

/** Pods that something of this name may have made: all that were read in full, which have an owner to tell, of the others those that bear it. */
export function* podsPerhapsFrom(table: PodTable, owner: string): Generator<Pod> {
  yield* readInFull(table);
  for (const row of table.screening?.from(owner) ?? []) yield table.pod(row);
}

/** The part of a table of the pods that were read in full: they stand before the others. */
export const inFull = ({ size, pod, screening }: PodTable): Pick<PodTable, 'size' | 'pod'> => ({ size: screening?.first ?? size, pod });

export const readInFull = (table: PodTable): Iterable<Pod> => eachPod(inFull(table));

export const podName = (pod: { readonly namespace: string; readonly name: string }): string => `${pod.namespace}/${pod.name}`;

/** The virtual machine a virt-launcher pod runs; during a live migration two pods run one, with one address by design (kubevirt#16622). */
export const virtualMachineOf = ({ owner, labels }: Pick<Pod, 'owner' | 'labels'>): string | undefined =>
  owner?.kind === 'VirtualMachineInstance' ? owner.name : labels['vm.kubevirt.io/name'];
