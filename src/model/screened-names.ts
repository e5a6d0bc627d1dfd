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

function note(pods: Map<string, number[]>, name: string, at: number): void {
  const known = pods.get(name);
  if (known) known.push(at);
  else pods.set(name, [at]);
}

type Lines = { readonly text: string; readonly starts: readonly number[]; readonly pods: readonly (readonly number[])[] };

/** Pods by their names, and by what these tell of their workloads. Pods are numbered in the order in which they are given. */
export class PodNames {
  readonly #names: readonly { readonly name: string }[];
  #size = 0;
  readonly #byWorkload = new Map<string, number[]>();
  /** Workloads' names one below the other: a pattern runs over thousands at once in the time of some calls. */
  #lines: Lines | undefined;
  #byName: Map<string, number[]> | undefined;

  /** Takes pods to which others may be added. */
  constructor(names: readonly { readonly name: string }[]) {
    this.#names = names;
  }

  /** Looks at pods that were added. */
  update(): this {
    if (this.#size === this.#names.length) return this;
    for (; this.#size < this.#names.length; this.#size++) {
      const { name } = this.#names[this.#size]!;
      note(this.#byWorkload, name.replace(MADE_UP, ''), this.#size);
      if (this.#byName) note(this.#byName, name, this.#size);
    }
    this.#lines = undefined;
    return this;
  }

  /** Those of one name. */
  of(name: string): readonly number[] {
    const near = this.#byWorkload.get(name.replace(MADE_UP, '')) ?? [];
    if (near.length < MANY) return near.filter((at) => this.#names[at]!.name === name);
    this.#byName ??= Map.groupBy(this.#names.keys(), (at) => this.#names[at]!.name);
    return this.#byName.get(name) ?? [];
  }

  /** Those that something of this name may have made. */
  from(owner: string): number[] {
    const kept = owner.slice(0, MOST_OF_A_NAME);
    const near = [...this.#byWorkload].flatMap(([workload, pods]) => (workload.startsWith(kept) || kept.startsWith(workload) ? pods : []));
    return near.filter((at) => mayBearNameOf(this.#names[at]!.name, owner)).toSorted((a, b) => a - b);
  }

  /** Those whose workload's name fits a pattern. */
  fitting(pattern: RegExp): number[] {
    const { text, starts, pods } = (this.#lines ??= this.#makeLines());
    const found = new Set<readonly number[]>();
    let line = 0;
    for (const { index } of text.matchAll(new RegExp(pattern.source.replaceAll('$', END), `${pattern.flags}gm`))) {
      while (line + 1 < starts.length && starts[line + 1]! <= index) line++;
      found.add(pods[line]!);
    }
    return [...found].flat().toSorted((a, b) => a - b);
  }

  #makeLines(): Lines {
    const starts: number[] = [];
    let length = 0;
    for (const name of this.#byWorkload.keys()) {
      starts.push(length);
      length += name.length + 1;
    }
    return { text: [...this.#byWorkload.keys()].join('\n'), starts, pods: [...this.#byWorkload.values()] };
  }
}
