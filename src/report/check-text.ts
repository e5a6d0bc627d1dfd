import type { Evidence } from '../model/finding.ts';
import type { DiagnosisReport, RemedyStep, Step, Subject, TrailEntry, Verdict } from '../model/report.ts';
import { clean } from './clean.ts';
import { count, labelled, type Paint, wrap } from './layout.ts';
import { cniText, gapLines, holderName, type TextOptions } from './scan-text.ts';

const RULE = '─';

/** The diagnosis in the playbook's order: steps, questions, verdict. It reads well in an incident channel: at most `columns` wide, commands on lines of their own. */
export function checkText(report: DiagnosisReport, options: TextOptions): string {
  return (
    [
      ...header(report, options),
      ...report.steps.flatMap((step, i) => stepLines(step, i + 1, report.steps.length, options)),
      '',
      ...trailLines(report.trail, options),
      ...verdictText(report, options),
      ...gapLines(report, options, true),
    ].join('\n') + '\n'
  );
}

/** How the subject is written: as people type it. */
export function subjectText(subject: Subject): string {
  switch (subject.kind) {
    case 'Pod':
    case 'Service':
      return `${subject.kind === 'Pod' ? '' : 'service/'}${subject.namespace}/${subject.name}`;
    case 'Node':
      return `node/${subject.name}`;
    case 'Address':
      return subject.address;
    case 'Cluster':
      return 'the cluster';
  }
}

function header(report: DiagnosisReport, { paint, columns }: TextOptions): string[] {
  const where = [report.source.context ?? report.source.files?.join(', '), cniText(report), count(report.summary.nodes, 'node')]
    .filter(Boolean)
    .join(' · ');
  return [paint.bold(clean(`Check of ${subjectText(report.subject)}`)), ...wrap(`${where} · as of ${report.readAt}`, columns), ''];
}

const MARKS: Record<Step['status'], string> = { ok: 'ok', attention: 'look here', unknown: 'unknown' };
const colourOf = (status: Step['status'], paint: Paint): ((text: string) => string) =>
  status === 'ok' ? paint.good : status === 'attention' ? paint.warn : paint.dim;

function stepLines(step: Step, number: number, of: number, { paint, columns }: TextOptions): string[] {
  const title = `${number}/${of} ${step.title}`;
  const dots = '.'.repeat(Math.max(3, Math.min(columns, 60) - title.length - MARKS[step.status].length - 2));
  return [
    `${paint.bold(title)} ${paint.dim(dots)} ${colourOf(step.status, paint)(MARKS[step.status])}`,
    ...wrap(step.summary, columns - 4).map((line) => `    ${line}`),
    ...step.evidence.slice(0, 8).flatMap((evidence) => evidenceLines(evidence, columns)),
    ...(step.evidence.length > 8 ? [`    and ${step.evidence.length - 8} more`] : []),
    paint.dim(`    $ ${clean(step.kubectl)}`),
    '',
  ];
}

function evidenceLines(evidence: Evidence, columns: number): string[] {
  const stamp = evidence.at === undefined || evidence.text.includes(evidence.at) ? '' : `${evidence.at.replace(/\.\d+Z$/, 'Z')} `;
  return labelled('    - ', `${stamp}${evidence.text}`, columns, 6);
}

function trailLines(trail: readonly TrailEntry[], { paint, columns }: TextOptions): string[] {
  const width = Math.min(columns, 80);
  return trail.flatMap((entry, i) => {
    const answer = entry.answer === 'yes' ? paint.warn('yes') : entry.answer === 'no' ? 'no' : paint.dim('unknown');
    const by = entry.by === 'operator' ? ' (your answer)' : '';
    return [
      ...wrap(`${i + 1}. ${entry.asks}`, width),
      ...labelled('   ', `${entry.answer}${by} — ${entry.because}`, width, 3).map((line, row) =>
        row === 0 ? line.replace(entry.answer, answer) : line,
      ),
    ];
  });
}

/** The verdict: cause, proof, what it is not, what to do, how to see that it is cured. Also what stays on the screen when the walk ends. */
export function verdictText(report: DiagnosisReport, options: TextOptions): string[] {
  const { paint, columns } = options;
  const { verdict } = report;
  const width = Math.min(columns, 80);
  const label = (text: string): string => ` ${text}`;
  const good = verdict.cause === 'no-conflict' || verdict.cause === 'benign-sharing';
  const title = `VERDICT   ${verdict.title}  (${verdict.cause})`;
  const head =
    title.length + verdict.confidence.length + 3 <= width
      ? [
          ` ${(good ? paint.good : paint.bad)(title)}${' '.repeat(Math.max(2, width - title.length - verdict.confidence.length - 1))}${verdict.confidence}`,
        ]
      : [` ${(good ? paint.good : paint.bad)(title)}`, `           ${verdict.confidence}`];
  const block = (name: string, texts: readonly string[]): string[] =>
    texts.flatMap((text, i) => labelled(label(i === 0 ? name : ''), text, width, 11));
  return [
    '',
    ...head,
    paint.dim(RULE.repeat(width)),
    ...wrap(verdict.summary, width - 2).map((line) => ` ${line}`),
    '',
    ...holders(report, width),
    ...block(
      'proof',
      verdict.decisive
        .slice(0, 6)
        .map((evidence) => `${evidence.at && !evidence.text.includes(evidence.at) ? `${evidence.at} ` : ''}${evidence.text}`),
    ),
    ...block(
      'not',
      verdict.ruledOut.slice(0, 5).map((entry) => `${entry.cause}: ${entry.because}`),
    ),
    ...block(
      'or',
      verdict.alternatives.map((entry) => `${entry.cause} (${entry.confidence}): ${entry.because}`),
    ),
    ...block('but', verdict.against),
    ...(verdict.knownBug
      ? block('known as', [
          `${verdict.knownBug.id}: ${verdict.knownBug.text} Affected ${verdict.knownBug.affected}, fixed ${verdict.knownBug.fixed}.`,
        ])
      : []),
    ...remedyLines(verdict, width, paint),
    ...block('never', verdict.warnings),
    ...commandBlock('verify', verdict.verify),
    ...commandBlock('decide', verdict.missing),
  ];
}

function holders(report: DiagnosisReport, width: number): string[] {
  const finding =
    report.findings.find(
      (candidate) =>
        report.verdict.explains.includes(candidate.id) &&
        candidate.holders.length > 0 &&
        candidate.severity !== 'info' &&
        isAbout(report.subject, candidate.holders),
    ) ??
    report.findings.find(
      (candidate) => report.verdict.explains.includes(candidate.id) && candidate.holders.length > 1 && candidate.severity !== 'info',
    );
  if (!finding || finding.holders.length < 2) return [];
  const services = finding.affects.filter((ref) => ref.startsWith('service/')).map((ref) => ref.slice('service/'.length));
  return [
    ...labelled(' held', `${finding.address ?? ''}${services.length > 0 ? ` (Services: ${services.join(', ')})` : ''}`, width, 11),
    ...finding.holders
      .slice(0, 4)
      .flatMap((holder) =>
        labelled(
          ' '.repeat(11),
          `${holder.role && holder.role !== 'unknown' ? holder.role : holder.class}  ${holderName(holder)}  ${holder.node ?? ''}  ${holder.since === undefined ? '' : `since ${holder.since.replace(/\.\d+Z$/, 'Z')}`}`,
          width,
          11,
        ),
      ),
    '',
  ];
}

const isAbout = (subject: Subject, parties: DiagnosisReport['findings'][number]['holders']): boolean =>
  subject.kind === 'Pod' && parties.some((holder) => holder.namespace === subject.namespace && holder.name === subject.name);

function remedyLines(verdict: Verdict, width: number, paint: Paint): string[] {
  return verdict.remedy.flatMap((step: RemedyStep, i) => [
    ...(i === 0 ? [''] : []),
    ...labelled(`${(i === 0 ? ' do' : '').padEnd(11)}${i + 1}`, `${step.text}${step.risk === 'none' ? '' : ` [${step.risk}]`}`, width, 13),
    ...(step.precondition ? labelled(' '.repeat(13), `only if ${step.precondition}`, width, 13) : []),
    ...(step.command ? [`             ${paint.bold(clean(step.command))}`] : []),
  ]);
}

const commandBlock = (name: string, commands: readonly string[]): string[] =>
  commands.map((command, i) => `${i === 0 ? ` ${name}`.padEnd(11) : ' '.repeat(11)}${clean(command)}`);
