import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { type Apiserver, startApiserver, writeKubeconfig } from '../cluster/harness/apiserver.ts';
import { BINARIES, buildOnce } from '../cluster/harness/binaries.ts';
import { run } from '../cluster/harness/measure.ts';
import { stored } from '../cluster/harness/objects.ts';
import { healthyCluster, pod } from '../cluster/harness/sample.ts';

const DIST = join(import.meta.dirname, '..', '..', 'dist');

let server: Apiserver;
let folder: string;

test.before(async (t) => {
  await buildOnce(t);
  server = await startApiserver({ objects: stored([...healthyCluster(), pod('default', 'lonely', { ip: '10.244.1.99' })]) });
  folder = mkdtempSync(join(tmpdir(), 'ipconflict-complete-'));
  copyFileSync(BINARIES.kubectl, join(folder, 'kubectl'));
  for (const name of ['kubectl-ipconflict', 'kubectl_complete-ipconflict']) symlinkSync(join(DIST, name), join(folder, name));
});
test.after.always(async () => {
  await server?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const path = (): string => [folder, process.env['PATH']].join(delimiter);

/** What kubectl offers for `kubectl ipconflict WORDS`. */
async function offered(kubeconfig: string, ...words: string[]): Promise<string[]> {
  const { stdout } = await run(join(folder, 'kubectl'), ['__complete', 'ipconflict', ...words], { KUBECONFIG: kubeconfig, PATH: path() });
  return stdout.trim().split('\n');
}

test('kubectl completes the plugin: commands, flags, ids', async (t) => {
  const kubeconfig = server.kubeconfig('admin');
  t.deepEqual(await offered(kubeconfig, 'sc'), ['scan', ':4']);
  t.true((await offered(kubeconfig, 'scan', '--fail')).includes('--fail-on'));
  t.deepEqual(await offered(kubeconfig, 'scan', '--fail-on', 'w'), ['warning', ':4']);
  t.deepEqual(await offered(kubeconfig, 'scan', '--fail-on=w'), ['--fail-on=warning', ':4']);
  t.true((await offered(kubeconfig, 'explain', 'duplicate-')).includes('duplicate-pod-ip'));
  t.deepEqual(await offered(kubeconfig, 'completion', 'z'), ['zsh', ':4']);
});

test('… pods, namespaces, nodes, Services, addresses, contexts, from the live cluster', async (t) => {
  const kubeconfig = server.kubeconfig('admin');
  t.deepEqual(await offered(kubeconfig, 'check', 'sh'), ['shop/', ':6']);
  t.deepEqual(await offered(kubeconfig, 'check', 'shop/ca'), ['shop/cart-1', 'shop/cart-2', ':4']);
  t.deepEqual(await offered(kubeconfig, 'check', 'lon'), ['lonely', ':4']);
  t.deepEqual(await offered(kubeconfig, 'check', '-n', 'shop', 'cart-'), ['cart-1', 'cart-2', ':4']);
  t.deepEqual(await offered(kubeconfig, 'check', 'node/'), ['node/node-1', 'node/node-2', 'node/node-3', ':4']);
  t.deepEqual(await offered(kubeconfig, 'check', 'service/shop/'), ['service/shop/cart', ':4']);
  t.deepEqual(await offered(kubeconfig, 'ip', '10.244.2'), ['10.244.2.10', ':4']);
  t.deepEqual(await offered(kubeconfig, 'check', 'ip/10.244.3'), ['ip/10.244.3.10', ':4']);
  t.deepEqual(await offered(kubeconfig, 'scan', '-n', 'bil'), ['billing', ':4']);
  t.deepEqual(await offered(kubeconfig, 'scan', '--context', 't'), ['test', ':4']);
  t.deepEqual(await offered('/nowhere', 'check', '--kubeconfig', kubeconfig, 'shop/cart-1'), ['shop/cart-1', ':4']);
});

test('… silent and quick where nothing answers', async (t) => {
  const silent = http.createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => (silent.closeAllConnections(), silent.close()));
  const { port } = silent.address() as { port: number };
  const plugin = join(folder, 'asks');
  writeFileSync(plugin, '#!/bin/sh\nsleep 20\n');
  chmodSync(plugin, 0o755);
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
  const configs = [
    server.kubeconfig('wrong'),
    server.kubeconfig('outsider'),
    writeKubeconfig(folder, 'x', { server: `http://127.0.0.1:${port}` }),
    writeKubeconfig(folder, 'x', { server: server.url }, { exec }),
    '/nowhere',
  ];
  for (const kubeconfig of configs) {
    const { code, stdout, stderr, seconds } = await run(join(DIST, 'kubectl_complete-ipconflict'), ['check', 'shop/'], {
      KUBECONFIG: kubeconfig,
    });
    t.deepEqual([code, stdout, stderr], [0, ':4\n', ''], kubeconfig);
    t.true(seconds < 3, `${seconds} s`);
  }
});

const has = (shell: string): boolean => {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

test('the bash script completes the program called by its own name', async (t) => {
  const script = `set -u; source <(kubectl-ipconflict completion bash)
    try() { COMP_LINE="$1"; COMP_POINT=\${#1}; COMPREPLY=(); _kubectl_ipconflict; printf '%s|' "\${COMPREPLY[@]}"; echo; }
    try 'kubectl-ipconflict check shop/ca'; try 'kubectl-ipconflict explain duplicate-no'; try 'kubectl-ipconflict check --output=js'; try 'kubectl-ipconflict completion '`;
  const { stdout, stderr } = await run('bash', ['-c', script], { KUBECONFIG: server.kubeconfig('admin'), PATH: path() });
  t.is(stdout, 'shop/cart-1|shop/cart-2|\nduplicate-node-identity|duplicate-node-ip|\njson|\nbash|zsh|fish|powershell|kubectl|\n', stderr);
});

(has('fish') ? test : test.skip)('the fish script does', async (t) => {
  const script = `kubectl-ipconflict completion fish | source; complete -C 'kubectl-ipconflict check shop/ca'; complete -C 'kubectl-ipconflict completion '`;
  const { stdout, stderr } = await run('fish', ['--no-config', '-c', script], { KUBECONFIG: server.kubeconfig('admin'), PATH: path() });
  t.is(stdout, 'shop/cart-1\nshop/cart-2\nbash\nfish\nkubectl\npowershell\nzsh\n', stderr);
});

(has('zsh') ? test : test.skip)('the zsh script does', async (t) => {
  const script = `compdef() { :; }; source <(kubectl-ipconflict completion zsh)
    compadd() { print -l -- "$@" }; words=(kubectl-ipconflict check shop/ca); CURRENT=3; _kubectl_ipconflict
    words=(kubectl-ipconflict completion ''); CURRENT=3; _kubectl_ipconflict`;
  const { stdout, stderr } = await run('zsh', ['-f', '-c', script], { KUBECONFIG: server.kubeconfig('admin'), PATH: path() });
  t.is(stdout, '--\nshop/cart-1\nshop/cart-2\n--\nbash\nzsh\nfish\npowershell\nkubectl\n', stderr);
});
