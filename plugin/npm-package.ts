import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT, packageVersion } from './bundle.ts';
import { thirdPartyLicenses } from './licenses.ts';

const COMPLETION = 'kubectl_complete-ipconflict';

/** Says in words what an old Node would say in a stack, and keeps compiled code where Node can. */
const LAUNCHER = `#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write('kubectl-ipconflict needs Node 22.15 or later, and this is ' + process.versions.node + '.\\nThe programs of its releases need no Node.\\n');
  process.exit(2);
}
require('node:module').enableCompileCache?.();
require('./main.cjs');
`;

/** Writes the folder that is published to npm: the same bundle, with nothing to install. */
export function writeNpmPackage(folder: string, main: string, metafile: Metafile): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { description, license } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Record<string, string>;
  const content = {
    name: 'kubectl-ipconflict',
    version: packageVersion(),
    description,
    license,
    keywords: ['kubernetes', 'kubectl', 'kubectl-plugin', 'ip', 'cni', 'network'],
    bin: { 'kubectl-ipconflict': 'cli.cjs', [COMPLETION]: COMPLETION },
    engines: { node: '>=22.15' },
    files: ['cli.cjs', 'main.cjs', COMPLETION, 'THIRD_PARTY_LICENSES'],
  };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
  writeFileSync(path.join(folder, 'cli.cjs'), LAUNCHER);
  chmodSync(path.join(folder, 'cli.cjs'), 0o755);
  copyFileSync(main, path.join(folder, 'main.cjs'));
  for (const name of ['LICENSE', 'README.md']) copyFileSync(path.join(ROOT, name), path.join(folder, name));
  copyFileSync(path.join(ROOT, 'plugin', COMPLETION), path.join(folder, COMPLETION));
  chmodSync(path.join(folder, COMPLETION), 0o755);
  writeFileSync(path.join(folder, 'THIRD_PARTY_LICENSES'), thirdPartyLicenses(metafile));
}
