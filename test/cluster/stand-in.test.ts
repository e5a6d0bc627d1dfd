import https from 'node:https';
import http from 'node:http';
import test from 'ava';
import { BRIEF } from '../../src/cluster/brief-schemas.ts';
import { POD } from '../../src/cluster/pod-schema.ts';
import { protobufListSink } from '../../src/cluster/protobuf-list.ts';
import { PROTOBUF } from '../../src/cluster/protobuf.ts';
import { type Json, type JsonRecord, at, list, number, parseJson, record, text, texts } from '../../src/model/json.ts';
import { PodTableBuilder, eachPod } from '../../src/model/pod-table.ts';
import { NODES, resourceKey } from '../../src/model/resource.ts';
import { bigCluster } from '../support/apiserver/generate.ts';
import { memberOf } from '../support/apiserver/template.ts';
import { NOW, PRINTED, podOf } from '../support/apiserver/printed-pods.ts';
import { type ObjectServer, serveObjects } from '../support/apiserver/server.ts';
import { type Apiserver, startApiserver } from './harness/apiserver.ts';
import { buildOnce } from './harness/binaries.ts';
import { stored } from './harness/objects.ts';
import { healthyCluster } from './harness/sample.ts';

// What test/support/apiserver says a kube-apiserver answers is what one answers.

const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';

let real: Apiserver;
let standIn: ObjectServer;

test.before(async (t) => {
  await buildOnce(t);
  // Times as if the pods had been made just now.
  const shift = Date.now() - NOW;
  const shapes = PRINTED.map(([, , shape], index) =>
    podOf({ ...shape, metadata: { ...shape.metadata, name: `p-${index}`, uid: `u-${index}` } }),
  );
  const { pods, nodes, deployments } = bigCluster({ pods: 300, dual: true, pairs: 2 });
  const members = [pods, nodes, deployments].flatMap((family) => [...Array(family.size).keys()].map((index) => memberOf(family, index)));
  const values = stored(shapes, shift).map(({ value }) => JSON.parse(value) as JsonRecord);
  const objects = [...healthyCluster(), ...members, ...values];
  real = await startApiserver({ objects: stored(objects) });
  standIn = await serveObjects(objects);
});

test.after.always(async () => {
  standIn?.close();
  await real?.stop();
});

type Answer = { readonly status: number; readonly type: string; readonly body: Buffer };

function get(url: string, accept: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { headers: { accept, authorization: 'Bearer admin', 'user-agent': 'test' }, rejectUnauthorized: false };
    const receive = (response: http.IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body: Buffer.concat(chunks) }),
      );
    };
    (url.startsWith('https:') ? https.get(url, options, receive) : http.get(url, options, receive)).on('error', reject);
  });
}

const both = (path: string, accept = 'application/json'): Promise<[Answer, Answer]> =>
  Promise.all([get(real.url + path, accept), get(standIn.url + path, accept)]);

const json = ({ body }: Answer): Json => parseJson(body.toString());

test('Tables are the same, cell by cell', async (t) => {
  for (const include of ['None', 'Metadata']) {
    const [theirs, ours] = (await both(`/api/v1/pods?includeObject=${include}`, TABLE)).map(json);
    t.deepEqual(Object.keys(record(ours)), Object.keys(record(theirs)));
    t.deepEqual(list(ours, 'columnDefinitions').map(withoutDescription), list(theirs, 'columnDefinitions').map(withoutDescription));
    const [their, our] = [theirs, ours].map((table) => list(table, 'rows'));
    t.is(our!.length, their!.length);
    for (const [index, row] of our!.entries()) {
      t.deepEqual(cells(row), cells(their![index]));
      t.deepEqual(at(row, 'conditions'), at(their![index], 'conditions'));
      t.is(text(row, 'object', 'metadata', 'namespace'), text(their![index], 'object', 'metadata', 'namespace'));
      if (include === 'None') t.is(at(row, 'object'), at(their![index], 'object'));
    }
  }
});

/** Seconds pass. */
const cells = (row: Json): string[] => texts(row, 'cells').map((cell) => cell.replace(/\(.* ago\)/, '(ago)'));

const withoutDescription = (column: Json): Json => ({ ...record(column), description: '' });

test('protobuf says the same', async (t) => {
  const [theirs, ours] = (await both('/api/v1/pods', PROTOBUF)).map(({ body, type }) => {
    t.is(type, PROTOBUF);
    const builder = new PodTableBuilder();
    const sink = protobufListSink(POD, (pod) => builder.add(pod));
    sink.write(body);
    sink.end();
    return [...eachPod(builder.table())].map((pod) => PROPERTIES.map((property) => pod[property]));
  });
  t.deepEqual(ours, theirs);
});

test('protobuf of nodes says the same', async (t) => {
  const [theirs, ours] = (await both('/api/v1/nodes', PROTOBUF)).map(({ body, type }) => {
    t.is(type, PROTOBUF);
    const nodes: Json[] = [];
    const sink = protobufListSink(BRIEF.get(resourceKey(NODES))!, (node) => nodes.push(node));
    sink.write(body);
    sink.end();
    return nodes;
  });
  t.true(ours!.length > 0);
  t.deepEqual(ours, theirs);
});

const PROPERTIES = [
  ...(['namespace', 'name', 'uid', 'node', 'phase', 'reason', 'hostNetwork', 'ips', 'hostIP', 'created', 'started'] as const),
  ...(['deletion', 'ready', 'owner', 'containers', 'labels', 'annotations', 'args'] as const),
];

test('lists, pages, selectors and refusals are the same', async (t) => {
  const paths = [
    '/api/v1/pods?limit=7',
    '/api/v1/namespaces/shop/pods?limit=1',
    '/api/v1/pods?limit=7&fieldSelector=status.phase!%3DRunning',
    '/api/v1/pods?fieldSelector=status.phase%3DRunning,spec.hostNetwork%3Dtrue',
    '/api/v1/pods?fieldSelector=status.phase!%3DSucceeded,status.phase!%3DFailed,spec.hostNetwork%3Dfalse',
    '/api/v1/pods?fieldSelector=spec.nodeName%3D%3Dnode-00003',
    '/api/v1/pods?fieldSelector=spec.nodeName%3D',
    '/api/v1/pods?fieldSelector=status.podIP%3D10.244.1.10',
    '/api/v1/pods?fieldSelector=metadata.name%3Dcart-1,metadata.namespace!%3Dbilling',
    '/api/v1/pods?labelSelector=app%20in%20(cart,bill)',
    '/api/v1/pods?labelSelector=app%20notin%20(cart),!k8s-app',
    '/api/v1/pods?labelSelector=app!%3Dcart',
    '/api/v1/pods?fieldSelector=spec.color%3Dred',
    '/api/v1/pods?fieldSelector=nonsense',
    '/api/v1/nodes?fieldSelector=status.phase%3DRunning',
    '/api/v1/events?fieldSelector=involvedObject.kind%3DNode',
    '/api/v1/namespaces/shop/pods/cart-1',
    '/api/v1/namespaces/shop/pods/nope',
    '/apis/apps/v1/namespaces/kube-flannel/daemonsets/nope',
    '/api/v1/nodes/node-1',
    '/apis/example.com/v1/things',
  ];
  for (const path of paths) {
    const answers = await both(path);
    const [theirs, ours] = answers.map((answer) => seen(answer));
    t.deepEqual(ours, theirs, path);
  }
  const [theirs, ours] = await both('/api/v1/pods', 'application/x-unknown');
  t.is(ours.status, theirs.status);
});

/** What a client acts on. */
function seen(answer: Answer): JsonRecord {
  const body = json(answer);
  return {
    status: answer.status,
    kind: text(body, 'kind'),
    apiVersion: text(body, 'apiVersion'),
    name: text(body, 'metadata', 'name'),
    names: list(body, 'items').map((item) => `${text(item, 'metadata', 'namespace')}/${text(item, 'metadata', 'name')}`),
    kinds: [...new Set(list(body, 'items').map((item) => text(item, 'kind')))],
    goesOn: text(body, 'metadata', 'continue') !== undefined,
    remaining: number(body, 'metadata', 'remainingItemCount'),
    reason: text(body, 'reason'),
    about: text(body, 'details', 'name'),
  };
}

test('what the program needs is served where it looks for it', async (t) => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const kinds = async (path: string): Promise<string[][]> =>
    (await both(path, accept)).map((answer) =>
      list(json(answer), 'items').flatMap((group) =>
        list(group, 'versions').flatMap((version) =>
          list(version, 'resources').map((resource) =>
            [text(group, 'metadata', 'name') ?? '', text(version, 'version'), text(resource, 'resource'), text(resource, 'scope')].join(
              '/',
            ),
          ),
        ),
      ),
    );
  for (const path of ['/api', '/apis']) {
    const [theirs = [], ours = []] = await kinds(path);
    t.deepEqual(
      ours.filter((kind) => !theirs.includes(kind)),
      [],
    );
  }
});
