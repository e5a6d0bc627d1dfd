import { examineScan, type Threshold } from '../../examine.ts';
import { labelSelector } from '../../model/label-selector.ts';
import { FORMATS, type Format } from '../../report/index.ts';
import { booleanFlag, type Command, stringFlag } from '../define-command.ts';
import { gather } from '../gather.ts';
import { CONNECTION_FLAGS, INPUT_FLAGS, OUTPUT_FLAGS, SCOPE_FLAGS } from '../options.ts';
import { openSession } from '../session.ts';

export const scan: Command = {
  name: 'scan',
  summary: 'Is any address held twice, or about to be?',
  flags: {
    ...SCOPE_FLAGS,
    selector: { type: 'string', alias: 'l', describe: 'report about pods with these labels only', group: 'Input:' },
    ...INPUT_FLAGS,
    full: {
      type: 'boolean',
      describe: 'read every pod in full; without it, of thousands of pods those that matter',
      group: 'Input:',
    },
    ...OUTPUT_FLAGS,
    ...CONNECTION_FLAGS,
  },
  examples: [
    ['kubectl ipconflict scan -A', 'every address in the cluster'],
    ['kubectl ipconflict scan -n shop -o json', 'what concerns one namespace, for a script'],
    ['kubectl ipconflict scan -A --fail-on warning', 'exit 1 also for precursors'],
    ['kubectl get pods,nodes,services -A -o yaml | kubectl ipconflict scan -A -f -', 'without access of its own'],
  ],
  run: async (words, io) => {
    const selector = stringFlag(words, 'selector');
    const selects = selector === undefined ? undefined : labelSelector(selector);
    const session = await openSession(words, io);
    try {
      const namespace = stringFlag(words, 'namespace');
      const all = booleanFlag(words, 'all-namespaces') || (session.offline && namespace === undefined);
      const snapshot = await gather({
        reader: session.reader,
        purpose: { depth: 'scan', fallbackNamespace: session.namespace, full: booleanFlag(words, 'full') },
        now: session.now,
        confirm: words['confirm'] !== false,
      });
      const report = examineScan(snapshot, {
        toolVersion: io.version,
        failOn: stringFlag(words, 'fail-on') as Threshold,
        namespaces: all ? 'all' : [namespace ?? session.namespace],
        ...(selector === undefined ? {} : { selector }),
        ...(selects === undefined ? {} : { selects }),
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
