import type { Gap } from './gap.ts';
import { type Json, text } from './json.ts';
import { type Need, listOf, needKey, someKeys } from './need.ts';
import { PodTableBuilder, type Progress } from './pod-table.ts';
import { DAEMON_SETS, PODS, resourceKey } from './resource.ts';
import type { Answer, LogText, Snapshot, Source } from './snapshot.ts';
import { steadySets } from './steady-set.ts';

/** Something that answers needs: an API server, or files. Both fill the same builder, so both give the same snapshot. */
export type Reader = {
  readonly source: () => Source;
  /** Resources it knows, by key, or undefined when that cannot be learnt. Asked once, beside the first read. */
  readonly served: () => Promise<ReadonlySet<string> | undefined>;
  /** Answers every need into the builder, with objects or with a gap; never rejects for a need that failed. */
  readonly read: (needs: readonly Need[], into: SnapshotBuilder) => Promise<void>;
  /** Reads the named pods again, one by one: the second, targeted read that confirms a suspicion. Undefined offline. */
  readonly confirm?: (pods: readonly { namespace: string; name: string }[], into: SnapshotBuilder) => Promise<void>;
  /** Ends the reading at once: what is not there yet becomes gaps. Undefined where reading takes no time. */
  readonly interrupt?: () => void;
  readonly close: () => void;
};

/** What a reader tells while it reads. */
export type ReadHooks = {
  /** So many objects of a resource have arrived; `done` when the read is over. */
  readonly onProgress?: (progress: { readonly resource: string; readonly count: number; readonly done: boolean }) => void;
  /** One line for stderr: retries, fallbacks, a list that was started over. */
  readonly onWarning?: (line: string) => void;
  /** One line for who asks with `-v`: which of several ways was taken. */
  readonly onNote?: (line: string) => void;
  /** One line per request, for `-v=6` and above. */
  readonly onRequest?: (request: {
    readonly method: string;
    readonly url: string;
    readonly status: number;
    readonly bytes: number;
    readonly ms: number;
  }) => void;
};

/** Answers arrive in any order; what is made of them must not depend on it. */
const byKey = <Value>(map: ReadonlyMap<string, Value>): Map<string, Value> => new Map([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Objects in the order of an API server, by namespace and name; files hold them in any. */
function inOrder(objects: readonly Json[]): readonly Json[] {
  const keyed = objects.map((object) => ({
    object,
    key: `${text(object, 'metadata', 'namespace') ?? ''}/${text(object, 'metadata', 'name') ?? ''}`,
  }));
  return keyed.toSorted((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1)).map(({ object }) => object);
}

/** A snapshot while it grows. */
export class SnapshotBuilder {
  #pods: PodTableBuilder;
  readonly #answers = new Map<string, Answer>();
  readonly #logs = new Map<string, LogText>();
  readonly #confirmed = new Set<string>();
  readonly #gaps: Gap[] = [];
  #version = 0;

  constructor(pods = new PodTableBuilder()) {
    this.#pods = pods;
  }

  get pods(): PodTableBuilder {
    return this.#pods;
  }

  /** Takes over a table that was filled before there was a builder: files are read once, as a stream. */
  adopt(pods: PodTableBuilder): void {
    this.#pods = pods;
  }

  /** Rises with every answer: a cheap way to notice news. */
  get version(): number {
    return this.#version;
  }

  /** The objects a need asked for. Pods have been added to `pods` as they came; their answer holds no objects. */
  answer(need: Need, objects: readonly Json[]): void {
    this.#version++;
    // Of what is read as a whole now, some may have been read before.
    const some = someKeys(need);
    for (const key of this.#answers.keys()) if (key.startsWith(some)) this.#answers.delete(key);
    this.#answers.set(needKey(need), {
      objects: need.kind === 'list' && resourceKey(need.resource) === resourceKey(PODS) ? [] : inOrder(objects),
    });
  }

  /** What could not be read. */
  missing(need: Need, gap: Omit<Gap, 'blocks' | 'essential'>): void {
    this.#version++;
    this.#answers.set(needKey(need), { gap: { ...gap, blocks: need.undecided, essential: need.essential } });
  }

  /** Pods were looked at, no more than looked at: how far that has come. Their cells are added to `pods` afterwards. */
  screen(screening: Progress | undefined): void {
    this.#version++;
    this.pods.screen(screening);
  }

  log(need: Need, log: LogText): void {
    this.#version++;
    this.#logs.set(needKey(need), log);
  }

  /** A gap that belongs to no single need. */
  gap(gap: Gap): void {
    this.#version++;
    this.#gaps.push(gap);
  }

  /** A pod under suspicion was found again, with the same uid and addresses. */
  confirm(namespace: string, name: string): void {
    this.#version++;
    this.#confirmed.add(`${namespace}/${name}`);
  }

  snapshot(source: Source, now: number, served: ReadonlySet<string> | undefined): Snapshot {
    const daemonSets = this.#answers.get(needKey(listOf(DAEMON_SETS, [])));
    return {
      source,
      now,
      pods: this.pods.table(daemonSets !== undefined && 'objects' in daemonSets ? steadySets(daemonSets.objects) : []),
      answers: byKey(this.#answers),
      logs: byKey(this.#logs),
      served,
      confirmed: new Set(this.#confirmed),
      gaps: [...this.#gaps],
    };
  }
}
