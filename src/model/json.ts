/**
 * Reading JSON whose shape nobody guarantees: custom resources of unknown versions, hand-edited files, annotations.
 * Every function answers undefined (or an empty list) for a value of another type; none throws.
 */
export type Json = unknown;
export type JsonRecord = Readonly<Record<string, unknown>>;

export const isRecord = (value: Json): value is JsonRecord => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path of keys, or undefined where the path ends early. */
export function at(value: Json, ...path: string[]): Json {
  let here = value;
  for (let i = 0; i < path.length; i++) {
    const key = path[i]!;
    if (!isRecord(here) || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here;
}

export function text(value: Json, ...path: string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** A number, also one written as a string (Kube-OVN and Terway serialise big numbers so). */
export function number(value: Json, ...path: string[]): number | undefined {
  const found = at(value, ...path);
  const parsed = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined;
}

/** A truth value, also one written as a string (Calico's BlockAffinity.spec.deleted is "true" in one API group and true in the other). */
export function flag(value: Json, ...path: string[]): boolean | undefined {
  const found = at(value, ...path);
  if (typeof found === 'boolean') return found;
  return found === 'true' ? true : found === 'false' ? false : undefined;
}

export function list(value: Json, ...path: string[]): readonly Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export const texts = (value: Json, ...path: string[]): string[] =>
  list(value, ...path).filter((item): item is string => typeof item === 'string');

export function record(value: Json, ...path: string[]): JsonRecord {
  const found = at(value, ...path);
  return isRecord(found) ? found : {};
}

/** The string entries of a record, such as labels, annotations or the data of a ConfigMap. */
export function textRecord(value: Json, ...path: string[]): Record<string, string> {
  const entries = Object.entries(record(value, ...path)).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(entries);
}

/** Milliseconds since the epoch of an RFC 3339 time, or undefined. A binary format has them at hand. */
export function time(value: Json, ...path: string[]): number | undefined {
  const found = at(value, ...path);
  if (typeof found === 'number') return found;
  if (typeof found !== 'string') return undefined;
  const parsed = Date.parse(found);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** JSON inside a string, as annotations and ConfigMaps hold it; undefined when it is broken. */
export function parseJson(value: Json): Json {
  if (typeof value !== 'string' || value === '') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
