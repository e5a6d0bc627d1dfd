import type { Comparison } from '../model/comparison.ts';
import type { Finding } from '../model/finding.ts';
import { clean } from './clean.ts';
import type { Paint } from './layout.ts';
import { count, thousands } from './layout.ts';

const MOST = 20;

/** A comparison as people read it: what is new first. */
export function diffText(comparison: Comparison, { paint, wide }: { readonly paint: Paint; readonly wide: boolean }): string {
  const { before, after, moved, ranges } = comparison;
  const finding = (mark: string, show: (text: string) => string) => (one: Finding) =>
    show(clean(`${mark} ${one.severity}  ${one.id}  ${one.title}`));
  const change = (from: readonly string[], to: readonly string[]): string => `${from.join(', ') || 'none'} → ${to.join(', ') || 'none'}`;
  const lines = [
    `before  ${before.readAt}  ${count(before.pods, 'pod')} on ${count(before.nodes, 'node')}, ${count(before.errors, 'error')}`,
    `after   ${after.readAt}  ${count(after.pods, 'pod')} on ${count(after.nodes, 'node')}, ${count(after.errors, 'error')}`,
    ...section('New', comparison.new, finding('+', paint.bad), wide),
    ...section('Gone', comparison.gone, finding('-', paint.good), wide),
    ...section('The same', comparison.same, finding(' ', paint.dim), wide),
    ...section('Addresses that moved', moved, (one) => clean(`  ${one.pod ?? one.address ?? ''}  ${change(one.from, one.to)}`), wide),
    ...section('Ranges that changed', ranges, (one) => clean(`  ${one.owner}  ${change(one.from, one.to)}`), wide),
  ];
  if (lines.length === 2) lines.push('', 'No difference in conflicts, addresses or ranges.');
  const gaps = [...before.gaps, ...after.gaps].filter((gap) => gap.essential);
  if (gaps.length > 0)
    lines.push(
      '',
      paint.warn(clean(`Not all could be compared: ${[...new Set(gaps.map((gap) => `${gap.what} (${gap.reason})`))].join(', ')}`)),
    );
  return `${lines.join('\n')}\n`;
}

function section<Item>(title: string, items: readonly Item[], line: (item: Item) => string, wide: boolean): string[] {
  if (items.length === 0) return [];
  const shown = wide ? items : items.slice(0, MOST);
  const rest = items.length - shown.length;
  return [
    '',
    `${title} (${thousands(items.length)})`,
    ...shown.map(line),
    ...(rest > 0 ? [`  and ${thousands(rest)} more; -o wide or -o json shows all`] : []),
  ];
}
