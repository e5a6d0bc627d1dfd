import { grown } from './growing.ts';
import { listed } from './listed.ts';

/** Letters that cannot spell a word, of which Kubernetes makes up names (k8s.io/apimachinery util/rand). */
const MADE_UP_LETTER = '[bcdfghjklmnpqrstvwxz2456789]';

/** What Kubernetes appends to the names of a workload's pods: a made-up word or, through a ReplicaSet, two. */
const MADE_UP = new RegExp(`(?:-${MADE_UP_LETTER}{5,10})?-${MADE_UP_LETTER}{5}$`);

/** Whether a name ends with a word that was made up for it: two pods with one such name are one pod. */
export const isMadeUp = (name: string): boolean => MADE_UP.test(name);

/** Of a workload's name, the API server keeps so much in the names it makes up (k8s.io/apiserver storage/names). */
const MOST_OF_A_NAME = 58;

/** Whether a pod may have been made from something of this name, as far as its own name tells. */
export function mayBearNameOf(pod: string, owner: string): boolean {
  if (owner.length >= MOST_OF_A_NAME) return pod.startsWith(owner.slice(0, MOST_OF_A_NAME));
  return pod.startsWith(owner) && pod[owner.length] === '-';
}

/** Where a workload's name ends, its pods' names may go on with one or two words more. */
const END = '(?=(?:-[^\\n-]*){0,2}$)';
/** From so many pods of a workload on, one of them is not looked for among all. */
const MANY = 500;

type Named = { readonly length: number; readonly name: (at: number) => string };
type Lines = { readonly text: string; readonly starts: readonly number[]; readonly workloads: readonly string[] };

/** Pods by their names, and by what these tell of their workloads. Pods are numbered in the order in which they are given. */
export class PodNames {
  readonly #pods: Named;
  #size = 0;
  /** The last pod of each workload, and by pod the one of its workload before it, + 1. */
  readonly #last = new Map<string, number>();
  #before = new Uint32Array(1 << 8);
  /** Workloads' names one below the other: a pattern runs over thousands at once in the time of some calls. */
  #lines: Lines | undefined;
  #byName: Map<string, number[]> | undefined;

  /** Takes pods to which others may be added. */
  constructor(pods: Named) {
    this.#pods = pods;
  }

  /** Looks at pods that were added. */
  #update(): void {
    if (this.#size === this.#pods.length) return;
    if (this.#pods.length > this.#before.length) this.#before = grown(this.#before, this.#pods.length);
    for (; this.#size < this.#pods.length; this.#size++) {
      const name = this.#pods.name(this.#size);
      const workload = name.replace(MADE_UP, '');
      this.#before[this.#size] = (this.#last.get(workload) ?? -1) + 1;
      this.#last.set(workload, this.#size);
      if (this.#byName) listed(this.#byName, name, this.#size);
    }
    this.#lines = undefined;
  }

  /** Those of one name. */
  of(name: string): readonly number[] {
    this.#update();
    if (this.#byName) return this.#byName.get(name) ?? [];
    const found: number[] = [];
    let near = 0;
    for (const at of this.#ofWorkload(name.replace(MADE_UP, ''))) {
      if (++near > MANY) {
        const byName = (this.#byName = new Map());
        for (let each = 0; each < this.#size; each++) listed(byName, this.#pods.name(each), each);
        return this.of(name);
      }
      if (this.#pods.name(at) === name) found.push(at);
    }
    return found.toReversed();
  }

  /** Those that something of this name may have made. */
  from(owner: string): number[] {
    this.#update();
    const kept = owner.slice(0, MOST_OF_A_NAME);
    const near = [...this.#last.keys()].filter((workload) => workload.startsWith(kept) || kept.startsWith(workload));
    return this.#inOrder(near).filter((at) => mayBearNameOf(this.#pods.name(at), owner));
  }

  /** Those whose workload's name fits a pattern. */
  fitting(pattern: RegExp): number[] {
    this.#update();
    const { text, starts, workloads } = (this.#lines ??= this.#makeLines());
    const found = new Set<string>();
    let line = 0;
    for (const { index } of text.matchAll(new RegExp(pattern.source.replaceAll('$', END), `${pattern.flags}gm`))) {
      while (line + 1 < starts.length && starts[line + 1]! <= index) line++;
      found.add(workloads[line]!);
    }
    return this.#inOrder([...found]);
  }

  /** From the last to the first. */
  *#ofWorkload(workload: string): Generator<number> {
    for (let at = this.#last.get(workload) ?? -1; at >= 0; at = this.#before[at]! - 1) yield at;
  }

  #inOrder(workloads: readonly string[]): number[] {
    return workloads.flatMap((workload) => [...this.#ofWorkload(workload)]).toSorted((a, b) => a - b);
  }

  #makeLines(): Lines {
    const workloads = [...this.#last.keys()];
    const starts: number[] = [];
    let length = 0;
    for (const name of workloads) {
      starts.push(length);
      length += name.length + 1;
    }
    return { text: workloads.join('\n'), starts, workloads };
  }
}
