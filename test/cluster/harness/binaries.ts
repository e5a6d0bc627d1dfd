import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { start } from './processes.ts';

const VERSION = 'v1.36.3';
const FOLDER = join(process.env['IPCONFLICT_KUBE_CACHE'] ?? join(homedir(), '.cache', 'ipconflict-kube'), VERSION);
const MODULE = join(import.meta.dirname, '..', 'apiserver');

/** Paths of etcd, kube-apiserver and kubectl. */
export const BINARIES = { etcd: join(FOLDER, 'server'), apiserver: join(FOLDER, 'kube-apiserver'), kubectl: join(FOLDER, 'kubectl') };

/** Builds them from their Go modules where the cache lacks them, which takes some minutes, once. For a `before` hook. */
export async function buildOnce(t: { readonly timeout: (milliseconds: number) => void }): Promise<void> {
  if (Object.values(BINARIES).every((file) => existsSync(file))) return;
  t.timeout(30 * 60_000);
  process.stderr.write(`Building etcd, kube-apiserver and kubectl ${VERSION} into ${FOLDER}: some minutes, once.\n`);
  mkdirSync(FOLDER, { recursive: true });
  const [major, minor] = VERSION.slice(1).split('.');
  const set = { gitVersion: VERSION, gitMajor: major, gitMinor: minor };
  const flags = ['-s -w', ...Object.entries(set).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)].join(' ');
  const packages = ['go.etcd.io/etcd/server/v3', 'k8s.io/kubernetes/cmd/kube-apiserver', 'k8s.io/kubernetes/cmd/kubectl'];
  const args = ['build', '-trimpath', '-ldflags', flags, '-o', `${FOLDER}/`, ...packages];
  const go = start('go', args, { cwd: MODULE, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, CGO_ENABLED: '0' } });
  const [code] = (await once(go, 'close')) as [number | null];
  if (code !== 0) throw new Error(`go build ended with ${code}`);
}
