import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT, packageOf } from './bundle.ts';

const LICENSE = /^(licen[cs]e|copying|notice)([-.].*)?$/i;

/** Something that is shipped inside the program. */
export type Shipped = { readonly name: string; readonly version: string; readonly license: string; readonly text: string };

/** The licences of everything that is shipped: Node, where it is inside, and each package of the bundle. */
export function thirdPartyLicenses(metafile: Metafile, node?: { readonly version: string; readonly license?: string | undefined }): string {
  const parts = bundledPackages(metafile).map(({ name, version, text }) => ({ title: `${name} ${version}`, text }));
  return [...(node ? [{ title: `Node.js v${node.version}`, text: node.license ?? nodeLicense() }] : []), ...parts]
    .map(({ title, text }) => `${title}\n${'='.repeat(title.length)}\n\n${text.trim()}\n`)
    .join('\n\n');
}

/** Every package of which something is in the bundle, in the order of their names. */
export function bundledPackages({ inputs }: Metafile): Shipped[] {
  const folders = new Set<string>();
  for (const file of Object.keys(inputs)) {
    const name = packageOf(file);
    if (name !== undefined && !/^[a-z-]+:/.test(file))
      folders.add(file.slice(0, file.lastIndexOf(`node_modules/${name}/`)) + `node_modules/${name}`);
  }
  const order = (one: Shipped, other: Shipped): number => (`${one.name}@${one.version}` < `${other.name}@${other.version}` ? -1 : 1);
  // A package may lie at two places in one version.
  const packages = new Map(
    [...folders].map((folder) => describe(path.join(ROOT, folder))).map((found) => [`${found.name}@${found.version}`, found]),
  );
  return [...packages.values()].toSorted(order);
}

function describe(folder: string): Shipped {
  const { name, version, license, author } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
    author?: string | { name?: string };
  };
  const texts = readdirSync(folder)
    .filter((file) => LICENSE.test(file))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'));
  const by = typeof author === 'string' ? author : author?.name;
  if (texts.length === 0 && license === undefined) throw new Error(`${name} ${version} states no licence: it cannot be shipped`);
  const text = texts.join('\n\n') || `Licensed under ${license}${by ? ` by ${by}` : ''}.`;
  return { name, version, license: license ?? 'see THIRD_PARTY_LICENSES', text };
}

/** Stands beside the `bin` folder of every distribution of Node. */
function nodeLicense(): string {
  const file = path.resolve(path.dirname(process.execPath), '..', 'LICENSE');
  if (!existsSync(file)) throw new Error(`the licence of Node is not at ${file}`);
  return readFileSync(file, 'utf8');
}
