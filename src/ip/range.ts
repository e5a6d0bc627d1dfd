import { type Address, addressOf, parseAddress } from './address.ts';

/** A run of addresses of one family, both ends included. `text` is CIDR notation where the run is a prefix, else `first-last`. */
export type Range = { readonly family: 4 | 6; readonly first: bigint; readonly last: bigint; readonly text: string };

const bits = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** Reads `10.0.0.0/24`, a single address, `a-b` or `a..b`; undefined when the text is none of them. Host bits are cleared. */
export function parseRange(text: unknown): Range | undefined {
  if (typeof text !== 'string') return undefined;
  const trimmed = text.trim();
  const ends = /^([^-]+?)\s*(?:-|\.\.)\s*([^-]+)$/.exec(trimmed);
  if (ends) return rangeBetween(parseAddress(ends[1]), parseAddress(ends[2]?.split('/')[0]));
  const address = parseAddress(trimmed);
  if (!address) return undefined;
  const slash = trimmed.indexOf('/');
  if (slash < 0) return cidr(address, bits(address.family));
  const prefix = Number(trimmed.slice(slash + 1));
  return Number.isInteger(prefix) && prefix >= 0 && prefix <= bits(address.family) ? cidr(address, prefix) : undefined;
}

/** The prefix of the given length that holds an address. */
export function cidr(address: Address, prefix: number): Range {
  const size = 1n << BigInt(bits(address.family) - prefix);
  const first = (address.value / size) * size;
  return { family: address.family, first, last: first + size - 1n, text: `${addressOf(address.family, first).text}/${prefix}` };
}

/** The run from one address to another, or undefined when they do not make one. */
export function rangeBetween(first: Address | undefined, last: Address | undefined): Range | undefined {
  if (!first || !last || first.family !== last.family || last.value < first.value) return undefined;
  const size = last.value - first.value + 1n;
  const isPrefix = (size & (size - 1n)) === 0n && first.value % size === 0n;
  const text = isPrefix ? `${first.text}/${bits(first.family) - (size.toString(2).length - 1)}` : `${first.text}-${last.text}`;
  return { family: first.family, first: first.value, last: last.value, text };
}

/** The address `offset` places after the first of a range, or undefined beyond its end. */
export function addressAt(range: Range, offset: bigint): Address | undefined {
  const value = range.first + offset;
  return offset >= 0n && value <= range.last ? addressOf(range.family, value) : undefined;
}

export const rangeSize = (range: Range): bigint => range.last - range.first + 1n;

/** The prefix length of a range that is a prefix, else undefined. */
export function prefixLength(range: Range): number | undefined {
  const slash = range.text.indexOf('/');
  return slash < 0 ? undefined : Number(range.text.slice(slash + 1));
}

export const contains = (range: Range, address: Address): boolean =>
  range.family === address.family && range.first <= address.value && address.value <= range.last;

export const covers = (outer: Range, inner: Range): boolean =>
  outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;

export const overlaps = (a: Range, b: Range): boolean => a.family === b.family && a.first <= b.last && b.first <= a.last;

export const sameRange = (a: Range, b: Range): boolean => a.family === b.family && a.first === b.first && a.last === b.last;

const byStart = (a: Range, b: Range): number =>
  a.family - b.family || (a.first < b.first ? -1 : a.first > b.first ? 1 : a.last > b.last ? -1 : a.last < b.last ? 1 : 0);

/** Every pair of items whose ranges overlap, by sort and sweep: near linear where few overlap. */
export function overlappingPairs<Item>(items: readonly Item[], rangeOf: (item: Item) => Range): [Item, Item][] {
  const sorted = items.toSorted((a, b) => byStart(rangeOf(a), rangeOf(b)));
  const pairs: [Item, Item][] = [];
  let open: Item[] = [];
  for (const item of sorted) {
    const range = rangeOf(item);
    open = open.filter((other) => overlaps(rangeOf(other), range));
    for (const other of open) pairs.push([other, item]);
    open.push(item);
  }
  return pairs;
}

/** Looks up which items' ranges hold an address; the smallest range comes first. */
export function rangeIndex<Item>(items: readonly Item[], rangeOf: (item: Item) => Range): (address: Address) => Item[] {
  const sorted = items.toSorted((a, b) => byStart(rangeOf(a), rangeOf(b)));
  // The highest end among an item and all before it: how far back a search has to look.
  const reach: bigint[] = [];
  for (const [i, item] of sorted.entries()) {
    const range = rangeOf(item);
    const before = i > 0 && rangeOf(sorted[i - 1]!).family === range.family ? reach[i - 1]! : -1n;
    reach.push(range.last > before ? range.last : before);
  }
  return (address) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const range = rangeOf(sorted[middle]!);
      if (range.family < address.family || (range.family === address.family && range.first <= address.value)) low = middle + 1;
      else high = middle;
    }
    const found: Item[] = [];
    for (let i = low - 1; i >= 0; i--) {
      const range = rangeOf(sorted[i]!);
      if (range.family !== address.family || reach[i]! < address.value) break;
      if (address.value <= range.last) found.push(sorted[i]!);
    }
    return found.toSorted((a, b) => {
      const difference = rangeSize(rangeOf(a)) - rangeSize(rangeOf(b));
      return difference < 0n ? -1 : difference > 0n ? 1 : 0;
    });
  };
}
