// Makes a checkout ready to use: installs the dependencies when they are missing or out of date, and, with the argument `build`, builds when
// a source is newer than the program. Runs on any Node from 20 on and needs no package, because it runs before there is one.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const windows = process.platform === 'win32';
const program = path.join(root, 'dist', windows ? 'kubectl-ipconflict.exe' : 'kubectl-ipconflict');

const say = (text) => process.stderr.write(`${text}\n`);
const fail = (text) => {
  say(text);
  process.exit(1);
};
const npm = (...words) =>
  spawnSync(windows ? 'npm.cmd' : 'npm', words, {
    cwd: root,
    shell: windows,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, npm_config_loglevel: 'error' },
  }).status === 0;
const modified = (file) => statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const packages = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;

/** Whether node_modules holds what the lock file asks for. A newer lock file with the same content does not count as a change. */
function installed() {
  const record = 'node_modules/.package-lock.json';
  if (modified(record) === 0) return false;
  if (modified(record) >= modified('package-lock.json')) return true;
  const have = packages(record);
  return Object.entries(packages('package-lock.json')).every(
    ([name, want]) => name === '' || (have[name] ? have[name].version === want.version : want.optional === true),
  );
}

/** The newest change below a file or folder; a folder's own time tells of removed files. */
function newest(file) {
  const own = modified(file);
  if (own === 0 || !statSync(path.join(root, file)).isDirectory()) return own;
  return Math.max(own, ...readdirSync(path.join(root, file)).map((name) => newest(path.join(file, name))));
}

if (!installed()) {
  say('Installing the dependencies (npm ci); this happens once and needs the package registry …');
  if (!npm('ci', '--ignore-scripts', '--prefer-offline')) {
    fail(`The dependencies could not be installed, see above. Is the package registry reachable from here?
The first run needs it; after that everything works offline.`);
  }
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (!existsSync(path.join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node')) && (major < 24 || (major === 24 && minor < 12))) {
  fail(`There is no packaged Node 24 for ${process.platform}-${process.arch}, and this is Node ${process.versions.node}.
Please install Node 24.12 or later and run this again.`);
}

if (process.argv[2] === 'build') {
  const sources = ['src', 'plugin', 'package.json', 'package-lock.json', 'tsconfig.json'];
  if (!existsSync(program) || sources.some((file) => newest(file) > statSync(program).mtimeMs)) {
    say('Building dist/kubectl-ipconflict …');
    if (!npm('run', 'build')) fail('The build failed, see above.');
  }
}
