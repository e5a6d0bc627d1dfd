import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BINARIES } from '../harness/binaries.ts';
import type { Run } from '../harness/measure.ts';
import type { BenchServer } from './servers.ts';

/** A tool that looks at every pod. */
export type Contestant = {
  readonly name: string;
  /** Pods beyond which it is left out unless asked for: it would take minutes, or more memory than there is. */
  readonly upTo: number;
  /** Why it cannot run here at all. */
  readonly absent?: string;
  readonly command: (server: BenchServer, url: string) => readonly [string, ...string[]];
  /** What is wrong with a run, or undefined. */
  readonly fault: (run: Run, server: BenchServer) => string | undefined;
};

export const KUBECTL = 'kubectl get pods -A -o wide';
export const CURL = 'curl';

const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'dist', 'kubectl-ipconflict');
/** What people paste when they look for an address that is there twice. */
const ONE_LINER = `-o json | jq -r '.items[] | select(.spec.hostNetwork | not) | .status.podIPs[]?.ip' | sort | uniq -d`;

const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

const firstLine = ({ code, stderr }: Run): string => `exit code ${code}: ${stderr.trim().split('\n', 1)[0]}`;
const failure = (run: Run): string | undefined => (run.code === 0 ? undefined : firstLine(run));

/** Ours has to find what is wrong, too. */
function mistake(run: Run, { conflicts }: BenchServer): string | undefined {
  if (run.code !== 1) return firstLine(run);
  const missed = conflicts.filter((address) => !run.stdout.includes(address));
  return missed.length === 0 ? undefined : `did not find ${missed.join(', ')}`;
}

export const CONTESTANTS: readonly Contestant[] = [
  {
    name: KUBECTL,
    upTo: 50_000,
    command: () => [BINARIES.kubectl, 'get', 'pods', '-A', '-o', 'wide'],
    fault: failure,
  },
  {
    name: 'kubectl get pods -A -o json | jq',
    upTo: 10_000,
    ...(!has('jq') && { absent: 'there is no jq' }),
    command: () => ['sh', '-c', `${BINARIES.kubectl} get pods -A ${ONE_LINER}`],
    fault: failure,
  },
  { name: 'kubectl ipconflict scan -A', upTo: Infinity, command: () => [PROGRAM, 'scan', '-A'], fault: mistake },
  { name: 'kubectl ipconflict scan -A --full', upTo: Infinity, command: () => [PROGRAM, 'scan', '-A', '--full'], fault: mistake },
  {
    name: CURL,
    upTo: Infinity,
    ...(!has('curl') && { absent: 'there is no curl' }),
    // To a User-Agent of curl the server sends twice the bytes, made pretty.
    command: ({ curl }, url) => [
      ...(['curl', '-sSf', '--http1.1', '-A', 'bench', '-o', '/dev/null', '-H', 'Accept: application/vnd.kubernetes.protobuf'] as const),
      ...curl,
      `${url}/api/v1/pods`,
    ],
    fault: failure,
  },
];
