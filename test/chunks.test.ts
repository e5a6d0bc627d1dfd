import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import test from 'ava';
import { connect } from '../src/cluster/connect.ts';
import { POD_LIST, collectList } from '../src/cluster/list.ts';
import { PROTOBUF } from '../src/cluster/protobuf.ts';
import { Requester } from '../src/cluster/request.ts';
import { type Json, text } from '../src/model/json.ts';
import { certificate } from './cluster/harness/certificate.ts';

/** A field of protobuf that holds bytes. */
function field(number: number, value: Buffer): Buffer {
  const head = [(number << 3) | 2];
  let size = value.length;
  for (; size > 127; size >>>= 7) head.push((size & 127) | 128);
  return Buffer.concat([Buffer.from([...head, size]), value]);
}

const COUNT = 3000;
const nameOf = (index: number): string => `pod-${index}-${'x'.repeat(index % 700)}`;
const pods = Array.from({ length: COUNT }, (_, index) => field(2, field(1, field(1, Buffer.from(nameOf(index))))));
const LIST = Buffer.concat([Buffer.from('k8s\0'), field(2, Buffer.concat([field(1, Buffer.alloc(0)), ...pods]))]);

// What was read from the socket is given back while the rest still comes: nothing may be read from it afterwards.
for (const scheme of ['http', 'https'] as const) {
  for (const size of [1000, 5000, 20_000, 300_000]) {
    test(`a list in pieces of ${size} bytes is read as it was sent, by ${scheme}`, async (t) => {
      const answer: http.RequestListener = (_, response) => {
        response.setHeader('content-type', PROTOBUF);
        // Chunk by chunk: several come in one read of the socket, or one in several.
        for (let at = 0; at < LIST.length; at += size) response.write(LIST.subarray(at, at + size));
        response.end();
      };
      const server = scheme === 'http' ? http.createServer(answer) : https.createServer(certificate('localhost'), answer);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const connection = await connect({ server: `${scheme}://127.0.0.1:${port}`, insecureSkipTlsVerify: true });
      try {
        const list = { path: '/api/v1/pods', query: {}, about: 'pods', decoder: POD_LIST, limit: Infinity, onWarning: () => {} };
        const found = await collectList(new Requester(connection, {}), list, [] as Json[]);
        t.deepEqual(
          found.map((pod) => text(pod, 'metadata', 'name')),
          Array.from({ length: COUNT }, (_, index) => nameOf(index)),
        );
      } finally {
        connection.close();
        server.close();
        server.closeAllConnections();
      }
    });
  }
}
