import { type Json, text, time } from './json.ts';

/** Names one object. */
export type ObjectRef = { readonly kind: string; readonly namespace?: string; readonly name: string };

/** `pod/shop/cart-x2k4p`, `node/node-a`: how evidence points at its source. */
export const refText = (ref: ObjectRef): string => [ref.kind.toLowerCase(), ref.namespace, ref.name].filter(Boolean).join('/');

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
