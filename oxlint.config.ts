import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'oxlint';

type Room = {
  /** The rooms it may import from, besides itself. */
  readonly rooms: readonly string[];
  /** The packages it may import. */
  readonly packages?: readonly string[];
  /** A shell may use Node; the pure core may not. */
  readonly node?: true;
  /** May import the pipeline: the files that stand right in `src`, except main.ts. */
  readonly pipeline?: true;
};

/** What each room of `src` may import. CONTRIBUTING.md shows the same table. */
const ROOMS: Readonly<Record<string, Room>> = {
  ip: { rooms: [], packages: ['ip-num'] },
  model: { rooms: ['ip'] },
  facts: { rooms: ['model', 'ip'] },
  cni: { rooms: ['model', 'ip'] },
  derived: { rooms: ['model', 'ip'] },
  detections: { rooms: ['derived', 'model', 'ip'] },
  playbook: { rooms: ['derived', 'model', 'ip'] },
  diagnosis: { rooms: ['derived', 'model', 'ip'] },
  report: { rooms: ['diagnosis', 'playbook', 'detections', 'model', 'ip'], packages: ['js-yaml'] },
  cluster: { rooms: ['model', 'ip'], packages: ['@kubernetes/client-node', 'js-yaml'], node: true },
  redact: { rooms: ['model', 'ip'] },
  files: { rooms: ['redact', 'model', 'ip'], packages: ['js-yaml', 'tar-stream', 'yauzl'], node: true },
  ui: { rooms: ['report', 'diagnosis', 'playbook', 'model', 'ip'], packages: ['ink', 'react', 'yoga-layout'], node: true },
  cli: {
    rooms: ['ui', 'cluster', 'files', 'redact', 'report', 'diagnosis', 'playbook', 'detections', 'derived', 'cni', 'facts', 'model', 'ip'],
    node: true,
    pipeline: true,
  },
};

/** What the pipeline may import: the pure core. */
const PIPELINE: Room = { rooms: ['facts', 'cni', 'derived', 'detections', 'diagnosis', 'playbook', 'model', 'ip'], pipeline: true };

/** What every detection may use; anything else in the folder is another detection. */
const DETECTION_SHARED = ['detection.ts', 'common.ts'];

const names = (folder: string): string[] => readdirSync(new URL(folder, import.meta.url));
const rooms = readdirSync(new URL('src', import.meta.url), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const homeless = rooms.filter((room) => !(room.name in ROOMS));
if (homeless.length > 0) throw new Error(`oxlint.config.ts does not say what src/${homeless[0]?.name} may import`);

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { dependencies: Record<string, string> };
const PACKAGES = [...Object.keys(manifest.dependencies), 'yoga-layout'];
const PIPELINE_FILES = names('src').filter((name) => name.endsWith('.ts') && name !== 'main.ts');
const DETECTIONS = names('src/detections').filter((name) => ![...DETECTION_SHARED, 'index.ts'].includes(name));

const anyOf = (words: readonly string[]): string => `(${words.map((word) => word.replaceAll('.', '\\.')).join('|')})`;
const outside = (all: readonly string[], allowed: readonly string[] = []): string[] => all.filter((one) => !allowed.includes(one));

type Ban = { regex: string; message: string };

/** The imports that a room may not have; the linter knows no "only", so everything else is listed. */
function bans(name: string, room: Room): Ban[] {
  const foreign = outside(Object.keys(ROOMS), [...room.rooms, name]);
  const packages = outside(PACKAGES, room.packages);
  const files = room.pipeline ? ['main.ts'] : ['main.ts', ...PIPELINE_FILES];
  return [
    { regex: `^(\\./|(\\.\\./)+)${anyOf(foreign)}/`, message: `${name} may import ${room.rooms.join(', ') || 'no other room'}` },
    { regex: `^(\\.\\./)+${anyOf(files)}$`, message: `${name} does not know the pipeline that runs it` },
    { regex: `^${anyOf(packages)}(/|$)`, message: `${name} may import ${room.packages?.join(', ') ?? 'no package'}` },
    ...(room.node ? [] : [{ regex: '^node:', message: `${name} is pure: it reads no file, clock, network or environment` }]),
  ];
}

const restrict = (files: string[], patterns: Ban[], excludeFiles: string[] = []) => ({
  files,
  excludeFiles,
  rules: { 'no-restricted-imports': ['error', { patterns }] as ['error', { patterns: Ban[] }] },
});

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'react', 'promise', 'node'],
  categories: { correctness: 'error' },
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: ['node_modules', 'dist', 'schema', 'test/scenarios', 'test/snapshots'],
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/no-explicit-any': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/ban-ts-comment': 'error',
    'unicorn/prefer-node-protocol': 'error',
    'import/no-default-export': 'error',
    'import/no-cycle': 'error',
    'import/no-self-import': 'error',
    'react/rules-of-hooks': 'error',
    'no-restricted-properties': ['error', { object: 'test', property: 'only', message: 'the other tests would not run' }],
  },
  overrides: [
    { files: ['*.config.{ts,js}'], rules: { 'import/no-default-export': 'off' } },
    ...Object.entries(ROOMS).map(([name, room]) => restrict([`src/${name}/**`], bans(name, room))),
    restrict(['src/cli/yargs.ts'], bans('cli', { ...ROOMS['cli']!, packages: ['yargs'] })),
    ...(DETECTIONS.length === 0
      ? []
      : [
          restrict(
            ['src/detections/*.ts'],
            [
              ...bans('detections', ROOMS['detections']!),
              { regex: `^\\./${anyOf(DETECTIONS)}$`, message: 'a detection does not import another; share through common.ts' },
            ],
            ['src/detections/index.ts'],
          ),
        ]),
    restrict(['src/*.ts'], bans('the pipeline', PIPELINE), ['src/main.ts']),
    restrict(['src/main.ts'], bans('main', { rooms: ['cli'], node: true })),
  ],
});
