import type { Overrides } from '../diagnosis/diagnose.ts';
import type { Answer, CauseId, Certainty, DiagnosisReport, QuestionId, StepId, Subject } from '../model/report.ts';

/** One stop of the walk: a step of the playbook, a question of the diagnosis, or the verdict. */
export type Item =
  | { readonly kind: 'step'; readonly id: StepId }
  | { readonly kind: 'question'; readonly id: QuestionId }
  | { readonly kind: 'verdict' };

/** What the terminal can show. */
export type Terminal = {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
  readonly light: boolean;
  /** Whether the locale takes more than ASCII. */
  readonly unicode: boolean;
};

/** The verdict an answer would lead to, shown before it is given. */
export type Outcome = {
  readonly cause: CauseId;
  readonly title: string;
  readonly confidence: Certainty;
  readonly next: QuestionId | 'verdict';
};

/** What a question offers: where each answer leads, and what would tell where the API cannot. */
export type Comparison = Readonly<Record<Answer, Outcome>> & { readonly ask: string };

/** A whole object or log, opened inside the walk. */
export type Raw = { readonly ref: string; readonly lines: readonly string[]; readonly cursor: number };

/** What the keys mean just now. */
export type Mode =
  | { readonly kind: 'walk' }
  | { readonly kind: 'choose'; readonly filter: string; readonly index: number }
  | { readonly kind: 'search'; readonly query: string }
  | { readonly kind: 'save' }
  | { readonly kind: 'help'; readonly offset: number };

/** Where the reading stands. */
export type ReadingState = {
  readonly done: boolean;
  /** Steps whose reads are still under way. */
  readonly pending: readonly StepId[];
  /** How much of what has arrived so far, by resource, while it is being read. */
  readonly counts: Readonly<Record<string, number>>;
};

/** Everything the walk shows, and nothing that it would have to fetch. */
export type State = {
  readonly terminal: Terminal;
  /** The time by which ages are shown, in milliseconds since the epoch. */
  readonly now: number;
  /** Of the spinner. */
  readonly frame: number;
  readonly offline: boolean;
  readonly place: string;
  readonly subject: Subject;
  /** Whether the subject was given, or chosen since. */
  readonly chosen: boolean;
  /** Which alert led here. */
  readonly alert: string | undefined;
  readonly mode: Mode;
  readonly item: Item;
  readonly focus: 'list' | 'detail';
  /** The row of the detail that the cursor is on. */
  readonly cursor: number;
  readonly expanded: boolean;
  readonly raw: Raw | undefined;
  readonly query: string;
  readonly reading: ReadingState;
  readonly report: DiagnosisReport | undefined;
  readonly overrides: Overrides;
  /** Overrides in the order they were given, for undo. */
  readonly given: readonly QuestionId[];
  readonly compared: Readonly<Partial<Record<QuestionId, Comparison>>>;
  /** Jump to the verdict as soon as there is one. */
  readonly hurry: boolean;
  /** Go on to the next stop once the answer just given has been examined. */
  readonly advance: boolean;
  /** The report before the last reading, and what differs since. */
  readonly before: DiagnosisReport | undefined;
  readonly changes: readonly string[] | undefined;
  /** Reading again and again until it is cured. */
  readonly watching: boolean;
  /** One line for the operator: what just happened. */
  readonly note: string | undefined;
  /** Pods to choose from. */
  readonly pods: readonly string[];
};

/** Something that happened: a key, an answer from the world, time passing. */
export type Message =
  | { readonly type: 'press'; readonly key: string }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly type: 'tick'; readonly now: number }
  | { readonly type: 'opened'; readonly place: string; readonly offline: boolean; readonly subject: Subject }
  | { readonly type: 'progress'; readonly resource: string; readonly count: number; readonly done: boolean }
  | {
      readonly type: 'examined';
      readonly report: DiagnosisReport;
      readonly pending: readonly StepId[];
      readonly done: boolean;
    }
  | { readonly type: 'reexamined'; readonly report: DiagnosisReport }
  | { readonly type: 'compared'; readonly question: QuestionId; readonly comparison: Comparison }
  | { readonly type: 'raw'; readonly ref: string; readonly text: string | undefined }
  | { readonly type: 'pods'; readonly names: readonly string[] }
  | { readonly type: 'failed'; readonly text: string }
  | { readonly type: 'note'; readonly text: string };

/** Something the reducer wants done outside. */
export type Effect =
  | { readonly type: 'read'; readonly subject: Subject; readonly fresh: boolean; readonly overrides: Overrides; readonly afterMs?: number }
  | { readonly type: 'stop-waiting' }
  | { readonly type: 'examine'; readonly subject: Subject; readonly overrides: Overrides }
  | { readonly type: 'compare'; readonly question: QuestionId; readonly subject: Subject; readonly overrides: Overrides }
  | { readonly type: 'raw'; readonly ref: string }
  | { readonly type: 'page'; readonly ref: string }
  | { readonly type: 'pods' }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'save'; readonly format: SaveFormat }
  | { readonly type: 'redraw' }
  | { readonly type: 'suspend' }
  | { readonly type: 'quit'; readonly interrupted: boolean };

export type SaveFormat = 'markdown' | 'json' | 'yaml';

/** A state, and what is to be done now. */
export type Next = { readonly state: State; readonly effects: readonly Effect[] };

/** What the command gives the walk, which itself reads nothing and knows no pipeline. */
export type World = {
  /** Opens what the words name and reads; with `fresh` everything anew, else only what the subject needs beside. */
  readonly read: (request: { readonly subject: Subject; readonly fresh: boolean }, tell: Tell) => Promise<void>;
  /** The report of what was read last. */
  readonly examine: (subject: Subject, overrides: Overrides) => DiagnosisReport | undefined;
  /** How an operator would find out, where the API cannot tell. */
  readonly ask: (question: QuestionId, report: DiagnosisReport) => string;
  /** The whole object or log that a piece of evidence stands in. */
  readonly raw: (ref: string) => string | undefined;
  readonly pods: () => readonly string[];
  readonly render: (report: DiagnosisReport, format: SaveFormat) => string;
};

/** How a reading tells of itself. */
export type Tell = {
  readonly opened: (place: string, offline: boolean, subject: Subject) => void;
  readonly progress: (resource: string, count: number, done: boolean) => void;
  /** Something new was read: `pending` are the steps that still wait. */
  readonly read: (pending: readonly StepId[], done: boolean) => void;
  readonly note: (text: string) => void;
};

/** How the walk ended. */
export type Ending = {
  readonly report: DiagnosisReport | undefined;
  readonly done: boolean;
  /** Ended by Ctrl-C before the verdict, or by a signal: the exit code for that. */
  readonly code: number | undefined;
};
