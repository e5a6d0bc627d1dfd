import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import test from 'ava';
import { load } from 'js-yaml';
import type { Json } from '../src/model/json.ts';
import { Cluster } from './support/build.ts';
import { flannel } from './support/cnis.ts';

const root = join(import.meta.dirname, '..');
const program = join(root, 'dist', process.platform === 'win32' ? 'kubectl-ipconflict.exe' : 'kubectl-ipconflict');
const scenario = (id: string): string => join(root, 'test', 'scenarios', id, 'capture');
const CONFLICT = scenario('node-cidr-overlap/flannel-replacement');
const HEALTHY = scenario('no-conflict/antrea');
const folder = mkdtempSync(join(tmpdir(), 'ipconflict-cli-'));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the built program as a shell would, without a terminal and without anybody's kubeconfig. */
function run(
  words: readonly string[],
  more: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: join(folder, 'none'), ...more.env },
      stdio: 'pipe',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(more.input ?? '');
  });
}

const lines = (text: string): string[] => text.split('\n').filter(Boolean);

test.before((t) => {
  t.true(existsSync(program), 'npm run build');
});

const CODES: readonly (readonly [what: string, words: readonly string[], code: number])[] = [
  ['scan of a conflict', ['scan', '-A', '-f', CONFLICT], 1],
  ['scan of a healthy cluster', ['scan', '-A', '-f', HEALTHY], 0],
  ['check of a conflict', ['check', 'shop/cart-7d9f8-x2k4p', '-f', CONFLICT], 1],
  ['check without a subject', ['check', '-f', CONFLICT], 1],
  ['check of a node', ['check', 'node/pool-a-x7h5r', '-f', CONFLICT], 1],
  ['ip in conflict', ['ip', '10.244.3.17', '-f', CONFLICT], 1],
  ['ip of one pod', ['ip', '10.244.6.8', '-f', CONFLICT], 0],
  ['an address in another spelling', ['ip', '010.244.003.017', '-f', CONFLICT], 1],
  ['--fail-on never', ['scan', '-A', '--fail-on', 'never', '-f', CONFLICT], 0],
  ['--fail-on info', ['scan', '-A', '--fail-on', 'info', '-f', scenario('benign-sharing/everyday')], 1],
  ['explain', ['explain'], 0],
  ['explain an id', ['explain', 'duplicate-pod-ip'], 0],
  ['explain a cause', ['explain', 'node-cidr-overlap'], 0],
  ['--help', ['--help'], 0],
  ['scan --help', ['scan', '--help'], 0],
];
for (const [what, words, code] of CODES) {
  test(`exit ${code}: ${what}`, async (t) => {
    const { code: found, stdout, stderr } = await run(words);
    t.is(found, code, stderr);
    t.not(stdout, '');
    t.is(stderr, '');
  });
}

test('exit 3: nothing found, and the pods were not there to be read', async (t) => {
  const only = file(
    'services.yaml',
    'apiVersion: v1\nkind: Service\nmetadata: { name: a, namespace: b }\nspec: { clusterIP: 10.96.0.7 }\n',
  );
  const { code, stdout } = await run(['scan', '-A', '-o', 'json', '-f', only]);
  t.is(code, 3);
  const report = JSON.parse(stdout) as { status: string; gaps: { what: string }[] };
  t.is(report.status, 'incomplete');
  t.true(report.gaps.some(({ what }) => what === 'pods'));
});

const kubeconfig = (name: string, more: Record<string, unknown> = {}): string =>
  file(
    name,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'here',
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
      ...more,
    }),
  );
const config = kubeconfig('config');

/** What is said, and by which words it may be known. */
const BAD: readonly (readonly [what: string, words: readonly string[], says: readonly RegExp[], input?: string])[] = [
  ['an unknown command', ['scam'], [/scam/, /scan/]],
  ['an unknown flag', ['scan', '--kubeconfg', 'x'], [/--kubeconfg/, /--kubeconfig/]],
  ['an unknown output', ['scan', '-o', 'tabel', '-f', CONFLICT], [/tabel/, /table/]],
  ['an unknown threshold', ['scan', '--fail-on', 'errors', '-f', CONFLICT], [/errors/, /error/]],
  ['an unknown id', ['explain', 'duplicate-pod-ips'], [/duplicate-pod-ips/, /duplicate-pod-ip\b/]],
  ['no kubeconfig', ['scan', '-A'], [/kubeconfig/i]],
  ['no such kubeconfig', ['scan', '-A', '--kubeconfig', join(folder, 'nowhere')], [/nowhere/]],
  ['a kubeconfig that is no YAML', ['scan', '--kubeconfig', file('torn', 'apiVersion: v1\nclusters: [')], [/torn/]],
  ['no such context', ['scan', '--kubeconfig', config, '--context', 'her'], [/her\b/, /here/]],
  ['a server that does not answer', ['scan', '--kubeconfig', config, '--request-timeout', '2s'], [/127\.0\.0\.1:1/]],
  ['a file that is not there', ['scan', '-f', join(folder, 'gone.yaml')], [/gone\.yaml/]],
  [
    'malformed YAML',
    ['scan', '-f', file('bad.yaml', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: [a\n  b: c\n')],
    [/bad\.yaml/, /line \d+/],
  ],
  ['malformed JSON', ['scan', '-f', file('bad.json', '{"apiVersion": "v1",\n "kind": \n}')], [/bad\.json/]],
  ['an empty file', ['scan', '-f', file('empty.yaml', '')], [/empty\.yaml/]],
  ['something that is no Kubernetes object', ['scan', '-f', file('notes.yaml', 'shopping: [milk, bread]\n')], [/notes\.yaml/]],
  ['an empty standard input', ['scan', '-f', '-'], [/standard input|stdin|-/i]],
  ['a pod that does not exist', ['check', 'shop/cart-7d9f8-x2k4q', '-f', CONFLICT], [/cart-7d9f8-x2k4q/, /cart-7d9f8-x2k4p/]],
  ['a node that does not exist', ['check', 'node/pool-a-x7h5', '-f', CONFLICT], [/pool-a-x7h5r/]],
  ['a Service that does not exist', ['check', 'service/shop/carts', '-f', CONFLICT], [/shop\/cart\b/]],
  ['an address that is none', ['ip', '10.244.3.999', '-f', CONFLICT], [/10\.244\.3\.999/]],
  ['no address', ['ip', '-f', CONFLICT], [/address/]],
  ['a time that is none', ['scan', '--at', 'yesterday', '-f', CONFLICT], [/yesterday/]],
];
for (const [what, words, says, input] of BAD) {
  test(`bad input: ${what}`, async (t) => {
    const { code, stdout, stderr } = await run(words, input === undefined ? {} : { input });
    t.is(code, 2, stderr);
    t.is(stdout, '', 'nothing on stdout');
    t.true(lines(stderr).length > 0 && lines(stderr).length <= 3, stderr);
    for (const pattern of says) t.regex(stderr, pattern);
    t.notRegex(stderr, /\n\s+at |Error:|node:internal/);
  });
}

test('an empty cluster is no trouble', async (t) => {
  const empty = file('none.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [] }));
  const { code, stderr } = await run(['scan', '-A', '-f', empty]);
  t.true(code === 2 || code === 3, `exit ${code}`);
  t.true(lines(stderr).length <= 3);
});

test('standard input is read', async (t) => {
  const { code, stdout } = await run(['scan', '-A', '-f', '-', '-o', 'name'], {
    input: readFileSync(join(CONFLICT, 'cluster.yaml'), 'utf8'),
  });
  t.is(code, 1);
  t.regex(stdout, /pod\/shop\/cart-7d9f8-x2k4p/);
});

test('a pipe that is closed early is no error', async (t) => {
  const { code, stdout, stderr } = await new Promise<Ran>((resolve, reject) => {
    const child = spawn('bash', ['-c', '"$0" check shop/cart-7d9f8-x2k4p -f "$1" | head -1; exit ${PIPESTATUS[0]}', program, CONFLICT], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, error] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (error += data.toString()));
    child.on('error', reject);
    child.on('close', (found) => resolve({ code: found, stdout: out, stderr: error }));
  });
  t.is(stderr, '');
  t.is(lines(stdout).length, 1);
  t.true(code === 1 || code === 0 || code === 141, `exit ${code}`);
});

const ajv = new Ajv({ strict: false, allErrors: true });
for (const [kind, words] of [
  ['ScanReport', ['scan', '-A']],
  ['DiagnosisReport', ['check', 'shop/cart-7d9f8-x2k4p']],
  ['AddressReport', ['ip', '10.244.3.17']],
] as const) {
  test(`${kind}: JSON keeps to its schema, and YAML says the same`, async (t) => {
    const schema = JSON.parse(readFileSync(join(root, 'schema', `${kind}.schema.json`), 'utf8')) as object;
    const validate = ajv.compile(schema);
    for (const capture of [CONFLICT, HEALTHY, scenario('static-ip-conflict/secondary-template')].slice(
      0,
      kind === 'DiagnosisReport' ? 1 : 3,
    )) {
      const json = await run([...words, '-f', capture, '-o', 'json']);
      const report = JSON.parse(json.stdout) as { kind: string; exitCode: number };
      t.true(validate(report), JSON.stringify(validate.errors?.slice(0, 3)));
      t.is(report.kind, kind);
      t.is(json.code, report.exitCode);
      const yaml = await run([...words, '-f', capture, '-o', 'yaml']);
      t.deepEqual(load(yaml.stdout) as Json, report as unknown as Json);
      t.is(yaml.code, report.exitCode);
    }
  });
}

test('what a cluster says never reaches the terminal raw', async (t) => {
  const evil = '\u001B]0;owned\u0007\u001B[2J\u001B[31mred\u0007\u009B1m\u202Etxt\r\nnext';
  const c = new Cluster();
  c.node('cp-1', { ip: '10.20.0.10', podCIDRs: ['10.244.0.0/24'] }).node('worker-1', {
    ip: '10.20.0.11',
    podCIDRs: ['10.244.1.0/24'],
    annotations: { note: evil },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  c.pod('web/a', {
    node: 'worker-1',
    ip: '10.244.1.9',
    labels: { app: evil },
    annotations: { 'cni.projectcalico.org/ipAddrs': evil },
    owner: `ReplicaSet/${evil}`,
  });
  c.pod(`web/b-${evil}`, { node: 'worker-1', ip: '10.244.1.9', reason: evil, image: evil });
  c.pod('web/c', { node: 'worker-1', creating: true, waiting: evil });
  c.service(`web/svc-${evil}`, { clusterIP: '10.96.5.5', pods: ['web/a'] });
  c.sandboxFails(
    'web/c',
    `plugin type="flannel" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254 ${evil}`,
  );
  c.event('Pod/web/a', { reason: `Unhealthy${evil}`, message: `Readiness probe failed ${evil}` });
  c.log(
    `${c.daemonPod('kube-flannel/kube-flannel-ds', 'worker-1')}/kube-flannel`,
    `E0311 09:20:00.000000 1 main.go:1] Lease has been revoked. Shutting down daemon ${evil}`,
  );
  const capture = join(folder, 'evil');
  const { mkdirSync } = await import('node:fs');
  mkdirSync(join(capture, 'logs', c.daemonPod('kube-flannel/kube-flannel-ds', 'worker-1')), { recursive: true });
  writeFileSync(join(capture, 'cluster.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...c.objects.values()] }));
  for (const [ref, text] of c.logs) writeFileSync(join(capture, 'logs', `${ref}.log`), text);
  for (const words of [
    ['scan', '-A'],
    ['scan', '-A', '-o', 'wide'],
    ['scan', '-A', '-o', 'name'],
    ['scan', '-A', '-o', 'json'],
    ['scan', '-A', '-o', 'yaml'],
    ['check', 'web/a'],
    ['check', 'web/c'],
    ['check', 'web/a', '-o', 'json'],
    ['ip', '10.244.1.9'],
    ['check', 'web/nobody'],
  ]) {
    const { code, stdout, stderr } = await run([...words, '-f', capture]);
    t.true(code === 1 || code === 2, `${words.join(' ')}: exit ${code} ${stderr}`);
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    t.notRegex(stdout + stderr, /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E]/, words.join(' '));
  }
});
