import test from 'ava';
import fc from 'fast-check';
import type { Finding } from '../src/model/finding.ts';
import { type Json, text } from '../src/model/json.ts';
import type { Report } from '../src/model/report.ts';
import { type Loaded, over, own, shared } from './support/captures.ts';
import { examineFiles, examineMaterial, SHARED } from './support/examine-capture.ts';
import { noisy } from './support/noise.ts';
import { renamed } from './support/rename.ts';

/** What stays when names and addresses change: which findings, how grave, how many; the cause; the exit code. */
const gist = (report: Report): Json => ({
  exit: report.exitCode,
  cause: report.kind === 'DiagnosisReport' ? report.verdict.cause : '',
  findings: report.findings.map(({ id, severity }: Finding) => `${severity} ${id}`).toSorted(),
});
/** The same without what is only noted. Sharing that is fine is as good as none. */
const audible = (report: Report): Json => {
  const findings = report.findings.filter(({ severity }) => severity !== 'info');
  return JSON.parse(JSON.stringify(gist({ ...report, findings })).replace('benign-sharing', 'no-conflict')) as Json;
};
/** What is added to part of a cluster may be the very part that is missing. */
const isWhole = ({ expect }: Loaded): boolean => ![expect.exit].flat().includes(3);
const plainly = (report: Report): Report => JSON.parse(JSON.stringify({ ...report, source: undefined })) as Report;

/** A shuffle that is the same in every run. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const found = [...items];
  let state = seed;
  for (let index = found.length - 1; index > 0; index--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = state % (index + 1);
    [found[index], found[other]] = [found[other]!, found[index]!];
  }
  return found;
}

const diff = (before: Json, after: Json): string | undefined =>
  JSON.stringify(before) === JSON.stringify(after) ? undefined : `${JSON.stringify(before)} became ${JSON.stringify(after)}`;

for (const [what, captures] of [
  ['scenarios', own],
  ['shared incidents', shared],
] as const) {
  if (captures.length === 0) {
    test(`properties over ${what}`, (t) => {
      t.log(`${SHARED} is absent`);
      t.pass();
    });
    continue;
  }

  test(`${what}: other names and other addresses, the same answer`, async (t) => {
    t.timeout(300_000);
    t.deepEqual(
      await over(captures, async ({ material, expect }) => {
        const other = renamed(material);
        return diff(
          gist(await examineMaterial(material, expect.command, expect.now)),
          gist(await examineMaterial(other.material, other.words(expect.command), expect.now)),
        );
      }),
      [],
    );
  });

  test(`${what}: the order of objects does not matter`, async (t) => {
    t.timeout(300_000);
    t.deepEqual(
      await over(captures, async ({ material, expect }) => {
        const before = plainly(await examineMaterial(material, expect.command, expect.now));
        return firstDifference(
          before,
          plainly(await examineMaterial({ ...material, objects: shuffled(material.objects, 7) }, expect.command, expect.now)),
        );
      }),
      [],
    );
  });

  test(`${what}: trouble of other kinds changes nothing`, async (t) => {
    t.timeout(300_000);
    t.deepEqual(
      await over(captures.filter(isWhole), async ({ material, expect }) => {
        const noise = noisy(material, expect.now);
        for (const words of [expect.command, ...(expect.also ?? []).map(({ command }) => command)]) {
          const broken = diff(
            audible(await examineMaterial(material, words, expect.now)),
            audible(await examineMaterial(noise, words, expect.now)),
          );
          if (broken !== undefined) return `${words}: ${broken}`;
        }
        return undefined;
      }),
      [],
    );
  });

  test(`${what}: a log line said twice says no more`, async (t) => {
    t.timeout(300_000);
    t.deepEqual(
      await over(captures, async ({ material, expect }) => {
        if (material.logs.size === 0) return undefined;
        const twice = new Map(
          [...material.logs].map(([ref, text]) => [
            ref,
            text
              .split('\n')
              .flatMap((line) => (line === '' ? [line] : [line, line]))
              .join('\n'),
          ]),
        );
        const before = plainly(await examineMaterial(material, expect.command, expect.now));
        const after = plainly(await examineMaterial({ ...material, logs: twice }, expect.command, expect.now));
        return firstDifference(before, after);
      }),
      [],
    );
  });
}

function firstDifference(before: Report, after: Report): string | undefined {
  for (const key of Object.keys(before) as (keyof Report)[]) {
    const [a, b] = [JSON.stringify(before[key]), JSON.stringify(after[key])];
    if (a === b) continue;
    const at = a.split('').findIndex((character, index) => character !== b[index]);
    return `${key}: …${a.slice(Math.max(0, at - 60), at + 120)} / …${b.slice(Math.max(0, at - 60), at + 120)}`;
  }
  return undefined;
}

/** What a dump may hold in place of a kind is known to the reader of files alone (src/files/stand-ins.ts). */
const standsIn = (object: Json): boolean =>
  text(object, 'kind') === 'Endpoints' || (text(object, 'apiVersion') ?? '').startsWith('projectcalico.org/');

test('scenarios: files and memory give one report', async (t) => {
  t.timeout(300_000);
  const ordinary = own.filter(({ material }) => !material.objects.some(standsIn));
  t.true(ordinary.length < own.length);
  t.deepEqual(
    await over(ordinary, async ({ folder, material, expect }) =>
      diff(
        gist(await examineFiles([`${folder}/capture`], expect.command)),
        gist(await examineMaterial(material, expect.command, expect.now)),
      ),
    ),
    [],
  );
});

const absurd = fc.oneof(
  fc.constantFrom<Json>(
    null,
    '',
    ' ',
    '0',
    'not-an-address',
    '256.1.1.1',
    '010.001.002.003',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
    '10.0.0.0/99',
    '1.2.3',
    '{"broken": ',
    '[]',
    '{}',
    '9'.repeat(400),
    '\u001B[31mred',
    '2026-13-45T99:99:99Z',
  ),
  fc.integer().map((value): Json => value),
  fc.boolean().map((value): Json => value),
  fc.array(fc.constantFrom<Json>(null, 'x', 7, {}), { maxLength: 3 }).map((value): Json => value),
  fc.record({ a: fc.constantFrom<Json>(null, 1, 'x') }).map((value): Json => value),
);

/** Puts something else into a place of an object, or takes the place away. */
function spoil(object: Json, choices: readonly number[], replacement: Json): Json {
  if (object === null || typeof object !== 'object' || choices.length === 0) return replacement ?? null;
  const [choice, ...rest] = choices;
  if (Array.isArray(object)) {
    const items = object as readonly Json[];
    const index = items.length === 0 ? 0 : choice! % items.length;
    return items.map((item, at) => (at === index ? spoil(item, rest, replacement) : item));
  }
  const entries = Object.entries(object as Record<string, Json>);
  if (entries.length === 0) return replacement ?? null;
  const [key, child] = entries[choice! % entries.length]!;
  if (rest.length === 0 && replacement === undefined) return Object.fromEntries(entries.filter(([name]) => name !== key));
  return { ...(object as Record<string, Json>), [key]: spoil(child, rest, replacement) };
}

test('garbage in any field is survived', async (t) => {
  t.timeout(300_000);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(own.length - 1),
      fc.array(
        fc.record({
          object: fc.nat(10_000),
          path: fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }),
          value: fc.option(absurd, { nil: undefined }),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      async (which, changes) => {
        const { material, expect } = own[which]!;
        const objects = [...material.objects];
        for (const { object, path, value } of changes)
          objects[object % objects.length] = spoil(objects[object % objects.length]!, path, value);
        const report = await examineMaterial({ ...material, objects }, expect.command, expect.now);
        return [0, 1, 3].includes(report.exitCode);
      },
    ),
    { numRuns: 400, seed: 20_260_311 },
  );
  t.pass();
});

test('annotations with broken JSON, and addresses nobody can mean, are survived', async (t) => {
  t.timeout(300_000);
  const words = ['{', '[{"name":', 'null', '"text"', '[1,2', '{"default":[7]}', '010.1.2.3', '10.0.0.0/99', '::::', '%', ''];
  for (const { material, expect } of own) {
    for (const [turn, word] of words.entries()) {
      if ((turn + expect.title.length) % 4 !== 0) continue;
      const objects = material.objects.map((object) => {
        const { metadata } = object as { metadata?: { annotations?: Record<string, Json> } };
        return metadata?.annotations === undefined
          ? object
          : ({
              ...(object as object),
              metadata: { ...metadata, annotations: Object.fromEntries(Object.keys(metadata.annotations).map((key) => [key, word])) },
            } as Json);
      });
      const report = await examineMaterial({ ...material, objects }, expect.command, expect.now);
      t.true([0, 1, 3].includes(report.exitCode));
    }
  }
});
