import { Text } from 'ink';
import type { ReactElement } from 'react';
import type { Span } from '../rows/row.ts';
import { ascii, lookOf } from '../theme.ts';
import type { Terminal } from '../types.ts';

type Props = { readonly spans: readonly Span[]; readonly terminal: Terminal; readonly query?: string };

/** One line of styled text, never longer than its box. What the query finds is marked. */
export function Line({ spans, terminal, query = '' }: Props): ReactElement {
  const parts = query === '' ? spans : spans.flatMap((part) => marked(part, query));
  return (
    <Text wrap="truncate">
      {parts.length === 0
        ? ' '
        : parts.map((part, i) => (
            <Text key={i} {...lookOf(terminal, part.tone ?? 'plain')}>
              {terminal.unicode ? part.text : ascii(part.text)}
            </Text>
          ))}
    </Text>
  );
}

function marked(part: Span, query: string): Span[] {
  const at = part.text.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return [part];
  const end = at + query.length;
  const rest = { ...part, text: part.text.slice(end) };
  return [{ ...part, text: part.text.slice(0, at) }, { text: part.text.slice(at, end), tone: 'cursor' }, ...marked(rest, query)];
}
