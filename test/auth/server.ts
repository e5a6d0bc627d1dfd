import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { type Socket, connect, createServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Json } from '../../src/model/json.ts';
import { type Certificate, certificate } from '../cluster/harness/certificate.ts';

/** Who a request came from, as the server saw it, or `nobody`. */
export type Seen = { readonly who: string; readonly path: string; readonly method: string };

export type Stub = {
  readonly port: number;
  /** `https://HOST:PORT` by the address it listens at. */
  readonly url: string;
  readonly seen: Seen[];
  readonly connections: () => number;
};

export const AUTHORITY = certificate('authority');
const CLIENT_AUTHORITY = certificate('client authority');
export const clientCertificate = (name: string, rsa?: true): Certificate =>
  certificate(name, { issuer: CLIENT_AUTHORITY, ...(rsa && { rsa }) });

type Options = {
  readonly host?: string;
  readonly names?: readonly string[];
  readonly plain?: true;
  /** Bearer tokens that are taken at this moment. */
  readonly tokens?: () => readonly string[];
  /** Everything lies below this path. */
  readonly below?: string;
  readonly issuer?: Certificate;
};

/** A server that answers as an empty cluster does, to those it knows: by client certificate, by token, or as root:toor. */
export async function stubServer(options: Options = {}): Promise<Stub & { readonly close: () => void }> {
  const { host = '127.0.0.1', names = [host], plain, tokens = () => ['good'], below = '', issuer = AUTHORITY } = options;
  const seen: Seen[] = [];
  let connections = 0;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const who = whoIs(request, tokens());
    const path = (request.url ?? '').split('?')[0]!;
    seen.push({ who, path, method: request.method ?? '' });
    const known = who !== 'nobody' && path.startsWith(below);
    const [status, body] = known
      ? clusterAnswer(path.slice(below.length))
      : [path.startsWith(below) ? 401 : 404, { kind: 'Status', message: 'Unauthorized' }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const { cert, key } = certificate('server', { issuer, names });
  const server = plain
    ? http.createServer(answer)
    : https.createServer({ cert, key, ca: CLIENT_AUTHORITY.cert, requestCert: true, rejectUnauthorized: false }, answer);
  server.on(plain ? 'connection' : 'secureConnection', () => connections++);
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const url = `${plain ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}${below}`;
  return { port, url, seen, connections: () => connections, close: () => (server.close(), server.closeAllConnections()) };
}

function whoIs(request: IncomingMessage, tokens: readonly string[]): string {
  const socket = request.socket as TLSSocket;
  if (socket.authorized) return `certificate ${String(socket.getPeerCertificate().subject.CN)}`;
  const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme === 'Bearer' && tokens.includes(value)) return `token ${value}`;
  if (scheme === 'Basic' && Buffer.from(value, 'base64').toString() === 'root:toor') return 'basic root';
  return 'nobody';
}

const CORE = ['Pod pods', 'Node nodes', 'Service services', 'Event events', 'ConfigMap configmaps'].map((entry) => {
  const [kind, name] = entry.split(' ');
  return { kind, name, namespaced: kind !== 'Node', verbs: ['get', 'list'] };
});

function clusterAnswer(path: string): [number, Json] {
  if (path === '/api') return [200, { kind: 'APIVersions', versions: ['v1'] }];
  if (path === '/apis') return [200, { kind: 'APIGroupList', groups: [] }];
  if (path === '/version') return [200, { gitVersion: 'v1.36.3' }];
  if (path === '/api/v1') return [200, { kind: 'APIResourceList', resources: CORE }];
  const name = /\/configmaps\/(.+)$/.exec(path)?.[1];
  if (name !== undefined) return [404, { kind: 'Status', message: 'not found', details: { name } }];
  return [200, { kind: 'List', apiVersion: 'v1', metadata: {}, items: [] }];
}

export type Proxy = {
  readonly url: string;
  readonly asked: string[];
  readonly credentials: (string | undefined)[];
  readonly close: () => void;
};

/** An HTTP CONNECT proxy on loopback that leads every name here. */
export async function connectProxy(): Promise<Proxy> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const proxy = http.createServer().on('connect', (request, socket: Socket, head) => {
    asked.push(request.url ?? '');
    credentials.push(request.headers['proxy-authorization']);
    join(socket, Number(request.url?.split(':').at(-1)), () => socket.write('HTTP/1.1 200 OK\r\n\r\n'), head);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
  return { url, asked, credentials, close: () => (proxy.close(), proxy.closeAllConnections()) };
}

/** A SOCKS5 proxy without authentication, for names and IPv4 addresses. */
export async function socksProxy(): Promise<Proxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    sockets.add(socket);
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (request: Buffer) => {
        const length = request[3] === 1 ? 4 : request[4]! + 1;
        const host = request[3] === 1 ? request.subarray(4, 8).join('.') : request.subarray(5, 4 + length).toString();
        const port = request.readUInt16BE(4 + length);
        asked.push(`${host}:${port}`);
        join(socket, port, () => socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
      });
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = `socks5://127.0.0.1:${(proxy.address() as { port: number }).port}`;
  return { url, asked, credentials: [], close: () => (proxy.close(), sockets.forEach((socket) => socket.destroy())) };
}

function join(socket: Socket, port: number, ready: () => void, head?: Buffer): void {
  const onward = connect(port, '127.0.0.1', () => {
    ready();
    if (head?.length) onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  for (const end of [onward, socket]) end.on('error', () => (onward.destroy(), socket.destroy()));
}
