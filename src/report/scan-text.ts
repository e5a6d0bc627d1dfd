import type { Finding, Holder } from '../model/finding.ts';
import type { Gap } from '../model/gap.ts';
import type { Report, ScanReport } from '../model/report.ts';
import { clean } from './clean.ts';
import { age, count, type Paint, table, thousands, wrap } from './layout.ts';

export type TextOptions = { readonly paint: Paint; readonly columns: number; readonly wide: boolean };

/** The scan as people read it: the answer first, then what is wrong, worst first, then what could not be read. */
export function scanText(report: ScanReport, options: TextOptions): string {
  const shown = report.findings.filter((finding) => finding.severity !== 'info' || finding.id !== 'benign-sharing');
  const rows = shown.filter((finding) => finding.severity !== 'info' || options.wide);
  const lines =
    rows.length > 0
      ? [...findingLines(report, rows, options), '', summaryLine(report), ...nextLines(report, rows)]
      : report.status === 'incomplete'
        ? []
        : [`${cleanLine(report)}`];
  return [...lines, ...gapLines(report, options, rows.length > 0)].join('\n') + '\n';
}

function cleanLine(report: ScanReport): string {
  const { pods, nodes, shared } = report.summary;
  const cni = cniText(report);
  return `No address conflict among ${count(pods, 'pod')} on ${count(nodes, 'node')}${cni ? ` (${cni})` : ''}.${shared > 0 ? ` ${thousands(shared)} ${shared === 1 ? 'address is' : 'addresses are'} shared and fine.` : ''}`;
}

export const cniText = (report: Pick<ScanReport, 'cni'>): string =>
  clean(
    report.cni
      .filter((cni) => cni.role === 'primary')
      .map((cni) => `${cni.title}${cni.version ? ` v${cni.version.split(',')[0]}` : ''}`)
      .join(', '),
  );

function findingLines(report: ScanReport, findings: readonly Finding[], { paint, wide, columns }: TextOptions): string[] {
  const now = Date.parse(report.readAt);
  const header = ['SEVERITY', 'FINDING', 'WHERE', ...(wide ? ['CONFIDENCE', 'NETWORK'] : []), 'AFFECTS'];
  const body = findings.map((finding) => [
    finding.severity,
    finding.id,
    whereOf(finding),
    ...(wide ? [finding.confidence, finding.network ?? '-'] : []),
    affectsOf(finding, wide),
  ]);
  const [head, ...rows] = table([header, ...body]);
  const colour = { error: paint.bad, warning: paint.warn, info: paint.dim };
  return [
    paint.dim(head!),
    ...rows.flatMap((row, i) => {
      const finding = findings[i]!;
      const painted = colour[finding.severity](row.slice(0, finding.severity.length)) + row.slice(finding.severity.length);
      return [painted, ...holderLines(finding, now, wide, columns)];
    }),
  ];
}

function whereOf(finding: Finding): string {
  if (finding.address !== undefined) return finding.address;
  const ranges = [...new Set(finding.ranges.map((range) => range.cidr))];
  return ranges[0] === undefined ? (finding.nodes[0] ?? '-') : ranges.slice(0, 2).join(' ');
}

/** What does not fit into 80 columns is named below. */
const ROOM = 32;

function affectsOf(finding: Finding, wide: boolean): string {
  const services = finding.affects.filter((ref) => ref.startsWith('service/')).length;
  const holders = finding.holders.filter((holder) => holder.kind === 'Pod').length;
  const parts = [
    holders > 0 ? `${holders} ${holders === 1 ? 'pod' : 'pods'}` : '',
    services > 0 ? `${services} ${services === 1 ? 'Service' : 'Services'}` : '',
  ].filter(Boolean);
  const names = finding.nodes.slice(0, 3).join(', ');
  return parts.join(', ') || (wide || names.length <= ROOM ? names : count(finding.nodes.length, 'node')) || '-';
}

const MOST_HOLDERS = 6;

function holderLines(finding: Finding, now: number, wide: boolean, columns: number): string[] {
  const indent = '          ';
  const holders = finding.holders.slice(0, MOST_HOLDERS);
  const rows = table(
    holders.map((holder) => [
      roleOf(holder),
      holderName(holder),
      holder.node ?? '',
      ...(wide ? [holder.class, holder.uid ?? ''] : []),
      holder.since === undefined ? '' : age(holder.since, now),
    ]),
  );
  const more = finding.holders.length > MOST_HOLDERS ? [`${indent}and ${finding.holders.length - MOST_HOLDERS} more`] : [];
  const services = finding.affects.filter((ref) => ref.startsWith('service/')).map((ref) => ref.slice('service/'.length));
  const carried = services.length > 0 ? wrap(`Services: ${services.join(', ')}`, columns - indent.length).map((line) => indent + line) : [];
  if (holders.length === 0) return wrap(finding.title, columns - indent.length).map((line) => indent + line);
  return [...rows.map((row) => indent + row), ...more, ...carried];
}

const roleOf = (holder: Holder): string => (holder.role === 'owner' || holder.role === 'intruder' ? holder.role : holder.class);
export const holderName = (holder: Holder): string =>
  holder.kind === 'Pod'
    ? `${holder.namespace}/${holder.name}`
    : `${holder.kind} ${holder.namespace === undefined ? '' : `${holder.namespace}/`}${holder.name}`;

function summaryLine(report: ScanReport): string {
  const { errors, warnings, pods, addresses, nodes } = report.summary;
  return `${count(errors, 'error')}, ${count(warnings, 'warning')} · ${count(pods, 'pod')}, ${thousands(addresses)} ${addresses === 1 ? 'address' : 'addresses'}, ${count(nodes, 'node')}${cniText(report) ? ` · ${cniText(report)}` : ''}`;
}

function nextLines(report: Report, findings: readonly Finding[]): string[] {
  const holder = findings
    .flatMap((finding) => finding.holders.filter((candidate) => candidate.kind === 'Pod'))
    .toSorted((a, b) => Number(b.role === 'intruder') - Number(a.role === 'intruder'))[0];
  const files = (report.source.files ?? []).map((file) => ` -f ${clean(file)}`).join('');
  return [`Why, and what to do:  kubectl ipconflict check${holder ? ` ${clean(`${holder.namespace}/${holder.name}`)}` : ''}${files}`];
}

/** One line per thing that could not be read, with the right that is missing and what stays open. */
export function gapLines(
  report: Pick<Report, 'gaps' | 'status' | 'findings'> & { readonly summary?: ScanReport['summary'] },
  { columns }: Pick<TextOptions, 'columns'>,
  afterFindings: boolean,
): string[] {
  const gaps = report.gaps.filter((gap) => gap.essential || gap.reason !== 'absent');
  if (gaps.length === 0) return [];
  const head =
    report.summary?.pods === 0
      ? 'Nothing can be said: no pod could be read.'
      : report.status === 'incomplete'
        ? 'No conflict found, but not everything could be read:'
        : 'Not everything could be read:';
  return [
    ...(afterFindings ? [''] : []),
    head,
    ...gaps.flatMap((gap) => wrap(gapText(gap), columns - 4).map((line, i) => (i === 0 ? '  ' : '    ') + line)),
  ];
}

const gapText = (gap: Gap): string =>
  `${gap.what}: ${gap.reason === 'forbidden' ? `${gap.verb} forbidden` : gap.reason} — ${gap.message}${gap.blocks.length > 0 ? ` → not checked: ${gap.blocks.slice(0, 4).join(', ')}` : ''}`;
