import test from 'ava';
import fc from 'fast-check';
import { IPv6, collapseIPv6Number } from 'ip-num';
import { addressOf, canonicalAddress, parseAddress } from '../src/ip/address.ts';

const group = fc.oneof(
  fc.constant('0'),
  fc.constantFrom('00', '0000', '000a'),
  fc.nat(0xffff).map((n) => n.toString(16)),
);
const noise = fc.constantFrom('', '', '', ':', '0', 'g', '::');

/** Spellings of IPv6 addresses, right and wrong. */
const spelling = fc
  .tuple(fc.array(group, { maxLength: 9 }), fc.option(fc.tuple(fc.nat(9), fc.nat(9))), fc.boolean(), noise, noise)
  .map(([groups, gap, upper, before, after]) => {
    const [from, to] = gap === null ? [0, 0] : gap.toSorted((a, b) => a - b);
    const text = gap === null ? groups.join(':') : `${groups.slice(0, from).join(':')}::${groups.slice(to).join(':')}`;
    return before + (upper ? text.toUpperCase() : text) + after;
  });

test('IPv6 in any spelling is what the library says it is', (t) => {
  fc.assert(
    fc.property(spelling, (text) => {
      const expected = byLibrary(text);
      const canonical = canonicalAddress(text);
      if (expected === 'IPv4') return canonical !== undefined && !canonical.includes(':');
      return canonical === expected?.text && parseAddress(text)?.value === expected?.value;
    }),
    { numRuns: 20_000 },
  );
  t.pass();
});

function byLibrary(text: string): { text: string; value: bigint } | 'IPv4' | undefined {
  try {
    const address = new IPv6(text);
    const value = address.getValue();
    return value >> 32n === 0xffffn ? 'IPv4' : { text: collapseIPv6Number(address.toString()), value };
  } catch {
    return undefined;
  }
}

test('IPv4: the canonical spelling stays, leading zeros are decimal, anything else is none', (t) => {
  fc.assert(
    fc.property(fc.tuple(fc.nat(300), fc.nat(300), fc.nat(300), fc.nat(300)), fc.boolean(), (octets, padded) => {
      const text = octets.map((octet) => (padded ? String(octet).padStart(3, '0') : String(octet))).join('.');
      const valid = octets.every((octet) => octet <= 255);
      const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
      return canonicalAddress(text) === (valid ? octets.join('.') : undefined) && (!valid || parseAddress(text)?.value === BigInt(value));
    }),
  );
  for (const text of ['', '1.2.3', '1.2.3.4.5', '1..2.3', '.1.2.3', '1.2.3.', '1.2.3.x', '1.2.3.-4', '1 .2.3.4'])
    t.is(canonicalAddress(text), undefined, text);
  t.is(canonicalAddress('10.0.0.7/24'), '10.0.0.7');
  t.is(canonicalAddress('::ffff:10.0.0.7'), '10.0.0.7');
  t.is(canonicalAddress('::ffff:a00:7'), '10.0.0.7');
  t.is(canonicalAddress('FE80::0:1%eth0'), 'fe80::1%eth0');
});

test('an address made from its number is spelt as the library spells it', (t) => {
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 128n) - 1n), fc.nat(128), (number, shift) => {
      const value = number >> BigInt(shift);
      return addressOf(6, value).text === collapseIPv6Number(IPv6.fromBigInt(value).toString());
    }),
    { numRuns: 5_000 },
  );
  t.pass();
});
