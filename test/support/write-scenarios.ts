// Writes test/scenarios from the scripts in test/support/scenarios: `node test/support/write-scenarios.ts [ID…]`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeScenario } from './build.ts';
import { SCENARIOS } from './scenarios/index.ts';

const root = join(import.meta.dirname, '..', 'scenarios');
const words = process.argv.slice(2);
if (words.length === 0) rmSync(root, { recursive: true, force: true });
for (const scenario of SCENARIOS)
  if (words.length === 0 || words.some((word) => scenario.id.startsWith(word))) writeScenario(root, scenario);
