import { compare } from '../../compare.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { diffText } from '../../report/diff-text.ts';
import { type Command, type Io, stringFlag, type Words } from '../define-command.ts';
import { gather } from '../gather.ts';
import { CONNECTION_FLAGS } from '../options.ts';
import { openSession } from '../session.ts';

export const diff: Command = {
  name: 'diff',
  positional: { name: 'before', describe: 'a capture, or any dump as for -f', required: true },
  second: { name: 'after', describe: 'a later one; without it, the cluster as it is now' },
  summary: 'What changed between two captures, or a capture and the cluster.',
  flags: {
    output: { type: 'string', alias: 'o', describe: 'format of the output', choices: ['table', 'wide', 'json'], group: 'Output:' },
    ...CONNECTION_FLAGS,
  },
  examples: [
    ['kubectl ipconflict diff monday.tgz tuesday.tgz', 'conflicts new and gone, addresses that moved, ranges changed'],
    ['kubectl ipconflict diff before.tgz -o json', 'since a capture, for a script'],
  ],
  run: async (words, io) => {
    const before = await snapshotOf(words, io, stringFlag(words, 'before'));
    const after = await snapshotOf(words, io, stringFlag(words, 'after'));
    const comparison = compare(before, after, io.version);
    const output = stringFlag(words, 'output') ?? 'table';
    await io.stdout(
      output === 'json'
        ? `${JSON.stringify(comparison, undefined, 2)}\n`
        : diffText(comparison, { paint: io.paint, wide: output === 'wide' }),
    );
    return comparison.exitCode;
  },
};

async function snapshotOf(words: Words, io: Io, capture: string | undefined): Promise<Snapshot> {
  const session = await openSession({ ...words, filename: capture === undefined ? [] : [capture] }, io);
  try {
    return await gather({
      reader: session.reader,
      purpose: { depth: 'scan', full: true, fallbackNamespace: session.namespace },
      now: session.now,
      confirm: true,
    });
  } finally {
    session.reader.close();
  }
}
