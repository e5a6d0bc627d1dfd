import { type Resource, resourceKey } from './resource.ts';

/**
 * Something worth reading, and why. `undecided` lists the finding and question ids that stay open if it cannot be read;
 * an `essential` need that fails forbids the word "clean" (exit code 3).
 */
export type Need = ListNeed | LogNeed;

export type ListNeed = {
  readonly kind: 'list';
  readonly resource: Resource;
  readonly namespace?: string;
  /** Read one object by name instead of a list. */
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** No more of each object than facts are made of will do. */
  readonly brief?: true;
  /** Of pods: the first few will do; the table notes how many there are beyond. */
  readonly first?: FirstLook;
  /** Of pods: what the cells of the server's Table tell will do. */
  readonly cells?: true;
  /** Of pods: a closer look at some of which the cells are known. Where it fails, all are read instead, so it leaves no gap. */
  readonly closer?: true;
  /** Those of these namespaces will do. */
  readonly within?: readonly string[];
  readonly essential: boolean;
  readonly undecided: readonly string[];
};

/** A first look at a few pods. Where there are many beyond, their cells are likely to be asked for next. */
export type FirstLook = { readonly few: number; readonly many: number };

export type LogNeed = {
  readonly kind: 'log';
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  readonly essential: false;
  readonly undecided: readonly string[];
};

/** Two needs with one key are one read. */
export function needKey(need: Need): string {
  if (need.kind === 'log') return logKey(need);
  const where = [need.namespace, need.name, need.fieldSelector, need.labelSelector].map((part) => part ?? '').join('|');
  return `${resourceKey(need.resource)}|${where}${need.cells ? '|cells' : ''}${need.within ? `${WITHIN}${need.within.join(',')}` : ''}`;
}

const WITHIN = '|within ';
/** How the key of every need begins that is content with some of the objects that a need asks for. */
export const someKeys = (need: Need): string => `${needKey(need)}${WITHIN}`;

/** The need for all of what a need may be content with some of. */
export function wholeOf<Asked extends Need>(need: Asked): Asked {
  if (need.kind === 'log') return need;
  const { within: _, ...whole } = need;
  return whole as Asked;
}

export const logKey = (log: { namespace: string; pod: string; container: string; previous: boolean }): string =>
  `log|${log.namespace}/${log.pod}/${log.container}${log.previous ? '.previous' : ''}`;

/** A need that is not essential, unless it says more. */
export const listOf = (resource: Resource, undecided: readonly string[], more: Partial<ListNeed> = {}): ListNeed => ({
  kind: 'list',
  resource,
  essential: false,
  undecided,
  ...more,
});
