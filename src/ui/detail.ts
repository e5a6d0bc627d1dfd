import type { DiagnosisReport } from '../model/report.ts';
import { remembering } from './remember.ts';
import { bodyHeight, detailWidth, windowOf } from './layout.ts';
import { entryOf } from './navigate.ts';
import { questionRows } from './rows/question.ts';
import { chop, type Row, rowText, span } from './rows/row.ts';
import { readingRows, stepRows, waitingRows } from './rows/step.ts';
import { verdictRows } from './rows/verdict.ts';
import type { State } from './types.ts';

const rawRows = remembering(
  (state) => [state.raw?.ref, state.raw?.lines, detailWidth(state)],
  (state): readonly Row[] =>
    (state.raw?.lines ?? []).flatMap((line) =>
      chop(line, detailWidth(state)).map((piece) => ({ spans: [span(piece)], ref: state.raw!.ref })),
    ),
);

const itemRows = remembering(
  (state) => [state.item, state.report, state.reading, state.compared, state.changes, state.expanded, state.place, detailWidth(state)],
  (state): readonly Row[] => {
    const { report, item } = state;
    const columns = detailWidth(state);
    if (report === undefined) return waitingRows(state, columns);
    if (item.kind === 'step')
      return stepRows(
        state,
        report,
        report.steps.find((step) => step.id === item.id)!,
        columns,
      );
    if (item.kind === 'verdict') return state.reading.done || state.before ? verdictRows(state, report, columns) : notYet(state, columns);
    const entry = entryOf(state);
    return entry === undefined ? [] : questionRows(state, report, entry, columns);
  },
);

const notYet = (state: State, columns: number): Row[] => [
  { spans: [span('The verdict follows when everything is read.', 'bold')] },
  { spans: [] },
  ...readingRows(state, columns),
];

/** What the detail shows, line by line. */
export const detailRows = (state: State): readonly Row[] => (state.raw === undefined ? itemRows(state) : rawRows(state));

export const cursorOf = (state: State): number => Math.min(state.raw?.cursor ?? state.cursor, Math.max(0, detailRows(state).length - 1));

/** Puts the cursor of the detail on a row, as far as there are rows. */
export function putCursor(state: State, row: number): State {
  const cursor = Math.max(0, Math.min(detailRows(state).length - 1, row));
  return state.raw === undefined ? { ...state, cursor } : { ...state, raw: { ...state.raw, cursor } };
}

/** Lines of the detail that are shown at once. */
export const detailHeight = (state: State): number => bodyHeight(state) - (state.raw === undefined ? 0 : 1);

/** A page on or back: what is shown moves by a page less two lines, and the cursor with it; at the ends it goes to the first or last row. */
export function turnPage(state: State, direction: 1 | -1): State {
  const height = detailHeight(state);
  const rows = detailRows(state).length;
  const from = windowOf(rows, cursorOf(state), height).from + direction * (height - 2);
  if (from <= 0 && direction < 0) return putCursor(state, 0);
  return putCursor(state, from >= rows - height ? rows - 1 : from + Math.floor(height / 2));
}

/** The row with the query that comes next, in a direction, from the cursor; around the end. */
export function findRow(state: State, query: string, direction: 1 | -1): number | undefined {
  const rows = detailRows(state);
  const wanted = query.toLowerCase();
  const start = cursorOf(state);
  for (let step = 1; step <= rows.length; step++) {
    const at = (start + direction * step + rows.length * 2) % rows.length;
    if (rowText(rows[at]!).toLowerCase().includes(wanted)) return at;
  }
  return undefined;
}

/** The evidence under the cursor, else the first of the detail. */
export const refAt = (state: State): string | undefined =>
  detailRows(state)[cursorOf(state)]?.ref ?? detailRows(state).find((row) => row.ref !== undefined)?.ref;

/** The command under the cursor, else the first of the detail. */
export const commandAt = (state: State): string | undefined =>
  detailRows(state)[cursorOf(state)]?.command ?? detailRows(state).find((row) => row.command !== undefined)?.command;

/** The subject as `check` takes it. */
export function subjectWord(report: Pick<DiagnosisReport, 'subject'>): string {
  const { subject } = report;
  switch (subject.kind) {
    case 'Pod':
      return `${subject.namespace}/${subject.name}`;
    case 'Service':
      return `service/${subject.namespace}/${subject.name}`;
    case 'Node':
      return `node/${subject.name}`;
    case 'Address':
      return subject.address;
    case 'Cluster':
      return '';
  }
}
