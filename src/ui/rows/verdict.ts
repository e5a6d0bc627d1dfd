import type { Finding, Holder } from '../../model/finding.ts';
import type { DiagnosisReport, RemedyStep } from '../../model/report.ts';
import { clean } from '../../report/clean.ts';
import { age, pad } from '../../report/layout.ts';
import { holderName } from '../../report/scan-text.ts';
import type { State } from '../types.ts';
import { evidenceRow, gapRows } from './evidence.ts';
import { BLANK, commandRows, fold, labelled, paragraph, type Row, span } from './row.ts';

/** How many lines of proof stand there before `e` shows all. */
const PROOF = 3;
const RULED_OUT = 4;
const LABEL = 10;

export const isGood = (report: DiagnosisReport): boolean =>
  report.verdict.cause === 'no-conflict' || report.verdict.cause === 'benign-sharing';

/** The verdict: cause, proof, holders side by side, what it is not, the way out. */
export function verdictRows(state: State, report: DiagnosisReport, columns: number): Row[] {
  const { verdict } = report;
  const few = (number: number): number | undefined => (state.expanded ? undefined : number);
  const block = (name: string, texts: readonly string[]): Row[] =>
    texts.flatMap((text, i) => labelled(pad(i === 0 ? name : '', LABEL), text, columns));
  const proof = verdict.decisive.slice(0, few(PROOF));
  const more = verdict.decisive.length - proof.length + Math.max(0, verdict.ruledOut.length - RULED_OUT);
  return [
    ...headRows(report, columns),
    ...(state.changes === undefined ? [] : changeRows(state.changes, columns)),
    ...paragraph(verdict.summary, columns),
    ...holderRows(report, columns),
    ...(proof.length > 0 ? [BLANK, { spans: [span('proof', 'dim')] }, ...proof.flatMap((entry) => evidenceRow(entry, columns, true))] : []),
    ...(verdict.ruledOut.length > 0 ? [BLANK] : []),
    ...block(
      'not',
      verdict.ruledOut.slice(0, few(RULED_OUT)).map((entry) => `${entry.cause}: ${entry.because}`),
    ),
    ...block(
      'or',
      verdict.alternatives.map((entry) => `${entry.cause} (${entry.confidence}): ${entry.because}`),
    ),
    ...block('but', verdict.against),
    ...(!state.expanded && more > 0 ? [{ spans: [span(`${' '.repeat(LABEL)}${more} more (e)`, 'dim')] }] : []),
    ...(verdict.knownBug
      ? block('known as', [
          `${verdict.knownBug.id}: ${verdict.knownBug.text} Affected ${verdict.knownBug.affected}, fixed ${verdict.knownBug.fixed}.`,
        ])
      : []),
    ...(verdict.remedy.length > 0 ? [BLANK, ...verdict.remedy.flatMap((step, i) => remedyRows(step, i, columns))] : []),
    ...(verdict.warnings.length > 0 ? [BLANK, ...block('never', verdict.warnings)] : []),
    ...commandsUnder('to see that it is cured', verdict.verify, columns),
    ...commandsUnder('to decide it', verdict.missing, columns),
    ...lastRows(report, columns),
  ];
}

function headRows(report: DiagnosisReport, columns: number): Row[] {
  const { verdict } = report;
  const tone = isGood(report) ? 'good' : verdict.cause === 'inconclusive' ? 'warn' : 'bad';
  return [
    ...fold(`VERDICT  ${verdict.title}`, columns).map((line) => ({ spans: [span(line, tone)] })),
    {
      spans: [
        span(`         ${verdict.cause}`, 'bold'),
        span(`   ${verdict.confidence}`, verdict.confidence === 'certain' ? 'plain' : 'warn'),
      ],
    },
    BLANK,
  ];
}

const changeRows = (changes: readonly string[], columns: number): Row[] => [
  { spans: [span('since the last reading', 'dim')] },
  ...(changes.length === 0 ? ['nothing changed'] : changes).flatMap((line) => labelled('▸ ', line, columns, { labelTone: 'accent' })),
  BLANK,
];

/** Who holds the address: two columns where there is room, the owner first. */
function holderRows(report: DiagnosisReport, columns: number): Row[] {
  const finding = decisiveFinding(report);
  if (finding === undefined) return [];
  const rank = (holder: Holder): number => (holder.role === 'owner' ? 0 : holder.role === 'intruder' ? 1 : 2);
  const holders = finding.holders.toSorted((a, b) => rank(a) - rank(b)).slice(0, 4);
  const services = finding.affects.filter((ref) => ref.startsWith('service/')).map((ref) => ref.slice('service/'.length));
  const now = Date.parse(report.readAt);
  const cells = holders.map((holder) => cardOf(holder, now));
  const half = Math.floor((columns - 2) / 2);
  const sideBySide = half >= 34 && cells.length >= 2;
  const pairs = sideBySide ? cells.flatMap((_, i) => (i % 2 === 0 ? [cells.slice(i, i + 2)] : [])) : cells.map((cell) => [cell]);
  const wide = sideBySide ? half : columns;
  return [
    BLANK,
    ...labelled(
      'held      ',
      `${finding.address ?? ''}${finding.holders.length > 4 ? ` by ${finding.holders.length} parties` : ''}`,
      columns,
      { tone: 'bold' },
    ),
    ...pairs.flatMap((pair) => cardRows(pair, wide)),
    ...(services.length > 0 ? labelled('Services  ', services.join(', '), columns) : []),
  ];
}

type Card = { readonly role: string; readonly lines: readonly string[]; readonly ref: string };

function cardOf(holder: Holder, now: number): Card {
  const role = holder.role === 'owner' || holder.role === 'intruder' ? holder.role : holder.class;
  const since = holder.since === undefined ? '' : `since ${holder.since.replace(/\.\d+Z$/, 'Z')} (${age(holder.since, now)})`;
  return {
    role,
    ref: `${holder.kind.toLowerCase()}/${holder.namespace === undefined ? '' : `${holder.namespace}/`}${holder.name}`,
    lines: [holderName(holder), holder.node ?? '', holder.class, since].filter(Boolean),
  };
}

function cardRows(pair: readonly Card[], wide: number): Row[] {
  const blocks = pair.map((card) => ({
    tone: card.role === 'intruder' ? ('bad' as const) : card.role === 'owner' ? ('good' as const) : ('bold' as const),
    ref: card.ref,
    lines: [card.role, ...card.lines.flatMap((line) => fold(line, wide - 2).map((piece) => `  ${piece}`))],
  }));
  const height = Math.max(...blocks.map((block) => block.lines.length));
  return Array.from({ length: height }, (_, i) => ({
    ref: blocks[0]!.ref,
    spans: blocks.map((block, at) =>
      span(at === blocks.length - 1 ? (block.lines[i] ?? '') : pad(block.lines[i] ?? '', wide + 2), i === 0 ? block.tone : 'plain'),
    ),
  }));
}

/** The finding that the verdict is about: the one with the subject in it, else the first that it explains. */
function decisiveFinding(report: DiagnosisReport): Finding | undefined {
  const { subject } = report;
  const explained = report.findings.filter(
    (finding) => report.verdict.explains.includes(finding.id) && finding.severity !== 'info' && finding.holders.length > 1,
  );
  const about = explained.find(
    (finding) =>
      (subject.kind === 'Pod' &&
        finding.holders.some((holder) => holder.namespace === subject.namespace && holder.name === subject.name)) ||
      (subject.kind === 'Address' && finding.address === subject.address),
  );
  return about ?? explained[0];
}

const RISK = { none: '', disruptive: ' [disruptive]', 'data-loss': ' [data loss]' } as const;

function remedyRows(step: RemedyStep, i: number, columns: number): Row[] {
  const label = `${i === 0 ? 'do' : ''}`.padEnd(6) + `${i + 1}`.padEnd(4);
  return [
    ...labelled(label, `${step.text}${RISK[step.risk]}`, columns, step.command === undefined ? {} : { command: clean(step.command) }),
    ...(step.precondition ? labelled(' '.repeat(LABEL), `only if ${step.precondition}`, columns, { tone: 'dim' }) : []),
    ...(step.command ? commandRows(step.command, columns, LABEL) : []),
  ];
}

const commandsUnder = (title: string, commands: readonly string[], columns: number): Row[] =>
  commands.length === 0 ? [] : [BLANK, { spans: [span(title, 'dim')] }, ...commands.flatMap((command) => commandRows(command, columns))];

function lastRows(report: DiagnosisReport, columns: number): Row[] {
  const gaps = gapRows(report, () => true, columns);
  const mine = report.trail.filter((entry) => entry.by === 'operator');
  return [
    ...(gaps.length > 0 ? [BLANK, { spans: [span('could not be read', 'dim')] }, ...gaps] : []),
    ...(mine.length > 0
      ? [
          BLANK,
          ...labelled('yours     ', mine.map((entry) => `${entry.question}: ${entry.answer}, not ${entry.proposed}`).join('; '), columns, {
            tone: 'accent',
          }),
        ]
      : []),
  ];
}
