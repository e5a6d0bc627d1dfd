import { verdictText } from '../report/check-text.ts';
import { gapLines } from '../report/scan-text.ts';
import { booleanFlag, type Io, stringFlag, stringsFlag, type Words } from './define-command.ts';
import { openSession, type Session } from './session.ts';
import { hasCredentialPlugin, openWorld, type WalkWords } from './walk.ts';

/** The walk needs this much room. */
const LEAST = { columns: 80, rows: 24 };

/** Left before everything was read: nothing may be claimed. */
const INCOMPLETE = 3;

/** Whether `check` opens the walk: a person sits before a terminal that can show it, and has not asked for text. */
export function wantsWalk(words: Words, io: Io): boolean {
  const { env } = io;
  const ci = env['CI'] !== undefined && !['', '0', 'false'].includes(env['CI']);
  const asked = booleanFlag(words, 'plain') || stringFlag(words, 'output') !== undefined || stringsFlag(words, 'filename').includes('-');
  if (!io.stdinIsTty || !io.stdoutIsTty || asked || ci || env['TERM'] === 'dumb' || env['INK_SCREEN_READER'] === 'true') return false;
  const { columns, rows } = process.stdout;
  if (columns >= LEAST.columns && rows >= LEAST.rows) return true;
  io.stderr(`This terminal is ${columns}×${rows}; the walk needs ${LEAST.columns}×${LEAST.rows}, so here is the plain report.\n\n`);
  return false;
}

/** Opens the walk; when it is left, prints the verdict to the normal screen. The exit code is the report's, however one leaves. */
export async function openWalk(request: WalkWords, alert: string | undefined): Promise<number> {
  const { words, io, subjectIn } = request;
  const opened = hasCredentialPlugin(words, io.env) ? await withCredentials(words, io) : undefined;
  const world = openWorld(request, opened);
  try {
    const { prepareYoga } = await import('../ui/yoga.ts');
    await prepareYoga();
    const { walk } = await import('../ui/run.tsx');
    const subject = subjectIn(stringFlag(words, 'namespace') ?? opened?.namespace ?? 'default');
    const { report, done, code } = await walk({ subject, alert, world, env: io.env });
    if (report === undefined || !done) {
      if (code === undefined) io.stderr('Left before everything was read: there is no verdict.\n');
      return code ?? INCOMPLETE;
    }
    if (code === undefined) {
      const options = { paint: io.paint, columns: io.columns, wide: false };
      await io.stdout(`${[...verdictText(report, options), ...gapLines(report, options, true)].join('\n')}\n`);
    }
    return code ?? report.exitCode;
  } finally {
    world.close();
  }
}

/** Opens the session and lets the credential plugin ask its questions while the terminal is still as the shell left it. */
async function withCredentials(words: Words, io: Io): Promise<Session> {
  const session = await openSession(words, io, { onProgress: () => {} });
  const served = session.reader.served();
  await served;
  let first = true;
  return {
    ...session,
    reader: {
      ...session.reader,
      served: () => {
        if (!first) return session.reader.served();
        first = false;
        return served;
      },
    },
  };
}
