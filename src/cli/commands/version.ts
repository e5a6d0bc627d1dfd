import { Failure } from '../../model/failure.ts';
import type { Command } from '../define-command.ts';
import { CONNECTION_FLAGS } from '../options.ts';

export const version: Command = {
  name: 'version',
  summary: 'The version of this program, and of the API server if it can be reached.',
  flags: {
    ...CONNECTION_FLAGS,
    output: { type: 'string', alias: 'o', describe: 'format of the output', choices: ['json'], group: 'Output:' },
  },
  examples: [['kubectl ipconflict version', 'both versions']],
  run: async (words, io) => {
    const { openCluster } = await import('../../cluster/reader.ts');
    const { connectionFlags } = await import('../options.ts');
    let server: string | undefined;
    let why = '';
    try {
      const reader = await openCluster({ requestTimeout: '5s', ...connectionFlags(words) }, {});
      server = await reader.version();
      reader.close();
    } catch (error) {
      // Not reaching a server is an answer here, no failure.
      if (!(error instanceof Failure)) throw error;
      why = error.message;
    }
    await io.stdout(
      words['output'] === 'json'
        ? `${JSON.stringify({ client: io.version, server: server ?? null })}\n`
        : `Client: v${io.version}\nServer: ${server ?? `not known${why ? ` (${why})` : ''}`}\n`,
    );
    return 0;
  },
};
