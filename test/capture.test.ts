import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { captureScript } from '../src/cli/capture-script.ts';
import { type Json, type JsonRecord, at, list, record, text } from '../src/model/json.ts';
import { loadFiles } from '../src/files/load.ts';
import { sanitise } from '../src/files/sanitise.ts';
import { AddressMap } from '../src/redact/addresses.ts';
import { parseAddress } from '../src/ip/address.ts';
import { contains, parseRange } from '../src/ip/range.ts';
import { casesIn, SCENARIOS, SHARED } from './support/examine-capture.ts';

const PROGRAM = resolve('dist', process.platform === 'win32' ? 'kubectl-ipconflict.exe' : 'kubectl-ipconflict');
const all = existsSync(SHARED) ? casesIn(SHARED) : casesIn(SCENARIOS);
/** Each takes a few runs of the program: unless asked for all, every eighth. */
const cases = process.env['IPCONFLICT_ALL'] === undefined ? all.filter((_, i) => i % 8 === 3) : all;

type Run = { code: number; stdout: string; stderr: string };
const run = (words: readonly string[], cwd: string): Promise<Run> =>
  new Promise((done) =>
    execFile(
      PROGRAM,
      [...words],
      { cwd, maxBuffer: 1 << 28, env: { ...process.env, KUBECONFIG: '/dev/null', NO_COLOR: '1' } },
      (error, stdout, stderr) => done({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    ),
  );

function temporary(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ipconflict-capture-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const reportOf = ({ stdout, stderr }: Run): JsonRecord => {
  if (!stdout.startsWith('{')) throw new Error(stderr);
  const { source: _, ...report } = JSON.parse(stdout) as JsonRecord;
  return report;
};
const wordsOf = (command: string, names: JsonRecord = {}): string[] =>
  command.split(' ').map((word, i) =>
    i === 0 || word.startsWith('-')
      ? word
      : word
          .split('/')
          .map((part) => text(names, part) ?? part)
          .join('/'),
  );

test.serial('a capture is judged as what it was made of', async (t) => {
  t.timeout(300_000);
  const folder = temporary(t);
  for (const { id, folder: incident, expect } of cases) {
    const input = join(incident, 'capture');
    const made = await run(['capture', '-f', input, '-o', `${id.replaceAll('/', '-')}.tgz`], folder);
    t.is(made.code, 0, made.stderr);
    const words = [...wordsOf(expect.command), '-o', 'json'];
    const [before, after] = [await run([...words, '-f', input], folder), await run([...words, '-f', made.stdout.trim()], folder)];
    t.is(after.code, before.code, id);
    t.deepEqual(reportOf(after), reportOf(before), id);
  }
});

const ADDRESS = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/g;
const CONSTANT = /^(?:0|127|22[4-9]|2[345]\d)\.|^169\.254\./;
/** Names of software, not of anybody's cluster: the diagnosis recognises parts of a cluster by them. */
const SOFTWARE =
  /^(?:default|kube|batch|api|app|status|node|gateway|worker|hubble-relay|metrics-server|coredns|etcd|ov[ns]|openshift|calico|cilium|canal|weave|tigera|aws-node|multus|whereabouts|flannel|kubernetes)/;

test.serial('--redact all: the same verdict, and no name or address of the cluster in any byte', async (t) => {
  t.timeout(300_000);
  const folder = temporary(t);
  for (const { id, folder: incident, expect } of cases) {
    const input = join(incident, 'capture');
    const name = id.replaceAll('/', '-');
    const made = await run(['capture', '-f', input, '-o', `${name}.tgz`, '--redact', 'all'], folder);
    t.is(made.code, 0, made.stderr);
    const mapping: Json = JSON.parse(readFileSync(join(folder, `${name}.mapping.json`), 'utf8'));
    const names = { ...record(mapping, 'names'), ...record(mapping, 'addresses') };
    const before = await run([...wordsOf(expect.command), '-o', 'json', '-f', input], folder);
    const after = await run([...wordsOf(expect.command, names), '-o', 'json', '-f', made.stdout.trim()], folder);
    const conclusion = (report: JsonRecord): Json => [
      report['status'],
      at(report, 'verdict', 'cause'),
      at(report, 'verdict', 'confidence'),
      list(report, 'findings')
        .map((finding) => `${text(finding, 'id')} ${text(finding, 'severity')} ${list(finding, 'holders').length}`)
        .toSorted(),
    ];
    t.deepEqual(conclusion(reportOf(after)), conclusion(reportOf(before)), id);
    const bytes = gunzipSync(readFileSync(made.stdout.trim())).toString('latin1');
    const objects: Json[] = [];
    const collection = await loadFiles([input], { onPod: (pod) => objects.push(pod) });
    for (const ofKind of collection.objects.values()) objects.push(...ofKind.values());
    const source = JSON.stringify(objects);
    const stands = (word: string, edge: string): boolean =>
      bytes.includes(word) && new RegExp(`(?<![${edge}])${word.replaceAll(/[.+]/g, String.raw`\$&`)}(?![${edge}])`).test(bytes);
    for (const address of new Set(source.match(ADDRESS) ?? [])) {
      if (CONSTANT.test(address)) continue;
      t.false(stands(address, String.raw`\w.`) || stands(address.replaceAll('.', '-'), String.raw`\w-`), `${id}: ${address}`);
    }
    for (const object of objects) {
      const own = text(object, 'metadata', 'name') ?? '';
      if (
        !['Pod', 'Node', 'Service', 'Deployment', 'StatefulSet', 'Namespace'].includes(text(object, 'kind') ?? '') ||
        (SOFTWARE.test(own) && text(object, 'kind') !== 'Pod')
      )
        continue;
      // An image's tag is a version, not a name.
      t.false(stands(own, String.raw`\w:-`), `${id}: ${text(object, 'kind')} ${own}`);
    }
  }
});

test('addresses keep their order, their ranges and their places in them', (t) => {
  const texts = [
    '10.244.0.0/16',
    '10.244.1.0/24',
    '10.244.1.7',
    '10.244.2.9',
    '10.96.0.0/12',
    '10.96.0.1',
    '192.168.10.11',
    '192.168.10.12',
    '172.17.0.5',
    'fd00:10:244::/56',
    'fd00:10:244:1::a',
    '8.8.8.8',
  ];
  for (let seed = 1; seed < 40; seed++) {
    const map = new AddressMap();
    for (const one of texts) map.add(one);
    map.settle(() => (seed * 0.0237) % 1);
    const image = (one: string): string => map.map(one)!;
    for (const one of texts) t.not(image(one), one);
    for (const outer of texts.filter((one) => one.includes('/'))) {
      t.is(image(outer).split('/')[1], outer.split('/')[1]);
      for (const inner of texts) {
        const [a, b] = [parseAddress(inner)!, parseAddress(image(inner))!];
        t.is(contains(parseRange(image(outer))!, b), contains(parseRange(outer)!, a), `${inner} in ${outer}`);
      }
    }
    const sorted = texts
      .map((one) => parseAddress(one)!)
      .filter(({ family }) => family === 4)
      .toSorted((a, b) => Number(a.value - b.value));
    const images = sorted.map(({ text: one }) => Number(parseAddress(image(one))!.value));
    t.deepEqual(
      images,
      images.toSorted((a, b) => a - b),
    );
    t.true(contains(parseRange('172.17.0.0/16')!, parseAddress(image('172.17.0.5'))!));
  }
  const map = new AddressMap();
  map.settle(() => 0.5);
  for (const kept of ['127.0.0.1', '0.0.0.0', '255.255.255.0', '169.254.20.10', '::1']) t.is(map.map(kept), undefined);
});

test('what a capture never holds', (t) => {
  t.is(sanitise({ kind: 'Secret', metadata: { name: 'x' }, data: { a: 'b' } }), undefined);
  const env = [
    { name: 'PASSWORD', value: 'hunter2' },
    { name: 'CALICO_IPV4POOL_CIDR', value: '10.1.0.0/16' },
    { name: 'A', valueFrom: { secretKeyRef: { name: 's' } } },
  ];
  const container = { name: 'c', image: 'i', env, args: ['--password', 'hunter2', '--cluster-cidr=10.1.0.0/16'] };
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2', 'vault.example/secret': 'hunter2' };
  for (const object of [
    {
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'shop', annotations },
      spec: { containers: [container], volumes: [{ secret: 'hunter2' }] },
      status: { phase: 'Running' },
    },
    {
      kind: 'DaemonSet',
      apiVersion: 'apps/v1',
      metadata: { name: 'd', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2' } },
      spec: { template: { metadata: {}, spec: { containers: [{ ...container, args: [] }] } } },
    },
  ]) {
    const kept = JSON.stringify(sanitise(object));
    t.false(kept.includes('hunter2'), kept);
    t.true(kept.includes('10.1.0.0/16') && kept.includes('PASSWORD'));
  }
});

test('an output that exists is kept; a failed capture leaves nothing', async (t) => {
  const folder = temporary(t);
  const input = join(cases[0]!.folder, 'capture');
  writeFileSync(join(folder, 'mine.tgz'), 'mine');
  const refused = await run(['capture', '-f', input, '-o', 'mine.tgz'], folder);
  t.is(refused.code, 2);
  t.is(readFileSync(join(folder, 'mine.tgz'), 'utf8'), 'mine');
  writeFileSync(join(folder, 'notes.txt'), 'nothing');
  t.is((await run(['capture', '-f', 'notes.txt', '-o', 'new.tgz'], folder)).code, 2);
  t.deepEqual(readdirSync(folder).toSorted(), ['mine.tgz', 'notes.txt']);
  t.is((await run(['capture', '-f', input, '-o', 'mine.tgz', '--force'], folder)).code, 0);
  t.is((await run(['capture', '-f', input, '-o', 'as-folder'], folder)).code, 0);
  t.deepEqual(readdirSync(folder).toSorted(), ['as-folder', 'mine.tgz', 'notes.txt']);
  const changed = join(folder, 'as-folder', 'objects', 'services.json');
  writeFileSync(changed, readFileSync(changed, 'utf8').replace('ClusterIP', 'NodePort'));
  t.regex((await run(['scan', '-f', 'as-folder', '-o', 'json'], folder)).stdout, /checksum differs/);
  t.is((await run(['diff', 'mine.tgz', 'mine.tgz'], folder)).code === 2, false);
});

test('the script for kubectl alone is a POSIX shell script, and its output is read', async (t) => {
  const folder = temporary(t);
  const script = captureScript({ logs: 'agents', since: '1h' });
  writeFileSync(join(folder, 'capture.sh'), script);
  const objects: Json[] = [];
  const collection = await loadFiles([join(cases[0]!.folder, 'capture')], { onPod: (pod) => objects.push(pod) });
  for (const ofKind of collection.objects.values()) objects.push(...ofKind.values());
  writeFileSync(join(folder, 'objects.json'), JSON.stringify(objects));
  // A kubectl that knows no more than the script asks for.
  writeFileSync(
    join(folder, 'kubectl'),
    `#!${process.execPath}
const objects = JSON.parse(require('fs').readFileSync(${JSON.stringify(join(folder, 'objects.json'))}));
const [verb, what] = process.argv.slice(2);
if (verb === 'version') console.log('{"serverVersion":{"gitVersion":"v1.30.0"}}');
else if (verb === 'get' && process.argv.includes('json')) {
  const kind = what.split('.')[0].replace(/ies$/, 'y').replace(/s$/, '');
  const items = objects.filter((one) => one.kind.toLowerCase() === kind);
  if (items.length === 0) { console.error('error: the server doesn\\'t have a resource type "' + what + '"'); process.exit(1); }
  console.log(JSON.stringify({ apiVersion: 'v1', items, kind: 'List' }, null, 4));
} else process.exit(1);
`,
    { mode: 0o755 },
  );
  const code = await new Promise<number>((done) =>
    execFile('sh', ['capture.sh', 'out'], { cwd: folder, env: { ...process.env, KUBECTL: join(folder, 'kubectl') } }, (error) =>
      done(error ? Number(error.code) : 0),
    ),
  );
  t.is(code, 0);
  const again = await loadFiles([join(folder, 'out')]);
  t.is(again.pods.size, collection.pods.size);
  t.is(again.kubernetesVersion, 'v1.30.0');
  t.true((again.objects.get('/Node')?.size ?? 0) > 0);
});
