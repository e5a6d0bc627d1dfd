import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'postject';

/** A Node for another platform than this one, to put the program into. */
export type ForeignNode = { readonly binary: string; readonly os: 'linux' | 'darwin' | 'windows' };

/**
 * Builds the single executable from a bundle: this Node, or a foreign one, with the program inside. Uses `folder` for its intermediate files.
 * The same sources give the same bytes.
 */
export async function executable(main: string, output: string, folder: string, foreign?: ForeignNode): Promise<void> {
  const node = process.execPath;
  if (!process.version.startsWith('v24.')) {
    throw new Error(`the program is built from Node 24, and this is ${process.version}: use \`npm run build\`, or install Node 24`);
  }
  mkdirSync(folder, { recursive: true });
  copyFileSync(main, path.join(folder, 'main.cjs'));
  writeFileSync(
    path.join(folder, 'sea.json'),
    JSON.stringify({
      // Relative: the path is written into the program.
      main: 'main.cjs',
      output: 'program.blob',
      disableExperimentalSEAWarning: true,
      // Compiled code fits the processor and system that compiled it.
      useCodeCache: foreign === undefined,
      // The user's NODE_OPTIONS are for other programs. A small nursery: what streams through is let go of soon (200 MB become 130).
      execArgv: ['--no-warnings', '--max-semi-space-size=4'],
      execArgvExtension: 'none',
    }),
  );
  // Unpredictable, the code cache would differ from build to build.
  execFileSync(node, ['--predictable', '--experimental-sea-config', 'sea.json'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

  copyFileSync(foreign?.binary ?? node, output);
  chmodSync(output, 0o755);
  if (foreign === undefined && process.platform === 'darwin') execFileSync('codesign', ['--remove-signature', output]);
  else strip(output, foreign);
  await quietly(() =>
    inject(output, 'NODE_SEA_BLOB', readFileSync(path.join(folder, 'program.blob')), {
      sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
      machoSegmentName: 'NODE_SEA',
    }),
  );
  // macOS on Apple silicon kills what is not signed.
  if (foreign === undefined && process.platform === 'darwin') execFileSync('codesign', ['--sign', '-', '--force', output]);
}

/** Symbols make a quarter of the file. They go before the injection: `strip` would damage what is injected. */
function strip(output: string, foreign: ForeignNode | undefined): void {
  if ((foreign?.os ?? process.platform) !== 'linux') return;
  const tool = (foreign === undefined ? ['strip'] : ['aarch64-linux-gnu-strip', 'llvm-strip']).find(available);
  if (tool !== undefined) execFileSync(tool, ['--strip-all', output]);
}

function available(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Drops the warnings about ELF notes that postject's library prints for every Node binary. */
async function quietly(work: () => Promise<void>): Promise<void> {
  const { log, warn, error } = console;
  const heard: string[] = [];
  const hear = (...words: unknown[]): void => void heard.push(words.join(' '));
  Object.assign(console, { log: hear, warn: hear, error: hear });
  try {
    await work();
  } catch (cause) {
    throw new Error(['the program could not be put into the Node binary', ...heard].join('\n'), { cause });
  } finally {
    Object.assign(console, { log, warn, error });
  }
}
