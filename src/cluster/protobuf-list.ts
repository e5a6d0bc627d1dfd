import type { Json } from '../model/json.ts';
import { BYTES, LIST_META, MAGIC, RAW_FIELD, type Schema, decode, readVarint } from './protobuf.ts';
import { type Sink, TransportError } from './request.ts';

/** Of every list. */
const METADATA_FIELD = 1;
const ITEMS_FIELD = 2;

/** Reads a list as its bytes arrive, item by item, each as far as the schema goes. */
export const protobufListSink = (schema: Schema, onItem: (item: Json) => void, onMetadata?: (list: Json) => void): Sink<Json> =>
  encodedListSink((bytes, from, to) => onItem(decode(bytes, from, to, schema)), onMetadata);

/**
 * Gives where each item of a list lies in the bytes that have arrived, which are good for the moment only. The list's metadata comes
 * first: `onMetadata` gets it then, `end` gives it again.
 */
export function encodedListSink(onItem: (bytes: Buffer, from: number, to: number) => void, onMetadata?: (list: Json) => void): Sink<Json> {
  let metadata: Json;
  /** Bytes that are not read yet: one buffer, filled and emptied again, since a list may have a gigabyte. */
  let bytes = Buffer.allocUnsafe(PIECE);
  let length = 0;
  /** So many there must be before reading on makes sense. */
  let wanted = PIECE / 2;
  /** Bytes of the list that are still to come; undefined before it begins. */
  let left: number | undefined;

  const write = (chunk: Buffer): void => {
    if (length + chunk.length > bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (length + chunk.length));
      bytes.copy(larger, 0, 0, length);
      bytes = larger;
    }
    length += chunk.copy(bytes, length);
    if (length >= wanted) read();
  };

  const read = (): void => {
    const cursor = { at: 0 };
    left ??= listLength(bytes, length, cursor);
    wanted = PIECE / 2;
    while (left !== undefined && left > 0 && readField(cursor));
    bytes.copyWithin(0, cursor.at, length);
    length -= cursor.at;
  };

  /** Reads one field of the list; false when it has not arrived as a whole. */
  const readField = (cursor: { at: number }): boolean => {
    const start = cursor.at;
    const tag = readVarint(bytes, cursor, length);
    const size = tag === undefined ? undefined : readVarint(bytes, cursor, length);
    const from = cursor.at;
    if (size === undefined || from + size > length) {
      if (size !== undefined) wanted = Math.max(wanted, from + size - start);
      cursor.at = start;
      return false;
    }
    cursor.at = from + size;
    if (tag === ((ITEMS_FIELD << 3) | BYTES)) onItem(bytes, from, cursor.at);
    else if (tag === ((METADATA_FIELD << 3) | BYTES)) {
      metadata = decode(bytes, from, cursor.at, LIST_META);
      onMetadata?.({ metadata });
    }
    left! -= cursor.at - start;
    return true;
  };

  return {
    copies: true,
    write,
    end: () => {
      read();
      if (left !== 0) throw new TransportError('truncated', 'the answer ended in the middle');
      return { metadata };
    },
  };
}

/** So many bytes are read at once. */
const PIECE = 256 * 1024;

/** The length of the list that begins at the cursor afterwards; undefined while its beginning has not arrived. */
function listLength(buffer: Buffer, end: number, cursor: { at: number }): number | undefined {
  if (end < MAGIC.length) return undefined;
  const here = { at: MAGIC.length };
  for (;;) {
    const tag = readVarint(buffer, here, end);
    const length = tag === undefined ? undefined : readVarint(buffer, here, end);
    if (tag === undefined || length === undefined) return undefined;
    if (tag >>> 3 === RAW_FIELD) {
      cursor.at = here.at;
      return length;
    }
    here.at += length;
  }
}
