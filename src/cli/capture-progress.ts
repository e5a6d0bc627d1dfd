import type { ReadHooks } from '../model/reader.ts';
import type { Io } from './define-command.ts';

const WIDTH = 24;

/** Shows how far a capture is: one bar on a terminal, one line for every answer elsewhere. */
export class CaptureProgress {
  readonly #io: Io;
  readonly #counts = new Map<string, number>();
  #planned = 0;
  #done = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  /** So many more answers are to come. */
  plan(count: number): void {
    this.#planned += count;
  }

  done(what: string, count: number): void {
    this.#done++;
    if (this.#io.stderrIsTty) this.#draw();
    else this.#io.stderr(`${what}${count > 0 ? ` ${count.toLocaleString('en-US')}` : ''}\n`);
  }

  readonly onProgress: NonNullable<ReadHooks['onProgress']> = ({ resource, count, done }) => {
    if (done) this.#counts.delete(resource);
    else this.#counts.set(resource, count);
    if (this.#io.stderrIsTty) this.#draw();
  };

  /** Takes the bar away. */
  end(): void {
    if (this.#io.stderrIsTty) this.#io.stderr('\r\u001B[K');
  }

  #draw(): void {
    const filled = this.#planned === 0 ? 0 : Math.min(WIDTH, Math.floor((this.#done / this.#planned) * WIDTH));
    const bar = '━'.repeat(filled) + '─'.repeat(WIDTH - filled);
    const counts = [...this.#counts].map(([name, count]) => `${name} ${count.toLocaleString('en-US')}`).join('  ');
    this.#io.stderr(`\r\u001B[K${`${bar} ${this.#done}/${this.#planned}  ${counts}`.slice(0, this.#io.columns - 1)}`);
  }
}
