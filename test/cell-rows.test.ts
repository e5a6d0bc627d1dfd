import test from 'ava';
import { CellRows, type PodCells } from '../src/model/cell-rows.ts';

const PHASES: readonly PodCells['phase'][] = [undefined, 'Pending', 'Running', 'Succeeded', 'Unknown'];
const ANSWERS = [undefined, false, true];
/** One row for everything that cells may say together. */
const rows: PodCells[] = PHASES.flatMap((phase) =>
  ANSWERS.flatMap((hostNetwork) =>
    ANSWERS.flatMap((deleted) =>
      [undefined, 0, 7].map((restarts, i) => ({
        name: `pod-${phase}-${hostNetwork}-${deleted}-${i}`,
        node: `node-${i}`,
        ips: i === 0 ? [] : `10.0.0.${i}`,
        phase,
        hostNetwork,
        deleted,
        restarts,
      })),
    ),
  ),
);
/** More than there are in one part of a column. */
const many = Array.from({ length: 40 * rows.length }, (_, i) => rows[i % rows.length]!);

function cellRows(cells: readonly PodCells[]): CellRows {
  const found = new CellRows();
  for (const each of cells) found.push(each);
  return found;
}

test('rows are given back as they were pushed', (t) => {
  const found = cellRows(many);
  t.is(found.length, many.length);
  t.deepEqual([...found], many);
});

test('of a doubtful row, phase and deletion are open, and nothing else', (t) => {
  for (const row of rows) {
    const found = cellRows([row]);
    found.doubt(0);
    t.deepEqual(found.cells(0), { ...row, phase: undefined, deleted: undefined });
  }
});

// A page that was cut comes again.
for (const kept of [0, 1, 4095, 4096, 4097, many.length]) {
  test(`rows from ${kept} on are forgotten, and others take their places`, (t) => {
    const found = cellRows(many);
    found.length = kept;
    t.deepEqual([...found.counted()], [...cellRows(many.slice(0, kept)).counted()]);
    for (const row of rows) found.push(row);
    t.deepEqual([...found], [...many.slice(0, kept), ...rows]);
  });
}
