// Writes test/scenarios from the scripts in test/support/scenarios: `node test/support/write-scenarios.ts [ID…]`; `--to FOLDER` writes elsewhere.
import { join } from 'node:path';
import { writeScenario } from './build.ts';
import { SCENARIOS } from './scenarios/index.ts';

const words = process.argv.slice(2);
const to = words.indexOf('--to');
const root = to < 0 ? join(import.meta.dirname, '..', 'scenarios') : words.splice(to, 2)[1]!;
for (const scenario of SCENARIOS) if (words.length === 0 || words.some((word) => scenario.id.startsWith(word))) writeScenario(root, scenario);
