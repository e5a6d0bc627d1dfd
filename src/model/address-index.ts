import type { Pod } from './pod-table.ts';
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

/** Of pods whose addresses are texts. */
export class SpelledAddresses implements RowsByAddress {
  readonly #pods: Iterable<Pod>;
  /** Most addresses have one row: only others cost an array. */
  #index: Map<string, number | number[]> | undefined;

  constructor(pods: Iterable<Pod>) {
    this.#pods = pods;
  }

  rowsAt(address: string): readonly number[] {
    const rows = (this.#index ??= this.#make()).get(address);
    return rows === undefined ? [] : typeof rows === 'number' ? [rows] : rows;
  }

  repeated(): string[] {
    const found: string[] = [];
    for (const [address, rows] of (this.#index ??= this.#make())) if (typeof rows !== 'number') found.push(address);
    return found;
  }

  #make(): Map<string, number | number[]> {
    const index = new Map<string, number | number[]>();
    for (const { row, ips } of this.#pods) {
      for (const ip of ips) {
        const known = index.get(ip);
        if (known === undefined) index.set(ip, row);
        else if (typeof known === 'number') index.set(ip, [known, row]);
        else known.push(row);
      }
    }
    return index;
  }
}
