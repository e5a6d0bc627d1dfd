import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { type Pack, pack } from 'tar-stream';
import { loadFiles } from '../src/files/load.ts';
import type { Collection } from '../src/files/collection.ts';
import { LIMITS } from '../src/files/open.ts';
import { openFiles } from '../src/files/reader.ts';
import { Failure } from '../src/model/failure.ts';
import { holderClass } from '../src/model/holder-class.ts';
import type { Report } from '../src/model/report.ts';
import { eachPod } from '../src/model/pod-table.ts';
import { type Files, tgz, zip } from './layouts/convert.ts';
import { examineFiles } from './support/examine-capture.ts';

const pod = (name: string, ip: string, node: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name, uid: `uid-${name}`, creationTimestamp: '2026-01-02T03:04:05Z', resourceVersion: '10', ...more },
  spec: { nodeName: node, containers: [{ name: 'c', image: 'i' }] },
  status: {
    phase: 'Running',
    podIP: ip,
    podIPs: [{ ip }],
    containerStatuses: [{ state: { running: { startedAt: '2026-01-02T03:04:05Z' } } }],
  },
});
const LIST = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [pod('a', '10.1.0.5', 'n1'), pod('b', '10.1.0.5', 'n2')] });
const NAMED = { 'pods.json': LIST };

function folderOf(t: ExecutionContext, files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ipconflict-files-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const load = (t: ExecutionContext, content: string | Buffer, limits = LIMITS): Promise<Collection> =>
  loadFiles([join(folderOf(t, { given: content }), 'given')], { limits });
const podsOf = (collection: Collection): string[] =>
  [...eachPod(collection.pods.table())].map(({ name, ips }) => `${name} ${ips.join(',')}`).toSorted();
const utf16 = (text: string, big = false): Buffer => {
  const buffer = Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le');
  return big ? buffer.swap16() : buffer;
};

const YAML = `apiVersion: v1
items:
- apiVersion: v1
  kind: Pod
  metadata: {namespace: shop, name: a}
  spec: {nodeName: n1}
  status: {phase: Running, podIP: 10.1.0.5}
- apiVersion: v1
  kind: Pod
  metadata:
    namespace: shop
    name: b
    annotations:
      note: |
        - not an item
        items:
  spec: {nodeName: n2}
  status: {phase: Running, podIP: 10.1.0.5}
kind: List
`;
const BOTH = ['a 10.1.0.5', 'b 10.1.0.5'];

for (const [what, content] of Object.entries<string | Buffer>({
  'a JSON list': LIST,
  'a JSON list in one piece per line': JSON.stringify(JSON.parse(LIST), undefined, 4),
  'JSON lines': [pod('a', '10.1.0.5', 'n1'), pod('b', '10.1.0.5', 'n2')].map((one) => JSON.stringify(one)).join('\n'),
  'JSON objects without anything between': [pod('a', '10.1.0.5', 'n1'), pod('b', '10.1.0.5', 'n2')]
    .map((one) => JSON.stringify(one, undefined, 2))
    .join(''),
  'a JSON array': JSON.stringify([pod('a', '10.1.0.5', 'n1'), pod('b', '10.1.0.5', 'n2')]),
  'UTF-8 with a byte order mark': `\uFEFF${LIST}`,
  'UTF-16 as PowerShell writes it': utf16(LIST),
  'UTF-16, the other way round': utf16(YAML, true),
  'a YAML list': YAML,
  'YAML documents': [...YAML.matchAll(/(?<=^- )(?:.*\n(?:  .*\n)*)/gm)].map(([one]) => one.replaceAll(/^ {2}/gm, '')).join('---\n'),
  'YAML that begins with a separator': `---\n${YAML}`,
  'text around YAML': `[root@host ~]# kubectl get pods -A -o yaml\n${YAML}[root@host ~]# exit\n`,
  'text around JSON': `$ kubectl get pods -o json\n${LIST}\nwhat now?\n`,
  'a typed list whose items have no kind, stated last': JSON.stringify({
    apiVersion: 'v1',
    items: (JSON.parse(LIST) as { items: Record<string, unknown>[] }).items.map((one) => ({
      ...one,
      kind: undefined,
      apiVersion: undefined,
    })),
    kind: 'PodList',
  }),
  'the internal objects of old dumps': JSON.stringify({
    selfLink: '/api/v1/pods',
    Items: ['a', 'b'].map((name, i) => ({
      name,
      namespace: 'shop',
      Spec: { NodeName: `n${i}`, Containers: [{ Name: 'c' }] },
      Status: { Phase: 'Running', PodIP: '10.1.0.5' },
    })),
  }),
  'lower-cased objects of old Longhorn bundles': `items:\n${['a', 'b'].map((name) => `- typemeta: {kind: ""}\n  objectmeta: {name: ${name}, namespace: shop}\n  spec: {nodename: n1, containers: [{name: c}]}\n  status: {phase: Running, podip: 10.1.0.5}\n`).join('')}`,
  'gzip of one file': gzipSync(LIST),
  'a wide table':
    'NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES\na 1/1 Running 0 3d 10.1.0.5 n1 <none> <none>\nb 1/1 Running 4 (67s ago) 3d 10.1.0.5 n2 <none> <none>\n',
  'rows that grep left':
    'shop  a  1/1  Running  0  3d  10.1.0.5  n1  <none>  <none>\nshop  b  1/1  Running  0  3d  10.1.0.5  n2  <none>  <none>\n',
  'a quoted table':
    '> NAMESPACE NAME READY STATUS RESTARTS AGE IP NODE\n> shop a 1/1 Running 0 3d 10.1.0.5 n1\n> shop b 1/1 Running 0 3d 10.1.0.5 n2\n',
  'custom columns': 'NAMESPACE NAME IP NODE\nshop a 10.1.0.5 n1\nshop b 10.1.0.5 n2\n',
  descriptions: ['a', 'b']
    .map(
      (name, i) =>
        `Name:         ${name}\nNamespace:    shop\nNode:         n${i}/192.168.0.1${i}\nStatus:       Running\nIP:           10.1.0.5\nIPs:\n  IP:           10.1.0.5\nContainers:\n  c:\n    Image:  x\n    State:  Running\n`,
    )
    .join('\n\n'),
}))
  test(`pods are read from ${what}`, async (t) => {
    const collection = await load(t, content);
    t.deepEqual(podsOf(collection), BOTH);
    t.deepEqual(collection.troubles, []);
  });

test('kubectl’s word for a pod’s state tells whether it is on the wire', async (t) => {
  const words = ['1/1 Running', '0/1 Terminated', '0/1 OutOfpods', '0/1 NodeAffinity', '0/1 OOMKilled', '0/1 ExitCode:3'];
  const table = words.map((word, i) => `shop  p${i}  ${word}  0  3d  10.1.0.${i}  n1  <none>  <none>\n`).join('');
  const { pods } = await load(t, `NAMESPACE NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES\n${table}`);
  const classes = [...eachPod(pods.table())]
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map((pod) => holderClass(pod, undefined, false));
  t.deepEqual(classes, ['live', ...words.slice(1).map(() => 'finished')]);
});

test('a table does not tell for how long a pod is Terminating: that it is stuck is only possible', async (t) => {
  const head = 'NAMESPACE NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES\n';
  const table = `${head}shop a 4/5 Terminating 0 6d 10.1.0.5 n1 <none> <none>\nshop b 1/1 Running 0 27h 10.1.0.5 n1 <none> <none>\n`;
  const report = await examineFiles([join(folderOf(t, { given: table }), 'given')], 'check shop/b');
  t.like(report, { verdict: { cause: 'stuck-terminating-pod', confidence: 'possible' } });
});

test('an archive, an archive in an archive, and a folder hold the same', async (t) => {
  const files: Files = new Map([['deep/er/pods.json', LIST]]);
  const nested: Files = new Map([
    ['inner.tgz', await tgz(files)],
    ['b.zip', zip(files)],
  ]);
  for (const content of [await tgz(files), zip(files), await tgz(nested), zip(nested)]) t.deepEqual(podsOf(await load(t, content)), BOTH);
});

const attack = async (fill: (archive: Pack) => void): Promise<Buffer> => {
  const archive = pack();
  archive.entry({ name: 'pods.json' }, LIST);
  fill(archive);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
};
const small = { ...LIMITS, depth: 3, archives: 5, entries: 10, bombFloor: 1024 * 1024, zipInMemory: 4096 };
const nest = async (levels: number): Promise<Buffer> => (levels === 0 ? Buffer.from(LIST) : gzipSync(await nest(levels - 1)));

const ATTACKS: readonly (readonly [what: string, archive: () => Promise<Buffer>, said: RegExp])[] = [
  ['a path with ..', () => attack((a) => a.entry({ name: '../../evil.json' }, LIST)), /leads out/],
  ['an absolute path', () => attack((a) => a.entry({ name: '/etc/evil.json' }, LIST)), /leads out/],
  ['a Windows path', () => attack((a) => a.entry({ name: 'C:\\evil.json' }, LIST)), /leads out/],
  [
    'a link that leads out',
    () => attack((a) => a.entry({ name: 'x/l', type: 'symlink', linkname: '../../etc/passwd' })),
    /link that leads out/,
  ],
  ['a hard link that leads out', () => attack((a) => a.entry({ name: 'l', type: 'link', linkname: '/etc/passwd' })), /link that leads out/],
  ['a device', () => attack((a) => a.entry({ name: 'null', type: 'character-device' })), /character device/],
  ['a pipe', () => attack((a) => a.entry({ name: 'p', type: 'fifo' })), /fifo/],
  ['nested archives without end', async () => attack((a) => a.entry({ name: 'deep.gz' }, deep)), /nested deeper/],
  [
    'thousands of archives',
    () => attack((a) => Array.from({ length: 8 }, (_, i) => a.entry({ name: `${i}.gz` }, gzipSync('x')))),
    /more than 5 archives/,
  ],
  [
    'thousands of files',
    () => attack((a) => Array.from({ length: 20 }, (_, i) => a.entry({ name: `${i}.json` }, '{}'))),
    /more than 10 files/,
  ],
  ['a gzip bomb', () => attack((a) => a.entry({ name: 'bomb.gz' }, gzipSync('0'.repeat(40 * 1024 * 1024)))), /bomb/],
  ['a zip bomb', async () => attack((a) => a.entry({ name: 'b.zip' }, zip(new Map([['z.json', '0'.repeat(3_000_000)]])))), /bomb/],
  [
    'a zip too large to hold',
    async () => attack((a) => a.entry({ name: 'b.zip' }, Buffer.concat([zip(new Map([['z', LIST]])), Buffer.alloc(9000)]))),
    /too large/,
  ],
  ['a broken zip', () => attack((a) => a.entry({ name: 'b.zip' }, Buffer.from('PK\u0003\u0004nonsense'))), /zip cannot be read/],
  ['an archive of a foreign kind', () => attack((a) => a.entry({ name: 'x.xz' }, Buffer.from('fd377a585a0000', 'hex'))), /packed with xz/],
  ['bytes that are no text', () => attack((a) => a.entry({ name: 'x.json' }, Buffer.from([1, 0, 0, 2, 9, 0, 0, 0, 1]))), /no text/],
  ['JSON cut in the middle', () => attack((a) => a.entry({ name: 'x.json' }, LIST.slice(0, -9))), /ends in the middle/],
  ['YAML with a broken item', () => attack((a) => a.entry({ name: 'x.yaml' }, 'items:\n- a: [1\n- kind: Pod\n')), /not valid YAML/],
  ['a file of nothing', () => attack((a) => a.entry({ name: 'x.json' }, '')), /empty/],
];
let deep: Buffer;
test.before(async () => {
  deep = await nest(6);
});

for (const [what, archive, said] of ATTACKS)
  test(`${what}: said, and the rest is read`, async (t) => {
    const collection = await load(t, await archive(), small);
    t.deepEqual(podsOf(collection), BOTH);
    t.true(
      collection.troubles.some(({ why }) => said.test(why)),
      JSON.stringify(collection.troubles),
    );
  });

test('an archive cut short: what came before counts, and "clean" may not be said', async (t) => {
  const pods = Array.from({ length: 400 }, (_, i) =>
    pod(`p${i}`, `10.1.${i >> 8}.${i & 255}`, `n${i % 7}`, { annotations: { noise: Math.random().toString(36) } }),
  );
  const whole = await tgz(new Map([['pods.json', JSON.stringify({ kind: 'List', apiVersion: 'v1', items: pods })]]));
  const folder = folderOf(t, { 'cut.tgz': whole.subarray(0, Math.floor(whole.length / 2)) });
  const report = await examineFiles([join(folder, 'cut.tgz')], 'scan');
  t.true(
    report.gaps.some((gap) => gap.reason === 'truncated' && gap.essential),
    JSON.stringify(report.gaps),
  );
  t.is(report.exitCode, 3);
  const found = (report as Extract<Report, { kind: 'ScanReport' }>).summary.pods;
  t.true(found > 0 && found < 400, String(found));
});

test('of one object in two files the newest resourceVersion counts', async (t) => {
  const newer = JSON.stringify(pod('a', '10.1.0.9', 'n1', { resourceVersion: '11' }));
  for (const names of [
    ['1.json', '2.json'],
    ['2.json', '1.json'],
  ]) {
    const collection = await loadFiles([folderOf(t, { [names[0]!]: LIST, [names[1]!]: newer })]);
    t.deepEqual(podsOf(collection), ['a 10.1.0.9', 'b 10.1.0.5']);
  }
});

test('two clusters in one capture are refused', async (t) => {
  const namespace = (uid: string): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid } });
  const node = (name: string, uid: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid } });
  const mixes = [
    { 'a.json': namespace('1'), 'b.json': namespace('2') },
    { 'a.json': node('n', '1') + node('m', '2'), 'b.json': node('n', '3') + node('m', '4') },
  ];
  for (const files of mixes)
    await t.throwsAsync(loadFiles([folderOf(t, { ...NAMED, ...files })]), { instanceOf: Failure, message: /two clusters/ });
  await t.notThrowsAsync(loadFiles([folderOf(t, { 'a.json': namespace('1'), 'b.json': namespace('1') })]));
});

test('nothing of use is a failure; no pods is never "clean"', async (t) => {
  await t.throwsAsync(loadFiles([folderOf(t, {})]), { instanceOf: Failure });
  await t.throwsAsync(loadFiles([folderOf(t, { 'readme.txt': 'hello' })]), { instanceOf: Failure });
  await t.throwsAsync(loadFiles(['/no/such/file']), { instanceOf: Failure });
  const lists = ['Pod', 'Node', 'Service'].map((kind) => JSON.stringify({ apiVersion: 'v1', kind: `${kind}List`, items: null })).join('\n');
  t.is((await examineFiles([folderOf(t, { 'lists.json': lists })], 'scan')).exitCode, 3);
});

test('hidden addresses and partial dumps are said', async (t) => {
  const hidden = JSON.stringify({
    kind: 'PodList',
    apiVersion: 'v1',
    items: [pod('a', '***HIDDEN***', 'n'), pod('b', '***HIDDEN***', 'n')],
  });
  const report = await examineFiles([folderOf(t, { 'pods.json': hidden })], 'scan');
  t.true(report.gaps.some((gap) => gap.what === 'addresses' && gap.essential));
  t.is(report.findings.filter((finding) => finding.id === 'duplicate-pod-ip').length, 0);
  const gathered = await examineFiles(
    [folderOf(t, { 'mg/namespaces/kube-system/core/pods.yaml': YAML.replaceAll('shop', 'kube-system') })],
    'scan',
  );
  t.true(
    gathered.gaps.some((gap) => /platform only/.test(gap.message) && gap.essential),
    JSON.stringify(gathered.gaps),
  );
});

test('a dump states its time and its server', async (t) => {
  const gathered = await openFiles([
    folderOf(t, {
      'mg/timestamp': '2026-03-04 05:06:07.812571965 +0000 UTC m=+0.1\n',
      'mg/namespaces/shop/core/pods.yaml': YAML,
      'version.json': '{"serverVersion":{"gitVersion":"v1.31.2"}}',
    }),
  ]);
  t.is(new Date(gathered.now).toISOString(), '2026-03-04T05:06:07.812Z');
  t.is(gathered.source().kubernetesVersion, 'v1.31.2');
});

test('refusals in a dump are gaps with their reason', async (t) => {
  const collection = await loadFiles([
    folderOf(t, {
      ...NAMED,
      'nodes.txt':
        'Error from server (Forbidden): nodes is forbidden: User "x" cannot list resource "nodes" in API group "" at the cluster scope\n',
    }),
  ]);
  t.like(collection.gaps[0], { what: 'nodes', reason: 'forbidden' });
});

test('calicoctl: a check report becomes blocks', async (t) => {
  const allocation = { ip: '10.1.0.5', handle: 'h', pod: 'a', namespace: 'shop', node: 'n1', type: 'Workload', inUse: true };
  const collection = await load(
    t,
    JSON.stringify({ version: 'v3', clusterGUID: 'x', datastoreLocked: true, allocations: { '10.1.0.5': [allocation, allocation] } }),
  );
  t.is(collection.objects.get('crd.projectcalico.org/IPAMBlock')?.size, 2);
});

test('logs between marks are logs, not objects', async (t) => {
  const dump = `${LIST}\n==== START logs for container c of pod shop/a ====\n{"kind":"Pod","apiVersion":"v1","metadata":{"name":"ghost"}}\nlast==== END logs for container c of pod shop/a ====\n${LIST}`;
  const collection = await load(t, dump);
  t.deepEqual(podsOf(collection), BOTH);
  t.is((await collection.logs.find('shop', 'a', 'c', false))?.text.split('\n').at(-1), 'last');
});
