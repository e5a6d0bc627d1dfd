import test from 'ava';
import { casesIn, examineFiles, SCENARIOS, SHARED } from './support/examine-capture.ts';
import { disagreements } from './support/judge.ts';

// A scenario is a cluster at one moment and what an expert says about it; the folder is the test.
for (const { id, folder, expect } of casesIn(SCENARIOS)) {
  test(`${id}: ${expect.title}`, async (t) => {
    const capture = `${folder}/capture`;
    t.deepEqual(disagreements(expect, await examineFiles([capture], expect.command)), []);
    for (const more of expect.also ?? []) {
      const report = await examineFiles([capture], more.command);
      t.true([more.exit].flat().includes(report.exitCode), `${more.command}: exit ${report.exitCode}`);
    }
  });
}

const shared = casesIn(SHARED);
if (shared.length === 0) {
  test('shared incidents', (t) => {
    t.log(`${SHARED} is absent: its incidents were not judged`);
    t.pass();
  });
}
for (const { id, folder, expect } of shared) {
  test(`shared incident ${id}: ${expect.title}`, async (t) => {
    const { knownBug: _bonus, ...judged } = expect;
    t.deepEqual(disagreements(judged, await examineFiles([`${folder}/capture`], expect.command)), []);
  });
}
