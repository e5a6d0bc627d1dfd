import { type RowsByAddress, SpelledAddresses } from './address-index.ts';
import { CellRows, type PodCells } from './cell-rows.ts';
import type { Pod } from './pod-table.ts';
import { PodNames, isMadeUp } from './screened-names.ts';
import { ScreenedRow, SteadyRow } from './screened-row.ts';
import type { SteadySet } from './steady-set.ts';

/** What is appended to the name of a DaemonSet in those of its pods. */
const MADE_UP_LENGTH = 6;

/** Pods of which only the cells are known. Those that are read in full leave. */
export class ScreenedPods {
  #cells = new CellRows();
  readonly #left = new Set<number>();
  readonly #doubted = new Set<number>();
  #names = new PodNames(this.#cells);
  #addresses = new SpelledAddresses(this.#cells);

  get size(): number {
    return this.#cells.length - this.#left.size;
  }

  /** Adds a list, which is its own from now on. */
  addAll(list: CellRows): void {
    const before = this.#cells.length;
    if (before === 0) {
      this.#cells = list;
      this.#names = new PodNames(list);
      this.#addresses = new SpelledAddresses(list);
    } else for (const cells of list) this.#cells.push(cells);
    for (let at = before; at < this.#cells.length; at++) if (this.#cells.phase(at) === undefined) this.#doubted.add(at);
  }

  add(cells: PodCells): void {
    if (cells.phase === undefined) this.#doubted.add(this.#cells.length);
    this.#cells.push(cells);
  }

  /**
   * Adds a later look. A pod of that name on that node which is there already may be the same one, gone on meanwhile, or a namesake:
   * of neither anything but its place is known then.
   */
  addLater(cells: PodCells): void {
    const at = this.#cells.length;
    const met = this.#at(cells.name, cells.node);
    this.add(cells);
    if (met.length > 0) this.#doubt([...met, at]);
  }

  /** A pod was read in full: the row with its cells leaves. Where none has just these, those that may be its own are doubtful. */
  settle({ name, node, ips, phase, hostNetwork }: Omit<PodCells, 'restarts'>): void {
    const rows = this.#at(name, node);
    const same = rows.find(
      (at) => this.#cells.phase(at) === phase && this.#cells.hostNetwork(at) === hostNetwork && this.#ip(at) === firstOf(ips),
    );
    if (same === undefined) this.#doubt(rows);
    else this.#left.add(same);
  }

  /** A pod that waits was read in full: its cells, which say no more than that, leave. Those of a namesake stay. */
  leaveWaiting(name: string, node: string): void {
    const own = this.#at(name, node).find((at) => this.#cells.phase(at) === undefined);
    if (own !== undefined) this.#left.add(own);
  }

  /** All pods of a node, or of a name on it, were read in full, be there any or none: their cells leave. Gives what these told. */
  leave(node: string, name: string | undefined): { readonly name: string; readonly ip: string | undefined }[] {
    const rows = name === undefined ? this.#of(node) : this.#at(name, node);
    for (const at of rows) this.#left.add(at);
    return rows.map((at) => ({ name: this.#cells.name(at), ip: this.#ip(at) }));
  }

  /** The rows that are left, numbered from `first` on. What is asked of them beyond their cells, and their DaemonSets, is noted in `asked`. */
  view(first: number, asked: Set<number>, steadySets: readonly SteadySet[]): ScreenedView {
    const cells = this.#cells;
    const left = new Set(this.#left);
    const order = left.size === 0 ? undefined : withoutThe(left, cells.length);
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
      size: cells.length - left.size,
      pod: (row) => {
        const at = placeOf(row);
        const set = cells.isCounted(at) ? setOf.get(at) : undefined;
        return set === undefined ? new ScreenedRow(cells, at, row, asked) : new SteadyRow(cells, at, row, asked, set);
      },
      find: (name, address) => {
        const holders = address === undefined || !isMadeUp(name) ? [] : rowsAt(address);
        if (holders.length === 1 && cells.name(placeOf(holders[0]!)) === name) return holders[0];
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
    for (const at of this.#cells.counted()) {
      const name = this.#cells.name(at);
      if (isMadeUp(name)) names.get(name.slice(0, -MADE_UP_LENGTH))?.push(at);
    }
    for (const set of sets) {
      const rows = names.get(set.name)!;
      const isMember = (at: number): boolean =>
        this.#cells.phase(at) === 'Running' && this.#cells.hostNetwork(at) === true && this.#cells.deleted(at) === false;
      const nodes = new Set(rows.map((at) => this.#cells.node(at)));
      if (rows.length !== set.pods || nodes.size !== set.pods || !rows.every(isMember)) continue;
      for (const at of rows) if (!this.#left.has(at)) found.set(at, set);
    }
    return found;
  }

  /** Takes back what the cells of some rows said. */
  #doubt(rows: readonly number[]): void {
    for (const at of rows) {
      this.#cells.doubt(at);
      this.#doubted.add(at);
    }
  }

  #at(name: string, node: string): readonly number[] {
    return this.#named(name).filter((at) => this.#cells.node(at) === node);
  }

  /** Those of a node. */
  #of(node: string): number[] {
    const found: number[] = [];
    for (let at = 0; at < this.#cells.length; at++) if (this.#cells.node(at) === node && !this.#left.has(at)) found.push(at);
    return found;
  }

  #ip(at: number): string | undefined {
    return firstOf(this.#cells.ips(at));
  }

  #named(name: string): readonly number[] {
    return this.#names.of(name).filter((at) => !this.#left.has(at));
  }
}

/** The numbers up to a size, without some. */
function withoutThe(left: ReadonlySet<number>, size: number): Uint32Array {
  const order = new Uint32Array(size - left.size);
  let next = 0;
  let at = 0;
  for (const gap of Uint32Array.from(left).sort()) {
    while (at < gap) order[next++] = at++;
    at++;
  }
  while (at < size) order[next++] = at++;
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
