import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { CNIS, FALLBACKS } from '../src/cni/index.ts';
import { DETECTIONS } from '../src/detections/index.ts';
import { CAUSES } from '../src/diagnosis/causes/index.ts';
import { TREE } from '../src/diagnosis/tree.ts';
import { FINDING_IDS } from '../src/model/finding.ts';
import { CAUSE_IDS, QUESTION_IDS, STEP_IDS } from '../src/model/report.ts';
import { casesIn, examineFiles, SCENARIOS } from './support/examine-capture.ts';
import { filesOf } from './support/build.ts';
import { SCENARIOS as WRITTEN } from './support/scenarios/index.ts';

// An id is an address: the file, the export, the scenario, the page and the word of the interface are one.
const root = join(import.meta.dirname, '..');
const cases = casesIn(SCENARIOS);
const camel = (id: string): string => id.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const exportsOf = async (path: string): Promise<Record<string, unknown>> => (await import(join(root, path))) as Record<string, unknown>;
const wants = (id: string, severity?: string): boolean =>
  cases.some(({ expect }) =>
    (expect.findings ?? []).some(
      (want) => [want.id].flat().includes(id) && (severity === undefined || [want.severity ?? 'error'].flat().includes(severity)),
    ),
  );

type Explained = {
  readonly title: string;
  readonly meaning: string;
  readonly arises: string;
  readonly tellApart: string;
  readonly action: string;
  readonly sources: readonly string[];
};
const gapsOf = (explains: Explained): string[] =>
  Object.entries(explains).flatMap(([part, text]) =>
    text.length === 0 || (typeof text !== 'string' && text.some((source) => source.length === 0)) ? [part] : [],
  );

test('CNIs: a profile that looks for agents says where, and one that reads templates says so', async (t) => {
  for (const { id } of [...CNIS, ...FALLBACKS]) {
    const source = readFileSync(join(root, `src/cni/${id}.ts`), 'utf8');
    const profile = [...CNIS, ...FALLBACKS].find((candidate) => candidate.id === id)!;
    t.is(profile.agents !== undefined, /findAgents\(/.test(source), id);
    t.is(profile.readsTemplates ?? false, /templateRequests\(|podAnnotations/.test(source), id);
  }
});

test('detections: one for each finding id, in its order', (t) =>
  t.deepEqual(
    DETECTIONS.map(({ id }) => id),
    [...FINDING_IDS],
  ));

for (const id of FINDING_IDS) {
  test(`finding ${id}: file, explanation, page, a scenario that finds it and one that is silent`, async (t) => {
    const detection = DETECTIONS.find((candidate) => candidate.id === id)!;
    t.is((await exportsOf(`src/detections/${id}.ts`))[camel(id)], detection, `src/detections/${id}.ts exports ${camel(id)}`);
    t.deepEqual(gapsOf(detection.explains as Explained), [], 'no part of the explanation is empty');
    t.true(existsSync(join(root, 'docs', 'findings', `${id}.md`)), `docs/findings/${id}.md`);
    t.true(wants(id), `a scenario expects ${id}`);
    t.true(
      id === 'benign-sharing'
        ? cases.some(({ expect }) => !(expect.findings ?? []).some((want) => want.id === id))
        : cases.some(({ expect }) => expect.silent?.includes(id)),
      `a scenario is silent about ${id}`,
    );
  });
}

test('causes: one for each id that stands behind a question', (t) => {
  const spoken = ['no-conflict', 'inconclusive', 'benign-sharing'];
  t.deepEqual(
    CAUSE_IDS.filter((id) => !CAUSES.some((cause) => cause.id === id) && !spoken.includes(id)),
    [],
  );
});

for (const id of CAUSE_IDS) {
  test(`cause ${id}: file, page, question and scenario`, async (t) => {
    const cause = (await exportsOf(`src/diagnosis/causes/${id}.ts`))[camel(id)] as { readonly id: string } | undefined;
    t.is(cause?.id, id, `src/diagnosis/causes/${id}.ts exports ${camel(id)}`);
    t.true(existsSync(join(root, 'docs', 'causes', `${id}.md`)), `docs/causes/${id}.md`);
    if (id !== 'no-conflict' && id !== 'inconclusive')
      t.true(
        TREE.some((question) => question.settles.includes(id)),
        'a question settles it',
      );
    t.true(
      cases.some(({ expect }) => expect.verdict.cause[0] === id),
      `a scenario has ${id} as its best cause`,
    );
  });
}

test('tree: every question is reached from the first, and every step has its place', (t) => {
  const reached = new Set<string>();
  const visit = (id: string): void => {
    if (id === 'verdict' || reached.has(id)) return;
    reached.add(id);
    const question = TREE.find((candidate) => candidate.id === id);
    t.truthy(question, id);
    for (const next of Object.values(question?.leadsTo ?? {})) visit(next);
  };
  visit(TREE[0]!.id);
  t.deepEqual([...reached].toSorted(), [...QUESTION_IDS].toSorted());
  t.deepEqual(
    TREE.filter(({ step }) => !STEP_IDS.includes(step)).map(({ id }) => id),
    [],
  );
});

test('causes are really reached: each is some scenario’s verdict', async (t) => {
  const given = new Set<string>();
  for (const { folder, expect } of cases) {
    if (!expect.command.startsWith('check')) continue;
    const report = await examineFiles([join(folder, 'capture')], expect.command);
    if (report.kind === 'DiagnosisReport') given.add(report.verdict.cause);
  }
  t.deepEqual(
    CAUSE_IDS.filter((id) => !given.has(id)),
    [],
  );
});

for (const { id } of [...CNIS, ...FALLBACKS]) {
  test(`CNI ${id}: file and scenario`, async (t) => {
    const profile = (await exportsOf(`src/cni/${id}.ts`))[camel(id)] as { readonly id: string } | undefined;
    t.is(profile?.id, id);
    const recognised = [];
    for (const found of cases.filter((candidate) => candidate.id.startsWith(`${id}/`))) {
      const report = await examineFiles([join(found.folder, 'capture')], 'scan -A');
      if (report.kind === 'ScanReport') recognised.push(...report.cni.map((cni) => cni.id));
    }
    t.true(recognised.includes(id), `a scenario below test/scenarios/${id} is recognised as ${id}`);
  });
}

test('scenarios: folders are named after what they are about', (t) => {
  const known = new Set<string>([...FINDING_IDS, ...CAUSE_IDS, ...CNIS.map(({ id }) => id), ...FALLBACKS.map(({ id }) => id), 'unknown']);
  t.deepEqual(
    cases.map(({ id }) => id).filter((id) => !known.has(id.split('/')[0]!)),
    [],
  );
});

test('scenarios: the folders are what the scripts write (node test/support/write-scenarios.ts)', (t) => {
  const written = new Map(WRITTEN.flatMap((scenario) => [...filesOf(scenario)]));
  const there = readdirSync(SCENARIOS, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(SCENARIOS.length + 1));
  t.deepEqual(there.toSorted(), [...written.keys()].toSorted());
  t.deepEqual(
    there.filter((path) => readFileSync(join(SCENARIOS, path), 'utf8') !== written.get(path)),
    [],
  );
});

test('tests: every test file is one that AVA runs', (t) => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.includes('.test.'));
  t.deepEqual(
    files.filter((file) => !/\.test\.tsx?$/.test(file)),
    [],
  );
});
