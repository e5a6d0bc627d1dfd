import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { archive, thisPlatform } from './archive.ts';
import { DIST, PROGRAM, buildProgram } from './build.ts';
import { ROOT, packageVersion } from './bundle.ts';
import { executable } from './executable.ts';
import { foreignNode } from './foreign-node.ts';
import { NO_SUM, PLATFORMS, type Platform, archiveName, krewManifest, programOf, sumsOf, versionOf } from './krew-manifest.ts';
import { writeNpmPackage } from './npm-package.ts';
import { sbom } from './sbom.ts';

// `npm run release`              builds this platform's archive, the npm package, the SBOM, checksums and the manifest into dist/release.
// `npm run release -- --all`     the archives of the other platforms too, as far as a Node for them is offered: without code cache, not signed.
// `npm run release -- --collect` builds nothing: checksums and manifest of the archives that are there.
// `npm run release -- --rehearsal` lets a version pass that CHANGELOG.md does not name yet.
// `npm run release -- --check`   compares only: manifest, package and changelog agree on the version.

const MANIFEST = path.join(ROOT, 'krew-manifest.yaml');
const RELEASE = path.join(DIST, 'release');
const version = packageVersion();

try {
  if (process.argv.includes('--check')) {
    const wrong = check();
    for (const line of wrong) process.stderr.write(`release: ${line}\n`);
    process.exitCode = wrong.length === 0 ? 0 : 1;
  } else {
    const wrong = changelogMissing();
    if (wrong !== undefined && !process.argv.includes('--rehearsal')) throw new Error(wrong);
    mkdirSync(RELEASE, { recursive: true });
    if (!process.argv.includes('--collect')) {
      const metafile = await buildProgram();
      write(thisPlatform(), archive({ program: path.join(DIST, PROGRAM), metafile, platform: thisPlatform() }));
      if (process.argv.includes('--all')) for (const platform of PLATFORMS) await buildForeign(platform, metafile);
      writeFileSync(path.join(RELEASE, 'sbom.cdx.json'), sbom(metafile));
      writeNpmPackage(path.join(RELEASE, 'npm'), path.join(DIST, 'main.cjs'), metafile);
      execFileSync('npm', ['pack', '--silent', '--pack-destination', RELEASE], {
        cwd: path.join(RELEASE, 'npm'),
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      process.stdout.write('npm package, SBOM\n');
    }
    const built = builtSums();
    const files = readdirSync(RELEASE).filter(
      (name) => /\.tar\.gz$|\.tgz$|\.json$/.test(name) && (name.includes(version) || name.startsWith('sbom')),
    );
    writeFileSync(
      path.join(RELEASE, 'sha256sums.txt'),
      files
        .toSorted()
        .map((name) => `${sumOf(path.join(RELEASE, name))}  ${name}\n`)
        .join(''),
    );
    // The index takes only what exists; the manifest in the project names every platform.
    writeFileSync(path.join(RELEASE, 'ipconflict.yaml'), krewManifest(version, built));
    writeFileSync(MANIFEST, krewManifest(version, { ...sumsBefore(), ...built }));
  }
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** Puts the bundle into the Node of another platform. */
async function buildForeign(platform: Platform, metafile: Metafile): Promise<void> {
  if (platform === thisPlatform()) return;
  const node = foreignNode(platform);
  if (node === undefined) {
    process.stdout.write(`${platform}: no Node is offered here; build it on its own system\n`);
    return;
  }
  const work = mkdtempSync(path.join(DIST, '.foreign-'));
  try {
    const program = path.join(work, programOf(platform));
    await executable(path.join(DIST, 'main.cjs'), program, path.join(work, 'sea'), node);
    write(platform, archive({ program, metafile, platform, node }));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function write(platform: Platform, content: Buffer): void {
  writeFileSync(path.join(RELEASE, archiveName(version, platform)), content);
  process.stdout.write(`${archiveName(version, platform)}  ${(content.length / 1e6).toFixed(1)} MB\n`);
}

function sumOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** The checksums of the archives of this version that are there. */
function builtSums(): Partial<Record<Platform, string>> {
  return Object.fromEntries(
    PLATFORMS.map((platform) => [platform, path.join(RELEASE, archiveName(version, platform))] as const)
      .filter(([, file]) => existsSync(file))
      .map(([platform, file]) => [platform, sumOf(file)]),
  );
}

/** What the manifest says of archives that were built elsewhere, if it is of this version. */
function sumsBefore(): Partial<Record<Platform, string>> {
  const before = existsSync(MANIFEST) ? readFileSync(MANIFEST, 'utf8') : '';
  const unknown = Object.fromEntries(PLATFORMS.map((platform) => [platform, NO_SUM]));
  return versionOf(before) === version ? { ...unknown, ...sumsOf(before) } : unknown;
}

function check(): string[] {
  const manifest = existsSync(MANIFEST) ? readFileSync(MANIFEST, 'utf8') : '';
  const wrong: string[] = [];
  if (versionOf(manifest) !== version) {
    wrong.push(`krew-manifest.yaml is of version ${versionOf(manifest) ?? 'none'}, package.json of ${version}: run \`npm run release\``);
  } else if (manifest !== krewManifest(version, sumsOf(manifest))) {
    wrong.push('krew-manifest.yaml was changed by hand: change plugin/krew-manifest.ts and run `npm run release`');
  }
  const missing = changelogMissing();
  if (missing !== undefined && !readFileSync(path.join(ROOT, 'CHANGELOG.md'), 'utf8').includes('## [Unreleased]')) wrong.push(missing);
  return wrong;
}

function changelogMissing(): string | undefined {
  const changelog = readFileSync(path.join(ROOT, 'CHANGELOG.md'), 'utf8');
  return changelog.includes(`## [${version}]`) ? undefined : `CHANGELOG.md says nothing of ${version}`;
}
