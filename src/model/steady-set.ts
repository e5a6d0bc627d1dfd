import { type Json, at, flag, list, number, text } from './json.ts';
import type { Pod } from './pod-table.ts';

/** A DaemonSet as its own status describes it where nothing is amiss: so many pods, each of its present template, each ready. */
export type SteadySet = {
  readonly namespace: string;
  readonly name: string;
  /** What its pods say of their owner. */
  readonly owner: NonNullable<Pod['owner']>;
  readonly pods: number;
  /** `name=image` of every container and init container. */
  readonly images: readonly string[];
};

/** Of longer names, those of the pods keep a part only (k8s.io/apiserver storage/names). */
const LONGEST_NAME = 57;

/**
 * Takes a DaemonSet on the host network; undefined where its status leaves anything open: a rollout, a pod that is not ready, one on a node
 * that it should not be on, a template that its controller has not seen yet (updateDaemonSetStatus, kubernetes/pkg/controller/daemon).
 */
export function steadySet(daemonSet: Json): SteadySet | undefined {
  const name = text(daemonSet, 'metadata', 'name') ?? '';
  const count = (field: string): number => number(daemonSet, 'status', field) ?? 0;
  const pods = count('desiredNumberScheduled');
  const all = ['currentNumberScheduled', 'updatedNumberScheduled', 'numberReady'].every((field) => count(field) === pods);
  const seen = count('observedGeneration') >= (number(daemonSet, 'metadata', 'generation') ?? 0);
  const onHost = flag(daemonSet, 'spec', 'template', 'spec', 'hostNetwork') ?? false;
  if (pods === 0 || !all || !seen || count('numberMisscheduled') > 0 || !onHost || name.length > LONGEST_NAME) return undefined;
  return {
    namespace: text(daemonSet, 'metadata', 'namespace') ?? '',
    name,
    owner: { kind: 'DaemonSet', name, uid: text(daemonSet, 'metadata', 'uid') ?? '' },
    pods,
    images: imagesOf(at(daemonSet, 'spec', 'template')),
  };
}

/** The steady ones among all DaemonSets of a cluster; of two of one name neither, since names are all that is known of their pods. */
export function steadySets(daemonSets: readonly Json[]): SteadySet[] {
  const names = Map.groupBy(daemonSets, (daemonSet) => text(daemonSet, 'metadata', 'name'));
  const sets = daemonSets.map((daemonSet) => steadySet(daemonSet)).filter((set) => set !== undefined);
  return sets.filter(({ name }) => names.get(name)?.length === 1);
}

/** `name=image` of every container and init container of a pod template, as its pods have them. */
export function imagesOf(template: Json): string[] {
  const containers = ['containers', 'initContainers'].flatMap((field) => list(template, 'spec', field));
  return containers.map((container) => `${text(container, 'name') ?? ''}=${text(container, 'image') ?? ''}`);
}
