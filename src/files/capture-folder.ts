import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Gap } from '../model/gap.ts';
import { type Json, type JsonRecord, isRecord, parseJson, text } from '../model/json.ts';
import { type ListNeed, type LogNeed, type Need, needKey } from '../model/need.ts';
import { resourceName } from '../model/resource.ts';
import type { LogText } from '../model/snapshot.ts';
import { sanitise } from './sanitise.ts';

const JOURNAL = 'journal.jsonl';
export const METADATA = 'capture.json';
const HEAD = '{"apiVersion":"v1","kind":"List","items":[\n';
const TAIL = '\n]}\n';
const FLUSH = 1024 * 1024;
/** What may stand between slashes: a capture can be made of files, which may say anything. */
const SAFE_NAME = /^[\w][\w.:-]*$/;

type GapBody = Omit<Gap, 'blocks' | 'essential'>;
type Line =
  | { readonly list: ListNeed; readonly file?: string; readonly count: number; readonly gap?: GapBody }
  | { readonly log: LogNeed; readonly file?: string; readonly cut?: boolean; readonly gap?: GapBody }
  | { readonly extra: Gap }
  | { readonly confirmed: string }
  | { readonly gone: string };

/** What a former run left: its answers, read again when they are asked for. */
export type Former = {
  readonly lists: readonly { readonly need: ListNeed; readonly objects: () => Iterable<Json> }[];
  readonly logs: readonly { readonly need: LogNeed; readonly log: () => LogText }[];
};

/**
 * A capture while it is written: `objects/<kind>.json`, each a List with one object on a line, `logs/<namespace>/<pod>/<container>[.previous].log`,
 * and a journal of what is done. Every answer is whole on disk before the journal says so: whenever the program ends, another run can go on from there.
 */
export class CaptureFolder {
  readonly path: string;
  readonly #lines: Line[] = [];
  readonly #former: Line[] = [];
  #pods: number | undefined;
  #buffer: string[] = [];
  #buffered = 0;
  #podCount = 0;

  constructor(path: string, header: JsonRecord) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    const journal = join(path, JOURNAL);
    if (existsSync(journal)) {
      // A line may have been cut by the end of the former run.
      const [, ...lines] = readFileSync(journal, 'utf8')
        .split('\n')
        .map((line) => parseJson(line));
      this.#former.push(
        ...(lines.filter((line) => isRecord(line)) as unknown as Line[]).filter((line) => !('gap' in line) && !('extra' in line)),
      );
      this.#lines.push(...this.#former);
    }
    writeFileSync(journal, `${[header, ...this.#lines].map((line) => JSON.stringify(line)).join('\n')}\n`);
  }

  /** The header of an unfinished capture at a path, if there is one. */
  static headerOf(path: string): Json {
    const journal = join(path, JOURNAL);
    return existsSync(journal) ? parseJson(readFileSync(journal, 'utf8').split('\n', 1)[0]) : undefined;
  }

  former(): Former {
    const lists = this.#former.flatMap((line) =>
      'list' in line ? [{ need: line.list, objects: () => (line.file === undefined ? [] : itemsIn(join(this.path, line.file))) }] : [],
    );
    const logs = this.#former.flatMap((line) => {
      if (!('log' in line) || line.file === undefined) return [];
      const { namespace, pod, container, previous } = line.log;
      const file = join(this.path, line.file);
      return [
        { need: line.log, log: () => ({ namespace, pod, container, previous, text: readFileSync(file, 'utf8'), cut: line.cut === true }) },
      ];
    });
    return { lists, logs };
  }

  /** A pod of the list that is being read. */
  pod(raw: Json): void {
    const pod = sanitise(isRecord(raw) ? { ...raw, kind: 'Pod' } : raw);
    if (pod === undefined) return;
    this.#pods ??= openSync(this.#place('objects/pods.json.part'), 'w');
    const line = `${this.#podCount++ === 0 ? HEAD : ',\n'}${JSON.stringify(pod)}`;
    this.#buffer.push(line);
    this.#buffered += line.length;
    if (this.#buffered > FLUSH) this.#flush();
  }

  answer(need: ListNeed, objects: readonly Json[] | undefined, count: number): void {
    if (objects === undefined) return this.#endPods(need, count);
    const kept = objects.map(sanitise).filter((object) => object !== undefined);
    const file = `objects/${[resourceName(need.resource), need.namespace, need.name, need.fieldSelector]
      .filter((part) => part !== undefined)
      .join('.')
      .replaceAll(/[^\w.-]+/g, '-')}.json`;
    writeFileSync(this.#place(file), HEAD + kept.map((object) => JSON.stringify(object)).join(',\n') + TAIL);
    this.#note({ list: need, file, count });
  }

  missing(need: Need, gap: GapBody): void {
    this.#note(need.kind === 'log' ? { log: need, gap } : { list: need, count: 0, gap });
  }

  log(need: LogNeed, log: LogText): void {
    if (![log.namespace, log.pod, log.container].every((name) => SAFE_NAME.test(name))) return;
    const file = `logs/${log.namespace}/${log.pod}/${log.container}${log.previous ? '.previous' : ''}.log`;
    writeFileSync(this.#place(file), log.text);
    this.#note({ log: need, file, ...(log.cut ? { cut: true } : {}) });
  }

  gap(gap: Gap): void {
    this.#note({ extra: gap });
  }

  confirmed(name: string): void {
    this.#note({ confirmed: name });
  }

  gone(name: string): void {
    this.#note({ gone: name });
  }

  /** Writes the metadata: what was asked, what was answered, and the checksum of every file. The folder is a capture from then on. */
  finish(about: JsonRecord): void {
    this.#endPods(undefined, 0);
    const lists = new Map(this.#lines.flatMap((line) => ('list' in line ? [[needKey(line.list), line] as const] : [])));
    const logs = new Map(this.#lines.flatMap((line) => ('log' in line ? [[needKey(line.log), line] as const] : [])));
    const names = (key: 'confirmed' | 'gone'): string[] => [
      ...new Set(this.#lines.flatMap((line) => (key in line ? [(line as Record<string, string>)[key]!] : []))),
    ];
    rmSync(join(this.path, JOURNAL), { force: true });
    writeMetadata(this.path, {
      apiVersion: 'ipconflict/v1',
      kind: 'Capture',
      ...about,
      reads: [...lists].map(([need, { count, file, gap }]) => ({
        need,
        count,
        ...(file === undefined ? {} : { file }),
        ...(gap ? { gap } : {}),
      })),
      logs: [...logs].map(([need, { cut, gap }]) => ({ need, ...(cut === true ? { cut } : {}), ...(gap ? { gap } : {}) })),
      gaps: this.#lines.flatMap((line) => ('extra' in line ? [line.extra] : [])),
      confirmed: names('confirmed'),
      gone: names('gone'),
    });
  }

  #endPods(need: ListNeed | undefined, count: number): void {
    const file = 'objects/pods.json';
    if (this.#pods !== undefined) {
      this.#buffer.push(TAIL);
      this.#flush();
      closeSync(this.#pods);
      this.#pods = undefined;
      this.#podCount = 0;
      const part = join(this.path, `${file}.part`);
      // Pods that a second read brought go beside those of the list.
      const target = need === undefined && existsSync(join(this.path, file)) ? 'objects/pods.second-read.json' : file;
      renameSync(part, join(this.path, target));
    }
    if (need !== undefined) this.#note({ list: need, ...(existsSync(join(this.path, file)) ? { file } : {}), count });
  }

  #flush(): void {
    if (this.#pods !== undefined) writeSync(this.#pods, this.#buffer.join(''));
    this.#buffer = [];
    this.#buffered = 0;
  }

  #note(line: Line): void {
    this.#lines.push(line);
    appendFileSync(join(this.path, JOURNAL), `${JSON.stringify(line)}\n`);
  }

  #place(file: string): string {
    const path = join(this.path, file);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }
}

/** Writes capture.json with the checksums of all that stands beside it. */
export function writeMetadata(folder: string, metadata: JsonRecord): void {
  const files = filesOf(folder)
    .filter((file) => file !== METADATA)
    .map((file) => {
      const content = readFileSync(join(folder, file));
      return [file, { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }] as const;
    });
  writeFileSync(join(folder, METADATA), `${JSON.stringify({ ...metadata, files: Object.fromEntries(files) }, undefined, 1)}\n`);
}

/** Every file below a folder, in name order, with `/` between folders. */
export const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => statSync(join(folder, file)).isFile())
    .toSorted();

/** The objects of a file of ours, one to a line. */
function* itemsIn(file: string): Generator<Json> {
  if (!existsSync(file)) return;
  for (const line of linesOf(file)) {
    const object = line.startsWith('{') && line !== HEAD.trim() ? parseJson(line.replace(/,$/, '')) : undefined;
    if (object !== undefined && text(object, 'metadata', 'name') !== undefined) yield object;
  }
}

/** The lines of a file, one by one: a list of pods may be larger than memory. */
export function* linesOf(file: string): Generator<string> {
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.alloc(FLUSH);
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const size = readSync(descriptor, chunk, 0, chunk.length, null);
      if (size === 0) break;
      const buffer = Buffer.concat([rest, chunk.subarray(0, size)]);
      let at = 0;
      for (let newline = buffer.indexOf(10); newline >= 0; newline = buffer.indexOf(10, at)) {
        yield buffer.toString('utf8', at, newline);
        at = newline + 1;
      }
      rest = buffer.subarray(at);
    }
    yield rest.toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
