import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT, packageOf } from './bundle.ts';

const LICENSE = /^(licen[cs]e|copying|notice)([-.].*)?$/i;

/** The licences of everything that is shipped inside the program: Node, and each package of the bundle. */
export function thirdPartyLicenses({ inputs }: Metafile): string {
  const folders = new Set<string>();
  for (const file of Object.keys(inputs)) {
    const name = packageOf(file);
    if (name !== undefined && !/^[a-z-]+:/.test(file))
      folders.add(file.slice(0, file.lastIndexOf(`node_modules/${name}/`)) + `node_modules/${name}`);
  }
  const packages = [...folders].map((folder) => describe(path.join(ROOT, folder))).sort((one, other) => (one.title < other.title ? -1 : 1));
  return [{ title: `Node.js ${process.version}`, text: nodeLicense() }, ...packages]
    .map(({ title, text }) => `${title}\n${'='.repeat(title.length)}\n\n${text.trim()}\n`)
    .join('\n\n');
}

function describe(folder: string): { title: string; text: string } {
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
  return { title: `${name} ${version}`, text: texts.join('\n\n') || `Licensed under ${license}${by ? ` by ${by}` : ''}.` };
}

/** Stands beside the `bin` folder of every distribution of Node. */
function nodeLicense(): string {
  const file = path.resolve(path.dirname(process.execPath), '..', 'LICENSE');
  if (!existsSync(file)) throw new Error(`the licence of Node is not at ${file}`);
  return readFileSync(file, 'utf8');
}
