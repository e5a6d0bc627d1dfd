import { type Json, at, isRecord } from '../../../src/model/json.ts';

/**
 * Writes JSON objects as protobuf the way Go does it for Kubernetes: fields in the order of their numbers, and fields that are
 * no pointers in Go even when they are empty.
 */
export type Message = (object: Json) => Buffer;
/** One field of a message, from the value that JSON has for it. */
export type Field = (value: Json) => Buffer;

const VARINT = 0;
const BYTES = 2;
const NOTHING = Buffer.alloc(0);

/** A message by its JSON keys. The key '' stands for the object itself: Go inlines some messages into the JSON of their parent. */
export const message = (fields: Readonly<Record<string, Field>>): Message => {
  const entries = Object.entries(fields);
  return (object) => Buffer.concat(entries.map(([key, field]) => field(key === '' ? object : at(object, key))));
};

/** A field that is a pointer in Go: left out where JSON has none. */
export const maybe =
  (field: Field): Field =>
  (value) =>
    value === undefined || value === null ? NOTHING : field(value);

export const many =
  (field: Field): Field =>
  (values) =>
    Array.isArray(values) ? Buffer.concat(values.map(field)) : NOTHING;

export const text =
  (number: number): Field =>
  (value) =>
    bytes(number, Buffer.from(typeof value === 'string' ? value : ''));

export const int =
  (number: number): Field =>
  (value) =>
    Buffer.concat([tag(number, VARINT), varint(typeof value === 'number' ? value : 0)]);

export const bool =
  (number: number): Field =>
  (value) =>
    Buffer.concat([tag(number, VARINT), varint(value === true ? 1 : 0)]);

export const of =
  (number: number, content: Message): Field =>
  (value) =>
    bytes(number, content(value));

/** An IntOrString: a number as itself, a name as text. */
export const INT_OR_TEXT: Message = (value) => Buffer.concat([int(1)(typeof value === 'string' ? 1 : 0), int(2)(value), text(3)(value)]);

const SECONDS = int(1);
const NANOS = int(2);

/** An RFC 3339 time; without one an empty message, which is Go's zero time. */
export const time =
  (number: number): Field =>
  (value) => {
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    return bytes(number, Number.isNaN(at) ? NOTHING : Buffer.concat([SECONDS(Math.floor(at / 1000)), NANOS(0)]));
  };

/** A map of strings, or of what `content` says, by key. */
export const map =
  (number: number, content: Field = text(2)): Field =>
  (value) => {
    const entries = isRecord(value) ? Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)) : [];
    return Buffer.concat(entries.map(([key, each]) => bytes(number, Buffer.concat([text(1)(key), content(each)]))));
  };

/** JSON that Go keeps as text. */
export const rawJson =
  (number: number): Field =>
  (value) =>
    bytes(number, bytes(1, Buffer.from(JSON.stringify(value ?? {}))));

/** Opens an object of `length` bytes: Kubernetes wraps it into a `runtime.Unknown`. Then come the bytes, then ENVELOPE_END. */
export const envelopeStart = (apiVersion: string, kind: string, length: number): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), bytes(1, Buffer.concat([text(1)(apiVersion), text(2)(kind)])), tag(2, BYTES), varint(length)]);

/** contentEncoding and contentType, both empty. */
export const ENVELOPE_END = Buffer.concat([text(3)(''), text(4)('')]);

/** What stands before the bytes of a field with so many of them. */
export function fieldStart(number: number, length: number): Buffer {
  return Buffer.concat([tag(number, BYTES), varint(length)]);
}

function bytes(number: number, content: Buffer): Buffer {
  return Buffer.concat([fieldStart(number, content.length), content]);
}

function tag(number: number, wire: number): Buffer {
  return varint((number << 3) | wire);
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return Buffer.from([...out, Number(rest)]);
}
