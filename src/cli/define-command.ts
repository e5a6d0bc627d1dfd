import type { Paint } from '../report/layout.ts';

/** One flag of a command. */
export type Flag = {
  readonly type: 'string' | 'boolean' | 'number' | 'strings';
  readonly describe: string;
  readonly alias?: string;
  readonly choices?: readonly string[];
  readonly default?: string | boolean | number;
  /** The heading it stands under in help. */
  readonly group?: string;
};

/** What a command gets beside its words: the streams and the terminal it talks to. */
export type Io = {
  readonly stdout: (text: string) => Promise<void>;
  readonly stderr: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdinIsTty: boolean;
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  /** Columns to print for: the terminal’s, or 80 where there is none. */
  readonly columns: number;
  readonly paint: Paint;
  readonly version: string;
};

export type Words = Readonly<Record<string, unknown>>;

type Positional = { readonly name: string; readonly describe: string; readonly required: boolean };

/** A command as a value: its words, its help, and what it does. The exit code is its result. */
export type Command = {
  readonly name: string;
  /** What follows the name, as people type it: `[NS/POD]`. */
  readonly positional?: Positional;
  /** A second word, which may be left out. */
  readonly second?: Omit<Positional, 'required'>;
  readonly summary: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly (readonly [command: string, what: string])[];
  readonly hidden?: boolean;
  readonly run: (words: Words, io: Io) => Promise<number>;
};

export const stringFlag = (words: Words, name: string): string | undefined =>
  typeof words[name] === 'string' && words[name] !== '' ? words[name] : undefined;
export const booleanFlag = (words: Words, name: string): boolean => words[name] === true;
export const stringsFlag = (words: Words, name: string): string[] =>
  Array.isArray(words[name]) ? words[name].map(String) : typeof words[name] === 'string' ? [words[name]] : [];
export const numberFlag = (words: Words, name: string): number | undefined =>
  typeof words[name] === 'number' && !Number.isNaN(words[name]) ? words[name] : undefined;
