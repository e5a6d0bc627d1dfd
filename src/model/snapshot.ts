import type { Gap } from './gap.ts';
import type { Json } from './json.ts';
import { type Need, needKey } from './need.ts';
import type { PodTable } from './pod-table.ts';
import { type Resource, resourceKey } from './resource.ts';

/** Where a snapshot comes from. */
export type Source =
  | { readonly kind: 'cluster'; readonly context: string; readonly server: string; readonly kubernetesVersion: string | undefined }
  | {
      readonly kind: 'files';
      readonly files: readonly string[];
      readonly kubernetesVersion: string | undefined;
      /** Somebody chose what to dump: a kind that is not here may be in the cluster all the same. */
      readonly partial?: boolean;
    };

/** Lines of one container's log, oldest first. `cut` says that earlier lines were left out. */
export type LogText = {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  readonly text: string;
  readonly cut: boolean;
};

/** The answer to one need: objects, or the gap where they should have been. */
export type Answer = { readonly objects: readonly Json[] } | { readonly gap: Gap };

/**
 * What an API server (or a capture) answered so far, and the gaps where it would not: plain data, the only input of `examine`.
 * Pods live in a table of their own, because they are many.
 */
export type Snapshot = {
  readonly source: Source;
  /** Milliseconds since the epoch: when it was read, or the capture's own time. Ages and "recent" are relative to it. */
  readonly now: number;
  readonly pods: PodTable;
  /** Answers by need key. */
  readonly answers: ReadonlyMap<string, Answer>;
  readonly logs: ReadonlyMap<string, LogText>;
  /** Keys of resources that the server or capture knows, or undefined when that could not be learnt. */
  readonly served: ReadonlySet<string> | undefined;
  /** `ns/name` of the pods under suspicion that a second read found again, unchanged. */
  readonly confirmed: ReadonlySet<string>;
  /** Gaps that belong to no need: files that could not be read, pages that were lost. */
  readonly gaps: readonly Gap[];
};

/** All objects of a kind that any answer holds. */
export function objectsOf(snapshot: Snapshot, resource: Resource): Json[] {
  const prefix = `${resourceKey(resource)}|`;
  const found = new Set<Json>();
  for (const [key, answer] of snapshot.answers) {
    if (key.startsWith(prefix) && 'objects' in answer) for (const object of answer.objects) found.add(object);
  }
  return [...found];
}

/** Whether a kind was read at all: no = asked and refused or absent, unknown = never asked. */
export function wasRead(snapshot: Snapshot, resource: Resource): 'yes' | 'no' | 'unknown' {
  const prefix = `${resourceKey(resource)}|`;
  let answer: 'yes' | 'no' | 'unknown' = 'unknown';
  for (const [key, found] of snapshot.answers) {
    if (!key.startsWith(prefix)) continue;
    if ('objects' in found) return 'yes';
    answer = 'no';
  }
  return answer;
}

export const isAnswered = (snapshot: Snapshot, need: Need): boolean =>
  snapshot.answers.has(needKey(need)) || snapshot.logs.has(needKey(need));

/** Every gap of a snapshot, each once; first those without which nothing is clean. */
export function gapsOf(snapshot: Snapshot): Gap[] {
  const fromAnswers = [...snapshot.answers.values()].flatMap((answer) => ('gap' in answer ? [answer.gap] : []));
  const seen = new Map([...snapshot.gaps, ...fromAnswers].map((gap) => [`${gap.what}|${gap.namespace ?? ''}|${gap.reason}`, gap]));
  return [...seen.values()].toSorted((a, b) => Number(b.essential) - Number(a.essential));
}
