import { type Json, text, time } from './json.ts';

/** The identity of an object in the API. */
export type ObjectMeta = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Milliseconds since the epoch. */
  readonly created: number | undefined;
  readonly deletion: number | undefined;
};

export const metaOf = (object: Json): ObjectMeta => ({
  namespace: text(object, 'metadata', 'namespace') ?? '',
  name: text(object, 'metadata', 'name') ?? '',
  uid: text(object, 'metadata', 'uid') ?? '',
  created: time(object, 'metadata', 'creationTimestamp'),
  deletion: time(object, 'metadata', 'deletionTimestamp'),
});
