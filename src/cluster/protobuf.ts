import { type Json, parseJson } from '../model/json.ts';

/**
 * What a field is. A message is read by its own schema, a `time` becomes milliseconds since the epoch, `labels` is a map of strings,
 * `quantities` one of resource quantities, `json` a message that holds JSON text. A `count` of zero is none, as JSON leaves it out.
 */
type FieldType = 'text' | 'int' | 'count' | 'bool' | 'time' | 'labels' | 'quantities' | 'json' | Schema;

/** The fields of a message worth reading, by number; all others are passed over unread. */
export type Schema = {
  readonly [field: number]: {
    /** Empty where the field is part of the object itself, as JSON has it. */
    readonly name: string;
    readonly type: FieldType;
    readonly repeated?: boolean;
    /** Read only where its bytes hold these. */
    readonly mentioning?: Buffer;
    /** Read only where its first field is this text: of a list, the one item that matters (fields stand in the order of their numbers). */
    readonly beginning?: string;
  };
};

/** Kubernetes writes this before every protobuf body; then comes a `runtime.Unknown`. */
export const MAGIC = Buffer.from('k8s\0');
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
/** Of `runtime.Unknown`: the object itself. */
export const RAW_FIELD = 2;

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** A place in a buffer, moved on by reading. */
export type Cursor = { at: number };

/** A number at the cursor; undefined when it goes on behind the end. Negative numbers keep their low 32 bits. */
export function readVarint(buffer: Buffer, cursor: Cursor, end: number): number | undefined {
  let value = 0;
  let scale = 1;
  let low = 0;
  for (let at = cursor.at, shift = 0; at < end; at++, shift += 7) {
    const byte = buffer[at]!;
    value += (byte & 127) * scale;
    scale *= 128;
    if (shift < 32) low |= (byte & 127) << shift;
    if (byte < 128) {
      cursor.at = at + 1;
      return shift >= 63 ? low : value;
    }
  }
  return undefined;
}

/** Whether bytes `from` to `to` hold a text. */
const mentions = (buffer: Buffer, from: number, to: number, text: Buffer): boolean => buffer.subarray(from, to).includes(text);

/** Reads a message as the object that its JSON would be, as far as the schema goes. */
export function decode(buffer: Buffer, start: number, end: number, schema: Schema): Record<string, Json> {
  const object: Record<string, Json> = {};
  const cursor = { at: start };
  while (cursor.at < end) {
    const tag = number(buffer, cursor, end);
    const field = schema[tag >>> 3];
    const wire = tag & 7;
    if (wire === BYTES) {
      const length = number(buffer, cursor, end);
      const from = cursor.at;
      cursor.at = from + length;
      if (cursor.at > end) throw broken();
      if (field !== undefined) put(object, field, buffer, from, cursor.at);
    } else if (wire === VARINT) {
      const value = number(buffer, cursor, end);
      if (field !== undefined && !(field.type === 'count' && value === 0)) object[field.name] = field.type === 'bool' ? value !== 0 : value;
    } else if (wire === FIXED64) cursor.at += 8;
    else if (wire === FIXED32) cursor.at += 4;
    else throw broken();
  }
  return object;
}

function put(object: Record<string, Json>, field: Schema[number], buffer: Buffer, from: number, to: number): void {
  const { name, type, mentioning, beginning } = field;
  if (mentioning && !mentions(buffer, from, to, mentioning)) return;
  if (beginning !== undefined && !begins(buffer, from, beginning)) return;
  if (type === 'labels' || type === 'quantities') {
    const { key = '' } = decode(buffer, from, to, ENTRY_KEY) as { key?: string };
    if (key === LAST_APPLIED) return;
    const { value } = decode(buffer, from, to, type === 'labels' ? ENTRY_VALUE : QUANTITY_VALUE) as { value?: string | { text?: string } };
    const entries = (object[name] ??= {}) as Record<string, string>;
    entries[key] = (typeof value === 'object' ? value.text : value) ?? '';
    return;
  }
  const value = valueOf(type, buffer, from, to);
  if (name === '') return void Object.assign(object, value);
  if (!field.repeated) object[name] = value;
  else if (object[name] === undefined) object[name] = [value];
  else (object[name] as Json[]).push(value);
}

const FIRST_TEXT = (1 << 3) | BYTES;

/** Whether a message begins with a text; one that begins with anything else may hold it as well. */
const begins = (buffer: Buffer, from: number, text: string): boolean =>
  buffer[from] !== FIRST_TEXT || (buffer[from + 1] === text.length && isAt(text, buffer, from + 2));

function valueOf(type: FieldType, buffer: Buffer, from: number, to: number): Json {
  if (type === 'text') return repeatingText(buffer, from, to);
  if (type === 'time') return timeOf(buffer, from, to);
  if (type === 'json') return parseJson((decode(buffer, from, to, RAW_TEXT) as { text?: string }).text);
  return decode(buffer, from, to, type as Schema);
}

const RAW_TEXT: Schema = { 1: { name: 'text', type: 'text' } };
const QUANTITY_VALUE: Schema = { 2: { name: 'value', type: RAW_TEXT } };
const ENTRY_KEY: Schema = { 1: { name: 'key', type: 'text' } };
const ENTRY_VALUE: Schema = { 2: { name: 'value', type: 'text' } };
/** The whole object once more, as somebody applied it: often half of a pod's text, and of no use. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const REPEATING = 48;
const SLOTS = 32_768;
const recent: string[] = Array<string>(SLOTS).fill('');

/** Short texts repeat (Running, Ready, app, the name of an image or a node): recent ones are found again instead of made again. `likely` is tried first. */
export function repeatingText(buffer: Buffer, from: number, to: number, likely = ''): string {
  const length = to - from;
  if (likely.length === length && isAt(likely, buffer, from)) return likely;
  if (length > REPEATING) return buffer.toString('utf8', from, to);
  let hash = length;
  for (let at = from; at < to; at++) {
    const byte = buffer[at]!;
    if (byte > 127) return buffer.toString('utf8', from, to);
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  const slot = (hash ^ (hash >>> 13)) & (SLOTS - 1);
  const candidate = recent[slot]!;
  if (candidate.length === length && isAt(candidate, buffer, from)) return candidate;
  return (recent[slot] = buffer.toString('latin1', from, to));
}

function isAt(text: string, buffer: Buffer, from: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== buffer[from + i]) return false;
  return true;
}

const TIME: Schema = { 1: { name: 'seconds', type: 'int' } };

/** An empty Time is no time. */
function timeOf(buffer: Buffer, from: number, to: number): number | undefined {
  const { seconds } = decode(buffer, from, to, TIME) as { seconds?: number };
  return seconds === undefined ? undefined : seconds * 1000;
}

function number(buffer: Buffer, cursor: Cursor, end: number): number {
  const value = readVarint(buffer, cursor, end);
  if (value === undefined) throw broken();
  return value;
}

export const broken = (): Error => new Error('the answer is no valid protobuf');

export const LIST_META: Schema = {
  2: { name: 'resourceVersion', type: 'text' },
  3: { name: 'continue', type: 'text' },
  4: { name: 'remainingItemCount', type: 'int' },
};

const STATUS: Schema = {
  1: { name: 'metadata', type: LIST_META },
  3: { name: 'message', type: 'text' },
  4: { name: 'reason', type: 'text' },
  5: {
    name: 'details',
    type: { 1: { name: 'name', type: 'text' }, 2: { name: 'group', type: 'text' }, 3: { name: 'kind', type: 'text' } },
  },
  6: { name: 'code', type: 'int' },
};

/** A Status as servers send it to those who asked for protobuf. */
export function decodeStatus(body: Buffer): Json {
  const cursor = { at: MAGIC.length };
  while (cursor.at < body.length) {
    const tag = number(body, cursor, body.length);
    const length = number(body, cursor, body.length);
    if (tag >>> 3 === RAW_FIELD) return decode(body, cursor.at, cursor.at + length, STATUS);
    cursor.at += length;
  }
  return undefined;
}
