import { createReadStream } from 'node:fs';
import { tail } from './entry.ts';

/** Whose log a file is, as its path tells. */
export type LogClaim =
  | {
      readonly namespace: string;
      readonly pod: string;
      /** `*` where all containers stand in one file. */ readonly container: string;
      readonly previous: boolean;
    }
  /** `<pod>-<container>` or `<namespace>-<pod>`, which only the list of pods can tell apart. */
  | { readonly stem: string; readonly previous: boolean };

type Stored = { readonly text: string; readonly cut: boolean } | { readonly local: string };

/** As much of a log as is read from a live cluster; the end of it counts. */
const LOG_BYTES = 4 * 1024 * 1024;
/** All logs of archives together, which have to be kept: system namespaces come first in every dump that sorts, and others are dropped. */
const ALL_BYTES = 384 * 1024 * 1024;

/** Logs by whose they are. Those of plain files are read when they are asked for. */
export class LogStore {
  readonly #logs = new Map<string, Stored>();
  #bytes = 0;

  get size(): number {
    return this.#logs.size;
  }

  async add(claim: LogClaim, bytes: AsyncIterable<Buffer>, local: string | undefined): Promise<boolean> {
    if (local !== undefined) return this.#set(claim, { local });
    const found = await tail(bytes, LOG_BYTES);
    return this.#set(claim, found);
  }

  addText(claim: LogClaim, text: string): boolean {
    return this.#set(claim, { text: text.slice(-LOG_BYTES), cut: text.length > LOG_BYTES });
  }

  #set(claim: LogClaim, stored: Stored): boolean {
    const size = 'text' in stored ? stored.text.length : 0;
    if (this.#bytes + size > ALL_BYTES) return false;
    this.#bytes += size;
    this.#logs.set(keyOf(claim), stored);
    return true;
  }

  async find(namespace: string, pod: string, container: string, previous: boolean): Promise<{ text: string; cut: boolean } | undefined> {
    const claims: LogClaim[] = [
      { namespace, pod, container, previous },
      { namespace, pod, container: '*', previous },
      { stem: `${pod}-${container}`, previous },
      { stem: `${namespace}-${pod}`, previous },
    ];
    for (const claim of claims) {
      const stored = this.#logs.get(keyOf(claim));
      if (stored === undefined) continue;
      if ('text' in stored) return stored;
      try {
        return await tail(createReadStream(stored.local), LOG_BYTES);
      } catch {
        return undefined;
      }
    }
    return undefined;
  }
}

const keyOf = (claim: LogClaim): string =>
  `${'stem' in claim ? claim.stem : `${claim.namespace}/${claim.pod}/${claim.container}`}${claim.previous ? '.previous' : ''}`;
