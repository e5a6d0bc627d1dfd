import { load } from 'js-yaml';
import type { Json } from '../model/json.ts';

const ITEMS = /^(?:items|Items):\s*$/;
const MOST_CHARACTERS = 256 * 1024 * 1024;

export type YamlEvents = {
  readonly item: (item: Json) => void;
  readonly whole: (value: Json, hadItems: boolean) => void;
  readonly broken: (why: string) => void;
};

/**
 * Reads one YAML document line by line. The elements of a list's `items`, or of a document that is one list, are parsed one by one:
 * a broken one costs itself only, and a long list is never in memory whole.
 */
export class YamlScan {
  readonly #events: YamlEvents;
  readonly #firstLine: number;
  #envelope: string[] = [];
  #item: string[] | undefined;
  #itemLine = 0;
  /** The indent of the dashes, once items were seen. */
  #dash: string | undefined;
  #inItems = false;
  #hadItems = false;
  #line: number;
  #size = 0;
  #broken = 0;

  constructor(events: YamlEvents, firstLine: number) {
    this.#events = events;
    this.#firstLine = firstLine;
    this.#line = firstLine - 1;
  }

  line(text: string): void {
    this.#line++;
    if (this.#inItems) {
      if (this.#isDash(text)) {
        this.#endItem();
        this.#item = [` ${text.slice(this.#dash!.length + 1)}`];
        this.#itemLine = this.#line;
        return;
      }
      if (text === '' || text.startsWith(' ') || text.startsWith('#')) {
        // Within the item every line is deeper than its dash.
        this.#item?.push(text.startsWith(this.#dash ?? '') ? text.slice((this.#dash ?? '').length) : text);
        return;
      }
      this.#endItem();
      this.#inItems = false;
    } else if (!this.#hadItems && ITEMS.test(text)) {
      this.#inItems = true;
      this.#hadItems = true;
      return;
    } else if (!this.#hadItems && text.startsWith('- ') && this.#envelope.every((line) => line.trim() === '' || line.startsWith('#'))) {
      this.#inItems = true;
      this.#hadItems = true;
      this.#dash = '';
      this.#item = [` ${text.slice(1)}`];
      this.#itemLine = this.#line;
      return;
    }
    this.#size += text.length;
    if (this.#size < MOST_CHARACTERS) this.#envelope.push(text);
  }

  /** The document is over. */
  end(): void {
    this.#endItem();
    const text = this.#envelope.join('\n');
    if (text.trim() === '') {
      if (this.#hadItems) this.#events.whole(undefined, true);
      return;
    }
    const found = this.#parsed(text, this.#hadItems ? undefined : this.#firstLine);
    if (found !== undefined) this.#events.whole(found.value, this.#hadItems);
    else if (this.#hadItems) this.#events.whole(undefined, true);
  }

  #isDash(text: string): boolean {
    if (this.#dash !== undefined) return text.startsWith(`${this.#dash}- `) || text === `${this.#dash}-`;
    const found = /^( *)-(?: |$)/.exec(text);
    if (!found) return false;
    this.#dash = found[1]!;
    return true;
  }

  #endItem(): void {
    const item = this.#item;
    this.#item = undefined;
    if (item === undefined) return;
    const found = this.#parsed(item.join('\n'), this.#itemLine);
    if (found !== undefined) this.#events.item(found.value);
  }

  #parsed(text: string, firstLine: number | undefined): { readonly value: Json } | undefined {
    try {
      return { value: load(text) };
    } catch (error) {
      if (firstLine !== undefined) this.#complain(error, firstLine);
      return undefined;
    }
  }

  #complain(error: unknown, firstLine: number): void {
    if (this.#broken++ > 0) return;
    const { mark, reason } = error as { mark?: { line?: number }; reason?: string };
    const where = mark?.line === undefined ? '' : ` (line ${firstLine + mark.line}: ${reason ?? 'broken'})`;
    this.#events.broken(`it is not valid YAML or JSON${where}`);
  }
}
