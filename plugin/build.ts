import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT, bundle, packageVersion } from './bundle.ts';
import { executable } from './executable.ts';

/** Where everything that is built lands. */
export const DIST = path.join(ROOT, 'dist');

/** The name of the program on this platform. */
export const PROGRAM = process.platform === 'win32' ? 'kubectl-ipconflict.exe' : 'kubectl-ipconflict';

/** The script that kubectl calls for completions. */
const COMPLETION = 'kubectl_complete-ipconflict';

/** Builds the program for this platform: `main.cjs`, the executable made of it, and the completion script. */
export async function buildProgram(entry?: string, dist = DIST): Promise<Metafile> {
  const started = new Date();
  const work = path.join(dist, `.work-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    const metafile = await bundle(path.join(work, 'main.cjs'), entry);
    await executable(path.join(work, 'main.cjs'), path.join(work, PROGRAM), path.join(work, 'sea'));
    copyFileSync(path.join(ROOT, 'plugin', COMPLETION), path.join(work, COMPLETION));
    chmodSync(path.join(work, COMPLETION), 0o755);
    const version = execFileSync(path.join(work, PROGRAM), ['--version'], { encoding: 'utf8' }).trim();
    if (!version.includes(packageVersion()))
      throw new Error(`the program says it is version ${JSON.stringify(version)}, not ${packageVersion()}`);
    for (const name of ['main.cjs', COMPLETION, PROGRAM]) {
      // Dated by the start: a source saved during the build is newer. Renamed into place: a program that runs is not disturbed.
      utimesSync(path.join(work, name), started, started);
      renameSync(path.join(work, name), path.join(dist, name));
    }
    return metafile;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  try {
    await buildProgram();
  } catch (error) {
    process.stderr.write(`build: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
