import { once } from 'node:events';
import https from 'node:https';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Apiserver, grant, startApiserver, writeKubeconfig } from './harness/apiserver.ts';
import { buildOnce } from './harness/binaries.ts';
import { certificate } from './harness/certificate.ts';
import { type Run, run } from './harness/measure.ts';
import { addressesOf, stored } from './harness/objects.ts';
import { freePort } from './harness/processes.ts';
import { healthyCluster, pod } from './harness/sample.ts';
import { troublemaker } from './harness/troublemaker.ts';

const BINARY = join(import.meta.dirname, '..', '..', 'dist', 'kubectl-ipconflict');
const COMMANDS = [
  ['scan', '-A'],
  ['scan', '-A', '-o', 'json'],
  ['check', 'shop/cart-1'],
  ['ip', '10.244.1.10', '-o', 'yaml'],
];

let server: Apiserver;

test.before(async (t) => {
  await buildOnce(t);
  const twins = [1, 2].map((n) => pod('billing', `twin-${n}`, { ip: '10.244.2.30', node: n }));
  const objects = [...healthyCluster(), ...twins];
  server = await startApiserver({
    objects: stored([...objects, ...addressesOf(objects.filter((object) => object['kind'] === 'Service'))]),
  });
});
test.after.always(async () => {
  await server?.stop();
});

const program = (kubeconfig: string, ...words: string[]): Promise<Run> => run(BINARY, words, { KUBECONFIG: kubeconfig });
const inBase64 = (pem: string): string => Buffer.from(pem).toString('base64');

/** It says in three lines at most why it cannot work, and nothing else. */
function failed(t: ExecutionContext, { code, stdout, stderr }: Run, says: RegExp): void {
  t.deepEqual([code, stdout], [2, ''], stderr);
  t.regex(stderr, says);
  t.true(stderr.trim().split('\n').length <= 3, stderr);
  t.notRegex(stderr, /\n\s+at |node:internal/);
}

async function everyCommandFails(t: ExecutionContext, kubeconfig: string, says: RegExp): Promise<void> {
  for (const words of COMMANDS) failed(t, await program(kubeconfig, ...words), says);
}

test('unreachable', async (t) => {
  await everyCommandFails(t, server.kubeconfig('admin', { server: `https://127.0.0.1:${await freePort()}` }), /cannot be reached/);
});

test('a name that does not resolve', async (t) => {
  failed(t, await program(server.kubeconfig('admin', { server: 'https://nowhere.invalid:6443' }), 'scan'), /cannot be reached/);
});

test('wrong CA', async (t) => {
  const changes = { 'certificate-authority-data': inBase64(certificate('another').cert) };
  await everyCommandFails(t, server.kubeconfig('admin', changes), /authority that is not trusted/);
});

test('expired certificate of the server', async (t) => {
  const issuer = certificate('ca');
  const { cert, key } = certificate('old', { issuer, validDays: -1 });
  const old = https.createServer({ cert, key }).listen(0, '127.0.0.1');
  await once(old, 'listening');
  t.teardown(() => void old.close());
  const { port } = old.address() as { port: number };
  const changes = { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': inBase64(issuer.cert) };
  await everyCommandFails(t, server.kubeconfig('admin', changes), /has expired/);
});

test('401: a wrong token, an expired client certificate', async (t) => {
  await everyCommandFails(t, server.kubeconfig('wrong'), /401 Unauthorized/);
  const { cert, key } = certificate('me', { issuer: server.clientAuthority, validDays: -1 });
  const trust = { server: server.url, 'certificate-authority-data': inBase64(server.ca) };
  const user = { 'client-certificate-data': inBase64(cert), 'client-key-data': inBase64(key) };
  failed(t, await program(writeKubeconfig(server.folder, 'me', trust, user), 'scan', '-A'), /client certificate has expired/);
});

test('403: nothing is called clean, the missing right is named', async (t) => {
  for (const words of COMMANDS) {
    const { code, stdout, stderr } = await program(server.kubeconfig('outsider'), ...words);
    t.is(code, 3, stdout + stderr);
    t.regex(stdout.replaceAll(/\s+/g, ' '), /list pods cluster-wide is forbidden for user/);
    t.notRegex(stdout + stderr, /\n\s+at |node:internal/);
    t.true(stderr.trim().split('\n').length <= 3, stderr);
  }
});

test('403 but for one namespace: its pods are compared all the same', async (t) => {
  await grant(server, 'shopkeeper', [{ apiGroups: [''], resources: ['pods', 'services'], verbs: ['get', 'list'] }], 'billing');
  const kubeconfig = server.kubeconfig('shopkeeper');
  for (const words of [
    ['scan', '-n', 'billing'],
    ['check', 'billing/twin-1'],
    ['check', 'twin-1', '-n', 'billing'],
  ]) {
    const { code, stdout, stderr } = await program(kubeconfig, ...words);
    t.is(code, 1, stdout + stderr);
    t.regex(stdout, /10\.244\.2\.30/);
    t.regex(stdout, /twin-2/);
    t.regex(stdout.replaceAll(/\s+/g, ' '), /list pods cluster-wide is forbidden/);
  }
});

test('what does not exist: near names', async (t) => {
  const kubeconfig = server.kubeconfig('admin');
  failed(t, await program(kubeconfig, 'check', 'shop/crat-1'), /no pod shop\/crat-1[^]*shop\/cart-1/);
  failed(t, await program(kubeconfig, 'check', 'cart-1', '-n', 'shpo'), /no pod shpo\/cart-1[^]*shop\/cart-1/);
  failed(t, await program(kubeconfig, 'check', 'node/node1', '-o', 'json'), /no node node1[^]*node-1/);
  failed(t, await program(kubeconfig, 'check', 'service/shop/card'), /no Service shop\/card[^]*shop\/cart/);
});

test('no kubeconfig, no such context, what is no API server', async (t) => {
  failed(t, await program('/nowhere/config', 'scan', '-A'), /no kubeconfig/i);
  failed(t, await program(server.kubeconfig('admin'), 'scan', '--context', 'tset'), /no context "tset"[^]*test/);
  const portal = await troublemaker(server.url, () => ({ status: 200, body: '<html>' }));
  t.teardown(() => portal.close());
  failed(t, await program(server.kubeconfig('admin', { server: portal.url }), 'scan', '-A'), /not answer like a Kubernetes API server/);
});

test('an empty cluster: said, and nothing wrong', async (t) => {
  const empty = await startApiserver();
  t.teardown(() => empty.stop());
  const { code, stdout, stderr } = await program(empty.kubeconfig('admin'), 'scan', '-A');
  t.is(code, 0, stdout + stderr);
  t.is(stderr, '');
  t.regex(stdout, /0 pods|no pods/i);
});

test('a server that dies in the middle of the pods: 3, and what is missing is said', async (t) => {
  const front = await troublemaker(server.url, ({ url }) => (url.pathname === '/api/v1/pods' ? { cutAfter: 500 } : undefined));
  t.teardown(() => front.close());
  const { code, stdout, stderr } = await program(server.kubeconfig('admin', { server: front.url }), 'scan', '-A');
  t.is(code, 3, stdout + stderr);
  t.regex(stdout, /pods: truncated/);
});
