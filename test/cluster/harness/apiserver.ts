import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Json, type JsonRecord, parseJson } from '../../../src/model/json.ts';
import { BINARIES } from './binaries.ts';
import { type Certificate, certificate } from './certificate.ts';
import type { Stored } from './objects.ts';
import { end, freePort, start } from './processes.ts';

export type ServerOptions = {
  /** Put into etcd before the apiserver starts. */
  readonly objects?: Iterable<Stored>;
  readonly serviceRange?: string;
  /** Unix socket of the stand-in kubelet. Without one no kubelet can be reached: nothing leaves this machine. */
  readonly kubelet?: string;
};

export type Apiserver = {
  readonly url: string;
  readonly folder: string;
  readonly pid: number | undefined;
  /** The server's own certificate, which is also the authority to trust. */
  readonly ca: string;
  /** Signs client certificates that the server accepts. */
  readonly clientAuthority: Certificate;
  /** Path of a kubeconfig for a user: one of USERS, or another token. `changes` go into its cluster entry. */
  readonly kubeconfig: (user: string, changes?: JsonRecord) => string;
  /** What the harness itself does as administrator. */
  readonly admin: (method: string, path: string, body?: Json) => Promise<Json>;
  /** Every request so far, as the apiserver recorded it. */
  readonly audit: () => { verb: string; user: string; agent: string; uri: string; code: number }[];
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Users of the token file. All but admin start without rights; tests give them some with `grant`. */
const USERS = ['admin', 'shopkeeper', 'outsider', 'lister'] as const;

/** A real etcd and kube-apiserver on loopback, with their state in a temporary folder. */
export async function startApiserver(options: ServerOptions = {}): Promise<Apiserver> {
  const folder = mkdtempSync(join(tmpdir(), 'ipconflict-kube-'));
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const log = openSync(join(folder, 'log'), 'a');
  const stdio = ['ignore', log, log] as const;
  const etcdUrl = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const etcd = start(
    BINARIES.etcd,
    [
      '--name=test',
      `--data-dir=${join(folder, 'etcd')}`,
      '--unsafe-no-fsync',
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=test=${peerUrl}`,
      '--max-txn-ops=1024',
      '--max-request-bytes=33554432',
      '--log-level=error',
    ],
    { stdio: [...stdio] },
  );
  await until(async () => (await fetch(`${etcdUrl}/health`)).ok, 'etcd', folder);
  const count = await load(etcdUrl, options.objects ?? []);
  const clientAuthority = certificate('client-ca');
  writeFileSync(join(folder, 'client-ca.crt'), clientAuthority.cert);
  writeSettings(folder, options.kubelet ?? join(folder, 'no-kubelet.sock'));
  const file = (name: string): string => join(folder, name);
  const server = start(
    BINARIES.apiserver,
    [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
      `--token-auth-file=${file('tokens')}`,
      '--authorization-mode=RBAC',
      `--client-ca-file=${file('client-ca.crt')}`,
      `--service-cluster-ip-range=${options.serviceRange ?? '10.96.0.0/16'}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${file('sa.pub')}`,
      `--service-account-signing-key-file=${file('sa.key')}`,
      '--disable-admission-plugins=ServiceAccount',
      '--endpoint-reconciler-type=none',
      '--allow-privileged',
      '--storage-media-type=application/json',
      `--audit-policy-file=${file('audit-policy')}`,
      `--audit-log-path=${file('audit')}`,
      `--egress-selector-config-file=${file('egress')}`,
    ],
    { stdio: [...stdio] },
  );
  closeSync(log);
  const url = `https://127.0.0.1:${port}`;
  await until(async () => (await call(url, 'admin', 'GET', '/readyz')).status === 200, 'kube-apiserver', folder, count);
  const ca = readFileSync(file('apiserver.crt'), 'utf8');
  return {
    url,
    folder,
    pid: server.pid,
    ca,
    clientAuthority,
    kubeconfig: (user, changes = {}) =>
      writeKubeconfig(folder, user, { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64'), ...changes }),
    admin: async (method, path, body) => {
      const answer = await call(url, 'admin', method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return parseJson(answer.text);
    },
    audit: () => readAudit(file('audit')),
    kill: () => end(server),
    stop: async () => {
      await end(server);
      await end(etcd);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Gives a user rights: rules of a role, in one namespace or in all. */
export async function grant(server: Apiserver, user: string, rules: readonly JsonRecord[], namespace?: string): Promise<void> {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const path = `/apis/rbac.authorization.k8s.io/v1${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}`;
  const metadata = { name: user, ...(namespace !== undefined && { namespace }) };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  await server.admin('POST', `${path}s`, { apiVersion, kind, metadata, rules });
  const subjects = [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }];
  await server.admin('POST', `${path}bindings`, {
    apiVersion,
    kind: `${kind}Binding`,
    metadata,
    subjects,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: user },
  });
}

/** Puts objects into etcd, some at a time, so that many need not be in memory; gives their number. */
async function load(etcdUrl: string, objects: Iterable<Stored>): Promise<number> {
  const encoded = (value: string): string => Buffer.from(value).toString('base64');
  let count = 0;
  for (const some of inBatches(objects, 500)) {
    const success = some.map(({ key, value }) => ({ requestPut: { key: encoded(key), value: encoded(value) } }));
    const answer = await fetch(`${etcdUrl}/v3/kv/txn`, { method: 'POST', body: JSON.stringify({ success }) });
    if (!answer.ok) throw new Error(`etcd: ${await answer.text()}`);
    count += some.length;
  }
  return count;
}

function* inBatches<Item>(items: Iterable<Item>, size: number): Generator<Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function writeSettings(folder: string, kubelet: string): void {
  const write = (name: string, content: string): void => appendFileSync(join(folder, name), content);
  write('tokens', USERS.map((user) => `${user},${user},${user}-uid,"${user === 'admin' ? 'system:masters' : 'testers'}"\n`).join(''));
  write(
    'audit-policy',
    '{"apiVersion":"audit.k8s.io/v1","kind":"Policy","omitStages":["RequestReceived","ResponseStarted"],"rules":[{"level":"Metadata"}]}',
  );
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  write('sa.key', pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  write('sa.pub', pair.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const connection = { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: kubelet } } };
  write(
    'egress',
    JSON.stringify({
      apiVersion: 'apiserver.k8s.io/v1beta1',
      kind: 'EgressSelectorConfiguration',
      egressSelections: [{ name: 'cluster', connection }],
    }),
  );
}

let kubeconfigs = 0;

export function writeKubeconfig(folder: string, token: string, cluster: JsonRecord, user: JsonRecord = { token }): string {
  const file = join(folder, `kubeconfig-${++kubeconfigs}`);
  const contexts = [{ name: 'test', context: { cluster: 'test', user: token } }];
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: token, user }],
    contexts,
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function readAudit(file: string): ReturnType<Apiserver['audit']> {
  type Entry = { verb: string; user: { username: string }; userAgent?: string; requestURI: string; responseStatus?: { code?: number } };
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const entry = JSON.parse(line) as Entry;
    return {
      verb: entry.verb,
      user: entry.user.username,
      agent: entry.userAgent ?? '',
      uri: entry.requestURI,
      code: entry.responseStatus?.code ?? 0,
    };
  });
}

function call(url: string, token: string, method: string, path: string, body?: Json): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      'user-agent': 'harness',
    };
    const request = https.request(url + path, { method, headers, rejectUnauthorized: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Waits a minute, and longer where a server has `objects` to take in first. */
async function until(ready: () => Promise<boolean>, what: string, folder: string, objects = 0): Promise<void> {
  for (let attempt = 0; attempt < 600 + objects / 10; attempt++) {
    if (await ready().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(`${what} does not become ready:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-3000)}`);
}
