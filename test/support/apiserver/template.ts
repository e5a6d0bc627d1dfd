import { type Json, type JsonRecord, parseJson, record, text } from '../../../src/model/json.ts';
import { type Collection, type Form, type Kind, formsOf, tableRow, withoutType } from './collection.ts';
import { encoderOf } from './encoders.ts';
import { printerOf } from './printers.ts';
import { selectableField } from './selectors.ts';

/**
 * Very many objects that differ in a few short texts of fixed length: names, addresses, uids. A template has a mark where such
 * a text belongs. An object's bytes in any form are the template's bytes with the marks painted over, so none need be kept.
 */
export type Family<Name extends string = string> = {
  readonly size: number;
  /** How long each text is. */
  readonly lengths: Readonly<Record<Name, number>>;
  readonly templates: readonly JsonRecord[];
  readonly templateOf: (index: number) => number;
  readonly textsOf: (index: number) => Readonly<Record<Name, string>>;
};

/** What to write into templates: a mark for each text, exactly as long. */
export function marksFor<Name extends string>(lengths: Readonly<Record<Name, number>>): Readonly<Record<Name, string>> {
  const entries = Object.entries<number>(lengths).map(([name, length], index) => [name, `~${letter(index)}`.padEnd(length, '=')]);
  return Object.fromEntries(entries) as Record<Name, string>;
}

const letter = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

/** An object of a family by itself. */
export function memberOf(family: Family, index: number): JsonRecord {
  const template = JSON.stringify(family.templates[family.templateOf(index)]);
  return record(parseJson(painted(template, family.textsOf(index), marksFor(family.lengths))));
}

function painted(template: string, texts: Readonly<Record<string, string>>, marks: Readonly<Record<string, string>>): string {
  return Object.entries(marks).reduce((result, [name, mark]) => result.replaceAll(mark, texts[name] ?? ''), template);
}

/** Bytes of a template, and where to paint: triples of a place in them, a place in the object's texts, and a length. */
type Stencil = { readonly bytes: Buffer; readonly places: Int32Array };

/** The members of a family in the order of namespace and name. `onNode` says which members are on a node. */
export function familyCollection(
  kind: Kind,
  family: Family,
  now: number,
  onNode?: (node: string) => readonly number[] | undefined,
): Collection {
  const { size, lengths, templates, templateOf } = family;
  const marks = marksFor(lengths);
  const names = Object.keys(lengths);
  const offsets = new Map<string, number>();
  const width = names.reduce((sum, name) => (offsets.set(name, sum), sum + lengths[name]!), 0);
  const texts = Buffer.alloc(size * width);
  const keyTemplates = templates.map((template) => keyOf(text(template, 'metadata', 'namespace'), text(template, 'metadata', 'name')));
  const keys: string[] = [];
  for (let index = 0; index < size; index++) {
    const own = family.textsOf(index);
    for (const name of names) {
      if (own[name]!.length !== lengths[name]) throw new Error(`${name} of object ${index} is not ${lengths[name]} letters long`);
      texts.write(own[name]!, index * width + offsets.get(name)!, 'latin1');
    }
    keys.push(painted(keyTemplates[templateOf(index)]!, own, marks));
  }
  const order = Uint32Array.from(keys.keys()).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  const rank = new Uint32Array(size);
  order.forEach((index, row) => (rank[index] = row));

  const printer = printerOf(kind);
  const encode = (template: JsonRecord, form: Form): Buffer => {
    if (form === 'protobuf') return encoderOf(kind)!(template);
    if (form === 'json') return Buffer.from(JSON.stringify(withoutType(template)));
    return tableRow(printer!.cells(template, now), template, form === 'row with metadata');
  };
  const stencil = (bytes: Buffer): Stencil => {
    const places = names.flatMap((name) => findAll(bytes, marks[name]!).flatMap((at) => [at, offsets.get(name)!, lengths[name]!]));
    return { bytes, places: Int32Array.from(places) };
  };
  const stencils: Record<Form, Stencil[]> = { json: [], protobuf: [], row: [], 'row with metadata': [] };
  const stencilOf = (index: number, form: Form): Stencil => {
    const template = templateOf(index);
    return (stencils[form][template] ??= stencil(encode(templates[template]!, form)));
  };
  const fieldTemplates = new Map<string, string[]>();
  const paint = (template: string, index: number): string =>
    template.includes('~') ? painted(template, family.textsOf(index), marks) : template;

  return {
    size,
    forms: formsOf(kind),
    columns: printer?.columns ?? [],
    find: (namespace, name) => search(keys, order, keyOf(namespace, name)),
    field: (row, field) => {
      const index = order[row]!;
      let known = fieldTemplates.get(field);
      if (known === undefined) fieldTemplates.set(field, (known = templates.map((template) => selectableField(template, field))));
      return paint(known[templateOf(index)]!, index);
    },
    labels: (row) => {
      const index = order[row]!;
      const labels: Json = parseJson(paint(JSON.stringify(record(templates[templateOf(index)], 'metadata', 'labels')), index));
      return labels as Record<string, string>;
    },
    length: (row, form) => stencilOf(order[row]!, form).bytes.length,
    write: (row, form, into, start) => {
      const index = order[row]!;
      const { bytes, places } = stencilOf(index, form);
      bytes.copy(into, start);
      const from = index * width;
      for (let i = 0; i < places.length; i += 3) {
        const to = start + places[i]!;
        const source = from + places[i + 1]!;
        for (let k = places[i + 2]! - 1; k >= 0; k--) into[to + k] = texts[source + k]!;
      }
    },
    rowsWith: (field, value) =>
      field === 'spec.nodeName'
        ? onNode?.(value)
            ?.map((index) => rank[index]!)
            .toSorted((a, b) => a - b)
        : undefined,
  };
}

const keyOf = (namespace = '', name = ''): string => `${namespace}/${name}`;

function findAll(bytes: Buffer, mark: string): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) found.push(at);
  return found;
}

function search(keys: readonly string[], order: Uint32Array, key: string): number | undefined {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[order[middle]!]! < key) low = middle + 1;
    else high = middle;
  }
  return keys[order[low]!] === key ? low : undefined;
}
