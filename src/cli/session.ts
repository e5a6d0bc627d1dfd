import { setFlagsFromString } from 'node:v8';
import { Failure } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { ReadHooks, Reader } from '../model/reader.ts';
import { clean } from '../report/clean.ts';
import { booleanFlag, numberFlag, stringFlag, stringsFlag, type Io, type Words } from './define-command.ts';
import { connectionFlags } from './options.ts';
import { requestStatistics } from './statistics.ts';

/** A reader for what the words name: files, else the cluster of the kubeconfig; with its time, and the namespace used where none is given. */
export type Session = {
  readonly reader: Reader;
  readonly now: number;
  readonly offline: boolean;
  readonly namespace: string;
  readonly place: string;
};

const QUIET_MS = 700;

/** In a run of seconds V8's costliest compiler takes more than it gives: a tenth of the memory and, in small clusters, a sixth of the processor's time. */
const WITHOUT_TURBOFAN = '--no-turbofan';

/** Opens files (`-f`) or a cluster. Nothing is sent yet. `onFilePod` sees every pod of files, which are read at once. */
export async function openSession(words: Words, io: Io, hooks: ReadHooks = {}, onFilePod?: (pod: Json) => void): Promise<Session> {
  const files = stringsFlag(words, 'filename');
  const at = timeFlag(words);
  if (files.length > 0) {
    const { openFiles } = await import('../files/reader.ts');
    const reader = await openFiles(files, onFilePod ? { onPod: onFilePod } : {});
    return {
      reader,
      now: at ?? reader.now,
      offline: true,
      namespace: stringFlag(words, 'namespace') ?? 'default',
      place: files.join(', '),
    };
  }
  const { openCluster } = await import('../cluster/reader.ts');
  // Not earlier: Node's own modules are there by now, whose compiled code fits only the flags that it was made with.
  setFlagsFromString(WITHOUT_TURBOFAN);
  const verbosity = numberFlag(words, 'v') ?? 0;
  const statistics = booleanFlag(words, 'stats') ? requestStatistics() : undefined;
  const reader = await openCluster(connectionFlags(words), {
    ...progressOn(io),
    // They quote servers.
    onWarning: (line) => io.stderr(`${clean(line)}\n`),
    onNote: (line) => verbosity > 0 && io.stderr(`${clean(line)}\n`),
    onRequest: (request) => {
      statistics?.count(request);
      if (verbosity >= 6)
        io.stderr(`${request.method} ${request.url} ${request.status} ${request.bytes} bytes in ${Math.round(request.ms)} ms\n`);
    },
    ...hooks,
  });
  const close = (): void => {
    reader.close();
    if (statistics) io.stderr(statistics.table());
  };
  return {
    reader: { ...reader, close },
    now: at ?? Date.now(),
    offline: false,
    namespace: reader.namespace,
    place: `context ${reader.contextName}`,
  };
}

function timeFlag(words: Words): number | undefined {
  const at = stringFlag(words, 'at');
  if (at === undefined) return undefined;
  const time = Date.parse(at);
  if (Number.isNaN(time)) throw new Failure(`--at ${at} is no time.`, undefined, 'Write it as 2026-01-31T09:02:17Z.');
  return time;
}

/** One line on a terminal's stderr with what is being read, once it takes a while; nothing elsewhere. */
function progressOn(io: Io): ReadHooks {
  if (!io.stderrIsTty) return {};
  const started = Date.now();
  const counts = new Map<string, number>();
  let shown = false;
  return {
    onProgress: ({ resource, count, done }) => {
      if (done) counts.delete(resource);
      else counts.set(resource, count);
      if (Date.now() - started < QUIET_MS && !shown) return;
      shown = true;
      const line = [...counts].map(([name, number]) => `${name} ${number.toLocaleString('en-US')}`).join('  ');
      io.stderr(`\r\u001B[K${line === '' ? '' : `reading  ${line}`.slice(0, io.columns - 1)}`);
    },
  };
}
