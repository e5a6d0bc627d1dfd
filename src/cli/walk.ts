import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { diagnose, type Overrides } from '../diagnosis/diagnose.ts';
import { TREE } from '../diagnosis/tree.ts';
import { examineCheck, type ExamineOptions } from '../examine.ts';
import type { Need } from '../model/need.ts';
import { eachPod } from '../model/pod-table.ts';
import { type ReadHooks, type Reader, SnapshotBuilder } from '../model/reader.ts';
import type { DiagnosisReport, QuestionId, Subject } from '../model/report.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { FORMATS } from '../report/index.ts';
import { markdown } from '../report/markdown.ts';
import type { Tell, World } from '../ui/types.ts';
import { understand } from '../understand.ts';
import { type Io, stringFlag, stringsFlag, type Words } from './define-command.ts';
import { gather, snapshotOf } from './gather.ts';
import { pendingSteps } from './pending-steps.ts';
import { rawText } from './raw-object.ts';
import { openSession, type Session } from './session.ts';
import { requireSubject } from './subject.ts';

/** What the walk is opened with. `subjectIn` is the subject, given the namespace of the context. */
export type WalkWords = {
  readonly words: Words;
  readonly io: Io;
  readonly options: ExamineOptions;
  readonly subjectIn: (namespace: string) => Subject;
};

/** Between two looks at a reading that is under way; more where looking is dear. */
const LOOK_MS = 250;
const SHARE_OF_TIME = 5;

/** Reads and examines for the walk, which knows neither: a session, what it has read so far, and the report of that. */
export function openWorld({ words, io, options, subjectIn }: WalkWords, opened?: Session): World & { readonly close: () => void } {
  let session = opened;
  let builder = new SnapshotBuilder();
  let snapshot: Snapshot | undefined;
  let known: { readonly snapshot: Snapshot; readonly subject: string; readonly report: DiagnosisReport } | undefined;

  const plainReport = (subject: Subject): DiagnosisReport | undefined => {
    if (snapshot === undefined) return undefined;
    const key = JSON.stringify(subject);
    if (known?.snapshot !== snapshot || known.subject !== key)
      known = { snapshot, subject: key, report: examineCheck(snapshot, subject, options) };
    return known.report;
  };
  const examine = (subject: Subject, overrides: Overrides): DiagnosisReport | undefined => {
    const report = plainReport(subject);
    if (report === undefined || Object.keys(overrides).length === 0) return report;
    // The same as examineCheck with overrides, without finding everything once more.
    return { ...report, ...diagnose(understand(snapshot!), report.findings, subject, overrides) };
  };

  const read = async (request: { readonly subject: Subject; readonly fresh: boolean }, tell: Tell): Promise<void> => {
    const again = snapshot !== undefined;
    const hooks: ReadHooks = {
      onProgress: ({ resource, count, done }) => tell.progress(resource, count, done),
      onWarning: (line) => tell.note(line),
      onRequest: () => {},
    };
    // Files are parsed when they are opened, so a fresh reading opens them again.
    if (session === undefined || (again && request.fresh && session.offline)) session = await openSession(words, io, hooks);
    const { reader, offline, place } = session;
    const subject = again ? request.subject : subjectIn(stringFlag(words, 'namespace') ?? session.namespace);
    tell.opened(place, offline, subject);
    if (request.fresh) builder = new SnapshotBuilder();
    const into = builder;
    const fixed = offline || stringFlag(words, 'at') !== undefined;
    const now = fixed ? session.now : ((request.fresh ? undefined : snapshot?.now) ?? Date.now());
    const watched = watch(reader, into, now, (found, needs) => {
      snapshot = found;
      tell.read(pendingSteps(needs, found), false);
    });
    try {
      const found = await gather({
        reader: watched.reader,
        purpose: { depth: 'check', subject, fallbackNamespace: 'namespace' in subject ? subject.namespace : session.namespace },
        now: watched.now,
        confirm: words['confirm'] !== false,
        into,
      });
      if (!again) requireSubject(found, subject, place);
      snapshot = found;
    } finally {
      watched.stop();
    }
    tell.read([], true);
  };

  return {
    read,
    examine,
    ask: (question, report) => askFor(snapshot, question, report),
    raw: (ref) => (snapshot === undefined ? undefined : rawText(snapshot, ref)),
    pods: () => (snapshot === undefined ? [] : [...eachPod(snapshot.pods)].map((pod) => `${pod.namespace}/${pod.name}`).toSorted()),
    render: (report, format) => (format === 'markdown' ? markdown(report) : FORMATS[format](report)),
    close: () => session?.reader.close(),
  };
}

/** Shows what has arrived while a round is still being read, as often as looking leaves time for the reading. */
function watch(
  reader: Reader,
  builder: SnapshotBuilder,
  now: number,
  onLook: (snapshot: Snapshot, needs: readonly Need[]) => void,
): { readonly reader: Reader; readonly now: number; readonly stop: () => void } {
  let served: ReadonlySet<string> | undefined;
  /** What is being read; all pods may still be on their way when the next round begins. */
  const needs = new Set<Need>();
  let seen = 0;
  let next = 0;
  const look = (): void => {
    if (builder.version === seen || builder.version === 0 || Date.now() < next) return;
    seen = builder.version;
    const started = Date.now();
    onLook(snapshotOf(builder, reader, now, served), [...needs]);
    next = Date.now() + (Date.now() - started) * SHARE_OF_TIME;
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return {
    now,
    stop: () => clearInterval(timer),
    reader: {
      ...reader,
      served: async () => (served = await reader.served()),
      read: async (wanted, into) => {
        for (const need of wanted) needs.add(need);
        seen = -1;
        look();
        await reader.read(wanted, into).finally(() => wanted.forEach((need) => needs.delete(need)));
      },
    },
  };
}

/** How an operator would learn what the API cannot tell, on the node in question where there is one. */
function askFor(snapshot: Snapshot | undefined, question: QuestionId, report: DiagnosisReport): string {
  const facts = snapshot && understand(snapshot);
  if (facts === undefined) return '';
  const { subject } = report;
  const row = subject.kind === 'Pod' ? facts.pods.find(subject.namespace, subject.name) : undefined;
  const pod = row === undefined ? undefined : facts.pods.pod(row);
  const explained = report.findings.filter((finding) => report.verdict.explains.includes(finding.id)).flatMap((finding) => finding.nodes);
  const nodes = [pod?.node, subject.kind === 'Node' ? subject.name : undefined, ...explained].filter(
    (node) => node !== undefined && node !== '',
  );
  const focus = { nodes: new Set(nodes as string[]), addresses: new Set<string>(), pods: new Set<string>() };
  return TREE.find((candidate) => candidate.id === question)!.ask({ facts, findings: report.findings, subject, pod, focus });
}

/** Whether the kubeconfig names a credential plugin: it may want to ask something, so it runs before the walk takes the terminal. */
export function hasCredentialPlugin(words: Words, env: Io['env']): boolean {
  if (stringsFlag(words, 'filename').length > 0) return false;
  const files = stringFlag(words, 'kubeconfig') ?? env['KUBECONFIG'] ?? path.join(homedir(), '.kube', 'config');
  return files.split(path.delimiter).some((file) => existsSync(file) && /\bexec["']?\s*:/.test(readFileSync(file, 'utf8')));
}
