import { Box } from 'ink';
import type { ReactElement } from 'react';
import { subjectText } from '../../report/check-text.ts';
import { pad, width } from '../../report/layout.ts';
import { cniText } from '../../report/scan-text.ts';
import { clip, span } from '../rows/row.ts';
import { spinner } from '../theme.ts';
import type { State } from '../types.ts';
import { count } from '../words.ts';
import { Line } from './line.tsx';

/** What is checked, where, on which CNI, how old the data is, and what is missing. */
export function Header({ state }: { readonly state: State }): ReactElement {
  const { terminal } = state;
  const room = terminal.columns - 2;
  const what = `check ${subjectText(state.subject)}${state.alert === undefined ? '' : ` (${state.alert})`}`;
  const facts = factsOf(state);
  // What is checked matters most; the facts give way from the left, so that age and gaps stay.
  const left = clip(what, room - width(facts.slice(-2).join(' · ')) - 2);
  const right = fitting(facts, room - width(left) - 2);
  return (
    <Box paddingX={1}>
      <Line terminal={terminal} spans={[span(pad(left, room - width(right)), 'bold'), span(right, 'dim')]} />
    </Box>
  );
}

function factsOf(state: State): string[] {
  const { report } = state;
  const gaps = report?.gaps.filter((gap) => gap.essential || gap.reason !== 'absent').length ?? 0;
  return [
    clip(state.offline ? (state.place.split('/').findLast((part) => part !== '') ?? '') : state.place.replace(/^context /, ''), 32),
    report === undefined ? '' : cniText(report),
    report === undefined || report.summary.nodes === 0 ? '' : count(report.summary.nodes, 'node'),
    state.reading.done ? ageText(state) : `${spinner(state.terminal, state.frame)} reading`,
    gaps === 0 ? '' : count(gaps, 'gap'),
  ].filter(Boolean);
}

function ageText(state: State): string {
  const { report } = state;
  if (report === undefined) return '';
  if (state.offline) return `as of ${report.readAt.slice(0, 16).replace('T', ' ')}`;
  const seconds = Math.max(0, Math.round((state.now - Date.parse(report.readAt)) / 1000));
  return seconds < 120 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`;
}

function fitting(facts: readonly string[], room: number): string {
  for (let from = 0; from < facts.length; from++) {
    const text = facts.slice(from).join(' · ');
    if (width(text) <= room) return text;
  }
  return '';
}
