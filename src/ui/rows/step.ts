import { TREE } from '../../diagnosis/tree.ts';
import type { DiagnosisReport, Step } from '../../model/report.ts';
import type { State } from '../types.ts';
import { count, grouped } from '../words.ts';
import { evidenceRows, gapRows } from './evidence.ts';
import { BLANK, commandRows, paragraph, type Row, span } from './row.ts';

const TONES = { ok: 'good', attention: 'warn', unknown: 'dim' } as const;
const WORDS = { ok: 'ok', attention: 'look here', unknown: 'unknown' } as const;

/** A step of the playbook: what came of it, the evidence, and the command that shows the same. */
export function stepRows(state: State, report: DiagnosisReport, step: Step, columns: number): Row[] {
  const number = report.steps.indexOf(step) + 1;
  const head: Row[] = [{ spans: [span(`${number}  ${step.title}`, 'bold'), span(`   ${WORDS[step.status]}`, TONES[step.status])] }, BLANK];
  if (state.reading.pending.includes(step.id))
    return [...head, ...readingRows(state, columns), BLANK, ...commandRows(step.kubectl, columns)];
  const asked = new Set<string>(TREE.filter((question) => question.step === step.id).map((question) => question.id));
  const gaps = gapRows(report, (blocks) => blocks.some((block) => asked.has(block)), columns);
  const evidence = evidenceRows(report, step.evidence, columns, state.expanded);
  return [
    ...head,
    ...paragraph(step.summary, columns, step.status === 'attention' ? 'warn' : 'plain'),
    ...(evidence.length > 0 ? [BLANK, ...evidence] : []),
    ...(gaps.length > 0 ? [BLANK, { spans: [span('could not be read', 'dim')] }, ...gaps] : []),
    BLANK,
    ...commandRows(step.kubectl, columns),
  ];
}

/** What is being read, with counts that grow. */
export function readingRows(state: State, columns: number): Row[] {
  const counts = Object.entries(state.reading.counts);
  if (counts.length === 0) return paragraph('reading …', columns, 'dim');
  return [
    ...paragraph('reading', columns, 'dim'),
    ...counts.flatMap(([resource, number]) => paragraph(number === 0 ? `  ${resource}` : `  ${resource} ${grouped(number)}`, columns)),
  ];
}

/** Before anything has arrived. */
export const waitingRows = (state: State, columns: number): Row[] => [
  ...paragraph(state.place === '' ? 'opening …' : `reading ${state.place}`, columns, 'bold'),
  BLANK,
  ...readingRows(state, columns),
  BLANK,
  ...paragraph(`${count(6, 'step')} fill in as their answers arrive.`, columns, 'dim'),
];
