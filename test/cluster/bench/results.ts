import { median } from '../harness/measure.ts';
import { CURL, type Contestant, KUBECTL } from './commands.ts';
import type { BenchServer } from './servers.ts';

/** A tool at one size: its runs, the bytes it received in one, and why it was left out, if it was. */
export type Measured = {
  readonly contestant: Contestant;
  readonly runs: Cost[];
  received: number;
  left?: string | undefined;
};

type Cost = {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
  readonly serverCpuSeconds: number | undefined;
};

/** Medians; megabytes of memory are those of the largest process (2^20 bytes), those received are 10^6 bytes on the wire. */
type Figures = {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
  readonly receivedMegabytes: number;
  /** Of a real server only. */
  readonly serverCpuSeconds?: number;
};

/** One line of bench/results.json. Ratios are this tool's figures, divided by those of the other. */
export type Row = {
  readonly pods: number;
  readonly server: BenchServer['kind'];
  readonly name: string;
  readonly left?: string;
  readonly fastest?: number;
  readonly slowest?: number;
  readonly toKubectl?: Figures;
  readonly toCurl?: Figures;
} & Partial<Figures>;

export function rowsOf(pods: number, server: BenchServer['kind'], all: readonly Measured[]): Row[] {
  const figures = new Map(all.map((measured) => [measured.contestant.name, figuresOf(measured)]));
  return all.map(({ contestant: { name }, runs, left }) => {
    const own = figures.get(name);
    if (own === undefined) return { pods, server, name, left: left ?? 'no runs' };
    const [kubectl, curl] = [KUBECTL, CURL].map((other) => figures.get(other));
    const seconds = runs.map((run) => run.seconds);
    return {
      pods,
      server,
      name,
      ...own,
      fastest: rounded(Math.min(...seconds)),
      slowest: rounded(Math.max(...seconds)),
      ...(kubectl && { toKubectl: divided(own, kubectl) }),
      ...(curl && { toCurl: divided(own, curl) }),
    };
  });
}

function figuresOf({ runs, received, left }: Measured): Figures | undefined {
  if (left !== undefined || runs.length === 0) return undefined;
  const middle = (of: (run: Cost) => number): number => rounded(median(runs.map(of)));
  return {
    seconds: middle((run) => run.seconds),
    cpuSeconds: middle((run) => run.cpuSeconds),
    megabytes: middle((run) => run.megabytes),
    receivedMegabytes: rounded(received / 1e6),
    ...(runs[0]!.serverCpuSeconds !== undefined && { serverCpuSeconds: middle((run) => run.serverCpuSeconds ?? 0) }),
  };
}

function divided(own: Figures, other: Figures): Figures {
  const ratios = Object.entries(own).map(([key, value]) => [key, rounded(value / other[key as keyof Figures]!)]);
  return Object.fromEntries(ratios) as Figures;
}

const rounded = (value: number): number => Number(value.toPrecision(3));

const COLUMNS: readonly (readonly [string, keyof Figures, string])[] = [
  ['wall', 'seconds', 's'],
  ['client cpu', 'cpuSeconds', 's'],
  ['memory', 'megabytes', 'MiB'],
  ['received', 'receivedMegabytes', 'MB'],
  ['server cpu', 'serverCpuSeconds', 's'],
];

/** For the terminal. */
export function tableOf(rows: readonly Row[]): string {
  const [first] = rows;
  const lines = rows.map((row) => {
    const other = row.toKubectl ?? row.toCurl;
    const cells = COLUMNS.map(([, key, unit]) => {
      const value = row[key];
      if (value === undefined) return '–'.padStart(20);
      const ratio = other?.[key] === undefined ? '' : `(${other[key]} ×)`;
      return `${value} ${unit} ${ratio.padStart(9)}`.padStart(20);
    });
    return `${row.name.padEnd(34)}${row.left === undefined ? cells.join('') : `  ${row.left}`}\n`;
  });
  const compared = rows.some((row) => row.toKubectl !== undefined) ? KUBECTL : CURL;
  const head = `${first?.pods} pods, ${first?.server}; (×) compared with ${compared}\n`;
  return `\n${head}${' '.repeat(34)}${COLUMNS.map(([title]) => title.padStart(20)).join('')}\n${lines.join('')}`;
}
