import type { EndpointFact, ServiceFact, Workload } from '../model/facts.ts';
import { type PodTable, eachPod } from '../model/pod-table.ts';

type Seen = {
  readonly pods: PodTable;
  readonly services: readonly ServiceFact[];
  readonly endpoints: readonly EndpointFact[];
  readonly workloads: readonly Workload[];
};

const SYSTEM = 'kube-system';

/**
 * Why pods out of files are not those of the whole cluster, as far as can be told; undefined where they seem to be. A list does not say
 * whether it was asked for with `-A` or for one namespace. Pods of one namespace are taken for all in a cluster that is new alone: they are
 * the system's, and other lists beside them hold objects of other namespaces.
 */
export function whyNotWhole({ pods, services, endpoints, workloads }: Seen): string | undefined {
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
