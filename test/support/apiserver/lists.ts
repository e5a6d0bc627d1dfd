import type { Json, JsonRecord } from '../../../src/model/json.ts';
import { type Exchange, PROTOBUF, refuse, send, sendBytes, statusOf } from './answer.ts';
import type { Collection, Form } from './collection.ts';
import type { ServedKind } from './kinds.ts';
import { LIST_ITEM, LIST_METADATA, encodeListMeta } from './pod-encoding.ts';
import { ENVELOPE_END, envelopeStart, fieldStart } from './protobuf.ts';
import { type FieldTerm, isSelectable, parseFieldSelector, parseLabelSelector } from './selectors.ts';

/** What a server does not know, though Kubernetes does. */
export type Knowledge = {
  /** Who asks for a Table first gets JSON, or 406. */
  readonly noTable?: 'json' | '406';
  readonly noProtobuf?: true;
  /** As before Kubernetes 1.28: the selector by spec.hostNetwork is refused; or worse, nobody notices it. */
  readonly noHostNetworkSelector?: '400' | 'ignored';
  readonly ignoreSelectors?: true;
  /** No list says how many items are left. */
  readonly noRemaining?: true;
  /** What it has in memory is older than what anybody has seen elsewhere. */
  readonly lagging?: true;
};

const VERSION = '987654';
const BLOCK = 128 * 1024;

/** A list of a kind, or a page of it. */
export async function sendList(
  exchange: Exchange,
  kind: ServedKind,
  version: string,
  namespace: string | undefined,
  knowledge: Knowledge,
): Promise<void> {
  const { searchParams } = exchange.url;
  const form = formFor(exchange, kind.collection, knowledge);
  if (form === undefined) return refuse(exchange, NOT_ACCEPTABLE);
  if (knowledge.lagging && searchParams.has('resourceVersion'))
    return refuse(exchange, statusOf(504, 'Timeout', 'Too large resource version: 987654, current: 987000'));
  const selection = selectionOf(searchParams, kind, namespace, knowledge);
  if (typeof selection === 'string') return refuse(exchange, statusOf(400, 'BadRequest', selection));
  const first = rowOfToken(searchParams.get('continue'));
  if (first === undefined) return refuse(exchange, statusOf(400, 'BadRequest', 'continue key is not valid'));
  const limit = Number(searchParams.get('limit') ?? 0) || Infinity;
  const { rows, next } = select(kind.collection, selection, first, limit);
  const countable = next !== undefined && !selection.selected && !knowledge.noRemaining;
  const metadata = {
    resourceVersion: VERSION,
    ...(next !== undefined && { continue: tokenOf(next) }),
    ...(countable && { remainingItemCount: restOf(kind.collection, selection, next) }),
  };
  return sendRows(exchange, kind, version, rows, form, metadata);
}

/** One object by itself. */
export async function sendObject(
  exchange: Exchange,
  { resource, builtIn, collection }: ServedKind,
  version: string,
  row: number,
  knowledge: Knowledge,
): Promise<void> {
  const form = formFor(exchange, collection, knowledge);
  if (form === undefined) return refuse(exchange, NOT_ACCEPTABLE);
  const bytes = Buffer.allocUnsafe(collection.length(row, form));
  collection.write(row, form, bytes, 0);
  const { kind } = resource;
  const apiVersion = apiVersionOf(resource, version);
  if (form === 'protobuf')
    return sendBytes(exchange, PROTOBUF, Buffer.concat([envelopeStart(apiVersion, kind, bytes.length), bytes, ENVELOPE_END]));
  if (form === 'json') {
    const type = Buffer.from(JSON.stringify({ kind, apiVersion }).replace(/\}$/, ','));
    return sendBytes(exchange, 'application/json', builtIn ? Buffer.concat([type, bytes.subarray(1)]) : bytes);
  }
  return sendFramed(exchange, collection, [row], form, tableFrame(collection, { resourceVersion: VERSION }));
}

const apiVersionOf = ({ group }: { readonly group: string }, version: string): string => (group === '' ? version : `${group}/${version}`);

const NOT_ACCEPTABLE = statusOf(406, 'NotAcceptable', 'only the following media types are accepted: application/json, …');

/** The form of the first media type that the server knows. */
function formFor({ accept, url }: Exchange, { forms }: Collection, knowledge: Knowledge): Form | undefined {
  const types = accept.split(',').map((type) => type.split(';').map((part) => part.trim()));
  if (knowledge.noTable === '406' && isTable(types[0]!)) return undefined;
  for (const type of types) {
    const form = isTable(type)
      ? knowledge.noTable === 'json'
        ? 'json'
        : url.searchParams.get('includeObject') === 'None'
          ? 'row'
          : 'row with metadata'
      : PLAIN[type.join(';')];
    if (form !== undefined && forms.has(form) && !(form === 'protobuf' && knowledge.noProtobuf)) return form;
  }
  return undefined;
}

const PLAIN: Readonly<Record<string, Form>> = {
  [PROTOBUF]: 'protobuf',
  'application/json': 'json',
  'application/*': 'json',
  '*/*': 'json',
};

const isTable = ([type, ...parameters]: readonly string[]): boolean =>
  type === 'application/json' && ['as=Table', 'g=meta.k8s.io'].every((wanted) => parameters.includes(wanted));

type Selection = {
  readonly fields: readonly FieldTerm[];
  readonly labels: ((labels: Readonly<Record<string, string>>) => boolean) | undefined;
  /** A selector was given: the server does not count what is left. */
  readonly selected: boolean;
};

/** What was asked for; a text where it cannot be. */
function selectionOf(
  query: URLSearchParams,
  { resource }: ServedKind,
  namespace: string | undefined,
  knowledge: Knowledge,
): Selection | string {
  const inNamespace: FieldTerm[] = namespace === undefined ? [] : [{ field: 'metadata.namespace', value: namespace, equal: true }];
  const fieldSelector = query.get('fieldSelector') ?? '';
  const labelSelector = query.get('labelSelector') ?? '';
  const selected = fieldSelector !== '' || labelSelector !== '';
  if (knowledge.ignoreSelectors) return { fields: inNamespace, labels: undefined, selected };
  const terms = parseFieldSelector(fieldSelector);
  const labels = labelSelector === '' ? undefined : parseLabelSelector(labelSelector);
  if (terms === undefined) return `invalid selector: '${fieldSelector}'; can't understand it`;
  if (labelSelector !== '' && labels === undefined) return 'unable to parse requirement';
  const hostNetwork = (field: string): boolean => field === 'spec.hostNetwork' && knowledge.noHostNetworkSelector !== undefined;
  const known = terms.filter(({ field }) => !(hostNetwork(field) && knowledge.noHostNetworkSelector === 'ignored'));
  const unknown = known.find(({ field }) => hostNetwork(field) || !isSelectable(resource.kind, field));
  if (unknown !== undefined) return `field label not supported: ${unknown.field}`;
  return { fields: [...inNamespace, ...known], labels, selected };
}

/** A page: its rows, and the row where the next one begins. */
function select(
  collection: Collection,
  selection: Selection,
  first: number,
  limit: number,
): { rows: readonly number[]; next: number | undefined } {
  const rows: number[] = [];
  for (const row of candidates(collection, selection)) {
    if (row < first || !fits(collection, selection, row)) continue;
    if (rows.length === limit) return { rows, next: row };
    rows.push(row);
  }
  return { rows, next: undefined };
}

function restOf(collection: Collection, selection: Selection, next: number): number {
  if (selection.fields.length === 0) return collection.size - next;
  return select(collection, selection, next, Infinity).rows.length;
}

function candidates(collection: Collection, { fields }: Selection): Iterable<number> {
  for (const { field, value, equal } of fields) {
    const found = equal ? collection.rowsWith?.(field, value) : undefined;
    if (found !== undefined) return found;
  }
  return Array(collection.size).keys();
}

const fits = (collection: Collection, { fields, labels }: Selection, row: number): boolean =>
  fields.every(({ field, value, equal }) => (collection.field(row, field) === value) === equal) &&
  (labels === undefined || labels(collection.labels(row)));

const tokenOf = (row: number): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: Number(VERSION), start: String(row) })).toString('base64url');

function rowOfToken(token: string | null): number | undefined {
  if (token === null || token === '') return 0;
  try {
    const { start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { start: string };
    return Number(start);
  } catch {
    return undefined;
  }
}

/** What stands before all rows, before each and after all. */
type Frame = {
  readonly contentType: string;
  readonly start: Buffer;
  readonly before: (row: number, index: number) => Buffer;
  readonly end: Buffer;
};

const NOTHING = Buffer.alloc(0);
const COMMA = Buffer.from(',');

function sendRows(
  exchange: Exchange,
  { resource, collection }: ServedKind,
  version: string,
  rows: readonly number[],
  form: Form,
  metadata: Json,
): Promise<void> {
  const apiVersion = apiVersionOf(resource, version);
  const kind = `${resource.kind}List`;
  const frame =
    form === 'protobuf'
      ? protobufListFrame(collection, rows, apiVersion, kind, metadata)
      : form === 'json'
        ? jsonFrame({ kind, apiVersion, metadata }, 'items')
        : tableFrame(collection, metadata);
  return sendFramed(exchange, collection, rows, form, frame);
}

/** Objects of some hundred sizes: their tags and lengths are made once. */
function protobufListFrame(collection: Collection, rows: readonly number[], apiVersion: string, kind: string, metadata: Json): Frame {
  const meta = encodeListMeta(metadata);
  const head = Buffer.concat([fieldStart(LIST_METADATA, meta.length), meta]);
  const starts = new Map<number, Buffer>();
  const before = (row: number): Buffer => {
    const length = collection.length(row, 'protobuf');
    const start = starts.get(length) ?? fieldStart(LIST_ITEM, length);
    starts.set(length, start);
    return start;
  };
  let total = head.length;
  for (const row of rows) total += before(row).length + collection.length(row, 'protobuf');
  return { contentType: PROTOBUF, start: Buffer.concat([envelopeStart(apiVersion, kind, total), head]), before, end: ENVELOPE_END };
}

const tableFrame = ({ columns }: Collection, metadata: Json): Frame =>
  jsonFrame({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: columns }, 'rows');

/** An object whose last field is a list of the rows. */
const jsonFrame = (object: JsonRecord, field: string): Frame => ({
  contentType: 'application/json',
  start: Buffer.from(`${JSON.stringify(object).slice(0, -1)},"${field}":[`),
  before: (_, index) => (index === 0 ? NOTHING : COMMA),
  end: Buffer.from(']}\n'),
});

async function sendFramed(
  exchange: Exchange,
  collection: Collection,
  rows: readonly number[],
  form: Form,
  { contentType, start, before, end }: Frame,
): Promise<void> {
  let length = start.length + end.length;
  for (const [index, row] of rows.entries()) length += before(row, index).length + collection.length(row, form);
  return send(exchange, contentType, length, async (write) => {
    let block = Buffer.allocUnsafeSlow(BLOCK);
    let used = start.copy(block);
    for (const [index, row] of rows.entries()) {
      const lead = before(row, index);
      const needed = lead.length + collection.length(row, form);
      if (used + needed > block.length) {
        await write(block.subarray(0, used));
        if (needed > block.length) block = Buffer.allocUnsafeSlow(needed);
        used = 0;
      }
      used += lead.copy(block, used);
      collection.write(row, form, block, used);
      used += needed - lead.length;
    }
    await write(block.subarray(0, used));
    await write(end);
  });
}
