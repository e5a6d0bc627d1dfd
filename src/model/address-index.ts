import type { Texts } from './texts.ts';

/** Which rows carry an address. Made when first asked. */
export class AddressIndex {
  readonly #addresses: Texts;
  readonly #size: number;
  readonly #ips: (row: number) => readonly number[];
  #index: { readonly starts: Uint32Array; readonly rows: Uint32Array } | undefined;

  /** Takes the addresses' texts, how many rows there are, and the numbers of the addresses of each. */
  constructor(addresses: Texts, size: number, ips: (row: number) => readonly number[]) {
    this.#addresses = addresses;
    this.#size = size;
    this.#ips = ips;
  }

  rowsAt(address: string): readonly number[] {
    const { starts, rows } = (this.#index ??= this.#make());
    const number = this.#addresses.find(address);
    return number === undefined || number + 1 >= starts.length ? [] : [...rows.subarray(starts[number], starts[number + 1])];
  }

  /** Those of more than one row, in the order of their first. */
  repeated(): string[] {
    const { starts, rows } = (this.#index ??= this.#make());
    const found: number[] = [];
    for (let number = 0; number + 1 < starts.length; number++) if (starts[number + 1]! - starts[number]! > 1) found.push(number);
    return found.toSorted((a, b) => rows[starts[a]!]! - rows[starts[b]!]! || a - b).map((number) => this.#addresses.text(number));
  }

  #make(): { readonly starts: Uint32Array; readonly rows: Uint32Array } {
    const starts = new Uint32Array(this.#addresses.size + 1);
    for (let row = 0; row < this.#size; row++) for (const number of this.#ips(row)) starts[number + 1]!++;
    for (let number = 1; number < starts.length; number++) starts[number]! += starts[number - 1]!;
    const rows = new Uint32Array(starts.at(-1)!);
    const next = starts.slice();
    for (let row = 0; row < this.#size; row++) for (const number of this.#ips(row)) rows[next[number]!++] = row;
    return { starts, rows };
  }
}
