import type { Terminal } from './types.ts';

/** What a piece of text means; how that looks is the theme's business. */
export type Tone = 'plain' | 'bad' | 'warn' | 'good' | 'dim' | 'bold' | 'accent' | 'cursor';

/** How Ink is to draw a tone. */
export type Look = { readonly color?: string; readonly bold?: true; readonly dimColor?: true; readonly inverse?: true };

const DARK: Readonly<Record<Tone, Look>> = {
  plain: {},
  bad: { color: 'redBright', bold: true },
  warn: { color: 'yellow' },
  good: { color: 'green' },
  dim: { dimColor: true },
  bold: { bold: true },
  accent: { color: 'cyan' },
  cursor: { inverse: true },
};

/** Yellow and cyan cannot be read on white. */
const LIGHT: Readonly<Record<Tone, Look>> = {
  ...DARK,
  bad: { color: 'red', bold: true },
  warn: { color: 'magenta' },
  accent: { color: 'blue' },
};

/** With NO_COLOR nothing but the marks, which say the same. */
export const lookOf = (terminal: Terminal, tone: Tone): Look => (!terminal.colour ? {} : (terminal.light ? LIGHT : DARK)[tone]);

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const ASCII_SPINNER = ['|', '/', '-', '\\'];
export const spinner = (terminal: Terminal, frame: number): string => {
  const frames = terminal.unicode ? SPINNER : ASCII_SPINNER;
  return frames[frame % frames.length]!;
};

const ASCII: Readonly<Record<string, string>> = {
  '✓': '+',
  '·': '.',
  '▸': '>',
  '◂': '<',
  '─': '-',
  '│': '|',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '—': '-',
  '–': '-',
  '…': '~',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '×': 'x',
  '≥': '>',
  '█': '#',
};

/** Text for a terminal whose locale is not UTF-8: each sign by one that is as wide. */
export const ascii = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- everything that is not ASCII
  text.replaceAll(/[^\u0000-\u007F]/gu, (sign) => ASCII[sign] ?? '?');

/** What the environment says of the terminal. */
export function terminalOf(env: Readonly<Record<string, string | undefined>>, columns: number, rows: number, windows: boolean): Terminal {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || (windows ? 'UTF-8' : '');
  const background = Number(env['COLORFGBG']?.split(';').at(-1));
  return {
    columns,
    rows,
    colour: env['NO_COLOR'] === undefined || env['NO_COLOR'] === '',
    light: env['IPCONFLICT_THEME'] === undefined ? background === 7 || background === 15 : env['IPCONFLICT_THEME'] === 'light',
    unicode: /utf-?8/i.test(locale),
  };
}
