import { Box } from 'ink';
import type { ReactElement } from 'react';
import { bodyHeight, detailWidth, hasTwoPanes, isTooSmall, LEAST } from '../layout.ts';
import { span } from '../rows/row.ts';
import type { State } from '../types.ts';
import { Chooser } from './chooser.tsx';
import { Detail } from './detail.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { Help } from './help.tsx';
import { Line } from './line.tsx';
import { List } from './list.tsx';

/** The whole screen, from the state alone. */
export function Screen({ state }: { readonly state: State }): ReactElement {
  const { terminal } = state;
  if (isTooSmall(state)) return <TooSmall state={state} />;
  return (
    <Box flexDirection="column" width={terminal.columns} height={terminal.rows} overflow="hidden">
      <Header state={state} />
      <Line terminal={terminal} spans={[span('─'.repeat(terminal.columns), 'dim')]} />
      <Box height={bodyHeight(state)} overflow="hidden">
        <Body state={state} />
      </Box>
      <Footer state={state} />
    </Box>
  );
}

function Body({ state }: { readonly state: State }): ReactElement {
  if (state.mode.kind === 'help') return <Help state={state} />;
  if (state.mode.kind === 'choose') return <Chooser state={state} />;
  if (!hasTwoPanes(state)) {
    return state.focus === 'list' && state.raw === undefined ? (
      <List state={state} />
    ) : (
      <Detail state={state} width={state.terminal.columns} />
    );
  }
  return (
    <>
      <List state={state} />
      <Divider state={state} />
      <Detail state={state} width={detailWidth(state) + 3} />
    </>
  );
}

function Divider({ state }: { readonly state: State }): ReactElement {
  return (
    <Box width={2}>
      <Line terminal={state.terminal} spans={[span(Array.from({ length: bodyHeight(state) }, () => '│').join('\n'), 'dim')]} />
    </Box>
  );
}

function TooSmall({ state }: { readonly state: State }): ReactElement {
  const { terminal } = state;
  return (
    <Box flexDirection="column">
      <Line terminal={terminal} spans={[span(`${terminal.columns}×${terminal.rows} is too small`, 'bold')]} />
      <Line terminal={terminal} spans={[span(`needs ${LEAST.columns}×${LEAST.rows}`)]} />
      <Line terminal={terminal} spans={[span('q leaves with the report')]} />
    </Box>
  );
}
