import type { Holder } from '../model/finding.ts';
import type { AddressReport } from '../model/report.ts';
import { clean } from './clean.ts';
import { table, wrap } from './layout.ts';
import { gapLines, holderName, type TextOptions } from './scan-text.ts';

/** Who holds an address, who held it, what points at it. */
export function ipText(report: AddressReport, options: TextOptions): string {
  const { paint, columns } = options;
  const place =
    report.ranges.length > 0
      ? `is in ${report.ranges.map((range) => `${range.what} ${range.cidr}${range.node ? ` of ${range.node}` : ''}`).join(', ')}`
      : 'lies in no range that was read';
  const now = report.holders.length > 0 ? rows('now', report.holders) : ['now     nobody'];
  const worst = report.findings.filter((finding) => finding.severity !== 'info');
  return (
    [
      ...wrap(`${paint.bold(clean(report.address))}  ${place}`, columns),
      '',
      ...now,
      ...rows('before', report.formerHolders),
      ...report.records.map((record, i) => (i === 0 ? 'record  ' : '        ') + clean(record)),
      ...(report.usedBy.length > 0 ? wrap(`used by ${report.usedBy.join(', ')}`, columns) : []),
      ...(worst.length > 0
        ? ['', ...worst.flatMap((finding) => wrap(`${finding.severity}  ${finding.id}: ${finding.title}`, columns))]
        : []),
      ...gapLines(report, options, true),
    ].join('\n') + '\n'
  );
}

const rows = (label: string, holders: readonly Holder[]): string[] =>
  table(
    holders.map((holder) => [
      holderName(holder),
      holder.node ?? '',
      holder.role === 'owner' || holder.role === 'intruder' ? `${holder.class} (${holder.role})` : holder.class,
      holder.since === undefined ? '' : `since ${holder.since}`,
    ]),
  ).map((row, i) => (i === 0 ? label : '').padEnd(8) + row);
