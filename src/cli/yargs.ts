import yargs, { type Argv, type Options } from 'yargs';
import { Failure } from '../model/failure.ts';
import { nearNames } from '../model/near.ts';
import { COMMANDS } from './commands/index.ts';
import type { Command, Flag, Io, Words } from './define-command.ts';

const PROGRAM = 'kubectl ipconflict';
const TYPES = { string: 'string', boolean: 'boolean', number: 'number', strings: 'array' } as const;

/** Reads the command line and runs the command it names; the only file that knows yargs. Gives the exit code; throws Failures. */
export async function runCommandLine(words: readonly string[], io: Io): Promise<number> {
  let chosen: (() => Promise<number>) | undefined;
  const typed = withStandardInput(words);
  const parser = yargs(typed)
    .scriptName(PROGRAM)
    .locale('en')
    .version(false)
    .parserConfiguration({ 'duplicate-arguments-array': false, 'greedy-arrays': false, 'dot-notation': false })
    .usage('$0 <command>\n\nFinds addresses that are held twice in a cluster, or are about to be, and says why. It only reads.')
    .wrap(Math.min(io.columns, 100))
    .strict()
    .recommendCommands()
    .demandCommand(
      1,
      1,
      `Say what to do: ${COMMANDS.filter((command) => !command.hidden)
        .map((command) => command.name)
        .join(', ')}.`,
    )
    .help('help')
    .alias('help', 'h')
    .fail((message, error) => {
      throw error ?? usageFailure(message, words);
    });
  for (const command of COMMANDS.filter((candidate) => !candidate.hidden)) {
    const { positional, second } = command;
    parser.command(
      `${command.name}${positional ? (positional.required ? ` <${positional.name}>` : ` [${positional.name}]`) : ''}${second ? ` [${second.name}]` : ''}`,
      command.summary,
      (builder: Argv) => {
        for (const word of [positional, second]) if (word) builder.positional(word.name, { type: 'string', describe: word.describe });
        for (const [name, flag] of Object.entries(command.flags)) builder.option(name, optionOf(flag));
        for (const [example, what] of command.examples) builder.example(example, what);
        return builder;
      },
      // Run when yargs is done: for a handler that takes its time it would first build the text of the help, which costs 20 ms.
      (found) => {
        chosen = () => command.run(found as Words, io);
      },
    );
  }
  for (const [example, what] of COMMANDS.map((command: Command) => command.examples[0]).filter((found) => found !== undefined))
    parser.example(example, what);
  let help = '';
  await parser.parseAsync(typed, {}, (_error, _found, output) => {
    help = output;
  });
  if (help !== '') await io.stdout(`${help}\n`);
  return chosen === undefined ? 0 : chosen();
}

/** `-f -`: after a flag that may be given several times yargs takes a lone dash for a word of its own. */
const withStandardInput = (words: readonly string[]): string[] =>
  words.flatMap((word, i) => {
    if (word === '-' && isFilename(words[i - 1])) return [];
    return isFilename(word) && words[i + 1] === '-' ? [`${word}=-`] : [word];
  });
const isFilename = (word: string | undefined): boolean => word === '-f' || word === '--filename';

function optionOf(flag: Flag): Options {
  return {
    type: TYPES[flag.type],
    describe: flag.describe,
    ...(flag.alias === undefined ? {} : { alias: flag.alias }),
    ...(flag.choices === undefined ? {} : { choices: flag.choices }),
    ...(flag.default === undefined ? {} : { default: flag.default }),
    ...(flag.group === undefined ? {} : { group: flag.group }),
    ...(flag.type === 'string' ? { requiresArg: true } : {}),
  };
}

/** What yargs complains about, in our words: what happened, what is near, what to do. */
function usageFailure(message: string, words: readonly string[]): Failure {
  const command = COMMANDS.find((candidate) => words.includes(candidate.name));
  const help = `${PROGRAM}${command ? ` ${command.name}` : ''} --help shows what there is.`;
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1]?.split(', ')[0];
  if (unknown !== undefined) {
    const isFlag = words.some((word) => word.replace(/^-+/, '').split('=')[0] === unknown && word.startsWith('-'));
    const names = isFlag ? Object.keys(command?.flags ?? {}) : COMMANDS.map((candidate) => candidate.name);
    const near = nearNames(unknown, names);
    const dash = isFlag ? (unknown.length === 1 ? '-' : '--') : '';
    return new Failure(
      isFlag
        ? `There is no flag ${dash}${unknown}.`
        : command && !isFlag
          ? `${unknown} is one word too many.`
          : `There is no command ${unknown}.`,
      near.length > 0 ? `Did you mean ${near.map((name) => dash + name).join(' or ')}?` : undefined,
      help,
    );
  }
  if (message.startsWith('Not enough non-option arguments') && command?.positional !== undefined)
    return new Failure(`${command.name} needs ${command.positional.describe}.`, undefined, help);
  const didYouMean = /^Did you mean (.*)\?$/.exec(message)?.[1];
  if (didYouMean !== undefined)
    return new Failure(`There is no command ${words.find((word) => !word.startsWith('-')) ?? ''}.`, `Did you mean ${didYouMean}?`, help);
  const choice = /Invalid values:\s*Argument: ([\w-]+), Given: ("?.*?"?), Choices: (.*)$/s.exec(message);
  if (choice) return new Failure(`--${choice[1]} cannot be ${choice[2]}.`, `It is one of ${choice[3]!.replaceAll('"', '').trim()}.`, help);
  return new Failure(message.split('\n')[0]!, undefined, help);
}
