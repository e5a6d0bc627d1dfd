import type { Finding } from '../model/finding.ts';
import type { DiagnosisReport } from '../model/report.ts';

const keyOf = (finding: Finding): string =>
  `${finding.id}|${finding.address ?? ''}|${finding.ranges.map((range) => range.cidr).join(',')}|${finding.address === undefined ? finding.nodes.join(',') : ''}`;

const worth = (report: DiagnosisReport): Map<string, Finding> =>
  new Map(report.findings.filter((finding) => finding.severity !== 'info').map((finding) => [keyOf(finding), finding]));

const nameOf = (finding: Finding): string => `${finding.id} ${finding.address ?? finding.ranges[0]?.cidr ?? finding.nodes[0] ?? ''}`.trim();

/** Names of those who hold an address, by the findings of a report. */
const holdersAt = (report: DiagnosisReport, address: string): Set<string> =>
  new Set(
    report.findings
      .filter((finding) => finding.address === address)
      .flatMap((finding) => finding.holders.map((holder) => `${holder.namespace ?? holder.kind}/${holder.name}`)),
  );

/** What differs between two readings, in the words of an operator. */
export function changesBetween(before: DiagnosisReport, after: DiagnosisReport): string[] {
  const was = worth(before);
  const is = worth(after);
  const gone = [...was].filter(([key]) => !is.has(key)).map(([, finding]) => finding);
  const fresh = [...is].filter(([key]) => !was.has(key)).map(([, finding]) => finding);
  const lines: string[] = [];
  for (const finding of gone) {
    const held = finding.address !== undefined && /duplicate|holder|equals|static/.test(finding.id);
    const now = held ? holdersAt(after, finding.address!).size : 0;
    lines.push(held && now <= 1 ? `${finding.address}: no longer held twice` : `no longer: ${nameOf(finding)}`);
  }
  for (const finding of fresh) lines.push(`new: ${nameOf(finding)} — ${finding.title}`);
  for (const [key, finding] of is) {
    const former = was.get(key);
    if (former && former.holders.length !== finding.holders.length)
      lines.push(`${nameOf(finding)}: ${finding.holders.length} holders, before ${former.holders.length}`);
  }
  for (const [i, step] of after.steps.entries()) {
    const former = before.steps[i];
    if (former && former.status !== step.status) lines.push(`${step.title}: ${step.status}, before ${former.status}`);
  }
  if (before.verdict.cause !== after.verdict.cause) lines.push(`verdict: ${after.verdict.cause}, before ${before.verdict.cause}`);
  if (before.gaps.length !== after.gaps.length) lines.push(`${after.gaps.length} things could not be read, before ${before.gaps.length}`);
  return [...new Set(lines)];
}

/** Whether nothing is left of what a verdict explained, and everything needed could be read. */
export function isCured(before: DiagnosisReport, after: DiagnosisReport): boolean {
  if (after.gaps.some((gap) => gap.essential)) return false;
  const explained = [...worth(before)].filter(([, finding]) => before.verdict.explains.includes(finding.id));
  const left = worth(after);
  return explained.length === 0 ? after.verdict.cause === 'no-conflict' : explained.every(([key]) => !left.has(key));
}
