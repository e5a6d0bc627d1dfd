import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

/** The folder of package.json. */
export const ROOT = path.resolve(import.meta.dirname, '..');

/** More than this, and something heavy came along unnoticed: look at what the bundle holds before raising it. */
const BUDGET_BYTES = 1_500_000;

/** What must never be bundled: the program talks through node:https, and reads plain JSON. */
const UNWANTED = /node_modules\/undici\/|client-node\/dist\/gen\/models/;

/** The version in package.json, the only place that states it. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** Changes the text of a module. An upgrade that moves the text fails the build instead of silently undoing the change. */
function edit(name: string, filter: RegExp, change: (source: string) => string): Plugin {
  return {
    name,
    setup(build) {
      build.onLoad({ filter }, ({ path: file }) => {
        const before = readFileSync(file, 'utf8');
        const contents = change(before);
        if (contents === before) throw new Error(`${name}: the text to change is no longer in ${file}`);
        return { contents, loader: 'js' };
      });
    },
  };
}

/** Puts other code in the place of a module, for the importers that match. The code itself may import the original. */
function replace(name: string, filter: RegExp, importer: RegExp, code: string): Plugin {
  return {
    name,
    setup(build) {
      build.onResolve({ filter }, (found) =>
        importer.test(found.importer) && found.namespace !== name
          ? { path: found.path, namespace: name, pluginData: found.resolveDir }
          : undefined,
      );
      build.onLoad({ filter: /./, namespace: name }, (found) => ({ contents: code, resolveDir: String(found.pluginData) }));
    },
  };
}

/** Modules that few runs need are loaded when a function of theirs is first called. */
function later(module: string, importer: RegExp, names: readonly string[]): Plugin {
  const functions = names.map((name) => `export const ${name} = (...given) => require('${module}').${name}(...given);`);
  return replace(
    `later-${module}`,
    new RegExp(`^${module}$`),
    importer,
    `${functions.join('\n')}\nexport default { ${names.join(', ')} };`,
  );
}

const yogaEnums = JSON.stringify(path.join(ROOT, 'node_modules/yoga-layout/dist/src/generated/YGEnums.js'));

/** Signs that are one column wide and stand alone, whatever their neighbours: ASCII, box drawing, and the marks of the UI. For a character class. */
const PLAIN =
  '\\x20-\\x7e\\u00b7\\u00d7\\u2013\\u2014\\u2018\\u2019\\u201c\\u201d\\u2026\\u2190-\\u2193\\u2500-\\u259f\\u25b8\\u25c2\\u2713\\u2800-\\u28ff';

/**
 * The first Intl.Segmenter of a process costs 17 ms, and Ink makes four before its first frame. Plain text needs none:
 * each of its signs is a grapheme of its own. The real one is made for the first text that holds more.
 */
const SEGMENTER = `class __Segmenter {
  constructor(...options) { this.options = options; }
  segment(text) {
    if (!/^[\\x1b\\n${PLAIN}]*$/.test(text)) return (this.real ??= new globalThis.Intl.Segmenter(...this.options)).segment(text);
    const segments = Array.from(text, (segment, index) => ({ segment, index, input: text }));
    segments.containing = (index) => segments[index];
    return segments;
  }
}`;

const plugins: readonly Plugin[] = [
  // Ink's developer tools are behind a top-level await, which a CommonJS bundle cannot hold.
  edit('ink-devtools', /ink[\\/]build[\\/]reconciler\.js$/, (source) =>
    source
      .replaceAll("process.env['DEV'] === 'true'", 'false')
      .replace("await import('./devtools.js')", '0')
      .replace('await loadPackageJson()', '{}'),
  ),
  // Yoga awaits its WebAssembly at the top level; here `prepareYoga` awaits it, before the UI is imported.
  replace(
    'yoga',
    /^yoga-layout$/,
    /./,
    `import { loadYoga } from 'yoga-layout/load';
     let Yoga;
     export { Yoga as default };
     export * from ${yogaEnums};
     export const prepareYoga = async () => { Yoga ??= await loadYoga(); };`,
  ),
  replace('yoga-prepare', /\/yoga\.ts$/, /./, `export { prepareYoga } from 'yoga-layout';`),
  // Without fetch, Yoga decodes its data: URL itself, and Node need not load its own fetch for that (20 ms).
  edit('yoga-fetch', /yoga-wasm-base64-esm\.js$/, (source) => `const fetch = undefined;\n${source}`),
  // The real one would take an Intl.Segmenter apart, see SEGMENTER; styles count nothing.
  replace(
    'string-width',
    /^string-width$/,
    /./,
    `let real;
     const plain = /^[${PLAIN}]*$/;
     const styles = /\\x1b\\[[\\d;]*m/g;
     export default (text, options) => {
       const bare = options === undefined && text.includes('\\x1b') ? text.replace(styles, '') : text;
       return plain.test(bare) ? bare.length : (real ??= require('string-width').default)(text, options);
     };`,
  ),
  // KubeConfig needs two of the client's thousand generated modules.
  replace(
    'client-models',
    /^\.\/gen\/index\.js$/,
    /client-node[\\/]dist[\\/]config\.js$/,
    `export { createConfiguration } from './gen/configuration.js';
     export { ServerConfiguration } from './gen/servers.js';`,
  ),
  // After a command yargs writes its help for a failure that it might still have to show; ours show none.
  edit('yargs-help', /yargs[\\/]build[\\/]lib[\\/]command\.js$/, (source) =>
    source.replace('.getUsageInstance().cacheHelpMessage();', '.getUsageInstance();'),
  ),
  // Only rare spellings of IPv6 need the library (25 ms to load).
  replace(
    'ip-num',
    /^ip-num$/,
    /src[\\/]ip[\\/]address\.ts$/,
    `export function IPv6(text) { return new (require('ip-num').IPv6)(text); }
     IPv6.fromBigInt = (value) => require('ip-num').IPv6.fromBigInt(value);
     export function collapseIPv6Number(text) { return require('ip-num').collapseIPv6Number(text); }`,
  ),
  // Loaded where they are used: few go through SOCKS, and the two old providers are gone from kubectl itself.
  replace(
    'socks-agent',
    /^socks-proxy-agent$/,
    /client-node[\\/]dist[\\/]config\.js$/,
    `export function SocksProxyAgent(...given) { return new (require('socks-proxy-agent').SocksProxyAgent)(...given); }`,
  ),
  replace(
    'socks',
    /^socks$/,
    /client-node[\\/]dist[\\/]config\.js$/,
    `export const SocksClient = { createConnection: (...given) => require('socks').SocksClient.createConnection(...given) };`,
  ),
  later('node:zlib', /src[\\/]cluster[\\/]request\.ts$/, ['createGunzip']),
  later('node:child_process', /src[\\/]cluster[\\/]exec-credential\.ts$|client-node[\\/]dist[\\/]\w+\.js$/, [
    'spawn',
    'spawnSync',
    'execSync',
  ]),
  ...[
    ['Azure', 'azure'],
    ['GoogleCloudPlatform', 'gcp'],
  ].map(([name, provider]) =>
    replace(
      `${provider}-auth`,
      new RegExp(`^\\./${provider}_auth\\.js$`),
      /client-node[\\/]dist[\\/]config\.js$/,
      `export class ${name}Auth {
         isAuthProvider(user) { return user?.authProvider?.name === '${provider}'; }
         applyAuthentication(...given) { return (this.real ??= new (require('./${provider}_auth.js').${name}Auth)()).applyAuthentication(...given); }
       }`,
    ),
  ),
  replace(
    'undici',
    /^undici$/,
    /./,
    `const no = () => { throw new Error('undici is not part of this build'); };
     export { no as Agent, no as ProxyAgent, no as fetch };`,
  ),
];

/** Bundles the program into one CommonJS file, and tells what went in. */
export async function bundle(outfile: string, entry = path.join(ROOT, 'src/main.ts')): Promise<Metafile> {
  const { metafile, errors } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minify: true,
    metafile: true,
    legalComments: 'none',
    charset: 'ascii',
    // The executable offers `require` only.
    supported: { 'dynamic-import': false },
    jsx: 'automatic',
    logLevel: 'warning',
    plugins: [...plugins],
    define: {
      __VERSION__: JSON.stringify(packageVersion()),
      'process.env.NODE_ENV': '"production"',
      'Intl.Segmenter': '__Segmenter',
      'import.meta.url': '__url',
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
    },
    banner: { js: `const __url=require("node:url").pathToFileURL(__filename).href;${SEGMENTER}` },
  });
  if (errors.length > 0) throw new Error('esbuild could not bundle the program');

  const unwanted = Object.keys(metafile.inputs).filter((file) => UNWANTED.test(file));
  if (unwanted.length > 0) throw new Error(`the bundle holds what it must not: ${unwanted.slice(0, 3).join(', ')}`);
  const holds = (start: string): boolean => Object.keys(metafile.inputs).some((file) => file.startsWith(start));
  if (holds('yoga:') && !holds('yoga-prepare:')) {
    throw new Error('the bundle holds Yoga, but nothing imports prepareYoga from src/ui/yoga.ts: the UI would fail at its first layout');
  }
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  if (bytes > BUDGET_BYTES)
    throw new Error(`the bundle has ${bytes} bytes, more than its budget of ${BUDGET_BYTES}: ${heaviest(metafile)}`);
  return metafile;
}

/** The packages that take most room, for the message when there is too little. */
function heaviest({ outputs }: Metafile): string {
  const sizes = new Map<string, number>();
  for (const output of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
      const name = packageOf(file) ?? 'src';
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
    }
  }
  const largest = [...sizes].sort(([, one], [, other]) => other - one).slice(0, 5);
  return largest.map(([name, size]) => `${name} ${Math.round(size / 1000)} kB`).join(', ');
}

/** The package that a bundled file belongs to; none for our own. */
export function packageOf(file: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}
