import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { loadFiles } from '../src/files/load.ts';
import type { Json } from '../src/model/json.ts';
import type { DiagnosisReport, Report } from '../src/model/report.ts';
import {
  ciliumSysdump,
  type Cluster,
  clusterInfoFolder,
  clusterInfoStdout,
  type Files,
  mustGather,
  ownLayout,
  singleList,
  tgz,
  troubleshoot,
  widePods,
  zip,
} from './layouts/convert.ts';
import { casesIn, examineFiles, SCENARIOS, SHARED } from './support/examine-capture.ts';

/** Every shared incident where they are here; else a few of our own scenarios. */
const all = existsSync(SHARED) ? casesIn(SHARED) : casesIn(SCENARIOS);
/** Parsing and writing YAML takes its time: unless asked for all, every sixth. */
const cases = process.env['IPCONFLICT_ALL'] === undefined ? all.filter((_, i) => i % 6 === 1) : all;

/** Each is read once: parsing YAML is what takes the time. */
const remembered = new Map<string, Promise<unknown>>();
function once<Value>(key: string, make: () => Promise<Value>): Promise<Value> {
  const known = remembered.get(key) ?? make();
  remembered.set(key, known);
  return known as Promise<Value>;
}

const commandOf = (command: string): string => (command.startsWith('ip') ? 'check' : command);
const originalOf = ({ folder, expect }: (typeof cases)[number]): Promise<Report> =>
  once(`report of ${folder}`, () => examineFiles([join(folder, 'capture')], commandOf(expect.command), expect.now));
const clusterOf = (folder: string): Promise<Cluster> => once(folder, () => readCluster(folder));

async function readCluster(folder: string): Promise<Cluster> {
  const pods: Json[] = [];
  const { objects } = await loadFiles([folder], { onPod: (pod) => pods.push(pod) });
  const root = join(folder, 'logs');
  const files = existsSync(root) ? readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.log')) : [];
  return {
    objects: [...pods, ...[...objects.values()].flatMap((ofKind) => [...ofKind.values()])],
    logs: new Map(files.map((file) => [file.replaceAll('\\', '/').replace(/\.log$/, ''), readFileSync(join(root, file), 'utf8')])),
  };
}

async function examined(files: Files, words: string, now: string): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'ipconflict-layout-'));
  try {
    for (const [name, content] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return await examineFiles([folder], words, now);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const conclusion = (report: Report): unknown => [
  report.status,
  (report as DiagnosisReport).verdict?.cause,
  report.findings.filter(({ severity }) => severity !== 'info').map(({ id, address, severity }) => [id, address, severity]),
];

/** Layouts that hold everything: the conclusion is the same. */
const WHOLE: Readonly<Record<string, (cluster: Cluster) => Promise<Files> | Files>> = {
  'our own folder': ownLayout,
  'one JSON list': (cluster) =>
    new Map([['all.json', singleList(cluster)], ...[...ownLayout(cluster)].filter(([name]) => name.startsWith('logs/'))]),
  'a .tgz': async (cluster) => new Map([['whatever', await tgz(ownLayout(cluster))]]),
  'a .zip': (cluster) => new Map([['whatever.bin', zip(ownLayout(cluster))]]),
  'a must-gather': mustGather,
  'a Cilium sysdump': ciliumSysdump,
  'a Troubleshoot bundle': troubleshoot,
};

for (const [layout, convert] of Object.entries(WHOLE)) {
  test.serial(`${layout} leads to the same conclusion`, async (t) => {
    t.timeout(300_000);
    for (const one of cases) {
      const { id, folder, expect } = one;
      const original = await originalOf(one);
      const converted = await examined(await convert(await clusterOf(join(folder, 'capture'))), commandOf(expect.command), expect.now);
      t.deepEqual(conclusion(converted), conclusion(original), `${id} as ${layout}`);
    }
  });
}

for (const [layout, convert] of Object.entries({
  'cluster-info dump to stdout': (cluster: Cluster): Files => new Map([['dump.txt', clusterInfoStdout(cluster)]]),
  'cluster-info dump to a folder': clusterInfoFolder,
})) {
  test.serial(`${layout}: the same, or it says what is missing`, async (t) => {
    let same = 0;
    t.timeout(300_000);
    for (const one of cases) {
      const { id, folder, expect } = one;
      const original = await originalOf(one);
      const converted = await examined(convert(await clusterOf(join(folder, 'capture'))), commandOf(expect.command), expect.now);
      const [a, b] = [original, converted].map((report) => (report as DiagnosisReport).verdict?.cause);
      if (a === b) same++;
      else
        t.true(
          converted.gaps.some((gap) => gap.reason === 'absent'),
          `${id}: ${b} instead of ${a}, and no gap`,
        );
    }
    t.log(`${same} of ${cases.length} the same`);
    t.true(same > cases.length / 2);
  });
}

test.serial('duplicates are found in `get pods -A -o wide` alone, also with lines wrapped and words around', async (t) => {
  let found = 0;
  t.timeout(300_000);
  for (const one of cases) {
    const { id, folder } = one;
    const original = await originalOf(one);
    const cluster = await clusterOf(join(folder, 'capture'));
    const first = (address: string | undefined): boolean =>
      cluster.objects.some((object) => (object as { status?: { podIP?: string } }).status?.podIP === address);
    const wanted = original.findings.filter(
      (finding) => finding.id === 'duplicate-pod-ip' && finding.severity === 'error' && first(finding.address),
    );
    const table = widePods(cluster);
    const wrapped = `We see this since Monday:\n\n$ kubectl get pods -A -o wide\n${table
      .split('\n')
      .map((line) => (line.length > 110 ? `${line.slice(0, 110)}\n${line.slice(110)}` : line))
      .join('\n')}\n$ \nAny idea? {not json} [neither]\n`;
    for (const text of [table, wrapped]) {
      const report = await examined(new Map([['ticket.txt', text]]), 'scan', '2026-01-01T00:00:00Z');
      for (const { address } of wanted) {
        t.true(
          report.findings.some((finding) => finding.id === 'duplicate-pod-ip' && finding.address === address),
          `${id}: ${address}`,
        );
        found++;
      }
      t.not(report.exitCode, 0, `${id}: text alone never proves that all is well`);
    }
  }
  t.log(`${found} duplicates`);
});
