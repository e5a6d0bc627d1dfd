import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const VERSION = 'v1.36.3';
const FOLDER = join(process.env['IPCONFLICT_KUBE_CACHE'] ?? join(homedir(), '.cache', 'ipconflict-kube'), VERSION);
const MODULE = join(import.meta.dirname, '..', 'apiserver');

/** Paths of etcd, kube-apiserver and kubectl; built from their Go modules once, which takes some minutes. */
export function binaries(): { readonly etcd: string; readonly apiserver: string; readonly kubectl: string } {
  const found = { etcd: join(FOLDER, 'server'), apiserver: join(FOLDER, 'kube-apiserver'), kubectl: join(FOLDER, 'kubectl') };
  if (!Object.values(found).every((file) => existsSync(file))) build();
  return found;
}

function build(): void {
  process.stderr.write(`Building etcd, kube-apiserver and kubectl ${VERSION} into ${FOLDER}: some minutes, once.\n`);
  mkdirSync(FOLDER, { recursive: true });
  const [major, minor] = VERSION.slice(1).split('.');
  const set = [
    `k8s.io/component-base/version.gitVersion=${VERSION}`,
    `k8s.io/component-base/version.gitMajor=${major}`,
    `k8s.io/component-base/version.gitMinor=${minor}`,
  ];
  const flags = ['-s', '-w', ...set.flatMap((value) => ['-X', value])].join(' ');
  const packages = ['go.etcd.io/etcd/server/v3', 'k8s.io/kubernetes/cmd/kube-apiserver', 'k8s.io/kubernetes/cmd/kubectl'];
  execFileSync('go', ['build', '-trimpath', '-ldflags', flags, '-o', `${FOLDER}/`, ...packages], {
    cwd: MODULE,
    stdio: 'inherit',
    env: { ...process.env, CGO_ENABLED: '0' },
  });
}
