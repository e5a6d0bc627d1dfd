import { EXPLANATIONS, type Explained } from '../../explanations.ts';
import { Failure } from '../../model/failure.ts';
import { nearNames } from '../../model/near.ts';
import { labelled, wrap } from '../../report/layout.ts';
import { type Command, type Io, stringFlag } from '../define-command.ts';

export const explain: Command = {
  name: 'explain',
  positional: { name: 'id', describe: 'a finding, cause or question; without it, all are listed', required: false },
  summary: 'What an id means, how it comes about, how to tell it from what looks like it, what to do.',
  flags: {},
  examples: [
    ['kubectl ipconflict explain', 'every id, a line each'],
    ['kubectl ipconflict explain ipam-state-corrupt', 'one of them'],
  ],
  run: async (words, io) => {
    const id = stringFlag(words, 'id');
    if (id === undefined) {
      await io.stdout(listing(io));
      return 0;
    }
    const found = EXPLANATIONS.filter((entry) => entry.id === id);
    if (found.length === 0) {
      const near = nearNames(id, new Set(EXPLANATIONS.map((entry) => entry.id)));
      throw new Failure(
        `There is no finding, cause or question ${id}.`,
        near.length > 0 ? `Near it: ${near.join(', ')}` : undefined,
        'kubectl ipconflict explain lists them.',
      );
    }
    await io.stdout(found.map((entry) => page(entry, io)).join('\n'));
    return 0;
  },
};

function listing(io: Io): string {
  const kinds = ['finding', 'cause', 'question'] as const;
  return kinds
    .map(
      (kind) =>
        `${io.paint.bold(`${kind.toUpperCase()}S`)}\n${EXPLANATIONS.filter((entry) => entry.kind === kind)
          .flatMap((entry) => labelled(`  ${entry.id}`, entry.explains.title, io.columns, 37))
          .join('\n')}\n`,
    )
    .join('\n');
}

function page({ id, kind, explains }: Explained, { paint, columns }: Io): string {
  const width = Math.min(columns, 80);
  const part = (title: string, text: string): string[] => ['', paint.bold(title), ...wrap(text, width - 2).map((line) => `  ${line}`)];
  return [
    `${paint.bold(id)} (${kind}): ${explains.title}`,
    ...part('What it means', explains.meaning),
    ...part('How it comes about', explains.arises),
    ...part('How to tell it from what looks like it', explains.tellApart),
    ...part('What to do', explains.action),
    ...(explains.sources.length > 0 ? part('Sources', explains.sources.join(', ')) : []),
    '',
  ].join('\n');
}
