import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import test from 'ava';
import { openCluster } from '../../src/cluster/reader.ts';
import { readBaseFacts } from '../../src/facts/index.ts';
import type { BaseFacts } from '../../src/model/facts.ts';
import { type Json, at, isRecord, list, text, texts } from '../../src/model/json.ts';
import type { Need } from '../../src/model/need.ts';
import { SnapshotBuilder } from '../../src/model/reader.ts';
import { DAEMON_SETS, DEPLOYMENTS, ENDPOINT_SLICES, NODES, SERVICES, STATEFUL_SETS } from '../../src/model/resource.ts';
import { buildOnce } from './harness/binaries.ts';
import { type Incident, bringToLife, incidentIn } from './harness/incident.ts';
import { run } from './harness/measure.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BINARY = join(ROOT, 'dist', 'kubectl-ipconflict');
/** Incidents of different CNIs: our own, and those shared between builds where they are. */
const CHOSEN = {
  'test/scenarios': [
    'allocation-race/same-second',
    'antrea/duplicate-podcidr',
    'node-cidr-overlap/cilium-operator-was-down',
    'overlapping-pools/one-vpc',
    'ovn-kubernetes/nested-subnets',
    'whereabouts/reconciler',
  ],
  '../shared/incidents': ['I01', 'I06', 'I33', 'I54', 'I59', 'healthy-kube-ovn'],
};

test.before(buildOnce);

test('incidents of five CNIs at least', (t) => t.true(folders().length >= 5));

/** The same incident as a capture and live, as far as the difference of time and place does not show. */
for (const folder of folders()) {
  test.serial(`${relative(ROOT, folder)}: the same report live and from files`, async (t) => {
    const incident = incidentIn(folder);
    const fromFiles = await fileReport(incident);
    const { server, kubeconfig, stop } = await bringToLife(incident);
    t.teardown(stop);
    const [brief, whole] = [await factsOf(kubeconfig, true), await factsOf(kubeconfig, undefined)];
    for (const kind of ['nodes', 'services', 'endpoints'] as const) t.deepEqual(brief[kind], whole[kind], kind);
    const configurationOfAgents = whole.workloads.map((workload) =>
      workload.kind === 'DaemonSet' ? workload : { ...workload, env: {}, configMaps: [] },
    );
    t.deepEqual(brief.workloads, configurationOfAgents);
    t.true(whole.nodes.length > 0);
    const live = await run(BINARY, [...incident.words, '-o', 'json'], { KUBECONFIG: kubeconfig });
    t.is(live.stderr, '');
    t.deepEqual(essence(JSON.parse(live.stdout), fromFiles), essence(fromFiles, fromFiles));
    const sent = server.audit().filter(({ agent }) => agent.startsWith('kubectl-ipconflict/'));
    t.deepEqual(
      [...new Set(sent.map(({ verb }) => verb))].filter((verb) => verb !== 'get' && verb !== 'list'),
      [],
    );
  });
}

/** What a server's answers say, in short or in full. */
async function factsOf(kubeconfig: string, brief: true | undefined): Promise<BaseFacts> {
  const reader = await openCluster({ kubeconfig }, {});
  const builder = new SnapshotBuilder();
  const kinds = [NODES, DAEMON_SETS, DEPLOYMENTS, STATEFUL_SETS, SERVICES, ENDPOINT_SLICES];
  const needs = kinds.map((resource): Need => ({ kind: 'list', resource, essential: true, undecided: [], ...(brief && { brief }) }));
  await reader.read(needs, builder);
  reader.close();
  return readBaseFacts(builder.snapshot(reader.source(), 0, undefined));
}

function folders(): string[] {
  const all = Object.entries(CHOSEN).flatMap(([root, ids]) => ids.map((id) => join(ROOT, root, id)));
  return all.filter((folder) => existsSync(join(folder, 'expect.json')));
}

async function fileReport({ folder, now, words }: Incident): Promise<Json> {
  const at = new Date(now).toISOString();
  const { stdout, stderr } = await run(BINARY, [...words, '-f', join(folder, 'capture'), '--at', at, '-o', 'json']);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const TIMES = /\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?|(?<=\b[IWEF])\d{4} \d\d:\d\d:\d\d\.\d+/g;

/** A text without times, which differ; what the kubelet puts before a line goes as a whole. */
const timeless = (line: string): string => line.replaceAll(TIMES, 'TIME').replace(/^(?:TIME )+/, '');

/** A capture without Events does not say that there were none, as a server does: what files leave open is not compared. */
const lacksEvents = (files: Json): boolean =>
  list(files, 'steps').some((step) => text(step, 'id') === 'pod-events' && text(step, 'status') === 'unknown');
const ON_EVENTS = ['pod-events', 'events-show-ipam-failure'];

function essence(report: Json, files: Json): unknown {
  const isComparable = ([id = '']: readonly (string | undefined)[]): boolean => !lacksEvents(files) || !ON_EVENTS.includes(id);
  const findings = list(report, 'findings').map((finding) => ({
    id: text(finding, 'id'),
    severity: text(finding, 'severity'),
    title: timeless(text(finding, 'title') ?? ''),
    address: text(finding, 'address'),
    network: text(finding, 'network'),
    nodes: texts(finding, 'nodes').toSorted(),
    ranges: list(finding, 'ranges')
      .map((range) => JSON.stringify(range))
      .toSorted(),
    affects: texts(finding, 'affects').toSorted(),
    holders: list(finding, 'holders')
      .map((holder) => ['kind', 'namespace', 'name', 'node', 'class', 'role'].map((field) => text(holder, field) ?? '-').join(' '))
      .toSorted(),
  }));
  return {
    status: text(report, 'status'),
    exitCode: at(report, 'exitCode'),
    cni: list(report, 'cni').map((cni) => [text(cni, 'id'), text(cni, 'version')]),
    findings: findings.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    cause: text(report, 'verdict', 'cause'),
    confidence: text(report, 'verdict', 'confidence'),
    decisive: list(report, 'verdict', 'decisive').map((evidence) =>
      timeless(isRecord(evidence) ? (text(evidence, 'text') ?? '') : String(evidence)),
    ),
    ruledOut: list(report, 'verdict', 'ruledOut').map((entry) => text(entry, 'cause')),
    knownBug: text(report, 'verdict', 'knownBug', 'id'),
    trail: list(report, 'trail')
      .map((entry) => [text(entry, 'question'), text(entry, 'answer')])
      .filter(isComparable),
    steps: list(report, 'steps')
      .map((step) => [text(step, 'id'), text(step, 'status')])
      .filter(isComparable),
  };
}
