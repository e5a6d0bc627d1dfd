import test from 'ava';
import { gather } from '../src/cli/gather.ts';
import { openCluster } from '../src/cluster/reader.ts';
import { examineScan } from '../src/examine.ts';
import type { JsonRecord } from '../src/model/json.ts';
import { eachPod } from '../src/model/pod-table.ts';
import type { ScanReport } from '../src/model/report.ts';
import type { Snapshot } from '../src/model/snapshot.ts';
import type { Purpose } from '../src/plan.ts';
import { type Quirks, serveObjects } from './support/apiserver/server.ts';
import { own, shared } from './support/captures.ts';
import type { Material } from './support/examine-capture.ts';

// A scan may look at pods through the cells of a Table and read in full those that matter. That must never show in what it reports.

const THIN: Partial<Purpose> = { screening: { from: 0, sample: 3, request: 0 } };
const FULL: Partial<Purpose> = { full: true };

type Scan = {
  readonly report: ScanReport;
  readonly snapshot: Snapshot;
  readonly paths: readonly string[];
  readonly notes: readonly string[];
};

async function scan({ objects, logs }: Material, now: number, purpose: Partial<Purpose>, quirks: Quirks = {}): Promise<Scan> {
  const server = await serveObjects(objects as JsonRecord[], { now, logs, quirks });
  const notes: string[] = [];
  const reader = await openCluster({ kubeconfig: server.kubeconfig }, { onNote: (line) => notes.push(line) });
  try {
    const snapshot = await gather({ reader, purpose: { depth: 'scan', ...purpose }, now, confirm: true });
    const report = examineScan(snapshot, { toolVersion: '0.0.0', failOn: 'error', namespaces: 'all' });
    return { report: { ...report, source: { server: 'any' } }, snapshot, paths: server.requests.map(({ path }) => path), notes };
  } finally {
    reader.close();
    server.close();
  }
}

/** Whether the report rests on cells, for one pod at least. */
const restsOnCells = ({ snapshot: { pods } }: Scan): boolean =>
  pods.screening !== undefined && [...eachPod(pods)].some((pod) => pod.screened);

for (const [name, captures] of [
  ['scenarios', own],
  ['shared incidents', shared],
] as const) {
  test(`${name}: cells, protobuf and JSON give one report`, async (t) => {
    t.timeout(300_000);
    let thin = 0;
    for (const { id, material, expect } of captures) {
      const now = Date.parse(expect.now);
      const byCells = await scan(material, now, THIN);
      const inFull = await scan(material, now, FULL);
      const asJson = await scan(material, now, FULL, { noProtobuf: true });
      t.deepEqual(byCells.report, inFull.report, id);
      t.deepEqual(asJson.report, inFull.report, id);
      t.is(byCells.snapshot.pods.screening?.asked.size ?? 0, 0, `${id}: the report rests on cells that do not tell`);
      if (restsOnCells(byCells)) thin++;
    }
    t.log(`${thin} of ${captures.length} reports rest on cells`);
  });
}
