import { Box } from 'ink';
import type { ReactElement } from 'react';
import { pad } from '../../report/layout.ts';
import { KEYS } from '../keys.ts';
import { bodyHeight } from '../layout.ts';
import { span } from '../rows/row.ts';
import type { State } from '../types.ts';
import { Line } from './line.tsx';

/** Every key and what it does. */
export function Help({ state }: { readonly state: State }): ReactElement {
  const height = bodyHeight(state) - 2;
  const offset = state.mode.kind === 'help' ? Math.min(state.mode.offset, Math.max(0, KEYS.length - height)) : 0;
  return (
    <Box flexDirection="column" paddingLeft={1}>
      <Line terminal={state.terminal} spans={[span('Keys', 'bold'), span(KEYS.length > height ? '   ↓ for more' : '', 'dim')]} />
      <Line terminal={state.terminal} spans={[]} />
      {KEYS.slice(offset, offset + height).map((key) => (
        <Line key={key.action} terminal={state.terminal} spans={[span(pad(key.keys.join(' '), 23), 'accent'), span(key.help)]} />
      ))}
    </Box>
  );
}
