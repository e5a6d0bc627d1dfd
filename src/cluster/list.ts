import { type Json, isRecord, text } from '../model/json.ts';
import { readPodObject } from '../model/pod-object.ts';
import type { PodDraft } from '../model/pod-rows.ts';
import { readEncodedPod } from './encoded-pod.ts';
import type { Freshness } from './freshness.ts';
import { jsonListSink } from './json-list.ts';
import { POD } from './pod-schema.ts';
import { encodedListSink, protobufListSink } from './protobuf-list.ts';
import { PROTOBUF, type Schema } from './protobuf.ts';
import { type Get, HttpError, type Requester, type Sink } from './request.ts';

/** How the items of a list are decoded: what to ask for, and a sink for what comes, which gives the list's metadata. */
export type ListDecoder<Item = Json> = {
  readonly accept: string;
  /** `onMetadata` hears what is known of the list before its items come. */
  readonly open: (onItem: (item: Item) => void, contentType: string, onMetadata?: (list: Json) => void) => Sink<Json>;
};

export const JSON_LIST: ListDecoder = {
  accept: 'application/json',
  open: (onItem, _contentType, onMetadata) => jsonListSink(onItem, onMetadata),
};

/** Objects as protobuf, as far as a schema goes: a third of the server's work and a tenth of ours. Who knows no protobuf answers in JSON. */
export const briefList = (schema: Schema): ListDecoder => ({
  accept: `${PROTOBUF},application/json`,
  open: (onItem, contentType, onMetadata) =>
    contentType.startsWith(PROTOBUF)
      ? protobufListSink(schema, onItem, onMetadata)
      : jsonListSink((item) => onItem(within(item, schema)), onMetadata),
});

export const POD_LIST: ListDecoder = briefList(POD);

/** A pod as a function that reads it into a draft: to be called at once, while its bytes are there. */
export type UnreadPod = (draft: PodDraft) => boolean;

/** As POD_LIST, of hundreds of thousands of pods: without an object for each. */
export const PODS_IN_PLACE: ListDecoder<UnreadPod> = {
  accept: POD_LIST.accept,
  open: (onItem, contentType, onMetadata) =>
    contentType.startsWith(PROTOBUF)
      ? encodedListSink((bytes, from, to) => onItem((draft) => readEncodedPod(bytes, from, to, draft)), onMetadata)
      : jsonListSink((pod) => onItem((draft) => readPodObject(pod, draft)), onMetadata),
};

/** What a schema names of an object that came as JSON. */
function within(value: Json, schema: Schema): Json {
  if (!isRecord(value)) return value;
  const kept: Record<string, Json> = {};
  for (const { name, type } of Object.values(schema)) {
    const found = value[name];
    if (found === undefined) continue;
    if (typeof type === 'string') kept[name] = found;
    else kept[name] = Array.isArray(found) ? found.map((item) => within(item, type)) : within(found, type);
  }
  return kept;
}

export type ListRequest<Item = Json> = {
  /** Path of the collection, and its selectors. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Items in a page; Infinity for the whole list at once. */
  readonly limit: number;
  readonly about: string;
  readonly decoder: ListDecoder<Item>;
  /** A page begins, perhaps again after it was cut. */
  readonly begin: () => void;
  readonly add: (item: Item) => void;
  /** The page is whole. */
  readonly commit: () => void;
  /** The list is read from its beginning again: forget all pages. */
  readonly restart: () => void;
  readonly onWarning: (line: string) => void;
  /** Compressed even where the server is near. */
  readonly compressed?: boolean;
  /** Other lists wait for it. */
  readonly urgent?: true;
  /** How new it has to be; without it the newest there is. */
  readonly freshness?: Freshness;
  /** Its head has come: from then on the server has made up its mind which objects are in it. */
  readonly onHead?: () => void;
};

const SMALLEST_PAGE = 250;
/** What is asked for where the whole list at once did not arrive. */
const LARGEST_PAGE = 5000;
/** Pages that a server still serves from etcd while its cache fills. */
const MODEST_PAGE = 500;

/**
 * Reads a whole list, page by page; each page is asked for when the one before begins to arrive, and taken when that is whole.
 * Rejects with what made a page fail for good.
 */
export async function readList<Item>(requester: Requester, list: ListRequest<Item>): Promise<void> {
  let token = '';
  let limit = list.limit;
  let restarted = false;
  let next: Ahead | undefined;
  // A server that cuts an answer (after a minute, say) gets asked for less from then on.
  const sizes = (): ((cuts: number) => number) => {
    let seen = 0;
    return (cuts) => {
      for (; seen < cuts; seen++) limit = smaller(limit);
      return limit;
    };
  };
  const onMetadata = (head: Json): void => {
    list.freshness?.note(head);
    list.onHead?.();
    const following = text(head, 'metadata', 'continue') ?? '';
    if (following !== '' && !requester.askedAhead) next = ahead(following);
  };
  const ahead = (following: string): Ahead => {
    const { promise: wanted, resolve, reject } = Promise.withResolvers<void>();
    requester.askedAhead = true;
    const page = requester.get({ ...pageOf(list, following, sizes(), onMetadata), wanted });
    for (const promise of [page, wanted]) promise.catch(() => {});
    const settle = (act: () => void): void => {
      requester.askedAhead = false;
      act();
    };
    return { token: following, page, take: () => settle(resolve), drop: () => settle(() => reject(new UnwantedError())) };
  };
  for (;;) {
    try {
      const current = next?.token === token ? next : undefined;
      if (current === undefined) next?.drop();
      next = undefined;
      current?.take();
      const meta = await (current?.page ?? requester.get(pageOf(list, token, sizes(), onMetadata)));
      list.commit();
      token = text(meta, 'metadata', 'continue') ?? '';
      if (token === '') return;
    } catch (error) {
      next?.drop();
      next = undefined;
      if (!(error instanceof HttpError)) throw error;
      if (error.status === 429 && limit > MODEST_PAGE) {
        limit = MODEST_PAGE;
        list.onWarning(`${list.about}: the server is busy (${error.message}); going on with pages of ${limit}`);
      } else if (error.status === 410 && token !== '') {
        const inconsistent = text(error.body, 'metadata', 'continue');
        if (restarted && inconsistent === undefined) throw error;
        if (restarted)
          list.onWarning(
            `${list.about}: the list expired twice while it was read; going on with the server's present state, so a change in between may show twice or not at all`,
          );
        else list.onWarning(`${list.about}: the list expired while it was read; starting over`);
        if (!restarted) list.restart();
        token = restarted ? inconsistent! : '';
        restarted = true;
      } else throw error;
    }
  }
}

/** What takes items at its end, and leaves those from a length on away, as an array does. */
export type Collected<Item> = { length: number; readonly push: (item: Item) => unknown };

/** A whole list into `found`, which is empty. `onProgress` hears how many there are now and then. */
export async function collectList<Item, Found extends Collected<Item>>(
  requester: Requester,
  list: Omit<ListRequest<Item>, 'begin' | 'add' | 'commit' | 'restart'>,
  found: Found,
  onProgress?: (count: number) => void,
): Promise<Found> {
  /** Of pages that are whole. */
  let count = 0;
  await readList(requester, {
    ...list,
    begin: () => (found.length = count),
    add: (item) => {
      found.push(item);
      if (found.length % SOME === 0) onProgress?.(found.length);
    },
    commit: () => (count = found.length),
    restart: () => (count = 0),
  });
  return found;
}

const SOME = 2000;

/** A page that was asked for before its turn: to be taken when the one before is whole, or dropped when that failed. */
type Ahead = { readonly token: string; readonly page: Promise<Json>; readonly take: () => void; readonly drop: () => void };

class UnwantedError extends Error {}

/** Reads no more than the first page, whatever comes after; gives the list's metadata. */
export async function readFirstPage(requester: Requester, list: ListRequest): Promise<Json> {
  const meta = await requester.get(pageOf(list, '', () => list.limit));
  list.freshness?.note(meta);
  list.commit();
  return meta;
}

const smaller = (limit: number): number => (limit === Infinity ? LARGEST_PAGE : Math.max(Math.min(SMALLEST_PAGE, limit), limit >> 1));

function pageOf<Item>(
  list: ListRequest<Item>,
  token: string,
  sizeAfter: (cuts: number) => number,
  onMetadata?: (list: Json) => void,
): Get<Json> {
  return {
    about: list.about,
    accept: list.decoder.accept,
    ...(list.compressed && { compressed: true }),
    ...(list.urgent && { urgent: true }),
    path: (cuts, attempt) => {
      const size = sizeAfter(cuts);
      const limited = size !== Infinity && { limit: String(size) };
      if (attempt > 1) list.freshness?.refuse();
      // Pages have a state of their own.
      const fresh = size === Infinity && token === '' && list.freshness?.query;
      const query = new URLSearchParams({ ...list.query, ...limited, ...fresh, ...(token && { continue: token }) }).toString();
      return query === '' ? list.path : `${list.path}?${query}`;
    },
    open: (contentType) => {
      list.begin();
      return list.decoder.open(list.add, contentType, onMetadata);
    },
  };
}
