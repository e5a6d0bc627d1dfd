import { writeFileSync } from 'node:fs';
import type { Overrides } from '../diagnosis/diagnose.ts';
import type { Answer, DiagnosisReport, QuestionId, Subject } from '../model/report.ts';
import { subjectWord } from './detail.ts';
import type { Comparison, Outcome, SaveFormat, World } from './types.ts';

const ENDINGS: Readonly<Record<SaveFormat, string>> = { markdown: 'md', json: 'json', yaml: 'yaml' };

/** What each answer to a question would lead to. */
export function compare(world: World, question: QuestionId, subject: Subject, overrides: Overrides): Comparison | undefined {
  const outcome = (answer: Answer): { outcome: Outcome; report: DiagnosisReport } | undefined => {
    const report = world.examine(subject, { ...overrides, [question]: answer });
    if (report === undefined) return undefined;
    const { cause, title, confidence } = report.verdict;
    const at = report.trail.findIndex((entry) => entry.question === question);
    return { report, outcome: { cause, title, confidence, next: report.trail[at + 1]?.question ?? 'verdict' } };
  };
  const [yes, no, unknown] = [outcome('yes'), outcome('no'), outcome('unknown')];
  const now = world.examine(subject, overrides);
  if (!yes || !no || !unknown || !now) return undefined;
  // The answer that the evidence gives is no override, and does not weaken the verdict.
  const entry = now.trail.find((candidate) => candidate.question === question);
  const { [question]: _, ...without } = overrides;
  const plain = entry?.by === 'operator' ? world.examine(subject, without) : now;
  const proposed = entry?.proposed ?? entry?.answer;
  const result = { yes: yes.outcome, no: no.outcome, unknown: unknown.outcome, ask: world.ask(question, now) };
  if (proposed === undefined || plain === undefined) return result;
  const at = plain.trail.findIndex((candidate) => candidate.question === question);
  const { cause, title, confidence } = plain.verdict;
  return { ...result, [proposed]: { cause, title, confidence, next: plain.trail[at + 1]?.question ?? 'verdict' } };
}

/** Writes the report to a new file in the working directory, and names it. */
export function save(world: World, report: DiagnosisReport, format: SaveFormat): string {
  const subject = subjectWord(report).replaceAll(/[^\w.-]+/g, '-') || 'cluster';
  const stamp = report.readAt.slice(0, 19).replaceAll(/[^\dT]/g, '');
  const text = world.render(report, format);
  for (let copy = 1; ; copy++) {
    const name = `ipconflict-${subject}-${stamp}${copy === 1 ? '' : `-${copy}`}.${ENDINGS[format]}`;
    try {
      writeFileSync(name, text, { flag: 'wx' });
      return `saved to ${name}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' && copy < 100) continue;
      return `not saved: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}

/** The sequence that puts a text on the clipboard of the terminal's own machine, also over ssh; through tmux in its own wrapping. */
export function osc52(text: string, insideTmux: boolean): string {
  const sequence = `\u001B]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  return insideTmux ? `\u001BPtmux;${sequence.replaceAll('\u001B', '\u001B\u001B')}\u001B\\` : sequence;
}
