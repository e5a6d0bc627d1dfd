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
  const bare = text.split('/', 1)[0]!.trim();
  if (!bare.includes(':')) return canonicalIPv4(bare);
  const mapped = MAPPED.exec(bare);
  if (mapped) return canonicalIPv4(mapped[1]!);
  const [address, zone] = bare.split('%', 2);
  const short = canonicalIPv6(address!);
  return short === undefined ? undefined : zone ? `${short}%${zone}` : short;
}

function canonicalIPv4(text: string): string | undefined {
  const match = OCTETS.exec(text);
  if (!match) return undefined;
  const octets = [match[1], match[2], match[3], match[4]].map(Number);
  return octets.every((octet) => octet <= 255) ? octets.join('.') : undefined;
}

function canonicalIPv6(text: string): string | undefined {
  try {
    const number = new IPv6(text);
    const value = number.getValue();
    if (value >> 32n === 0xffffn) return ipv4Text(value & 0xffff_ffffn);
    return collapseIPv6Number(number.toString());
  } catch {
    return undefined;
  }
}

/** The address behind a text, or undefined when it is none. */
export function parseAddress(text: unknown): Address | undefined {
  const canonical = canonicalAddress(text);
  if (canonical === undefined) return undefined;
  if (!canonical.includes(':')) return { family: 4, value: ipv4Value(canonical), text: canonical };
  return { family: 6, value: new IPv6(canonical.split('%', 1)[0]!).getValue(), text: canonical };
}

function ipv4Value(text: string): bigint {
  let value = 0;
  for (const octet of text.split('.')) value = value * 256 + Number(octet);
  return BigInt(value);
}

function ipv4Text(value: bigint): string {
  const n = Number(value);
  return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');
}

/** The address with a given number. */
export function addressOf(family: 4 | 6, value: bigint): Address {
  if (family === 4) return { family, value, text: ipv4Text(value) };
  return { family, value, text: collapseIPv6Number(IPv6.fromBigInt(value).toString()) };
}
