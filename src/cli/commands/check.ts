import { readFileSync } from 'node:fs';
import { examineCheck, type Threshold } from '../../examine.ts';
import { Failure } from '../../model/failure.ts';
import type { Subject } from '../../model/report.ts';
import { FORMATS, type Format } from '../../report/index.ts';
import { type Alert, ALERTS, parseAlert } from '../alert.ts';
import { type Command, type Flag, type Io, stringFlag, type Words } from '../define-command.ts';
import { gather } from '../gather.ts';
import { openWalk, wantsWalk } from '../open-walk.ts';
import { CONNECTION_FLAGS, INPUT_FLAGS, OUTPUT_FLAGS, SCOPE_FLAGS } from '../options.ts';
import { openSession } from '../session.ts';
import { parseSubject, requireSubject } from '../subject.ts';

const CHECK_FLAGS: Readonly<Record<string, Flag>> = {
  alert: { type: 'string', describe: 'the alert that fired', choices: ALERTS, group: 'Input:' },
  'alert-file': { type: 'string', describe: 'what Alertmanager sent, to pick the subject; - for standard input', group: 'Input:' },
  plain: { type: 'boolean', describe: 'the report as text, also on a terminal (as piped, or with -o)', group: 'Output:' },
};

export const check: Command = {
  name: 'check',
  positional: {
    name: 'subject',
    describe: 'NS/POD, pod/NAME, node/NAME, ip/ADDRESS or service/NAME; without it, the cluster’s worst finding',
    required: false,
  },
  summary: 'Walk the playbook: the evidence, the questions, the cause, the way out.',
  flags: { namespace: SCOPE_FLAGS['namespace']!, ...CHECK_FLAGS, ...INPUT_FLAGS, ...OUTPUT_FLAGS, ...CONNECTION_FLAGS },
  examples: [
    ['kubectl ipconflict check shop/cart-7d9f8-x2k4p', 'why this pod has trouble with its address'],
    ['kubectl ipconflict check', 'the worst finding of the cluster'],
    ['kubectl ipconflict check ip/10.42.7.19', 'an address'],
    ['kubectl ipconflict check --alert-file alert.json', 'what an alert is about'],
    ['kubectl ipconflict check node/node-a -o json', 'a node, for a script'],
  ],
  run: async (words, io) => {
    const alert = alertFrom(words, io);
    const subjectIn = (namespace: string): Subject => {
      const word = stringFlag(words, 'subject');
      return word === undefined && alert?.subject ? alert.subject : parseSubject(word, stringFlag(words, 'namespace') ?? namespace);
    };
    const options = { toolVersion: io.version, failOn: stringFlag(words, 'fail-on') as Threshold, namespaces: 'all' } as const;
    if (wantsWalk(words, io)) return openWalk({ words, io, options, subjectIn }, alert?.name);
    const session = await openSession(words, io);
    try {
      const subject = subjectIn(session.namespace);
      const snapshot = await gather({
        reader: session.reader,
        purpose: { depth: 'check', subject, fallbackNamespace: 'namespace' in subject ? subject.namespace : session.namespace },
        now: session.now,
        confirm: words['confirm'] !== false,
      });
      requireSubject(snapshot, subject, session.place);
      const report = examineCheck(snapshot, subject, options);
      await io.stdout(
        FORMATS[(stringFlag(words, 'output') ?? 'table') as Format](report, { paint: io.paint, columns: io.columns, wide: false }),
      );
      return report.exitCode;
    } finally {
      session.reader.close();
    }
  },
};

/** The alert that the words name, or that a payload holds: in a file, or on standard input where `--alert` comes without a subject. */
function alertFrom(words: Words, io: Io): Alert | undefined {
  const name = stringFlag(words, 'alert');
  const file = stringFlag(words, 'alert-file');
  const piped = name !== undefined && stringFlag(words, 'subject') === undefined && !io.stdinIsTty;
  if (file === undefined && !piped) return name === undefined ? undefined : { name, subject: undefined };
  let payload: string;
  try {
    payload = readFileSync(file === undefined || file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    if (file === undefined) return { name: name!, subject: undefined };
    throw new Failure(
      `${file} cannot be read.`,
      error instanceof Error ? error.message : undefined,
      'Check the path given with --alert-file.',
    );
  }
  if (file === undefined && payload.trim() === '') return { name: name!, subject: undefined };
  return parseAlert(payload, name);
}
