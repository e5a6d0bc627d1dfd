import test from 'ava';
import fc from 'fast-check';
import { BRIEF } from '../src/cluster/brief-schemas.ts';
import { PODS_IN_PLACE } from '../src/cluster/list.ts';
import { POD } from '../src/cluster/pod-schema.ts';
import { protobufListSink } from '../src/cluster/protobuf-list.ts';
import { PROTOBUF, type Schema, decode, decodeStatus } from '../src/cluster/protobuf.ts';
import { type Json, type JsonRecord, at, list, number, text, texts } from '../src/model/json.ts';
import { PodTableBuilder, eachPod } from '../src/model/pod-table.ts';
import { PODS } from '../src/model/resource.ts';
import { healthyCluster } from './cluster/harness/sample.ts';
import { objectCollection } from './support/apiserver/collection.ts';
import { bigCluster, eachObject } from './support/apiserver/generate.ts';
import { encodePod } from './support/apiserver/pod-encoding.ts';
import { humanDuration, podCells } from './support/apiserver/pod-printer.ts';
import { NOW, PRINTED, podOf } from './support/apiserver/printed-pods.ts';
import { type ObjectServer, type ServerOptions, serveObjects } from './support/apiserver/server.ts';
import { familyCollection, memberOf } from './support/apiserver/template.ts';
import { SCENARIOS, casesIn, examineMaterial, materialOf } from './support/examine-capture.ts';

const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';

test('a pod is printed in the words of kubectl get pods', (t) => {
  for (const [printed, what, shape] of PRINTED) {
    const [, ready, word, restarts] = podCells(podOf(shape), NOW);
    t.is(`${ready} ${word} ${restarts}`, printed, what);
  }
});

test('a pod is printed with its first address, its node, its nomination and its readiness gates', (t) => {
  const shape = { status: { podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], nominatedNodeName: 'node-7' } };
  const spec = { nodeName: 'node-1', containers: [], readinessGates: [{ conditionType: 'a' }, { conditionType: 'b' }] };
  const gated = { ...podOf({ ...shape, conditions: [{ type: 'b', status: 'True' }] }), spec };
  t.deepEqual(podCells(gated, NOW).slice(4), ['60m', '10.0.0.1', 'node-1', 'node-7', '1/2']);
  const bare = podOf({ status: { podIP: '10.0.0.9' }, metadata: { creationTimestamp: null } });
  t.deepEqual(podCells(bare, NOW).slice(4), ['<unknown>', '10.0.0.9', '<none>', '<none>', '<none>']);
  t.is(podCells(podOf({}), NOW)[5], '<none>');
});

test('ages are printed in whole parts', (t) => {
  const second = 1000;
  const [minute, hour, day] = [60 * second, 3600 * second, 86_400 * second];
  const ages: readonly (readonly [number, string])[] = [
    [-5 * second, '<invalid>'],
    [-second, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [3 * minute + 7 * second, '3m7s'],
    [179 * minute, '179m'],
    [5 * hour + 59 * second, '5h'],
    [7 * hour + 20 * minute, '7h20m'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [3 * day + 4 * hour, '3d4h'],
    [8 * day + 4 * hour, '8d'],
    [729 * day, '729d'],
    [2 * 365 * day + 4 * day, '2y4d'],
    [9 * 365 * day, '9y'],
  ];
  for (const [age, printed] of ages) t.is(humanDuration(age), printed);
});

const columnsOf = (pods: readonly Json[]): JsonRecord[] => {
  const builder = new PodTableBuilder();
  for (const pod of pods) builder.add(pod);
  return propertiesOf(builder);
};

const propertiesOf = (builder: PodTableBuilder): JsonRecord[] =>
  [...eachPod(builder.table())].map((pod) => Object.fromEntries(PROPERTIES.map((property) => [property, pod[property]])));

const PROPERTIES = [
  ...(['namespace', 'name', 'uid', 'node', 'phase', 'reason', 'hostNetwork', 'ips', 'hostIP', 'created', 'started'] as const),
  ...(['deletion', 'ready', 'owner', 'containers', 'labels', 'annotations', 'args'] as const),
];

test('what is written as protobuf is read as the JSON says it', async (t) => {
  const captured = casesIn(SCENARIOS).flatMap(({ folder }, index) =>
    materialOf(`${folder}/capture`)
      .objects.filter((object) => text(object, 'kind') === 'Pod')
      .map((pod) => ({ ...(pod as JsonRecord), metadata: { ...(at(pod, 'metadata') as JsonRecord), namespace: `n${index}` } })),
  );
  const shaped = PRINTED.map(([, , shape], index) => podOf({ ...shape, metadata: { ...shape.metadata, name: `p-${index}` } }));
  const pods: JsonRecord[] = [...captured, ...shaped];
  t.true(pods.length > 300);
  await serving(pods, {}, async (server) => {
    const body = Buffer.from(await (await get(server, '/api/v1/pods', PROTOBUF)).arrayBuffer());
    t.deepEqual(...readBothWays(body, pods));
  });
});

/** What a list of pods says, read by its schema and read in place, and each time what the pods say themselves. */
function readBothWays(body: Buffer, pods: readonly Json[]): [JsonRecord[][], JsonRecord[][]] {
  const read: Json[] = [];
  const schema = protobufListSink(POD, (pod) => read.push(pod));
  const builder = new PodTableBuilder();
  const inPlace = PODS_IN_PLACE.open((pod) => builder.addFrom(pod), PROTOBUF);
  for (let at = 0; at < body.length; at += 1000)
    for (const sink of [schema, inPlace]) sink.write(Buffer.from(body.subarray(at, at + 1000)));
  for (const sink of [schema, inPlace]) sink.end();
  return [
    [columnsOf(read), propertiesOf(builder)],
    [columnsOf(pods), columnsOf(pods)],
  ];
}

const word = fc.constantFrom('', 'a', 'b-1', 'Running', 'ContainerCreating', 'PodInitializing', 'CrashLoopBackOff', 'é✓', 'x'.repeat(200));
const moment = fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-03T04:05:06Z', '1999-12-31T23:59:59Z');
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1', 'fd00:0::1', '::ffff:10.0.0.1', 'nonsense', '');
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(value, { nil: undefined });
const containers = fc.array(
  fc.record({
    name: word,
    image: fc.oneof(word, fc.constantFrom('ghcr.io/kube-vip/kube-vip:v0.8.9', 'kube-vi', 'kube-kube-vip')),
    env: maybe(fc.array(fc.record({ name: fc.constantFrom('address', 'vip_address', 'bgp_peeraddress'), value: maybe(word) }))),
    command: maybe(fc.array(word)),
    args: maybe(
      fc.array(fc.oneof(word, fc.constantFrom('--cluster-cidr=10.0.0.0/8', '-v=2', '--', '-', '--cluster', '--allocate-node-cidrs'))),
    ),
  }),
  { maxLength: 3 },
);
const ended = fc.record({ exitCode: fc.integer({ min: -200, max: 200 }), finishedAt: moment });
const state = fc.oneof(
  fc.record({ waiting: fc.record({ reason: word }) }),
  fc.record({ running: fc.record({ startedAt: moment }) }),
  fc.record({ terminated: ended }),
  fc.constant({}),
);
const statuses = fc.array(
  fc.record({ name: word, restartCount: fc.nat(2000), state, lastState: fc.oneof(fc.constant({}), fc.record({ terminated: ended })) }),
  { maxLength: 3 },
);
const conditions = fc.array(
  fc.record({ type: fc.constantFrom('Ready', 'Initialized'), status: fc.constantFrom('True', 'False', 'Unknown') }),
  {
    maxLength: 3,
  },
);
const podMade = fc.record({
  metadata: fc.record({
    uid: maybe(word),
    creationTimestamp: maybe(moment),
    deletionTimestamp: maybe(moment),
    labels: maybe(fc.dictionary(fc.constantFrom('app', 'a', 'pod-template-hash'), word)),
    annotations: maybe(fc.dictionary(fc.constantFrom('cni.projectcalico.org/podIP', 'note', 'ovn.kubernetes.io/ip'), word)),
    ownerReferences: maybe(
      fc.array(fc.record({ kind: fc.constant('ReplicaSet'), name: word, uid: word, controller: maybe(fc.boolean()) }), { maxLength: 3 }),
    ),
  }),
  spec: fc.record({ nodeName: maybe(word), hostNetwork: maybe(fc.boolean()), containers, initContainers: maybe(containers) }),
  status: fc.record({
    phase: maybe(fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown', 'Dreaming')),
    reason: maybe(word),
    hostIP: maybe(address),
    podIP: maybe(address),
    podIPs: maybe(
      fc.array(
        address.filter(Boolean).map((ip) => ({ ip })),
        { maxLength: 4 },
      ),
    ),
    startTime: maybe(moment),
    conditions,
    containerStatuses: statuses,
    initContainerStatuses: maybe(statuses),
  }),
});

test('any pod is read the same from protobuf as from JSON', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(podMade, { minLength: 1, maxLength: 12 }), fc.boolean(), async (made, inSystem) => {
      const namespace = inSystem ? 'kube-system' : 'apps';
      const pods = made.map((pod, i): JsonRecord => {
        const metadata = { ...pod.metadata, namespace, name: `p-${String(i).padStart(2, '0')}` };
        return JSON.parse(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...pod, metadata })) as JsonRecord;
      });
      await serving(pods, {}, async (server) => {
        const body = Buffer.from(await (await get(server, '/api/v1/pods', PROTOBUF)).arrayBuffer());
        t.deepEqual(...readBothWays(body, pods));
      });
    }),
    { numRuns: 60 },
  );
});

const get = (server: ObjectServer, path: string, accept = 'application/json', headers: Record<string, string> = {}): Promise<Response> =>
  fetch(server.url + path, { headers: { accept, ...headers } });

const json = async (server: ObjectServer, path: string, accept?: string): Promise<Json> => (await get(server, path, accept)).json();

async function serving(
  objects: readonly JsonRecord[],
  options: ServerOptions,
  ask: (server: ObjectServer) => Promise<void>,
): Promise<void> {
  const server = await serveObjects(objects, { now: NOW, ...options });
  try {
    await ask(server);
  } finally {
    server.close();
  }
}

const names = (answer: Json): (string | undefined)[] => list(answer, 'items').map((item) => text(item, 'metadata', 'name'));

test('of a pod’s volumes the names of ConfigMaps are read from protobuf', (t) => {
  const step = (schema: Schema, field: number): Schema => schema[field]!.type as Schema;
  const spec = step(step(step(BRIEF.get('apps/DaemonSet')!, 2), 2), 2);
  const volumes = [
    { name: 'a', configMap: { name: 'keepalived' } },
    { name: 'b', hostPath: { path: '/run' } },
  ];
  const bytes = encodePod({ metadata: {}, spec: { volumes, containers: [] }, status: {} });
  t.deepEqual(at(decode(bytes, 0, bytes.length, { 2: { name: 'spec', type: spec } }), 'spec', 'volumes'), [
    { configMap: { name: 'keepalived' } },
    {},
  ]);
});

test('lists come in the order of namespace and name, whole or in pages', async (t) => {
  await serving(healthyCluster(), {}, async (server) => {
    const whole = await json(server, '/api/v1/pods');
    const all = names(whole);
    t.is(all.length, 11);
    t.deepEqual(all.slice(0, 3), ['bill-1', 'report-failed', 'kube-flannel-ds-abcd1']);
    t.is(at(list(whole, 'items')[0], 'kind'), undefined);
    const first = await json(server, '/api/v1/pods?limit=4');
    t.is(number(first, 'metadata', 'remainingItemCount'), 7);
    const second = await json(server, `/api/v1/pods?limit=4&continue=${text(first, 'metadata', 'continue')}`);
    const third = await json(server, `/api/v1/pods?limit=4&continue=${text(second, 'metadata', 'continue')}`);
    t.deepEqual([...names(first), ...names(second), ...names(third)], all);
    t.is(text(third, 'metadata', 'continue'), undefined);
    const selected = await json(server, '/api/v1/pods?limit=2&fieldSelector=status.phase%3DRunning');
    t.truthy(text(selected, 'metadata', 'continue'));
    t.is(number(selected, 'metadata', 'remainingItemCount'), undefined);
    const inShop = await json(server, '/api/v1/namespaces/shop/pods?limit=1');
    t.is(number(inShop, 'metadata', 'remainingItemCount'), 2);
  });
});

test('selectors choose as the fields and labels say; what a kind cannot be selected by is refused', async (t) => {
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'shop', name: 'e' },
    involvedObject: { kind: 'Node', name: 'node-1' },
    reason: 'Rebooted',
  };
  await serving([...healthyCluster(), event], {}, async (server) => {
    const found = async (query: string): Promise<number> => names(await json(server, `/api/v1/pods?${query}`)).length;
    t.is(await found('fieldSelector=status.phase!=Succeeded,status.phase!=Failed'), 9);
    t.is(await found('fieldSelector=spec.hostNetwork=false'), 5);
    t.is(await found('fieldSelector=spec.nodeName==node-1,spec.hostNetwork=false'), 2);
    t.is(await found('fieldSelector=status.podIP=10.244.1.10'), 2);
    t.is(await found('fieldSelector=metadata.namespace=shop,metadata.name=cart-1'), 1);
    t.is(await found('labelSelector=app=cart'), 2);
    t.is(await found('labelSelector=app in (cart, bill)'), 3);
    t.is(await found('labelSelector=app notin (cart,bill),!k8s-app'), 2);
    t.is(await found('labelSelector=k8s-app'), 6);
    t.is(await found('labelSelector=k8s-app!=kube-proxy'), 8);
    const refused = await get(server, '/api/v1/pods?fieldSelector=spec.color%3Dred');
    t.is(refused.status, 400);
    t.is(text(await refused.json(), 'message'), 'field label not supported: spec.color');
    t.deepEqual(names(await json(server, '/api/v1/events?fieldSelector=involvedObject.kind=Node,reason=Rebooted')), ['e']);
    t.is((await get(server, '/api/v1/nodes?fieldSelector=status.phase=Running')).status, 400);
  });
});

test('pods come as JSON, protobuf or a Table, as the caller likes best', async (t) => {
  await serving(healthyCluster(), {}, async (server) => {
    const type = async (accept: string): Promise<string> => (await get(server, '/api/v1/pods', accept)).headers.get('content-type') ?? '';
    t.is(await type(`${PROTOBUF},application/json`), PROTOBUF);
    t.is(await type(`application/json,${PROTOBUF}`), 'application/json');
    t.is(await type('application/cbor,*/*'), 'application/json');
    t.is((await get(server, '/api/v1/pods', 'application/yaml')).status, 406);
    const bare = await json(server, '/api/v1/pods?includeObject=None&limit=2', TABLE);
    t.is(text(bare, 'kind'), 'Table');
    t.deepEqual(
      list(bare, 'columnDefinitions').map(
        (column) => `${text(column, 'name')} ${number(column, 'priority')} ${text(column, 'format') ?? '-'}`,
      ),
      [
        'Name 0 name',
        'Ready 0 -',
        'Status 0 -',
        'Restarts 0 -',
        'Age 0 -',
        'IP 1 -',
        'Node 1 -',
        'Nominated Node 1 -',
        'Readiness Gates 1 -',
      ],
    );
    t.is(number(bare, 'metadata', 'remainingItemCount'), 9);
    const [, failed] = list(bare, 'rows');
    t.deepEqual(texts(failed, 'cells').slice(0, 3), ['report-failed', '0/1', 'Completed']);
    t.is(at(failed, 'object'), null);
    t.is(text(list(failed, 'conditions')[0], 'reason'), 'Failed');
    const full = await json(server, '/api/v1/pods', TABLE);
    t.is(text(list(full, 'rows')[0], 'object', 'metadata', 'namespace'), 'billing');
    t.is(text(await json(server, '/api/v1/nodes', `${TABLE},application/json`), 'kind'), 'NodeList');
  });
});

test('one object by name; who asks for one that is not there learns which', async (t) => {
  const pool = { apiVersion: 'crd.projectcalico.org/v1', kind: 'IPPool', metadata: { name: 'default' } };
  await serving([...healthyCluster(), pool], {}, async (server) => {
    const pod = await json(server, '/api/v1/namespaces/shop/pods/cart-1');
    t.deepEqual([text(pod, 'kind'), text(pod, 'apiVersion'), text(pod, 'metadata', 'name')], ['Pod', 'v1', 'cart-1']);
    t.is(text(await json(server, '/apis/crd.projectcalico.org/v1/ippools/default'), 'kind'), 'IPPool');
    const missing = await get(server, '/api/v1/namespaces/shop/pods/nope');
    t.is(missing.status, 404);
    t.is(text(await missing.json(), 'details', 'name'), 'nope');
    const asProtobuf = await get(server, '/api/v1/namespaces/shop/pods/nope', PROTOBUF);
    const decoded = decodeStatus(Buffer.from(await asProtobuf.arrayBuffer()));
    t.deepEqual([text(decoded, 'reason'), text(decoded, 'details', 'name'), at(decoded, 'code')], ['NotFound', 'nope', 404]);
    const unknown = await get(server, '/apis/cilium.io/v2/ciliumnodes');
    t.is(unknown.status, 404);
    t.is(await unknown.text(), '404 page not found\n');
    const groups = list(await json(server, '/apis'), 'items').map((item) => text(item, 'metadata', 'name'));
    t.true(groups.includes('crd.projectcalico.org') && groups.includes('networking.k8s.io'));
  });
});

test('logs are those it was given', async (t) => {
  const logs = new Map([['shop/cart-1/main', 'one\ntwo\nthree\n']]);
  await serving(healthyCluster(), { logs }, async (server) => {
    const path = '/api/v1/namespaces/shop/pods/cart-1/log?container=main';
    t.is(await (await get(server, path)).text(), 'one\ntwo\nthree\n');
    t.is(await (await get(server, `${path}&tailLines=2`)).text(), 'two\nthree\n');
    t.is((await get(server, `${path}&previous=true`)).status, 400);
    t.is((await get(server, '/api/v1/namespaces/shop/pods/cart-2/log?container=main')).status, 404);
  });
});

test('large answers are compressed for those who ask for it', async (t) => {
  const many = Array.from({ length: 400 }, (_, n) => podOf({ metadata: { name: `p-${n}`, labels: { filler: 'x'.repeat(300) } } }));
  await serving(many, {}, async (server) => {
    const zipped = await get(server, '/api/v1/pods', 'application/json', { 'accept-encoding': 'gzip' });
    t.is(zipped.headers.get('content-encoding'), 'gzip');
    t.is(names(await zipped.json()).length, 400);
    const plain = await get(server, '/api/v1/pods', 'application/json', { 'accept-encoding': 'identity' });
    t.is((await plain.text()).length, server.requests[1]!.bytes);
    t.true(server.requests[0]!.bytes < server.requests[1]!.bytes / 10);
    const small = await get(server, '/api/v1/pods?limit=2', 'application/json', { 'accept-encoding': 'gzip' });
    t.is(small.headers.get('content-encoding'), null);
  });
});

test('a bad server is as bad as it was told to be', async (t) => {
  const old = '/api/v1/pods?fieldSelector=spec.hostNetwork%3Dfalse';
  const table = '/api/v1/pods?includeObject=None';
  const served = (quirks: NonNullable<ServerOptions['quirks']>, ask: (server: ObjectServer) => Promise<void>): Promise<void> =>
    serving(healthyCluster(), { quirks }, ask);
  await served({ noTable: 'json', noProtobuf: true, noRemaining: true, noHostNetworkSelector: '400' }, async (server) => {
    t.is(text(await json(server, table, TABLE), 'kind'), 'PodList');
    t.is((await get(server, '/api/v1/pods', `${PROTOBUF},application/json`)).headers.get('content-type'), 'application/json');
    t.is(number(await json(server, '/api/v1/pods?limit=1'), 'metadata', 'remainingItemCount'), undefined);
    t.is((await get(server, old)).status, 400);
  });
  await served({ noTable: '406', noHostNetworkSelector: 'ignored', columns: { IP: 'Pod IP', Node: '' } }, async (server) => {
    t.is((await get(server, table, `${TABLE},application/json`)).status, 406);
    t.is(names(await json(server, old)).length, 11);
  });
  await served({ ignoreSelectors: true, columns: { IP: 'Pod IP', Node: '' } }, async (server) => {
    const answer = await json(server, `${table}&fieldSelector=spec.nodeName%3Dnowhere`, TABLE);
    const columns = list(answer, 'columnDefinitions').map((column) => text(column, 'name'));
    t.deepEqual(columns.slice(4, 7), ['Age', 'Pod IP', 'Nominated Node']);
    t.is(list(answer, 'rows').length, 11);
    t.deepEqual(
      list(answer, 'rows').map((row) => texts(row, 'cells').length),
      Array(11).fill(8),
    );
  });
  const faults = { 1: { status: 429, retryAfter: 3 }, 2: { status: 410 }, 3: { cut: 100 }, 4: { status: 500 } } as const;
  await served({ faults }, async (server) => {
    t.is((await get(server, '/api/v1/nodes')).status, 200);
    const busy = await get(server, '/api/v1/pods');
    t.deepEqual([busy.status, busy.headers.get('retry-after')], [429, '3']);
    const expired = await get(server, '/api/v1/pods?continue=abc');
    t.deepEqual([expired.status, text(await expired.json(), 'metadata', 'continue')], [410, 'abc']);
    await t.throwsAsync(get(server, '/api/v1/pods').then((answer) => answer.text()));
    t.is(server.requests.at(-1)!.bytes, 100);
    t.is((await get(server, '/api/v1/pods')).status, 500);
    t.is((await get(server, '/api/v1/pods')).status, 200);
  });
});

test('a pod that is painted from a template is the pod that it stands for, in every form', (t) => {
  const { pods, onNode } = bigCluster({ pods: 400, dual: true, pairs: 4, now: NOW });
  const kind = { group: '', version: 'v1', kind: PODS.kind, builtIn: true };
  const members = [...Array(pods.size).keys()].map((index) => memberOf(pods, index));
  const painted = familyCollection(kind, pods, NOW, onNode);
  const whole = objectCollection(kind, members, NOW);
  t.is(painted.size, whole.size);
  for (const form of whole.forms) {
    for (let row = 0; row < whole.size; row++) {
      const [one, other] = [painted, whole].map((collection) => {
        const bytes = Buffer.alloc(collection.length(row, form));
        collection.write(row, form, bytes, 0);
        return bytes.toString('latin1');
      });
      if (one !== other) t.is(one, other, `row ${row} as ${form}`);
    }
  }
  for (let row = 0; row < whole.size; row++) {
    for (const field of ['metadata.name', 'spec.nodeName', 'spec.hostNetwork', 'status.phase', 'status.podIP'])
      t.is(painted.field(row, field), whole.field(row, field));
    t.is(painted.find(painted.field(row, 'metadata.namespace'), painted.field(row, 'metadata.name')), row);
    t.deepEqual(painted.labels(row), whole.labels(row));
  }
  t.is(painted.find('team-00', 'nobody'), undefined);
  const onThird = [...Array(whole.size).keys()].filter((row) => whole.field(row, 'spec.nodeName') === 'node-00003');
  t.deepEqual(painted.rowsWith?.('spec.nodeName', 'node-00003'), onThird);
  const sizes = members.map((pod) => JSON.stringify(pod).length);
  const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  t.true(average > 7_500 && average < 8_700, `a pod has ${average} bytes of JSON`);
});

test('in a generated cluster nothing is wrong but what was planted', async (t) => {
  for (const dual of [false, true]) {
    for (const pairs of [0, 3]) {
      const cluster = bigCluster({ pods: 630, dual, pairs, now: NOW });
      const objects = [...eachObject(cluster)];
      const report = await examineMaterial({ objects, logs: new Map() }, 'scan', new Date(NOW).toISOString());
      const duplicates = report.findings.filter(({ id }) => id === 'duplicate-pod-ip').map(({ address = '' }) => address);
      t.deepEqual(duplicates.toSorted(), cluster.conflicts().toSorted());
      const expected = ['duplicate-pod-ip', 'pod-ip-in-other-node-range', 'benign-sharing'];
      const others = report.findings.filter(({ id }) => !expected.includes(id));
      t.deepEqual(
        others.map(({ id }) => id),
        [],
      );
    }
  }
});
