import { isatty } from 'node:tty';
import { Failure } from '../model/failure.ts';
import { clean } from '../report/clean.ts';
import { paint } from '../report/layout.ts';
import type { Io } from './define-command.ts';

/** The exit code of a program that could not do its work. */
const FAILED = 2;

/** Runs the program with the given words: results to stdout, everything else to stderr, the exit code as result. Failures are shown in at most three lines. */
export async function run(words: readonly string[], version: string): Promise<number> {
  const io = processIo(version);
  try {
    if (words[0] === '__complete') {
      const { complete } = await import('./complete.ts');
      return await complete(words.slice(1), io);
    }
    const { runCommandLine } = await import('./yargs.ts');
    return await runCommandLine(words, io);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const lines = [error.message, error.why, error.next].filter((line) => line !== undefined && line !== '');
    io.stderr(lines.map((line) => `${clean(line!)}\n`).join(''));
    return FAILED;
  }
}

/** The process's own streams. A reader that goes away early (`| head`) is no failure: the rest is not written. */
function processIo(version: string): Io {
  const { env, stdout, stderr } = process;
  let gone = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // EIO: the terminal was closed.
    gone = true;
    if (error.code === 'EPIPE' || error.code === 'EIO') return;
    stderr.write(`Standard output cannot be written: ${error.message}\n`, () => process.exit(FAILED));
  });
  stderr.on('error', () => {});
  const colour = stdout.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb';
  return {
    stdout: async (text) => {
      if (gone || text === '') return;
      await new Promise<void>((done) => stdout.write(text, () => done()));
    },
    stderr: (text) => void stderr.write(text),
    env,
    // Asking `process.stdin` would open it, and load what reads files as streams.
    stdinIsTty: isatty(0),
    stdoutIsTty: stdout.isTTY,
    stderrIsTty: stderr.isTTY,
    columns: stdout.isTTY && stdout.columns > 0 ? Math.max(40, stdout.columns) : 80,
    paint: paint(colour),
    version,
  };
}
