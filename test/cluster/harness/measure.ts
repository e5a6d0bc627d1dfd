import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { start } from './processes.ts';

export type Run = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** Of processor time, all its processes together; runs side by side cannot be told apart. */
  readonly cpuSeconds: number;
  /** The most memory that its largest process held. */
  readonly megabytes: number;
};

/** Runs a program to its end: what it said, and what it cost (in processor time and memory 0 where /proc does not tell). */
export async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const [started, spent] = [performance.now(), childrenCpu()];
  const child = start(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output.stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk));
  let megabytes = 0;
  const timer = setInterval(() => (megabytes = Math.max(megabytes, highWater(child.pid))), 15);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(timer);
  const seconds = (performance.now() - started) / 1000;
  return { code: code ?? -1, ...output, seconds, cpuSeconds: childrenCpu() - spent, megabytes };
}

/** Of a process and those that it started, the largest. */
function highWater(pid: number | string | undefined): number {
  const own = Number(/VmHWM:\s+(\d+)/.exec(processFile(pid, 'status'))?.[1] ?? 0) / 1024;
  const children = processFile(pid, `task/${pid}/children`).split(' ').filter(Boolean);
  return Math.max(own, ...children.map(highWater));
}

/** Linux counts in hundredths of a second here, whatever the kernel's clock. */
const TICKS = 100;

/** Processor time of a running process, in seconds. */
export function cpuOf(pid: number | undefined): number {
  const [user, system] = times(pid).slice(0, 2);
  return ((user ?? 0) + (system ?? 0)) / TICKS;
}

/** Processor time of our children that have ended, and of theirs. */
function childrenCpu(): number {
  const [, , user, system] = times('self');
  return ((user ?? 0) + (system ?? 0)) / TICKS;
}

/** utime, stime, cutime, cstime; what stands before them may hold spaces, in parentheses. */
const times = (pid: number | string | undefined): number[] =>
  processFile(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
    .slice(11, 15)
    .map(Number);

function processFile(pid: number | string | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
