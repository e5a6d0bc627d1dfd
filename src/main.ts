declare const __VERSION__: string | undefined;

/** Set by the build; running from sources is no release. */
const VERSION = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source';

const words = process.argv.slice(2);
if (words.length === 1 && words[0] === '--version') process.stdout.write(`kubectl-ipconflict ${VERSION}\n`);
else void main();

async function main(): Promise<void> {
  const { run } = await import('./cli/run.ts');
  process.exitCode = await run(words, VERSION);
}
