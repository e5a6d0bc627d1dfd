import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { archive, thisPlatform } from '../../plugin/archive.ts';
import { bundle } from '../../plugin/bundle.ts';
import { archiveName, krewManifest, programOf } from '../../plugin/krew-manifest.ts';
import { BINARIES, buildOnce } from '../cluster/harness/binaries.ts';
import { type Run, run } from '../cluster/harness/measure.ts';

/** Real krew and its validator, built from their Go modules, with an index and a download server of our own. Nothing leaves this machine. */
const KREW = 'v0.5.0';
const TOOLS = join(homedir(), '.cache', 'ipconflict-krew', KREW);
const VERSION = '0.1.0';
const PLATFORM = thisPlatform();

let folder: string;
let genuine: Buffer;
let served: Buffer;
let url: string;

test.before(async (t) => {
  t.timeout(10 * 60_000);
  await buildOnce(t);
  if (!existsSync(join(TOOLS, 'krew'))) {
    mkdirSync(TOOLS, { recursive: true });
    const packages = ['sigs.k8s.io/krew/cmd/krew', 'sigs.k8s.io/krew/cmd/validate-krew-manifest'];
    const env = { ...process.env, CGO_ENABLED: '0' };
    execFileSync('go', ['build', '-trimpath', '-o', `${TOOLS}/`, ...packages], {
      cwd: join(import.meta.dirname, 'krew'),
      env,
      stdio: ['ignore', 2, 2],
    });
  }
  folder = mkdtempSync(join(tmpdir(), 'ipconflict-krew-'));
  const metafile = await bundle(join(folder, 'main.cjs'));
  const program = join(import.meta.dirname, '..', '..', 'dist', programOf(PLATFORM));
  genuine = archive({ program, metafile, platform: PLATFORM }, 1);
  served = genuine;
  const server = http.createServer((_, response) => response.end(served)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
test.after.always(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const manifest = (content: Buffer): string =>
  krewManifest(VERSION, { [PLATFORM]: createHash('sha256').update(content).digest('hex') }, url);

let homes = 0;

type Krew = {
  readonly krew: (...words: string[]) => Promise<Run>;
  readonly kubectl: (...words: string[]) => Promise<Run>;
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
};

/** A krew of its own, with the real kubectl and an index of its own that holds the manifest. */
function freshKrew(content: string): Krew {
  const home = join(folder, `home-${++homes}`);
  const [root, tools, index] = [join(home, 'krew'), join(home, 'tools'), join(home, 'index')];
  for (const place of [root, tools, join(index, 'plugins')]) mkdirSync(place, { recursive: true });
  copyFileSync(BINARIES.kubectl, join(tools, 'kubectl'));
  symlinkSync(join(TOOLS, 'krew'), join(tools, 'kubectl-krew'));
  writeFileSync(join(index, 'plugins', 'ipconflict.yaml'), content);
  const git = (...words: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...words], { cwd: index, stdio: 'ignore' });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'index');
  const env = {
    KREW_ROOT: root,
    HOME: home,
    PATH: [join(root, 'bin'), tools, process.env['PATH']].join(delimiter),
    KREW_NO_UPGRADE_CHECK: '1',
    KUBECONFIG: '/nowhere',
  };
  return {
    root,
    env,
    krew: (...words) => run(join(tools, 'kubectl'), ['krew', ...words], env),
    kubectl: (...words) => run(join(tools, 'kubectl'), words, env),
  };
}

test('krew takes the manifest, installs from an index on disk, runs the plugin through its link, and removes it', async (t) => {
  const { krew, kubectl, root } = freshKrew(manifest(genuine));
  const index = join(root, '..', 'index');
  const added = await krew('index', 'add', 'local', index);
  t.is(added.code, 0, added.stderr);
  const found = await krew('search', 'ipconflict');
  t.regex(found.stdout, /local\/ipconflict +Find IP address conflicts/, found.stderr);
  const installed = await krew('install', '--no-update-index', 'local/ipconflict');
  t.is(installed.code, 0, installed.stderr);
  t.regex(installed.stderr, /completion kubectl/, 'the caveat is shown');
  const link = join(root, 'bin', 'kubectl-ipconflict');
  t.true(lstatSync(link).isSymbolicLink());
  const store = join(root, 'store', 'ipconflict', `v${VERSION}`);
  for (const name of ['LICENSE', 'THIRD_PARTY_LICENSES', 'kubectl_complete-ipconflict']) t.true(existsSync(join(store, name)), name);

  const help = await kubectl('ipconflict', '--help');
  t.is(help.code, 0, help.stderr);
  t.regex(help.stdout, /^kubectl ipconflict <command>/);
  const explained = await kubectl('ipconflict', 'explain', 'duplicate-pod-ip');
  t.regex(explained.stdout, /duplicate-pod-ip/);
  const script = await kubectl('ipconflict', 'completion', 'kubectl');
  writeFileSync(join(root, 'bin', 'kubectl_complete-ipconflict'), script.stdout, { mode: 0o755 });
  const completed = await kubectl('__complete', 'ipconflict', 'sc');
  t.is(completed.stdout, 'scan\n:4\n', completed.stderr);

  const removed = await krew('uninstall', 'ipconflict');
  t.is(removed.code, 0, removed.stderr);
  t.false(existsSync(link));
  t.false(existsSync(store));
});

test('krew refuses an archive that was tampered with', async (t) => {
  const bad = Buffer.from(genuine);
  bad[bad.length >> 1]! ^= 1;
  const { krew, root } = freshKrew(manifest(genuine));
  const file = join(folder, 'bad.tar.gz');
  writeFileSync(file, bad);
  const given = await krew('install', '--manifest', join(root, '..', 'index', 'plugins', 'ipconflict.yaml'), '--archive', file);
  t.not(given.code, 0);
  t.regex(given.stderr, /checksum does not match/);
  t.false(existsSync(join(root, 'bin', 'kubectl-ipconflict')));
});

test("krew's validator takes the manifest, and installs from it", async (t) => {
  const file = join(folder, 'ipconflict.yaml');
  writeFileSync(file, manifest(genuine));
  const { env } = freshKrew(manifest(genuine));
  const { code, stderr } = await run(join(TOOLS, 'validate-krew-manifest'), ['-manifest', file], env);
  t.is(code, 0, stderr);
  t.regex(stderr, /installed/);
});

test("krew's validator takes the manifest in the project", async (t) => {
  const file = join(folder, 'in-project', 'ipconflict.yaml');
  mkdirSync(join(folder, 'in-project'));
  writeFileSync(file, readFileSync(join(import.meta.dirname, '..', '..', 'krew-manifest.yaml')));
  const { code, stderr } = await run(join(TOOLS, 'validate-krew-manifest'), ['-manifest', file, '-skip-install'], { HOME: folder });
  t.is(code, 0, stderr);
});

test('the archive has the name that the manifest says', (t) => {
  t.true(manifest(genuine).includes(archiveName(VERSION, PLATFORM)));
});
