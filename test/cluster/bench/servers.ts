import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonRecord } from '../../../src/model/json.ts';
import { bigCluster, eachObject } from '../../support/apiserver/generate.ts';
import { SERVICE_NETWORKS } from '../../support/apiserver/generated/layout.ts';
import { startApiserver, writeKubeconfig } from '../harness/apiserver.ts';
import { cpuOf } from '../harness/measure.ts';
import { type Stored, addressesOf, stored } from '../harness/objects.ts';
import { end, start } from '../harness/processes.ts';

export type BenchServer = {
  readonly kind: 'kube-apiserver' | 'generated';
  readonly url: string;
  /** How to come in by this URL: a kubeconfig, and curl's arguments. */
  readonly kubeconfig: (url: string) => string;
  readonly curl: readonly string[];
  /** Addresses that are held twice. */
  readonly conflicts: readonly string[];
  /** Processor seconds so far; undefined where they would mean nothing. */
  readonly cpu: () => number | undefined;
  readonly stop: () => Promise<void>;
};

/** More would take minutes to put into etcd, and ten gigabytes of memory to serve. */
const MOST_FOR_REAL = 50_000;
const PAIRS = 3;

/** A server with so many pods: a real one where that is feasible. */
export const serverWith = (pods: number, dual: boolean): Promise<BenchServer> =>
  pods <= MOST_FOR_REAL ? realServer(pods, dual) : generatedServer(pods, dual);

async function realServer(pods: number, dual: boolean): Promise<BenchServer> {
  const cluster = bigCluster({ pods, dual, pairs: PAIRS });
  const server = await startApiserver({
    objects: inEtcd(eachObject(cluster)),
    serviceRange: SERVICE_NETWORKS.slice(0, dual ? 2 : 1).join(','),
  });
  return {
    kind: 'kube-apiserver',
    url: server.url,
    kubeconfig: (url) => server.kubeconfig('admin', { server: url }),
    curl: ['--cacert', join(server.folder, 'apiserver.crt'), '-H', 'Authorization: Bearer admin'],
    conflicts: cluster.conflicts(),
    cpu: () => cpuOf(server.pid),
    stop: server.stop,
  };
}

function* inEtcd(objects: Iterable<JsonRecord>): Generator<Stored> {
  for (const object of objects) yield* stored(object['kind'] === 'Service' ? [object, ...addressesOf([object])] : [object]);
}

async function generatedServer(pods: number, dual: boolean): Promise<BenchServer> {
  const program = join(import.meta.dirname, '..', '..', 'support', 'apiserver', 'big-server.ts');
  const args = [program, `--pods=${pods}`, `--pairs=${PAIRS}`, ...(dual ? ['--dual'] : [])];
  const child = start(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  while (!said.includes('listening\n')) await Promise.race([once(child.stdout!, 'data'), failed(once(child, 'exit'))]);
  const [url = '', conflicts = ''] = said.split('\n');
  const folder = mkdtempSync(join(tmpdir(), 'ipconflict-bench-'));
  return {
    kind: 'generated',
    url,
    kubeconfig: (reached) => writeKubeconfig(folder, 'anybody', { server: reached }),
    curl: [],
    conflicts: JSON.parse(conflicts) as string[],
    cpu: () => undefined,
    stop: async () => {
      await end(child, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function failed(exit: Promise<unknown>): Promise<never> {
  await exit;
  throw new Error('the server with generated pods has ended');
}
