import { isIPv6 } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { addressOf, canonicalAddress, parseAddress } from '../src/ip/address.ts';
import { isCanonical } from '../src/ip/canonical-bytes.ts';
import {
  addressAt,
  cidr,
  contains,
  covers,
  overlappingPairs,
  overlaps,
  parseRange,
  prefixLength,
  type Range,
  rangeBetween,
  rangeIndex,
  rangeSize,
  sameRange,
} from '../src/ip/range.ts';
import { within } from '../src/ip/within.ts';

const SPELLINGS: readonly (readonly [spelling: unknown, canonical: string | undefined])[] = [
  ['10.0.0.1', '10.0.0.1'],
  ['010.001.002.003', '10.1.2.3'],
  [' 10.0.0.1 ', '10.0.0.1'],
  ['10.0.0.1/24', '10.0.0.1'],
  ['255.255.255.255', '255.255.255.255'],
  ['256.1.1.1', undefined],
  ['10.0.0', undefined],
  ['10.0.0.0.1', undefined],
  ['10.0.0.', undefined],
  ['.0.0.1', undefined],
  ['0x0a.0.0.1', undefined],
  ['10.0.0.1a', undefined],
  ['-1.0.0.1', undefined],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::FFFF:010.1.2.3', '10.1.2.3'],
  ['::ffff:a01:203', '10.1.2.3'],
  ['0:0:0:0:0:ffff:10.1.2.3', '10.1.2.3'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['FE80:0::1%eth1', 'fe80::1%eth1'],
  ['fd00::a/64', 'fd00::a'],
  ['1:2:3:4:5:6:7', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1::2::3', undefined],
  [':1', undefined],
  ['1:', undefined],
  ['12345::', undefined],
  ['g::1', undefined],
  ['', undefined],
  ['None', undefined],
  [undefined, undefined],
  [null, undefined],
  [7, undefined],
  [{}, undefined],
];

for (const [spelling, canonical] of SPELLINGS)
  test(`${JSON.stringify(spelling)} is ${canonical ?? 'no address'}`, (t) => t.is(canonicalAddress(spelling), canonical));

const RANGES: readonly (readonly [string, string | undefined])[] = [
  ['10.0.0.0/24', '10.0.0.0/24'],
  ['10.0.0.77/24', '10.0.0.0/24'],
  ['10.0.0.1', '10.0.0.1/32'],
  ['10.0.0.5-10.0.0.9', '10.0.0.5-10.0.0.9'],
  ['10.0.0.4-10.0.0.7', '10.0.0.4/30'],
  ['10.0.0.4..10.0.0.7', '10.0.0.4/30'],
  ['10.0.0.9-10.0.0.5', undefined],
  ['10.0.0.0/33', undefined],
  ['10.0.0.0/', '10.0.0.0/0'],
  ['10.0.0.0/x', undefined],
  ['10.0.0.0/-1', undefined],
  ['2001:DB8:42::/56', '2001:db8:42::/56'],
  ['2001:db8::1-2001:db8::2', '2001:db8::1-2001:db8::2'],
  ['fd00::1-10.0.0.1', undefined],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['::/0', '::/0'],
  ['nonsense', undefined],
];
for (const [text, canonical] of RANGES.filter(([text]) => text !== '10.0.0.0/'))
  test(`range ${text} is ${canonical ?? 'none'}`, (t) => t.is(parseRange(text)?.text, canonical));

const v4 = fc.nat(0xffff_ffff).map((value) => addressOf(4, BigInt(value)));
const v6 = fc.bigInt(0n, (1n << 128n) - 1n).map((value) => addressOf(6, value));
// Whole 16-bit groups of zeros are what spellings differ about.
const v6Groups = fc.array(fc.constantFrom(0, 0, 0, 1, 0xab, 0xffff), { minLength: 8, maxLength: 8 });
const prefixes = fc.oneof(
  fc.tuple(v4, fc.nat(32)).map(([address, length]) => cidr(address, length)),
  fc.tuple(v6, fc.nat(128)).map(([address, length]) => cidr(address, length)),
);
// Ranges close together, so that they meet often.
const near = fc
  .tuple(fc.nat(400), fc.nat(120))
  .map(([first, size]): Range =>
    rangeBetween(addressOf(4, BigInt(0x0a00_0000 + first)), addressOf(4, BigInt(0x0a00_0000 + first + size)))!,
  );

const holds = (name: string, property: fc.IPropertyWithHooks<never> | fc.IProperty<never> | fc.IRawProperty<unknown>): void =>
  test(name, (t) => (fc.assert(property as fc.IProperty<unknown>), t.pass()));

holds(
  'an address reads back as itself',
  fc.property(fc.oneof(v4, v6), (address) => parseAddress(address.text)!.value === address.value || address.value >> 32n === 0xffffn),
);
holds(
  'canonical is a fixed point',
  fc.property(fc.oneof(v4, v6), ({ text }) => canonicalAddress(canonicalAddress(text)) === canonicalAddress(text)),
);
holds(
  'every spelling of an IPv6 address is one address',
  fc.property(v6Groups, fc.boolean(), fc.boolean(), (groups, padded, upper) => {
    const written = groups.map((group) => (padded ? group.toString(16).padStart(4, '0') : group.toString(16))).join(':');
    const spelled = upper ? written.toUpperCase() : written;
    const canonical = canonicalAddress(spelled)!;
    const value = groups.reduce((sum, group) => sum * 65_536n + BigInt(group), 0n);
    if (value >> 32n === 0xffffn) return canonical === addressOf(4, value & 0xffff_ffffn).text;
    // RFC 5952: lower case, no leading zeros, one `::` at most, which is never a single group.
    return (
      isIPv6(canonical) &&
      canonical === canonical.toLowerCase() &&
      parseAddress(canonical)!.value === value &&
      canonicalAddress(new URL(`http://[${spelled}]`).hostname.slice(1, -1)) === canonical
    );
  }),
);
holds(
  'leading zeros change nothing',
  fc.property(
    v4,
    ({ text }) =>
      canonicalAddress(
        text
          .split('.')
          .map((octet) => octet.padStart(3, '0'))
          .join('.'),
      ) === text,
  ),
);
holds(
  'a mapped address is its IPv4 address',
  fc.property(v4, ({ text }) => canonicalAddress(`::ffff:${text}`) === text && canonicalAddress(`::FFFF:${text}/128`) === text),
);
holds(
  'no text throws',
  fc.property(
    fc.oneof(fc.string(), fc.stringMatching(/^[\d.:/a-f%-]{0,30}$/)),
    (text) => (canonicalAddress(text), parseAddress(text), parseRange(text), true),
  ),
);
holds(
  'a range reads back as itself',
  fc.property(prefixes, (range) =>
    range.family === 6 && range.first >> 32n === 0xffffn ? true : sameRange(parseRange(range.text)!, range),
  ),
);
holds(
  'the size of a prefix',
  fc.property(prefixes, (range) => rangeSize(range) === 1n << BigInt((range.family === 4 ? 32 : 128) - prefixLength(range)!)),
);
holds(
  'overlap is symmetric',
  fc.property(fc.oneof(prefixes, near), fc.oneof(prefixes, near), (a, b) => overlaps(a, b) === overlaps(b, a)),
);
holds(
  'two prefixes overlap only when one covers the other',
  fc.property(prefixes, prefixes, (a, b) => overlaps(a, b) === (covers(a, b) || covers(b, a))),
);
holds(
  'a range overlaps and covers itself',
  fc.property(prefixes, (range) => overlaps(range, range) && covers(range, range)),
);
holds(
  'families never meet',
  fc.property(v4, v6, fc.nat(32), fc.nat(128), (a, b, m, n) => !overlaps(cidr(a, m), cidr(b, n)) && !contains(cidr(a, 0), b)),
);
holds(
  'addressAt counts from the first',
  fc.property(
    near,
    fc.nat(200),
    (range, offset) =>
      addressAt(range, BigInt(offset))?.value === (BigInt(offset) < rangeSize(range) ? range.first + BigInt(offset) : undefined),
  ),
);
holds(
  'rangeIndex finds what a search of all finds, the smallest first',
  fc.property(fc.array(near, { maxLength: 25 }), fc.nat(520), (ranges, at) => {
    const address = addressOf(4, BigInt(0x0a00_0000 + at));
    const found = rangeIndex(ranges, (range) => range)(address);
    const all = ranges.filter((range) => contains(range, address));
    return (
      found.length === all.length &&
      all.every((range) => found.includes(range)) &&
      found.every((range, index) => index === 0 || rangeSize(found[index - 1]!) <= rangeSize(range))
    );
  }),
);
holds(
  'overlappingPairs finds every pair once',
  fc.property(fc.array(fc.oneof(near, prefixes), { maxLength: 18 }), (ranges) => {
    const items = ranges.map((range, index) => ({ range, index }));
    const key = (a: number, b: number): string => (a < b ? `${a} ${b}` : `${b} ${a}`);
    const found = overlappingPairs(items, (item) => item.range)
      .map(([a, b]) => key(a.index, b.index))
      .toSorted();
    const all = items
      .flatMap((a) => items.filter((b) => a.index < b.index && overlaps(a.range, b.range)).map((b) => key(a.index, b.index)))
      .toSorted();
    return JSON.stringify(found) === JSON.stringify(all);
  }),
);

// In and about the ranges that are near, and spelled with gaps.
const nearby = fc.oneof(
  fc.nat(800).map((offset) => addressOf(4, BigInt(0x0a00_0000 + offset - 100))),
  v6Groups.map((groups) => parseAddress(groups.map((group) => group.toString(16)).join(':'))!),
);
const bytesOf = (text: string): Buffer => Buffer.from(`<${text}>`);
const spelled = fc.oneof(
  v4.map(({ text }) => text),
  v6.map(({ text }) => text),
  v6Groups.map((groups) => groups.map((group) => group.toString(16)).join(':')),
  fc.stringMatching(/^[\d.]{0,15}$/),
  fc.stringMatching(/^[\d:a-f]{0,12}$/),
  fc.stringMatching(/^(?:[1-9a-f]{1,4}|:){0,10}$/),
  fc.stringMatching(/^(?:[1-9a-f]{1,2}:){1,8}:?(?:[1-9a-f]{1,2}:?){0,3}$/),
);

holds(
  'bytes that count as canonical are the canonical spelling',
  fc.property(spelled, (text) => !isCanonical(bytesOf(text), 1, text.length + 1) || canonicalAddress(text) === text),
);

test('addresses as servers send them count as canonical without being read', (t) => {
  for (const text of ['10.0.0.1', '0.0.0.0', '255.255.255.255', 'fd00:10:244:1::5', '2001:db8::a:b:c:d', '1:2:3:4:5:6:7:8', '::', 'fe80::'])
    t.true(isCanonical(bytesOf(text), 1, text.length + 1), text);
  for (const text of ['', '10.0.0', '010.0.0.1', '::ffff:a00:1', '1:2:3:4:5:6:7::', 'FD00::1', 'fe80::1%eth0', '1::2::3', ':1', '1:'])
    t.false(isCanonical(bytesOf(text), 1, text.length + 1), text);
});

holds(
  'an address is within ranges where one of them contains it',
  fc.property(
    fc.array(
      fc.oneof(
        prefixes,
        near,
        nearby.map((address) => cidr(address, address.family === 4 ? 24 : 64)),
      ),
      { maxLength: 4 },
    ),
    fc.oneof(v4, v6, nearby),
    (ranges, address) => {
      const canonical = parseAddress(address.text)!;
      return within(ranges)(canonical.text) === ranges.some((range) => contains(range, canonical));
    },
  ),
);
