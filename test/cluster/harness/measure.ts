import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { start } from './processes.ts';

export type Run = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  readonly megabytes: number;
};

/** Runs a program to its end: what it said, how long it took, and the most memory it held (0 where /proc does not tell). */
export async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const started = performance.now();
  const child = start(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output.stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk));
  let megabytes = 0;
  const timer = setInterval(() => (megabytes = Math.max(megabytes, highWater(child.pid))), 15);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(timer);
  return { code: code ?? -1, ...output, seconds: (performance.now() - started) / 1000, megabytes };
}

function highWater(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
