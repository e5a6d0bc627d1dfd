import type { CaptureFolder as Unfinished } from '../../files/capture-folder.ts';
import type { Recorder as Recording } from '../../files/recorder.ts';
import type { RedactMode } from '../../redact/redactor.ts';
import { understand } from '../../understand.ts';
import { Failure } from '../../model/failure.ts';
import { type Json, at } from '../../model/json.ts';
import type { ListNeed, LogNeed, Need } from '../../model/need.ts';
import { eachPod } from '../../model/pod-table.ts';
import type { Reader } from '../../model/reader.ts';
import { EVENTS, resourceKey } from '../../model/resource.ts';
import type { Snapshot, Source } from '../../model/snapshot.ts';
import { CaptureProgress } from '../capture-progress.ts';
import { captureScript } from '../capture-script.ts';
import { booleanFlag, type Command, type Io, stringFlag, stringsFlag, type Words } from '../define-command.ts';
import { gather } from '../gather.ts';
import { CONNECTION_FLAGS, INPUT_FLAGS } from '../options.ts';
import { openSession } from '../session.ts';

type Logs = 'none' | 'agents' | 'all';

const OUTPUT = 'Output:';
/** Extra logs are asked for in portions, so that an interruption loses little. */
const LOGS_AT_ONCE = 40;
const STALE_MS = 3_600_000;
const INTERRUPTED = 130;
/** Every event, once: the questions of a later `check` are not known yet. */
const ALL_EVENTS: ListNeed = {
  kind: 'list',
  resource: EVENTS,
  essential: false,
  undecided: ['sandbox-creation-failing', 'events-show-ipam-failure'],
};

export const capture: Command = {
  name: 'capture',
  summary: 'Collect what a diagnosis needs into one file, to be judged elsewhere.',
  flags: {
    output: { type: 'string', alias: 'o', describe: 'where to: FILE.tgz, or a folder', group: OUTPUT },
    logs: { type: 'string', describe: 'whose logs to collect', choices: ['none', 'agents', 'all'], default: 'agents', group: OUTPUT },
    since: { type: 'string', describe: 'only log lines younger than this: 30m, 1h, 2d', group: OUTPUT },
    redact: {
      type: 'string',
      describe: 'replace what names the cluster, consistently',
      choices: ['names', 'addresses', 'all'],
      group: OUTPUT,
    },
    force: { type: 'boolean', describe: 'replace a capture that exists', group: OUTPUT },
    'print-kubectl': { type: 'boolean', describe: 'print a shell script that collects the same with kubectl alone', group: OUTPUT },
    ...INPUT_FLAGS,
    ...CONNECTION_FLAGS,
  },
  examples: [
    ['kubectl ipconflict capture', 'a capture of the cluster, as a .tgz in this folder'],
    ['kubectl ipconflict capture -o bundle.tgz --redact all', 'one for somebody else: no name and no address of yours in it'],
    ['kubectl ipconflict capture --print-kubectl > capture.sh', 'where the plugin may not be installed'],
    ['kubectl ipconflict check -f bundle.tgz', 'and what is wrong in it'],
  ],
  run: async (words, io) => {
    const logs = (stringFlag(words, 'logs') ?? 'agents') as Logs;
    const since = durationFlag(words);
    if (booleanFlag(words, 'print-kubectl')) {
      await io.stdout(captureScript({ logs, since: stringFlag(words, 'since') }));
      return 0;
    }
    return run(words, io, logs, since);
  },
};

async function run(words: Words, io: Io, logs: Logs, since: number | undefined): Promise<number> {
  const [{ rmSync }, { destination, deliver }, { CaptureFolder }, { Recorder }] = await Promise.all([
    import('node:fs'),
    import('../../files/destination.ts'),
    import('../../files/capture-folder.ts'),
    import('../../files/recorder.ts'),
  ]);
  const started = new Date();
  const to = destination(stringFlag(words, 'output'), booleanFlag(words, 'force'), started);
  const progress = new CaptureProgress(io);
  const files = stringsFlag(words, 'filename');
  const scope = { logs, since: stringFlag(words, 'since') ?? '', started: started.toISOString() };
  const fresh = (place: string): Unfinished => {
    rmSync(to.partial, { recursive: true, force: true });
    return new CaptureFolder(to.partial, { place, ...scope });
  };
  // The pods of files come while these are opened; reading files again costs little, so nothing is taken up.
  let folder = files.length > 0 ? fresh(files.join(', ')) : undefined;
  const session = await openSession(words, io, { onProgress: progress.onProgress }, (pod) => folder?.pod(pod)).catch((error: unknown) => {
    if (folder !== undefined) rmSync(to.partial, { recursive: true, force: true });
    throw error;
  });
  const resumed =
    folder === undefined && !booleanFlag(words, 'force')
      ? former(CaptureFolder.headerOf(to.partial), { place: session.place, ...scope }, to.partial)
      : undefined;
  folder ??= resumed === undefined ? fresh(session.place) : new CaptureFolder(to.partial, resumed);
  const recorder = new Recorder(folder, {
    logsSince: since === undefined ? undefined : session.now - since,
    onDone: (what, count) => progress.done(what, count),
  });
  if (resumed !== undefined) io.stderr(`going on with ${to.partial}: ${recorder.resume()} answers are there already\n`);
  const onInterrupt = (): void => {
    progress.end();
    io.stderr(`\ninterrupted; the same command goes on from here (${to.partial})\n`);
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
  try {
    const snapshot = await gather({
      reader: recording(session.reader, recorder, progress, logs),
      purpose: { depth: 'everything', fallbackNamespace: session.namespace },
      now: session.now,
      confirm: true,
      into: recorder,
    });
    if (logs === 'all') await restOfLogs(session.reader, snapshot, recorder, progress);
    const metadata = {
      time: new Date(session.now).toISOString(),
      tool: { version: io.version },
      ...(snapshot.source.kubernetesVersion === undefined ? {} : { kubernetesVersion: snapshot.source.kubernetesVersion }),
      // Of a part of a cluster, kinds that it knows; there may be others.
      ...(snapshot.served === undefined ? {} : { [isPartial(snapshot.source) ? 'known' : 'served']: [...snapshot.served].toSorted() }),
    };
    folder.finish(metadata);
    const mode = stringFlag(words, 'redact') as RedactMode | undefined;
    const finished = mode === undefined ? folder.path : await redacted(folder.path, mode, snapshot, to.path, io);
    await deliver(finished, to, started);
    rmSync(folder.path, { recursive: true, force: true });
    progress.end();
    const missing =
      snapshot.gaps.length + [...snapshot.answers.values()].filter((answer) => 'gap' in answer && answer.gap.essential).length;
    io.stderr(missing === 0 ? '' : `${missing} things could not be read; the capture says which, and why\n`);
    await io.stdout(`${to.path}\n`);
    return 0;
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
    session.reader.close();
  }
}

/** A copy without the cluster's names or addresses, and beside the capture, for the user alone, what was replaced by what. */
async function redacted(folder: string, mode: RedactMode, snapshot: Snapshot, path: string, io: Io): Promise<string> {
  const [{ redactFolder }, { rmSync, writeFileSync }, { randomInt }] = await Promise.all([
    import('../../files/redact.ts'),
    import('node:fs'),
    import('node:crypto'),
  ]);
  const agents = understand(snapshot).cnis.flatMap((cni) => cni.agents);
  const keep = new Set(agents.flatMap((agent) => [agent.name, ...agent.logContainers, agent.workload?.namespace ?? 'kube-system']));
  const target = `${folder}-redacted`;
  rmSync(target, { recursive: true, force: true });
  const mapping = redactFolder(folder, target, mode, keep, () => randomInt(2 ** 32) / 2 ** 32);
  const file = `${path.replace(/\.(?:tgz|tar\.gz)$/i, '')}.mapping.json`;
  writeFileSync(file, `${JSON.stringify(mapping, undefined, 1)}\n`, { mode: 0o600 });
  io.stderr(`what was replaced by what stands in ${file}: keep it to yourself\n`);
  return target;
}

/** What an unfinished capture was of; undefined to begin anew. Refuses to mix two clusters. */
function former(header: Json, now: { place: string; logs: string; since: string }, partial: string): Record<string, string> | undefined {
  if (header === undefined) return undefined;
  for (const key of ['place', 'logs', 'since'] as const)
    if (at(header, key) !== now[key])
      throw new Failure(
        `${partial} is an unfinished capture of something else.`,
        `Its ${key} was ${String(at(header, key) as string) || 'not set'}, now it is ${now[key] || 'not set'}.`,
        'Remove it, or use --force to begin anew.',
      );
  const started = Date.parse(String(at(header, 'started') as string));
  if (Date.now() - started > STALE_MS)
    throw new Failure(
      `${partial} was begun more than an hour ago; its parts would not fit together.`,
      undefined,
      'Use --force to begin anew.',
    );
  return header as Record<string, string>;
}

/** A reader that tells its progress, reads all events at once, and leaves out logs that nobody wants. */
function recording(reader: Reader, recorder: Recording, progress: CaptureProgress, logs: Logs): Reader {
  return {
    ...reader,
    read: async (needs, into) => {
      const isEvents = (need: Need): need is ListNeed => need.kind === 'list' && resourceKey(need.resource) === resourceKey(EVENTS);
      const wanted = needs.filter((need) => !isEvents(need) && (logs !== 'none' || need.kind !== 'log'));
      const events = needs.filter(isEvents);
      progress.plan(wanted.length + (events.length > 0 ? 1 : 0));
      await reader.read([...wanted, ...(events.length > 0 && recorder.objects(ALL_EVENTS) === undefined ? [ALL_EVENTS] : [])], into);
      const { fits } = await import('../../files/reader.ts');
      const all = recorder.objects(ALL_EVENTS);
      for (const need of events) {
        if (all === undefined || 'what' in all) recorder.missing(need, all ?? unread);
        else
          recorder.known(
            need,
            all.filter((event) => fits(event, need)),
          );
      }
      for (const need of needs) if (need.kind === 'log' && logs === 'none') recorder.missing(need, leftOut(need));
    },
  };
}

const unread = { what: 'events', verb: 'list', resource: 'events', reason: 'unreachable', message: 'they were not answered' } as const;

const leftOut = (need: LogNeed): Parameters<Recording['missing']>[1] => ({
  what: `log of ${need.namespace}/${need.pod} (${need.container}${need.previous ? ', previous' : ''})`,
  verb: 'log',
  resource: 'pods/log',
  namespace: need.namespace,
  reason: 'absent',
  message: 'the capture was made with --logs none',
});

/** With `--logs all`: those of every other container. They are written, not kept in memory. */
async function restOfLogs(reader: Reader, snapshot: Snapshot, recorder: Recording, progress: CaptureProgress): Promise<void> {
  const needs: LogNeed[] = [];
  for (const pod of eachPod(snapshot.pods)) {
    if (pod.phase === 'Pending') continue;
    for (const image of pod.containers.images)
      for (const previous of pod.containers.restarts > 0 ? [false, true] : [false])
        needs.push({
          kind: 'log',
          namespace: pod.namespace,
          pod: pod.name,
          container: image.slice(0, image.indexOf('=')),
          previous,
          essential: false,
          undecided: [],
        });
  }
  const open = needs.filter((need) => !recorder.has(need));
  progress.plan(open.length);
  recorder.writeOnly = true;
  for (let start = 0; start < open.length; start += LOGS_AT_ONCE) await reader.read(open.slice(start, start + LOGS_AT_ONCE), recorder);
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationFlag(words: Words): number | undefined {
  const since = stringFlag(words, 'since');
  if (since === undefined) return undefined;
  const [, count, unit] = /^(\d+)([smhd])$/.exec(since) ?? [];
  if (count === undefined) throw new Failure(`--since ${since} is no duration.`, undefined, 'Write it as 30m, 1h or 2d.');
  return Number(count) * UNITS[unit!]!;
}

/** What somebody chose to dump does not tell which kinds the cluster lacks, and neither may a capture of it. */
const isPartial = (source: Source): boolean => source.kind === 'files' && source.partial === true;
