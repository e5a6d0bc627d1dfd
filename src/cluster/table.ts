import { type Json, list, text } from '../model/json.ts';
import type { ListDecoder } from './list.ts';
import { type Sink, TransportError } from './request.ts';

/** What came is no Table as it is known here: nothing may be concluded from it. */
export class StrangeTable extends Error {}

/**
 * Rows without objects: a thirtieth of the bytes, a seventh of the server's work (k8s.io/apiserver endpoints/handlers/response.go). Columns
 * are found by their names, which no version has changed so far; where one is missing, nothing is read. `readerOf` makes what reads the rows
 * of one list: it asks for the words of a row by their columns, and gets an empty one for `<none>`.
 */
export const tableOf = <Column extends string, Row>(
  columns: readonly Column[],
  readerOf: () => (word: (column: Column) => string) => Row,
): ListDecoder<Row> => ({
  accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
  open: (onRow, _contentType, onMetadata) => tableSink((head) => rowReader(head, columns, readerOf()), onRow, onMetadata),
});

const NO_VALUE = '<none>';

function rowReader<Column extends string, Row>(
  head: Json,
  columns: readonly Column[],
  read: (word: (column: Column) => string) => Row,
): (row: Json) => Row {
  const names = list(head, 'columnDefinitions').map((column) => text(column, 'name'));
  const places = new Map(columns.map((column) => [column, names.indexOf(column)]));
  if ([...places.values()].includes(-1)) throw new StrangeTable(`the Table has no columns ${columns.join(', ')}, but ${names.join(', ')}`);
  let cells: readonly unknown[] = [];
  const word = (column: Column): string => {
    const value = cells[places.get(column)!];
    if (typeof value !== 'string') throw new StrangeTable(`a cell is no text, but ${JSON.stringify(value)}`);
    return value === NO_VALUE ? '' : value;
  };
  return (row) => {
    ({ cells } = row as { cells: unknown[] });
    return read(word);
  };
}

const TABLE = '"kind":"Table"';
const ROWS = '"rows":[';
/** Between two rows. In a string its quotes would be escaped, so it stands nowhere else. */
const BETWEEN = '},{"cells":[';
/** So many bytes are parsed at once. */
const PIECE = 128 * 1024;

/** Reads a Table as its bytes arrive, many rows at once; `end` gives the list's metadata. */
function tableSink<Row>(
  readerOf: (head: Json) => (row: Json) => Row,
  onRow: (row: Row) => void,
  onMetadata?: (list: Json) => void,
): Sink<Json> {
  let head: Json;
  let read: ((row: Json) => Row) | undefined;
  let waiting: Buffer[] = [];
  let size = 0;
  const hand = (rows: readonly Json[]): void => {
    for (const row of rows) onRow(read!(row));
  };

  const parse = (): void => {
    let body = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting);
    if (read === undefined) {
      // Who ignores the wish for a Table sends all pods in full: no more than the first piece of that.
      if (!body.includes(TABLE)) throw new StrangeTable('the server sends no Table');
      const rows = body.indexOf(ROWS);
      if (rows < 0) throw new StrangeTable('the Table does not begin with its columns');
      head = JSON.parse(`${body.toString('utf8', 0, rows)}${ROWS}]}`);
      read = readerOf(head);
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
