import type { CellRows } from './cell-rows.ts';
import type { ContainerSummary, Phase, Pod } from './pod-table.ts';
import type { SteadySet } from './steady-set.ts';

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

/** Answers what its cells tell. Whoever asks for more gets an empty answer, and the row is asked for: nothing is concluded before it was read. */
export class ScreenedRow implements Pod {
  readonly screened = true;
  readonly row: number;
  readonly #cells: CellRows;
  readonly #at: number;
  readonly #asked: Set<number>;

  /** Takes all cells, where among them those of the pod are, and its row in the table of pods. */
  constructor(cells: CellRows, at: number, row: number, asked: Set<number>) {
    this.#cells = cells;
    this.#at = at;
    this.row = row;
    this.#asked = asked;
  }

  /** Notes that somebody wants more than the cells tell, and gives an empty answer meanwhile. */
  unread<Value>(instead: Value): Value {
    this.#asked.add(this.row);
    return instead;
  }

  get name(): string {
    return this.#cells.name(this.#at);
  }
  get node(): string {
    return this.#cells.node(this.#at);
  }
  /** How often its containers were restarted, where that is known. */
  get restarts(): number {
    return this.#cells.restarts(this.#at) ?? 0;
  }
  get ips(): readonly string[] {
    const ips = this.#cells.ips(this.#at);
    return typeof ips === 'string' ? [ips] : ips;
  }
  get phase(): Phase {
    return this.#cells.phase(this.#at) ?? this.unread('Unknown');
  }
  get hostNetwork(): boolean {
    return this.#cells.hostNetwork(this.#at) ?? this.unread(false);
  }
  get deletion(): number | undefined {
    return this.#cells.deleted(this.#at) === false ? undefined : this.unread(undefined);
  }
  get leaving(): boolean {
    return this.#cells.deleted(this.#at) === true;
  }
  get namespace(): string {
    return this.unread('');
  }
  get uid(): string {
    return this.unread('');
  }
  get reason(): string | undefined {
    return this.unread(undefined);
  }
  get hostIP(): string | undefined {
    return this.unread(undefined);
  }
  get created(): number | undefined {
    return this.unread(undefined);
  }
  get started(): number | undefined {
    return this.unread(undefined);
  }
  get ready(): boolean | undefined {
    return this.unread(undefined);
  }
  get owner(): Pod['owner'] {
    return this.unread(undefined);
  }
  get containers(): ContainerSummary {
    return this.unread(UNREAD);
  }
  get labels(): Readonly<Record<string, string>> {
    return this.unread(NOTHING);
  }
  get annotations(): Readonly<Record<string, string>> {
    return this.unread(NOTHING);
  }
  get args(): readonly string[] {
    return this.unread(NO_ADDRESS);
  }
}

/** Answers also what its DaemonSet says of all its pods. */
export class SteadyRow extends ScreenedRow {
  readonly #set: SteadySet;

  constructor(cells: CellRows, at: number, row: number, asked: Set<number>, set: SteadySet) {
    super(cells, at, row, asked);
    this.#set = set;
  }

  override get namespace(): string {
    return this.#set.namespace;
  }
  override get owner(): Pod['owner'] {
    return this.#set.owner;
  }
  override get ready(): boolean {
    return true;
  }
  override get containers(): ContainerSummary {
    return new SteadyContainers(this, this.restarts, this.#set.images);
  }
}

/** Containers that all work. */
class SteadyContainers implements ContainerSummary {
  readonly waitingReason = undefined;
  readonly restarts: number;
  readonly images: readonly string[];
  readonly #of: ScreenedRow;

  constructor(of: ScreenedRow, restarts: number, images: readonly string[]) {
    this.#of = of;
    this.restarts = restarts;
    this.images = images;
  }

  get running(): number {
    return this.#of.unread(0);
  }
  get terminated(): number {
    return this.#of.unread(0);
  }
  get waiting(): number {
    return this.#of.unread(0);
  }
  get lastFinished(): number | undefined {
    return this.#of.unread(undefined);
  }
  get lastStarted(): number | undefined {
    return this.#of.unread(undefined);
  }
  get lastExitCode(): number | undefined {
    return this.#of.unread(undefined);
  }
}
