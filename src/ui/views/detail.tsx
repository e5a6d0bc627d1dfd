import { Box } from 'ink';
import type { ReactElement } from 'react';
import { cursorOf, detailHeight, detailRows } from '../detail.ts';
import { windowOf } from '../layout.ts';
import { clip, span } from '../rows/row.ts';
import type { State } from '../types.ts';
import { Line } from './line.tsx';

/** The evidence of the chosen stop, or a whole object: only the lines that fit are drawn, however many there are. */
export function Detail({ state, width }: { readonly state: State; readonly width: number }): ReactElement {
  const rows = detailRows(state);
  const cursor = cursorOf(state);
  const height = detailHeight(state);
  const { from, to } = windowOf(rows.length, cursor, height);
  const showsCursor = state.focus === 'detail';
  return (
    <Box flexDirection="column" width={width}>
      {state.raw && (
        <Line
          terminal={state.terminal}
          spans={[span(clip(`  ${state.raw.ref}   line ${cursor + 1} of ${rows.length}`, width - 1), 'bold')]}
        />
      )}
      {rows.slice(from, to).map((row, i) => (
        <Line
          key={from + i}
          terminal={state.terminal}
          query={state.query}
          spans={[
            span(gutter(showsCursor && from + i === cursor, i === height - 1 && to < rows.length, i === 0 && from > 0), 'accent'),
            ...row.spans,
          ]}
        />
      ))}
    </Box>
  );
}

/** The cursor, and whether there is more above or below. */
const gutter = (cursor: boolean, below: boolean, above: boolean): string => `${cursor ? '▸' : below ? '↓' : above ? '↑' : ' '} `;
