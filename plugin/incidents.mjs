// `npm run test:incidents`: judges the built program by the captured incidents beside this checkout, and holds the score that was reached.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const judge = path.resolve(root, '../shared/incidents/judge.mjs');
const program = path.join(root, 'dist', process.platform === 'win32' ? 'kubectl-ipconflict.exe' : 'kubectl-ipconflict');
const floorFile = path.join(root, 'test', 'incidents-floor.json');

if (existsSync(judge)) {
  const { right: floor } = JSON.parse(readFileSync(floorFile, 'utf8'));
  const { stdout, error } = spawnSync(process.execPath, [judge, '--bin', program, ...process.argv.slice(2)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 << 20,
  });
  process.stdout.write(stdout ?? '');
  const [, right, all] = /(\d+) of (\d+) incidents right/.exec(stdout ?? '') ?? [];
  if (error || right === undefined) {
    process.stderr.write(`The judge gave no score${error ? `: ${error.message}` : ''}.\n`);
    process.exitCode = 1;
  } else if (Number(right) < floor) {
    process.stderr.write(`${right} of ${all} is below the ${floor} that were reached before (test/incidents-floor.json).\n`);
    process.exitCode = 1;
  } else if (Number(right) > floor) {
    process.stdout.write(`${right} is more than the ${floor} in test/incidents-floor.json: raise it to hold what was reached.\n`);
  }
} else {
  process.stdout.write('Skipped: the incidents (../shared/incidents) are not beside this checkout.\n');
}
