import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../model/failure.ts';
import { type Json, isRecord, record, text } from '../model/json.ts';
import { type FirstLook, type ListNeed, type LogNeed, type Need, wholeOf } from '../model/need.ts';
import type { ReadHooks, Reader, SnapshotBuilder } from '../model/reader.ts';
import { NODES, PODS, resourceKey, resourceName } from '../model/resource.ts';
import { compareVersions } from '../model/version.ts';
import { type ConnectionFlags, IN_FLIGHT, connect } from './connect.ts';
import { type Served, collections, discover } from './discovery.ts';
import { failureOf, gapOf } from './failures.ts';
import { BRIEF } from './brief-schemas.ts';
import { Freshness } from './freshness.ts';
import { JSON_LIST, type ListDecoder, PODS_IN_PLACE, POD_LIST, briefList, collectList, readList } from './list.ts';
import { HttpError, Requester, TransportError, textSink } from './request.ts';
import { type PodLists, type Sample, cellsOf, readCells, samplePods } from './screening.ts';

/** A reader of a live cluster, and what the kubeconfig says about it. */
export type ClusterReader = Reader & {
  readonly contextName: string;
  readonly server: string;
  readonly namespace: string;
  /** The server's version, or undefined when it would not say. */
  readonly version: () => Promise<string | undefined>;
};

/** Pods of one node, or of one name on it: what such a list does not show is not there. */
const AT_PLACE = /^spec\.nodeName=([^,]*)(?:,metadata\.name=([^,]*))?$/;
const PODS_PER_PAGE = 5000;
/** From here on servers send a list while they encode it. Older ones hold all of it in memory first. */
const STREAMS_LISTS = '1.33.0';
/** From here on servers know whether what they have in memory is the newest, and wait until it is. */
const LISTS_FROM_MEMORY = '1.31.0';
const isSince = (version: string | undefined, first: string): boolean => version !== undefined && compareVersions(version, first) >= 0;
const OBJECTS_PER_PAGE = 2000;
const MOST_CONFIRMED = 200;
const LOG_LINES = 2000;
const LOG_BYTES = 4 * 1024 * 1024;
/** So long (ms) the first look at pods has a near server for itself: what is longest under way begins when it is over. */
const HEAD_START = 50;
/** A kubelet that is gone should not hold up the others. */
const LOG_TIMEOUT = 15_000;
const NO_LOG = /previous terminated container .* not found|is waiting to start/;

/**
 * Takes kubectl's flags and opens the cluster they choose; throws a Failure when they choose none.
 * Reading throws a Failure only while the server has never answered; after that, what cannot be read is a gap.
 */
export async function openCluster(
  flags: ConnectionFlags & { readonly chunkSize?: number; readonly qps?: number },
  hooks: ReadHooks,
): Promise<ClusterReader> {
  const connection = await connect(flags);
  const cluster = new Cluster(new Requester(connection, hooks, flags.qps), hooks, flags.chunkSize);
  return {
    contextName: connection.context,
    server: connection.server,
    namespace: connection.namespace,
    source: () => ({
      kind: 'cluster',
      context: connection.context,
      server: connection.server,
      kubernetesVersion: cluster.kubernetesVersion,
    }),
    version: () => cluster.version(),
    served: () => cluster.served(),
    read: (needs, into) => cluster.read(needs, into),
    confirm: (pods, into) => cluster.confirm(pods, into),
    interrupt: () => cluster.close(),
    close: () => cluster.close(),
  };
}

class Cluster {
  readonly #requester: Requester;
  readonly #hooks: ReadHooks;
  readonly #chunkSize: number | undefined;
  #served: Served | undefined;
  #version: Promise<string | undefined> | undefined;
  #sample: Sample | undefined;
  /** Of pods. Lists of other kinds come one by one. Refused once the version says that the server cannot tell. */
  readonly #freshness = new Freshness();
  /** Fulfilled when others may be asked for as well. */
  #headStart: Promise<unknown> | undefined;
  kubernetesVersion: string | undefined;

  constructor(requester: Requester, hooks: ReadHooks, chunkSize: number | undefined) {
    this.#requester = requester;
    this.#hooks = hooks;
    this.#chunkSize = chunkSize;
  }

  async served(): Promise<ReadonlySet<string> | undefined> {
    const version = this.version();
    // What is read first has been asked for when this turn is over.
    await Promise.resolve();
    await this.#headStart;
    const found = discover(this.#requester).catch((error: unknown) => {
      if (this.#requester.closed) return undefined;
      throw error;
    });
    const [served] = await Promise.all([this.#orFailure(found), version]);
    this.#served = served;
    return served && new Set(served.keys());
  }

  close(): void {
    this.#requester.close();
  }

  version(): Promise<string | undefined> {
    this.#version ??= this.#requester
      .json('/version', 'version')
      .catch(() => undefined)
      .then((answer) => {
        this.kubernetesVersion = text(answer, 'gitVersion');
        if (!isSince(this.kubernetesVersion, LISTS_FROM_MEMORY)) this.#freshness.refuse();
        return this.kubernetesVersion;
      });
    return this.#version;
  }

  async read(needs: readonly Need[], into: SnapshotBuilder): Promise<void> {
    const isFirstLook = (need: Need): boolean => need.kind === 'list' && need.first !== undefined;
    const firstLook = needs.filter(isFirstLook).map((need) => this.#readNeed(need, into));
    if (firstLook.length > 0) {
      const over = Promise.all(firstLook).then(() => setImmediate());
      this.#headStart = Promise.race([over, sleep(HEAD_START, undefined, { ref: false })]).catch(() => {});
      await this.#headStart;
    }
    const others = needs.filter((need) => !isFirstLook(need));
    await Promise.all([...firstLook, inTurn(others, (need) => this.#readNeed(need, into))]);
  }

  async #readNeed(need: Need, into: SnapshotBuilder): Promise<void> {
    try {
      await (need.kind === 'log' ? this.#readLog(need, into) : this.#readObjects(need, into));
    } catch (error) {
      if (error instanceof Failure) throw error;
      const nobodyThere = error instanceof TransportError || (error instanceof HttpError && error.status === 401);
      if (nobodyThere && !this.#requester.answered && !this.#requester.closed) throw await failureOf(error, this.#requester.connection);
      if (need.kind === 'list' && need.closer && !this.#requester.closed) into.answer(need, []);
      else into.missing(wholeOf(need), gapOf(need, error));
    }
  }

  /** Reads suspects again, one by one. Those that are gone leave the table; those that are still there are up to date in it, and confirmed. */
  async confirm(pods: readonly { readonly namespace: string; readonly name: string }[], into: SnapshotBuilder): Promise<void> {
    const table = into.pods.table();
    let refused: unknown;
    await inTurn(pods.slice(0, MOST_CONFIRMED), async ({ namespace, name }) => {
      const row = table.find(namespace, name);
      try {
        const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
        const pod = await this.#requester.json(path, `pod ${namespace}/${name}`);
        if (row !== undefined && table.pod(row).uid !== text(pod, 'metadata', 'uid')) return into.pods.delete(namespace, name);
        into.pods.add(pod);
        into.confirm(namespace, name);
      } catch (error) {
        if (isNotFound(error, name)) into.pods.delete(namespace, name);
        else refused ??= error;
      }
    });
    if (refused !== undefined) {
      const need: Need = { kind: 'list', resource: PODS, name: 'under suspicion', essential: false, undecided: [] };
      into.gap({ ...gapOf(need, refused), what: 'second reading of the pods under suspicion', essential: false, blocks: [] });
    }
  }

  async #readObjects(need: ListNeed, into: SnapshotBuilder): Promise<void> {
    if (this.#served !== undefined && !this.#served.has(resourceKey(need.resource))) throw new HttpError(404, Buffer.alloc(0), undefined);
    const paths = collections(need.resource, need.namespace, this.#served);
    for (const [index, path] of paths.entries()) {
      try {
        return await (need.name === undefined ? this.#readAll(need, path, into) : this.#readOne(need, need.name, path, into));
      } catch (error) {
        const another = error instanceof HttpError && error.status === 404 && index < paths.length - 1;
        if (!another) throw error;
      }
    }
  }

  /** Looks at the first pods: if these are all, the need is answered; otherwise how many there are helps to decide how to read them. */
  async #readSample(need: ListNeed, first: FirstLook, path: string, into: SnapshotBuilder): Promise<void> {
    const sample = await samplePods(this.#podLists(path, this.#rowsPerPage), first, () => this.#listsFromMemory());
    if (sample.complete) {
      for (const pod of sample.pods) into.pods.add(pod);
      return into.answer(need, []);
    }
    this.#sample = sample;
    const fromMemory = await this.#listsFromMemory();
    if (!fromMemory) this.#hooks.onNote?.('pods: all are read in full, since before Kubernetes 1.31 each list of some comes from etcd');
    into.screen({ beyond: sample.beyond ?? 0, possible: fromMemory && sample.beyond !== undefined });
    for (const pod of sample.pods) into.pods.addCells(cellsOf(pod));
  }

  /** Reads the cells of all pods, or notes that they are not to be had. */
  async #readCells(need: ListNeed, path: string, into: SnapshotBuilder): Promise<void> {
    const sample = this.#sample!;
    this.#sample = undefined;
    try {
      await readCells(this.#podLists(path, this.#rowsPerPage), sample, into);
      into.answer(need, []);
    } catch (error) {
      if (this.#requester.closed) throw error;
      this.#hooks.onNote?.(`pods: all are read in full, since ${error instanceof Error ? error.message : String(error)}`);
      into.screen({ beyond: sample.beyond ?? 0, possible: false });
    }
    this.#hooks.onProgress?.({ resource: 'pods', count: sample.pods.length + (sample.beyond ?? 0), done: true });
  }

  #podLists(path: string, limit: number): PodLists {
    return {
      requester: this.#requester,
      path,
      limit,
      freshness: this.#freshness,
      onProgress: (count) => this.#hooks.onProgress?.({ resource: 'pods', count, done: false }),
      onWarning: (line) => this.#hooks.onWarning?.(line),
    };
  }

  /** The objects of some namespaces. */
  async #readWithin(need: ListNeed, namespaces: readonly string[], path: string): Promise<Json[]> {
    const limit = this.#chunkSize ?? OBJECTS_PER_PAGE;
    const list = {
      query: {},
      about: resourceName(need.resource),
      decoder: decoderOf(need),
      limit,
      onWarning: this.#hooks.onWarning ?? (() => {}),
    };
    const read = namespaces.map((namespace) =>
      collectList(
        this.#requester,
        { ...list, path: path.replace(/[^/]+$/, `namespaces/${encodeURIComponent(namespace)}/$&`) },
        [] as Json[],
      ),
    );
    return (await Promise.all(read)).flat().map(stampFor(need, path));
  }

  /** All pods, from where their bytes arrive into the table. A pod that comes again, after a page was cut, takes its own place. */
  async #readPods(need: ListNeed, path: string, into: SnapshotBuilder): Promise<void> {
    const lists = this.#podLists(path, this.#chunkSize ?? (await this.#podsPerPage()));
    let seen = 0;
    let count = 0;
    await readList(lists.requester, {
      path,
      query: {},
      about: 'pods',
      decoder: PODS_IN_PLACE,
      limit: lists.limit,
      begin: () => (seen = count),
      add: (pod) => {
        into.pods.addFrom(pod);
        if (++seen % 500 === 0) lists.onProgress(seen);
      },
      commit: () => (count = seen),
      restart: () => (count = 0),
      onWarning: lists.onWarning,
      freshness: lists.freshness,
    });
    into.answer(need, []);
    this.#hooks.onProgress?.({ resource: 'pods', count, done: true });
  }

  async #readAll(need: ListNeed, path: string, into: SnapshotBuilder): Promise<void> {
    const about = resourceName(need.resource);
    const isPods = resourceKey(need.resource) === resourceKey(PODS);
    if (need.first !== undefined) return this.#readSample(need, need.first, path, into);
    if (need.cells) return this.#readCells(need, path, into);
    if (need.within) return into.answer(need, await this.#readWithin(need, need.within, path));
    const whole = isPods && !need.namespace && !need.fieldSelector && !need.labelSelector;
    // Whatever was only looked at before is read now.
    if (whole) {
      into.screen(undefined);
      this.#sample = undefined;
    }
    if (whole && !into.pods.takesObjects) return this.#readPods(need, path, into);
    const place = isPods ? AT_PLACE.exec(need.fieldSelector ?? '') : null;
    const stamp = stampFor(need, path);
    const objects: Json[] = [];
    /** Of the page that is under way: a page that is cut comes again. */
    let page: Json[] = [];
    let seen = 0;
    let count = 0;
    const progress = (done: boolean): void => this.#hooks.onProgress?.({ resource: about, count: seen, done });
    const query = {
      ...(need.fieldSelector && { fieldSelector: need.fieldSelector }),
      ...(need.labelSelector && { labelSelector: need.labelSelector }),
    };
    await readList(this.#requester, {
      path,
      query,
      about,
      decoder: decoderOf(need),
      limit: place ? this.#rowsPerPage : (this.#chunkSize ?? (isPods ? await this.#podsPerPage() : OBJECTS_PER_PAGE)),
      ...(place && { freshness: this.#freshness }),
      ...(isPods && need.labelSelector && { compressed: true }),
      begin: () => {
        page = [];
        seen = count;
      },
      add: (item) => {
        seen++;
        if (isPods && !place) into.pods.add(item);
        else if (isPods) page.push(item);
        else page.push(stamp(item));
        if (seen % 500 === 0) progress(false);
      },
      commit: () => {
        objects.push(...page);
        count = seen;
      },
      restart: () => {
        objects.length = 0;
        count = 0;
      },
      onWarning: (line) => this.#hooks.onWarning?.(line),
    });
    if (place) {
      // Seen twice with one address: that is what a confirmation wants.
      for (const pod of into.pods.settle(place[1]!, place[2], objects))
        into.confirm(text(pod, 'metadata', 'namespace') ?? '', text(pod, 'metadata', 'name') ?? '');
    }
    into.answer(need, objects);
    progress(true);
  }

  /** Whether a list of some pods is a small thing. Earlier servers read all of them from etcd for each, whatever is selected (KEP-2340). */
  async #listsFromMemory(): Promise<boolean> {
    return isSince(await this.version(), LISTS_FROM_MEMORY);
  }

  /** Rows of a Table, which no server streams, or the pods of one place: all at once, out of the server's memory. */
  get #rowsPerPage(): number {
    return this.#chunkSize ?? (this.#requester.connection.timeout === 0 ? Infinity : PODS_PER_PAGE);
  }

  /**
   * All at once where the server streams: pages of a list that has not changed for minutes come from etcd, ten times as dear.
   * Who limits the time of a request gets pages.
   */
  async #podsPerPage(): Promise<number> {
    return isSince(await this.version(), STREAMS_LISTS) && this.#requester.connection.timeout === 0 ? Infinity : PODS_PER_PAGE;
  }

  async #readOne(need: ListNeed, name: string, path: string, into: SnapshotBuilder): Promise<void> {
    try {
      const object = await this.#requester.json(`${path}/${encodeURIComponent(name)}`, `${resourceName(need.resource)} ${name}`);
      if (resourceKey(need.resource) === resourceKey(PODS)) into.pods.add(object);
      into.answer(need, [stampFor(need, path)(object)]);
    } catch (error) {
      if (!isNotFound(error, name)) throw error;
      into.answer(need, []);
    }
  }

  async #readLog(need: LogNeed, into: SnapshotBuilder): Promise<void> {
    const { namespace, pod, container, previous } = need;
    const query = new URLSearchParams({
      container,
      previous: String(previous),
      tailLines: String(LOG_LINES),
      limitBytes: String(LOG_BYTES),
      timestamps: 'true',
    });
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query.toString()}`;
    const open = (): ReturnType<typeof textSink<string>> => textSink((body) => body);
    const about = `log of ${namespace}/${pod}`;
    const body = await this.#requester
      .get({ path: () => path, accept: '*/*', about, open, timeout: LOG_TIMEOUT, attempts: 2 })
      .catch((error: unknown) => {
        if (error instanceof HttpError && error.status === 400 && NO_LOG.test(error.message)) return '';
        throw error;
      });
    const cut = Buffer.byteLength(body) >= LOG_BYTES || body.split('\n').length > LOG_LINES;
    into.log(need, { namespace, pod, container, previous, text: body, cut });
  }

  async #orFailure<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await work;
    } catch (error) {
      throw await failureOf(error, this.#requester.connection);
    }
  }
}

function decoderOf({ resource, brief }: ListNeed): ListDecoder {
  const key = resourceKey(resource);
  const schema = brief ? BRIEF.get(key) : undefined;
  return key === resourceKey(PODS) ? POD_LIST : schema ? briefList(schema) : JSON_LIST;
}

/** Items of a list lack apiVersion and kind, which objects from files have. managedFields are dropped, but for nodes: they tell who wrote podCIDR. */
function stampFor(need: ListNeed, path: string): (object: Json) => Json {
  const parts = path.split('/');
  const apiVersion = parts[1] === 'api' ? parts[2]! : `${parts[2]}/${parts[3]}`;
  const keepManagers = resourceKey(need.resource) === resourceKey(NODES);
  return (object) => {
    if (!isRecord(object)) return object;
    const { managedFields, ...metadata } = record(object, 'metadata');
    return { apiVersion, kind: need.resource.kind, ...object, metadata: keepManagers ? { ...metadata, managedFields } : metadata };
  };
}

/** The server names the object that is not there; where it knows no such kind or path, it names nothing. */
const isNotFound = (error: unknown, name: string): boolean =>
  error instanceof HttpError && error.status === 404 && text(error.body, 'details', 'name') === name;

/** Works through a queue, a few at a time (the requester knows how many); the first rejection ends it. */
async function inTurn<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT.far, items.length) }, worker));
}
