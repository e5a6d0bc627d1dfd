import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { COMPLETION, DIST, PROGRAM, buildProgram } from './build.ts';
import { ROOT, packageVersion } from './bundle.ts';
import { NO_SUM, PLATFORMS, type Platform, archiveName, krewManifest, sumsOf, versionOf } from './krew-manifest.ts';
import { thirdPartyLicenses } from './licenses.ts';
import { tarGz } from './tar.ts';

// `npm run release`           builds this platform's archive into dist/release and writes the manifest for all archives found there.
// `npm run release -- --check` compares only: manifest, package and changelog agree on the version.

const MANIFEST = path.join(ROOT, 'krew-manifest.yaml');
const RELEASE = path.join(DIST, 'release');
const version = packageVersion();

if (process.argv.includes('--check')) {
  const wrong = check();
  for (const line of wrong) process.stderr.write(`release: ${line}\n`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} else {
  mkdirSync(RELEASE, { recursive: true });
  const platform = thisPlatform();
  const metafile = await buildProgram();
  const archive = tarGz([
    { name: 'LICENSE', content: readFileSync(path.join(ROOT, 'LICENSE')) },
    { name: 'THIRD_PARTY_LICENSES', content: Buffer.from(thirdPartyLicenses(metafile)) },
    { name: PROGRAM, content: readFileSync(path.join(DIST, PROGRAM)), executable: true },
    { name: COMPLETION, content: readFileSync(path.join(DIST, COMPLETION)), executable: true },
  ]);
  writeFileSync(path.join(RELEASE, archiveName(version, platform)), archive);

  const built = builtSums();
  writeFileSync(
    path.join(RELEASE, 'sha256sums.txt'),
    PLATFORMS.flatMap((name) => (built[name] ? [`${built[name]}  ${archiveName(version, name)}\n`] : [])).join(''),
  );
  // The index takes only what exists; the manifest in the project names every platform.
  writeFileSync(path.join(RELEASE, 'ipconflict.yaml'), krewManifest(version, built));
  writeFileSync(MANIFEST, krewManifest(version, { ...sumsBefore(), ...built }));
  process.stdout.write(`${path.relative(ROOT, RELEASE)}/${archiveName(version, platform)}  ${(archive.length / 1e6).toFixed(1)} MB\n`);
}

function thisPlatform(): Platform {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `${os}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const platform = PLATFORMS.find((known) => known === name);
  if (platform === undefined) throw new Error(`nothing is released for ${name}`);
  return platform;
}

/** The checksums of the archives of this version that are there. */
function builtSums(): Partial<Record<Platform, string>> {
  return Object.fromEntries(
    PLATFORMS.map((platform) => [platform, path.join(RELEASE, archiveName(version, platform))] as const)
      .filter(([, file]) => existsSync(file))
      .map(([platform, file]) => [platform, createHash('sha256').update(readFileSync(file)).digest('hex')]),
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
  const changelog = readFileSync(path.join(ROOT, 'CHANGELOG.md'), 'utf8');
  const wrong: string[] = [];
  if (versionOf(manifest) !== version) {
    wrong.push(`krew-manifest.yaml is of version ${versionOf(manifest) ?? 'none'}, package.json of ${version}: run \`npm run release\``);
  } else if (manifest !== krewManifest(version, sumsOf(manifest))) {
    wrong.push('krew-manifest.yaml was changed by hand: change plugin/krew-manifest.ts and run `npm run release`');
  }
  if (!changelog.includes(`## [${version}]`) && !changelog.includes('## [Unreleased]'))
    wrong.push(`CHANGELOG.md says nothing of ${version}`);
  return wrong;
}
