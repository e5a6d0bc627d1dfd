import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApiserver } from './harness/apiserver.ts';
import { BINARIES, buildOnce } from './harness/binaries.ts';
import { manyPods } from './harness/many.ts';
import { median, type Run, run } from './harness/measure.ts';
import { stored } from './harness/objects.ts';

/**
 * `npm run bench [-- PODS…]`: scan against `kubectl get pods -A -o wide` on a real kube-apiserver, in rounds that alternate,
 * so that a disturbance of the machine meets both. Prints medians and ratios, and writes them to bench/results.json.
 */
const ROOT = join(import.meta.dirname, '..', '..');
const ROUNDS = 5;

type Command = { readonly name: string; readonly command: string; readonly args: readonly string[] };
type Row = {
  readonly pods: number;
  readonly name: string;
  readonly seconds: number;
  readonly megabytes: number;
  readonly wallRatio: number;
  readonly memoryRatio: number;
};

const COMMANDS: readonly Command[] = [
  { name: 'kubectl get pods -A -o wide', command: BINARIES.kubectl, args: ['get', 'pods', '-A', '-o', 'wide'] },
  { name: 'kubectl ipconflict scan -A', command: join(ROOT, 'dist', 'kubectl-ipconflict'), args: ['scan', '-A'] },
];

async function measure(pods: number): Promise<Row[]> {
  const server = await startApiserver({ objects: stored(manyPods(pods)) });
  try {
    const runs = COMMANDS.map((): Run[] => []);
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, { command, args }] of COMMANDS.entries())
        runs[i]!.push(await run(command, args, { KUBECONFIG: server.kubeconfig('admin') }));
    const medians = runs.map((each) => ({
      seconds: median(each.map(({ seconds }) => seconds)),
      megabytes: median(each.map(({ megabytes }) => megabytes)),
    }));
    const base = medians[0]!;
    return medians.map(({ seconds, megabytes }, i) => ({
      pods,
      name: COMMANDS[i]!.name,
      seconds,
      megabytes,
      wallRatio: seconds / base.seconds,
      memoryRatio: megabytes / base.megabytes,
    }));
  } finally {
    await server.stop();
  }
}

await buildOnce({ timeout: () => {} } as unknown as Parameters<typeof buildOnce>[0]);
const sizes = process.argv
  .slice(2)
  .map(Number)
  .filter((size) => size > 0);
const rows: Row[] = [];
for (const size of sizes.length > 0 ? sizes : [1_000, 10_000]) {
  for (const row of await measure(size)) {
    rows.push(row);
    process.stdout.write(
      `${String(row.pods).padStart(7)} pods  ${row.name.padEnd(28)}  ${row.seconds.toFixed(2)} s (${row.wallRatio.toFixed(2)} ×)  ${row.megabytes.toFixed(0)} MiB (${row.memoryRatio.toFixed(2)} ×)\n`,
    );
  }
}
mkdirSync(join(ROOT, 'bench'), { recursive: true });
writeFileSync(join(ROOT, 'bench', 'results.json'), `${JSON.stringify({ rounds: ROUNDS, rows }, null, 2)}\n`);
