import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { type Json, list, number, text } from '../../src/model/json.ts';
import { type Apiserver, startApiserver, writeKubeconfig } from './harness/apiserver.ts';
import { buildOnce } from './harness/binaries.ts';
import { manyPods } from './harness/many.ts';
import { stored } from './harness/objects.ts';
import { start } from './harness/processes.ts';
import { type Mischief, troublemaker } from './harness/troublemaker.ts';

const BINARY = join(import.meta.dirname, '..', '..', 'dist', 'kubectl-ipconflict');
const PODS = '/api/v1/pods';
/** A fifth of a second is promised; a machine that builds other things beside gets more. */
const PATIENCE = 600;

let server: Apiserver;
test.before(async (t) => {
  await buildOnce(t);
  server = await startApiserver({ objects: stored(manyPods(2000)) });
});
test.after.always(async () => {
  await server?.stop();
});

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string; readonly ms: number };

/** Runs a scan against a server that stops answering somewhere, and interrupts it there. */
async function interrupted(mischief: Mischief, until: (requests: readonly string[]) => boolean): Promise<Ended> {
  const front = await troublemaker(server.url, mischief);
  const kubeconfig = writeKubeconfig(server.folder, 'admin', { server: front.url });
  const child = start(BINARY, ['scan', '-A', '--full', '-o', 'json', '--chunk-size', '500', '--kubeconfig', kubeconfig], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output.stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk));
  while (!until(front.requests)) await sleep(20);
  await sleep(300);
  const began = performance.now();
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number | null];
  front.close();
  return { code, ...output, ms: performance.now() - began };
}

test.serial('Ctrl-C in the middle of the pods: what is known, marked incomplete', async (t) => {
  const stuck: Mischief = ({ url, count }) => (url.pathname === PODS && count === 3 ? { silence: true } : undefined);
  const { code, stdout, stderr, ms } = await interrupted(stuck, (requests) => requests.filter((url) => url.startsWith(PODS)).length === 3);
  t.is(code, 3, stdout + stderr);
  t.is(stderr, '');
  const report: Json = JSON.parse(stdout);
  t.is(text(report, 'status'), 'incomplete');
  t.is(number(report, 'summary', 'pods'), 1000);
  t.deepEqual(list(report, 'findings'), []);
  t.true(list(report, 'gaps').some((gap) => /interrupted/.test(text(gap, 'message') ?? '')));
  t.log(`answered after ${ms.toFixed(0)} ms`);
  t.true(ms < PATIENCE);
});

test.serial('Ctrl-C before anything was answered', async (t) => {
  const { code, stdout, stderr, ms } = await interrupted(
    () => ({ silence: true }),
    (requests) => requests.length >= 3,
  );
  t.is(code, 3, stdout + stderr);
  t.is(text(JSON.parse(stdout), 'status'), 'incomplete');
  t.true(ms < PATIENCE);
});

test.serial('Ctrl-C while it waits to try again', async (t) => {
  const busy: Mischief = ({ url }) =>
    url.pathname === PODS ? { status: 429, headers: { 'retry-after': '30' }, body: { message: 'busy' } } : undefined;
  const { code, stdout, stderr, ms } = await interrupted(busy, (requests) => requests.some((url) => url.startsWith(PODS)));
  t.is(code, 3, stdout + stderr);
  t.true(ms < PATIENCE);
});
