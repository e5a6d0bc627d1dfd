import { TREE } from '../../diagnosis/tree.ts';
import type { Answer, DiagnosisReport, TrailEntry } from '../../model/report.ts';
import type { Tone } from '../theme.ts';
import type { Outcome, State } from '../types.ts';
import { QUESTION_LABELS } from '../words.ts';
import { evidenceRows, gapRows } from './evidence.ts';
import { BLANK, labelled, paragraph, type Row, span } from './row.ts';
import { readingRows } from './step.ts';

const ANSWERS: readonly Answer[] = ['yes', 'no', 'unknown'];
const ANSWER_KEYS: Readonly<Record<Answer, string>> = { yes: 'y', no: 'n', unknown: 'u' };
export const answerTone = (answer: Answer): Tone => (answer === 'yes' ? 'warn' : answer === 'no' ? 'plain' : 'dim');

/** A question: what the evidence says and why, and where each answer leads. */
export function questionRows(state: State, report: DiagnosisReport, entry: TrailEntry, columns: number): Row[] {
  const question = TREE.find((candidate) => candidate.id === entry.question)!;
  const number = report.trail.indexOf(entry) + 1;
  const proposed = entry.proposed ?? entry.answer;
  const mine = entry.by === 'operator';
  const waits = state.reading.pending.includes(question.step);
  const head: Row[] = [
    ...labelled(`${number}  `, entry.asks, columns, { tone: 'bold', labelTone: 'bold' }),
    {
      spans: [
        span('   evidence says: ', 'dim'),
        span(waits ? '…' : proposed, waits ? 'dim' : answerTone(proposed)),
        ...(mine ? [span(`   you say: ${entry.answer}`, 'accent')] : []),
      ],
    },
    BLANK,
  ];
  if (waits) return [...head, ...readingRows(state, columns)];
  const because = entry.because.replace(/^so the operator says; the evidence says \w+: /, '');
  const evidence = evidenceRows(report, entry.evidence, columns, state.expanded);
  const gaps = gapRows(report, (blocks) => blocks.includes(question.id), columns);
  return [
    ...head,
    ...labelled('because   ', because, columns),
    ...(gaps.length > 0 ? [{ spans: [span('not read', 'dim')] }, ...gaps] : []),
    BLANK,
    ...choiceRows(state, entry, proposed, columns),
    ...askRows(state, entry, proposed, columns),
    ...(evidence.length > 0 ? [BLANK, ...evidence] : []),
    BLANK,
    ...(mine
      ? paragraph('This answer is yours: it outweighs the evidence and is marked so in the report. z takes it back.', columns, 'accent')
      : paragraph('Your own answer outweighs the evidence and is marked as yours; z takes it back.', columns, 'dim')),
  ];
}

function choiceRows(state: State, entry: TrailEntry, proposed: Answer, columns: number): Row[] {
  const comparison = state.compared[entry.question];
  return ANSWERS.flatMap((answer) => {
    const current = answer === entry.answer;
    const key = current ? 'enter' : ANSWER_KEYS[answer];
    const label = `${key.padEnd(6)} ${answer.padEnd(8)} `;
    const leads = comparison === undefined ? '…' : leadsTo(state, comparison[answer], current);
    const own = answer === proposed && !current ? ' (by the evidence)' : '';
    return labelled(label, `→ ${leads}${own}`, columns, { labelTone: current ? 'bold' : 'plain', tone: current ? 'bold' : 'plain' });
  });
}

function leadsTo(state: State, outcome: Outcome, current: boolean): string {
  const next = outcome.next === 'verdict' ? 'the verdict' : QUESTION_LABELS[outcome.next];
  const verdict = `${outcome.cause} (${outcome.confidence})`;
  const now = state.report?.verdict;
  if (current) return outcome.next === 'verdict' ? `the verdict: ${verdict}` : `${next} … the verdict: ${verdict}`;
  return now?.cause === outcome.cause
    ? now.confidence === outcome.confidence
      ? 'verdict stays'
      : `verdict stays ${verdict}`
    : `verdict would become ${verdict}`;
}

/** Where the evidence cannot decide: the command, or whom to ask. */
function askRows(state: State, entry: TrailEntry, proposed: Answer, columns: number): Row[] {
  const ask = state.compared[entry.question]?.ask;
  if (ask === undefined) return [];
  const text = proposed === 'unknown' ? 'This would tell; then answer y or n:' : 'To see for yourself:';
  return [
    BLANK,
    ...paragraph(text, columns, proposed === 'unknown' ? 'warn' : 'dim'),
    ...labelled('$ ', ask, columns, { tone: 'accent', command: ask.replace(/^on \S+: /, '') }),
  ];
}
