import { load } from 'js-yaml';
import { type Json, text } from '../model/json.ts';
import { JsonScan } from './json-scan.ts';
import { PastedText } from './pasted.ts';
import { YamlScan } from './yaml-scan.ts';

/** What the text of one file gives, in the order it stands there. */
export type Content = {
  /** An object of a list. `kind` is the list's, where that stood before the object. */
  readonly item: (item: Json, listKind: ListKind | undefined) => void;
  /** An object by itself, or a list whose items have been given. */
  readonly whole: (value: Json, hadItems: boolean) => void;
  /** An object made out of text for people: poorer, and overruled by any real one. */
  readonly poor: (object: Json) => void;
  /** The log of a container, in the middle of other text. */
  readonly log: (pod: { namespace: string; pod: string; container: string }, lines: readonly string[]) => void;
  /** A line that stands outside of all that. */
  readonly chatter: (line: string) => void;
  readonly broken: (why: string) => void;
};

export type ListKind = { readonly apiVersion: string | undefined; readonly kind: string };

const NEWLINE = 0x0a;
const LONGEST_LINE = 64 * 1024 * 1024;
const LOG_START = /^==== START logs for container (\S+) of pod ([^/\s]+)\/(\S+) ====/;
const LOG_END = /==== END logs for container \S+ of pod \S+ ====\s*$/;
const LOG_LIMIT = 100_000;
/** A JSON value begins here, not a prompt such as `[root@host ~]#` or a template such as `{{ .x }}`. */
const JSON_START = /^\s*(?:\{\s*(?:["}#'\w]|$)|\[\s*(?:[[{"\]]|$))/;
const YAML_START =
  /^(?:apiVersion|kind|items|metadata|typemeta|spec|status|data|version|clusterGUID):(?:\s|$)|^- (?:apiVersion|kind|metadata):/;
const YAML_GOES_ON = /^(?:[\w."'/-]+\s*:(?:\s|$)|-(?:\s|$)|\s|#|$|[}\]])/;
const PROMPT = /^(?:\S*[#$%>\u00bb\u276f]|\[[^\]]*\][#$]?|PS [^>]*>|\S+@\S+[#$%:]\S*)?\s*(?:sudo\s+)?(?:kubectl|oc|k|calicoctl)\s+\w/;

type State =
  | { readonly is: 'idle' }
  | { readonly is: 'json'; readonly scan: JsonScan }
  | { readonly is: 'yaml'; readonly scan: YamlScan }
  | { readonly is: 'log'; readonly pod: { namespace: string; pod: string; container: string }; lines: string[] };

/**
 * Reads a text of any sort: JSON and YAML documents one after another, `kubectl cluster-info dump` with its logs, tables and descriptions as people paste them,
 * and chatter between them. Byte by byte where it is JSON, line by line elsewhere; never more of it in memory than one object.
 */
export class ContentReader {
  readonly #content: Content;
  readonly #pasted: PastedText;
  #state: State = { is: 'idle' };
  #rest: Buffer = Buffer.alloc(0);
  #line = 0;
  /** After `---`, whatever comes is YAML. */
  #yamlNext = false;

  constructor(content: Content) {
    this.#content = content;
    this.#pasted = new PastedText(content.poor, content.chatter);
  }

  async read(bytes: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of bytes) this.#take(chunk, false);
    this.#take(Buffer.alloc(0), true);
    if (this.#state.is === 'json') this.#state.scan.cut();
    else if (this.#state.is === 'log') this.#endLog();
    this.#endYaml();
    this.#pasted.end();
  }

  #take(chunk: Buffer, last: boolean): void {
    let buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at < buffer.length) {
      if (this.#state.is === 'json') {
        const end = this.#state.scan.feed(buffer, at);
        if (end < 0) {
          at = buffer.length;
          break;
        }
        at = end;
        this.#state = { is: 'idle' };
        // What follows on the line, such as the comma between objects that somebody has joined.
        while (at < buffer.length && (buffer[at] === 0x20 || buffer[at] === 0x2c || buffer[at] === 0x0d)) at++;
        continue;
      }
      const newline = buffer.indexOf(NEWLINE, at);
      const end = newline < 0 ? buffer.length : newline;
      if (this.#mayBeJson()) {
        const start = buffer.toString('utf8', at, Math.min(end, at + 200));
        // Too little has arrived to tell.
        if (newline < 0 && !last && start.length < 100 && /^\s*[[{]?\s*$/.test(start)) break;
        if (JSON_START.test(start)) {
          this.#endYaml();
          this.#pasted.end();
          this.#state = { is: 'json', scan: this.#jsonScan() };
          continue;
        }
      }
      if (newline < 0 && !last && buffer.length - at < LONGEST_LINE) break;
      this.#line++;
      this.#onLine(buffer.toString('utf8', at, end).replace(/\r$/, ''));
      at = end + 1;
    }
    buffer = buffer.subarray(Math.min(at, buffer.length));
    this.#rest = buffer.length === 0 ? Buffer.alloc(0) : Buffer.from(buffer);
  }

  #mayBeJson(): boolean {
    return this.#state.is === 'idle';
  }

  #jsonScan(): JsonScan {
    let before = '';
    let kind: ListKind | undefined;
    return new JsonScan(
      {
        item: (item, envelope) => {
          if (envelope !== before) kind = kindIn((before = envelope));
          this.#content.item(item, kind);
        },
        whole: (value, hadItems) => this.#content.whole(value, hadItems),
        broken: (why) => this.#content.broken(why),
      },
      parseLoosely,
    );
  }

  #onLine(line: string): void {
    const state = this.#state;
    if (state.is === 'log') {
      const end = LOG_END.exec(line);
      const before = end ? line.slice(0, end.index) : line;
      if (!end || before !== '') state.lines.push(before);
      if (state.lines.length > LOG_LIMIT) state.lines.splice(0, LOG_LIMIT / 2);
      if (end) this.#endLog();
      return;
    }
    const log = LOG_START.exec(line);
    if (log) {
      this.#endYaml();
      this.#pasted.end();
      this.#state = { is: 'log', pod: { namespace: log[2]!, pod: log[3]!, container: log[1]! }, lines: [] };
      return;
    }
    if (/^---(?:\s|$)/.test(line) || line === '...') {
      this.#endYaml();
      this.#pasted.end();
      this.#yamlNext = true;
      return;
    }
    if (state.is === 'yaml') {
      if (YAML_GOES_ON.test(line) && !PROMPT.test(line)) return state.scan.line(line);
      this.#endYaml();
    } else if (YAML_START.test(line) || (this.#yamlNext && /^[\w"'][\w."'/-]*:(?:\s|$)|^- /.test(line))) {
      this.#pasted.end();
      const { item, whole, broken } = this.#content;
      const scan = new YamlScan({ item: (value) => item(value, undefined), whole, broken }, this.#line);
      this.#state = { is: 'yaml', scan };
      scan.line(line);
      return;
    }
    if (line.trim() !== '' && !line.startsWith('#')) this.#yamlNext = false;
    this.#pasted.line(line);
  }

  #endYaml(): void {
    if (this.#state.is !== 'yaml') return;
    this.#state.scan.end();
    this.#state = { is: 'idle' };
    this.#yamlNext = false;
  }

  #endLog(): void {
    if (this.#state.is !== 'log') return;
    this.#content.log(this.#state.pod, this.#state.lines);
    this.#state = { is: 'idle' };
  }
}

/** JSON, or YAML in flow style as `-o kyaml` writes it. */
function parseLoosely(source: string): Json {
  try {
    return JSON.parse(source) as Json;
  } catch {
    return load(source);
  }
}

/** kind and apiVersion, where they stand before the items. */
function kindIn(envelope: string): ListKind | undefined {
  const kind = /"?\bkind"?\s*:\s*"?(\w+)"?/.exec(envelope)?.[1];
  return kind === undefined ? undefined : { kind, apiVersion: /"?\bapiVersion"?\s*:\s*"?([\w./]+)"?/.exec(envelope)?.[1] };
}

/** The kind of a list, as its envelope states it. */
export function listKindOf(envelope: Json): ListKind | undefined {
  const kind = text(envelope, 'kind');
  return kind === undefined ? undefined : { kind, apiVersion: text(envelope, 'apiVersion') };
}
