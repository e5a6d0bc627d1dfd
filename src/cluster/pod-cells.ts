import { canonicalAddress } from '../ip/address.ts';
import { type Json, list, text } from '../model/json.ts';
import type { ListDecoder } from './list.ts';
import { type Sink, TransportError } from './request.ts';

/** What the row of one pod says, as `kubectl get pods -o wide` shows it. */
export type Cells = {
  readonly name: string;
  /** The STATUS column: a word made of phase, reason and containers. */
  readonly status: string;
  /** Canonical; undefined while the pod has none. */
  readonly ip: string | undefined;
  /** Empty while the pod is not scheduled. */
  readonly node: string;
};

/** What came is no Table of pods as it is known here: nothing may be concluded from it. */
export class StrangeTable extends Error {}

/** Rows without objects: a thirtieth of the bytes, a seventh of the server's work (k8s.io/apiserver endpoints/handlers/response.go). */
export const POD_CELLS: ListDecoder<Cells> = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1', open: tableSink };

const TABLE = '"kind":"Table"';
const ROWS = '"rows":[';
/** Between two rows. In a string its quotes would be escaped, so it stands nowhere else. */
const BETWEEN = '},{"cells":[';
/** So many bytes are parsed at once. */
const PIECE = 128 * 1024;

/** Reads a Table as its bytes arrive, many rows at once; `end` gives the list's metadata. */
function tableSink(onCells: (cells: Cells) => void, _contentType: string, onMetadata?: (list: Json) => void): Sink<Json> {
  let head: Json;
  let read: ((row: Json) => Cells) | undefined;
  let waiting: Buffer[] = [];
  let size = 0;
  const hand = (rows: readonly Json[]): void => {
    for (const row of rows) onCells(read!(row));
  };

  const parse = (): void => {
    let body = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting);
    if (read === undefined) {
      // Who ignores the wish for a Table sends all pods in full: no more than the first piece of that.
      if (!body.includes(TABLE)) throw new StrangeTable('the server sends no Table');
      const rows = body.indexOf(ROWS);
      if (rows < 0) throw new StrangeTable('the Table does not begin with its columns');
      head = JSON.parse(`${body.toString('utf8', 0, rows)}${ROWS}]}`);
      read = rowReader(head);
      onMetadata?.(head);
      body = body.subarray(rows + ROWS.length);
    }
    const last = body.lastIndexOf(BETWEEN);
    if (last >= 0) hand(JSON.parse(`[${body.toString('utf8', 0, last + 1)}]`) as Json[]);
    waiting = [last < 0 ? body : body.subarray(last + 2)];
    size = waiting[0]!.length;
  };

  return {
    write: (chunk) => {
      waiting.push(chunk);
      size += chunk.length;
      if (size >= PIECE) parse();
    },
    end: () => {
      parse();
      try {
        hand(list(JSON.parse(`{${ROWS}${waiting[0]!.toString('utf8')}`), 'rows'));
      } catch (error) {
        if (error instanceof SyntaxError) throw new TransportError('truncated', 'the answer ended in the middle');
        throw error;
      }
      return head;
    },
  };
}

const NO_VALUE = '<none>';

/** Columns are found by their names, which no version has changed so far; where one is missing, nothing is read. */
function rowReader(head: Json): (row: Json) => Cells {
  const names = list(head, 'columnDefinitions').map((column) => text(column, 'name'));
  const [name, status, ip, node] = ['Name', 'Status', 'IP', 'Node'].map((wanted) => names.indexOf(wanted)) as [
    number,
    number,
    number,
    number,
  ];
  if ([name, status, ip, node].includes(-1))
    throw new StrangeTable(`the Table has no columns Name, Status, IP, Node, but ${names.join(', ')}`);
  // Nodes and words repeat: one copy of each.
  const copies = new Map<string, string>();
  const one = (text: string): string => copies.get(text) ?? (copies.set(text, text), text);
  return (row) => {
    const { cells } = row as { cells: unknown[] };
    const word = (at: number): string => {
      const value = cells[at];
      if (typeof value !== 'string') throw new StrangeTable(`a cell is no text, but ${JSON.stringify(value)}`);
      return value === NO_VALUE ? '' : value;
    };
    const address = word(ip);
    const canonical = canonicalAddress(address);
    if (address !== '' && canonical === undefined)
      throw new StrangeTable(`the cell of the address holds ${JSON.stringify(address.slice(0, 60))}`);
    return { name: word(name), status: one(word(status)), ip: canonical, node: one(word(node)) };
  };
}
