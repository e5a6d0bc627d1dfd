import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { manyPods } from '../test/cluster/harness/many.ts';
import { service } from '../test/cluster/harness/sample.ts';
import { serveObjects } from '../test/support/apiserver/server.ts';

/**
 * Has a program, `program`, scan a cluster, and keeps all code that was compiled for that, in `cache`. Over one connection:
 * with several, what is compiled first would depend on which answer comes first, and show in the bytes.
 */
const KEEP = `const { readFileSync, writeFileSync } = require('node:fs');
const { Agent } = require('node:http');
const { setFlagsFromString } = require('node:v8');
Object.defineProperty(Agent.prototype, 'maxSockets', { get: () => 1, set() {} });
const script = new vm.Script(readFileSync('program', 'latin1'));
// Code that has not run for a while would be dropped. Reset in the end, with what the program has set: a cache fits only the flags that it was made with.
setFlagsFromString('--no-flush-bytecode');
process.once('exit', () => {
  for (const flag of ['--flush-bytecode', '--turbofan']) setFlagsFromString(flag);
  writeFileSync('cache', script.createCachedData());
});
process.argv = [process.execPath, process.execPath, 'scan', '-A', '--fail-on', 'never'];
script.runInThisContext()({}, require, {}, process.execPath, process.cwd());`;

/** Fails when V8 does not take it. */
const TRY = `const { readFileSync } = require('node:fs');
const script = new vm.Script(readFileSync('program', 'latin1'), { cachedData: readFileSync('cache') });
if (script.cachedDataRejected) throw new Error('the compiled code does not fit the flags of the program');`;

/** Milliseconds before each answer: what is near is asked otherwise than what is far, and which it is must not depend on how busy the machine is. */
const DELAY = 15;

/**
 * Compiles what the program in the folder needs to scan a cluster, by having it scan one. Of itself V8 keeps only what runs when a file is
 * loaded; the rest would be compiled at every start, which is a fifth of the time of a small scan.
 */
export async function compile(folder: string, flags: readonly string[]): Promise<void> {
  // A small one: what a large one asks for has no order of its own, and that would show in the bytes.
  const server = await serveObjects([...manyPods(60), service('shop', 'web', '10.96.0.10')], { delayMs: DELAY });
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
