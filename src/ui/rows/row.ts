import { clean } from '../../report/clean.ts';
import { width, wrap } from '../../report/layout.ts';
import type { Tone } from '../theme.ts';

/** A piece of a line with one meaning. */
export type Span = { readonly text: string; readonly tone?: Tone };

/** One line of a pane, as wide as the pane at most. */
export type Row = {
  readonly spans: readonly Span[];
  /** The evidence it belongs to: what `o` and `e` open. */
  readonly ref?: string;
  /** The command it shows: what `c` copies. */
  readonly command?: string;
};

export const BLANK: Row = { spans: [] };
export const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });
export const rowText = (row: Row): string => row.spans.map((part) => part.text).join('');

/** Breaks a text into lines of at most so many columns; a word that is longer is broken too, so that nothing is lost. */
export function fold(text: string, columns: number): string[] {
  return wrap(text, columns).flatMap((line) => (width(line) <= columns ? [line] : chop(line, columns)));
}

/** Breaks anywhere. */
export function chop(line: string, columns: number): string[] {
  // The common case by far: nothing but ASCII.
  if (/^[\u0020-\u007E]*$/.test(line)) {
    const pieces: string[] = [];
    for (let start = 0; start === 0 || start < line.length; start += columns) pieces.push(line.slice(start, start + columns));
    return pieces;
  }
  const pieces: string[] = [];
  let piece = '';
  let wide = 0;
  for (const sign of line) {
    const own = width(sign);
    if (wide + own > columns) {
      pieces.push(piece);
      piece = '';
      wide = 0;
    }
    piece += sign;
    wide += own;
  }
  return [...pieces, piece];
}

/** At most so many columns, with `…` where something is left out. */
export function clip(text: string, columns: number): string {
  const line = clean(text);
  if (width(line) <= columns) return line;
  return columns <= 1 ? '…'.slice(0, columns) : `${chop(line, columns - 1)[0]!}…`;
}

type Options = { readonly tone?: Tone; readonly labelTone?: Tone } & Pick<Row, 'ref' | 'command'>;

/** A text beside a label, later lines indented to where the text begins. */
export function labelled(label: string, text: string, columns: number, options: Options = {}): Row[] {
  const indent = width(label);
  const { tone, labelTone = 'dim', ...row } = options;
  return fold(text, Math.max(10, columns - indent)).map((line, i) => ({
    ...row,
    spans: [span(i === 0 ? label : ' '.repeat(indent), labelTone), span(line, tone)],
  }));
}

/** A paragraph. */
export const paragraph = (text: string, columns: number, tone?: Tone): Row[] =>
  fold(text, columns).map((line) => ({ spans: [span(line, tone)] }));

/** A command on lines of its own, broken only where the pane ends. */
export function commandRows(command: string, columns: number, indent = 0): Row[] {
  const text = clean(command);
  const sign = '$ ';
  return chop(text, Math.max(10, columns - indent - sign.length)).map((line, i) => ({
    command: text,
    spans: [span(' '.repeat(indent) + (i === 0 ? sign : '  '), 'dim'), span(line, 'accent')],
  }));
}
