import type { Report } from '../model/report.ts';
import { clean } from './clean.ts';

/** One `pod/NAMESPACE/NAME`-like line for each holder of a finding that is no mere information, for xargs. */
export function name(report: Report): string {
  const holders = report.findings.filter((finding) => finding.severity !== 'info').flatMap((finding) => finding.holders);
  const lines = new Set(
    holders.map((holder) => clean([holder.kind.toLowerCase(), holder.namespace, holder.name].filter(Boolean).join('/'))),
  );
  return [...lines].map((line) => `${line}\n`).join('');
}
