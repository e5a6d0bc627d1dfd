import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'ava';
import { type Json, type JsonRecord, at, list, parseJson, text } from '../../src/model/json.ts';
import { rightsFor, rulesOf } from '../../src/rights.ts';
import { type Apiserver, grant, startApiserver } from '../cluster/harness/apiserver.ts';
import { buildOnce } from '../cluster/harness/binaries.ts';
import { bringToLife, incidentIn } from '../cluster/harness/incident.ts';
import { run } from '../cluster/harness/measure.ts';
import { addressesOf, stored } from '../cluster/harness/objects.ts';
import { healthyCluster } from '../cluster/harness/sample.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BINARY = join(ROOT, 'dist', 'kubectl-ipconflict');
const SHARED = join(ROOT, '..', 'shared', 'incidents');

let server: Apiserver;

test.before(async (t) => {
  await buildOnce(t);
  const objects = healthyCluster();
  server = await startApiserver({
    objects: stored([...objects, ...addressesOf(objects.filter((object) => object['kind'] === 'Service'))]),
  });
});
test.after.always(async () => {
  await server?.stop();
});

const rules = (wanted: Parameters<typeof rightsFor>[0]): JsonRecord[] => rulesOf(rightsFor(wanted)).map((rule) => ({ ...rule }));

/** Calico's pools, Kube-OVN's, Flannel's node ranges: shared incidents where they are, else scenarios of our own. */
const chosen = ['I01', 'I06', 'I33'].map((id) => join(SHARED, id)).filter((folder) => existsSync(folder));
const own = globSync('test/scenarios/{calico,kube-ovn,whereabouts}/*/expect.json', { cwd: ROOT }).map((file) => join(ROOT, file, '..'));
for (const folder of chosen.length > 0 ? chosen : own) {
  test.serial(
    `${basename(folder)}: with exactly these rights nothing is missing, with the same words as an administrator gets`,
    async (t) => {
      const incident = incidentIn(folder);
      const { server: live, kubeconfig, stop } = await bringToLife(incident);
      t.teardown(stop);
      await grant(live, 'lister', rules({ logs: true }));
      const [asAdmin, asLister] = await Promise.all(
        ['admin', 'lister'].map((token) => run(BINARY, [...incident.words, '-o', 'json', '--token', token], { KUBECONFIG: kubeconfig })),
      );
      t.is(asLister!.code, asAdmin!.code, asLister!.stderr);
      const report: Json = parseJson(asLister!.stdout);
      const refused = list(report, 'gaps').filter((gap) => text(gap, 'reason') === 'forbidden');
      t.deepEqual(refused, []);
      t.deepEqual(list(report, 'gaps').length, list(parseJson(asAdmin!.stdout), 'gaps').length);
      const forbidden = live.audit().filter(({ user, code }) => user === 'lister' && code === 403);
      t.deepEqual(forbidden, []);
    },
  );
}

test.serial('the printed role is one that the server takes, and --check finds nothing missing with it', async (t) => {
  const printed = await run(BINARY, ['rbac', '-o', 'json']);
  const role = parseJson(printed.stdout);
  t.deepEqual(at(role, 'rules'), rules({ logs: true }));
  await server.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', role);
  await grant(server, 'lister', rules({ logs: true }));
  const { code, stdout, stderr } = await run(BINARY, ['rbac', '--check'], { KUBECONFIG: server.kubeconfig('lister') });
  t.is(code, 0, stdout + stderr);
  t.regex(stdout, /All \d+ rights are held/);
  t.notRegex(stdout, /missing {2}/);
});

test.serial('--check: rights in one namespace are none in the cluster; each missing one says what stays undecided', async (t) => {
  await grant(server, 'shopkeeper', rules({ logs: true, namespace: 'shop' }), 'shop');
  const kubeconfig = server.kubeconfig('shopkeeper');
  const cluster = await run(BINARY, ['rbac', '--check'], { KUBECONFIG: kubeconfig });
  t.is(cluster.code, 3, cluster.stderr);
  t.regex(cluster.stdout, /missing {2}list pods\n +undecided without it: duplicate-pod-ip[^]*exit code 3/);
  t.regex(cluster.stdout, /missing {2}list nodes\n/);
  const inShop = await run(BINARY, ['rbac', '--check', '-n', 'shop', '-o', 'json'], { KUBECONFIG: kubeconfig });
  t.is(inShop.code, 0, inShop.stdout);
  t.true(list(parseJson(inShop.stdout), 'rights').every((right) => at(right, 'held') === true));
  const scan = await run(BINARY, ['scan', '-n', 'shop'], { KUBECONFIG: kubeconfig });
  t.is(scan.code, 3, 'nothing is called clean');
});

test.serial('--check asks for somebody else with --as, without logs, and stores nothing', async (t) => {
  const kubeconfig = server.kubeconfig('admin');
  const asOutsider = await run(BINARY, ['rbac', '--check', '--as', 'outsider', '--no-logs'], { KUBECONFIG: kubeconfig });
  t.is(asOutsider.code, 3, asOutsider.stderr);
  t.notRegex(asOutsider.stdout, /pods\/log/);
  const writes = server
    .audit()
    .filter(({ agent, verb }) => agent !== 'harness' && !['get', 'list', 'watch'].includes(verb) && !agent.startsWith('kube-apiserver'))
    .map(({ verb, uri }) => `${verb} ${uri}`);
  t.deepEqual([...new Set(writes)], ['create /apis/authorization.k8s.io/v1/selfsubjectrulesreviews']);
});
