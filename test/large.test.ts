import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { gather } from '../src/cli/gather.ts';
import { openCluster } from '../src/cluster/reader.ts';
import { examineScan } from '../src/examine.ts';
import type { ScanReport } from '../src/model/report.ts';
import { start } from './cluster/harness/processes.ts';

// What a scan of a large cluster asks for, against a generated one of 10,000 pods on 334 nodes.

const BIG_SERVER = join(import.meta.dirname, 'support', 'apiserver', 'big-server.ts');
const NOW = Date.now();

type Big = { readonly kubeconfig: string; readonly conflicts: readonly string[]; readonly stop: () => void };

async function bigServer(...words: string[]): Promise<Big> {
  const child = start(process.execPath, [BIG_SERVER, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    if (line === 'listening') break;
  }
  const gone = once(child, 'close');
  return { kubeconfig: lines[2]!, conflicts: JSON.parse(lines[1]!) as string[], stop: () => void (child.kill(), gone) };
}

type Scan = {
  readonly report: ScanReport;
  readonly seconds: number;
  readonly requests: number;
  readonly bytes: number;
  readonly cells: boolean;
};

async function scan({ kubeconfig }: Big, options: { readonly full?: boolean; readonly chunkSize?: number } = {}): Promise<Scan> {
  const { full = false, ...flags } = options;
  const began = performance.now();
  const seen = { requests: 0, bytes: 0, cells: false };
  const onRequest = ({ url, bytes }: { url: string; bytes: number }): void => {
    seen.requests++;
    seen.bytes += bytes;
    seen.cells ||= url.includes('/pods?') && url.includes('includeObject=None');
  };
  const reader = await openCluster({ kubeconfig, ...flags }, { onRequest });
  const snapshot = await gather({ reader, purpose: { depth: 'scan', full }, now: NOW, confirm: true });
  const report = examineScan(snapshot, { toolVersion: '0.0.0', failOn: 'error', namespaces: 'all' });
  reader.close();
  return { report, seconds: (performance.now() - began) / 1000, ...seen };
}

const duplicates = ({ findings }: ScanReport): string[] =>
  findings.flatMap(({ id, address }) => (id === 'duplicate-pod-ip' ? [address!] : [])).toSorted((a, b) => (a < b ? -1 : 1));

test.serial('three pairs among 10,000 pods: the report of a full read for a sixth of its bytes', async (t) => {
  const big = await bigServer('--pods', '10000', '--pairs', '3');
  t.teardown(big.stop);
  const [byCells, inFull] = [await scan(big), await scan(big, { full: true })];
  t.log(`${byCells.requests} requests, ${byCells.bytes} bytes; in full ${inFull.requests} and ${inFull.bytes}`);
  t.deepEqual(
    duplicates(byCells.report),
    [...big.conflicts].toSorted((a, b) => (a < b ? -1 : 1)),
  );
  t.deepEqual(byCells.report, inFull.report);
  t.true(byCells.cells);
  t.false(inFull.cells);
  t.true(byCells.bytes * 6 < inFull.bytes);
  t.deepEqual((await scan(big, { chunkSize: 500 })).report, inFull.report);
  t.deepEqual((await scan(big, { chunkSize: 500, full: true })).report, inFull.report);
});

test.serial('a tenth of the nodes touched by conflicts costs no more than a full read', async (t) => {
  const big = await bigServer('--pods', '10000', '--pairs', '34');
  t.teardown(big.stop);
  const [byCells, inFull] = [await scan(big), await scan(big, { full: true })];
  t.log(`${byCells.requests} requests, ${byCells.bytes} bytes; in full ${inFull.requests} and ${inFull.bytes}`);
  t.is(duplicates(byCells.report).length, 34);
  t.deepEqual(byCells.report, inFull.report);
  t.true(byCells.bytes < inFull.bytes);
});

test.serial('two addresses a pod: all pods are read in full at once', async (t) => {
  const big = await bigServer('--pods', '3000', '--pairs', '3', '--dual');
  t.teardown(big.stop);
  const { report, cells } = await scan(big);
  t.false(cells);
  t.is(duplicates(report).length, 6);
});

test.serial('300 ms away, a healthy cluster of 10,000 pods takes eight round trips at most', async (t) => {
  const near = await bigServer('--pods', '10000', '--pairs', '0');
  t.teardown(near.stop);
  const far = await bigServer('--pods', '10000', '--pairs', '0', '--delay', '300');
  t.teardown(far.stop);
  const [quick, slow] = [await scan(near), await scan(far)];
  t.is(slow.report.exitCode, 0);
  const trips = (slow.seconds - quick.seconds) / 0.3;
  t.log(
    `${trips.toFixed(1)} round trips: ${slow.requests} requests in ${slow.seconds.toFixed(2)} s, near in ${quick.seconds.toFixed(2)} s`,
  );
  t.true(trips <= 8);
});
