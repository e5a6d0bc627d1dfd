import type { Json } from '../model/json.ts';
import { BYTES, LIST_META, MAGIC, RAW_FIELD, type Schema, decode, readVarint } from './protobuf.ts';
import { type Sink, TransportError } from './request.ts';

/** Of every list. */
const METADATA_FIELD = 1;
const ITEMS_FIELD = 2;

/** Reads a list as its bytes arrive, item by item, each as far as the schema goes; `end` gives the list's metadata. */
export function protobufListSink(schema: Schema, onItem: (item: Json) => void): Sink<Json> {
  let metadata: Json;
  /** Bytes that are not read yet, and how many more they must become before reading on makes sense. */
  let rest: Buffer = Buffer.alloc(0);
  let waiting: Buffer[] = [];
  let missing = 0;
  /** Bytes of the list that are still to come; undefined before it begins. */
  let left: number | undefined;

  const write = (chunk: Buffer): void => {
    waiting.push(chunk);
    missing -= chunk.length;
    if (missing > 0) return;
    rest = waiting.length === 1 && rest.length === 0 ? chunk : Buffer.concat([rest, ...waiting]);
    waiting = [];
    const cursor = { at: 0 };
    left ??= listLength(rest, cursor);
    while (left !== undefined && left > 0 && readField(cursor));
    rest = left === 0 ? Buffer.alloc(0) : rest.subarray(cursor.at);
    if (missing < 0) missing = 0;
  };

  /** Reads one field of the list; false when it has not arrived as a whole. */
  const readField = (cursor: { at: number }): boolean => {
    const start = cursor.at;
    const tag = readVarint(rest, cursor, rest.length);
    const length = tag === undefined ? undefined : readVarint(rest, cursor, rest.length);
    const whole = length !== undefined && cursor.at + length <= rest.length;
    if (!whole) {
      if (length !== undefined) missing = cursor.at + length - rest.length;
      cursor.at = start;
      return false;
    }
    const from = cursor.at;
    cursor.at += length;
    if (tag === ((ITEMS_FIELD << 3) | BYTES)) onItem(decode(rest, from, cursor.at, schema));
    else if (tag === ((METADATA_FIELD << 3) | BYTES)) metadata = decode(rest, from, cursor.at, LIST_META);
    left! -= cursor.at - start;
    return true;
  };

  return {
    write,
    end: () => {
      if (left !== 0) throw new TransportError('truncated', 'the answer ended in the middle');
      return { metadata };
    },
  };
}

/** The length of the list that begins at the cursor afterwards; undefined while its beginning has not arrived. */
function listLength(buffer: Buffer, cursor: { at: number }): number | undefined {
  if (buffer.length < MAGIC.length) return undefined;
  const here = { at: MAGIC.length };
  for (;;) {
    const tag = readVarint(buffer, here, buffer.length);
    const length = tag === undefined ? undefined : readVarint(buffer, here, buffer.length);
    if (tag === undefined || length === undefined) return undefined;
    if (tag >>> 3 === RAW_FIELD) {
      cursor.at = here.at;
      return length;
    }
    here.at += length;
  }
}
