import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CNIS, FALLBACKS } from '../src/cni/index.ts';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { keysMarkdown } from '../src/ui/keys.ts';
import { EXPLANATIONS, type Explained } from '../src/explanations.ts';
import { ROOT } from './bundle.ts';

/** Writes what the program knows into the documents: a page for each finding and cause, and the marked tables of README. `--check` compares only. */
const FOLDERS = { finding: 'findings', cause: 'causes' } as const;
const README = path.join(ROOT, 'README.md');

function page({ id, kind, explains }: Explained): string {
  const parts: [string, string][] = [
    ['What it means', explains.meaning],
    ['How it comes about', explains.arises],
    ['How to tell it from what looks like it', explains.tellApart],
    ['What to do', explains.action],
    ['Sources', explains.sources.map((source) => `- ${source}`).join('\n')],
  ];
  return `# ${id}\n\n${kind === 'cause' ? 'Cause' : 'Finding'}: **${explains.title}**\n\n${parts
    .filter(([, text]) => text !== '')
    .map(([title, text]) => `## ${title}\n\n${text}\n`)
    .join('\n')}\nThe same text: \`kubectl ipconflict explain ${id}\`\n`;
}

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

const tables: Readonly<Record<string, () => string>> = {
  commands: () =>
    [
      row('Command', 'What it tells'),
      row('---', '---'),
      ...COMMANDS.filter((command) => !command.hidden).map((command) =>
        row(
          `\`${command.name}${command.positional ? ` ${command.positional.required ? command.positional.name.toUpperCase() : `[${command.positional.name.toUpperCase()}]`}` : ''}\``,
          command.summary,
        ),
      ),
    ].join('\n'),
  findings: () =>
    [
      row('Finding', 'What it is'),
      row('---', '---'),
      ...EXPLANATIONS.filter((entry) => entry.kind === 'finding').map((entry) =>
        row(`[${entry.id}](docs/findings/${entry.id}.md)`, entry.explains.title),
      ),
    ].join('\n'),
  causes: () =>
    [
      row('Cause', 'What it is'),
      row('---', '---'),
      ...EXPLANATIONS.filter((entry) => entry.kind === 'cause').map((entry) =>
        row(`[${entry.id}](docs/causes/${entry.id}.md)`, entry.explains.title),
      ),
    ].join('\n'),
  keys: keysMarkdown,
  cnis: () => [...CNIS, ...FALLBACKS].map((profile) => profile.title).join(', '),
};

/** Every generated document by its path. */
function documents(): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of EXPLANATIONS)
    if (entry.kind !== 'question') files.set(path.join(ROOT, 'docs', FOLDERS[entry.kind], `${entry.id}.md`), page(entry));
  const readme = readFileSync(README, 'utf8').replaceAll(
    /(<!-- (\w+) -->\n)[\s\S]*?(\n<!-- \/\2 -->)/g,
    (whole, open: string, name: string, close: string) => (tables[name] ? `${open}${tables[name]()}${close}` : whole),
  );
  files.set(README, readme);
  return files;
}

const files = documents();
const stale = [...files]
  .filter(([file, text]) => {
    try {
      return readFileSync(file, 'utf8') !== text;
    } catch {
      return true;
    }
  })
  .map(([file]) => file);
const extra = Object.values(FOLDERS)
  .flatMap((folder) => {
    try {
      return readdirSync(path.join(ROOT, 'docs', folder)).map((name) => path.join(ROOT, 'docs', folder, name));
    } catch {
      return [];
    }
  })
  .filter((file) => !files.has(file));
if (process.argv.includes('--check')) {
  for (const file of [...stale, ...extra])
    process.stderr.write(`${path.relative(ROOT, file)} does not say what the program says: npm run docs\n`);
  process.exitCode = stale.length + extra.length > 0 ? 1 : 0;
} else {
  for (const file of extra) rmSync(file);
  for (const file of stale) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, files.get(file)!);
  }
  process.stdout.write(`${stale.length} documents written, ${extra.length} removed\n`);
}
