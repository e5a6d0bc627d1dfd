/**
 * The program cannot do its work: thrown to end it, caught in one place, shown in at most three lines. Exit code 2.
 * What merely could not be read is a Gap, not a Failure.
 */
export class Failure extends Error {
  readonly why: string | undefined;
  readonly next: string | undefined;

  /** What happened; why, as far as known; what to do next. */
  constructor(what: string, why?: string, next?: string) {
    super(what);
    this.name = 'Failure';
    this.why = why;
    this.next = next;
  }
}
