import type { Json } from '../../model/json.ts';
import type { Collection } from '../collection.ts';
import type { LogClaim } from '../logs.ts';

/**
 * What is particular to the dumps of one tool. Objects are recognised by what they are, wherever they stand;
 * a layout adds whose log a file is, what the dump says about itself, and what it never holds.
 */
export type Layout = {
  readonly id: string;
  /** How people call it. */
  readonly title: string;
  /** Paths that only this layout has. */
  readonly marker?: RegExp;
  readonly logOf?: (path: string) => LogClaim | undefined;
  /** A small file that is no object: the dump's time, the server's version, what could not be collected. */
  readonly note?: (path: string) => ((text: string, into: Collection, file: string) => void) | undefined;
  /** Files that hold nothing an address could be judged by. */
  readonly skip?: RegExp;
  /** The namespace that was collected, as a path tells: also one without pods. */
  readonly covers?: (path: string) => string | undefined;
  /** A JSON document that is no object of a cluster; true when the layout knows it. */
  readonly document?: (value: Json, path: string, into: Collection) => boolean;
  /** Everything was read: what this layout leaves out. Called when one of its files was seen. */
  readonly finish?: (into: Collection) => void;
};

/** Groups of a path, or undefined. */
const groups = (pattern: RegExp, path: string): Record<string, string> | undefined => pattern.exec(path)?.groups;

/** A log whose path names namespace, pod and container. */
export function logAt(pattern: RegExp, previous: (found: Record<string, string>) => boolean): NonNullable<Layout['logOf']> {
  return (path) => {
    const found = groups(pattern, path);
    return found && { namespace: found['ns']!, pod: found['pod']!, container: found['container'] ?? '*', previous: previous(found) };
  };
}

/** Notes the time a dump says it was made; of several the newest. */
export function stateTime(into: Collection, text: string | undefined): void {
  const parsed = text === undefined ? Number.NaN : Date.parse(text);
  if (!Number.isNaN(parsed) && parsed > (into.stated ?? 0)) into.stated = parsed;
}

/** A kind that was asked for when the dump was made, and refused. */
export function refused(into: Collection, what: string, message: string): void {
  const known = into.gaps.some((gap) => gap.what === what && gap.message === message);
  if (known) return;
  into.gaps.push({
    what,
    verb: 'list',
    resource: what,
    reason: /forbidden|Forbidden|cannot (?:list|get)/.test(message) ? 'forbidden' : 'unreachable',
    message: message.slice(0, 300),
    blocks: [],
    essential: false,
  });
}

/** Pods of some namespaces only: what is found is true, but "clean" cannot be said. */
export function onlySomeNamespaces(into: Collection, message: string): void {
  into.gaps.push({
    what: 'pods of other namespaces',
    verb: 'list',
    resource: 'pods',
    reason: 'absent',
    message,
    blocks: ['duplicate-pod-ip', 'duplicates-confirmed'],
    essential: true,
  });
}

/** Namespaces that the dump knows of, and of whose pods it says nothing. */
export function uncovered(into: Collection): string[] {
  const known = [...(into.objects.get('/Namespace')?.keys() ?? [])].map((name) => name.slice(1));
  return known.filter((name) => !into.podNamespaces.has(name) && !/^(?:default|kube-public|kube-node-lease)$/.test(name));
}
