import { Box } from 'ink';
import type { ReactElement } from 'react';
import { width } from '../../report/layout.ts';
import { hints } from '../keys.ts';
import { clip, span, type Span } from '../rows/row.ts';
import type { State } from '../types.ts';
import { Line } from './line.tsx';

/** A rule with what just happened in it, and the keys that work right now. */
export function Footer({ state }: { readonly state: State }): ReactElement {
  const { terminal } = state;
  return (
    <Box flexDirection="column">
      <Rule state={state} />
      <Box paddingX={1}>
        <Line terminal={terminal} spans={helpLine(state, terminal.columns - 2)} />
      </Box>
    </Box>
  );
}

function Rule({ state }: { readonly state: State }): ReactElement {
  const { terminal, mode } = state;
  const text =
    mode.kind === 'search'
      ? `find: ${mode.query}█`
      : mode.kind === 'save'
        ? 'save the report as'
        : mode.kind === 'choose'
          ? `filter: ${mode.filter}█`
          : state.note;
  if (text === undefined) return <Line terminal={terminal} spans={[span('─'.repeat(terminal.columns), 'dim')]} />;
  const shown = clip(text, terminal.columns - 6);
  return (
    <Line
      terminal={terminal}
      spans={[span('── ', 'dim'), span(shown, 'accent'), span(` ${'─'.repeat(Math.max(0, terminal.columns - width(shown) - 4))}`, 'dim')]}
    />
  );
}

/** As many hints as fit; help and quit always. */
function helpLine(state: State, room: number): Span[] {
  const all = hints(state);
  const last = state.mode.kind === 'walk' ? all.slice(-2) : [];
  const rest = state.mode.kind === 'walk' ? all.slice(0, -2) : all;
  const wide = (hint: { key: string; does: string }): number => width(hint.key) + width(hint.does) + 3;
  let left = room - last.reduce((sum, hint) => sum + wide(hint), 0);
  const shown = rest.filter((hint) => {
    if (wide(hint) > left) return false;
    left -= wide(hint);
    return true;
  });
  return [...shown, ...last].flatMap((hint) => [span(hint.key, 'bold'), span(` ${hint.does}  `, 'dim')]);
}
