import { addressReport } from '../../address-report.ts';
import type { Threshold } from '../../examine.ts';
import { canonicalAddress } from '../../ip/address.ts';
import { Failure } from '../../model/failure.ts';
import { FORMATS, type Format } from '../../report/index.ts';
import { type Command, stringFlag } from '../define-command.ts';
import { gather } from '../gather.ts';
import { CONNECTION_FLAGS, INPUT_FLAGS, OUTPUT_FLAGS } from '../options.ts';
import { openSession } from '../session.ts';

export const ip: Command = {
  name: 'ip',
  positional: { name: 'address', describe: 'an IPv4 or IPv6 address, in any spelling', required: true },
  summary: 'Who holds an address, who held it, and what points at it.',
  flags: { ...INPUT_FLAGS, ...OUTPUT_FLAGS, ...CONNECTION_FLAGS },
  examples: [
    ['kubectl ipconflict ip 10.42.7.19', 'one address'],
    ['kubectl ipconflict ip fd00:10:244:1::a -o json', 'IPv6, for a script'],
  ],
  run: async (words, io) => {
    const given = stringFlag(words, 'address') ?? '';
    const address = canonicalAddress(given);
    if (address === undefined) throw new Failure(`${given} is no IP address.`, undefined, 'Write it as 10.1.2.3 or fd00::a.');
    const session = await openSession(words, io);
    try {
      const snapshot = await gather({
        reader: session.reader,
        purpose: { depth: 'scan', subject: { kind: 'Address', address }, fallbackNamespace: session.namespace },
        now: session.now,
        confirm: words['confirm'] !== false,
      });
      const report = addressReport(snapshot, address, {
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
