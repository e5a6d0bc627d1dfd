import { join } from 'node:path';
import test from 'ava';
import { type Json, type JsonRecord, list, text, texts } from '../../src/model/json.ts';
import { type Apiserver, grant, startApiserver } from './harness/apiserver.ts';
import { buildOnce } from './harness/binaries.ts';
import { freePort } from './harness/processes.ts';
import { type Run, run } from './harness/measure.ts';
import { addressesOf, stored } from './harness/objects.ts';
import { endpointSlice, healthyCluster, pod, service } from './harness/sample.ts';

const BINARY = join(import.meta.dirname, '..', '..', 'dist', 'kubectl-ipconflict');

const scan = (kubeconfig: string, ...more: string[]): Promise<Run> =>
  run(BINARY, ['scan', ...(more.includes('-n') ? [] : ['-A']), ...more], { KUBECONFIG: kubeconfig });

/** A server that holds the healthy cluster and something more. */
async function serverWith(more: readonly JsonRecord[] = []): Promise<Apiserver> {
  const objects = [...healthyCluster(), ...more];
  return startApiserver({ objects: stored([...objects, ...addressesOf(objects.filter((object) => object['kind'] === 'Service'))]) });
}

test.before(buildOnce);

test('a healthy cluster: 0, and silence about host network, finished and failed pods', async (t) => {
  const server = await serverWith();
  t.teardown(() => server.stop());
  const kubeconfig = server.kubeconfig('admin');
  const table = await scan(kubeconfig);
  t.is(table.code, 0, table.stdout + table.stderr);
  t.notRegex(table.stdout, /kube-proxy|migrate-done|report-failed/);
  const json = await scan(kubeconfig, '-o', 'json');
  const report: Json = JSON.parse(json.stdout);
  t.deepEqual([text(report, 'status'), list(report, 'gaps')], ['clean', []]);
  t.deepEqual(
    server.audit().filter(({ agent, verb }) => agent.startsWith('kubectl-ipconflict/') && !['get', 'list', 'watch'].includes(verb)),
    [],
  );
});

test('a duplicate: 1, naming both pods, their nodes and the Services they stand in', async (t) => {
  const web = pod('shop', 'web-1', { ip: '10.244.1.20', node: 1, labels: { app: 'web' } });
  const thief = pod('billing', 'thief', { ip: '10.244.1.20', node: 2 });
  const server = await serverWith([web, thief, service('shop', 'web', '10.96.0.30'), endpointSlice('shop', 'web', [web])]);
  t.teardown(() => server.stop());
  const kubeconfig = server.kubeconfig('admin');
  const table = await scan(kubeconfig);
  t.is(table.code, 1, table.stdout + table.stderr);
  for (const name of ['10.244.1.20', 'shop/web-1', 'billing/thief', 'node-1', 'node-2', 'web'])
    t.true(table.stdout.includes(name), `${name} in\n${table.stdout}`);
  const report: Json = JSON.parse((await scan(kubeconfig, '-o', 'json')).stdout);
  const finding = list(report, 'findings').find((found) => text(found, 'id') === 'duplicate-pod-ip');
  t.is(text(finding, 'confidence'), 'confirmed');
  t.deepEqual(
    list(finding, 'holders')
      .map((holder) => text(holder, 'name') ?? '')
      .toSorted(),
    ['thief', 'web-1'],
  );
  t.true(texts(finding, 'affects').some((name) => name.includes('shop/web')));
  const limited = await scan(kubeconfig, '-n', 'billing', '-o', 'json');
  t.is(limited.code, 1, 'what is compared is never limited');
});

test('a user who may list one namespace only: 3, naming the missing right', async (t) => {
  const server = await serverWith();
  t.teardown(() => server.stop());
  await grant(server, 'shopkeeper', [{ apiGroups: [''], resources: ['pods', 'services'], verbs: ['get', 'list'] }], 'shop');
  for (const scope of [[], ['-n', 'shop']]) {
    const { code, stdout, stderr } = await scan(server.kubeconfig('shopkeeper'), ...scope);
    t.is(code, 3, stdout + stderr);
    t.regex(stdout + stderr, /list pods/);
    t.regex(stdout + stderr, /forbidden/);
  }
});

test('a dead server: 2, three lines at most, nothing on stdout', async (t) => {
  const server = await serverWith();
  t.teardown(() => server.stop());
  const changes = [{ server: `https://127.0.0.1:${await freePort()}` }, { 'certificate-authority-data': undefined }];
  const kubeconfigs = [...changes.map((change) => server.kubeconfig('admin', change)), server.kubeconfig('wrong'), '/nowhere'];
  for (const kubeconfig of kubeconfigs) {
    const { code, stdout, stderr } = await run(BINARY, ['scan', '-A', '--kubeconfig', kubeconfig]);
    t.deepEqual([code, stdout], [2, ''], stderr);
    t.true(stderr.trim().split('\n').length <= 3, stderr);
    t.notRegex(stderr, /\n\s+at /);
  }
});
