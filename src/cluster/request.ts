import http, { type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import packageJson from '../../package.json' with { type: 'json' };
import { type Json, number, parseJson, text } from '../model/json.ts';
import type { ReadHooks } from '../model/reader.ts';
import { type Connection, IN_FLIGHT } from './connect.ts';
import { decodeStatus } from './protobuf.ts';

/** Takes a body piece by piece; `end` gives what it was, or throws a TransportError when it ended too early. */
export type Sink<Value> = {
  readonly write: (chunk: Buffer) => void;
  readonly end: () => Value;
  /** It keeps no piece once `write` has returned. */
  readonly copies?: true;
};

export type Get<Value> = {
  /** Path and query. It is told how often the body was cut so far, so that it can ask for less, and which attempt it is, from 1. */
  readonly path: (cuts: number, attempt: number) => string;
  readonly accept: string;
  /** Called for every attempt that is answered with success. */
  readonly open: (contentType: string) => Sink<Value>;
  /** What it is about, for warnings: `pods`. */
  readonly about: string;
  /** Milliseconds for the whole request, where the user has not said. */
  readonly timeout?: number;
  readonly attempts?: number;
  /** Compressed even where the server is near. */
  readonly compressed?: boolean;
  /** Others wait for it: it goes first. */
  readonly urgent?: true;
  /** The body is not taken before this is fulfilled; where it is rejected, nobody wants the answer any more. */
  readonly wanted?: Promise<void>;
};

/** The server answered, but not with success. `body` is its Status object, where it sent one. */
export class HttpError extends Error {
  readonly status: number;
  readonly body: Json;
  readonly retryAfter: number | undefined;

  constructor(status: number, body: Buffer, retryAfter: string | undefined) {
    const plain = body.toString('utf8');
    const parsed = plain.startsWith('k8s\0') ? decodeStatus(body) : parseJson(plain);
    super(text(parsed, 'message') ?? (plain.trim().split('\n', 1)[0] || `HTTP status ${status}`));
    this.status = status;
    this.body = parsed;
    this.retryAfter = number({ retryAfter }, 'retryAfter');
  }
}

/** The server did not answer, or not to the end. */
export class TransportError extends Error {
  readonly kind: 'timeout' | 'unreachable' | 'truncated';
  readonly code: string | undefined;

  constructor(kind: TransportError['kind'], message: string, code?: string) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}

const interrupted = (): TransportError => new TransportError('truncated', 'the reading was interrupted');

const CONNECT_TIMEOUT = 30_000;
/** Silence after which a server counts as gone, where the user has set no timeout. */
const SILENCE = 60_000;
const MAX_ATTEMPTS = 5;
const MAX_WAIT = 45_000;
const SECOND = 1000;
/** A server whose quickest answer took longer (in ms) is not near: there, compressed lists (a tenth of the bytes) save more time than they cost it. */
const NEAR = 10;
/** From here on (in ms) requests wait for the way rather than for the server: more may be under way. */
const FAR = 40;

/** Sends GET requests, never anything else, over the connections of one agent; retries what may pass. */
export class Requester {
  readonly connection: Connection;
  readonly #hooks: ReadHooks;
  #answered = false;
  #down = false;
  #quickest = Infinity;
  readonly #closing = new AbortController();
  /** Milliseconds between two requests, and when the next may go. */
  readonly #pace: number;
  #next = 0;
  #inFlight = 0;
  /** Whether a page is asked for ahead. One at a time: it keeps a connection while it waits for the page before, which may need one. */
  askedAhead = false;
  readonly #waiting: (() => void)[] = [];

  /** With `qps`, no more requests than that are sent in a second. */
  constructor(connection: Connection, hooks: ReadHooks, qps = Infinity) {
    this.connection = connection;
    this.#hooks = hooks;
    this.#pace = SECOND / qps;
  }

  /** Whether the server has accepted who we are and answered at least once. */
  get answered(): boolean {
    return this.#answered;
  }

  /** Ends every request, now and from now on. */
  close(): void {
    this.#closing.abort();
    this.connection.close();
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async get<Value>(get: Get<Value>): Promise<Value> {
    let waited = 0;
    let cuts = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#turn();
        if (this.closed) throw interrupted();
        // A page that is asked for ahead must never keep the one before it waiting.
        const send = (): Promise<Value> => this.#send(get, get.path(cuts, attempt));
        return await (get.wanted === undefined ? this.#inTurn(send, get.urgent) : send());
      } catch (error) {
        if (this.closed) throw interrupted();
        if (error instanceof TransportError && error.kind === 'truncated') cuts++;
        const wait = attempt < (get.attempts ?? MAX_ATTEMPTS) ? this.#patience(error, attempt) : undefined;
        if (wait === undefined || waited + wait > MAX_WAIT) {
          if (error instanceof TransportError && error.kind === 'unreachable') this.#down = true;
          throw error;
        }
        if (wait >= SECOND)
          this.#hooks.onWarning?.(`${get.about}: ${(error as Error).message}; trying again in ${Math.round(wait / SECOND)} s`);
        waited += wait;
        await sleep(wait, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  /** Waits until it is this request's turn. */
  async #turn(): Promise<void> {
    if (this.#pace === 0) return;
    const wait = this.#next - performance.now();
    this.#next = performance.now() + Math.max(0, wait) + this.#pace;
    if (wait > 0) await sleep(wait, undefined, { signal: this.#closing.signal }).catch(() => {});
  }

  /** Sends when not too many are under way. */
  async #inTurn<Value>(send: () => Promise<Value>, urgent: boolean | undefined): Promise<Value> {
    while (this.#inFlight >= this.#most)
      await new Promise<void>((resolve) => (urgent ? this.#waiting.unshift(resolve) : this.#waiting.push(resolve)));
    this.#inFlight++;
    try {
      if (this.closed) throw interrupted();
      return await send();
    } finally {
      this.#inFlight--;
      for (let free = this.#most - this.#inFlight; free > 0; free--) this.#waiting.shift()?.();
    }
  }

  get #most(): number {
    return this.#isBeyond(FAR) ? IN_FLIGHT.far : IN_FLIGHT.near;
  }

  #isBeyond(ms: number): boolean {
    return Number.isFinite(this.#quickest) && this.#quickest > ms;
  }

  /** A small JSON answer. */
  json(path: string, about: string, accept = 'application/json'): Promise<Json> {
    return this.get({ path: () => path, accept, about, open: () => textSink((body) => parseJson(body)) });
  }

  /** How long to wait before trying again, or undefined when that is pointless. */
  #patience(error: unknown, attempt: number): number | undefined {
    const backoff = 250 * 2 ** (attempt - 1);
    if (error instanceof HttpError) {
      if (error.status === 401) return attempt === 1 && this.connection.renew() ? 0 : undefined;
      if (error.status !== 429 && error.status < 500) return undefined;
      if (error.retryAfter !== undefined) return error.retryAfter * SECOND;
      return error.status === 429 || attempt < 4 ? backoff : undefined;
    }
    if (!(error instanceof TransportError) || this.#down) return undefined;
    if (error.kind === 'truncated') return backoff;
    if (error.kind === 'timeout') return undefined;
    // A server that never answered is more likely a wrong address than a passing fault.
    return this.#answered && attempt < 4 ? backoff : undefined;
  }

  async #send<Value>(get: Get<Value>, path: string): Promise<Value> {
    const base = new URL(this.connection.server);
    const given = await this.connection.options();
    // Never fewer than there were: Node closes a connection that is one too many, and if a request has come to wait by then, it makes a new one.
    if (given.agent instanceof http.Agent) given.agent.maxSockets = Math.max(given.agent.maxSockets, this.#most);
    const options: RequestOptions = {
      ...given,
      method: 'GET',
      host: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port || (base.protocol === 'https:' ? 443 : 80),
      path: base.pathname.replace(/\/$/, '') + path,
      headers: {
        ...(given.headers as Record<string, string>),
        accept: get.accept,
        'accept-encoding': get.compressed || this.#isBeyond(NEAR) ? 'gzip' : 'identity',
        'user-agent': `kubectl-ipconflict/${packageJson.version}`,
      },
    };
    const started = performance.now();
    const seen: Seen = { status: 0, bytes: 0, sent: started, reaction: Infinity };
    const limit = this.connection.timeout || (get.timeout ?? 0);
    try {
      return await exchange(base.protocol === 'https:' ? https : http, options, limit, get, seen);
    } finally {
      if (seen.status !== 0 && seen.status !== 401) this.#answered = true;
      if (seen.status !== 0) this.#down = false;
      this.#quickest = Math.min(this.#quickest, seen.reaction);
      const url = `${this.connection.server}${path}`;
      this.#hooks.onRequest?.({ method: 'GET', url, status: seen.status, bytes: seen.bytes, ms: Math.round(performance.now() - started) });
    }
  }
}

/** What was seen of one exchange: bytes as they came over the wire, milliseconds from the last byte sent to the first one back. */
type Seen = { status: number; bytes: number; sent: number; reaction: number };

/** One request and its answer, piece by piece into a sink. */
function exchange<Value>(
  protocol: typeof http | typeof https,
  options: RequestOptions,
  limit: number,
  { open, wanted }: Get<Value>,
  seen: Seen,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const request = protocol.request(options);
    const settle = (act: () => void): void => {
      clearTimeout(connecting);
      clearTimeout(total);
      act();
    };
    const fail = (error: Error): void => settle(() => (request.destroy(), reject(error)));
    const tooSlow = (after: number): void => fail(new TransportError('timeout', `no answer within ${after / SECOND} s`));
    const connecting = setTimeout(
      () => fail(new TransportError('unreachable', 'the connection could not be made in time', 'ETIMEDOUT')),
      CONNECT_TIMEOUT,
    );
    const total = limit === 0 ? undefined : setTimeout(() => tooSlow(limit), limit);
    const listen = (): void => void (limit === 0 && request.setTimeout(SILENCE, () => tooSlow(SILENCE)));
    if (wanted === undefined) listen();
    else wanted.then(listen, fail);
    request.on('finish', () => {
      clearTimeout(connecting);
      seen.sent = performance.now();
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      fail(new TransportError('unreachable', error.message || String(error.code), error.code)),
    );
    request.on('response', (response) => {
      seen.status = response.statusCode ?? 0;
      seen.reaction = performance.now() - seen.sent;
      response.on('error', () => fail(new TransportError('truncated', `the answer was cut after ${seen.bytes} bytes`)));
      if (wanted === undefined) take(response);
      else wanted.then(() => take(response)).catch(fail);
    });
    const take = (response: IncomingMessage): void => {
      if (request.destroyed) return;
      const success = seen.status >= 200 && seen.status < 300;
      const refuse = (body: Buffer): never => {
        throw new HttpError(seen.status, body, response.headers['retry-after']);
      };
      const sink: Sink<Value> = success ? open(response.headers['content-type'] ?? '') : bodySink(refuse);
      const guarded = (act: () => void): void => {
        try {
          act();
        } catch (error) {
          fail(error as Error);
        }
      };
      const cut = (): void => fail(new TransportError('truncated', `the answer was cut after ${seen.bytes} bytes`));
      const release = sink.copies ? releaser() : undefined;
      let body: Readable = response;
      if (response.headers['content-encoding'] === 'gzip') {
        response.on('data', (chunk: Buffer) => (seen.bytes += chunk.length));
        body = response.pipe(createGunzip()).on('error', cut);
        body.on('data', (chunk: Buffer) => guarded(() => sink.write(chunk)));
      } else {
        // One listener: a list may come in a piece for each of its objects.
        response.on('data', (chunk: Buffer) => {
          seen.bytes += chunk.length;
          guarded(() => sink.write(chunk));
          release?.(chunk);
        });
      }
      body.on('end', () => (response.complete ? guarded(() => settle(() => resolve(sink.end()))) : cut()));
    };
    request.end();
  });
}

/**
 * Gives the memory of a chunk back when the next one is there, instead of leaving it to the garbage collector: a list of a gigabyte would have
 * that collect all the time, for buffers only, and hold dozens of megabytes of them. Node copies each piece of a body (on_body in
 * node_http_parser.cc); where pieces are views of one read instead, they come one after the other, so nothing of it is still to come by then.
 * What is as small as Buffer's pool may be the pool.
 */
function releaser(): (chunk: Buffer) => void {
  let last: ArrayBufferLike | undefined;
  return ({ buffer }) => {
    if (last !== buffer && last instanceof ArrayBuffer && last.byteLength > Buffer.poolSize && 'transfer' in last) last.transfer(0);
    last = buffer;
  };
}

/** Collects a small body. */
export function bodySink<Value>(finish: (body: Buffer) => Value): Sink<Value> {
  const chunks: Buffer[] = [];
  return { write: (chunk) => void chunks.push(chunk), end: () => finish(Buffer.concat(chunks)) };
}

export const textSink = <Value>(finish: (body: string) => Value): Sink<Value> => bodySink((body) => finish(body.toString('utf8')));
