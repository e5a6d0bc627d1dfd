import type { EndpointFact, NodeFact, ServiceFact, Workload } from '../model/facts.ts';
import { type PodTable, eachPod, podName } from '../model/pod-table.ts';

type Seen = {
  readonly now: number;
  readonly pods: PodTable;
  readonly nodes: readonly NodeFact[];
  readonly services: readonly ServiceFact[];
  readonly endpoints: readonly EndpointFact[];
  readonly workloads: readonly Workload[];
};

const SYSTEM = 'kube-system';
/** So much of what ought to be here, and so many, are no accident of lists that were read one after the other. */
const SHARE = 1 / 5;
const MANY = 3;
/** A node has its first pods soon. */
const YOUNG_MS = 10 * 60_000;

/**
 * Why pods out of files are not those of the whole cluster, as far as can be told; undefined where they seem to be. A list does not say
 * whether it was asked for with `-A`, for one namespace or for some nodes.
 */
export const whyNotWhole = (seen: Seen): string | undefined =>
  areOfSomeNamespaces(seen) ?? areOfSomeNodes(seen) ?? areFewerThanReady(seen) ?? areFewerThanServed(seen);

/**
 * Pods of one namespace are taken for all in a cluster that is new alone: they are the system's, and other lists beside them hold objects
 * of other namespaces.
 */
function areOfSomeNamespaces({ pods, services, endpoints, workloads }: Seen): string | undefined {
  const namespaces = new Set<string>();
  let everywhere = false;
  for (const { namespace, owner } of eachPod(pods)) {
    namespaces.add(namespace);
    everywhere ||= owner?.kind === 'DaemonSet' || owner?.kind === 'Node';
  }
  const missing = [
    ...workloads.filter(({ kind, ready }) => kind !== 'CronJob' && (ready ?? 0) > 0),
    ...endpoints.flatMap(({ ready, target }) => (ready && target?.kind === 'Pod' ? [target] : [])),
  ].find(({ namespace }) => !namespaces.has(namespace));
  if (missing)
    return `pods of namespace ${missing.namespace} are ready, and none of them is here: these are the pods of some namespaces only`;
  if (namespaces.size > 1)
    return everywhere || namespaces.has(SYSTEM)
      ? undefined
      : 'no pod of kube-system, of a DaemonSet or of a node’s own is here: this looks like the pods of some namespaces only';
  const isNew = everywhere && namespaces.has(SYSTEM) && [...services, ...workloads].some(({ namespace }) => namespace !== SYSTEM);
  return isNew ? undefined : `all pods are of one namespace (${[...namespaces].join('')}): this looks like the pods of that one only`;
}

/** A DaemonSet has a pod on each node that has any, and others are Ready without. DaemonSets that were read tell it by their numbers. */
function areOfSomeNodes({ now, pods, nodes, workloads }: Seen): string | undefined {
  if (workloads.some(({ kind }) => kind === 'DaemonSet')) return undefined;
  const settled = nodes.filter(
    ({ ready, virtual, deletion, created }) => ready === 'yes' && !virtual && deletion === undefined && now - (created ?? now) > YOUNG_MS,
  );
  const daemons = new Map<string, Set<string>>();
  for (const { node, namespace, owner } of eachPod(pods)) {
    const here = daemons.get(node) ?? new Set();
    daemons.set(node, here);
    if (owner?.kind === 'DaemonSet') here.add(`${namespace}/${owner.name}`);
  }
  for (const alike of Map.groupBy(settled, ({ labels }) => labels['kubernetes.io/os']).values()) {
    const [some = new Set<string>(), ...others] = alike.flatMap(({ name }) => daemons.get(name) ?? []);
    const everywhere = [...some].find((daemonSet) => others.every((here) => here.has(daemonSet)));
    const bare = alike.filter(({ name }) => !daemons.has(name)).map(({ name }) => name);
    if (everywhere !== undefined && bare.length > 0 && bare.length >= alike.length * SHARE)
      return `${bare.length === 1 ? '1 Ready node has' : `${bare.length} Ready nodes have`} no pod here (${bare.slice(0, 3).join(', ')}), while ${everywhere} has one on each of the others: these are the pods of some nodes only`;
  }
  return undefined;
}

function areFewerThanReady({ pods, workloads }: Seen): string | undefined {
  const ready = new Map<string, number>();
  for (const { namespace, ready: count } of workloads) ready.set(namespace, (ready.get(namespace) ?? 0) + (count ?? 0));
  const lacking = new Map(ready);
  for (const { namespace } of eachPod(pods)) lacking.set(namespace, (lacking.get(namespace) ?? 0) - 1);
  const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + Math.max(0, count), 0);
  const [absent, wanted] = [sum(lacking.values()), sum(ready.values())];
  return isMuch(absent, wanted)
    ? `${wanted} pods of workloads are ready, and ${absent} of them are not here: these are some pods only`
    : undefined;
}

/** An endpoint whose address another has is a stale one. */
function areFewerThanServed({ pods, endpoints }: Seen): string | undefined {
  const targets = new Map(
    endpoints.flatMap((entry) => (entry.ready && entry.target?.kind === 'Pod' ? [[podName(entry.target), entry]] : [])),
  );
  const absent = [...targets.values()].filter(
    ({ address, target }) => pods.find(target!.namespace, target!.name) === undefined && pods.rowsAt(address).length === 0,
  );
  return isMuch(absent.length, targets.size)
    ? `${absent.length} of ${targets.size} pods that are ready behind Services are not here (${absent
        .slice(0, 3)
        .map(({ target }) => podName(target!))
        .join(', ')}): these are some pods only`
    : undefined;
}

const isMuch = (part: number, of: number): boolean => part >= MANY && part >= of * SHARE;
