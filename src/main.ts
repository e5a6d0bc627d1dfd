declare const __VERSION__: string | undefined;

/** Set by the build; running from sources is no release. */
const VERSION = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source';

const words = process.argv.slice(2);
if (words.length === 1 && words[0] === '--version') process.stdout.write(`kubectl-ipconflict ${VERSION}\n`);
else {
  process.on('uncaughtException', fail);
  leaveWhatIsGone();
  main().catch(fail);
}

async function main(): Promise<void> {
  const { run } = await import('./cli/run.ts');
  process.exitCode = await run(words, VERSION);
  // All is said: whoever waits for the end need not wait until connections and memory are tidied up.
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}

/** Exit code 1 says that something was found; a defect must not say that. */
function fail(error: unknown): void {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nThis is a defect of kubectl-ipconflict ${VERSION}. Please report it.\n`,
  );
  process.exit(2);
}

/** A folder that was removed while one stands in it: Node would fail at the first path. */
function leaveWhatIsGone(): void {
  try {
    process.cwd();
  } catch {
    process.chdir('/');
  }
}
