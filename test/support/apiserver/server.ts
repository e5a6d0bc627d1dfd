import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json, JsonRecord } from '../../../src/model/json.ts';
import { writeKubeconfig } from '../../cluster/harness/apiserver.ts';
import { type Exchange, type Fault, refuse, sendBytes, sendJson, statusOf } from './answer.ts';
import { objectCollection } from './collection.ts';
import { type ServedKind, discoveryOf, kindsOf } from './kinds.ts';
import { type Knowledge, sendList, sendObject } from './lists.ts';

/** Ways in which a server (or what stands before it) can be worse than Kubernetes. */
export type Quirks = Knowledge & {
  /** New names of Table columns, `{ IP: 'Pod IP' }`; a column that is given no name ('') is not sent. */
  readonly columns?: Readonly<Record<string, string>>;
  /** What befalls the first, second … request for pods or one pod, counted from 1. */
  readonly faults?: Readonly<Record<number, Fault>>;
};

export type ServerOptions = {
  /** The version that it claims to be. */
  readonly version?: string;
  /** Logs by `namespace/pod/container`, those of a former container with `.previous` behind. */
  readonly logs?: ReadonlyMap<string, string>;
  /** Milliseconds before each answer. */
  readonly delayMs?: number;
  /** The time by which ages are printed. */
  readonly now?: number;
  readonly quirks?: Quirks;
};

/** A request as it was answered. `bytes` are those of the body, as they were sent. */
export type Request = { readonly path: string; readonly accept: string; status: number; bytes: number };

export type ObjectServer = {
  readonly url: string;
  /** Path of a kubeconfig that leads here; it goes with the server. */
  readonly kubeconfig: string;
  readonly requests: Request[];
  readonly close: () => void;
};

/** A stand-in for a kube-apiserver that serves these objects, read-only, on plain http and 127.0.0.1. */
export function serveObjects(objects: readonly JsonRecord[], options: ServerOptions = {}): Promise<ObjectServer> {
  const now = options.now ?? Date.now();
  const kinds = kindsOf(objects).map(({ resource, builtIn, objects: found }): ServedKind => {
    const { group, kind, versions } = resource;
    const collection = objectCollection({ group, version: versions[0]!, kind, builtIn }, found, now, options.quirks?.columns);
    return { resource, builtIn, collection };
  });
  return serveKinds(kinds, options);
}

/** The same for collections, however they hold their objects. */
export async function serveKinds(kinds: readonly ServedKind[], options: ServerOptions = {}, port = 0): Promise<ObjectServer> {
  const requests: Request[] = [];
  let aboutPods = 0;
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const record: Request = { path: request.url ?? '', accept: request.headers.accept ?? '*/*', status: 0, bytes: 0 };
    requests.push(record);
    const fault = /\/pods(?:$|\/)/.test(url.pathname) ? options.quirks?.faults?.[++aboutPods] : undefined;
    const exchange = exchangeOf(url, request, response, record, fault);
    answer(exchange, kinds, options).catch(() => response.destroy());
  });
  // As Go's: a client may come back to its connection after a while.
  server.keepAliveTimeout = 90_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const folder = mkdtempSync(join(tmpdir(), 'ipconflict-served-'));
  return {
    url,
    kubeconfig: writeKubeconfig(folder, 'anybody', { server: url }),
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function exchangeOf(url: URL, request: IncomingMessage, response: ServerResponse, record: Request, fault: Fault | undefined): Exchange {
  const { accept } = record;
  const gzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  return { url, method: request.method ?? 'GET', accept, gzip, response, record, fault };
}

/** `/api/v1/namespaces/N/pods/NAME/log`, and everything that is shorter. */
const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?<log>\/log)?$/;

async function answer(exchange: Exchange, kinds: readonly ServedKind[], options: ServerOptions): Promise<void> {
  const { url, method, fault } = exchange;
  if (options.delayMs) await sleep(options.delayMs);
  if (method !== 'GET')
    return refuse(exchange, statusOf(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource'));
  if (fault !== undefined && 'status' in fault) return refuse(exchange, faultStatus(fault.status, url), fault.retryAfter);
  const path = url.pathname;
  if (path === '/version') return sendJson(exchange, versionOf(options.version ?? 'v1.36.3'));
  if (path === '/api' || path === '/apis') {
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    return sendBytes(exchange, type, Buffer.from(JSON.stringify(discoveryOf(kinds, path === '/api'))));
  }
  const { group = '', version, namespace, plural, name, log } = PATH.exec(decodeURIComponent(path))?.groups ?? {};
  const served = kinds.find(
    ({ resource }) => resource.group === group && resource.plural === plural && resource.versions.includes(version!),
  );
  if (served === undefined) {
    exchange.record.status = 404;
    return sendBytes(exchange, 'text/plain; charset=utf-8', Buffer.from('404 page not found\n'));
  }
  const knowledge = options.quirks ?? {};
  if (log !== undefined) return sendLog(exchange, namespace!, name!, options.logs ?? new Map());
  if (name === undefined) return sendList(exchange, served, version!, namespace, knowledge);
  const row = served.collection.find(served.resource.namespaced ? (namespace ?? '') : '', name);
  if (row !== undefined) return sendObject(exchange, served, version!, row, knowledge);
  const kind = [plural, ...(group === '' ? [] : [group])].join('.');
  return refuse(exchange, statusOf(404, 'NotFound', `${kind} "${name}" not found`, { name, group, kind: plural }));
}

const versionOf = (gitVersion: string): JsonRecord => {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return { major, minor, gitVersion, platform: 'linux/amd64' };
};

function faultStatus(code: 410 | 429 | 500, url: URL): Json {
  if (code === 429) return statusOf(429, 'TooManyRequests', 'too many requests, please try again later');
  if (code === 500) return statusOf(500, 'InternalError', 'Internal error occurred: it was told to fail');
  // With the token that goes on, inconsistently, where there was one.
  const metadata = { continue: url.searchParams.get('continue') ?? undefined };
  return { ...statusOf(410, 'Expired', 'The provided continue parameter is too old to display a consistent list result.'), metadata };
}

function sendLog(exchange: Exchange, namespace: string, pod: string, logs: ReadonlyMap<string, string>): Promise<void> {
  const { searchParams } = exchange.url;
  const container = searchParams.get('container') ?? '';
  const previous = searchParams.get('previous') === 'true';
  const log = logs.get(`${namespace}/${pod}/${container}${previous ? '.previous' : ''}`);
  if (log !== undefined) return sendBytes(exchange, 'text/plain', lastLines(log, Number(searchParams.get('tailLines') ?? Infinity)));
  if (previous) {
    const message = `previous terminated container "${container}" in pod "${pod}" not found`;
    return refuse(exchange, statusOf(400, 'BadRequest', message));
  }
  return refuse(exchange, statusOf(404, 'NotFound', 'the server could not find the requested resource', {}));
}

function lastLines(log: string, count: number): Buffer {
  const lines = log.split('\n');
  const end = lines.at(-1) === '' ? -1 : lines.length;
  const kept = lines.slice(0, end).slice(Number.isFinite(count) ? -count : 0);
  return Buffer.from(kept.join('\n') + (end === -1 ? '\n' : ''));
}
