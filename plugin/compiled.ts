import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { manyPods } from '../test/cluster/harness/many.ts';
import { service } from '../test/cluster/harness/sample.ts';
import { serveObjects } from '../test/support/apiserver/server.ts';

/** Runs a program, `program`, and keeps all code that was compiled for that, in `cache`. */
const KEEP = `const { readFileSync, writeFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const script = new vm.Script(readFileSync('program', 'latin1'));
// Code that has not run for a while would be dropped. Reset in the end: a cache fits only the flags that it was made with.
setFlagsFromString('--no-flush-bytecode');
process.once('exit', () => {
  setFlagsFromString('--flush-bytecode');
  writeFileSync('cache', script.createCachedData());
});
process.argv = [process.execPath, process.execPath, 'scan', '-A'];
script.runInThisContext()({}, require, {}, process.execPath, process.cwd());`;

/** Fails when V8 does not take it. */
const TRY = `const { readFileSync } = require('node:fs');
const script = new vm.Script(readFileSync('program', 'latin1'), { cachedData: readFileSync('cache') });
if (script.cachedDataRejected) throw new Error('the compiled code does not fit the flags of the program');`;

/**
 * Compiles what the program in the folder needs to scan a cluster, by having it scan one. Of itself V8 keeps only what runs when a file is
 * loaded; the rest would be compiled at every start, which is a fifth of the time of a small scan.
 */
export async function compile(folder: string, flags: readonly string[]): Promise<void> {
  // So slow that it always counts as distant, and so small that what is asked comes in one order: how busy the machine is must not show.
  const server = await serveObjects([...manyPods(60), service('shop', 'web', '10.96.0.10')], { delayMs: 15 });
  const node = promisify(execFile).bind(undefined, process.execPath);
  try {
    // Unpredictable, it would differ from build to build.
    // Nor does anything of the builder's environment get in; Windows has no network without its root.
    const env = { KUBECONFIG: server.kubeconfig, SystemRoot: process.env['SystemRoot'] };
    await node(['--predictable', '-e', KEEP], { cwd: folder, env, timeout: 60_000 });
    await node([...flags, '-e', TRY], { cwd: folder });
  } finally {
    server.close();
  }
}
