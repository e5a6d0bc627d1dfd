import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import type { Io, Words } from '../src/cli/define-command.ts';
import { gather } from '../src/cli/gather.ts';
import { openSession } from '../src/cli/session.ts';
import { openCluster } from '../src/cluster/reader.ts';
import { examineScan } from '../src/examine.ts';
import type { JsonRecord } from '../src/model/json.ts';
import { eachPod } from '../src/model/pod-table.ts';
import type { ScanReport } from '../src/model/report.ts';
import type { Snapshot } from '../src/model/snapshot.ts';
import type { Purpose } from '../src/plan.ts';
import { type Quirks, serveObjects } from './support/apiserver/server.ts';
import { own, shared } from './support/captures.ts';
import type { Material } from './support/examine-capture.ts';

// A scan may look at pods through the cells of a Table and read in full those that matter. That must never show in what it reports.

const THIN: Partial<Purpose> = { screening: { from: 0, sample: 3, request: 0 } };
const FULL: Partial<Purpose> = { full: true };

/** Reads until so many requests were sent, then is interrupted. */
async function interruptedScan({ objects }: Material, requests: number): Promise<ScanReport> {
  const server = await serveObjects(objects as JsonRecord[], { now: NOW, delayMs: 5 });
  // The signal itself would end the test too.
  const ctrlC = (): void => process.listeners('SIGINT').at(-1)?.('SIGINT');
  const onRequest = (): void => (server.requests.length >= requests ? ctrlC() : undefined);
  const reader = await openCluster({ kubeconfig: server.kubeconfig }, { onRequest });
  try {
    const snapshot = await gather({ reader, purpose: { depth: 'scan', ...THIN }, now: NOW, confirm: true });
    return examineScan(snapshot, { toolVersion: '0.0.0', failOn: 'error', namespaces: 'all' });
  } finally {
    reader.close();
    server.close();
  }
}

type Scan = {
  readonly report: ScanReport;
  readonly snapshot: Snapshot;
  readonly paths: readonly string[];
  readonly notes: readonly string[];
};

async function scan(
  { objects, logs }: Material,
  now: number,
  purpose: Partial<Purpose>,
  quirks: Quirks = {},
  more: { readonly version?: string } = {},
): Promise<Scan> {
  const server = await serveObjects(objects as JsonRecord[], { now, logs, quirks, ...more });
  const notes: string[] = [];
  const reader = await openCluster({ kubeconfig: server.kubeconfig }, { onNote: (line) => notes.push(line) });
  try {
    const snapshot = await gather({ reader, purpose: { depth: 'scan', ...purpose }, now, confirm: true });
    const report = examineScan(snapshot, { toolVersion: '0.0.0', failOn: 'error', namespaces: 'all' });
    return { report: { ...report, source: { server: 'any' } }, snapshot, paths: server.requests.map(({ path }) => path), notes };
  } finally {
    reader.close();
    server.close();
  }
}

/** What was asked for more than once. */
const repeated = ({ paths }: Scan): string[] => paths.filter((path, at) => paths.indexOf(path) < at);

/** Whether the report rests on cells, for one pod at least. */
const restsOnCells = ({ snapshot: { pods } }: Scan): boolean =>
  pods.screening !== undefined && [...eachPod(pods)].some((pod) => pod.screened);

for (const [name, captures] of [
  ['scenarios', own],
  ['shared incidents', shared],
] as const) {
  test.serial(`${name}: cells, protobuf and JSON give one report`, async (t) => {
    t.timeout(300_000);
    let thin = 0;
    for (const { id, material, expect } of captures) {
      const now = Date.parse(expect.now);
      const byCells = await scan(material, now, THIN);
      const inFull = await scan(material, now, FULL);
      const asJson = await scan(material, now, FULL, { noProtobuf: true });
      t.deepEqual(byCells.report, inFull.report, id);
      t.deepEqual(asJson.report, inFull.report, id);
      t.deepEqual([...repeated(byCells), ...repeated(inFull)], [], `${id}: asked for twice`);
      t.is(byCells.snapshot.pods.screening?.asked.size ?? 0, 0, `${id}: the report rests on cells that do not tell`);
      if (restsOnCells(byCells)) thin++;
    }
    t.log(`${thin} of ${captures.length} reports rest on cells`);
  });
}

/** Few names, nodes and addresses, so that they meet: namesakes in two namespaces, addresses held twice, addresses of nodes, of Services, of nobody. */
const podArbitrary = fc.record({
  namespace: fc.constantFrom('a', 'b', 'kube-flannel'),
  name: fc.constantFrom('db-0', 'db-1', 'web-5d4f9-bcdfg', 'web-5d4f9-hjklm', 'job-xyz', 'kube-flannel-ds-abcde', 'kube-flannel-ds-zz2zz'),
  node: fc.constantFrom('n1', 'n2', 'n3', 'gone', ''),
  ip: fc.constantFrom('10.244.1.5', '10.244.1.6', '10.244.2.5', '10.244.3.5', '10.88.0.4', '192.168.0.1', '10.96.0.10', '', 'fd00::1'),
  phase: fc.constantFrom('Running', 'Running', 'Running', 'Pending', 'Succeeded', 'Failed', 'Unknown'),
  hostNetwork: fc.boolean(),
  deleted: fc.constantFrom(false, false, false, true),
  waiting: fc.constantFrom(undefined, undefined, 'CrashLoopBackOff'),
  agent: fc.boolean(),
  annotated: fc.constantFrom(undefined, undefined, { 'kubevirt.io/allow-pod-bridge-network-live-migration': '' }),
});

type Sketch = { readonly [Key in keyof Drawn]: Drawn[Key] extends string ? string : Drawn[Key] };
type Drawn = typeof podArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

const NOW = Date.parse('2026-03-04T05:06:07Z');
const before = (minutes: number): string => `${new Date(NOW - minutes * 60_000).toISOString().slice(0, 19)}Z`;

function podOf(sketch: Sketch, at: number, second?: string): JsonRecord {
  const { namespace, name, node, ip, phase, hostNetwork, deleted, waiting, annotated } = sketch;
  // The API server names a DaemonSet's pods after it.
  const agent = sketch.agent && name.startsWith('kube-flannel-ds-');
  const ips = [ip, ip !== '' && !hostNetwork ? second : undefined].filter(Boolean).map((each) => ({ ip: each }));
  const state = waiting
    ? { waiting: { reason: waiting } }
    : phase === 'Running'
      ? { running: { startedAt: before(50) } }
      : { terminated: { exitCode: 0, reason: 'Completed', finishedAt: before(20) } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      uid: `uid-${at}`,
      creationTimestamp: before(60 + at),
      labels: { app: agent ? 'flannel' : name },
      ...(annotated && { annotations: annotated }),
      ...(deleted && { deletionTimestamp: before(5) }),
      ...(agent && {
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'kube-flannel-ds', uid: 'ds', controller: true }],
      }),
    },
    spec: {
      containers: [{ name: 'main', image: agent ? 'flannel/flannel:v0.26.1' : 'app:1' }],
      ...(node && { nodeName: node }),
      ...(hostNetwork && { hostNetwork }),
    },
    status: {
      phase,
      hostIP: '192.168.0.1',
      startTime: before(55 + at),
      ...(ips.length > 0 && { podIP: ips[0]!.ip, podIPs: ips }),
      containerStatuses: [
        { name: 'main', image: 'app:1', imageID: '', ready: !waiting, restartCount: waiting ? 7 : 0, state, lastState: {} },
      ],
    },
  };
}

const nodeOf = (n: number): JsonRecord => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: `n${n}`, uid: `node-${n}`, creationTimestamp: before(600) },
  spec: { podCIDR: `10.244.${n}.0/24`, podCIDRs: [`10.244.${n}.0/24`] },
  status: {
    addresses: [{ type: 'InternalIP', address: `192.168.0.${n}` }],
    conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: before(0), lastTransitionTime: before(500) }],
    nodeInfo: { kubeletVersion: 'v1.34.0', containerRuntimeVersion: 'containerd://2.1.0' },
  },
});

const FLANNEL: JsonRecord = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { namespace: 'kube-flannel', name: 'kube-flannel-ds', uid: 'ds', creationTimestamp: before(590), generation: 2 },
  spec: {
    selector: { matchLabels: { app: 'flannel' } },
    template: {
      metadata: { labels: { app: 'flannel' } },
      spec: { hostNetwork: true, containers: [{ name: 'main', image: 'flannel/flannel:v0.26.1' }] },
    },
  },
  status: { observedGeneration: 2, desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 3, updatedNumberScheduled: 3 },
};

const AROUND: readonly JsonRecord[] = [
  ...[1, 2, 3].map(nodeOf),
  FLANNEL,
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'a', name: 'db', uid: 'svc', creationTimestamp: before(580) },
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }] },
  },
];

/** A slice that lists each pod with an address, and one that is not there. */
const sliceOf = (sketches: readonly Sketch[]): JsonRecord => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace: 'a', name: 'db-x', uid: 'slice', labels: { 'kubernetes.io/service-name': 'db' } },
  addressType: 'IPv4',
  endpoints: [
    ...sketches.filter(({ ip, namespace }) => ip !== '' && namespace === 'a'),
    { ip: '10.244.2.5', namespace: 'a', name: 'db-1' },
  ].map(({ ip, namespace, name }) => ({
    addresses: [ip],
    conditions: { ready: true },
    targetRef: { kind: 'Pod', namespace, name, uid: 'any' },
  })),
});

/** Agents that are ready everywhere, as the status of FLANNEL says, though some were restarted, and init containers too. */
const agentArbitrary = fc.record({
  suffixes: fc.uniqueArray(fc.constantFrom('bbbbb', 'ccccc', 'ddddd', 'fffff'), { minLength: 3, maxLength: 3 }),
  restarts: fc.constantFrom(0, 0, 1, 4),
  ofInit: fc.constantFrom(0, 3),
  minutes: fc.constantFrom(1, 5, 3000),
});

type Agents = typeof agentArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

function agentPods({ suffixes, restarts, ofInit, minutes }: Agents): JsonRecord[] {
  const past = { terminated: { exitCode: 1, reason: 'Error', finishedAt: before(minutes) } };
  return suffixes.map((suffix, at) => {
    const sketch = { namespace: 'kube-flannel', name: `kube-flannel-ds-${suffix}`, node: `n${at + 1}`, ip: `192.168.0.${at + 1}` } as const;
    const rest = { phase: 'Running', hostNetwork: true, deleted: false, waiting: undefined, agent: true, annotated: undefined } as const;
    const pod = podOf({ ...sketch, ...rest }, 500 + at);
    const status = pod['status'] as JsonRecord;
    const [container] = status['containerStatuses'] as [JsonRecord];
    const init = { name: 'init', ready: true, restartCount: ofInit, state: { terminated: { exitCode: 0, finishedAt: before(minutes) } } };
    return {
      ...pod,
      status: {
        ...status,
        conditions: [{ type: 'Ready', status: 'True' }],
        initContainerStatuses: [{ ...init, image: 'app:1', imageID: '', lastState: ofInit > 0 ? past : {} }],
        containerStatuses: [{ ...container, restartCount: at === 0 ? restarts : 0, lastState: at === 0 && restarts > 0 ? past : {} }],
      },
    };
  });
}

/** Where pods have two addresses, each that has a network of its own has. */
const clusters = fc
  .record({
    agents: fc.option(agentArbitrary, { nil: undefined }),
    pods: fc.uniqueArray(podArbitrary, { minLength: 4, maxLength: 30, selector: ({ namespace, name }) => `${namespace}/${name}` }),
    sliced: fc.boolean(),
    second: fc.constantFrom(undefined, undefined, undefined, 'fd00::2'),
  })
  .map(({ agents, pods, sliced, second }): Material => ({
    objects: [
      ...AROUND,
      ...(agents === undefined ? [] : agentPods(agents)),
      ...pods.map((pod, at) => podOf(agents === undefined ? pod : { ...pod, agent: false }, at, second)),
      ...(sliced ? [sliceOf(pods)] : []),
    ],
    logs: new Map(),
  }));

test.serial('clusters made up at random: cells and a full read give one report', async (t) => {
  t.timeout(300_000);
  let thin = 0;
  await fc.assert(
    fc.asyncProperty(clusters, async (material) => {
      const [byCells, inFull] = [await scan(material, NOW, THIN), await scan(material, NOW, FULL)];
      t.deepEqual(byCells.report, inFull.report);
      t.deepEqual([...repeated(byCells), ...repeated(inFull)], []);
      if (restsOnCells(byCells)) thin++;
    }),
    {
      numRuns: Number(process.env['IPCONFLICT_RUNS'] ?? 150),
      ...(process.env['IPCONFLICT_SEED'] && { seed: Number(process.env['IPCONFLICT_SEED']) }),
    },
  );
  t.log(`${thin} reports rest on cells`);
  t.true(thin > 15);
});

const READY: Agents = { suffixes: ['bbbbb', 'ccccc', 'ddddd'], restarts: 1, ofInit: 3, minutes: 5 };
const isSame = (a: JsonRecord, b: JsonRecord): boolean =>
  JSON.stringify([a['kind'], a['metadata']]) === JSON.stringify([b['kind'], b['metadata']]);
const daemonSet = (change: (set: JsonRecord) => void): JsonRecord => {
  const set = structuredClone(FLANNEL) as JsonRecord;
  change(set);
  return set;
};

for (const [name, agentsAreRead, more] of [
  ['are not read where they are all well', false, []],
  [
    'are read where a rollout is under way',
    true,
    [daemonSet((set) => ((set['status'] as Record<string, unknown>)['updatedNumberScheduled'] = 2))],
  ],
  ['are read where one is not ready', true, [daemonSet((set) => ((set['status'] as Record<string, unknown>)['numberReady'] = 2))]],
  [
    'are read where another DaemonSet has their name',
    true,
    [daemonSet((set) => ((set['metadata'] as Record<string, unknown>)['namespace'] = 'other'))],
  ],
] as const) {
  test.serial(`a CNI's agents ${name}`, async (t) => {
    const around = AROUND.filter((object) => !more.some((set) => isSame(set, object)));
    const material: Material = {
      objects: [...around, ...more, ...agentPods(READY), ...ordinary.objects.slice(AROUND.length)],
      logs: new Map(),
    };
    const thin = await scan(material, NOW, THIN);
    const agents = [...eachPod(thin.snapshot.pods)].filter((pod) => pod.name.startsWith('kube-flannel-ds-'));
    t.deepEqual(
      agents.map((pod) => pod.screened),
      Array<boolean>(3).fill(!agentsAreRead),
    );
    t.deepEqual(thin.report, (await scan(material, NOW, FULL)).report);
    t.is(thin.report.cni[0]?.version, '0.26.1');
  });
}

/** Two hundred pods in order, an address held twice among them. */
const ordinary: Material = {
  objects: [
    ...AROUND,
    ...Array.from({ length: 200 }, (_, i) =>
      podOf(
        {
          namespace: 'a',
          name: `web-5d4f9-${i}`,
          node: `n${(i % 3) + 1}`,
          ip: `10.244.${(i % 3) + 1}.${i === 190 ? 6 : 5 + i}`,

          phase: 'Running',
          hostNetwork: false,
          deleted: false,
          waiting: undefined,
          agent: false,
          annotated: undefined,
        },
        i,
      ),
    ),
  ],
  logs: new Map(),
};

const BAD_SERVERS: readonly { readonly name: string; readonly quirks: Quirks; readonly note: RegExp }[] = [
  { name: 'sends JSON for a Table', quirks: { noTable: 'json' }, note: /sends no Table/ },
  { name: 'has no Table', quirks: { noTable: '406' }, note: /read in full/ },
  { name: 'does not know the selector by host network', quirks: { noHostNetworkSelector: '400' }, note: /field label not supported/ },
  { name: 'overlooks the selector by host network', quirks: { noHostNetworkSelector: 'ignored' }, note: /selectors heeded/ },
  { name: 'overlooks all selectors', quirks: { ignoreSelectors: true }, note: /selectors heeded/ },
  { name: 'renames a column', quirks: { columns: { IP: 'Pod IP' } }, note: /no columns Name, Status, Restarts, IP, Node/ },
  { name: 'shows something else as IP', quirks: { columns: { IP: 'Address', Age: 'IP' } }, note: /cell of the address holds/ },
  { name: 'leaves a column out', quirks: { columns: { Node: '' } }, note: /no columns/ },
];

for (const { name, quirks, note } of BAD_SERVERS) {
  test.serial(`a server that ${name}: all pods are read in full, said with -v`, async (t) => {
    const good = await scan(ordinary, NOW, FULL);
    const bad = await scan(ordinary, NOW, THIN, quirks);
    t.deepEqual(bad.report, good.report);
    t.is(good.report.exitCode, 1);
    t.false(restsOnCells(bad));
    t.regex(bad.notes.join('\n'), note);
  });
}

test.serial('a server that does not say how many pods there are is asked for all of them', async (t) => {
  const { report, paths } = await scan(ordinary, NOW, THIN, { noRemaining: true });
  t.deepEqual(report, (await scan(ordinary, NOW, FULL)).report);
  t.false(paths.some((path) => path.includes('/pods?') && path.includes('includeObject')));
});

test.serial('cells that are cut, refused or answered late come again; where they do not, all pods are read in full', async (t) => {
  const { report } = await scan(ordinary, NOW, FULL);
  for (const faults of [
    { 3: { cut: 900 }, 5: { status: 500 }, 6: { status: 429, retryAfter: 0 } },
    { 3: { status: 410 } },
    Object.fromEntries(Array.from({ length: 9 }, (_, i) => [i + 3, { cut: 100 }])),
  ] as const)
    t.deepEqual((await scan(ordinary, NOW, THIN, { faults })).report, report);
});

test.serial('of many pods, only those that matter are read in full, by node and name', async (t) => {
  const pod = {
    namespace: 'a',
    name: 'leaving-5d4f9-bcdfg',
    node: 'n1',
    ip: '10.244.1.250',
    phase: 'Running',
    hostNetwork: false,
  } as const;
  const leaving = podOf({ ...pod, deleted: true, waiting: undefined, agent: false, annotated: undefined }, 300);
  const material: Material = { ...ordinary, objects: [...ordinary.objects, leaving] };
  const thin = await scan(material, NOW, THIN);
  t.deepEqual(thin.report, (await scan(material, NOW, FULL)).report);
  t.true(restsOnCells(thin));
  const closer = thin.paths.filter((path) => path.includes('spec.nodeName'));
  t.deepEqual(
    closer.map((path) => new URL(path, 'http://any').searchParams.get('fieldSelector') ?? '').toSorted((a, b) => (a < b ? -1 : 1)),
    ['spec.nodeName=n2,metadata.name=web-5d4f9-1', 'spec.nodeName=n2,metadata.name=web-5d4f9-190'],
  );
});

test.serial('where one of the first pods has two addresses, all are read in full', async (t) => {
  const sketch = { namespace: 'a', name: 'a-0', node: 'n1', ip: '10.244.1.250', phase: 'Running', hostNetwork: false } as const;
  const dual = podOf({ ...sketch, deleted: false, waiting: undefined, agent: false, annotated: undefined }, 300, 'fd00::2');
  const material: Material = { ...ordinary, objects: [dual, ...ordinary.objects] };
  const thin = await scan(material, NOW, THIN);
  t.deepEqual(thin.report, (await scan(material, NOW, FULL)).report);
  t.false(restsOnCells(thin));
});

test.serial('some hundred pods are read in full, and nothing is asked for twice or in vain', async (t) => {
  const some = await scan(ordinary, NOW, {});
  t.deepEqual(some.report, (await scan(ordinary, NOW, FULL)).report);
  t.deepEqual(repeated(some), []);
  t.deepEqual(
    some.paths.filter((path) => path.startsWith('/api/v1/pods')),
    ['/api/v1/pods?limit=50', '/api/v1/pods?resourceVersion=987654&resourceVersionMatch=NotOlderThan'],
  );
});

test.serial('a server that reads all pods from etcd for each list of some is asked for all of them once', async (t) => {
  const old = await scan(ordinary, NOW, THIN, {}, { version: 'v1.30.14' });
  const full = await scan(ordinary, NOW, FULL, {}, { version: 'v1.30.14' });
  t.deepEqual(old.report, full.report);
  t.deepEqual(
    old.paths.filter((path) => path.startsWith('/api/v1/pods')),
    ['/api/v1/pods?limit=3', '/api/v1/pods?limit=5000'],
  );
  t.regex(old.notes.join('\n'), /read in full, since before Kubernetes 1\.31/);
});

test.serial('a server that lags behind what was seen is asked for the newest instead', async (t) => {
  const lagging = await scan(ordinary, NOW, THIN, { lagging: true });
  const thin = await scan(ordinary, NOW, THIN);
  t.deepEqual(lagging.report, thin.report);
  t.true(restsOnCells(lagging));
  const refused = lagging.paths.filter((path) => path.includes('resourceVersion='));
  const again = lagging.paths.filter((path) => path.startsWith('/api/v1/pods?') && !path.includes('resourceVersion='));
  t.true(refused.length > 0);
  for (const path of refused) t.true(again.includes(path.replace(/&resourceVersion=.*/, '')));
  const bounded = thin.paths.filter((path) => path.startsWith('/api/v1/pods?') && !path.includes('limit='));
  t.true(bounded.length > 3);
  t.deepEqual(
    bounded.filter((path) => !path.includes('resourceVersionMatch=NotOlderThan')),
    [],
  );
});

/** Passes on what is asked to the server that is named for it; of what none is named for it knows nothing. */
async function gatewayTo(targetOf: (path: string) => string | undefined): Promise<{ readonly url: string; readonly close: () => void }> {
  const gateway = createServer((request, response) => {
    const target = targetOf(request.url ?? '');
    if (target === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404, message: 'no such path' }));
      return;
    }
    void fetch(`${target}${request.url}`, { headers: { accept: request.headers.accept ?? '*/*' } }).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`, close: () => gateway.close() };
}

test.serial('a 404 that names no pod is no proof that a suspect is gone', async (t) => {
  const server = await serveObjects(ordinary.objects as JsonRecord[], { now: NOW });
  const gateway = await gatewayTo((path) => (/\/pods\/[^/]+$/.test(path) ? undefined : server.url));
  const reader = await openCluster({ kubeconfig: server.kubeconfig, server: gateway.url }, {});
  const snapshot = await gather({ reader, purpose: { depth: 'scan', ...FULL }, now: NOW, confirm: true });
  reader.close();
  gateway.close();
  server.close();
  const report = examineScan(snapshot, { toolVersion: '0.0.0', failOn: 'error', namespaces: 'all' });
  const direct = await scan(ordinary, NOW, FULL);
  const duplicates = ({ findings }: ScanReport): string[] =>
    findings.filter(({ id }) => id === 'duplicate-pod-ip').map(({ address, confidence }) => `${address} ${confidence}`);
  t.deepEqual(
    duplicates(report),
    duplicates(direct.report).map((line) => line.replace('confirmed', 'likely')),
  );
  t.true(duplicates(report).length > 0);
  t.regex(JSON.stringify(report.gaps), /second reading of the pods under suspicion/);
});

const isOfWaiting = (path: string): boolean => path.includes('status.phase%21%3DRunning%2Cstatus.phase%21%3DSucceeded');

for (const [name, isEarly] of [
  ['the living were listed before those that wait', (path: string) => path.includes('includeObject=None')],
  ['those that wait were listed before the living', isOfWaiting],
] as const) {
  test.serial(`a pod got its address in between: ${name}`, async (t) => {
    const pod = {
      namespace: 'a',
      name: 'late-5d4f9-bcdfg',
      node: 'n2',
      hostNetwork: false,
      deleted: false,
      waiting: undefined,
      agent: false,
    } as const;
    const before = podOf({ ...pod, annotated: undefined, ip: '', phase: 'Pending' }, 300);
    const after = podOf({ ...pod, annotated: undefined, ip: '10.244.2.12', phase: 'Running' }, 300);
    const [earlier, later] = [[...ordinary.objects, before] as JsonRecord[], [...ordinary.objects, after] as JsonRecord[]];
    const servers = [await serveObjects(earlier, { now: NOW }), await serveObjects(later, { now: NOW })] as const;
    const gateway = await gatewayTo((path) => servers[isEarly(path) ? 0 : 1].url);
    const reader = await openCluster({ kubeconfig: servers[1].kubeconfig, server: gateway.url }, {});
    const snapshot = await gather({ reader, purpose: { depth: 'scan', ...THIN }, now: NOW, confirm: true });
    reader.close();
    gateway.close();
    for (const server of servers) server.close();
    t.true([...eachPod(snapshot.pods)].some((row) => row.screened));
    const report = examineScan(snapshot, { toolVersion: '0.0.0', failOn: 'error', namespaces: 'all' });
    const full = await scan({ objects: later, logs: new Map() }, NOW, FULL);
    t.deepEqual({ ...report, source: { server: 'any' } }, full.report);
    t.true(full.report.findings.some(({ address }) => address === '10.244.2.12'));
  });
}

/** Deployments of nobody's, beside those of a scenario. */
const deploymentsBeside = (id: string, count: number): Material => {
  const { material } = own.find((found) => found.id === id)!;
  const more = Array.from({ length: count }, (_, i) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: `team-${i % 9}`, name: `web-${i}`, uid: `deployment-${i}` },
    spec: { replicas: 2, template: { metadata: { labels: { app: `web-${i}` } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } } },
    status: { readyReplicas: 2 },
  }));
  return { ...material, objects: [...material.objects, ...more] };
};
const ofDeployments = ({ paths }: Scan): string[] => paths.filter((path) => path.includes('/deployments'));

test.serial('of many Deployments only those beside the CNI are read', async (t) => {
  const material = deploymentsBeside('cilium/agent-restart', 300);
  const some = await scan(material, NOW, {});
  t.deepEqual(some.report, (await scan(material, NOW, FULL)).report);
  t.deepEqual(ofDeployments(some), ['/apis/apps/v1/namespaces/kube-system/deployments?limit=2000']);
});

test.serial('where agents are elsewhere, so are the Deployments that are read', async (t) => {
  const { material, ...rest } = own.find((found) => found.id === 'cilium/agent-restart')!;
  const moved = JSON.parse(
    JSON.stringify(material.objects).replaceAll('"namespace":"kube-system"', '"namespace":"cilium"'),
  ) as typeof material.objects;
  const elsewhere = { ...material, ...rest, objects: moved };
  const some = await scan(elsewhere, NOW, {});
  t.deepEqual(some.report, (await scan(elsewhere, NOW, FULL)).report);
  t.deepEqual(
    ofDeployments(some).map((path) => path.replace(/\?.*/, '')),
    ['/apis/apps/v1/namespaces/kube-system/deployments', '/apis/apps/v1/namespaces/cilium/deployments'],
  );
});

test.serial('where the CNI heeds the templates of Deployments, all are read', async (t) => {
  const material = deploymentsBeside('calico/first-and-last-address', 300);
  const some = await scan(material, NOW, {});
  t.deepEqual(some.report, (await scan(material, NOW, FULL)).report);
  t.is(
    ofDeployments(some)
      .at(-1)!
      .replace(/^.*deployments\?/, ''),
    'limit=2000',
  );
});

test.serial('interrupted anywhere: never clean, and no pod without a namespace', async (t) => {
  for (let requests = 3; requests < 27; requests += 2) {
    const report = await interruptedScan(ordinary, requests);
    t.true([1, 3].includes(report.exitCode), `after ${requests} requests: exit ${report.exitCode}`);
    for (const { holders } of report.findings) for (const { namespace } of holders) t.not(namespace, '');
  }
});

test.serial('in pages, and no faster than told: the same report', async (t) => {
  const server = await serveObjects(ordinary.objects as JsonRecord[], { now: NOW });
  const times: number[] = [];
  const reader = await openCluster(
    { kubeconfig: server.kubeconfig, chunkSize: 60, qps: 100 },
    { onRequest: () => times.push(performance.now()) },
  );
  const begun = performance.now();
  const snapshot = await gather({ reader, purpose: { depth: 'scan', ...THIN }, now: NOW, confirm: true });
  const report = examineScan(snapshot, { toolVersion: '0.0.0', failOn: 'error', namespaces: 'all' });
  reader.close();
  server.close();
  t.deepEqual({ ...report, source: { server: 'any' } }, (await scan(ordinary, NOW, FULL)).report);
  t.is(
    server.requests.filter(
      ({ path }) => path.includes('includeObject=None') && path.includes('hostNetwork%3Dfalse') && path.includes('phase%21%3DSucceeded'),
    ).length,
    4,
  );
  // Of so many, the last is sent so much later than the first, which goes at once; a timer may be early by a millisecond.
  const took = times.at(-1)! - begun;
  t.true(took >= (times.length - 1) * 10 - 1, `${times.length} requests in ${took.toFixed(0)} ms`);
});

test.serial('what a server says is cleaned before a terminal sees it', async (t) => {
  const server = await serveObjects(ordinary.objects as JsonRecord[], { now: NOW, quirks: { columns: { IP: 'Pod\u001B[31m\u009BIP' } } });
  let stderr = '';
  const io = { stderr: (text: string) => (stderr += text), stderrIsTty: false } as unknown as Io;
  const { reader } = await openSession({ kubeconfig: server.kubeconfig, v: 1 } as unknown as Words, io);
  await gather({ reader, purpose: { depth: 'scan', ...THIN }, now: NOW, confirm: false });
  reader.close();
  server.close();
  t.regex(stderr, /no columns Name, Status, Restarts, IP, Node/);
  t.notRegex(stderr.replaceAll('\n', ''), /\p{Cc}/u);
});
