import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';

/** However the built program is started, it tells what it always tells: exit code 1, and the conflict in its words. */
const PROGRAM = resolve('dist/kubectl-ipconflict');
const CAPTURE = resolve('test/scenarios/duplicate-pod-ip/finished-third/capture');
const WORDS = ['scan', '-A', '-f', CAPTURE];

let folder: string;
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipconflict-robust-'));
});
test.after.always(() => {
  chmodSync(join(folder, 'read-only'), 0o755);
  rmSync(folder, { recursive: true, force: true });
});

type Outcome = { readonly status: number | null; readonly stdout: string; readonly stderr: string };
type Setting = { readonly env?: NodeJS.ProcessEnv; readonly program?: string; readonly words?: readonly string[] };

/** Starts it by a shell that does something first. */
function started(before: string, { env = process.env, program = PROGRAM, words = WORDS }: Setting = {}): Outcome {
  return spawnSync('/bin/sh', ['-c', `${before} exec "$0" "$@"`, program, ...words], {
    encoding: 'utf8',
    env,
    cwd: folder,
    timeout: 50_000,
  });
}

const linked = (): string => {
  const [one, two] = [join(folder, 'kubectl-ipconflict'), join(folder, 'kubectl-ip_conflict')];
  symlinkSync(PROGRAM, one);
  symlinkSync('kubectl-ipconflict', two);
  return two;
};
const readOnly = (): NodeJS.ProcessEnv => {
  mkdirSync(join(folder, 'read-only'), { mode: 0o555 });
  return { ...process.env, HOME: join(folder, 'read-only') };
};
const without = (...names: string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.includes(name)));

const CASES: Readonly<Record<string, () => Outcome>> = {
  'through two symlinks': () => started('', { program: linked() }),
  'without HOME': () => started('', { env: without('HOME') }),
  'with a HOME that is not there': () => started('', { env: { ...process.env, HOME: '/nowhere' } }),
  'with a read-only HOME': () => started('', { env: readOnly() }),
  'without any environment': () => started('', { env: {} }),
  'from a folder that was removed': () => started('mkdir gone; cd gone; rmdir ../gone;'),
  'with stdin closed': () => started('exec <&-;'),
  'with stderr closed': () => started('exec 2>&-;'),
  'with 24 open files allowed': () => started('ulimit -n 24;'),
  'with a stack of 256 KiB': () => started('ulimit -s 256;'),
  'with a TMPDIR that is not there': () => started('', { env: { ...process.env, TMPDIR: '/nowhere' } }),
  'with languages and time zones that do not exist': () =>
    started('', { env: { ...process.env, LC_ALL: 'xx_YY.nonsense', TZ: 'Mars/Phobos' } }),
  'with a NODE_OPTIONS that would break Node': () => started('', { env: { ...process.env, NODE_OPTIONS: '--require /nowhere.js' } }),
};
for (const [name, start] of Object.entries(CASES)) {
  test(`it works ${name}`, (t) => {
    const { status, stdout, stderr } = start();
    t.is(status, 1, stderr);
    t.is(stderr, '');
    t.regex(stdout, /duplicate-pod-ip/);
  });
}

test('with stdout closed, or a reader that goes away, the exit code is still the answer', (t) => {
  t.is(started('exec >&-;').status, 1);
  const { stdout, stderr } = spawnSync('/bin/bash', ['-c', `"$0" explain | head -1; echo "\${PIPESTATUS[0]}"`, PROGRAM], {
    encoding: 'utf8',
  });
  t.regex(stdout, /\n0\n$/, stderr);
});

test('a full disk is exit code 2 and a line, not "found"', (t) => {
  if (process.platform !== 'linux') return t.pass();
  const { status, stderr } = started('exec >/dev/full;');
  t.is(status, 2);
  t.regex(stderr, /^Standard output cannot be written: .*ENOSPC/);
});

const mounts = (script: string): boolean => {
  try {
    execFileSync('unshare', ['-rm', 'sh', '-c', script], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
// The checkout itself may lie in /tmp: its contents stay, and only writing ends.
const READ_ONLY_TMP = 'mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp';
(mounts(READ_ONLY_TMP) ? test : test.skip)('it works with a read-only /tmp and without /proc', (t) => {
  for (const mount of [READ_ONLY_TMP, 'mount -t tmpfs -o ro none /proc']) {
    const script = `${mount} && exec "$0" "$@"`;
    const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script, PROGRAM, ...WORDS], { encoding: 'utf8' });
    t.deepEqual([status, stderr], [1, ''], mount);
  }
});

test('without a kubeconfig: what was looked for, in three lines', (t) => {
  for (const env of [{}, { HOME: '/nowhere' }]) {
    const { status, stderr } = started('mkdir gone-too; cd gone-too; rmdir ../gone-too;', { env, words: ['scan'] });
    t.is(status, 2);
    t.regex(stderr, /^There is no kubeconfig\.\nLooked for .*\n.*\n$/);
  }
});
