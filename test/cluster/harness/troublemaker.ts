import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { once } from 'node:events';

/** What to do with a request instead of passing it on; undefined passes it on. */
export type Mischief = (request: { readonly url: URL; readonly count: number }) => Misdeed | undefined;
export type Misdeed =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  /** Passes so many bytes of the answer on, then breaks the connection. */
  | { readonly cutAfter: number }
  /** Passes the request on after so many milliseconds. */
  | { readonly delay: number }
  | { readonly silence: true };

export type Troublemaker = { readonly url: string; readonly requests: string[]; readonly encodings: string[]; readonly close: () => void };

/** A plain-http proxy in front of an apiserver that misbehaves as told. `count` is how often this path was asked for, from 1. */
export async function troublemaker(target: string, mischief: Mischief): Promise<Troublemaker> {
  const requests: string[] = [];
  const encodings: string[] = [];
  const counts = new Map<string, number>();
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '', target);
    const count = (counts.get(url.pathname) ?? 0) + 1;
    counts.set(url.pathname, count);
    requests.push(request.url ?? '');
    const misdeed = mischief({ url, count });
    const onward = (cutAfter?: number): void => pass(target, request, response, encodings, cutAfter);
    if (misdeed === undefined) onward();
    else if ('delay' in misdeed) setTimeout(() => onward(), misdeed.delay);
    else if ('status' in misdeed)
      response
        .writeHead(misdeed.status, { 'content-type': 'application/json', ...misdeed.headers })
        .end(JSON.stringify(misdeed.body ?? {}));
    else if ('cutAfter' in misdeed) onward(misdeed.cutAfter);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, requests, encodings, close: () => (server.close(), server.closeAllConnections()) };
}

function pass(target: string, request: IncomingMessage, response: ServerResponse, encodings: string[], cutAfter = Infinity): void {
  const { host: _, ...headers } = request.headers;
  const onward = https.request(target + request.url, { method: request.method ?? 'GET', headers, rejectUnauthorized: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    encodings.push(answer.headers['content-encoding'] ?? '');
    let passed = 0;
    answer.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.max(0, cutAfter - passed));
      passed += chunk.length;
      if (passed >= cutAfter) response.write(part, () => response.destroy());
      else response.write(part);
    });
    answer.on('end', () => (cutAfter === Infinity ? response.end() : response.destroy()));
  });
  onward.on('error', () => response.destroy());
  onward.end();
}
