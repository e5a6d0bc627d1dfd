import type { Row } from './results.ts';

const WIDTH = 860;
const LABELS = 270;
/** Room for what is written behind a bar. */
const BEHIND = 130;
const BAR = 16;
const STEP = 22;
const GROUP = 44;
const TOP = 78;
/** Where the scale begins, in seconds. */
const FROM = 0.01;

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Wall time of each tool at each size as an SVG, on a logarithmic scale, on a ground of its own, light or dark as the reader has it. */
export function chart(rows: readonly Row[], rounds: number): string {
  const groups = [...Map.groupBy(rows, ({ pods }) => pods)];
  const longest = Math.max(1, ...rows.map(({ seconds }) => seconds ?? 0));
  const decades = Math.ceil(Math.log10(longest / FROM));
  const x = (seconds: number): number => LABELS + ((WIDTH - LABELS - BEHIND) * Math.max(0, Math.log10(seconds / FROM))) / decades;
  let y = TOP;
  const body = groups.map(([pods, members]) => {
    y += GROUP;
    const server = members[0]!.server === 'generated' ? 'generated: the server costs next to nothing' : 'real kube-apiserver';
    const head = `<text class="head" x="0" y="${y - 12}">${pods.toLocaleString('en')} pods<tspan class="quiet" dx="8">${server}</tspan></text>`;
    const bars = members.map((row) => {
      const line = bar(row, x, y);
      y += STEP;
      return line;
    });
    return [head, ...bars].join('\n');
  });
  const height = y + 34;
  const ticks = Array.from({ length: decades + 1 }, (_, i) => FROM * 10 ** i);
  const grid = ticks.map((tick) => {
    const at = x(tick).toFixed(1);
    return `<line x1="${at}" x2="${at}" y1="${TOP}" y2="${height - 28}"/><text class="tick" x="${at}" y="${height - 10}">${Number(tick.toPrecision(1))} s</text>`;
  });
  const summary = rows
    .flatMap(({ pods, name, seconds }) => (seconds === undefined ? [] : [`${name} at ${pods} pods: ${seconds} s`]))
    .join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 0 ${WIDTH + 32} ${height}" role="img" aria-labelledby="title desc">
<title id="title">Time to look at every pod</title>
<desc id="desc">${escape(summary)}</desc>
<style>
text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; }
.ground { fill: #ffffff; }
.title { font-size: 18px; font-weight: 600; }
.head { font-weight: 600; }
.quiet, .tick { fill: #59636e; font-weight: 400; }
.tick { text-anchor: middle; font-size: 12px; }
.label { text-anchor: end; }
line { stroke: #8b949e; stroke-opacity: .35; }
.ours { fill: #1a7f37; }
.theirs { fill: #8c959f; }
.limit { fill: #0969da; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; }
  text { fill: #e6edf3; }
  .quiet, .tick { fill: #9198a1; }
  .ours { fill: #3fb950; }
  .theirs { fill: #6e7681; }
  .limit { fill: #4493f8; }
}
</style>
<rect class="ground" x="-16" y="0" width="${WIDTH + 32}" height="${height}" rx="8"/>
<text class="title" x="0" y="26">Time to look at every pod</text>
<text class="quiet" x="0" y="48">Wall time, median of ${rounds} rounds, logarithmic scale; in parentheses the most memory held.</text>
<text class="quiet" x="0" y="66">curl fetches the list of pods as protobuf and throws it away: no program that reads it whole can be faster.</text>
${grid.join('\n')}
${body.join('\n')}
</svg>
`;
}

function bar({ name, seconds, megabytes, left }: Row, x: (seconds: number) => number, y: number): string {
  const base = y + BAR - 4;
  const label = `<text class="label" x="${LABELS - 10}" y="${base}">${escape(name)}</text>`;
  if (seconds === undefined) return `${label}<text class="quiet" x="${LABELS + 6}" y="${base}">${escape(left ?? '')}</text>`;
  const kind = name.includes('ipconflict') ? 'ours' : name === 'curl' ? 'limit' : 'theirs';
  const width = Math.max(2, x(seconds) - LABELS);
  const value = `${seconds} s (${Math.round(megabytes ?? 0).toLocaleString('en')} MiB)`;
  return `${label}<rect class="${kind}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/><text x="${(LABELS + width + 6).toFixed(1)}" y="${base}">${value}</text>`;
}
