import type { Json } from '../model/json.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const ITEMS_KEY = /(?:"items"|"Items"|\bitems)\s*:\s*$/;
/** No single object of a cluster comes near this: etcd takes 1.5 MB. A dump without a list around it might. */
const MOST_BYTES = 512 * 1024 * 1024;

export type JsonEvents = {
  /** An element of a top-level array, or of the `items` of a top-level object; `envelope` is what stood before them. */
  readonly item: (item: Json, envelope: string) => void;
  /** A top-level object, without its items if it had any, which `item` has given. */
  readonly whole: (value: Json, hadItems: boolean) => void;
  readonly broken: (why: string) => void;
};

/** Reads one JSON value as its bytes arrive, and hands on the elements of a list one by one: a list never sits in memory whole. */
export class JsonScan {
  readonly #events: JsonEvents;
  readonly #parse: (text: string) => Json;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Depth at which items stand: 1 in a bare array, 2 in an object's `items`. */
  #itemDepth = 0;
  #hadItems = false;
  #envelope = '';
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #broken = 0;

  constructor(events: JsonEvents, parse: (text: string) => Json) {
    this.#events = events;
    this.#parse = parse;
  }

  /** Takes bytes from `start`; the place after the value's end, or -1 while it goes on. */
  feed(chunk: Buffer, start: number): number {
    let from = start;
    for (let i = start; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (this.#itemDepth > 0 && this.#depth === this.#itemDepth) from = i;
        else if (this.#depth === 0 && byte === OPEN_BRACKET) {
          this.#itemDepth = 1;
          this.#hadItems = true;
        } else if (this.#depth === 1 && this.#itemDepth === 0 && byte === OPEN_BRACKET && this.#startsItems(chunk, from, i)) {
          this.#itemDepth = 2;
          this.#hadItems = true;
        }
        this.#depth++;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth--;
        if (this.#itemDepth > 0 && this.#depth === this.#itemDepth) this.#item(this.#take(chunk, from, i + 1));
        else if (this.#itemDepth > 0 && this.#depth === this.#itemDepth - 1) {
          this.#itemDepth = 0;
          from = i;
        }
        if (this.#depth === 0) {
          this.#end(this.#take(chunk, from, i + 1));
          return i + 1;
        }
      }
    }
    if (this.#itemDepth === 0 || this.#depth > this.#itemDepth) this.#keep(chunk.subarray(from));
    return -1;
  }

  /** The text has ended, or goes on with something else: what is unfinished is lost. */
  cut(): void {
    this.#events.broken(
      this.#hadItems ? 'it ends in the middle of a list; the items before were read' : 'it ends in the middle of a JSON value',
    );
  }

  #startsItems(chunk: Buffer, from: number, at: number): boolean {
    const before = Buffer.concat([...this.#pending, chunk.subarray(from, at)]).toString('utf8');
    if (!ITEMS_KEY.test(before)) return false;
    this.#envelope = `${before}[`;
    this.#pending = [];
    this.#pendingBytes = 0;
    return true;
  }

  #keep(part: Buffer): void {
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > MOST_BYTES) {
      this.#pending = [];
      this.#pendingBytes = 0;
      this.#events.broken('it holds a single JSON object of more than 512 MB');
      return;
    }
    this.#pending.push(part);
  }

  #take(chunk: Buffer, from: number, to: number): string {
    const last = chunk.subarray(from, to);
    if (this.#pending.length === 0) return last.toString('utf8');
    const whole = Buffer.concat([...this.#pending, last]).toString('utf8');
    this.#pending = [];
    this.#pendingBytes = 0;
    return whole;
  }

  #item(text: string): void {
    const found = this.#parsed(text);
    if (found !== undefined) this.#events.item(found.value, this.#envelope);
    // One broken object should not cost the others; a thousand are one complaint.
    else if (this.#broken++ === 0) this.#events.broken('an item of a list in it is not valid JSON');
  }

  #end(rest: string): void {
    if (this.#hadItems && this.#envelope === '') return this.#events.whole(undefined, true);
    const found = this.#parsed(this.#envelope + rest);
    if (found !== undefined) this.#events.whole(found.value, this.#hadItems);
    else if (this.#hadItems) this.#events.whole(undefined, true);
    else this.#events.broken('it is not valid JSON');
  }

  #parsed(text: string): { readonly value: Json } | undefined {
    try {
      return { value: this.#parse(text) };
    } catch {
      return undefined;
    }
  }
}
