import type { Evidence } from '../../model/finding.ts';
import type { DiagnosisReport } from '../../model/report.ts';
import { labelled, type Row, span } from './row.ts';

const GROUPS: Readonly<Record<Evidence['source'], string>> = {
  pod: 'pods',
  node: 'nodes',
  service: 'Services',
  endpointslice: 'EndpointSlices',
  event: 'events',
  log: 'logs',
  configmap: 'configuration',
  workload: 'workloads',
  crd: 'IPAM records',
  arithmetic: 'computed',
  operator: 'your answers',
};

/** How many lines stand there before `e` shows the rest. */
const FEW = 6;

/** The mark of what decides the verdict. */
const DECISIVE = '◂ decides';

/** Evidence in groups, what decides the verdict first and marked, the rest on request. */
export function evidenceRows(report: DiagnosisReport, evidence: readonly Evidence[], columns: number, expanded: boolean): Row[] {
  const decisive = new Set(report.verdict.decisive.map((entry) => entry.text));
  const isDecisive = (entry: Evidence): boolean => decisive.has(entry.text);
  const ordered = [...evidence.filter(isDecisive), ...evidence.filter((entry) => !isDecisive(entry))];
  const shown = expanded ? ordered : ordered.slice(0, FEW);
  const groups = new Map<string, Evidence[]>();
  for (const entry of shown) {
    const name = isDecisive(entry) ? DECISIVE : GROUPS[entry.source];
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  }
  const rows = [...groups].flatMap(([name, entries]): Row[] => [
    { spans: [span(name, name === DECISIVE ? 'warn' : 'dim')] },
    ...entries.flatMap((entry) => evidenceRow(entry, columns, name === DECISIVE)),
  ]);
  const left = ordered.length - shown.length;
  return left > 0 ? [...rows, { spans: [span(`  ${left} more (e)`, 'dim')] }] : rows;
}

/** One piece of evidence: when, and what. */
export function evidenceRow(entry: Evidence, columns: number, decisive = false): Row[] {
  const stamp = entry.at === undefined || entry.text.includes(entry.at) ? '' : `${entry.at.replace(/\.\d+Z$/, 'Z')} `;
  return labelled(decisive ? '! ' : '- ', `${stamp}${entry.text}`, columns, { ref: entry.ref, labelTone: decisive ? 'warn' : 'dim' });
}

/** The gaps that leave something open here, where it would have stood. */
export function gapRows(report: DiagnosisReport, about: (blocks: readonly string[]) => boolean, columns: number): Row[] {
  const gaps = report.gaps.filter((gap) => about(gap.blocks) && (gap.essential || gap.reason !== 'absent'));
  return gaps.flatMap((gap) =>
    labelled('? ', `${gap.what}: ${gap.reason === 'forbidden' ? `${gap.verb} forbidden` : gap.reason} — ${gap.message}`, columns, {
      labelTone: 'warn',
    }),
  );
}
