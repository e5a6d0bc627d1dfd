import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chart } from './bench/chart.ts';
import { CONTESTANTS, type Contestant } from './bench/commands.ts';
import { type Measured, type Row, rowsOf, tableOf } from './bench/results.ts';
import { type BenchServer, serverWith } from './bench/servers.ts';
import { buildOnce } from './harness/binaries.ts';
import { countingProxy } from './harness/counting-proxy.ts';
import { run } from './harness/measure.ts';

/**
 * `npm run bench [-- PODS… --rounds 5 --dual --kubectl]`: what a look at every pod costs by several tools, in rounds that take turns, so that
 * a disturbance of the machine meets all. Up to 50,000 pods lie in a real kube-apiserver; more are generated, and then only the client
 * means anything. The first round counts bytes and warms up; it is not measured. Writes bench/results.json and bench/chart.svg.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    /** IPv4 and IPv6. */
    dual: { type: 'boolean', default: false },
    /** kubectl also where it takes minutes. */
    kubectl: { type: 'boolean', default: false },
  },
});
const SIZES = positionals.length > 0 ? positionals.map(Number) : [1_000, 10_000, 50_000, 150_000, 500_000];
const ROUNDS = Number(values.rounds);
const FOLDER = join(import.meta.dirname, '..', '..', 'bench');
/** After a command the server still does some work for it: so long (ms) it must have done next to none before the next one begins. */
const CALM = 250;
const NEXT_TO_NONE = 0.02;
const LONGEST_AFTERMATH = 10_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function measure(pods: number, cache: string): Promise<Row[]> {
  say(`${pods} pods: starting a server`);
  const server = await serverWith(pods, values.dual);
  try {
    const all = CONTESTANTS.map((contestant): Measured => ({ contestant, runs: [], received: 0, ...left(contestant, pods) }));
    for (let round = 0; round <= ROUNDS; round++) {
      // Each begins a round now and then: what comes after a heavy one finds a server that still cleans up.
      for (const measured of [...all.slice(round % all.length), ...all.slice(0, round % all.length)]) {
        if (measured.left !== undefined) continue;
        await (round === 0 ? count(measured, server, cache) : time(measured, server, cache));
        const last = measured.runs.at(-1);
        say(
          `${pods} pods, round ${round}, ${measured.contestant.name}: ${measured.left ?? (last === undefined ? 'counted' : `${last.seconds.toFixed(2)} s`)}`,
        );
      }
    }
    return rowsOf(pods, server.kind, all);
  } finally {
    await server.stop();
  }
}

function left({ absent, upTo }: Contestant, pods: number): { left?: string } {
  if (absent !== undefined) return { left: absent };
  return pods <= upTo || values.kubectl ? {} : { left: 'not run: takes minutes (--kubectl)' };
}

async function count(measured: Measured, server: BenchServer, cache: string): Promise<void> {
  const proxy = await countingProxy(server.url);
  await execute(measured, server, proxy.url, cache);
  measured.received = proxy.received();
  proxy.close();
}

async function time(measured: Measured, server: BenchServer, cache: string): Promise<void> {
  const before = server.cpu();
  const result = await execute(measured, server, server.url, cache);
  const after = await calm(server);
  const { seconds, cpuSeconds, megabytes } = result;
  const serverCpuSeconds = before === undefined || after === undefined ? undefined : after - before;
  measured.runs.push({ seconds, cpuSeconds, megabytes, serverCpuSeconds });
}

/** Waits until the server has come to rest; gives the processor time that it has taken by then. */
async function calm(server: BenchServer): Promise<number | undefined> {
  for (let waited = 0, before = server.cpu(); ; waited += CALM) {
    await sleep(CALM);
    const now = server.cpu();
    if (now === undefined || before === undefined || now - before < NEXT_TO_NONE || waited > LONGEST_AFTERMATH) return now;
    before = now;
  }
}

async function execute(measured: Measured, server: BenchServer, url: string, cache: string): ReturnType<typeof run> {
  const [command, ...args] = measured.contestant.command(server, url);
  const result = await run(command, args, { KUBECONFIG: server.kubeconfig(url), KUBECACHEDIR: cache });
  measured.left = measured.contestant.fault(result, server);
  return result;
}

await buildOnce({ timeout: () => {} });
const cache = mkdtempSync(join(tmpdir(), 'ipconflict-cache-'));
const rows: Row[] = [];
for (const size of SIZES) {
  const measured = await measure(size, cache);
  rows.push(...measured);
  process.stdout.write(tableOf(measured));
}
rmSync(cache, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
writeFileSync(join(FOLDER, 'results.json'), `${JSON.stringify({ rounds: ROUNDS, dualStack: values.dual, rows }, null, 2)}\n`);
writeFileSync(join(FOLDER, 'chart.svg'), chart(rows, ROUNDS));
