import test from 'ava';
import { Failure } from '../../src/model/failure.ts';
import { CONFIG_MAPS, NODES, PODS, SERVICES } from '../../src/model/resource.ts';
import { gapsOf, objectsOf } from '../../src/model/snapshot.ts';
import { type Apiserver, startApiserver, writeKubeconfig } from './harness/apiserver.ts';
import { buildOnce } from './harness/binaries.ts';
import { stored } from './harness/objects.ts';
import { need, reading } from './harness/read.ts';
import { namespace, node, pod } from './harness/sample.ts';
import { type Mischief, type Troublemaker, troublemaker } from './harness/troublemaker.ts';

const PODS_PATH = '/api/v1/pods';
const MANY = 300;

let server: Apiserver;
const proxies: Troublemaker[] = [];

test.before(async (t) => {
  await buildOnce(t);
  const pods = Array.from({ length: MANY }, (_, n) => pod('many', `p-${n}`, { ip: `10.244.${1 + (n >> 7)}.${n & 127}` }));
  const maps = Array.from({ length: MANY }, (_, n) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'many', name: `m-${n}` },
    data: { text: `"items":[{]} \\ "${n}" ü` },
  }));
  server = await startApiserver({ objects: stored([namespace('many'), node(1), ...pods, ...maps]) });
});

test.after.always(async () => {
  for (const proxy of proxies) proxy.close();
  await server?.stop();
});

/** A kubeconfig for a server that misbehaves. */
async function through(mischief: Mischief): Promise<{ kubeconfig: string; proxy: Troublemaker }> {
  const proxy = await troublemaker(server.url, mischief);
  proxies.push(proxy);
  return { kubeconfig: writeKubeconfig(server.folder, 'admin', { server: proxy.url }), proxy };
}

const expired = (token?: string): unknown => ({
  kind: 'Status',
  status: 'Failure',
  reason: 'Expired',
  code: 410,
  message: 'The provided continue parameter is too old',
  metadata: { ...(token && { continue: token }) },
});

test('a list that expires is started over once', async (t) => {
  const { kubeconfig } = await through(({ url, count }) =>
    url.pathname === PODS_PATH && count === 3 ? { status: 410, body: expired() } : undefined,
  );
  const { snapshot, warnings } = await reading({ kubeconfig }, [need(PODS)], { chunkSize: 100 });
  t.is(snapshot.pods.size, MANY);
  t.deepEqual(gapsOf(snapshot), []);
  t.deepEqual(warnings, ['pods: the list expired while it was read; starting over']);
});

test('a list that expires again goes on with the inconsistent token, and says so', async (t) => {
  let token = '';
  const { kubeconfig } = await through(({ url, count }) => {
    if (url.pathname !== '/api/v1/configmaps') return undefined;
    token = url.searchParams.get('continue') ?? token;
    return count === 2 || count === 4 ? { status: 410, body: expired(token) } : undefined;
  });
  const { snapshot, warnings } = await reading({ kubeconfig }, [need(CONFIG_MAPS, { namespace: undefined as never })], { chunkSize: 100 });
  const names = objectsOf(snapshot, CONFIG_MAPS).map((object) => (object as { metadata: { name: string } }).metadata.name);
  t.is(new Set(names).size, names.length);
  t.is(names.filter((name) => name.startsWith('m-')).length, MANY);
  t.is(warnings.length, 2);
  t.regex(warnings[1]!, /going on with the server's present state/);
});

test('429 waits as long as it is told, and tries again', async (t) => {
  const { kubeconfig } = await through(({ url, count }) =>
    url.pathname === PODS_PATH && count < 3
      ? { status: 429, headers: { 'retry-after': '1' }, body: { message: 'storage is (re)initializing' } }
      : undefined,
  );
  const started = performance.now();
  const { snapshot, warnings } = await reading({ kubeconfig }, [need(PODS)]);
  t.true(performance.now() - started > 1900);
  t.is(snapshot.pods.size, MANY);
  t.is(warnings.length, 2);
});

test('429 without end: small pages instead, which a server answers from etcd', async (t) => {
  const { kubeconfig } = await through(({ url }) =>
    url.pathname === PODS_PATH && Number(url.searchParams.get('limit') ?? Infinity) > 500
      ? { status: 429, headers: { 'retry-after': '0' }, body: { message: 'storage is (re)initializing' } }
      : undefined,
  );
  const { snapshot, warnings } = await reading({ kubeconfig }, [need(PODS)]);
  t.is(snapshot.pods.size, MANY);
  t.regex(warnings.at(-1)!, /going on with pages of 500/);
});

test('5xx passes', async (t) => {
  const { kubeconfig } = await through(({ count }) => (count === 1 ? { status: 503 } : undefined));
  const { snapshot } = await reading({ kubeconfig }, [need(PODS), need(NODES)]);
  t.deepEqual([snapshot.pods.size, objectsOf(snapshot, NODES).length, gapsOf(snapshot).length], [MANY, 1, 0]);
});

test('an answer that is cut is read again in smaller pages, nothing twice', async (t) => {
  const { kubeconfig, proxy } = await through(({ url, count }) =>
    /pods|configmaps/.test(url.pathname) && count === 1 ? { cutAfter: 20_000 } : undefined,
  );
  const { snapshot } = await reading({ kubeconfig }, [need(PODS), need(CONFIG_MAPS)]);
  t.deepEqual(gapsOf(snapshot), []);
  t.is(snapshot.pods.size, MANY);
  t.is(
    objectsOf(snapshot, CONFIG_MAPS).filter((object) => (object as { metadata: { namespace: string } }).metadata.namespace === 'many')
      .length,
    MANY,
  );
  t.true(proxy.requests.some((path) => path.startsWith(`${PODS_PATH}?limit=5000`)));
});

test('an answer that is cut every time is a gap', async (t) => {
  const { kubeconfig } = await through(({ url }) => (url.pathname === PODS_PATH ? { cutAfter: 5000 } : undefined));
  const { snapshot } = await reading({ kubeconfig }, [need(PODS), need(NODES)]);
  t.deepEqual(
    gapsOf(snapshot).map(({ what, reason }) => [what, reason]),
    [['pods', 'truncated']],
  );
  t.is(objectsOf(snapshot, NODES).length, 1);
});

test('silence is a timeout', async (t) => {
  const { kubeconfig } = await through(({ url }) => (url.pathname === PODS_PATH ? { silence: true } : undefined));
  const { snapshot } = await reading({ kubeconfig, requestTimeout: '1s' }, [need(PODS)]);
  t.deepEqual(
    gapsOf(snapshot).map(({ reason, message }) => [reason, message]),
    [['timeout', 'no answer within 1 s']],
  );
});

test('a distant server is asked for compressed lists', async (t) => {
  const { kubeconfig, proxy } = await through(() => ({ delay: 30 }));
  const { snapshot } = await reading({ kubeconfig }, [need(PODS), need(CONFIG_MAPS)]);
  t.deepEqual([snapshot.pods.size, gapsOf(snapshot).length], [MANY, 0]);
  t.true(proxy.encodings.includes('gzip'));
  const cut = await through(({ url, count }) => (url.pathname === PODS_PATH && count === 1 ? { cutAfter: 5000 } : { delay: 30 }));
  const second = await reading({ kubeconfig: cut.kubeconfig }, [need(PODS)]);
  t.deepEqual([second.snapshot.pods.size, gapsOf(second.snapshot).length], [MANY, 0]);
});

test('discovery: group by group where a server knows no better', async (t) => {
  const { kubeconfig, proxy } = await through(({ url }) =>
    url.pathname === '/apis'
      ? { status: 200, body: { kind: 'APIGroupList', groups: [{ name: 'apps', versions: [{ groupVersion: 'apps/v1', version: 'v1' }] }] } }
      : undefined,
  );
  const { snapshot } = await reading({ kubeconfig }, [need(SERVICES)]);
  t.true(snapshot.served?.has('apps/DaemonSet'));
  t.true(snapshot.served?.has('/Pod'));
  t.true(proxy.requests.includes('/apis/apps/v1'));
});

test.serial('a server that dies in the middle leaves gaps', async (t) => {
  let proxy: Troublemaker | undefined;
  const made = await through(({ url, count }) => {
    if (url.pathname !== PODS_PATH || count < 2) return undefined;
    proxy?.close();
    return { cutAfter: 0 };
  });
  proxy = made.proxy;
  const { snapshot } = await reading({ kubeconfig: made.kubeconfig }, [need(PODS)], { chunkSize: 100 });
  t.is(gapsOf(snapshot)[0]?.what, 'pods');
  t.true(['unreachable', 'truncated'].includes(gapsOf(snapshot)[0]!.reason));
});

test('a server that is not well, or no API server at all, ends the program', async (t) => {
  const ill = await through(() => ({ status: 503, body: { message: 'etcd is down' } }));
  await t.throwsAsync(reading({ kubeconfig: ill.kubeconfig }, [need(PODS)]), { instanceOf: Failure, message: /gives no usable answer/ });
  const portal = await through(() => ({ status: 200, body: '<html>' }));
  await t.throwsAsync(reading({ kubeconfig: portal.kubeconfig }, [need(PODS)]), {
    instanceOf: Failure,
    message: /does not answer like a Kubernetes API server/,
  });
});

test('a user who may not even ask what there is still reads', async (t) => {
  const { kubeconfig } = await through(({ url }) => (/^\/apis?$/.test(url.pathname) ? { status: 403 } : undefined));
  const { snapshot } = await reading({ kubeconfig }, [need(PODS), need(NODES)]);
  t.is(snapshot.served, undefined);
  t.deepEqual([snapshot.pods.size, gapsOf(snapshot).length], [MANY, 0]);
});

test('an apiserver that dies between the first reading and the second', async (t) => {
  const mortal = await startApiserver({ objects: stored([namespace('many'), pod('many', 'p', { ip: '10.244.1.2' })]) });
  t.teardown(() => mortal.stop());
  const suspects = [{ namespace: 'many', name: 'p' }];
  const { snapshot } = await reading({ kubeconfig: mortal.kubeconfig('admin') }, [need(PODS)], { between: () => mortal.kill(), suspects });
  t.is(snapshot.pods.size, 1);
  t.deepEqual([...snapshot.confirmed], []);
  t.deepEqual(
    gapsOf(snapshot).map(({ what, reason }) => [what, reason]),
    [['second reading of the pods under suspicion', 'unreachable']],
  );
});
