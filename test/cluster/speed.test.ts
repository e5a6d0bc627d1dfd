import { join } from 'node:path';
import test from 'ava';
import { startApiserver } from './harness/apiserver.ts';
import { BINARIES, buildOnce } from './harness/binaries.ts';
import { manyPods } from './harness/many.ts';
import { type Run, median, run } from './harness/measure.ts';
import { stored } from './harness/objects.ts';

const BINARY = join(import.meta.dirname, '..', '..', 'dist', 'kubectl-ipconflict');
const ROUNDS = 3;

test.before(buildOnce);

/** Rounds alternate, so that a disturbance of the machine meets both. */
test('10,000 pods: no slower than kubectl get pods -A -o wide, with less memory', async (t) => {
  const server = await startApiserver({ objects: stored(manyPods(10_000)) });
  t.teardown(() => server.stop());
  const env = { KUBECONFIG: server.kubeconfig('admin') };
  const kubectl: Run[] = [];
  const ours: Run[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    kubectl.push(await run(BINARIES.kubectl, ['get', 'pods', '-A', '-o', 'wide'], env));
    ours.push(await run(BINARY, ['scan', '-A'], env));
  }
  t.true(kubectl.every(({ code }) => code === 0));
  t.true(
    ours.every(({ code }) => code === 0),
    ours[0]!.stdout + ours[0]!.stderr,
  );
  const [theirTime, ourTime] = [kubectl, ours].map((runs) => median(runs.map(({ seconds }) => seconds)));
  const [theirMemory, ourMemory] = [kubectl, ours].map((runs) => median(runs.map(({ megabytes }) => megabytes)));
  t.log(`wall: kubectl ${theirTime!.toFixed(2)} s, scan ${ourTime!.toFixed(2)} s, ratio ${(ourTime! / theirTime!).toFixed(2)}`);
  t.log(
    `peak memory: kubectl ${theirMemory!.toFixed(0)} MiB, scan ${ourMemory!.toFixed(0)} MiB, ratio ${(ourMemory! / theirMemory!).toFixed(2)}`,
  );
  t.true(ourTime! <= theirTime!);
  t.true(ourMemory! < theirMemory!);
});
