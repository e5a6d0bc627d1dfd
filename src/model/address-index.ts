import type { Texts } from './texts.ts';

/** Which rows carry an address, and which addresses have more than one, in the order of the first of these. Made when first asked. */
export type RowsByAddress = {
  readonly rowsAt: (address: string) => readonly number[];
  readonly repeated: () => readonly string[];
};

/** Of pods whose addresses are numbers already. */
export class NumberedAddresses implements RowsByAddress {
  readonly #addresses: Texts;
  readonly #size: number;
  readonly #each: (row: number, show: (number: number) => void) => void;
  #index: { readonly starts: Uint32Array; readonly rows: Uint32Array } | undefined;

  /** Takes the addresses' texts, how many rows there are, and what shows the numbers of the addresses of each. */
  constructor(addresses: Texts, size: number, each: (row: number, show: (number: number) => void) => void) {
    this.#addresses = addresses;
    this.#size = size;
    this.#each = each;
  }

  rowsAt(address: string): readonly number[] {
    const { starts, rows } = (this.#index ??= this.#make());
    const number = this.#addresses.find(address);
    return number === undefined || number + 1 >= starts.length ? [] : [...rows.subarray(starts[number], starts[number + 1])];
  }

  repeated(): string[] {
    const { starts, rows } = (this.#index ??= this.#make());
    const found: number[] = [];
    for (let number = 0; number + 1 < starts.length; number++) if (starts[number + 1]! - starts[number]! > 1) found.push(number);
    return found.toSorted((a, b) => rows[starts[a]!]! - rows[starts[b]!]! || a - b).map((number) => this.#addresses.text(number));
  }

  #make(): { readonly starts: Uint32Array; readonly rows: Uint32Array } {
    const starts = new Uint32Array(this.#addresses.size + 1);
    for (let row = 0; row < this.#size; row++) this.#each(row, (number) => starts[number + 1]!++);
    for (let number = 1; number < starts.length; number++) starts[number]! += starts[number - 1]!;
    const rows = new Uint32Array(starts.at(-1)!);
    const next = starts.slice();
    for (let row = 0; row < this.#size; row++) this.#each(row, (number) => (rows[next[number]!++] = row));
    return { starts, rows };
  }
}

/** Pods with one address or several each. */
type Addressed = { readonly length: number; readonly ips: (at: number) => string | readonly string[] };

/** Of pods whose addresses are texts, which are numbered in the order in which they are given. A Map would take four times as much. */
export class SpelledAddresses {
  readonly #pods: Addressed;
  #size = 0;
  /** The first pod of each address, + 1, by its hash; the next free slot where two hashes meet. */
  #slots = new Int32Array(1 << 9);
  #filled = 0;
  /** Few addresses have more than one. */
  readonly #several = new Map<string, number[]>();

  /** Takes pods to which others may be added. */
  constructor(pods: Addressed) {
    this.#pods = pods;
  }

  /** Looks at pods that were added. */
  #update(): void {
    if (this.#size === this.#pods.length) return;
    if (2 * this.#pods.length > this.#slots.length) this.#widen(2 * this.#pods.length);
    for (; this.#size < this.#pods.length; this.#size++) {
      const ips = this.#pods.ips(this.#size);
      if (typeof ips === 'string') this.#add(ips, this.#size);
      else for (const ip of ips) this.#add(ip, this.#size);
    }
  }

  /** The pods that carry an address. */
  at(address: string): readonly number[] {
    this.#update();
    const several = this.#several.get(address);
    if (several) return several;
    const first = this.#slots[this.#slot(address)]! - 1;
    return first < 0 ? [] : [first];
  }

  /** Addresses that more than one pod carries, in the order of the first of these. */
  repeated(): string[] {
    this.#update();
    return [...this.#several.keys()].toSorted((a, b) => this.#several.get(a)![0]! - this.#several.get(b)![0]!);
  }

  #add(ip: string, at: number): void {
    const slot = this.#slot(ip);
    const first = this.#slots[slot]! - 1;
    if (first < 0) {
      this.#slots[slot] = at + 1;
      if (2 * ++this.#filled > this.#slots.length) this.#widen(2 * this.#filled);
    } else {
      const several = this.#several.get(ip);
      if (several) several.push(at);
      else this.#several.set(ip, [first, at]);
    }
  }

  #widen(least: number): void {
    const before = this.#slots;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(least + 1)));
    for (const number of before) {
      if (number === 0) continue;
      const ips = this.#pods.ips(number - 1);
      for (const ip of typeof ips === 'string' ? [ips] : ips) {
        const slot = this.#slot(ip);
        if (this.#slots[slot] === 0) this.#slots[slot] = number;
      }
    }
  }

  /** Where an address stands, or would. */
  #slot(address: string): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(address) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot]!;
      if (number === 0) return slot;
      const ips = this.#pods.ips(number - 1);
      if (typeof ips === 'string' ? ips === address : ips.includes(address)) return slot;
    }
  }
}

/** FNV-1a, its upper half folded in. Whoever makes addresses meet in one slot has to own as many of them. */
function hashOf(text: string): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash ^ (hash >>> 15);
}
