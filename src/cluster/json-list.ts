import { type Json, record } from '../model/json.ts';
import { type Sink, TransportError } from './request.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const ITEMS_KEY = /"items"\s*:\s*$/;

/**
 * Reads a List as its bytes arrive: finds where each element of the top-level `items` begins and ends, parses those that have arrived
 * whole, hands them on and forgets them. `onMetadata` gets what stands before the items; `end` gives what stands around them.
 */
export function jsonListSink(onItem: (item: Json) => void, onMetadata?: (list: Json) => void): Sink<Json> {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let inItems = false;
  /** Everything but the items, and the bytes of an unfinished item from former chunks. */
  let envelope = '';
  let pending: Buffer[] = [];

  const write = (chunk: Buffer): void => {
    /** Where the stretch of envelope that is being read begins; the item that is open; the items that are whole in this chunk, from and to. */
    let start = 0;
    let open = 0;
    let from = -1;
    let to = -1;
    const flush = (): void => {
      if (to > from) for (const item of JSON.parse(`[${chunk.toString('utf8', from, to)}]`) as Json[]) onItem(item);
    };
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (inItems && depth === 2) {
          open = i;
          if (from < 0) from = i;
        } else if (!inItems && depth === 1 && byte === OPEN_BRACKET) {
          const before = envelope + chunk.toString('utf8', start, i);
          if (ITEMS_KEY.test(before)) {
            envelope = `${before}[`;
            inItems = true;
            onMetadata?.(JSON.parse(`${envelope}]}`));
          }
        }
        depth++;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth--;
        if (inItems && depth === 2) {
          if (pending.length === 0) to = i + 1;
          else {
            onItem(JSON.parse(Buffer.concat([...pending, chunk.subarray(0, i + 1)]).toString('utf8')));
            pending = [];
          }
        } else if (inItems && depth === 1) {
          flush();
          inItems = false;
          start = i;
        }
      }
    }
    if (!inItems) envelope += chunk.toString('utf8', start);
    else {
      flush();
      if (depth > 2) pending.push(chunk.subarray(pending.length > 0 ? 0 : open));
    }
  };

  return {
    write,
    end: () => {
      if (depth !== 0 || envelope === '') throw new TransportError('truncated', 'the answer ended in the middle');
      return record(JSON.parse(envelope));
    },
  };
}
