import { NO_TEXT, type PodTexts, whole } from './pod-rows.ts';
import type { ContainerSummary, Phase, Pod } from './pod-table.ts';
import { Texts } from './texts.ts';

/**
 * A pod as far as a row of the server's own Table tells, and the selectors it was listed with. Undefined is what they leave open.
 * Tables of a hundredth of the bytes answer for nearly all pods; the few that matter are then read in full.
 */
export type PodCells = {
  readonly name: string;
  /** Empty while the pod is not scheduled. */
  readonly node: string;
  /** Canonical. A Table shows the first address only. */
  readonly ips: readonly string[];
  readonly phase: Phase | undefined;
  readonly hostNetwork: boolean | undefined;
  /** False where the cells show that nobody has deleted the pod. */
  readonly deleted: false | undefined;
};

const NO_ADDRESS: readonly string[] = [];
const NOTHING: Readonly<Record<string, string>> = {};
const UNREAD: ContainerSummary = {
  running: 0,
  terminated: 0,
  waiting: 0,
  restarts: 0,
  waitingReason: undefined,
  lastFinished: undefined,
  lastStarted: undefined,
  lastExitCode: undefined,
  images: [],
};
/** Letters that cannot spell a word, of which Kubernetes makes up names (k8s.io/apimachinery util/rand). */
export const MADE_UP_LETTER = '[bcdfghjklmnpqrstvwxz2456789]';
/** Two pods with one such name are one pod. */
const MADE_UP = new RegExp(`-${MADE_UP_LETTER}{5}$`);

const PHASES: readonly (Phase | undefined)[] = [undefined, 'Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];
const HOST_NETWORK = [undefined, false, true] as const;
const HOST_NETWORK_SHIFT = 3;
const NOT_DELETED = 32;
const LEFT = 64;
/** Behind the last row of a name. */
const NO_ROW = 0xffff_ffff;

/** Pods of which only the cells are known, by columns of numbers. Those that are read in full leave it. */
export class ScreenedPods {
  readonly #texts: Pick<PodTexts, 'words' | 'addresses'>;
  readonly #names = new Texts();
  readonly #name = whole();
  readonly #node = whole();
  readonly #ip = whole();
  /** Phase in the low three bits, then host network, then what is known of a deletion, and whether the row has left. */
  readonly #flags = whole();
  /** The row of a name that was added last, and of each row the one of its name before it. */
  readonly #last = whole();
  readonly #former = whole();
  #rows = 0;
  #left = 0;

  constructor(texts: Pick<PodTexts, 'words' | 'addresses'>) {
    this.#texts = texts;
  }

  get size(): number {
    return this.#rows - this.#left;
  }

  add({ name, node, ips, phase, hostNetwork, deleted }: PodCells): void {
    const { words, addresses } = this.#texts;
    const at = this.#rows++;
    const names = this.#names.size;
    const number = this.#names.numberOf(name);
    this.#former.set(at, number === names ? NO_ROW : this.#last.get(number));
    this.#last.set(number, at);
    this.#name.set(at, number);
    this.#node.set(at, words.numberOf(node));
    this.#ip.set(at, addresses.numberOf(ips[0] ?? ''));
    this.#flags.set(
      at,
      Math.max(0, PHASES.indexOf(phase)) |
        (HOST_NETWORK.indexOf(hostNetwork) << HOST_NETWORK_SHIFT) |
        (deleted === false ? NOT_DELETED : 0),
    );
  }

  /**
   * Adds a later look. A pod of that name on that node which is there already may be the same one, gone on meanwhile, or a namesake:
   * of neither anything but its place is known then.
   */
  addLater(cells: PodCells): void {
    const doubtful = this.#doubt(this.#at(cells.name, cells.node));
    this.add(doubtful ? { ...cells, phase: undefined } : cells);
  }

  /** A pod was read in full: the row with its cells leaves. Where none has just these, those that may be its own are doubtful. */
  settle({ name, node, ips, phase, hostNetwork }: PodCells): void {
    const rows = this.#at(name, node);
    const same = rows.find((at) => this.phase(at) === phase && this.hostNetwork(at) === hostNetwork && this.ips(at)[0] === ips[0]);
    if (same === undefined) this.#doubt(rows);
    else this.#leave(same);
  }

  /** All pods of a node, or of a name on it, were read in full, be there any or none: their cells leave. Gives what these told. */
  leave(node: string, name: string | undefined): { readonly name: string; readonly ips: readonly string[] }[] {
    const rows = name === undefined ? this.#onNode(node) : this.#at(name, node);
    for (const at of rows) this.#leave(at);
    return rows.map((at) => ({ name: this.name(at), ips: this.ips(at) }));
  }

  /** The rows that are left, numbered from `first` on. What is asked of them beyond their cells is noted in `asked`. */
  view(first: number, asked: Set<number>): ScreenedView {
    const order = this.#left === 0 ? undefined : this.#present();
    const rowOf = (at: number): number => first + (order === undefined ? at : position(order, at));
    const atOf = (row: number): number => (order === undefined ? row - first : order[row - first]!);
    return {
      size: this.size,
      pod: (row) => new ScreenedRow(this, atOf(row), row, asked),
      ips: (row) => {
        const ip = this.#ip.get(atOf(row));
        return ip === NO_TEXT ? [] : [ip];
      },
      find: (name, address) => {
        const rows = this.#named(name);
        const only = rows.length === 1 && MADE_UP.test(name) ? rows[0] : undefined;
        if (only !== undefined && address !== undefined && this.ips(only)[0] === address) return rowOf(only);
        for (const at of rows) asked.add(rowOf(at));
        return undefined;
      },
    };
  }

  name(at: number): string {
    return this.#names.text(this.#name.get(at));
  }
  node(at: number): string {
    return this.#texts.words.text(this.#node.get(at));
  }
  ips(at: number): readonly string[] {
    const ip = this.#ip.get(at);
    return ip === NO_TEXT ? NO_ADDRESS : [this.#texts.addresses.text(ip)];
  }
  phase(at: number): Phase | undefined {
    return PHASES[this.#flags.get(at) & 7];
  }
  hostNetwork(at: number): boolean | undefined {
    return HOST_NETWORK[(this.#flags.get(at) >> HOST_NETWORK_SHIFT) & 3];
  }
  isUndeleted(at: number): boolean {
    return (this.#flags.get(at) & NOT_DELETED) !== 0;
  }

  #hasLeft(at: number): boolean {
    return (this.#flags.get(at) & LEFT) !== 0;
  }

  #leave(at: number): void {
    this.#flags.set(at, this.#flags.get(at) | LEFT);
    this.#left++;
  }

  #present(): Uint32Array {
    const present = new Uint32Array(this.size);
    for (let at = 0, next = 0; at < this.#rows; at++) if (!this.#hasLeft(at)) present[next++] = at;
    return present;
  }

  /** Takes back what the cells said of a pod's phase, on which everything else rests. Says whether there was anything to take back. */
  #doubt(rows: readonly number[]): boolean {
    for (const at of rows) this.#flags.set(at, this.#flags.get(at) & ~7);
    return rows.length > 0;
  }

  #onNode(node: string): number[] {
    const number = this.#texts.words.find(node);
    const rows: number[] = [];
    for (let at = 0; at < this.#rows; at++) if (this.#node.get(at) === number && !this.#hasLeft(at)) rows.push(at);
    return rows;
  }

  #at(name: string, node: string): readonly number[] {
    return this.#named(name).filter((at) => this.node(at) === node);
  }

  #named(name: string): readonly number[] {
    const number = this.#names.find(name);
    const rows: number[] = [];
    for (let at = number === undefined ? NO_ROW : this.#last.get(number); at !== NO_ROW; at = this.#former.get(at))
      if (!this.#hasLeft(at)) rows.unshift(at);
    return rows;
  }
}

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

export type ScreenedView = {
  readonly size: number;
  readonly pod: (row: number) => Pod;
  /** The number of its address. */
  readonly ips: (row: number) => readonly number[];
  /** The one pod of a name that carries an address. Where that does not settle who it is, all of that name are asked for. */
  readonly find: (name: string, address: string | undefined) => number | undefined;
};

/** Answers what its cells tell. Whoever asks for more gets an empty answer, and the row is asked for: nothing is concluded before it was read. */
class ScreenedRow implements Pod {
  readonly screened = true;
  readonly row: number;
  readonly #pods: ScreenedPods;
  readonly #at: number;
  readonly #asked: Set<number>;

  constructor(pods: ScreenedPods, at: number, row: number, asked: Set<number>) {
    this.#pods = pods;
    this.#at = at;
    this.row = row;
    this.#asked = asked;
  }

  #unread<Value>(instead: Value): Value {
    this.#asked.add(this.row);
    return instead;
  }

  get name(): string {
    return this.#pods.name(this.#at);
  }
  get node(): string {
    return this.#pods.node(this.#at);
  }
  get ips(): readonly string[] {
    return this.#pods.ips(this.#at);
  }
  get phase(): Phase {
    return this.#pods.phase(this.#at) ?? this.#unread('Unknown');
  }
  get hostNetwork(): boolean {
    return this.#pods.hostNetwork(this.#at) ?? this.#unread(false);
  }
  get deletion(): number | undefined {
    return this.#pods.isUndeleted(this.#at) ? undefined : this.#unread(undefined);
  }
  get namespace(): string {
    return this.#unread('');
  }
  get uid(): string {
    return this.#unread('');
  }
  get reason(): string | undefined {
    return this.#unread(undefined);
  }
  get hostIP(): string | undefined {
    return this.#unread(undefined);
  }
  get created(): number | undefined {
    return this.#unread(undefined);
  }
  get started(): number | undefined {
    return this.#unread(undefined);
  }
  get ready(): boolean | undefined {
    return this.#unread(undefined);
  }
  get owner(): Pod['owner'] {
    return this.#unread(undefined);
  }
  get containers(): ContainerSummary {
    return this.#unread(UNREAD);
  }
  get labels(): Readonly<Record<string, string>> {
    return this.#unread(NOTHING);
  }
  get annotations(): Readonly<Record<string, string>> {
    return this.#unread(NOTHING);
  }
  get args(): readonly string[] {
    return this.#unread(NO_ADDRESS);
  }
}

/** Whether a pod may have been made from something of this name. A pod read in full has an owner to tell; cells have the name only. */
export const mayStemFrom = (pod: Pod, owner: string): boolean => !pod.screened || pod.name.startsWith(`${owner}-`.slice(0, MOST_OF_A_NAME));

/** Of a workload's name, the API server keeps so much in the names it makes up (k8s.io/apiserver storage/names). */
const MOST_OF_A_NAME = 58;
