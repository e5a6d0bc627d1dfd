import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'postject';

/** Builds the single executable from a bundle: this Node, with the program inside. Uses `folder` for its intermediate files. */
export async function executable(main: string, output: string, folder: string): Promise<void> {
  const node = process.execPath;
  if (!process.version.startsWith('v24.')) {
    throw new Error(`the program is built from Node 24, and this is ${process.version}: use \`npm run build\`, or install Node 24`);
  }
  mkdirSync(folder, { recursive: true });
  const blob = path.join(folder, 'program.blob');
  const config = path.join(folder, 'sea.json');
  writeFileSync(
    config,
    JSON.stringify({
      main,
      output: blob,
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
      // The user's NODE_OPTIONS are for other programs. A small nursery: what streams through is let go of soon (200 MB become 130).
      execArgv: ['--no-warnings', '--max-semi-space-size=4'],
      execArgvExtension: 'none',
    }),
  );
  execFileSync(node, ['--experimental-sea-config', config], { stdio: ['ignore', 'pipe', 'pipe'] });

  copyFileSync(node, output);
  chmodSync(output, 0o755);
  // Symbols make a quarter of the file. They go before the injection: `strip` would damage what is injected.
  if (process.platform === 'linux' && available('strip')) execFileSync('strip', ['--strip-all', output]);
  if (process.platform === 'darwin') execFileSync('codesign', ['--remove-signature', output]);
  await quietly(() =>
    inject(output, 'NODE_SEA_BLOB', readFileSync(blob), {
      sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
      machoSegmentName: 'NODE_SEA',
    }),
  );
  // macOS on Apple silicon kills what is not signed.
  if (process.platform === 'darwin') execFileSync('codesign', ['--sign', '-', '--force', output]);
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
