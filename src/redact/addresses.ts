import { type Address, addressOf, canonicalAddress, parseAddress } from '../ip/address.ts';
import { type Range, parseRange, prefixLength } from '../ip/range.ts';

const BITS = { 4: 32, 6: 128 } as const;
/** Below this, bits are the place of a host in its network, and stay. */
const HOST_BITS_FROM = { 4: 24, 6: 64 } as const;
/** Below this, bits stay if those above can be turned: ranges nobody states are guessed from where they begin. */
const NETWORK_BITS = { 4: 16, 6: 48 } as const;
/** Constants of every machine: they tell nothing about anybody. */
const KEPT = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::/127', 'ff00::/8'].map((text) => parseRange(text)!);
/** Ranges that mean something by themselves: an address in one stays in it, and none comes into it. */
const MEANINGFUL = [
  '10.0.0.0/8',
  '10.32.0.0/12',
  '10.85.0.0/16',
  '10.88.0.0/16',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '172.16.0.0/16',
  '172.17.0.0/16',
  '192.168.0.0/16',
  'fe80::/10',
  'fc00::/7',
  'fd00::/8',
  '1100:200::/24',
  '2000::/3',
  '2001:4860:4860::/64',
  '64:ff9b::/96',
].map((text) => parseRange(text)!);

/**
 * Replaces addresses so that everything a diagnosis compares stays as it was: which ranges hold an address, prefix lengths, equality, order, the place within
 * a range. Above a range's own bits, a bit is turned over where all addresses below share it; so no two ever change places.
 */
export class AddressMap {
  readonly #originals = new Map<string, Address>();
  readonly #ranges = new Map<string, Range>();
  #images = new Map<string, string>();
  #branches = new Set<string>();
  #inside = new Set<string>();
  #seed = 0;

  /** Notes an address, or a range with its length. */
  add(text: string): void {
    const address = parseAddress(text);
    if (!address || isKept(address)) return;
    this.#originals.set(address.text, address);
    if (!text.includes('/')) return;
    const range = parseRange(text);
    const length = range && prefixLength(range);
    if (!range || length === undefined || length < (range.family === 4 ? 9 : 17) || length > (range.family === 4 ? 30 : 126)) return;
    if (!MEANINGFUL.some((one) => one.text === range.text)) this.#ranges.set(range.text, range);
    this.#originals.set(addressOf(range.family, range.first).text, addressOf(range.family, range.first));
  }

  /** Fixes the replacements, once every address is known. Choices are drawn until no replacement is somebody's original. */
  settle(random: () => number): void {
    this.#inside = new Set(
      [...this.#ranges.values()].map((range) => `${range.family}:${bitsOf(range.family, range.first).slice(0, prefixLength(range))}`),
    );
    const paths = [...this.#originals.values()].map((address) => ({ address, bits: bitsOf(address.family, address.value) }));
    this.#branches = new Set();
    const seen = new Set<string>();
    for (const { address, bits } of paths)
      for (let i = 1; i <= HOST_BITS_FROM[address.family]; i++) seen.add(`${address.family}:${bits.slice(0, i)}`);
    for (const node of seen) {
      const other = node.slice(0, -1) + (node.endsWith('1') ? '0' : '1');
      if (seen.has(other)) this.#branches.add(node.slice(0, -1));
    }
    for (const range of MEANINGFUL) {
      const bits = bitsOf(range.family, range.first);
      for (let i = 0; i < prefixLength(range)!; i++) this.#branches.add(`${range.family}:${bits.slice(0, i)}`);
    }
    for (let attempt = 0; attempt < 64; attempt++) {
      this.#seed = Math.floor(random() * 2 ** 32);
      this.#images = new Map();
      if ([...this.#originals.values()].every((address) => !this.#originals.has(this.#image(address)))) return;
    }
  }

  /** The replacement of an address or range, in canonical spelling; undefined for what is none, or stays. */
  map(text: string): string | undefined {
    const address = parseAddress(text);
    if (!address || isKept(address)) return undefined;
    const slash = text.indexOf('/');
    const zone = address.text.indexOf('%');
    return `${this.#image(address)}${zone < 0 ? '' : address.text.slice(zone)}${slash < 0 ? '' : text.slice(slash)}`;
  }

  has(text: string): boolean {
    return this.#originals.has(canonicalAddress(text) ?? '');
  }

  /** Every replacement, for the file that stays with the user. */
  entries(): [string, string][] {
    return [...this.#originals.values()].map((address): [string, string] => [address.text, this.#image(address)]);
  }

  #image(address: Address): string {
    const known = this.#images.get(address.text);
    if (known !== undefined) return known;
    const { family } = address;
    const bits = bitsOf(family, address.value);
    let image = '';
    let inside = false;
    for (let i = 0; i < BITS[family]; i++) {
      const node = `${family}:${bits.slice(0, i)}`;
      // A range that cannot be moved, because all its bits mean something, has its hosts' networks moved within it.
      inside ||= this.#inside.has(node) && image !== bits.slice(0, i);
      const moved = i >= NETWORK_BITS[family] && image.slice(0, NETWORK_BITS[family]) !== bits.slice(0, NETWORK_BITS[family]);
      const fixed = inside || moved || i >= HOST_BITS_FROM[family] || this.#branches.has(node);
      image += fixed || !this.#turns(node) ? bits[i] : bits[i] === '1' ? '0' : '1';
    }
    const text = addressOf(family, BigInt(`0b${image}`)).text;
    this.#images.set(address.text, text);
    return text;
  }

  /** Turned more often than not: the fewer bits can be turned, the likelier nothing would change. */
  #turns(node: string): boolean {
    let hash = this.#seed ^ 0x811c9dc5;
    for (let i = 0; i < node.length; i++) hash = Math.imul(hash ^ node.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
    return (hash >>> 0) % 4 !== 0;
  }
}

const isKept = (address: Address): boolean =>
  KEPT.some((range) => range.family === address.family && range.first <= address.value && address.value <= range.last);

const bitsOf = (family: 4 | 6, value: bigint): string => value.toString(2).padStart(BITS[family], '0');
