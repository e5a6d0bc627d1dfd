import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT, packageVersion } from './bundle.ts';
import { bundledPackages } from './licenses.ts';

/** What the program is made of, as CycloneDX 1.6: Node, and the packages that the bundle holds, with the checksums of package-lock.json. */
export function sbom(metafile: Metafile): string {
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; integrity?: string }>;
  };
  const integrity = (name: string, version: string): string | undefined =>
    Object.entries(lock.packages).find(([place, entry]) => place.endsWith(`node_modules/${name}`) && entry.version === version)?.[1]
      .integrity;
  const version = packageVersion();
  const self = reference('kubectl-ipconflict', version);
  const packages = bundledPackages(metafile).map((found) => {
    const [algorithm, sum] = (integrity(found.name, found.version) ?? '').split('-', 2);
    return {
      type: 'library',
      'bom-ref': reference(found.name, found.version),
      name: found.name,
      version: found.version,
      purl: reference(found.name, found.version),
      licenses: [/^[A-Za-z0-9.-]+$/.test(found.license) ? { license: { id: found.license } } : { expression: found.license }],
      ...(algorithm === 'sha512' && sum && { hashes: [{ alg: 'SHA-512', content: Buffer.from(sum, 'base64').toString('hex') }] }),
    };
  });
  const node = process.versions.node;
  const runtime = {
    type: 'platform',
    'bom-ref': `pkg:generic/node@${node}`,
    name: 'node',
    version: node,
    purl: `pkg:generic/node@${node}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${node}:*:*:*:lts:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
  };
  const components = [runtime, ...packages];
  return `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        component: {
          type: 'application',
          'bom-ref': self,
          name: 'kubectl-ipconflict',
          version,
          purl: self,
          licenses: [{ license: { id: 'Apache-2.0' } }],
        },
      },
      components,
      dependencies: [{ ref: self, dependsOn: components.map((component) => component['bom-ref']) }],
    },
    null,
    2,
  )}\n`;
}

const reference = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;
