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

/** Of pods whose addresses are texts, which are numbered in the order in which they are given. */
export class SpelledAddresses {
  /** Most addresses have one pod: only others cost an array. */
  readonly #index = new Map<string, number | number[]>();
  readonly #repeated: string[] = [];
  #size = 0;

  /** Takes all pods, of which it knows those before already. */
  update(pods: readonly { readonly ips: string | readonly string[] }[]): this {
    for (let at = this.#size; at < pods.length; at++) {
      const { ips } = pods[at]!;
      if (typeof ips === 'string') this.#add(ips, at);
      else for (const ip of ips) this.#add(ip, at);
    }
    this.#size = pods.length;
    return this;
  }

  /** The pods that carry an address. */
  at(address: string): readonly number[] {
    const found = this.#index.get(address);
    return found === undefined ? [] : typeof found === 'number' ? [found] : found;
  }

  /** Addresses that more than one pod carries, in the order of the first of these. */
  repeated(): string[] {
    return this.#repeated.toSorted((a, b) => this.at(a)[0]! - this.at(b)[0]!);
  }

  #add(ip: string, at: number): void {
    const known = this.#index.get(ip);
    if (known === undefined) this.#index.set(ip, at);
    else if (typeof known === 'number') {
      this.#index.set(ip, [known, at]);
      this.#repeated.push(ip);
    } else known.push(at);
  }
}
