import { chmodSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { connect as connectTo } from 'node:net';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { type ConnectionFlags, connect } from '../../src/cluster/connect.ts';
import { proxyFromEnvironment } from '../../src/cluster/proxy.ts';
import { Failure } from '../../src/model/failure.ts';
import { PODS } from '../../src/model/resource.ts';
import { gapsOf } from '../../src/model/snapshot.ts';
import { type Apiserver, startApiserver, writeKubeconfig } from './harness/apiserver.ts';
import { buildOnce } from './harness/binaries.ts';
import { certificate } from './harness/certificate.ts';
import { freePort } from './harness/processes.ts';
import { need, reading } from './harness/read.ts';

let server: Apiserver;

test.before(async (t) => {
  await buildOnce(t);
  server = await startApiserver();
});
test.after.always(async () => {
  await server?.stop();
});

/** The Failure that reading with these flags ends with. */
async function failure(flags: ConnectionFlags): Promise<Failure> {
  try {
    await reading(flags, [need(PODS)]);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const inBase64 = (pem: string): string => Buffer.from(pem).toString('base64');

test.serial('no kubeconfig', async (t) => {
  t.regex((await failure({ kubeconfig: '/nowhere/config' })).message, /There is no kubeconfig \/nowhere\/config/);
  const { KUBECONFIG, HOME } = process.env;
  process.env['KUBECONFIG'] = '';
  process.env['HOME'] = server.folder;
  const { message, why, next } = await failure({});
  Object.assign(process.env, { HOME, ...(KUBECONFIG !== undefined && { KUBECONFIG }) });
  t.is(message, 'There is no kubeconfig.');
  t.regex(why ?? '', /\.kube\/config/);
  t.regex(next ?? '', /--kubeconfig/);
});

test('no such context, cluster, user', async (t) => {
  const kubeconfig = server.kubeconfig('admin');
  const { message, why } = await failure({ kubeconfig, context: 'tset' });
  t.is(message, 'There is no context "tset" in the kubeconfig.');
  t.is(why, 'Its contexts: test.');
  t.is((await failure({ kubeconfig, cluster: 'x' })).message, 'There is no cluster "x" in the kubeconfig.');
  t.is((await failure({ kubeconfig, user: 'x' })).message, 'There is no user "x" in the kubeconfig.');
});

test('a kubeconfig that is no YAML', async (t) => {
  const file = join(server.folder, 'broken');
  writeFileSync(file, 'clusters: [}');
  t.regex((await failure({ kubeconfig: file })).message, /cannot be read/);
});

test('unreachable', async (t) => {
  const { message, why } = await failure({ kubeconfig: server.kubeconfig('admin', { server: `https://127.0.0.1:${await freePort()}` }) });
  t.regex(message, /cannot be reached/);
  t.regex(why ?? '', /ECONNREFUSED/);
});

test('wrong CA', async (t) => {
  const ca = inBase64(certificate('another').cert);
  t.regex(
    (await failure({ kubeconfig: server.kubeconfig('admin', { 'certificate-authority-data': ca }) })).message,
    /authority that is not trusted/,
  );
  t.regex(
    (await failure({ kubeconfig: server.kubeconfig('admin', { 'certificate-authority-data': undefined }) })).message,
    /authority that is not trusted/,
  );
  const { snapshot } = await reading(
    { kubeconfig: server.kubeconfig('admin', { 'certificate-authority-data': ca }), insecureSkipTlsVerify: true },
    [need(PODS)],
  );
  t.deepEqual(gapsOf(snapshot), []);
});

test('expired certificate of the server', async (t) => {
  const issuer = certificate('ca');
  const { cert, key } = certificate('old', { issuer, validDays: -1 });
  const old = https.createServer({ cert, key }).listen(0, '127.0.0.1');
  await once(old, 'listening');
  const { port } = old.address() as { port: number };
  const kubeconfig = server.kubeconfig('admin', {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority-data': inBase64(issuer.cert),
  });
  t.regex((await failure({ kubeconfig })).message, /has expired/);
  old.close();
});

test('wrong token, expired client certificate', async (t) => {
  t.regex((await failure({ kubeconfig: server.kubeconfig('wrong') })).message, /401 Unauthorized/);
  const trust = { server: server.url, 'certificate-authority-data': inBase64(server.ca) };
  const flags = (validDays: number): ConnectionFlags => {
    const { cert, key } = certificate('me', { issuer: server.clientAuthority, validDays });
    return {
      kubeconfig: writeKubeconfig(server.folder, 'me', trust, {
        'client-certificate-data': inBase64(cert),
        'client-key-data': inBase64(key),
      }),
    };
  };
  t.regex((await failure(flags(-1))).message, /client certificate has expired/);
  const { snapshot } = await reading(flags(1), [need(PODS)]);
  t.is(gapsOf(snapshot)[0]?.message, 'list pods cluster-wide is forbidden for user "me"');
});

test('flags stand above the kubeconfig', async (t) => {
  const kubeconfig = server.kubeconfig('wrong');
  const { snapshot } = await reading({ kubeconfig, token: 'admin' }, [need(PODS)]);
  t.deepEqual(gapsOf(snapshot), []);
  const ca = join(server.folder, 'ca.pem');
  writeFileSync(ca, server.ca);
  const bare = await reading({ kubeconfig, server: server.url, token: 'admin', certificateAuthority: ca, namespace: 'x' }, [need(PODS)]);
  t.deepEqual(gapsOf(bare.snapshot), []);
  await t.throwsAsync(connect({ kubeconfig, requestTimeout: 'soon' }), { message: /no --request-timeout/ });
  t.is((await connect({ kubeconfig, requestTimeout: '1m30s' })).timeout, 90_000);
});

test('token file and credential plugin, relative to the kubeconfig', async (t) => {
  const trust = { server: server.url, 'certificate-authority-data': inBase64(server.ca) };
  writeFileSync(join(server.folder, 'token'), 'admin\n');
  const byFile = await reading({ kubeconfig: writeKubeconfig(server.folder, 'file', trust, { tokenFile: 'token' }) }, [need(PODS)]);
  t.deepEqual(gapsOf(byFile.snapshot), []);
  const plugin = join(server.folder, 'plugin.sh');
  const status = '{"kind":"ExecCredential","status":{"token":"\'"$WHO"\'"}}';
  writeFileSync(plugin, `#!/bin/sh\ncat >/dev/null\ncase "$KUBERNETES_EXEC_INFO" in *'"server":'*) echo '${status}';; *) exit 3;; esac\n`);
  chmodSync(plugin, 0o755);
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: './plugin.sh',
    interactiveMode: 'IfAvailable',
    provideClusterInfo: true,
    env: [{ name: 'WHO', value: 'admin' }],
  };
  const byPlugin = await reading({ kubeconfig: writeKubeconfig(server.folder, 'exec', trust, { exec }) }, [need(PODS)]);
  t.deepEqual(gapsOf(byPlugin.snapshot), []);
  const { message, why } = await failure({
    kubeconfig: writeKubeconfig(server.folder, 'exec', trust, { exec: { ...exec, provideClusterInfo: false } }),
  });
  t.regex(message, /credential plugin .* failed/);
  t.is(why, 'It ended with exit code 3.');
});

test.serial('several files: the first that names something wins, missing ones are passed over', async (t) => {
  const first = server.kubeconfig('admin');
  const second = server.kubeconfig('wrong', { server: 'https://192.0.2.1' });
  const before = process.env['KUBECONFIG'];
  process.env['KUBECONFIG'] = ['/nowhere', first, second].join(delimiter);
  const connection = await connect({});
  if (before === undefined) delete process.env['KUBECONFIG'];
  else process.env['KUBECONFIG'] = before;
  t.deepEqual([connection.server, connection.user, connection.context, connection.namespace], [server.url, 'admin', 'test', 'default']);
});

test('through a proxy: proxy-url, --proxy-url', async (t) => {
  const asked: string[] = [];
  const proxy = http.createServer().listen(0, '127.0.0.1');
  proxy.on('connect', (request, socket, head) => {
    asked.push(request.url ?? '');
    const [host, port] = (request.url ?? '').split(':');
    const onward = connectTo(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => (onward.destroy(), socket.destroy()));
  });
  await once(proxy, 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
  for (const flags of [
    { kubeconfig: server.kubeconfig('admin', { 'proxy-url': url }) },
    { kubeconfig: server.kubeconfig('admin'), proxyUrl: url },
  ]) {
    const { snapshot } = await reading(flags, [need(PODS)]);
    t.deepEqual(gapsOf(snapshot), []);
  }
  t.deepEqual([...new Set(asked)], [new URL(server.url).host]);
  t.true(asked.length <= 8, 'connections are kept');
  proxy.close();
  t.regex((await failure({ kubeconfig: server.kubeconfig('admin'), proxyUrl: url })).message, /cannot be reached/);
});

test('the proxy of the environment', (t) => {
  const env = { HTTPS_PROXY: 'proxy:3128', NO_PROXY: '10.0.0.0/8,.corp.example,api.example:443' };
  const found = (url: string): string | undefined => proxyFromEnvironment(url, env);
  t.is(found('https://k8s.example:6443'), 'http://proxy:3128');
  for (const url of [
    'https://127.0.0.1:6443',
    'https://localhost',
    'https://10.1.2.3:6443',
    'https://k.corp.example',
    'https://api.example',
    'http://k8s.example',
  ])
    t.is(found(url), undefined, url);
  t.is(found('https://api.example:6443'), 'http://proxy:3128');
});
