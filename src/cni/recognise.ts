import type { AgentSet, BaseFacts, Recognition, Tri, Workload } from '../model/facts.ts';
import type { Evidence } from '../model/finding.ts';
import { listed } from '../model/listed.ts';
import { once } from '../model/once.ts';
import { type PodTable, podsPerhapsFrom, readInFull } from '../model/pod-table.ts';
import { compareVersions } from '../model/version.ts';

/** Where a CNI's agent can be found: by the name of its workload, its image, or a label of its pods. */
export type AgentHint = {
  readonly kind: AgentSet['kind'];
  readonly name: RegExp;
  readonly image: RegExp;
  readonly logContainers: readonly string[];
  readonly allocates?: boolean;
  /** Where name and image say little: the only namespace it is found in. */
  readonly namespace?: string;
};

/** The image of a container, without registry, digest and tag: mirrors keep the end of the path. */
const imageOf = (entry: string): string => entry.slice(entry.indexOf('=') + 1);

/** The version in an image tag: `quay.io/cilium/cilium:v1.14.2@sha256:…` → `1.14.2`. */
function imageVersion(image: string): string | undefined {
  const tag = /:v?(\d+\.\d+(?:\.\d+)?(?:[-+][\w.-]+)?|\d{4}-\d{2}(?:-\d{2})?)(?:@|$)/.exec(image);
  return tag?.[1];
}

/**
 * The workloads that fit a hint, with their pods. Both name and image must fit: a name alone may be anybody's, an image alone a helper's.
 * Pods are found by their owner, so pods of a workload that was deleted meanwhile still count by their name.
 */
export function findAgents(facts: BaseFacts, cni: string, hints: readonly AgentHint[]): AgentSet[] {
  const sets: AgentSet[] = [];
  for (const hint of hints) {
    const fits = (workload: Workload): boolean =>
      (hint.namespace ?? workload.namespace) === workload.namespace &&
      hint.name.test(workload.name) &&
      workload.images.some((entry) => hint.image.test(imageOf(entry)));
    const workloads = facts.workloads.filter((workload) => workload.kind !== 'CronJob' && fits(workload));
    for (const workload of workloads) {
      sets.push({
        cni,
        kind: hint.kind,
        allocates: hint.allocates ?? false,
        name: workload.name,
        workload,
        logContainers: hint.logContainers,
        pods: podsOf(facts, workload),
      });
    }
    if (workloads.length === 0) {
      const orphans = orphanPods(facts, hint);
      const name = orphans.length > 0 ? (facts.pods.pod(orphans[0]!).owner?.name ?? facts.pods.pod(orphans[0]!).name) : '';
      if (orphans.length > 0)
        sets.push({
          cni,
          kind: hint.kind,
          allocates: hint.allocates ?? false,
          name,
          workload: undefined,
          logContainers: hint.logContainers,
          pods: orphans,
        });
    }
  }
  return sets;
}

function podsOf(facts: BaseFacts, workload: Workload): number[] {
  const rows: number[] = [];
  const replicaSet = new RegExp(`^${workload.name.replaceAll(/[^\w-]/g, '.')}-[a-z0-9]+$`);
  for (const pod of podsPerhapsFrom(facts.pods, workload.name)) {
    if (pod.namespace !== workload.namespace) continue;
    const { owner } = pod;
    if (owner === undefined) continue;
    const owned = owner.kind === workload.kind && owner.name === workload.name;
    const throughReplicaSet = workload.kind === 'Deployment' && owner.kind === 'ReplicaSet' && replicaSet.test(owner.name);
    if (owned || throughReplicaSet) rows.push(pod.row);
  }
  return rows;
}

/** Agent pods of which the workload could not be read (or no longer exists). */
function orphanPods(facts: BaseFacts, hint: AgentHint): number[] {
  const rows = new Set(screenedRows(facts.pods, hint));
  for (const [image, found] of rowsByImage(facts.pods)) {
    if (!hint.image.test(image)) continue;
    for (const row of found) {
      const pod = facts.pods.pod(row);
      if (hint.namespace !== undefined && pod.namespace !== hint.namespace) continue;
      if (hint.name.test(pod.owner?.name ?? pod.name)) rows.add(row);
    }
  }
  return [...rows]
    .filter((row) => {
      const { phase } = facts.pods.pod(row);
      return phase !== 'Succeeded' && phase !== 'Failed';
    })
    .toSorted((a, b) => a - b);
}

/** Rows by the image of a container, of pods that were read in full: a cluster has few images. */
const rowsByImage = once((pods: PodTable): ReadonlyMap<string, readonly number[]> => {
  const byList = new Map<readonly string[], number[]>();
  for (const pod of readInFull(pods)) listed(byList, pod.containers.images, pod.row);
  const found = new Map<string, number[]>();
  for (const [images, rows] of byList)
    for (const image of new Set(images.map((entry) => imageOf(entry)))) for (const row of rows) listed(found, image, row);
  return found;
});

/** Rows of which only cells were read, and which may be agents by their names: asking for their images has them read. */
const screenedRows = (pods: PodTable, hint: AgentHint): number[] =>
  (pods.screening?.fitting(hint.name) ?? []).filter((row) =>
    pods.pod(row).containers.images.some((entry) => hint.image.test(imageOf(entry))),
  );

/** Versions of the agents' own image, newest first, from the pods that run and else from the template. */
export function agentVersions(facts: BaseFacts, agents: readonly AgentSet[], image: RegExp): string[] {
  const running = agents.flatMap((agent) => agent.pods.flatMap((row) => facts.pods.pod(row).containers.images));
  const images = running.length > 0 ? running : agents.flatMap((agent) => agent.workload?.images ?? []);
  const versions = new Set(
    images
      .map((entry) => imageOf(entry))
      .filter((entry) => image.test(entry))
      .map((entry) => imageVersion(entry))
      .filter((version) => version !== undefined),
  );
  return [...versions].toSorted((a, b) => compareVersions(b, a));
}

/** Whether the agents run with a flag, by their workloads or else by their pods; unknown where no arguments of theirs were read. */
export function agentsHaveFlag(facts: BaseFacts, agents: readonly AgentSet[], argument: string): Tri {
  const args = agents.flatMap((agent) => agent.workload?.args ?? agent.pods.flatMap((row) => facts.pods.pod(row).args));
  if (args.includes(argument)) return 'yes';
  return args.length > 0 || agents.every((agent) => agent.workload !== undefined) ? 'no' : 'unknown';
}

/** A node agent that has pods, or wants some. A DaemonSet that selects no node is a leftover. */
export const isActive = (agents: readonly AgentSet[]): boolean =>
  agents.some((agent) => agent.kind === 'node' && (agent.pods.length > 0 || (agent.workload?.desired ?? 0) > 0));

/** Evidence lines for the agents that were found. */
export const agentEvidence = (agents: readonly AgentSet[]): Evidence[] =>
  agents.map((agent) => ({
    source: 'workload',
    ref: agent.workload ? `${agent.workload.kind.toLowerCase()}/${agent.workload.namespace}/${agent.workload.name}` : `pods/${agent.name}`,
    text: `${agent.name}: ${agent.pods.length === 1 ? '1 pod' : `${agent.pods.length} pods`}${agent.workload?.desired === undefined ? '' : ` of ${agent.workload.desired} wanted`}`,
  }));

/** When the first of the node agents' workloads was created. */
export const agentsSince = (agents: readonly AgentSet[]): Recognition['since'] =>
  agents
    .filter((agent) => agent.kind === 'node')
    .map((agent) => agent.workload?.created)
    .reduce<number | undefined>(
      (min, created) => (created !== undefined && (min === undefined || created < min) ? created : min),
      undefined,
    );
