import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { JsonRecord } from '../../src/model/json.ts';
import { type Apiserver, grant, startApiserver } from './harness/apiserver.ts';
import { buildOnce } from './harness/binaries.ts';
import { run } from './harness/measure.ts';
import { addressesOf, stored } from './harness/objects.ts';
import { start } from './harness/processes.ts';
import { endpointSlice, healthyCluster, pod, service } from './harness/sample.ts';

const BINARY = join(import.meta.dirname, '..', '..', 'dist', 'kubectl-ipconflict');

async function serverWithDuplicate(): Promise<Apiserver> {
  const web = pod('shop', 'web-1', { ip: '10.244.1.20', node: 1, labels: { app: 'web' } });
  const thief = pod('billing', 'thief', { ip: '10.244.1.20', node: 2 });
  const objects = [...healthyCluster(), web, thief, service('shop', 'web', '10.96.0.30'), endpointSlice('shop', 'web', [web])];
  return startApiserver({ objects: stored([...objects, ...addressesOf(objects.filter((object) => object['kind'] === 'Service'))]) });
}

/** What does not depend on where and when it was read. */
const essence = (stdout: string): JsonRecord => {
  const { source: _, readAt: __, ...report } = JSON.parse(stdout) as JsonRecord;
  return report;
};

test.before(buildOnce);

test('a capture of a server is judged as the server is; nothing but reading was asked for', async (t) => {
  const server = await serverWithDuplicate();
  t.teardown(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), 'ipconflict-capture-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const KUBECONFIG = server.kubeconfig('admin');
  const made = await run(BINARY, ['capture', '-o', join(folder, 'c.tgz')], { KUBECONFIG });
  t.is(made.code, 0, made.stderr);
  for (const words of [['scan', '-A'], ['check'], ['check', 'billing/thief'], ['check', 'ip/10.244.1.20']]) {
    const live = await run(BINARY, [...words, '-o', 'json'], { KUBECONFIG });
    const offline = await run(BINARY, [...words, '-o', 'json', '-f', join(folder, 'c.tgz')]);
    t.is(offline.code, live.code, offline.stderr);
    t.deepEqual(essence(offline.stdout), essence(live.stdout), words.join(' '));
  }
  const asked = server.audit().filter(({ agent }) => agent.startsWith('kubectl-ipconflict/'));
  t.deepEqual(
    asked.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb)),
    [],
  );
  t.deepEqual(
    asked.filter(({ uri }) => uri.includes('/secrets')),
    [],
  );
});

test('what may not be read is in the capture, with the reason', async (t) => {
  const server = await serverWithDuplicate();
  t.teardown(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), 'ipconflict-capture-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  await grant(server, 'lister', [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]);
  const KUBECONFIG = server.kubeconfig('lister');
  t.is((await run(BINARY, ['capture', '-o', join(folder, 'c')], { KUBECONFIG })).code, 0);
  const live = await run(BINARY, ['scan', '-A', '-o', 'json'], { KUBECONFIG });
  const offline = await run(BINARY, ['scan', '-A', '-o', 'json', '-f', join(folder, 'c')]);
  t.is(offline.code, live.code);
  t.deepEqual(essence(offline.stdout), essence(live.stdout));
});

test('interrupted, a capture leaves no file under its name, and goes on where it was', async (t) => {
  const server = await serverWithDuplicate();
  t.teardown(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), 'ipconflict-capture-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const KUBECONFIG = server.kubeconfig('admin');
  const out = join(folder, 'c.tgz');
  const partial = join(folder, 'c.partial');
  const child = start(BINARY, ['capture', '-o', out], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, KUBECONFIG } });
  const closed = once(child, 'close');
  // As soon as one answer is there.
  const journal = join(partial, 'journal.jsonl');
  for (
    let i = 0;
    i < 2000 && !(existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > 2) && child.exitCode === null;
    i++
  )
    await sleep(1);
  child.kill('SIGINT');
  const [code] = (await closed) as [number];
  t.is(code, 130);
  t.false(existsSync(out));
  const again = await run(BINARY, ['capture', '-o', out], { KUBECONFIG });
  t.is(again.code, 0, again.stderr);
  t.regex(again.stderr, /going on with .* answers are there already/);
  t.false(existsSync(partial));
  const live = await run(BINARY, ['scan', '-A', '-o', 'json'], { KUBECONFIG });
  const offline = await run(BINARY, ['scan', '-A', '-o', 'json', '-f', out]);
  t.deepEqual(essence(offline.stdout), essence(live.stdout));
});
