import type { Finding } from '../model/finding.ts';
import { Failure } from '../model/failure.ts';
import type { Gap } from '../model/gap.ts';
import type { Reader } from '../model/reader.ts';
import { SnapshotBuilder } from '../model/reader.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { findAll } from '../findings.ts';
import { plan, type Purpose } from '../plan.ts';
import { isAllPods, isOfAllPods } from '../pods-to-read.ts';
import { understand } from '../understand.ts';

/** A plan that never ends would be a mistake of ours; real ones take three or four rounds. */
const MAX_ROUNDS = 12;

export type Gathering = {
  readonly reader: Reader;
  readonly purpose: Purpose;
  /** Milliseconds since the epoch; the reader's own time or the clock. */
  readonly now: number;
  /** Read suspects a second time before calling a conflict confirmed. */
  readonly confirm: boolean;
  /** Called after every round with what is known so far. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
  /** What was read before, for another subject: only what it lacks is read. */
  readonly into?: SnapshotBuilder;
};

/**
 * Plan, read, repeat; then look again at the pods under suspicion. Nothing else in the program reads a cluster.
 * Ctrl-C ends the reading, not the program: what is known by then is told. The second one ends the program.
 */
export async function gather(gathering: Gathering): Promise<Snapshot> {
  const { reader } = gathering;
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    reader.interrupt?.();
  };
  if (reader.interrupt) process.once('SIGINT', interrupt);
  try {
    return await readAll(gathering, () => interrupted);
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

/** The last snapshot of each builder, with its version: what is known of a snapshot is known of that object, and costs seconds in a big cluster. */
const taken = new WeakMap<SnapshotBuilder, { readonly version: number; readonly snapshot: Snapshot }>();

/** What a builder holds now; the same object as long as it holds the same. */
export function snapshotOf(builder: SnapshotBuilder, reader: Reader, now: number, served: ReadonlySet<string> | undefined): Snapshot {
  const last = taken.get(builder);
  if (last?.version === builder.version && last.snapshot.now === now) return last.snapshot;
  const snapshot = builder.snapshot(reader.source(), now, served);
  taken.set(builder, { version: builder.version, snapshot });
  return snapshot;
}

/** What forbids the word "clean" where the reading was ended by hand. */
const INTERRUPTED: Gap = {
  what: 'the rest of the cluster',
  verb: 'read',
  resource: 'everything',
  reason: 'truncated',
  message: 'the reading was interrupted',
  blocks: [],
  essential: true,
};

async function readAll(gathering: Gathering, interrupted: () => boolean): Promise<Snapshot> {
  const { reader, purpose, now, confirm, onSnapshot, into } = gathering;
  const builder = into ?? new SnapshotBuilder();
  let served: ReadonlySet<string> | undefined;
  const discovered = reader.served().then((kinds) => (served = kinds));
  const snapshot = (): Snapshot => snapshotOf(builder, reader, now, served);
  const before = builder.version;
  let confirmed = false;
  // What is read first is served everywhere; what is read for another subject later is not.
  if (before > 0) await discovered;
  /** All pods, on their way while what the rest makes one ask for is read as well. */
  let pods: Promise<void> | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const here = snapshot();
    if (pods === undefined) onSnapshot?.(here);
    const needs = plan(here, purpose);
    if (needs.length === 0) {
      // What was read for another subject was confirmed then.
      const nothingNew = builder.version > 0 && builder.version === before;
      if (!confirm || !reader.confirm || nothingNew || confirmed) return here;
      const suspects = suspectPods(findAll(understand(here)), here).filter(
        ({ namespace, name }) => !here.confirmed.has(`${namespace}/${name}`),
      );
      if (suspects.length === 0) return here;
      await reader.confirm(suspects, builder);
      // Where a suspect is gone, others may have to be looked at.
      confirmed = true;
      taken.delete(builder);
      continue;
    }
    if (pods === undefined && needs.some(isAllPods)) {
      pods = reader.read(needs.filter(isAllPods), builder);
      pods.catch(() => {});
    }
    const others = needs.filter((need) => pods === undefined || !isOfAllPods(need));
    await Promise.all([reader.read(others, builder), discovered]);
    if (others.length === 0 || interrupted()) {
      await pods;
      pods = undefined;
    }
    if (interrupted()) {
      // What was concluded from cells alone, nobody could look at any more.
      if (restsOnUnread(snapshot())) builder.screen(undefined);
      builder.gap(INTERRUPTED);
      return snapshot();
    }
  }
  throw new Failure(
    'The plan of what to read does not come to an end.',
    'This is a defect of kubectl-ipconflict.',
    'Please report it with the output of -v=6.',
  );
}

function restsOnUnread(snapshot: Snapshot): boolean {
  findAll(understand(snapshot));
  return (snapshot.pods.screening?.asked.size ?? 0) > 0;
}

/** Pods of findings that are not certain yet: a second look tells whether they are still there. */
function suspectPods(findings: readonly Finding[], snapshot: Snapshot): { namespace: string; name: string }[] {
  const found = new Map<string, { namespace: string; name: string }>();
  for (const finding of findings) {
    if (finding.confidence === 'confirmed') continue;
    for (const holder of finding.holders) {
      if (holder.kind !== 'Pod' || holder.namespace === undefined || snapshot.pods.find(holder.namespace, holder.name) === undefined)
        continue;
      found.set(`${holder.namespace}/${holder.name}`, { namespace: holder.namespace, name: holder.name });
    }
  }
  return [...found.values()];
}
