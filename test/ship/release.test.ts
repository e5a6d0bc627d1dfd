import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { bundle, packageVersion } from '../../plugin/bundle.ts';
import { buildProgram } from '../../plugin/build.ts';
import { writeNpmPackage } from '../../plugin/npm-package.ts';
import { sbom } from '../../plugin/sbom.ts';
import { type Json, list, parseJson, text } from '../../src/model/json.ts';

let folder: string;
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipconflict-release-'));
});
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

test.serial('the same sources give the same program, byte for byte', async (t) => {
  t.timeout(180_000);
  const built: Buffer[] = [];
  for (const name of ['one', 'other']) {
    await buildProgram(undefined, join(folder, name));
    built.push(readFileSync(join(folder, name, 'kubectl-ipconflict')));
  }
  t.true(built[0]!.equals(built[1]!));
});

test.serial('the SBOM names Node and every bundled package, with licence and checksum', async (t) => {
  const metafile = await bundle(join(folder, 'main.cjs'));
  const bom: Json = parseJson(sbom(metafile));
  t.deepEqual([text(bom, 'bomFormat'), text(bom, 'specVersion')], ['CycloneDX', '1.6']);
  const components = list(bom, 'components');
  const names = components.map((component) => text(component, 'name'));
  for (const name of ['node', 'react', 'ink', 'yargs', 'js-yaml', '@kubernetes/client-node']) t.true(names.includes(name), name);
  for (const component of components) {
    t.true(list(component, 'licenses').length === 1);
    t.regex(text(component, 'purl') ?? '', /^pkg:(?:npm|generic)\/(?:%40)?[^@]+@\d/);
    if (text(component, 'type') === 'library') t.regex(text(list(component, 'hashes')[0], 'content') ?? '', /^[0-9a-f]{128}$/);
  }
  t.is(new Set(components.map((component) => text(component, 'bom-ref'))).size, components.length);
});

test.serial('the npm package installs offline, runs, and tells an old Node what it needs', async (t) => {
  const [place, prefix] = [join(folder, 'npm'), join(folder, 'prefix')];
  const metafile = await bundle(join(folder, 'main.cjs'));
  writeNpmPackage(place, join(folder, 'main.cjs'), metafile);
  const env = { ...process.env, npm_config_cache: join(folder, 'cache') };
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: place, env, stdio: 'ignore' });
  const packed = join(folder, `kubectl-ipconflict-${packageVersion()}.tgz`);
  execFileSync('npm', ['install', '-g', '--offline', '--no-audit', '--no-fund', '--prefix', prefix, packed], { env, stdio: 'ignore' });
  const program = join(prefix, 'bin', 'kubectl-ipconflict');
  t.is(execFileSync(process.execPath, [program, '--version'], { encoding: 'utf8' }), `kubectl-ipconflict ${packageVersion()}\n`);
  const old = `Object.defineProperty(process.versions, 'node', { value: '20.1.0' }); require(${JSON.stringify(join(place, 'cli.cjs'))})`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', old], { encoding: 'utf8' });
  t.is(status, 2);
  t.regex(stderr, /needs Node 22\.15 or later, and this is 20\.1\.0/);
});
