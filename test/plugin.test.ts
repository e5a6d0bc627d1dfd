import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { load } from 'js-yaml';
import { NO_SUM, PLATFORMS, krewManifest, sumsOf, versionOf } from '../plugin/krew-manifest.ts';
import { tarGz } from '../plugin/tar.ts';

type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: {
    version: string;
    homepage: string;
    shortDescription: string;
    description: string;
    platforms: { selector: { matchLabels: Record<string, string> }; uri: string; sha256: string; bin: string }[];
  };
};

const manifestFile = readFileSync('krew-manifest.yaml', 'utf8');

function folder(): string {
  return mkdtempSync(path.join(tmpdir(), 'ipconflict-'));
}

test('the krew manifest keeps the rules of krew', (t) => {
  const { apiVersion, kind, metadata, spec } = load(manifestFile) as Manifest;
  t.is(apiVersion, 'krew.googlecontainertools.github.com/v1alpha2');
  t.is(kind, 'Plugin');
  t.is(metadata.name, 'ipconflict');
  t.regex(spec.version, /^v\d+\.\d+\.\d+(-[\w.]+)?$/);
  t.true(spec.shortDescription.length <= 50 && !spec.shortDescription.includes('\n'));
  const seen = new Set<string>();
  for (const { selector, uri, sha256, bin } of spec.platforms) {
    t.deepEqual(Object.keys(selector.matchLabels), ['os', 'arch']);
    seen.add(`${selector.matchLabels['os']}-${selector.matchLabels['arch']}`);
    t.true(URL.canParse(uri) && uri.includes(`/${spec.version}/`));
    t.regex(sha256, /^[0-9a-f]{64}$/);
    t.is(bin, selector.matchLabels['os'] === 'windows' ? 'kubectl-ipconflict.exe' : 'kubectl-ipconflict');
  }
  t.deepEqual([...seen], [...PLATFORMS]);
});

test('a manifest gives back the version and the checksums it was made from', (t) => {
  const sums = { 'linux-amd64': 'a'.repeat(64), 'windows-amd64': NO_SUM };
  const manifest = krewManifest('1.2.3-rc.1', sums);
  t.is(versionOf(manifest), '1.2.3-rc.1');
  t.deepEqual(sumsOf(manifest), sums);
});

test('an archive is the same each time, and tar unpacks it', (t) => {
  const files = [
    { name: 'LICENSE', content: Buffer.from('free\n') },
    { name: 'program', content: Buffer.alloc(1025, 'x'), executable: true },
  ] as const;
  t.deepEqual(tarGz(files), tarGz(files));
  const where = folder();
  try {
    writeFileSync(path.join(where, 'a.tar.gz'), tarGz(files));
    const list = execFileSync('tar', ['-tvzf', path.join(where, 'a.tar.gz')], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });
    t.regex(list, /^-rw-r--r-- .* 5 1970-01-01 .* LICENSE\n-rwxr-xr-x .* 1025 1970-01-01 .* program\n$/s);
  } finally {
    rmSync(where, { recursive: true });
  }
});

test('completion hands its words to the program beside it', (t) => {
  const where = folder();
  try {
    copyFileSync('plugin/kubectl_complete-ipconflict', path.join(where, 'kubectl_complete-ipconflict'));
    writeFileSync(path.join(where, 'kubectl-ipconflict'), '#!/bin/sh\nfor word; do echo "<$word>"; done\n');
    chmodSync(path.join(where, 'kubectl-ipconflict'), 0o755);
    const said = execFileSync(path.join(where, 'kubectl_complete-ipconflict'), ['check', 'a b', ''], { encoding: 'utf8' });
    t.is(said, '<__complete>\n<check>\n<a b>\n<>\n');
  } finally {
    rmSync(where, { recursive: true });
  }
});

test('the built program states the version of the package, and needs no Node', (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const program = path.resolve('dist', process.platform === 'win32' ? 'kubectl-ipconflict.exe' : 'kubectl-ipconflict');
  const said = execFileSync(program, ['--version'], {
    encoding: 'utf8',
    cwd: tmpdir(),
    env: { NODE_OPTIONS: '--no-such-option', PATH: '' },
  });
  t.true(said.includes(version), said);
});

test('the program prints the completion file that is shipped', (t) => {
  const program = path.resolve('dist', process.platform === 'win32' ? 'kubectl-ipconflict.exe' : 'kubectl-ipconflict');
  t.is(execFileSync(program, ['completion', 'kubectl'], { encoding: 'utf8' }), readFileSync('plugin/kubectl_complete-ipconflict', 'utf8'));
});
