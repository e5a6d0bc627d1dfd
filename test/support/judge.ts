import { canonicalAddress } from '../../src/ip/address.ts';
import type { Finding, Holder } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import type { Expectation, Want } from './build.ts';

/** What an expectation and a report disagree about, by the rules of ../shared/incidents/judge.mjs; nothing when they agree. */
export function disagreements(expect: Expectation, report: Report): string[] {
  const wrong: string[] = [];
  if (![expect.exit].flat().includes(report.exitCode)) wrong.push(`exit ${report.exitCode}, expected ${String(expect.exit)}`);
  for (const want of expect.findings ?? []) {
    const found = report.findings.filter((finding) => matches(want, finding));
    const levels = [want.severity ?? 'error'].flat();
    const name = `${[want.id].flat().join('|')} ${want.address ?? (want.ranges ?? want.nodes ?? []).join(',')}`;
    if (found.length === 0 && !want.optional) wrong.push(`missing: ${name} ${(want.holders ?? []).join(' ')}`);
    else if (
      found.length > 0 &&
      !found.some((finding) => levels.includes(finding.severity)) &&
      (!want.optional || found.some((finding) => finding.severity === 'error'))
    )
      wrong.push(`${name} is ${found[0]!.severity}, expected ${levels.join(' or ')}`);
  }
  const quiet = new Set((expect.quiet ?? []).map(canonical));
  for (const finding of report.findings.filter(({ severity }) => severity !== 'info')) {
    const accused = [
      ...finding.holders.map(nameOf),
      canonical(finding.address ?? ''),
      ...finding.ranges.map((range) => canonical(range.cidr)),
    ].filter((name) => quiet.has(name));
    if (accused.length > 0) wrong.push(`${finding.severity} ${finding.id} accuses ${accused.slice(0, 3).join(', ')}`);
    if (expect.silent?.includes(finding.id))
      wrong.push(`${finding.severity} ${finding.id} is reported, and should not be: ${finding.title}`);
  }
  if (report.kind === 'DiagnosisReport') {
    const { cause, confidence } = report.verdict;
    if (!expect.verdict.cause.includes(cause))
      wrong.push(`verdict ${cause} (${confidence}), expected ${expect.verdict.cause.join(' or ')}`);
    if (expect.knownBug && report.verdict.knownBug?.id !== expect.knownBug.id)
      wrong.push(`known bug ${report.verdict.knownBug?.id ?? 'none'}, expected ${expect.knownBug.id}`);
    if (expect.unsure && confidence === 'certain') wrong.push(`certain of ${cause}`);
    if (expect.noKnownBug && report.verdict.knownBug) wrong.push(`known bug ${report.verdict.knownBug.id}, expected none`);
  } else if (!(expect.findings ?? []).some((want) => !want.optional)) {
    for (const finding of report.findings) if (finding.severity === 'error') wrong.push(`false alarm: ${finding.id} ${finding.title}`);
  }
  return wrong;
}

/** fd00::A and fd00:0:0:0:0:0:0:a are one address; names stay as they are. */
function canonical(text: string): string {
  if (!text.includes(':')) return text;
  const [address, prefix] = text.split('/');
  return `${canonicalAddress(address) ?? text}${prefix === undefined ? '' : `/${prefix}`}`;
}

const nameOf = (holder: Holder): string =>
  holder.kind === 'Pod'
    ? `${holder.namespace ?? ''}/${holder.name}`
    : [holder.kind.toLowerCase(), holder.namespace, holder.name].filter((part) => part !== undefined).join('/');

function matches(want: Want, finding: Finding): boolean {
  if (![want.id].flat().includes(finding.id)) return false;
  if (want.address !== undefined && canonical(want.address) !== canonical(finding.address ?? '')) return false;
  const holders = new Set(finding.holders.flatMap((holder) => [nameOf(holder), holder.name, `tunnel/${holder.node ?? ''}`]));
  const ranges = new Set(finding.ranges.map((range) => canonical(range.cidr)));
  const nodes = new Set([
    ...finding.nodes,
    ...finding.holders.flatMap((holder) => (holder.kind === 'Node' ? [holder.name] : [holder.node])),
    ...finding.ranges.map((range) => range.node),
  ]);
  return (
    (want.holders ?? []).every((holder) => holders.has(holder) || holders.has(holder.split('/').at(-1)!)) &&
    (want.ranges ?? []).every((range) => ranges.has(canonical(range))) &&
    (want.nodes ?? []).every((node) => nodes.has(node))
  );
}
