import { IPv6, collapseIPv6Number } from 'ip-num';

/** One IPv4 or IPv6 address. `text` is canonical (RFC 5952 for IPv6), so two spellings of one address have one `text`. */
export type Address = { readonly family: 4 | 6; readonly value: bigint; readonly text: string };

const OCTETS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const MAPPED = /^(?:0*:)*(?::|0+:)*ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i;

/**
 * The canonical spelling of an address, or undefined when it is none.
 * Leading zeros are decimal, as Kubernetes' sloppy parser reads them; an IPv4-mapped IPv6 address is its IPv4 address;
 * a prefix length after `/` is ignored; a zone (`%eth0`) stays part of the text, because link-local addresses repeat on every link.
 */
export function canonicalAddress(text: unknown): string | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  if (ipv4Number(text) !== undefined) return text;
  const bare = text.split('/', 1)[0]!.trim();
  if (!bare.includes(':')) return canonicalIPv4(bare);
  const mapped = MAPPED.exec(bare);
  if (mapped) return canonicalIPv4(mapped[1]!);
  const [address, zone] = bare.split('%', 2);
  const short = canonicalIPv6(address!);
  return short === undefined ? undefined : zone ? `${short}%${zone}` : short;
}

function canonicalIPv4(text: string): string | undefined {
  if (ipv4Number(text) !== undefined) return text;
  const match = OCTETS.exec(text);
  if (!match) return undefined;
  const octets = [match[1], match[2], match[3], match[4]].map(Number);
  return octets.every((octet) => octet <= 255) ? octets.join('.') : undefined;
}

function canonicalIPv6(text: string): string | undefined {
  const groups = groupsOf(text);
  const plain = groups && spelling(groups);
  if (plain !== undefined) return plain;
  try {
    const number = new IPv6(text);
    const value = number.getValue();
    if (value >> 32n === 0xffffn) return ipv4Text(value & 0xffff_ffffn);
    return collapseIPv6Number(number.toString());
  } catch {
    return undefined;
  }
}

const COLON = 0x3a;
const GROUPS = 8;

/** The eight groups of an IPv6 address that is written in hexadecimal only, else undefined: a library knows the rare spellings. */
function groupsOf(text: string): number[] | undefined {
  const groups: number[] = [];
  let gap = -1;
  let group = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === COLON) {
      if (digits > 0) {
        groups.push(group);
        if (i === text.length - 1) return undefined;
      } else if (i === 0 ? text.charCodeAt(1) !== COLON : gap >= 0 || text.charCodeAt(i - 1) !== COLON) return undefined;
      else if (i > 0) gap = groups.length;
      group = digits = 0;
      continue;
    }
    const digit = hexDigit(code);
    if (digit === undefined || ++digits > 4) return undefined;
    group = group * 16 + digit;
  }
  if (digits > 0) groups.push(group);
  if (gap < 0) return groups.length === GROUPS ? groups : undefined;
  if (groups.length >= GROUPS) return undefined;
  return [...groups.slice(0, gap), ...Array<number>(GROUPS - groups.length).fill(0), ...groups.slice(gap)];
}

function hexDigit(code: number): number | undefined {
  if (code >= ZERO && code <= 0x39) return code - ZERO;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

/** RFC 5952: the longest run of two zero groups or more is left out, the first of equal ones. Undefined for what belongs to IPv4. */
function spelling(groups: readonly number[]): string | undefined {
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) return undefined;
  let start = 0;
  let length = 1;
  for (let i = 0; i < GROUPS; i++) {
    let end = i;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
    if (end > i) i = end - 1;
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return length < 2 ? hex(0, GROUPS) : `${hex(0, start)}::${hex(start + length, GROUPS)}`;
}

function valueOf(groups: readonly number[] | undefined): bigint | undefined {
  if (groups === undefined) return undefined;
  const word = (i: number): bigint => BigInt(groups[i]! * 65_536 + groups[i + 1]!);
  return (word(0) << 96n) | (word(2) << 64n) | (word(4) << 32n) | word(6);
}

/** The address behind a text, or undefined when it is none. */
export function parseAddress(text: unknown): Address | undefined {
  const plain = typeof text === 'string' ? ipv4Number(text) : undefined;
  if (plain !== undefined) return { family: 4, value: BigInt(plain), text: text as string };
  const canonical = canonicalAddress(text);
  if (canonical === undefined) return undefined;
  const number = ipv4Number(canonical);
  if (number !== undefined) return { family: 4, value: BigInt(number), text: canonical };
  const bare = canonical.split('%', 1)[0]!;
  return { family: 6, value: valueOf(groupsOf(bare)) ?? new IPv6(bare).getValue(), text: canonical };
}

const DOT = 0x2e;
const ZERO = 0x30;

/** The number of an IPv4 address in its canonical spelling, else undefined: almost every address is, and there may be a million. */
function ipv4Number(text: string): number | undefined {
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || octet > 255) return undefined;
      value = value * 256 + octet;
      octet = digits = 0;
      dots++;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return undefined;
    octet = octet * 10 + digit;
    digits++;
  }
  return dots === 3 && digits > 0 && octet <= 255 ? value * 256 + octet : undefined;
}

function ipv4Text(value: bigint): string {
  const n = Number(value);
  return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');
}

/** The address with a given number. */
export function addressOf(family: 4 | 6, value: bigint): Address {
  if (family === 4) return { family, value, text: ipv4Text(value) };
  const groups = Array.from({ length: GROUPS }, (_, i) => Number((value >> BigInt(16 * (GROUPS - 1 - i))) & 0xffffn));
  return { family, value, text: spelling(groups) ?? collapseIPv6Number(IPv6.fromBigInt(value).toString()) };
}
