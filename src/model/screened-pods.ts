import type { Phase, Pod } from './pod-table.ts';
import { type RowsByAddress, SpelledAddresses } from './address-index.ts';
import { PodNames, isMadeUp } from './screened-names.ts';
import { ScreenedRow, SteadyRow } from './screened-row.ts';
import type { SteadySet } from './steady-set.ts';

/**
 * A pod as far as a row of the server's own Table tells, and the selectors it was listed with. Undefined is what they leave open.
 * Tables of a hundredth of the bytes answer for nearly all pods; the few that matter are then read in full.
 */
export type PodCells = {
  readonly name: string;
  /** Empty while the pod is not scheduled. */
  readonly node: string;
  /** Canonical; of pods that have one address, as nearly all have, the text alone. A Table shows the first address only. */
  readonly ips: string | readonly string[];
  /** Of pods that have failed too, Succeeded: how a pod ended matters to none but those who read more of it. */
  readonly phase: Exclude<Phase, 'Failed'> | undefined;
  readonly hostNetwork: boolean | undefined;
  /** Whether somebody has deleted the pod. */
  readonly deleted: boolean | undefined;
  /** Where all containers work: how often they were restarted. */
  readonly restarts: number | undefined;
};

/** Cells that may be those of another moment, or of a namesake: what everything else rests on has to be read. */
export const doubtful = (cells: PodCells): PodCells => ({ ...cells, phase: undefined, deleted: undefined });

/** A phase as cells tell it. */
export const phaseInCells = (phase: Phase | undefined): PodCells['phase'] => (phase === 'Failed' ? 'Succeeded' : phase);

/** What is appended to the name of a DaemonSet in those of its pods. */
const MADE_UP_LENGTH = 6;

/** Pods of which only the cells are known. Those that are read in full leave. */
export class ScreenedPods {
  readonly #pods: PodCells[] = [];
  readonly #left = new Set<number>();
  readonly #doubted = new Set<number>();
  /** Those of which the number of restarts is known. */
  readonly #counted: number[] = [];
  readonly #names = new PodNames(this.#pods);
  readonly #addresses = new SpelledAddresses(this.#pods);

  get size(): number {
    return this.#pods.length - this.#left.size;
  }

  add(cells: PodCells): void {
    if (cells.phase === undefined) this.#doubted.add(this.#pods.length);
    if (cells.restarts !== undefined) this.#counted.push(this.#pods.length);
    this.#pods.push(cells);
  }

  /**
   * Adds a later look. A pod of that name on that node which is there already may be the same one, gone on meanwhile, or a namesake:
   * of neither anything but its place is known then.
   */
  addLater(cells: PodCells): void {
    this.add(this.#doubt(this.#at(cells.name, cells.node)) ? doubtful(cells) : cells);
  }

  /** A pod was read in full: the row with its cells leaves. Where none has just these, those that may be its own are doubtful. */
  settle({ name, node, ips, phase, hostNetwork }: Omit<PodCells, 'restarts'>): void {
    const rows = this.#at(name, node);
    const same = rows.find((at) => {
      const cells = this.#pods[at]!;
      return cells.phase === phase && cells.hostNetwork === hostNetwork && firstOf(cells.ips) === firstOf(ips);
    });
    if (same === undefined) this.#doubt(rows);
    else this.#left.add(same);
  }

  /** All pods of a node, or of a name on it, were read in full, be there any or none: their cells leave. Gives what these told. */
  leave(node: string, name: string | undefined): { readonly name: string; readonly ip: string | undefined }[] {
    const rows = (name === undefined ? [...this.#pods.keys()] : this.#named(name)).filter(
      (at) => this.#pods[at]!.node === node && !this.#left.has(at),
    );
    for (const at of rows) this.#left.add(at);
    return rows.map((at) => ({ name: this.#pods[at]!.name, ip: firstOf(this.#pods[at]!.ips) }));
  }

  /** The rows that are left, numbered from `first` on. What is asked of them beyond their cells, and their DaemonSets, is noted in `asked`. */
  view(first: number, asked: Set<number>, steadySets: readonly SteadySet[]): ScreenedView {
    const pods = this.#pods;
    const left = new Set(this.#left);
    const order = left.size === 0 ? undefined : withoutThe(left, pods.length);
    const placeOf = (row: number): number => (order === undefined ? row - first : order[row - first]!);
    const rowOf = (at: number): number => first + (order === undefined ? at : position(order, at));
    const rowsOf = (all: readonly number[]): number[] => {
      const rows: number[] = [];
      for (let i = 0; i < all.length; i++) if (!left.has(all[i]!)) rows.push(rowOf(all[i]!));
      return rows;
    };
    const setOf = this.#membersOf(steadySets);
    const rowsAt = (address: string): number[] => rowsOf(this.#addresses.at(address));
    return {
      first,
      size: pods.length - left.size,
      pod: (row) => {
        const at = placeOf(row);
        const cells = pods[at]!;
        const set = cells.restarts === undefined ? undefined : setOf.get(at);
        return set === undefined ? new ScreenedRow(cells, row, asked) : new SteadyRow(cells, row, asked, set);
      },
      find: (name, address) => {
        const holders = address === undefined || !isMadeUp(name) ? [] : rowsAt(address);
        if (holders.length === 1 && pods[placeOf(holders[0]!)]!.name === name) return holders[0];
        for (const row of rowsOf(this.#named(name))) asked.add(row);
        return undefined;
      },
      from: (owner) => rowsOf(this.#names.from(owner)),
      fitting: (pattern) => rowsOf(this.#names.fitting(pattern)),
      doubtful: () => rowsOf([...this.#doubted]),
      rowsAt,
      repeated: () => this.#addresses.repeated().filter((address) => rowsAt(address).length > 1),
    };
  }

  /** The pods that steady sets speak for: on each of its nodes one that bears its name, and not one more. */
  #membersOf(sets: readonly SteadySet[]): ReadonlyMap<number, SteadySet> {
    const found = new Map<number, SteadySet>();
    if (sets.length === 0) return found;
    const names = new Map(sets.map((set) => [set.name, [] as number[]]));
    for (const at of this.#counted) {
      const { name } = this.#pods[at]!;
      if (isMadeUp(name)) names.get(name.slice(0, -MADE_UP_LENGTH))?.push(at);
    }
    for (const set of sets) {
      const rows = names.get(set.name)!;
      const isMember = ({ phase, hostNetwork, deleted }: PodCells): boolean =>
        phase === 'Running' && hostNetwork === true && deleted === false;
      const nodes = new Set(rows.map((at) => this.#pods[at]!.node));
      if (rows.length !== set.pods || nodes.size !== set.pods || !rows.every((at) => isMember(this.#pods[at]!))) continue;
      for (const at of rows) if (!this.#left.has(at)) found.set(at, set);
    }
    return found;
  }

  /** Takes back what the cells of some rows said. Says whether there was anything to take back. */
  #doubt(rows: readonly number[]): boolean {
    for (const at of rows) {
      this.#pods[at] = doubtful(this.#pods[at]!);
      this.#doubted.add(at);
    }
    return rows.length > 0;
  }

  #at(name: string, node: string): readonly number[] {
    return this.#named(name).filter((at) => this.#pods[at]!.node === node);
  }

  #named(name: string): readonly number[] {
    return this.#names.of(name).filter((at) => !this.#left.has(at));
  }
}

/** The numbers up to a size, without some. */
function withoutThe(left: ReadonlySet<number>, size: number): Uint32Array {
  const order = new Uint32Array(size - left.size);
  let next = 0;
  for (let at = 0; at < size; at++) if (!left.has(at)) order[next++] = at;
  return order;
}

const firstOf = (ips: string | readonly string[]): string | undefined => (typeof ips === 'string' ? ips : ips[0]);

/** Where a value stands among ascending ones that hold it. */
function position(ascending: Uint32Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export type ScreenedView = RowsByAddress & {
  /** The first of its rows: those before it were read in full. */
  readonly first: number;
  readonly size: number;
  readonly pod: (row: number) => Pod;
  /** The one pod of a name that carries an address. Where that does not settle who it is, all of that name are asked for. */
  readonly find: (name: string, address: string | undefined) => number | undefined;
  /** Rows that a workload of this name may have made. */
  readonly from: (owner: string) => number[];
  /** Rows whose workload's name, as far as their own tell, fits a pattern. */
  readonly fitting: (pattern: RegExp) => number[];
  /** Rows of which not even the phase is sure. */
  readonly doubtful: () => number[];
};
