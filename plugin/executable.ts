import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'postject';
import { packageVersion } from './bundle.ts';
import { compile } from './compiled.ts';

/** A Node for another platform than this one, to put the program into. */
export type ForeignNode = { readonly binary: string; readonly os: 'linux' | 'darwin' | 'windows' };

/** A small nursery of one size: what streams through is let go of soon (200 MB become 130). Other flags may void compiled code, Node's own too (16 ms). */
const FLAGS = ['--no-warnings', '--min-semi-space-size=4', '--max-semi-space-size=4'];

/** The program and its compiled code lie beside this as assets; who asks for the version only need not wait for them. */
const launcher = (): string => `const words = process.argv.slice(2);
if (words.length === 1 && words[0] === '--version') process.stdout.write('kubectl-ipconflict ${packageVersion()}\\n');
else {
  const { getRawAsset, getAssetKeys } = require('node:sea');
  const { Script } = require('node:vm');
  const asset = (name) => Buffer.from(getRawAsset(name));
  const cachedData = getAssetKeys().includes('cache') ? asset('cache') : undefined;
  const script = new Script(asset('program').latin1Slice(), { filename: __filename, cachedData });
  script.runInThisContext()(exports, require, module, __filename, __dirname);
}
`;

/** The text of a bundle. It is read as Latin-1, which takes half the memory of what more letters would need. */
function ascii(main: string): string {
  const text = readFileSync(main, 'utf8');
  const other = /[^\0-\x7f]/.exec(text);
  if (other !== null) throw new Error(`the bundle holds ${other[0]}: write it as an escape, ${text.slice(other.index - 40, other.index)}`);
  return text;
}

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
  writeFileSync(path.join(folder, 'launcher.cjs'), launcher());
  writeFileSync(path.join(folder, 'program'), `(function (exports, require, module, __filename, __dirname) {${ascii(main)}\n})`);
  // Compiled code fits the processor and system that compiled it.
  if (foreign === undefined) await compile(folder, FLAGS);
  writeFileSync(
    path.join(folder, 'sea.json'),
    JSON.stringify({
      // Relative: the path is written into the program.
      main: 'launcher.cjs',
      output: 'program.blob',
      disableExperimentalSEAWarning: true,
      assets: { program: 'program', ...(foreign === undefined && { cache: 'cache' }) },
      execArgv: FLAGS,
      // The user's NODE_OPTIONS are for other programs.
      execArgvExtension: 'none',
    }),
  );
  execFileSync(node, ['--experimental-sea-config', 'sea.json'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

  const work = path.join(folder, 'executable');
  copyFileSync(foreign?.binary ?? node, work);
  chmodSync(work, 0o755);
  if (foreign === undefined && process.platform === 'darwin') execFileSync('codesign', ['--remove-signature', work]);
  else strip(work, foreign);
  await quietly(() =>
    inject(work, 'NODE_SEA_BLOB', readFileSync(path.join(folder, 'program.blob')), {
      sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
      machoSegmentName: 'NODE_SEA',
    }),
  );
  // macOS on Apple silicon kills what is not signed.
  if (foreign === undefined && process.platform === 'darwin') execFileSync('codesign', ['--sign', '-', '--force', work]);
  // As an installation writes it. Written at once, as by `inject`, a file lies in memory in large pieces, and a program that runs counts them whole (15 MB).
  copyFileSync(work, output);
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
