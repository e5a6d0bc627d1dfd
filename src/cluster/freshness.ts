import { type Json, text } from '../model/json.ts';

/**
 * How new lists of one kind have to be: no older than what was seen of it so far, in lists one of which was the newest there was. A server
 * answers that from its memory; where it has to be the newest each time, it first asks etcd what that is. For servers from Kubernetes 1.31
 * on: earlier ones do not know how new their memory is while nothing of that kind changes, and refuse (KEP-2340).
 */
export class Freshness {
  #seen: bigint | undefined;
  #refused = false;

  /** Notes the metadata of a list, or of what stands before its items. */
  note(list: Json): void {
    const version = text(list, 'metadata', 'resourceVersion') ?? '';
    if (!/^\d{1,20}$/.test(version)) return;
    const seen = BigInt(version);
    if (seen > (this.#seen ?? 0n)) this.#seen = seen;
  }

  /** The server lags behind what another has shown (504), or is too old to tell: from now on the newest is asked for, which makes it wait for that. */
  refuse(): void {
    this.#refused = true;
  }

  /** What to ask for besides; nothing where no list has come yet, and the newest is wanted. */
  get query(): Readonly<Record<string, string>> {
    return this.#seen === undefined || this.#refused ? {} : { resourceVersion: String(this.#seen), resourceVersionMatch: 'NotOlderThan' };
  }
}
