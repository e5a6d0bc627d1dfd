import { clean } from './clean.ts';

/** Marks that say the same without colour. */
export type Paint = {
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly good: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
};

const plain = (text: string): string => text;
const sgr =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001B[${open}m${text}\u001B[${close}m`;

/** No colour at all, or the terminal's own sixteen. */
export const paint = (colour: boolean): Paint =>
  colour
    ? { bad: sgr(31, 39), warn: sgr(33, 39), good: sgr(32, 39), dim: sgr(2, 22), bold: sgr(1, 22) }
    : { bad: plain, warn: plain, good: plain, dim: plain, bold: plain };

/** How wide a text is, near enough for names and numbers: East Asian wide characters and emoji count two. */
export function width(text: string): number {
  let sum = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    sum += /\p{Mark}/u.test(char)
      ? 0
      : (code >= 0x1100 && code <= 0x115f) ||
          (code >= 0x2e80 && code <= 0xa4cf) ||
          (code >= 0xac00 && code <= 0xd7a3) ||
          (code >= 0xf900 && code <= 0xfaff) ||
          (code >= 0xfe30 && code <= 0xfe6f) ||
          (code >= 0xff00 && code <= 0xff60) ||
          code >= 0x1f300
        ? 2
        : 1;
  }
  return sum;
}

export const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));

/** Breaks a text into lines at spaces; a word longer than a line stands alone. Text is cleaned first. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of clean(text).split(' ')) {
    if (line === '') line = word;
    else if (width(line) + 1 + width(word) <= columns) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

/** A text under a label: wrapped, later lines indented to where the text begins. */
export function labelled(label: string, text: string, columns: number, indent = label.length): string[] {
  return wrap(text, Math.max(20, columns - indent)).map((line, i) => (i === 0 ? pad(label, indent) : ' '.repeat(indent)) + line);
}

/** Rows under headings, each column as wide as its widest cell; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => clean(cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  return cells.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : pad(cell, widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** `6m`, `44d`, `3h`: how long ago, in the unit that says most. */
export function age(since: string | undefined, now: number): string {
  const at = since === undefined ? Number.NaN : Date.parse(since);
  if (Number.isNaN(at)) return '?';
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** `4,812`; by hand, for the first use of a locale costs 19 ms of start. */
export const thousands = (count: number): string => String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');

/** `1 node`, `4,812 pods`. */
export const count = (number: number, word: string): string => `${thousands(number)} ${word}${number === 1 ? '' : 's'}`;
