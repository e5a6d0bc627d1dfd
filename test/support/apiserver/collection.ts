import { type Json, type JsonRecord, at, record, text, textRecord } from '../../../src/model/json.ts';
import { encoderOf } from './encoders.ts';
import { type Column, podConditions } from './pod-printer.ts';
import { printerOf } from './printers.ts';
import { selectableField } from './selectors.ts';

/** How an object can be sent: as JSON or protobuf, or as the row of a Table, with its metadata or without. */
export type Form = 'json' | 'protobuf' | 'row' | 'row with metadata';

/** The objects of one kind as a server holds them, in the order of namespace and name. */
export type Collection = {
  readonly size: number;
  readonly forms: ReadonlySet<Form>;
  /** Of the Table. */
  readonly columns: readonly Column[];
  readonly find: (namespace: string, name: string) => number | undefined;
  readonly field: (row: number, field: string) => string;
  readonly labels: (row: number) => Readonly<Record<string, string>>;
  /** Bytes of an object in a form. */
  readonly length: (row: number, form: Form) => number;
  /** Puts these bytes into a buffer that has room for them. */
  readonly write: (row: number, form: Form, into: Buffer, start: number) => void;
  /** The only rows that can have this value, where the collection keeps an index. */
  readonly rowsWith?: (field: string, value: string) => readonly number[] | undefined;
};

export type Kind = {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Items of built-in kinds come without apiVersion and kind. */
  readonly builtIn: boolean;
};

/** New names of Table columns; a column without a name is left out. */
export type Renamed = Readonly<Record<string, string>>;

/** Objects as they are in memory; of two with one name the last one counts. */
export function objectCollection(kind: Kind, objects: readonly JsonRecord[], now: number, renamed: Renamed = {}): Collection {
  const byKey = new Map(objects.map((object) => [keyOf(text(object, 'metadata', 'namespace'), text(object, 'metadata', 'name')), object]));
  const keys = [...byKey.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  const rows = keys.map((key) => byKey.get(key)!);
  const rowOf = new Map(keys.map((key, row) => [key, row]));
  const printer = printerOf(kind);
  const columns = printer?.columns ?? [];
  const kept = columns.map(({ name }, index) => ({ index, name: renamed[name] ?? name })).filter(({ name }) => name !== '');
  const cache = new Map<string, Buffer>();
  const encode = (object: JsonRecord, form: Form): Buffer => {
    if (form === 'protobuf') return encoderOf(kind)!(object);
    if (form === 'json') return Buffer.from(JSON.stringify(kind.builtIn ? withoutType(object) : object));
    const all = printer!.cells(object, now);
    return tableRow(
      kept.map(({ index }) => all[index]),
      object,
      form === 'row with metadata',
    );
  };
  const bytes = (row: number, form: Form): Buffer => {
    const key = `${form} ${row}`;
    const known = cache.get(key) ?? encode(rows[row]!, form);
    cache.set(key, known);
    return known;
  };
  return {
    size: rows.length,
    forms: formsOf(kind),
    columns: kept.map(({ index, name }) => ({ ...columns[index]!, name })),
    find: (namespace, name) => rowOf.get(keyOf(namespace, name)),
    field: (row, field) => selectableField(rows[row], field),
    labels: (row) => textRecord(rows[row], 'metadata', 'labels'),
    length: (row, form) => bytes(row, form).length,
    write: (row, form, into, start) => void bytes(row, form).copy(into, start),
  };
}

export function formsOf(kind: Kind): ReadonlySet<Form> {
  const forms = new Set<Form>(['json']);
  if (encoderOf(kind)) forms.add('protobuf');
  if (printerOf(kind)) forms.add('row').add('row with metadata');
  return forms;
}

/** A row as Go writes it: `object` is null where it was not asked for. */
export function tableRow(cells: readonly Json[], pod: JsonRecord, withMetadata: boolean): Buffer {
  const conditions = podConditions(pod);
  const metadata = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: at(pod, 'metadata') };
  return Buffer.from(JSON.stringify({ cells, ...(conditions && { conditions }), object: withMetadata ? metadata : null }));
}

const keyOf = (namespace = '', name = ''): string => `${namespace}/${name}`;

export function withoutType(object: JsonRecord): JsonRecord {
  const { apiVersion: _, kind: __, ...rest } = record(object);
  return rest;
}
