import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Json, type JsonRecord, isRecord, list, parseJson, text } from '../model/json.ts';
import { type RedactMode, Redactor } from '../redact/redactor.ts';
import { METADATA, filesOf, linesOf, writeMetadata } from './capture-folder.ts';

/** Writes a copy of a capture without the names or addresses of its cluster; gives what was replaced by what. */
export function redactFolder(from: string, to: string, mode: RedactMode, keep: ReadonlySet<string>, random: () => number): JsonRecord {
  const redactor = new Redactor(mode, keep);
  const files = filesOf(from).filter((file) => file !== METADATA);
  for (const file of files) {
    for (const line of linesOf(join(from, file))) {
      redactor.noteText(line);
      if (file.startsWith('objects/')) redactor.noteObject(objectIn(line));
    }
  }
  redactor.settle(random);
  for (const file of files) {
    const target = join(to, nameOf(file, redactor));
    mkdirSync(dirname(target), { recursive: true });
    const content = [...linesOf(join(from, file))].map((line) => {
      const object = file.startsWith('objects/') ? objectIn(line) : undefined;
      if (object === undefined) return file.startsWith('objects/') ? line : redactor.text(line);
      return JSON.stringify(redactor.value(object)) + (line.endsWith(',') ? ',' : '');
    });
    writeFileSync(target, content.join('\n'));
  }
  const metadata = parseJson(readFileSync(join(from, METADATA), 'utf8')) as JsonRecord;
  writeMetadata(to, { ...redactedMetadata(metadata, redactor), redacted: mode });
  return redactor.mapping();
}

const objectIn = (line: string): Json => (line.startsWith('{') && line.length > 60 ? parseJson(line.replace(/,$/, '')) : undefined);

/** `logs/<namespace>/<pod>/…` and `objects/configmaps.<namespace>.<name>.json`. */
function nameOf(file: string, redactor: Redactor): string {
  const parts = file.split('/');
  if (parts[0] === 'logs') {
    const [, container, end] = /^(.*?)((?:\.previous)?\.log)$/.exec(parts[3] ?? '') ?? [];
    return `logs/${redactor.text(parts[1]!, false)}/${redactor.text(parts[2]!, false)}/${redactor.text(container ?? '', false)}${end ?? ''}`;
  }
  const [kind, ...rest] = file.slice('objects/'.length).split('.');
  return kind === 'configmaps' ? `objects/${kind}.${redactor.text(rest.join('.'), false)}` : file;
}

/** Needs are keys made of names: kind first, which stays, then what it is limited to. */
function redactedMetadata(metadata: JsonRecord, redactor: Redactor): JsonRecord {
  const need = (key: string): string => {
    const [kind, ...rest] = key.split('|');
    const parts = rest.map((part) =>
      part.includes('=')
        ? part.replace(/=(.*)$/, (_, value: string) => `=${redactor.text(value, false)}`)
        : part
            .split('/')
            .map((one) => redactor.text(one, false))
            .join('/'),
    );
    return [kind, ...parts].join('|');
  };
  const entries = (field: string): Json[] =>
    list(metadata, field).map((entry) => {
      if (!isRecord(entry)) return entry;
      const { file: _, ...rest } = entry;
      return { ...(redactor.value(rest) as JsonRecord), need: need(text(entry, 'need') ?? '') };
    });
  const names = (field: string): string[] =>
    list(metadata, field).map((name) =>
      String(name)
        .split('/')
        .map((part) => redactor.text(part, false))
        .join('/'),
    );
  const { files: _, ...rest } = metadata;
  return {
    ...rest,
    reads: entries('reads'),
    logs: entries('logs'),
    gaps: redactor.value(list(metadata, 'gaps')),
    confirmed: names('confirmed'),
    gone: names('gone'),
  };
}
