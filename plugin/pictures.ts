// Pictures of the walk for README and docs: the built program in a real terminal (tmux), its screen drawn as SVG. `node plugin/pictures.ts`
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { width } from '../src/report/layout.ts';
import { inTerminal, type Terminal } from '../test/walk/terminal.ts';
import { ROOT } from './bundle.ts';

const FOLDER = path.join(ROOT, 'docs', 'pictures');
const capture = (name: string): string => path.join(ROOT, 'test', 'walk', 'captures', name);

type Picture = {
  readonly name: string;
  readonly words: readonly string[];
  /** Keys to press, each once the text before it stands on the screen. */
  readonly journey: readonly (readonly [seen: string, ...keys: string[]])[];
};

const OVERLAP = ['check', 'billing/invoice-7', '-f', capture('overlap')];

const PICTURES: readonly Picture[] = [
  { name: 'steps', words: OVERLAP, journey: [['= verdict', 'j', 'j']] },
  { name: 'step', words: OVERLAP, journey: [['= verdict', 'j', 'j', 'Tab'], ['All pods’ addresses']] },
  { name: 'question', words: OVERLAP, journey: [['= verdict', 'a'], ['VERDICT', 'Left'], ['verdict would become']] },
  {
    name: 'answer',
    words: OVERLAP,
    journey: [
      ['= verdict', 'a'],
      ['VERDICT', 'Left'],
      ['verdict would become', 'n'],
      ['your answer: no', 'Left'],
      ['you say: no'],
      ['would become'],
    ],
  },
  { name: 'verdict', words: OVERLAP, journey: [['= verdict', 'a'], ['VERDICT']] },
  { name: 'conflicts', words: ['check', '-f', capture('several')], journey: [['What is to be checked?']] },
];

const SIZES = [
  [80, 24],
  [120, 36],
] as const;

/** Terminal colours as they look on the dark ground of the picture. */
const COLOURS = ['#1b1f27', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d7dae0'];
const [GROUND, INK] = ['#1b1f27', '#d7dae0'];
const CELL = { width: 8.4, height: 18, size: 14 };
const MARGIN = 14;

type Style = { colour: string | undefined; bold: boolean; dim: boolean; inverse: boolean };
type Run = { readonly at: number; readonly text: string; readonly style: Style };

/** The runs of equal style in one line of `capture-pane -e`. */
function runsOf(line: string, style: Style): Run[] {
  const runs: Run[] = [];
  let column = 0;
  for (const [i, part] of line.split('\u001B[').entries()) {
    const [codes, text] = i === 0 ? ['', part] : split(part);
    for (const code of codes.split(';').filter((word) => word !== '')) apply(style, Number(code));
    if (i > 0 && codes === '') apply(style, 0);
    if (text !== '') runs.push({ at: column, text, style: { ...style } });
    column += width(text);
  }
  return runs;
}

/** The codes and the text after them. */
function split(part: string): readonly [codes: string, text: string] {
  const end = part.indexOf('m');
  return [part.slice(0, end), part.slice(end + 1)];
}

function apply(style: Style, code: number): void {
  if (code === 0) Object.assign(style, { colour: undefined, bold: false, dim: false, inverse: false });
  else if (code === 1) style.bold = true;
  else if (code === 2) style.dim = true;
  else if (code === 7) style.inverse = true;
  else if (code === 22) Object.assign(style, { bold: false, dim: false });
  else if (code === 27) style.inverse = false;
  else if (code === 39) style.colour = undefined;
  else if (code >= 30 && code <= 37) style.colour = COLOURS[code - 30];
  else if (code >= 90 && code <= 97) style.colour = COLOURS[code - 90];
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A screen of a terminal as SVG: real text, so that it stays sharp and can be searched. */
function svg(screen: string, columns: number, rows: number): string {
  const style: Style = { colour: undefined, bold: false, dim: false, inverse: false };
  const lines = screen.split('\n').slice(0, rows);
  const drawn = lines.flatMap((line, row) =>
    runsOf(line, style)
      .filter((run) => run.text.trim() !== '' || run.style.inverse)
      .map((run) => drawRun(trimmed(run), row)),
  );
  const [wide, high] = [columns * CELL.width + 2 * MARGIN, rows * CELL.height + 2 * MARGIN];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide.toFixed(0)} ${high}" width="${wide.toFixed(0)}" height="${high}" role="img" aria-label="kubectl ipconflict check in a terminal of ${columns} columns">`,
    `<rect width="100%" height="100%" rx="8" fill="${GROUND}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${CELL.size}" fill="${INK}" xml:space="preserve">`,
    ...drawn,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Without the spaces around it, which not every viewer keeps. */
function trimmed(run: Run): Run {
  const start = run.text.length - run.text.trimStart().length;
  return run.style.inverse ? run : { ...run, at: run.at + start, text: run.text.trim() };
}

function drawRun({ at, text, style }: Run, row: number): string {
  const x = MARGIN + at * CELL.width;
  const y = MARGIN + row * CELL.height;
  const long = width(text) * CELL.width;
  const ground = style.inverse
    ? `<rect x="${x.toFixed(1)}" y="${y}" width="${long.toFixed(1)}" height="${CELL.height}" fill="${INK}"/>`
    : '';
  const looks = [
    style.inverse ? `fill="${GROUND}"` : style.colour === undefined ? '' : `fill="${style.colour}"`,
    style.bold ? 'font-weight="bold"' : '',
    style.dim ? 'opacity="0.6"' : '',
  ];
  const attributes = looks.filter(Boolean).join(' ');
  return `${ground}<text x="${x.toFixed(1)}" y="${y + CELL.size}" textLength="${long.toFixed(1)}" lengthAdjust="spacingAndGlyphs"${attributes && ` ${attributes}`}>${escaped(text)}</text>`;
}

async function take({ words, journey }: Picture, columns: number, rows: number): Promise<string> {
  let screen = '';
  await inTerminal(words, { columns, rows }, async (terminal: Terminal) => {
    for (const [seen, ...keys] of journey) {
      await terminal.until(seen);
      if (keys.length > 0) terminal.press(...keys);
    }
    await terminal.until(settled(terminal));
    screen = terminal.screen(true);
  });
  return screen;
}

/** Whether the screen has stopped changing. */
function settled(terminal: Terminal): (screen: string) => boolean {
  let last = '';
  let same = 0;
  return (screen) => {
    same = screen === last ? same + 1 : 0;
    last = screen;
    return same > 10 && terminal.onSecondScreen();
  };
}

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true });
  for (const picture of PICTURES) {
    for (const [columns, rows] of SIZES) {
      const file = path.join(FOLDER, `${picture.name}-${columns}x${rows}.svg`);
      writeFileSync(file, svg(await take(picture, columns, rows), columns, rows));
      process.stdout.write(`${path.relative(ROOT, file)}\n`);
    }
  }
}
