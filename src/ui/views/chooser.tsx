import { Box } from 'ink';
import type { ReactElement } from 'react';
import { pad, width } from '../../report/layout.ts';
import { type Choice, choices } from '../choose.ts';
import { bodyHeight, windowOf } from '../layout.ts';
import { clip, span, type Span } from '../rows/row.ts';
import type { State } from '../types.ts';
import { Line } from './line.tsx';

/** What to check: the cluster, its findings worst first, its pods; what is typed filters. */
export function Chooser({ state }: { readonly state: State }): ReactElement {
  const found = choices(state);
  const index = state.mode.kind === 'choose' ? state.mode.index : 0;
  const { from, to } = windowOf(found.length, index, bodyHeight(state) - 2);
  const place = Math.min(PLACE, Math.max(0, ...found.filter((choice) => choice.parties !== '').map((choice) => width(choice.where))));
  return (
    <Box flexDirection="column" paddingLeft={1}>
      <Line terminal={state.terminal} spans={[span('What is to be checked? Worst first.', 'bold')]} />
      <Line terminal={state.terminal} spans={[]} />
      {found.length === 0 && <Line terminal={state.terminal} spans={[span('  nothing fits the filter', 'dim')]} />}
      {found.slice(from, to).map((choice, i) => (
        <Line key={from + i} terminal={state.terminal} spans={choiceLine(choice, from + i === index, state.terminal.columns - 2, place)} />
      ))}
    </Box>
  );
}

/** The widest that the address or range of a finding may be. */
const PLACE = 24;

function choiceLine(choice: Choice, here: boolean, columns: number, place: number): Span[] {
  const tone = choice.severity === 'error' ? 'bad' : choice.severity === 'warning' ? 'warn' : 'dim';
  const [title, where] = [pad(choice.title, 28), choice.parties === '' ? choice.where : pad(clip(choice.where, place), place + 2)];
  return [
    span(here ? '▸ ' : '  ', 'accent'),
    span(pad(choice.severity ?? '', 8), tone),
    span(title, here ? 'bold' : 'plain'),
    span(clip(where, Math.max(0, columns - 38))),
    span(clip(choice.parties, Math.max(0, columns - 40 - place)), 'dim'),
  ];
}
