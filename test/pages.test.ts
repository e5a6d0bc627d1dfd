import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import test from 'ava';
import { connect } from '../src/cluster/connect.ts';
import { Freshness } from '../src/cluster/freshness.ts';
import { JSON_LIST, type ListRequest, readList } from '../src/cluster/list.ts';
import { Requester, TransportError } from '../src/cluster/request.ts';
import { type Json, text } from '../src/model/json.ts';

type Read = { readonly names: readonly (string | undefined)[]; readonly warnings: readonly string[] };

/** Reads a list in pages of two from a server that answers as told. */
async function read(answer: RequestListener, more: Partial<ListRequest> = {}): Promise<Read> {
  const server = http.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = await connect({ server: `http://127.0.0.1:${(server.address() as { port: number }).port}` });
  const read: Json[] = [];
  let page: Json[] = [];
  const warnings: string[] = [];
  try {
    await readList(new Requester(connection, {}), {
      path: '/api/v1/services',
      query: {},
      limit: 2,
      about: 'services',
      decoder: JSON_LIST,
      begin: () => (page = []),
      add: (item) => page.push(item),
      commit: () => read.push(...page),
      restart: () => (read.length = 0),
      onWarning: (line) => warnings.push(line),
      ...more,
    });
    return { names: read.map((item) => text(item, 'metadata', 'name')), warnings };
  } finally {
    connection.close();
    server.close();
    server.closeAllConnections();
  }
}

const head = (token?: string): string =>
  `{"kind":"List","metadata":{"resourceVersion":"7"${token ? `,"continue":"${token}"` : ''}},"items":[`;
const items = (...names: string[]): string => names.map((name) => `{"metadata":{"name":"${name}"}}`).join(',');
const tokenOf = (url = ''): string => new URL(url, 'http://any').searchParams.get('continue') ?? '';

test('the next page is asked for while one still comes, and taken after it', async (t) => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const { names } = await read((request, response) => {
    if (tokenOf(request.url) === '') {
      response.write(`${head('two')}${items('a')},`);
      // Who waited for the whole first page would wait for ever.
      void asked.then(() => setTimeout(() => response.end(`${items('b')}]}`), 50));
    } else {
      resolve();
      response.end(`${head()}${items('c', 'd')}]}`);
    }
  });
  t.deepEqual(names, ['a', 'b', 'c', 'd']);
});

test('a page that was asked for ahead and refused counts when its turn comes', async (t) => {
  let expired = false;
  const { names, warnings } = await read((request, response) => {
    if (tokenOf(request.url) === '') return response.end(`${head('two')}${items('a', 'b')}]}`);
    if (expired) return response.end(`${head()}${items('c')}]}`);
    expired = true;
    return response.writeHead(410, { 'content-type': 'application/json' }).end('{"kind":"Status","message":"too old"}');
  });
  t.deepEqual(names, ['a', 'b', 'c']);
  t.regex(warnings.join(), /expired while it was read; starting over/);
});

test('where a page fails for good, the one that was asked for ahead is dropped', async (t) => {
  const { promise: dropped, resolve } = Promise.withResolvers<void>();
  const error = await t.throwsAsync(
    read((request, response) => {
      if (tokenOf(request.url) === 'two') {
        response.on('close', resolve);
        return response.write(head());
      }
      response.write(`${head('two')}${items('a')},`);
      return setTimeout(() => response.destroy(), 30);
    }),
    { instanceOf: TransportError },
  );
  t.is(error.kind, 'truncated');
  await dropped;
});

test('a page that is cut again and again does not keep the next one', async (t) => {
  let cuts = 0;
  let ahead = 0;
  const { names } = await read((request, response) => {
    if (tokenOf(request.url) === 'two') {
      ahead++;
      return response.end(`${head()}${items('c')}]}`);
    }
    response.write(`${head('two')}${items('a')},`);
    if (cuts++ < 2) return setTimeout(() => response.destroy(), 30);
    return response.end(`${items('b')}]}`);
  });
  t.deepEqual(names, ['a', 'b', 'c']);
  t.is(ahead, 1);
});

test('a list is no older than those before it; pages have a state of their own', async (t) => {
  const freshness = new Freshness();
  const asked: (string | null)[] = [];
  const answer =
    (version: string): RequestListener =>
    (request, response) => {
      asked.push(new URL(request.url ?? '', 'http://any').searchParams.get('resourceVersion'));
      response.end(`{"kind":"List","metadata":{"resourceVersion":"${version}"},"items":[]}`);
    };
  for (const version of ['9', '12', '11', 'not a number']) await read(answer(version), { limit: Infinity, freshness });
  await read(answer('13'), { freshness });
  await read(answer('14'), { limit: Infinity, freshness });
  t.deepEqual(asked, [null, '9', '12', '12', null, '13']);
});
