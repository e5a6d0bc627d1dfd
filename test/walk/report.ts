import { openFiles } from '../../src/files/reader.ts';
import { examineCheck } from '../../src/examine.ts';
import { gather } from '../../src/cli/gather.ts';
import type { Overrides } from '../../src/diagnosis/diagnose.ts';
import type { DiagnosisReport, Subject } from '../../src/model/report.ts';
import { initialState, update } from '../../src/ui/state.ts';
import type { Effect, Message, State, Terminal } from '../../src/ui/types.ts';

export const INVOICE: Subject = { kind: 'Pod', namespace: 'billing', name: 'invoice-7' };
export const CLUSTER: Subject = { kind: 'Cluster' };

/** The report of one of the walk's captures. */
export async function reportOf(capture: string, subject: Subject, overrides: Overrides = {}): Promise<DiagnosisReport> {
  const reader = await openFiles([`test/walk/captures/${capture}`]);
  const snapshot = await gather({ reader, purpose: { depth: 'check', subject }, now: reader.now, confirm: true });
  return examineCheck(snapshot, subject, { toolVersion: '0', failOn: 'error', namespaces: 'all' }, overrides);
}

export const terminal = (columns = 80, rows = 24, more: Partial<Terminal> = {}): Terminal => ({
  columns,
  rows,
  colour: false,
  light: false,
  unicode: true,
  ...more,
});

/** A walk that has been told these things, and what it wants done since the last of them. */
export function after(state: State, ...messages: readonly Message[]): { state: State; effects: readonly Effect[] } {
  let next: { state: State; effects: readonly Effect[] } = { state, effects: [] };
  for (const message of messages) next = update(next.state, message);
  return next;
}

export const keys = (...names: readonly string[]): Message[] => names.map((key) => ({ type: 'press', key }));

/** A walk whose reading is done. */
export async function walkOf(capture: string, subject: Subject, size: Terminal = terminal()): Promise<State> {
  const report = await reportOf(capture, subject);
  return after(
    initialState(size, subject, Date.parse(report.readAt)),
    { type: 'opened', place: `test/${capture}`, offline: true, subject },
    { type: 'examined', report, pending: [], done: true },
  ).state;
}
