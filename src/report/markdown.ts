import type { Evidence } from '../model/finding.ts';
import type { DiagnosisReport } from '../model/report.ts';
import { subjectText } from './check-text.ts';
import { clean } from './clean.ts';
import { count } from './layout.ts';
import { cniText, holderName } from './scan-text.ts';

/** The diagnosis for an incident channel or ticket: verdict first, then steps and answers. */
export function markdown(report: DiagnosisReport): string {
  const { verdict } = report;
  const where = [report.source.context ?? report.source.files?.join(', '), cniText(report), count(report.summary.nodes, 'node')].filter(
    Boolean,
  );
  const findings = report.findings.filter((finding) => verdict.explains.includes(finding.id) && finding.holders.length > 1);
  return [
    `# ${plain(verdict.title)} (\`${verdict.cause}\`, ${verdict.confidence})`,
    '',
    `Check of ${plain(subjectText(report.subject))} · ${where.map((part) => plain(part!)).join(' · ')} · as of ${report.readAt}`,
    '',
    plain(verdict.summary),
    '',
    ...section('Proof', verdict.decisive.map(evidenceLine)),
    ...findings
      .slice(0, 3)
      .flatMap((finding) => [
        `**${plain(finding.address ?? finding.title)}**`,
        '',
        '| role | holder | node | class | since |',
        '| --- | --- | --- | --- | --- |',
        ...finding.holders.map(
          (holder) =>
            `| ${holder.role ?? ''} | ${cell(holderName(holder))} | ${cell(holder.node ?? '')} | ${holder.class} | ${holder.since ?? ''} |`,
        ),
        '',
      ]),
    ...section('What it is not', [
      ...verdict.ruledOut.map((entry) => `\`${entry.cause}\`: ${plain(entry.because)}`),
      ...verdict.alternatives.map((entry) => `possibly \`${entry.cause}\` (${entry.confidence}): ${plain(entry.because)}`),
      ...verdict.against.map((line) => `but: ${plain(line)}`),
    ]),
    ...(verdict.knownBug
      ? [
          `Known as ${plain(verdict.knownBug.id)}: ${plain(verdict.knownBug.text)} Affected ${verdict.knownBug.affected}, fixed ${verdict.knownBug.fixed}.`,
          '',
        ]
      : []),
    ...(verdict.remedy.length > 0 ? ['## What to do', ''] : []),
    ...verdict.remedy.flatMap((step, i) => [
      `${i + 1}. ${plain(step.text)}${step.risk === 'none' ? '' : ` **[${step.risk}]**`}${step.precondition ? ` Only if ${plain(step.precondition)}.` : ''}`,
      ...(step.command ? ['', ...code(step.command, '   ')] : []),
      '',
    ]),
    ...section('Never', verdict.warnings.map(plain)),
    ...(verdict.verify.length > 0 ? ['## To see that it is cured', '', ...verdict.verify.flatMap((command) => code(command, '')), ''] : []),
    ...section('What would decide it', verdict.missing.map(plain)),
    '## The playbook',
    '',
    ...report.steps.flatMap((step, i) => [
      `${i + 1}. **${plain(step.title)}** (${step.status}): ${plain(step.summary)}`,
      ...step.evidence.slice(0, 8).map((entry) => `   - ${evidenceLine(entry)}`),
      '',
      ...code(step.kubectl, '   '),
      '',
    ]),
    '## The questions',
    '',
    ...report.trail.map(
      (entry, i) =>
        `${i + 1}. ${plain(entry.asks)} **${entry.answer}**${entry.by === 'operator' ? ` (the operator’s answer, not ${entry.proposed})` : ''}: ${plain(entry.because)}`,
    ),
    '',
    ...section(
      'What could not be read',
      report.gaps
        .filter((gap) => gap.essential || gap.reason !== 'absent')
        .map((gap) => `${plain(gap.what)}: ${gap.reason} (${plain(gap.message)})`),
    ),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`## ${title}`, '', ...lines.map((line) => `- ${line}`), ''];

const code = (command: string, indent: string): string[] => [
  `${indent}\`\`\`sh`,
  `${indent}${clean(command).replaceAll('```', '')}`,
  `${indent}\`\`\``,
];

const evidenceLine = (evidence: Evidence): string =>
  `${evidence.at !== undefined && !evidence.text.includes(evidence.at) ? `${evidence.at} ` : ''}${plain(evidence.text)}`;

/** Text of a cluster that shall not become markup. */
const plain = (text: string): string => clean(text).replaceAll(/[\\`*_<>[\]|#]/g, (sign) => `\\${sign}`);
const cell = (text: string): string => plain(text);
