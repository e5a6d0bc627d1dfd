/**
 * Peak memory on a JSON list of 1 GB, by hand: `node test/files-large.ts [PODS]`. Compares a list file with the same pods in a .tgz and from
 * stdin, and prints the peak of each.
 */
import { createReadStream, createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';

const PODS = Number(process.argv[2] ?? 150_000);
const PROGRAM = join(import.meta.dirname, '..', 'dist', 'kubectl-ipconflict');
const folder = mkdtempSync(join(tmpdir(), 'ipconflict-large-'));
const file = join(folder, 'pods.json');

const uid = (i: number): string => `${i.toString(16).padStart(8, '0')}-aaaa-4bbb-8ccc-${(i * 7919).toString(16).padStart(12, '0')}`;
const pod = (i: number): string => {
  const name = `app-${i % 3000}-${(i * 2654435761) >>> 0}`;
  const noise = Array.from({ length: 60 }, (_, j) => ({
    name: `VARIABLE_${j}`,
    value: `${(i * 31 + j) % 9973}-a-value-of-some-length-as-people-have-them`,
  }));
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: `ns-${i % 200}`,
        name,
        uid: uid(i),
        resourceVersion: String(i),
        creationTimestamp: '2026-01-02T03:04:05Z',
        labels: { app: `app-${i % 3000}` },
      },
      spec: { nodeName: `node-${i % 2000}`, containers: [{ name: 'main', image: `registry/app-${i % 3000}:1`, env: noise }] },
      status: {
        phase: 'Running',
        podIP: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
        containerStatuses: [{ name: 'main', state: { running: { startedAt: '2026-01-02T03:04:05Z' } } }],
      },
    },
    undefined,
    1,
  );
};

async function run(args: readonly string[], input?: string): Promise<void> {
  const started = performance.now();
  const child = spawn(PROGRAM, [...args], {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'ignore', 'inherit'],
    env: { ...process.env, KUBECONFIG: '/dev/null' },
  });
  if (input !== undefined) createReadStream(input).pipe(child.stdin!);
  let peak = 0;
  const timer = setInterval(() => {
    const status = existsSync(`/proc/${child.pid}/status`) ? readFileSync(`/proc/${child.pid}/status`, 'utf8') : '';
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }, 20);
  const [code] = (await once(child, 'close')) as [number];
  clearInterval(timer);
  console.log(`${args.join(' ')}: exit ${code}, ${((performance.now() - started) / 1000).toFixed(1)} s, peak ${Math.round(peak)} MB`);
}

try {
  const out = createWriteStream(file);
  out.write('{"apiVersion":"v1","items":[\n');
  for (let i = 0; i < PODS; i++) if (!out.write(`${i === 0 ? '' : ',\n'}${pod(i)}`)) await once(out, 'drain');
  out.end('\n],"kind":"List"}\n');
  await once(out, 'close');
  console.log(`${PODS} pods, ${Math.round(statSync(file).size / 1024 / 1024)} MB of JSON`);
  await run(['scan', '-f', file]);
  await run(['scan', '-f', '-'], file);
  spawnSync('tar', ['-czf', `${file}.tgz`, '-C', folder, 'pods.json']);
  await run(['scan', '-f', `${file}.tgz`]);
} finally {
  rmSync(folder, { recursive: true });
}
