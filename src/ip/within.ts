import { parseAddress } from './address.ts';
import { type Range, contains } from './range.ts';

/**
 * Whether an address lies in one of some ranges, for those who ask of a million addresses: the answer of `contains`, without big integers.
 * Takes the canonical text of the address.
 */
export function within(ranges: readonly Range[]): (address: string) => boolean {
  const beginnings: string[] = [];
  const ofIPv4: (readonly [first: number, last: number])[] = [];
  for (const range of ranges) {
    if (range.family === 6) continue;
    const ends = [Number(range.first), Number(range.last)] as const;
    const beginning = beginningOf(...ends);
    if (beginning === undefined) ofIPv4.push(ends);
    else beginnings.push(beginning);
  }
  const ofIPv6 = ranges.filter((range) => range.family === 6).map(({ first, last }) => [groupsOf(first), groupsOf(last)] as const);
  return (address) => {
    for (let i = 0; i < beginnings.length; i++) if (address.startsWith(beginnings[i]!)) return true;
    const number = ipv4Number(address);
    if (number >= 0) return ofIPv4.some(([first, last]) => first <= number && number <= last);
    if (readIPv6(address)) return ofIPv6.some(([first, last]) => compare(groups, first) >= 0 && compare(groups, last) <= 0);
    const rare = parseAddress(address);
    return rare !== undefined && ranges.some((range) => contains(range, rare));
  };
}

/** How every address of an IPv4 range begins whose prefix ends with an octet, as those of most nodes do. */
function beginningOf(first: number, last: number): string | undefined {
  const size = last - first + 1;
  if (first % size !== 0) return undefined;
  if (size === 2 ** 8) return `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.`;
  return size === 2 ** 16 ? `${first >>> 24}.${(first >>> 16) & 255}.` : size === 2 ** 24 ? `${first >>> 24}.` : undefined;
}

const GROUPS = 8;
const groupsOf = (value: bigint): readonly number[] =>
  Array.from({ length: GROUPS }, (_, i) => Number((value >> BigInt(16 * (GROUPS - 1 - i))) & 0xffffn));

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < GROUPS; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
/** What a letter's code is more than its worth. */
const LETTER = 0x57;

/** The number of an IPv4 address; -1 of anything else. */
function ipv4Number(text: string): number {
  let value = 0;
  let octet = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      value = value * 256 + octet;
      octet = 0;
    } else if (code >= ZERO && code <= NINE) octet = octet * 10 + code - ZERO;
    else return -1;
  }
  return value * 256 + octet;
}

/** The groups of the IPv6 address that was read last. */
const groups = Array<number>(GROUPS).fill(0);

/** Reads an IPv6 address into `groups`; false where it has a zone or other rare parts. */
function readIPv6(text: string): boolean {
  let count = 0;
  let gap = -1;
  let group = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== COLON) {
      const digit = code <= NINE ? code - ZERO : code - LETTER;
      if (digit < 0 || digit > 15) return false;
      group = group * 16 + digit;
    } else if (text.charCodeAt(i - 1) === COLON) gap = count;
    else if (i > 0) {
      groups[count++] = group;
      group = 0;
    }
  }
  if (text.charCodeAt(text.length - 1) !== COLON) groups[count++] = group;
  if (gap < 0) return count === GROUPS;
  if (count >= GROUPS) return false;
  groups.copyWithin(gap + GROUPS - count, gap, count);
  groups.fill(0, gap, gap + GROUPS - count);
  return true;
}
