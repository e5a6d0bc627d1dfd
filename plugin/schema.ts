import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';
import { ROOT } from './bundle.ts';

/** The documents that `-o json` writes, one schema each. */
const KINDS = ['ScanReport', 'DiagnosisReport', 'AddressReport'] as const;

const folder = path.join(ROOT, 'schema');
const check = process.argv.includes('--check');
let stale = 0;

for (const kind of KINDS) {
  const schema = createGenerator({
    path: path.join(ROOT, 'src/model/report.ts'),
    tsconfig: path.join(ROOT, 'plugin/schema.tsconfig.json'),
    type: kind,
    // The project is checked by its own compiler; the generator carries an older one.
    skipTypeCheck: true,
    // A reader of a later version meets fields that its schema does not know.
    additionalProperties: true,
    topRef: true,
    sortProps: true,
  }).createSchema(kind);
  const text = `${JSON.stringify({ ...schema, title: kind }, null, 2)}\n`;
  const file = path.join(folder, `${kind}.schema.json`);
  if (check) {
    if (text !== read(file)) {
      process.stderr.write(`schema/${kind}.schema.json is not what src/model/report.ts says: run \`npm run schema\` and commit it\n`);
      stale += 1;
    }
  } else {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  }
}
process.exitCode = stale === 0 ? 0 : 1;

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
