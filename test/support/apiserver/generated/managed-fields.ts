import { type JsonRecord, at } from '../../../../src/model/json.ts';

/** Who wrote which fields, as the server keeps it. */
export const managed = (manager: string, time: string, written: JsonRecord, subresource?: string): JsonRecord => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  time,
  fieldsType: 'FieldsV1',
  fieldsV1: fieldsOf(written),
  ...(subresource !== undefined && { subresource }),
});

/** The keys by which the server tells the items of its lists apart. */
const ITEM_KEYS = ['uid', 'name', 'type', 'ip'] as const;

/** How deep it looks; what is below counts as one. */
const DEPTH = 4;

function fieldsOf(value: unknown, depth = DEPTH): JsonRecord {
  if (typeof value !== 'object' || value === null || depth === 0) return {};
  if (!Array.isArray(value)) {
    const defined = Object.entries(value).filter(([, each]) => each !== undefined);
    return Object.fromEntries(defined.map(([key, each]) => [`f:${key}`, fieldsOf(each, depth - 1)]));
  }
  const items = value.map((item: unknown): [string, JsonRecord] => {
    const key = ITEM_KEYS.find((candidate) => at(item, candidate) !== undefined);
    if (key === undefined) return [`v:${JSON.stringify(item)}`, {}];
    return [`k:${JSON.stringify({ [key]: at(item, key) })}`, { '.': {}, ...fieldsOf(item, depth - 1) }];
  });
  return { '.': {}, ...Object.fromEntries(items) };
}
