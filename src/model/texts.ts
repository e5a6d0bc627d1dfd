import { grown } from './growing.ts';

/**
 * Texts by number, their letters side by side: a million of them cost little more than their letters, and nothing to the garbage collector.
 * Equal texts have one number; numbers count from 0 on.
 */
export class Texts {
  #letters = viewOf(new Uint8Array(1 << 12));
  /** Where each text ends. */
  #ends = new Uint32Array(1 << 8);
  #hashes = new Uint32Array(1 << 8);
  /** Numbers + 1 by hash, the next free slot where two hashes meet. */
  #slots = new Int32Array(1 << 9);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number of a text, given as UTF-8. */
  number(source: Buffer, from: number, to: number): number {
    const hash = hashOf(source, from, to);
    const slot = this.#slot(hash, source, from, to);
    const known = this.#slots[slot]! - 1;
    if (known >= 0) return known;
    const number = this.append(source, from, to);
    this.#hashes[number] = hash;
    this.#slots[slot] = number + 1;
    if (2 * this.#size > this.#slots.length) this.#widen();
    return number;
  }

  numberOf(text: string): number {
    return this.number(scratch(text), 0, written);
  }

  /** The number of a text that is here, or undefined. */
  find(text: string): number | undefined {
    const source = scratch(text);
    const known = this.#slots[this.#slot(hashOf(source, 0, written), source, 0, written)]! - 1;
    return known < 0 ? undefined : known;
  }

  /** Adds a text that will not be looked for; an equal one gets another number. */
  append(source: Buffer, from: number, to: number): number {
    const number = this.#size++;
    const start = this.#start(number);
    const end = start + to - from;
    if (end > this.#letters.length) this.#letters = viewOf(grown(new Uint8Array(this.#letters.buffer), end));
    copy(source, from, to, this.#letters, start);
    if (number === this.#ends.length) {
      this.#ends = grown(this.#ends, number + 1);
      this.#hashes = grown(this.#hashes, number + 1);
    }
    this.#ends[number] = end;
    return number;
  }

  appendText(text: string): number {
    return this.append(scratch(text), 0, written);
  }

  /** The text of a number, but for so many bytes at its beginning. */
  text(number: number, skipped = 0): string {
    return this.#letters.toString('utf8', this.#start(number) + skipped, this.#ends[number]);
  }

  /** So many bytes the text has. */
  length(number: number): number {
    return this.#ends[number]! - this.#start(number);
  }

  /** By their bytes: below zero when the first comes first. */
  compare(a: number, b: number): number {
    return this.#letters.compare(this.#letters, this.#start(b), this.#ends[b], this.#start(a), this.#ends[a]);
  }

  /** Whether the text of a number is this, given as UTF-8: many letters are compared at once. */
  is(number: number, source: Buffer, length: number): boolean {
    const start = this.#start(number);
    return this.#ends[number]! - start === length && source.compare(this.#letters, start, start + length, 0, length) === 0;
  }

  /** The letters of a text: good until the next text comes. */
  bytes(number: number): Buffer {
    return this.#letters.subarray(this.#start(number), this.#ends[number]);
  }

  #start(number: number): number {
    return number === 0 ? 0 : this.#ends[number - 1]!;
  }

  #widen(): void {
    const twice = 2 * this.#slots.length;
    this.#slots = grown(this.#slots, twice).subarray(0, twice).fill(0);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let slot = this.#hashes[number]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }

  /** Where a text's number stands, or would. */
  #slot(hash: number, source: Buffer, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const number = this.#slots[slot]! - 1;
      if (number < 0 || (this.#hashes[number] === hash && this.#is(number, source, from, to))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #is(number: number, source: Buffer, from: number, to: number): boolean {
    const start = this.#start(number);
    if (this.#ends[number]! - start !== to - from) return false;
    const letters = this.#letters;
    for (let i = 0; i < to - from; i++) if (letters[start + i] !== source[from + i]) return false;
    return true;
  }
}

/** Nobody can know which names meet in one slot, and give them to his pods to make others wait. */
const SEED = Math.floor(Math.random() * 0x1_0000_0000);

/** FNV-1a, its upper half folded in: a table looks at the lower one only. */
function hashOf(source: Buffer, from: number, to: number): number {
  let hash = SEED ^ (to - from);
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ source[at]!, 0x0100_0193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Texts that are asked for again and again: once they were, they are kept as strings too. */
export class Words extends Texts {
  readonly #strings: string[] = [];

  override text(number: number): string {
    return (this.#strings[number] ??= super.text(number));
  }
}

/** A list of texts while it grows, as bytes: the length of each, then its letters. */
export class TextList {
  bytes = Buffer.allocUnsafeSlow(1 << 10);
  length = 0;
  #open = 0;

  clear(): this {
    this.length = 0;
    return this;
  }

  add(source: Buffer, from: number, to: number): void {
    this.begin();
    this.put(source, from, to);
    this.end();
  }

  addText(text: string): void {
    this.add(scratch(text), 0, written);
  }

  /** Begins a text of several parts. */
  begin(): void {
    this.#open = this.length;
    this.length += LENGTH;
    this.#reserve(this.#open);
  }

  put(source: Buffer, from: number, to: number): void {
    const start = this.length;
    this.length += to - from;
    this.#reserve(start);
    copy(source, from, to, this.bytes, start);
  }

  putText(text: string): void {
    this.put(scratch(text), 0, written);
  }

  end(): void {
    this.bytes.writeUInt32LE(this.length - this.#open - LENGTH, this.#open);
  }

  #reserve(filled: number): void {
    if (this.length <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * this.length);
    this.bytes.copy(larger, 0, 0, filled);
    this.bytes = larger;
  }
}

const LENGTH = 4;

/** The texts of a list that was written so. */
export function listedTexts(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const from = at + LENGTH;
    at = from + bytes.readUInt32LE(at);
    found.push(bytes.toString('utf8', from, at));
  }
  return found;
}

/** Of so many bytes, a loop copies faster than a call into the runtime. */
const FEW = 64;

function copy(source: Buffer, from: number, to: number, target: Buffer, start: number): void {
  if (to - from > FEW) source.copy(target, start, from, to);
  else for (let i = 0; i < to - from; i++) target[start + i] = source[from + i]!;
}

let paper = Buffer.allocUnsafeSlow(1 << 10);
let written = 0;

/** A text as bytes, of which `written` count: good until the next one. */
function scratch(text: string): Buffer {
  if (3 * text.length > paper.length) paper = Buffer.allocUnsafeSlow(4 * text.length);
  written = paper.write(text);
  return paper;
}

const viewOf = (bytes: Uint8Array): Buffer<ArrayBufferLike> => Buffer.from(bytes.buffer, 0, bytes.length);
