import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The built program. */
export const PROGRAM = path.resolve('dist', 'kubectl-ipconflict');

const PATIENCE_MS = 60_000;

export type Options = {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** An interactive shell instead of the program. */
  readonly shell?: true;
};

/** Whether there is a tmux to play the terminal. */
export const hasTmux = (): boolean => spawnSync('tmux', ['-V']).status === 0;

/** A real pseudo-terminal with a screen one can read: tmux, on a server of its own. */
export class Terminal {
  readonly #socket = `ipconflict-${process.pid}-${Math.random().toString(36).slice(2)}`;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'ipconflict-walk-'));

  constructor(words: readonly string[], { columns = 80, rows = 24, env = {}, cwd = process.cwd(), shell }: Options = {}) {
    if (!hasTmux()) {
      throw new Error('The journeys through the walk need a pseudo-terminal: install tmux (apt-get install tmux, brew install tmux).');
    }
    const settings = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', ...env };
    const unset = ['CI', 'NO_COLOR', 'TMUX', 'INK_SCREEN_READER', 'NODE_OPTIONS', 'COLORFGBG'].filter((name) => !(name in settings));
    const given = Object.entries(settings).map(([name, value]) => `${name}=${quote(value)}`);
    const program = shell ? ['bash', '--norc', '--noprofile', '-i'] : [PROGRAM, ...words];
    const lines = [
      `cd ${quote(this.#folder)}`,
      'stty -a > before.txt',
      `(cd ${quote(cwd)}; exec env ${unset.map((name) => `-u ${name}`).join(' ')} ${given.join(' ')} ${program.map(quote).join(' ')})`,
      'echo $? > code.tmp',
      'stty -a > after.txt',
      'mv code.tmp code.txt',
      'exec sleep 60',
    ];
    writeFileSync(path.join(this.#folder, 'run.sh'), `${lines.join('\n')}\n`);
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      String(columns),
      '-y',
      String(rows),
      `sh ${quote(path.join(this.#folder, 'run.sh'))}`,
    );
  }

  #tmux(...words: readonly string[]): string {
    return execFileSync('tmux', ['-u', '-L', this.#socket, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
    });
  }

  /** What stands on the screen now; with `styled`, with its escape sequences. */
  screen(styled = false): string {
    return this.#tmux('capture-pane', '-p', ...(styled ? ['-e'] : []));
  }

  /** Screen and scrollback. */
  everything(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-500');
  }

  /** Presses keys, by tmux’s names: `Enter`, `Left`, `C-c`, or signs. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Whether the program has the second screen, as full-screen programs do. */
  onSecondScreen(): boolean {
    return this.#tmux('display-message', '-p', '#{alternate_on}').trim() === '1';
  }

  cursorIsShown(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1';
  }

  /** The program's process. */
  pid(): number {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim();
    const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', shell], { encoding: 'utf8' });
    const program = children.split('\n').find((line) => line.includes('kubectl-ipconflict'));
    return Number(program!.trim().split(' ')[0]);
  }

  /** Closes the window, as people do: nobody reads any more what the program writes. */
  closeWindow(): void {
    this.#tmux('kill-server');
  }

  /** Waits until the screen fits, and gives it; fails with what stood there instead. */
  async until(fits: string | RegExp | ((screen: string) => boolean), patience = PATIENCE_MS): Promise<string> {
    const test =
      typeof fits === 'function' ? fits : (screen: string) => (typeof fits === 'string' ? screen.includes(fits) : fits.test(screen));
    const end = Date.now() + patience;
    for (;;) {
      const screen = this.screen();
      if (test(screen)) return screen;
      if (Date.now() > end) throw new Error(`waited in vain for ${String(fits)}; the screen is\n${screen}`);
      await new Promise((later) => setTimeout(later, 20));
    }
  }

  /** Waits for the end of the program and gives its exit code. */
  async ended(): Promise<number> {
    const file = path.join(this.#folder, 'code.txt');
    const end = Date.now() + PATIENCE_MS;
    while (!existsSync(file)) {
      if (Date.now() > end) throw new Error(`the program does not end; the screen is\n${this.screen()}`);
      await new Promise((later) => setTimeout(later, 20));
    }
    return Number(readFileSync(file, 'utf8'));
  }

  /** Whether the terminal was left as it was found: its modes, the first screen, the cursor. */
  isRestored(): boolean {
    const modes = (file: string): string => readFileSync(path.join(this.#folder, file), 'utf8').replace(/rows \d+; columns \d+;/, '');
    return modes('before.txt') === modes('after.txt') && !this.onSecondScreen() && this.cursorIsShown();
  }

  close(): void {
    try {
      this.#tmux('kill-server');
    } catch {
      // It has ended by itself.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Terminals at a time: more would only wait for each other. */
const AT_ONCE = 4;
let open = 0;
const waiting: (() => void)[] = [];

/** Opens a terminal for a walk, and closes it. */
export async function inTerminal(words: readonly string[], options: Options, walk: (terminal: Terminal) => Promise<void>): Promise<void> {
  if (open >= AT_ONCE) await new Promise<void>((turn) => waiting.push(turn));
  open++;
  const terminal = new Terminal(words, options);
  try {
    await walk(terminal);
  } finally {
    terminal.close();
    open--;
    waiting.shift()?.();
  }
}
