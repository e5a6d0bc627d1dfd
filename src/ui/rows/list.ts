import { type DiagnosisReport, STEP_IDS } from '../../model/report.ts';
import { pad, width } from '../../report/layout.ts';
import { TREE } from '../../diagnosis/tree.ts';
import { hasTwoPanes, listWidth } from '../layout.ts';
import { sameItem } from '../navigate.ts';
import { spinner, type Tone } from '../theme.ts';
import type { Item, State } from '../types.ts';
import { grouped, QUESTION_LABELS, STEP_LABELS } from '../words.ts';
import { answerTone } from './question.ts';
import { clip, span, type Span } from './row.ts';
import { isGood } from './verdict.ts';

/** A line of the list: a stop of the walk, or a heading. */
export type ListRow = { readonly item?: Item; readonly spans: readonly Span[] };

const STEP_MARKS = { ok: '✓', attention: '!', unknown: '?' } as const;
const STEP_TONES = { ok: 'good', attention: 'warn', unknown: 'dim' } as const;
const STEP_WORDS = { ok: 'ok', attention: 'look here', unknown: 'unknown' } as const;
const ANSWER_MARKS = { yes: '!', no: '✓', unknown: '?' } as const;

/** The steps, under them the diagnosis as it unfolds, and the verdict. */
export function listRows(state: State): ListRow[] {
  const { report } = state;
  const reached = new Set(report?.trail.map((entry) => entry.question));
  const beyond = state.reading.done ? [] : TREE.filter((question) => !reached.has(question.id));
  return [
    { spans: [span('PLAYBOOK', 'dim')] },
    ...STEP_IDS.map((id, i) => stepRow(state, report, id, i)),
    { spans: [] },
    { spans: [span('DIAGNOSIS', 'dim')] },
    ...(report?.trail ?? []).map((entry): ListRow => questionRow(state, entry)),
    ...(report === undefined ? beyond.map((question): ListRow => ({ spans: [span(`   · ${QUESTION_LABELS[question.id]}`, 'dim')] })) : []),
    ...(report === undefined ? [] : [verdictRow(state, report)]),
  ];
}

function stepRow(state: State, report: DiagnosisReport | undefined, id: (typeof STEP_IDS)[number], i: number): ListRow {
  const item: Item = { kind: 'step', id };
  const step = report?.steps.find((candidate) => candidate.id === id);
  const reading = step === undefined || state.reading.pending.includes(id);
  const mark = reading ? spinner(state.terminal, state.frame) : STEP_MARKS[step.status];
  const tone: Tone = reading ? 'accent' : STEP_TONES[step.status];
  const said = reading ? countsOf(state, id) : hasTwoPanes(state) ? STEP_WORDS[step.status] : step.summary;
  return {
    item,
    spans: line(state, item, mark, tone, `${i + 1} ${STEP_LABELS[id]}`, said, reading ? 'accent' : hasTwoPanes(state) ? tone : 'dim'),
  };
}

/** Counts of what the step waits for. */
function countsOf(state: State, id: (typeof STEP_IDS)[number]): string {
  if (id === 'cni-logs') return '';
  const wanted = id === 'list-pod-ips' || id === 'describe-pod' ? ['pods'] : id === 'pod-events' ? ['events'] : ['nodes'];
  const number = wanted.map((resource) => state.reading.counts[resource]).find((found) => found !== undefined);
  return number === undefined ? '' : `${wanted[0]} ${grouped(number)}`;
}

function questionRow(state: State, entry: DiagnosisReport['trail'][number]): ListRow {
  const item: Item = { kind: 'question', id: entry.question };
  const step = TREE.find((question) => question.id === entry.question)!.step;
  const waits = state.reading.pending.includes(step);
  const mark = waits ? '·' : ANSWER_MARKS[entry.answer];
  const word = waits ? '…' : `${entry.answer}${entry.by === 'operator' ? ' (yours)' : ''}`;
  const tone: Tone = entry.by === 'operator' ? 'accent' : answerTone(entry.answer);
  const because = hasTwoPanes(state) || waits ? word : `${pad(word, 15)} ${entry.because}`;
  return {
    item,
    spans: line(state, item, mark, waits ? 'dim' : tone, QUESTION_LABELS[entry.question], because, tone === 'plain' ? 'dim' : tone),
  };
}

function verdictRow(state: State, report: DiagnosisReport): ListRow {
  const item: Item = { kind: 'verdict' };
  const { verdict } = report;
  const known = state.reading.done || state.before !== undefined;
  const tone: Tone = !known ? 'dim' : isGood(report) ? 'good' : verdict.cause === 'inconclusive' ? 'warn' : 'bad';
  const said = known ? (hasTwoPanes(state) ? verdict.cause : `${pad(verdict.confidence, 15)} ${verdict.title} (${verdict.cause})`) : '…';
  return { item, spans: line(state, item, known ? '=' : '·', tone, 'verdict', said, tone) };
}

const LABEL = 26;

/** Cursor, mark and label; beside it what was found, or in two panes, where the detail says that, one word at the edge. */
function line(state: State, item: Item, mark: string, tone: Tone, label: string, said: string, saidTone: Tone): Span[] {
  const here = sameItem(item, state.item);
  const room = listWidth(state) - 4;
  const start = [span(here ? '▸' : ' ', 'accent'), span(`${mark} `, tone)];
  if (!hasTwoPanes(state)) {
    const head = pad(label, LABEL);
    return [...start, span(head, here ? 'bold' : 'plain'), span(` ${clip(said, Math.max(0, room - width(head) - 1))}`, saidTone)];
  }
  const word = clip(said, Math.max(0, room - width(label) - 2));
  return [
    ...start,
    span(label, here ? 'bold' : 'plain'),
    span(`${' '.repeat(Math.max(1, room - width(label) - width(word)))}${word}`, saidTone),
  ];
}
