import { Box } from 'ink';
import type { ReactElement } from 'react';
import { bodyHeight, listWidth, windowOf } from '../layout.ts';
import { sameItem } from '../navigate.ts';
import { listRows } from '../rows/list.ts';
import type { State } from '../types.ts';
import { Line } from './line.tsx';

/** The stops of the walk and where they stand. */
export function List({ state }: { readonly state: State }): ReactElement {
  const rows = listRows(state);
  const here = rows.findIndex((row) => row.item !== undefined && sameItem(row.item, state.item));
  const { from, to } = windowOf(rows.length, here, bodyHeight(state));
  return (
    <Box flexDirection="column" width={listWidth(state) + 1} paddingLeft={1}>
      {rows.slice(from, to).map((row, i) => (
        <Line key={from + i} terminal={state.terminal} spans={row.spans} />
      ))}
    </Box>
  );
}
