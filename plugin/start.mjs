// `npm start`: runs the built program with the words given, or, without any, on an incident that comes with the project.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';

const EXAMPLE = 'node-cidr-overlap/flannel-replacement';
const SUBJECT = 'shop/cart-7d9f8-x2k4p';

const root = path.resolve(import.meta.dirname, '..');
const program = path.join(root, 'dist', process.platform === 'win32' ? 'kubectl-ipconflict.exe' : 'kubectl-ipconflict');

let words = process.argv.slice(2);
if (words.length === 0) {
  words = ['check', '-f', path.join(root, 'test', 'scenarios', EXAMPLE, 'capture'), SUBJECT];
  process.stderr.write(`This is an incident that comes with the project; no cluster is needed or asked. Your own cluster:
  npm start -- scan -A          every address in the cluster
  npm start -- check NS/POD     one pod, step by step

`);
}

const child = spawn(program, words, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`${program} does not start: ${error.message}\n`);
  process.exitCode = 2;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
});
