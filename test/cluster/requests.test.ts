import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { JsonRecord } from '../../src/model/json.ts';
import { startApiserver } from './harness/apiserver.ts';
import { buildOnce } from './harness/binaries.ts';
import { startKubelet } from './harness/kubelet.ts';
import { bigPod, manyPods } from './harness/many.ts';
import { run } from './harness/measure.ts';
import { definition, stored } from './harness/objects.ts';

const BINARY = join(import.meta.dirname, '..', '..', 'dist', 'kubectl-ipconflict');
const PODS = 10_000;
/** What an API server is asked: the three of discovery, thirteen of the inventory, the CNI's ConfigMap, two logs, two pods again. */
const MOST = 21;

/** Kinds of CNIs that the server knows, while none of them is there. */
const STRANGERS: readonly JsonRecord[] = [
  { apiVersion: 'cilium.io/v2', kind: 'CiliumNode' },
  { apiVersion: 'cilium.io/v2', kind: 'CiliumEndpoint', metadata: { namespace: 'x' } },
  { apiVersion: 'crd.projectcalico.org/v1', kind: 'IPPool' },
  { apiVersion: 'crd.projectcalico.org/v1', kind: 'IPAMBlock' },
  { apiVersion: 'kubeovn.io/v1', kind: 'Subnet' },
  { apiVersion: 'k8s.ovn.org/v1', kind: 'EgressIP' },
];

test.before(buildOnce);

test('check asks a cluster of 10,000 pods only for what its CNI and the question need', async (t) => {
  const kubelet = await startKubelet(join(tmpdir(), `ipconflict-kubelet-${process.pid}.sock`), () => ({ text: '' }));
  t.teardown(() => kubelet.close());
  const pair = [bigPod('team-1', 'rightful', 1, 200), bigPod('team-2', 'thief', 1, 200, 2)];
  const objects = stored([...STRANGERS.map(definition), ...manyPods(PODS), ...pair]);
  const server = await startApiserver({ objects, kubelet: kubelet.socket });
  t.teardown(() => server.stop());
  const env = { KUBECONFIG: server.kubeconfig('admin') };
  const { code, stdout, stderr } = await run(BINARY, ['check', 'team-2/thief', '-v=6'], env);
  const heard = server.audit().filter(({ agent }) => agent.startsWith('kubectl-ipconflict/'));
  t.is(code, 1, stdout + stderr);
  t.regex(stdout, /team-1\/rightful/);

  const lines = stderr.trim().split('\n');
  for (const line of lines) t.regex(line, /^GET https:\S+ \d{3} \d+ bytes in \d+ ms$/);
  const urls = lines.map((line) => line.split(' ')[1]!.replace(server.url, ''));
  const paths = urls.map((url) => url.split('?')[0]!);
  t.deepEqual(
    urls.filter((url, index) => urls.indexOf(url) !== index),
    [],
    'nothing is asked twice',
  );
  t.true(urls.length <= MOST, `${urls.length} requests`);
  t.deepEqual(
    paths.filter((path) => /cilium|calico|kubeovn|ovn/.test(path)),
    [],
    'nothing of CNIs that are not there',
  );
  t.deepEqual(
    paths.filter((path) => path.endsWith('/log')).toSorted(),
    [1, 2].map((n) => `/api/v1/namespaces/kube-flannel/pods/kube-flannel-ds-abcd${n}/log`),
    'only logs of the agents on the two nodes',
  );
  t.deepEqual(
    paths.filter((path) => /\/(?:secrets|replicasets|jobs|leases|namespaces|configmaps)$/.test(path)),
    [],
    'nothing whole that only a few of could matter',
  );
  t.log(`${urls.length} requests`, ...paths);

  t.is(heard.length, urls.length, 'what is printed is what was sent');
  t.deepEqual(
    heard.filter(({ verb }) => verb !== 'get' && verb !== 'list'),
    [],
  );

  const { stderr: statistics } = await run(BINARY, ['scan', '-A', '--stats'], env);
  t.regex(statistics, /^requests +bytes +ms +kind\n +\d+ +[\d,]{9,} +[\d,]+ +pods\n/, 'the dearest first');
  t.regex(statistics, /\n +\d+ +[\d,]+ +[\d,]+ +all\n$/);
});
