import { type Gap, missing, podsMissing } from '../model/gap.ts';
import { type Json, at, list, number, text } from '../model/json.ts';

/**
 * What DaemonSets run, and where: a dump does not say that it holds the pods of some namespaces or some of the Nodes only,
 * but a DaemonSet's pods that are missing, or that are ready on a node that is missing, do.
 */
export class Daemons {
  /** Pods by the DaemonSet that they are of. */
  readonly #pods = new Map<string, number>();
  /** Nodes on which one of them is ready. */
  readonly #nodes = new Set<string>();
  #others = false;

  note(pod: Json): void {
    const daemonSet = list(pod, 'metadata', 'ownerReferences').find((owner) => text(owner, 'kind') === 'DaemonSet');
    this.#others = true;
    if (daemonSet === undefined) return;
    const name = `${text(pod, 'metadata', 'namespace') ?? 'default'}/${text(daemonSet, 'name') ?? ''}`;
    this.#pods.set(name, (this.#pods.get(name) ?? 0) + 1);
    const node = text(pod, 'spec', 'nodeName');
    if (node !== undefined && isServing(pod)) this.#nodes.add(node);
  }

  /** What is missing, once all was read: `nodes` are the names of the Nodes that are here. */
  gaps(daemonSets: Iterable<Json>, nodes: ReadonlySet<string>): Gap[] {
    return [...this.#missingPods(daemonSets), ...this.#missingNodes(nodes)];
  }

  /** A DaemonSet of whose ready pods less than half are here, while there are pods. */
  #missingPods(daemonSets: Iterable<Json>): Gap[] {
    const named = [...daemonSets].map((daemonSet) => ({
      daemonSet,
      name: `${text(daemonSet, 'metadata', 'namespace') ?? 'default'}/${text(daemonSet, 'metadata', 'name') ?? ''}`,
    }));
    // The first by name: files hold them in any order.
    for (const { daemonSet, name } of this.#others ? named.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : []) {
      const ready = number(daemonSet, 'status', 'numberReady') ?? 0;
      const here = this.#pods.get(name) ?? 0;
      if (here * 2 >= ready) continue;
      return [
        podsMissing(
          `DaemonSet ${name} says that ${ready} of its pods are ready, and ${here === 0 ? 'none is' : `only ${here} are`} here: these are some pods only`,
        ),
      ];
    }
    return [];
  }

  /** A Node that is gone takes such pods with it at once: where they are ready, the Node is, too. */
  #missingNodes(nodes: ReadonlySet<string>): Gap[] {
    const gone = nodes.size === 0 ? [] : [...this.#nodes].filter((name) => !nodes.has(name)).toSorted();
    if (gone.length === 0) return [];
    return [
      missing(
        'nodes',
        'nodes',
        `pods of DaemonSets are ready on ${gone.length} ${gone.length === 1 ? 'node that is' : 'nodes that are'} not here (${gone.slice(0, 3).join(', ')}): these are some nodes only`,
        ['overlapping-node-ranges', 'pod-ip-equals-node-ip', 'duplicate-node-ip', 'stale-holder', 'cidrs-overlap', 'recent-nodes'],
      ),
    ];
  }
}

/** A pod that is ready and stays. */
const isServing = (pod: Json): boolean =>
  at(pod, 'metadata', 'deletionTimestamp') === undefined &&
  list(pod, 'status', 'conditions').some((condition) => text(condition, 'type') === 'Ready' && text(condition, 'status') === 'True');
