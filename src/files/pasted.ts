import type { Json } from '../model/json.ts';
import { describedNode, describedPod } from './describe-text.ts';
import { TableReader, isHeader, looseRow } from './wide-text.ts';

const PROMPT = /^(?:\S*[#$%>\u00bb\u276f]|\[[^\]]*\][#$]?|PS [^>]*>|\S+@\S+[#$%:]\S*)?\s*(?:sudo\s+)?(?:kubectl|oc|k|calicoctl)\s+(\w.*)$/;
const FENCE = /^\s*(?:```|~~~)/;
/** Mail and issue trackers quote with these. */
const QUOTED = /^(?:> ?)+(?! *(?:kubectl|oc) )/;
const DESCRIBED = /^Name:\s+\S/;
const IPAM_ROW = /^\|\s*(IP Pool|Block)\s*\|\s*([0-9a-fA-F.:]+\/\d+)\s*\|/;

/** Reads what people paste into tickets: tables of `-o wide`, `kubectl describe`, `calicoctl ipam show`; with prompts, quotes and chatter around them. */
export class PastedText {
  readonly #give: (object: Json) => void;
  readonly #chatter: (line: string) => void;
  #table: TableReader | undefined;
  #described: string[] | undefined;
  #blank = 0;
  /** `-n shop` of the command above a table. */
  #namespace: string | undefined;

  constructor(give: (object: Json) => void, chatter: (line: string) => void) {
    this.#give = give;
    this.#chatter = chatter;
  }

  line(raw: string): void {
    const line = raw.replace(QUOTED, '');
    const prompt = PROMPT.exec(line);
    if (prompt || FENCE.test(line)) {
      this.end();
      if (prompt) this.#namespace = /(?:^|\s)(?:-n|--namespace)[ =]?([\w-]+)/.exec(prompt[1]!)?.[1];
      return;
    }
    if (isHeader(line)) {
      this.end();
      this.#table = new TableReader(line, this.#namespace, this.#give);
      return;
    }
    if (DESCRIBED.test(line)) {
      this.#endTable();
      // Within a description `Name:` comes again only as the next one.
      this.#endDescribed();
      this.#described = [line];
      this.#blank = 0;
      return;
    }
    if (this.#described) {
      this.#blank = line.trim() === '' ? this.#blank + 1 : 0;
      this.#described.push(line);
      return;
    }
    if (this.#table) {
      if (this.#table.line(line)) return;
      this.#endTable();
    }
    const pool = IPAM_ROW.exec(line);
    if (pool) {
      if (pool[1] === 'IP Pool') this.#give(poolObject(pool[2]!));
      return;
    }
    const row = looseRow(line, this.#namespace);
    if (row) this.#give(row);
    else this.#chatter(line);
  }

  end(): void {
    this.#endTable();
    this.#endDescribed();
  }

  #endTable(): void {
    this.#table?.end();
    this.#table = undefined;
  }

  #endDescribed(): void {
    const lines = this.#described;
    this.#described = undefined;
    if (lines === undefined) return;
    const isNode = lines.some((line) => /^(?:Roles|System Info|Non-terminated Pods|Allocatable):/.test(line));
    const isPod = !isNode && lines.some((line) => /^(?:IPs?|Node|Containers|QoS Class|Start Time):/.test(line));
    const objects = isNode ? describedNode(lines) : isPod ? describedPod(lines) : [];
    for (const object of objects) this.#give(object);
  }
}

/** `calicoctl ipam show` names no pools, only their ranges. */
const poolObject = (cidr: string): Json => ({
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'IPPool',
  metadata: { name: cidr.replaceAll(/[^\w]+/g, '-') },
  spec: { cidr },
});
