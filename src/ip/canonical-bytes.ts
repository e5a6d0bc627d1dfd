const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
const GROUPS = 8;

/**
 * Whether bytes are an address in its canonical spelling, as servers send nearly all: then nobody needs to make a text of them. False also
 * of rare spellings that are canonical, such as those with a zero group that no gap holds.
 */
export function isCanonical(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (bytes[at] === DOT) return isIPv4(bytes, from, to);
    if (bytes[at] === COLON) return isIPv6(bytes, from, to);
  }
  return false;
}

function isIPv4(bytes: Buffer, from: number, to: number): boolean {
  let dots = 0;
  let octet = 0;
  let digits = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte === DOT) {
      if (digits === 0 || octet > 255) return false;
      dots++;
      octet = digits = 0;
    } else {
      if (byte < ZERO || byte > NINE || (digits > 0 && octet === 0)) return false;
      octet = octet * 10 + byte - ZERO;
      digits++;
    }
  }
  return dots === 3 && digits > 0 && octet <= 255;
}

/** Groups without leading zeros, none of them zero, and at most one gap, of two groups at least. */
function isIPv6(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[from] === COLON && bytes[from + 1] !== COLON) return false;
  let groups = 0;
  let gap = -1;
  let digits = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte !== COLON) {
      const isDigit = (byte >= ZERO && byte <= NINE) || (byte >= 0x61 && byte <= 0x66);
      if (!isDigit || (byte === ZERO && digits === 0) || ++digits > 4) return false;
    } else if (digits > 0) {
      groups++;
      digits = 0;
    } else if (at > from) {
      if (gap >= 0) return false;
      gap = groups;
    }
  }
  if (digits > 0) groups++;
  else if (gap !== groups) return false;
  // Behind a gap, three groups may be an IPv4 address.
  return gap < 0 ? groups === GROUPS : groups <= GROUPS - 2 && !(gap === 0 && groups === 3);
}
