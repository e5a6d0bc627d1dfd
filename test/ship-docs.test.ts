import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';

const DOCUMENTS = [...globSync('*.md'), ...globSync('docs/**/*.md')];

/** The anchor that a heading gets. */
const anchor = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
    .replaceAll(' ', '-');

const prose = (file: string): string => readFileSync(file, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');

test('every link of the documents leads somewhere', (t) => {
  const dead: string[] = [];
  for (const file of DOCUMENTS) {
    for (const [, link] of prose(file).matchAll(/!?\[[^\]]*\]\(([^)\s]+)\)|src="([^"]+)"/g)) {
      if (link === undefined || /^[a-z]+:/.test(link)) continue;
      const [path = '', fragment] = link.split('#', 2);
      const target = path === '' ? file : join(dirname(file), path);
      if (!existsSync(target)) dead.push(`${file}: ${link}`);
      else if (fragment !== undefined && statSync(target).isFile()) {
        const headings = [...prose(target).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!));
        if (!headings.includes(fragment)) dead.push(`${file}: ${link}`);
      }
    }
  }
  t.deepEqual(dead, []);
});

test('every page of docs is reached from the README', (t) => {
  const reached = new Set(['README.md']);
  for (const file of reached) {
    for (const [, link] of prose(file).matchAll(/\[[^\]]*\]\(([^)#\s]+)/g)) {
      const target = join(dirname(file), link!);
      if (target.endsWith('.md') && existsSync(target)) reached.add(target);
    }
  }
  const own = DOCUMENTS.filter((file) => /^docs\/[^/]+\.md$/.test(file));
  t.deepEqual(
    own.filter((file) => !reached.has(file)),
    [],
  );
});

test('every kubectl ipconflict command in the documents exists, and so do its flags', async (t) => {
  const { COMMANDS } = await import('../src/cli/commands/index.ts');
  const wrong: string[] = [];
  for (const file of DOCUMENTS) {
    for (const [, name, rest] of readFileSync(file, 'utf8').matchAll(/(?<![\w/.-])kubectl[ -]ipconflict ([a-z]+)\b([^`\n|#>]*)/g)) {
      const command = COMMANDS.find((candidate) => candidate.name === name);
      if (command === undefined) {
        if (!/^(?:is|reads|that|can|needs|finds|and|to|in|on|was|has|does|says|with|plugin)$/.test(name!)) wrong.push(`${file}: ${name}`);
        continue;
      }
      for (const [, flag] of (rest ?? '').matchAll(/ --([a-z][a-z-]*)/g)) {
        if (flag !== 'help' && !(flag! in command.flags) && !(flag!.replace(/^no-/, '') in command.flags))
          wrong.push(`${file}: ${name} --${flag}`);
      }
    }
  }
  t.deepEqual(wrong, []);
});
