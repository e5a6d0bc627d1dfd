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
// Nor may it depend on how busy the machine is: time does not run out, and to a server that seems near nothing goes compressed, which another thread undoes.
let now = 0;
performance.now = () => now++;
require('node:timers/promises').setTimeout = () => new Promise(() => {});
for (const kind of ['setTimeout', 'setInterval']) {
  const later = globalThis[kind];
  globalThis[kind] = (act) => later(act, 2 ** 31 - 1).unref();
}
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

/**
 * Compiles what the program in the folder needs to scan a cluster, by having it scan one. Of itself V8 keeps only what runs when a file is
 * loaded; the rest would be compiled at every start, which is a fifth of the time of a small scan.
 */
export async function compile(folder: string, flags: readonly string[]): Promise<void> {
  // A small one: what a large one asks for has no order of its own, and that would show in the bytes.
  const server = await serveObjects([...manyPods(60), service('shop', 'web', '10.96.0.10')]);
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
