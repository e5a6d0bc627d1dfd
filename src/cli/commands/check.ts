import { examineCheck, type Threshold } from '../../examine.ts';
import { FORMATS, type Format } from '../../report/index.ts';
import { type Command, stringFlag } from '../define-command.ts';
import { gather } from '../gather.ts';
import { CONNECTION_FLAGS, INPUT_FLAGS, OUTPUT_FLAGS, SCOPE_FLAGS } from '../options.ts';
import { openSession } from '../session.ts';
import { parseSubject, requireSubject } from '../subject.ts';

export const check: Command = {
  name: 'check',
  positional: {
    name: 'subject',
    describe: 'NS/POD, pod/NAME, node/NAME, ip/ADDRESS or service/NAME; without it, the cluster’s worst finding',
    required: false,
  },
  summary: 'Walk the playbook: the evidence, the questions, the cause, the way out.',
  flags: { namespace: SCOPE_FLAGS['namespace']!, ...INPUT_FLAGS, ...OUTPUT_FLAGS, ...CONNECTION_FLAGS },
  examples: [
    ['kubectl ipconflict check shop/cart-7d9f8-x2k4p', 'why this pod has trouble with its address'],
    ['kubectl ipconflict check', 'the worst finding of the cluster'],
    ['kubectl ipconflict check ip/10.42.7.19', 'an address'],
    ['kubectl ipconflict check node/node-a -o json', 'a node, for a script'],
  ],
  run: async (words, io) => {
    const session = await openSession(words, io);
    try {
      const subject = parseSubject(stringFlag(words, 'subject'), stringFlag(words, 'namespace') ?? session.namespace);
      const snapshot = await gather({
        reader: session.reader,
        purpose: { depth: 'check', subject, fallbackNamespace: 'namespace' in subject ? subject.namespace : session.namespace },
        now: session.now,
        confirm: words['confirm'] !== false,
      });
      requireSubject(snapshot, subject, session.place);
      const report = examineCheck(snapshot, subject, {
        toolVersion: io.version,
        failOn: stringFlag(words, 'fail-on') as Threshold,
        namespaces: 'all',
      });
      await io.stdout(
        FORMATS[(stringFlag(words, 'output') ?? 'table') as Format](report, { paint: io.paint, columns: io.columns, wide: false }),
      );
      return report.exitCode;
    } finally {
      session.reader.close();
    }
  },
};
