import { grown } from './growing.ts';
import type { Phase } from './pod-table.ts';

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

/** A phase as cells tell it. */
export const phaseInCells = (phase: Phase | undefined): PodCells['phase'] => (phase === 'Failed' ? 'Succeeded' : phase);

const PHASES: readonly PodCells['phase'][] = [undefined, 'Pending', 'Running', 'Succeeded', 'Unknown'];
const ANSWERS = [undefined, false, true] as const;
const answerNumber = (answer: boolean | undefined): number => (answer === undefined ? 0 : answer ? 2 : 1);
/** Where they stand among the bits of a row; the phase stands below both. */
const HOST_NETWORK = 3;
const DELETED = 5;
const COUNTED = 1 << 7;
const ONE_PHASE = (1 << HOST_NETWORK) - 1;
const ONE_ANSWER = 3;

/** Rows in a part: an array that grows has to move, and what it leaves behind is twice what it holds. */
const PART_BITS = 12;
const PART = 1 << PART_BITS;
const IN_PART = PART - 1;
type Part = { readonly names: string[]; readonly nodes: string[]; readonly ips: PodCells['ips'][] };

/**
 * The cells of many pods, by columns: objects would take thrice as much. Takes rows at its end, and leaves those from a length on away, as an
 * array does.
 */
export class CellRows {
  readonly #parts: Part[] = [];
  #length = 0;
  /** Phase, host network, deletion, and whether the restarts are known. */
  #said = new Uint8Array(1 << 8);
  /** Of few it is known. */
  readonly #restarts = new Map<number, number>();

  get length(): number {
    return this.#length;
  }

  set length(length: number) {
    this.#length = length;
    this.#parts.length = Math.ceil(length / PART);
    const last = this.#parts.at(-1);
    for (const column of last ? [last.names, last.nodes, last.ips] : []) column.length = length - (this.#parts.length - 1) * PART;
    for (const at of this.#restarts.keys()) if (at >= length) this.#restarts.delete(at);
  }

  push({ name, node, ips, phase, hostNetwork, deleted, restarts }: PodCells): void {
    const at = this.#length++;
    if (at === this.#said.length) this.#said = grown(this.#said, at + 1);
    const part = (this.#parts[at >> PART_BITS] ??= { names: [], nodes: [], ips: [] });
    part.names.push(name);
    part.nodes.push(node);
    part.ips.push(ips);
    const answers = (answerNumber(hostNetwork) << HOST_NETWORK) | (answerNumber(deleted) << DELETED);
    this.#said[at] = PHASES.indexOf(phase) | answers | (restarts === undefined ? 0 : COUNTED);
    if (restarts !== undefined) this.#restarts.set(at, restarts);
  }

  name(at: number): string {
    return this.#parts[at >> PART_BITS]!.names[at & IN_PART]!;
  }

  node(at: number): string {
    return this.#parts[at >> PART_BITS]!.nodes[at & IN_PART]!;
  }

  ips(at: number): PodCells['ips'] {
    return this.#parts[at >> PART_BITS]!.ips[at & IN_PART]!;
  }

  /** One that may be that of another moment, or of a namesake: what everything else rests on has to be read. */
  doubt(at: number): void {
    this.#said[at]! &= (ONE_ANSWER << HOST_NETWORK) | COUNTED;
  }

  phase(at: number): PodCells['phase'] {
    return PHASES[this.#said[at]! & ONE_PHASE];
  }

  hostNetwork(at: number): boolean | undefined {
    return ANSWERS[(this.#said[at]! >> HOST_NETWORK) & ONE_ANSWER];
  }

  deleted(at: number): boolean | undefined {
    return ANSWERS[(this.#said[at]! >> DELETED) & ONE_ANSWER];
  }

  restarts(at: number): number | undefined {
    return this.#said[at]! < COUNTED ? undefined : this.#restarts.get(at);
  }

  isCounted(at: number): boolean {
    return this.#said[at]! >= COUNTED;
  }

  /** Rows of which the number of restarts is known. */
  counted(): Iterable<number> {
    return this.#restarts.keys();
  }

  *[Symbol.iterator](): Generator<PodCells> {
    for (let at = 0; at < this.#length; at++) yield this.cells(at);
  }

  /** The rows of which a number passes a test. */
  where(test: (at: number) => boolean): PodCells[] {
    const found: PodCells[] = [];
    for (let at = 0; at < this.#length; at++) if (test(at)) found.push(this.cells(at));
    return found;
  }

  /** A row on its own. */
  cells(at: number): PodCells {
    return {
      name: this.name(at),
      node: this.node(at),
      ips: this.ips(at),
      phase: this.phase(at),
      hostNetwork: this.hostNetwork(at),
      deleted: this.deleted(at),
      restarts: this.restarts(at),
    };
  }
}
