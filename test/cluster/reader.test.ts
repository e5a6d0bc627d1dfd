import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { connect } from '../../src/cluster/connect.ts';
import { jsonListSink } from '../../src/cluster/json-list.ts';
import { POD } from '../../src/cluster/pod-schema.ts';
import { protobufListSink } from '../../src/cluster/protobuf-list.ts';
import { PROTOBUF } from '../../src/cluster/protobuf.ts';
import { Requester, TransportError, bodySink } from '../../src/cluster/request.ts';
import { type Json, type JsonRecord, text } from '../../src/model/json.ts';
import { logKey } from '../../src/model/need.ts';
import { type Pod, eachPod, podName } from '../../src/model/pod-table.ts';
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  ENDPOINT_SLICES,
  EVENTS,
  NODES,
  PODS,
  SERVICES,
  SERVICE_CIDRS,
  custom,
} from '../../src/model/resource.ts';
import { gapsOf, objectsOf } from '../../src/model/snapshot.ts';
import { type Apiserver, grant, startApiserver } from './harness/apiserver.ts';
import { buildOnce } from './harness/binaries.ts';
import { type Kubelet, startKubelet } from './harness/kubelet.ts';
import { addressesOf, stored } from './harness/objects.ts';
import { logNeed, need, reading } from './harness/read.ts';
import { ago, healthyCluster, namespace, pod } from './harness/sample.ts';

const READ = ['get', 'list'];
const POOLS = custom('crd.projectcalico.org', 'IPPool', 'ippools', ['v1']);
const MANY = 60;
const LEFT = ago(1);

let server: Apiserver;
let kubelet: Kubelet;

test.before(async (t) => {
  await buildOnce(t);
  kubelet = await startKubelet(join(tmpdir(), `ipconflict-kubelet-${process.pid}.sock`), ({ pod: name, query }) => {
    if (query.get('previous') === 'true' && name.endsWith('2'))
      return { status: 400, text: 'previous terminated container "kube-flannel" in pod "kube-flannel-ds-abcd2" not found' };
    if (name.endsWith('3')) return { text: 'half a line', cut: true };
    return { text: `2026-01-01T00:00:00Z ${query.get('previous') === 'true' ? 'before' : 'now'}\n` };
  });
  const cluster = healthyCluster();
  const leaving = { ...pod('shop', 'leaving', { ip: '10.244.2.77', node: 2 }) };
  const metadata = {
    ...(leaving['metadata'] as object),
    deletionTimestamp: LEFT,
    deletionGracePeriodSeconds: 30,
    finalizers: ['example.com/wait'],
  };
  const many = Array.from({ length: MANY }, (_, n) => pod('many', `p-${n}`, { ip: `10.244.3.${n + 100}`, node: 3 }));
  // Of their own, since other tests count the many at the same time.
  const passing = [0, 1, 2].map((n) => pod('passing', `p-${n}`, { ip: `10.244.2.${n + 100}`, node: 2 }));
  const pool = { apiVersion: 'crd.projectcalico.org/v1', kind: 'IPPool', metadata: { name: 'default' }, spec: { cidr: '10.244.0.0/16' } };
  const services = cluster.filter((object) => object['kind'] === 'Service');
  const more = [namespace('many'), namespace('passing'), fullPod(), ...many, ...passing, pool];
  const objects = stored([...cluster, ...more, ...addressesOf(services), { ...leaving, metadata }]);
  server = await startApiserver({ objects, kubelet: kubelet.socket });
  await grant(server, 'shopkeeper', [{ apiGroups: [''], resources: ['pods', 'services'], verbs: READ }], 'shop');
  await grant(server, 'lister', [{ apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['list'] }]);
});

test.after.always(async () => {
  await server?.stop();
  kubelet?.close();
});

test('reads everything, in pages, with times and uids of the past', async (t) => {
  const needs = [PODS, NODES, SERVICES, ENDPOINT_SLICES, DAEMON_SETS, CONFIG_MAPS, EVENTS, SERVICE_CIDRS, POOLS].map((resource) =>
    need(resource),
  );
  const { snapshot, urls, warnings } = await reading({ kubeconfig: server.kubeconfig('admin') }, needs, { chunkSize: 7 });
  t.deepEqual(gapsOf(snapshot), []);
  t.deepEqual(warnings, []);
  t.is([...eachPod(snapshot.pods)].filter(({ namespace }) => namespace === 'many').length, MANY);
  t.is(urls.filter((url) => url.includes('/api/v1/pods?')).length, Math.ceil(snapshot.pods.size / 7));
  t.is(objectsOf(snapshot, NODES).length, 3);
  t.is(text(objectsOf(snapshot, POOLS)[0], 'spec', 'cidr'), '10.244.0.0/16');
  t.is(text(objectsOf(snapshot, NODES)[0], 'kind'), 'Node');
  const leaving = snapshot.pods.pod(snapshot.pods.find('shop', 'leaving')!);
  t.is(leaving.deletion, Date.parse(LEFT));
  t.deepEqual(leaving.ips, ['10.244.2.77']);
  t.deepEqual(snapshot.source, { kind: 'cluster', context: 'test', server: server.url, kubernetesVersion: 'v1.36.3' });
  t.true(snapshot.served?.has('crd.projectcalico.org/IPPool'));
  t.false(snapshot.served?.has('cilium.io/CiliumNode'));
});

/** Every field that the pod table reads, set. */
function fullPod(): JsonRecord {
  const plain = pod('kube-system', 'full', { ip: '10.244.1.50', owner: { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'u-1' } });
  const { metadata, spec, status } = plain as { metadata: JsonRecord; spec: JsonRecord; status: JsonRecord };
  const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'full-rs', uid: 'u-2', controller: true };
  const finished = { terminated: { exitCode: -1, reason: 'Error', startedAt: LEFT, finishedAt: ago(2) } };
  return {
    ...plain,
    metadata: {
      ...metadata,
      annotations: { 'cni.projectcalico.org/podIP': '10.244.1.50/32', other: 'x' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'u-1' }, controller],
    },
    spec: {
      ...spec,
      containers: [
        { name: 'one', image: 'a:1', command: ['/run'], args: ['--cluster-cidr=10.244.0.0/16', '--grüße=ü'] },
        { name: 'two', image: 'b:1' },
      ],
      initContainers: [{ name: 'init', image: 'c:1' }],
    },
    status: {
      ...status,
      reason: 'NodeLost',
      podIPs: [{ ip: '10.244.1.50' }, { ip: 'fd00::1:50' }],
      containerStatuses: [
        {
          name: 'one',
          image: '',
          imageID: '',
          ready: true,
          restartCount: 300,
          state: { running: { startedAt: LEFT } },
          lastState: finished,
        },
        {
          name: 'two',
          image: '',
          imageID: '',
          ready: false,
          restartCount: 1,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'later' } },
          lastState: {},
        },
      ],
      initContainerStatuses: [{ name: 'init', image: '', imageID: '', ready: true, restartCount: 0, state: finished, lastState: {} }],
    },
  };
}

test('fills every column of the pod table as the whole object would', async (t) => {
  const kubeconfig = server.kubeconfig('admin');
  const listed = await reading({ kubeconfig }, [need(PODS)]);
  const named = await reading({ kubeconfig }, [need(PODS, { namespace: 'kube-system', name: 'full' })]);
  const [a, b] = [listed, named].map(({ snapshot: { pods } }) => pods.pod(pods.find('kube-system', 'full')!));
  const columns = Object.getOwnPropertyNames(Object.getPrototypeOf(a)).filter((column) => column !== 'constructor') as (keyof Pod)[];
  t.true(columns.length > 15);
  for (const column of columns) t.deepEqual(a![column], b![column], column);
  t.is(a!.containers.restarts, 301);
  t.is(a!.containers.lastExitCode, -1);
  t.true(a!.args.includes('--grüße=ü'));
});

test('decodes the same whatever the pieces in which the bytes arrive', async (t) => {
  const requester = new Requester(await connect({ kubeconfig: server.kubeconfig('admin') }), {});
  const forms = [
    ['application/json', jsonListSink],
    [PROTOBUF, (onItem: (item: Json) => void) => protobufListSink(POD, onItem)],
  ] as const;
  for (const [accept, sink] of forms) {
    const path = (): string => '/api/v1/pods?limit=20';
    const bytes = await requester.get({ path, accept, about: 'pods', open: () => bodySink((body) => body) });
    const inPieces = (size: number, end = bytes.length): { names: (string | undefined)[]; token: string | undefined } => {
      const names: (string | undefined)[] = [];
      const reader = sink((item) => names.push(text(item, 'metadata', 'name')));
      for (let at = 0; at < end; at += size) reader.write(bytes.subarray(at, Math.min(end, at + size)));
      return { token: text(reader.end(), 'metadata', 'continue'), names };
    };
    const whole = inPieces(bytes.length);
    t.is(whole.names.length, 20);
    t.truthy(whole.token);
    for (const size of [1, 2, 3, 5, 64, 1000, 16_384]) t.deepEqual(inPieces(size), whole, `${accept} in pieces of ${size}`);
    for (const end of [0, 3, 50, 5000, bytes.length - 200])
      t.throws(() => inPieces(100, end), { instanceOf: TransportError }, `${accept} cut at ${end}`);
  }
  requester.connection.close();
});

test('a right that is missing is named, and nothing is narrowed in silence', async (t) => {
  const { snapshot } = await reading({ kubeconfig: server.kubeconfig('shopkeeper') }, [
    need(PODS),
    need(NODES),
    need(PODS, { namespace: 'shop' }),
    need(SERVICES, { namespace: 'billing' }),
  ]);
  const gaps = gapsOf(snapshot);
  t.deepEqual(
    gaps.map(({ reason }) => reason),
    ['forbidden', 'forbidden', 'forbidden'],
  );
  const messages = gaps.map(({ message }) => message).toSorted();
  t.deepEqual(messages, [
    'list nodes is forbidden for user "shopkeeper"',
    'list pods cluster-wide is forbidden for user "shopkeeper"',
    'list services in namespace billing is forbidden for user "shopkeeper"',
  ]);
  t.deepEqual([...new Set([...eachPod(snapshot.pods)].map(({ namespace }) => namespace))], ['shop']);
});

test('a right to one object names the object', async (t) => {
  const { snapshot } = await reading({ kubeconfig: server.kubeconfig('lister') }, [
    need(CONFIG_MAPS, { namespace: 'kube-flannel', name: 'kube-flannel-cfg' }),
  ]);
  t.is(gapsOf(snapshot)[0]?.message, 'get configmaps kube-flannel-cfg in namespace kube-flannel is forbidden for user "lister"');
});

test('what is not there: a kind is a gap, one object is not', async (t) => {
  const missing = custom('cilium.io', 'CiliumNode', 'ciliumnodes', ['v2', 'v2alpha1']);
  const needs = [
    need(missing),
    need(CONFIG_MAPS, { namespace: 'shop', name: 'none' }),
    need(CONFIG_MAPS, { namespace: 'kube-flannel', name: 'kube-flannel-cfg' }),
  ];
  for (const discover of [true, false]) {
    const { snapshot } = await reading({ kubeconfig: server.kubeconfig('admin') }, needs, { discover });
    t.deepEqual(
      gapsOf(snapshot).map(({ what, reason }) => [what, reason]),
      [['ciliumnodes.cilium.io', 'absent']],
    );
    t.is(objectsOf(snapshot, CONFIG_MAPS).length, 1);
  }
});

test('logs: current, previous, none before, and cut ones', async (t) => {
  const [first, second, third] = ['kube-flannel-ds-abcd1', 'kube-flannel-ds-abcd2', 'kube-flannel-ds-abcd3'].map(
    (name) => (previous: boolean) => logNeed('kube-flannel', name, 'kube-flannel', previous),
  );
  const needs = [first!(false), first!(true), second!(true), third!(false), logNeed('kube-flannel', 'gone', 'kube-flannel')];
  const { snapshot } = await reading({ kubeconfig: server.kubeconfig('admin') }, needs);
  const log = (of: (typeof needs)[number]): string | undefined => snapshot.logs.get(logKey(of))?.text;
  t.is(log(needs[0]!), '2026-01-01T00:00:00Z now\n');
  t.is(log(needs[1]!), '2026-01-01T00:00:00Z before\n');
  t.is(log(needs[2]!), '');
  t.true(gapsOf(snapshot).some(({ what, verb }) => what === 'log of kube-flannel/gone (kube-flannel)' && verb === 'log'));
  t.is(kubelet.requests[0]?.query.get('tailLines'), '2000');
  const refused = await reading({ kubeconfig: server.kubeconfig('lister') }, [needs[0]!]);
  t.is(gapsOf(refused.snapshot)[0]?.message, 'get pods/log in namespace kube-flannel is forbidden for user "lister"');
});

test('a second reading confirms what stays, and drops what went away or came back as another', async (t) => {
  const { snapshot } = await reading({ kubeconfig: server.kubeconfig('admin') }, [need(PODS)], {
    suspects: ['p-0', 'p-1', 'p-2'].map((name) => ({ namespace: 'passing', name })),
    between: async () => {
      await server.admin('DELETE', '/api/v1/namespaces/passing/pods/p-1?gracePeriodSeconds=0');
      await server.admin('DELETE', '/api/v1/namespaces/passing/pods/p-2?gracePeriodSeconds=0');
      await server.admin('POST', '/api/v1/namespaces/passing/pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p-2' },
        spec: { containers: [{ name: 'main', image: 'app' }] },
      });
    },
  });
  t.deepEqual([...snapshot.confirmed], ['passing/p-0']);
  const left = [...eachPod(snapshot.pods)].filter(
    ({ namespace, name, ips }) => namespace === 'passing' && /^p-[012]$/.test(name) && ips.length > 0,
  );
  t.deepEqual(left.map(podName), ['passing/p-0']);
});

test('a second reading that is refused is said', async (t) => {
  const { snapshot } = await reading({ kubeconfig: server.kubeconfig('lister') }, [need(PODS)], {
    suspects: [{ namespace: 'shop', name: 'cart-1' }],
  });
  t.deepEqual([...snapshot.confirmed], []);
  t.deepEqual(
    gapsOf(snapshot).map(({ reason, essential }) => [reason, essential]),
    [['forbidden', false]],
  );
});

test('impersonation is kubectl’s', async (t) => {
  const { snapshot } = await reading({ kubeconfig: server.kubeconfig('admin'), as: 'somebody', asGroup: ['a', 'b'], asUid: '7' }, [
    need(PODS),
  ]);
  t.is(gapsOf(snapshot)[0]?.message, 'list pods cluster-wide is forbidden for user "somebody"');
});

test.after('the apiserver saw nothing but reads', (t) => {
  const ours = server.audit().filter(({ agent }) => agent.startsWith('kubectl-ipconflict/'));
  t.true(ours.length > 20);
  t.deepEqual([...new Set(ours.map(({ verb }) => verb))].toSorted(), ['get', 'list']);
});
