import { parseAddress } from '../ip/address.ts';
import { contains, parseRange } from '../ip/range.ts';
import type { Finding } from '../model/finding.ts';
import type { DiagnosisReport, Subject } from '../model/report.ts';
import { holderName } from '../report/scan-text.ts';
import { isSign, withoutLast } from './key-names.ts';
import { select } from './navigate.ts';
import { remembering } from './remember.ts';
import type { Effect, Next, State } from './types.ts';
import { count } from './words.ts';

/** Something to check: the cluster as a whole, a finding, a pod. */
export type Choice = {
  readonly subject: Subject;
  readonly severity: 'error' | 'warning' | undefined;
  readonly title: string;
  readonly where: string;
  readonly parties: string;
};

/** Findings that are worth a walk, worst first. */
const suspects = (report: DiagnosisReport): Finding[] => report.findings.filter((finding) => finding.severity !== 'info');

/**
 * The conflicts of a cluster: its errors, or, where there are none, its warnings; those that are one in truth count once,
 * as an address that two pods hold and the range of it that two nodes hold.
 */
export function conflicts(report: DiagnosisReport): Finding[] {
  const errors = report.findings.filter((finding) => finding.severity === 'error');
  const apart: Finding[] = [];
  for (const finding of errors.length > 0 ? errors : suspects(report))
    if (!apart.some((other) => isSame(finding, other))) apart.push(finding);
  return apart;
}

function isSame(a: Finding, b: Finding): boolean {
  if (a.address !== undefined && b.address !== undefined) return a.address === b.address;
  if (!a.nodes.some((node) => b.nodes.includes(node))) return false;
  if (a.address === undefined && b.address === undefined)
    return a.ranges.some((range) => b.ranges.some((other) => other.cidr === range.cidr));
  const address = parseAddress(a.address ?? b.address ?? '');
  const ranges = [...a.ranges, ...b.ranges].map((range) => parseRange(range.cidr));
  return address !== undefined && ranges.some((range) => range !== undefined && contains(range, address));
}

/** Whom to ask about a finding: the intruder, else another pod, the address, the Service, the node. */
export function subjectOf(finding: Finding): Subject {
  const pods = finding.holders.filter((holder) => holder.kind === 'Pod' && holder.namespace !== undefined);
  const pod = pods.find((holder) => holder.role === 'intruder') ?? pods[0];
  if (pod) return { kind: 'Pod', namespace: pod.namespace!, name: pod.name };
  const service = finding.holders.find((holder) => holder.kind === 'Service' && holder.namespace !== undefined);
  if (service) return { kind: 'Service', namespace: service.namespace!, name: service.name };
  if (finding.address !== undefined) return { kind: 'Address', address: finding.address };
  return finding.nodes[0] === undefined ? { kind: 'Cluster' } : { kind: 'Node', name: finding.nodes[0] };
}

function everything(report: DiagnosisReport | undefined): Choice {
  const { errors, warnings } = report?.summary ?? { errors: 0, warnings: 0 };
  const what =
    errors + warnings === 0 ? 'nothing is wrong' : `${count(errors, 'error')}, ${count(warnings, 'warning')}: what explains the worst`;
  return { subject: { kind: 'Cluster' }, severity: undefined, title: 'the cluster as a whole', where: what, parties: '' };
}

const choiceOf = (finding: Finding): Choice => ({
  subject: subjectOf(finding),
  severity: finding.severity === 'error' ? 'error' : 'warning',
  title: finding.id,
  where: finding.address ?? finding.ranges[0]?.cidr ?? finding.nodes.slice(0, 2).join(', '),
  parties: finding.holders.length > 0 ? finding.holders.slice(0, 3).map(holderName).join(', ') : finding.title,
});

const podChoice = (name: string): Choice => {
  const slash = name.indexOf('/');
  return {
    subject: { kind: 'Pod', namespace: name.slice(0, slash), name: name.slice(slash + 1) },
    severity: undefined,
    title: 'pod',
    where: name,
    parties: '',
  };
};

/** What the filter leaves to choose from: the whole, the findings worst first, then the pods. */
export const choices = remembering(
  (state) => [state.report, state.pods, state.mode.kind === 'choose' ? state.mode.filter : undefined],
  (state): readonly Choice[] => {
    if (state.mode.kind !== 'choose') return [];
    const words = state.mode.filter.toLowerCase().split(' ').filter(Boolean);
    const fits = (text: string): boolean => words.every((word) => text.includes(word));
    const first = [everything(state.report), ...(state.report ? suspects(state.report).map(choiceOf) : [])];
    return [
      ...first.filter(
        (choice) => words.length === 0 || fits(`${choice.severity} ${choice.title} ${choice.where} ${choice.parties}`.toLowerCase()),
      ),
      ...state.pods.filter((name) => fits(name.toLowerCase())).map(podChoice),
    ];
  },
);

/** Opens the list. */
export const openChooser = (state: State): Next => ({
  state: { ...state, mode: { kind: 'choose', filter: '', index: 0 }, note: undefined },
  effects: [{ type: 'pods' }],
});

/** Takes a subject and walks from its beginning; what was read for another one stays. */
function check(state: State, subject: Subject): Next {
  const same = JSON.stringify(subject) === JSON.stringify(state.subject);
  const fresh = { ...select(state, { kind: 'step', id: 'describe-pod' }), mode: { kind: 'walk' }, chosen: true, note: undefined } as const;
  if (same) return { state: fresh, effects: [] };
  const effects: Effect[] = [{ type: 'read', subject, fresh: false, overrides: {} }];
  return {
    state: {
      ...fresh,
      subject,
      overrides: {},
      given: [],
      compared: {},
      changes: undefined,
      before: undefined,
      watching: false,
      hurry: false,
      reading: { ...state.reading, done: false },
    },
    effects,
  };
}

const PAGE = 10;

/** A key in the list to choose from: letters filter. */
export function pressInChooser(state: State, key: string): Next {
  const { mode } = state;
  if (mode.kind !== 'choose') return { state, effects: [] };
  const total = choices(state).length;
  const to = (index: number): Next => ({
    state: { ...state, mode: { ...mode, index: Math.max(0, Math.min(total - 1, index)) } },
    effects: [],
  });
  const filter = (text: string): Next => ({ state: { ...state, mode: { kind: 'choose', filter: text, index: 0 } }, effects: [] });
  switch (key) {
    case 'up':
      return to(mode.index - 1);
    case 'down':
    case 'tab':
      return to(mode.index + 1);
    case 'pageup':
      return to(mode.index - PAGE);
    case 'pagedown':
      return to(mode.index + PAGE);
    case 'home':
      return to(0);
    case 'end':
      return to(total - 1);
    case 'enter': {
      const choice = choices(state)[mode.index];
      return choice === undefined ? { state, effects: [] } : check(state, choice.subject);
    }
    case 'escape':
      return mode.filter === '' ? { state: { ...state, mode: { kind: 'walk' }, chosen: true }, effects: [] } : filter('');
    case 'backspace':
      return filter(withoutLast(mode.filter));
    case 'space':
      return filter(`${mode.filter} `);
    default:
      return isSign(key) ? filter(mode.filter + key) : { state, effects: [] };
  }
}
