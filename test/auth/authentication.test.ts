import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Json, type JsonRecord, parseJson, text } from '../../src/model/json.ts';
import { certificate } from '../cluster/harness/certificate.ts';
import { type Run, run } from '../cluster/harness/measure.ts';
import { AUTHORITY, type Stub, clientCertificate, connectProxy, socksProxy, stubServer } from './server.ts';

/** Every way to reach and to be known by an API server, with the built program against servers on loopback. */
const BINARY = join(import.meta.dirname, '..', '..', 'dist', 'kubectl-ipconflict');
const CLEAN = {
  KUBECONFIG: '',
  HTTPS_PROXY: '',
  HTTP_PROXY: '',
  NO_PROXY: '',
  https_proxy: '',
  http_proxy: '',
  no_proxy: '',
  NODE_EXTRA_CA_CERTS: '',
};

let server: Stub & { close: () => void };
/** Known as kube.test only, which nothing but a proxy finds. */
let far: Stub & { close: () => void };
let folder: string;
let files = 0;

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipconflict-auth-'));
  server = await stubServer();
  far = await stubServer({ names: ['kube.test'] });
});
test.after.always(() => {
  server?.close();
  far?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
const CA = { 'certificate-authority-data': base64(AUTHORITY.cert) };
const GOOD = { token: 'good' };
const inline = ({ cert, key }: { cert: string; key: string }): JsonRecord => ({
  'client-certificate-data': base64(cert),
  'client-key-data': base64(key),
});

/** A kubeconfig in a folder of its own, for files beside it. */
function kubeconfig(cluster: JsonRecord, user: JsonRecord): string {
  const own = join(folder, String(++files));
  mkdirSync(own);
  const file = join(own, 'config');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    'current-context': 'x',
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

function beside(config: string, name: string, content: string, mode = 0o644): void {
  writeFileSync(join(dirname(config), name), content);
  chmodSync(join(dirname(config), name), mode);
}

const scan = (env: NodeJS.ProcessEnv, ...words: string[]): Promise<Run> => run(BINARY, ['scan', '-A', ...words], { ...CLEAN, ...env });

/** It got in, and the server knew it as this; each request was a GET. */
function known(t: ExecutionContext, { code, stdout, stderr }: Run, by: Stub, who: string): void {
  t.is(code, 0, stdout + stderr);
  const mine = by.seen.filter((request) => request.who === who);
  t.true(
    mine.some(({ path }) => path.endsWith('/pods')),
    `${who} is not among ${[...new Set(by.seen.map((request) => request.who))].join(', ')}`,
  );
  t.true(mine.every(({ method }) => method === 'GET'));
}

function refused(t: ExecutionContext, { code, stdout, stderr }: Run, says: RegExp): void {
  t.deepEqual([code, stdout], [2, ''], stderr);
  t.regex(stderr, says);
  t.notRegex(stderr, /\n\s+at |node:internal/);
}

const cluster = (changes: JsonRecord = {}): JsonRecord => ({ server: server.url, ...CA, ...changes });

for (const rsa of [undefined, true] as const) {
  const kind = rsa ? 'RSA' : 'EC';
  test(`client certificate, ${kind}, inline`, async (t) => {
    const file = kubeconfig(cluster(), inline(clientCertificate(`${kind} inline`, rsa)));
    known(t, await scan({ KUBECONFIG: file }), server, `certificate ${kind} inline`);
  });
  test(`client certificate, ${kind}, as files beside the kubeconfig`, async (t) => {
    const { cert, key } = clientCertificate(`${kind} files`, rsa);
    const file = kubeconfig(
      { server: server.url, 'certificate-authority': 'ca.pem' },
      { 'client-certificate': 'me.pem', 'client-key': './me.key' },
    );
    beside(file, 'ca.pem', AUTHORITY.cert);
    beside(file, 'me.pem', cert);
    beside(file, 'me.key', key);
    known(t, await scan({ KUBECONFIG: file }), server, `certificate ${kind} files`);
  });
}

test('bearer token', async (t) => {
  const own = await stubServer();
  t.teardown(own.close);
  known(t, await scan({ KUBECONFIG: kubeconfig({ server: own.url, ...CA }, GOOD) }), own, 'token good');
  // Four, or eight where a busy machine takes the server for a distant one.
  t.true(
    own.connections() <= 8 && own.connections() < own.seen.length,
    `connections are kept: ${own.connections()} for ${own.seen.length} requests`,
  );
});

test('basic: user name and password', async (t) => {
  known(t, await scan({ KUBECONFIG: kubeconfig(cluster(), { username: 'root', password: 'toor' }) }), server, 'basic root');
});

test('KUBECONFIG and --kubeconfig', async (t) => {
  const file = kubeconfig(cluster(), GOOD);
  t.is((await scan({ KUBECONFIG: file })).code, 0);
  t.is((await scan({ KUBECONFIG: '/nowhere' }, '--kubeconfig', file)).code, 0);
});

test('token file beside the kubeconfig, which outranks a token', async (t) => {
  const file = kubeconfig(cluster(), { token: 'bad', tokenFile: 'token' });
  beside(file, 'token', 'good\n');
  known(t, await scan({ KUBECONFIG: file }), server, 'token good');
});

test('token file that is renewed while the program runs', async (t) => {
  let good = 'first';
  const own = await stubServer({ tokens: () => [good] });
  t.teardown(own.close);
  const file = kubeconfig({ server: own.url, ...CA }, { tokenFile: 'token' });
  beside(file, 'token', 'first');
  const renewing = setInterval(() => {
    if (!own.seen.some(({ path }) => path === '/api/v1') || good === 'second') return;
    beside(file, 'token', 'second');
    good = 'second';
  }, 1);
  const result = await scan({ KUBECONFIG: file });
  clearInterval(renewing);
  t.is(result.code, 0, result.stderr);
});

/** A credential plugin as a shell script. */
const plugin = (file: string, script: string): void => beside(file, 'plugin', `#!/bin/sh\n${script}\n`, 0o755);
const EXEC = { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', interactiveMode: 'IfAvailable' };
const says = (status: Json): string =>
  `cat <<'END'\n${JSON.stringify({ apiVersion: EXEC.apiVersion, kind: 'ExecCredential', status })}\nEND`;

test('exec plugin that gives a token', async (t) => {
  const file = kubeconfig(cluster(), { exec: { ...EXEC, args: ['get'], env: [{ name: 'WHO', value: 'me' }] } });
  plugin(file, `[ "$1" = get ] && [ "$WHO" = me ] || exit 9\n${says({ token: 'good' })}`);
  known(t, await scan({ KUBECONFIG: file }), server, 'token good');
});

test('exec plugin that gives a client certificate', async (t) => {
  const { cert, key } = clientCertificate('by plugin');
  const file = kubeconfig(cluster(), { exec: EXEC });
  plugin(file, says({ clientCertificateData: cert, clientKeyData: key }));
  known(t, await scan({ KUBECONFIG: file }), server, 'certificate by plugin');
});

test('exec plugin: run again when the server no longer takes its token', async (t) => {
  let good = 'first';
  const own = await stubServer({ tokens: () => [good] });
  t.teardown(own.close);
  const file = kubeconfig({ server: own.url, ...CA }, { exec: EXEC });
  const [first, second] = [says({ token: 'first' }), says({ token: 'second' })];
  plugin(file, `cd "$(dirname "$0")"; if [ -e asked ]; then\n${second}\nelse : > asked\n${first}\nfi`);
  const renewing = setInterval(() => own.seen.some(({ path }) => path === '/api/v1') && (good = 'second'), 1);
  const result = await scan({ KUBECONFIG: file });
  clearInterval(renewing);
  t.is(result.code, 0, result.stderr);
});

test('exec plugin that fails: what it says is shown', async (t) => {
  const file = kubeconfig(cluster(), { exec: EXEC });
  plugin(file, 'echo "log in first: corp-login" >&2; exit 4');
  refused(t, await scan({ KUBECONFIG: file }), /log in first: corp-login[^]*credential plugin .*plugin.* failed[^]*exit code 4/);
});

test('exec plugin that is missing: its hint is shown', async (t) => {
  const exec = { ...EXEC, command: 'no-such-plugin', installHint: 'Get it from the shelf.' };
  refused(t, await scan({ KUBECONFIG: kubeconfig(cluster(), { exec }) }), /no-such-plugin[^]*Get it from the shelf\./);
});

test('exec plugin, interactiveMode: none reads a standard input that is no terminal; Always refuses to start', async (t) => {
  for (const interactiveMode of ['Never', 'IfAvailable']) {
    const file = kubeconfig(cluster(), { exec: { ...EXEC, interactiveMode } });
    plugin(
      file,
      `cat >/dev/null; case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 8;; esac\n${says({ token: 'good' })}`,
    );
    const result = await scan({ KUBECONFIG: file });
    t.is(result.code, 0, result.stderr);
  }
  const file = kubeconfig(cluster(), { exec: { ...EXEC, interactiveMode: 'Always' } });
  plugin(file, says({ token: 'good' }));
  refused(t, await scan({ KUBECONFIG: file }), /no terminal/);
});

test('exec plugin: KUBERNETES_EXEC_INFO tells of the cluster only if it is asked for', async (t) => {
  for (const provideClusterInfo of [true, false]) {
    const file = kubeconfig(cluster({ 'tls-server-name': '127.0.0.1' }), { exec: { ...EXEC, provideClusterInfo } });
    plugin(file, `printf %s "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"\n${says({ token: 'good' })}`);
    t.is((await scan({ KUBECONFIG: file })).code, 0);
    const info = parseJson(execFileSync('cat', [join(dirname(file), 'info')], { encoding: 'utf8' }));
    t.deepEqual([text(info, 'apiVersion'), text(info, 'kind')], [EXEC.apiVersion, 'ExecCredential']);
    t.is(text(info, 'spec', 'cluster', 'server'), provideClusterInfo ? server.url : undefined);
    t.is(text(info, 'spec', 'cluster', 'tls-server-name'), provideClusterInfo ? '127.0.0.1' : undefined);
    t.is(text(info, 'spec', 'cluster', 'certificate-authority-data'), provideClusterInfo ? CA['certificate-authority-data'] : undefined);
  }
});

test('--insecure-skip-tls-verify, insecure in the kubeconfig, and with a CA there all the same', async (t) => {
  t.is((await scan({ KUBECONFIG: kubeconfig({ server: server.url }, GOOD) }, '--insecure-skip-tls-verify')).code, 0);
  t.is((await scan({ KUBECONFIG: kubeconfig({ server: server.url, 'insecure-skip-tls-verify': true }, GOOD) })).code, 0);
  const wrong = { 'certificate-authority-data': base64(certificate('another').cert) };
  t.is((await scan({ KUBECONFIG: kubeconfig(cluster(wrong), GOOD) }, '--insecure-skip-tls-verify')).code, 0);
});

test('tls-server-name', async (t) => {
  const byAddress = { server: `https://127.0.0.1:${far.port}`, ...CA };
  known(t, await scan({ KUBECONFIG: kubeconfig({ ...byAddress, 'tls-server-name': 'kube.test' }, GOOD) }), far, 'token good');
  t.is((await scan({ KUBECONFIG: kubeconfig(byAddress, GOOD) }, '--tls-server-name', 'kube.test')).code, 0);
});

test('refused: a wrong CA, no CA, another host name, no credentials', async (t) => {
  const wrong = { 'certificate-authority-data': base64(certificate('another').cert) };
  refused(t, await scan({ KUBECONFIG: kubeconfig(cluster(wrong), GOOD) }), /not trusted/);
  refused(t, await scan({ KUBECONFIG: kubeconfig({ server: server.url }, GOOD) }), /not trusted/);
  refused(t, await scan({ KUBECONFIG: kubeconfig({ server: `https://127.0.0.1:${far.port}`, ...CA }, GOOD) }), /for another name/);
  refused(t, await scan({ KUBECONFIG: kubeconfig(cluster(), {}) }), /401 Unauthorized/);
});

test('no CA in the kubeconfig: those of the system count, and NODE_EXTRA_CA_CERTS', async (t) => {
  const file = kubeconfig({ server: server.url }, GOOD);
  beside(file, 'store.pem', AUTHORITY.cert);
  const store = join(dirname(file), 'store.pem');
  if (process.platform === 'linux') t.is((await scan({ KUBECONFIG: file, SSL_CERT_FILE: store })).code, 0);
  t.is((await scan({ KUBECONFIG: file, NODE_EXTRA_CA_CERTS: store })).code, 0);
});

const distant = (changes: JsonRecord = {}): JsonRecord => ({ server: `https://kube.test:${far.port}`, ...CA, ...changes });

test('proxy-url and --proxy-url, with its password', async (t) => {
  const proxy = await connectProxy();
  t.teardown(proxy.close);
  const withPassword = proxy.url.replace('://', '://me:secret@');
  known(t, await scan({ KUBECONFIG: kubeconfig(distant({ 'proxy-url': withPassword }), GOOD) }), far, 'token good');
  t.is((await scan({ KUBECONFIG: kubeconfig(distant(), GOOD) }, '--proxy-url', proxy.url)).code, 0);
  t.deepEqual([...new Set(proxy.asked)], [`kube.test:${far.port}`]);
  t.is(proxy.credentials[0], `Basic ${Buffer.from('me:secret').toString('base64')}`);
});

test('proxy-url of a SOCKS5 proxy', async (t) => {
  const proxy = await socksProxy();
  t.teardown(proxy.close);
  known(t, await scan({ KUBECONFIG: kubeconfig({ ...cluster(), 'proxy-url': proxy.url }, GOOD) }), server, 'token good');
  t.true(proxy.asked.includes(`127.0.0.1:${server.port}`));
  const byName = kubeconfig(distant({ 'proxy-url': proxy.url.replace('socks5:', 'socks5h:') }), GOOD);
  t.is((await scan({ KUBECONFIG: byName })).code, 0);
  t.true(proxy.asked.includes(`kube.test:${far.port}`), 'the proxy resolves the name');
});

test('HTTPS_PROXY: with a token, with a client certificate, insecure', async (t) => {
  const proxy = await connectProxy();
  t.teardown(proxy.close);
  known(t, await scan({ KUBECONFIG: kubeconfig(distant(), GOOD), HTTPS_PROXY: proxy.url }), far, 'token good');
  const user = inline(clientCertificate('behind the proxy'));
  known(t, await scan({ KUBECONFIG: kubeconfig(distant(), user), https_proxy: proxy.url }), far, 'certificate behind the proxy');
  const insecure = kubeconfig({ server: `https://kube.test:${far.port}`, 'insecure-skip-tls-verify': true }, GOOD);
  t.is((await scan({ KUBECONFIG: insecure, HTTPS_PROXY: proxy.url })).code, 0);
  t.true(proxy.asked.length >= 3);
});

test('HTTPS_PROXY: certificates are checked behind it', async (t) => {
  const proxy = await connectProxy();
  t.teardown(proxy.close);
  const wrong = distant({ 'certificate-authority-data': base64(certificate('another').cert) });
  refused(t, await scan({ KUBECONFIG: kubeconfig(wrong, GOOD), HTTPS_PROXY: proxy.url }), /not trusted/);
  const other = kubeconfig({ server: `https://other.test:${far.port}`, ...CA }, GOOD);
  refused(t, await scan({ KUBECONFIG: other, HTTPS_PROXY: proxy.url }), /for another name/);
});

test('NO_PROXY, and never for this machine', async (t) => {
  const proxy = await connectProxy();
  t.teardown(proxy.close);
  refused(t, await scan({ KUBECONFIG: kubeconfig(distant(), GOOD), HTTPS_PROXY: proxy.url, NO_PROXY: '.test' }), /cannot be reached/);
  t.is((await scan({ KUBECONFIG: kubeconfig(cluster(), GOOD), HTTPS_PROXY: proxy.url })).code, 0);
  t.deepEqual(proxy.asked, []);
});

test('plain http, also where the server names no scheme', async (t) => {
  const plain = await stubServer({ plain: true });
  t.teardown(plain.close);
  known(t, await scan({ KUBECONFIG: kubeconfig({ server: plain.url }, GOOD) }), plain, 'token good');
  t.is((await scan({ KUBECONFIG: kubeconfig({ server: `127.0.0.1:${plain.port}` }, GOOD) })).code, 0);
});

test('a server with an IPv6 address', async (t) => {
  const six = await stubServer({ host: '::1' }).catch(() => undefined);
  if (six === undefined) return t.pass('no IPv6 on this machine');
  t.teardown(six.close);
  known(t, await scan({ KUBECONFIG: kubeconfig({ server: six.url, ...CA }, GOOD) }), six, 'token good');
});

test('a server below a path, as gateways have it', async (t) => {
  const gateway = await stubServer({ below: '/k8s/clusters/c-1' });
  t.teardown(gateway.close);
  known(t, await scan({ KUBECONFIG: kubeconfig({ server: gateway.url, ...CA }, GOOD) }), gateway, 'token good');
});

/** A mount namespace of our own: the place of the service account is absolute. */
const UNSHARE = ['-rm', 'sh', '-c'];
const canUnshare = ((): boolean => {
  try {
    execFileSync('unshare', [...UNSHARE, 'mount -t tmpfs none /run'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
})();

(canUnshare ? test : test.skip)('inside a pod: the service account, where there is no kubeconfig', async (t) => {
  const account = join(folder, 'account');
  mkdirSync(account);
  for (const [name, content] of [
    ['ca.crt', AUTHORITY.cert],
    ['token', 'good'],
    ['namespace', 'tools'],
  ] as const)
    writeFileSync(join(account, name), content);
  const place = '/run/secrets/kubernetes.io/serviceaccount';
  const script = `mount -t tmpfs none /run && mkdir -p ${place} && cp ${account}/* ${place}/ && [ -e /var/run/secrets ] && exec "$0" "$@"`;
  const env = { ...CLEAN, HOME: folder, KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(server.port) };
  known(t, await run('unshare', [...UNSHARE, script, BINARY, 'scan', '-A'], env), server, 'token good');
  const own = await run('unshare', [...UNSHARE, script, BINARY, 'scan', '-o', 'json'], env);
  t.regex(own.stdout, /"tools"/, 'its namespace is the one that is meant');
});
