import type { AgentSet, ClusterFacts } from '../model/facts.ts';
import { podName } from '../model/pod-table.ts';
import { finding, some } from './common.ts';
import type { Detection } from './detection.ts';

/** A rollout of a DaemonSet takes minutes, on large clusters an hour or two. */
const ROLLOUT_MS = 2 * 3_600_000;

export const cniVersionSkew: Detection = {
  id: 'cni-version-skew',
  explains: {
    title: 'CNI agents of different versions run side by side',
    meaning: 'Some nodes run another release of the CNI than others. Most releases get along; some disagree about how records are kept.',
    arises: 'An update strategy of OnDelete, a rollout that is stuck, a node that was left out.',
    tellApart: 'During a rollout it is normal, and rolling the DaemonSet does not touch running pods.',
    action: 'Finish the rollout on all nodes.',
    sources: ['projectcalico/calico#1406', 'projectcalico/calico#8131'],
  },
  *find(facts) {
    for (const agent of facts.cnis.filter((cni) => cni.role !== 'leftover').flatMap((cni) => cni.agents).filter((candidate) => candidate.kind === 'node')) {
      for (const { container, images } of skewedContainers(facts, agent)) {
        const newest = Math.max(...agent.pods.map((row) => facts.pods.pod(row).created ?? 0));
        const onDelete = agent.workload?.updateStrategy === 'OnDelete';
        const rolling = !onDelete && facts.now - newest < ROLLOUT_MS;
        const rows = [...images.entries()].toSorted((a, b) => b[1].length - a[1].length);
        yield finding('cni-version-skew', rolling ? 'info' : 'warning', 'confirmed', `${agent.name} runs ${rows.length} versions of ${container}: ${rows.map(([image, on]) => `${image.split('/').at(-1)} on ${on.length}`).join(', ')}`, {
          nodes: rows.slice(1).flatMap(([, on]) => on),
          evidence: [
            ...rows.map(([image, on]) => ({ source: 'workload' as const, ref: `daemonset/${agent.workload?.namespace ?? ''}/${agent.name}`, text: `${image} on ${some(on, 4)}` })),
            ...(agent.workload?.updated === undefined ? [] : [{ source: 'workload' as const, ref: `daemonset/${agent.workload.namespace}/${agent.name}`, text: `updated ${agent.workload.updated} of ${agent.workload.desired ?? '?'} (${agent.workload.updateStrategy ?? 'RollingUpdate'})` }]),
          ],
        });
      }
    }
  },
};

/** Containers of one name that run from images of different tags on different nodes. */
export function skewedContainers(facts: ClusterFacts, agent: AgentSet): { container: string; images: Map<string, string[]> }[] {
  const byContainer = new Map<string, Map<string, string[]>>();
  for (const row of agent.pods) {
    const pod = facts.pods.pod(row);
    if (pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    for (const entry of pod.containers.images) {
      const [container, image] = [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1).replace(/@sha256:.*$/, '')];
      const images = byContainer.get(container) ?? new Map<string, string[]>();
      byContainer.set(container, images);
      images.set(image, [...(images.get(image) ?? []), pod.node || podName(pod)]);
    }
  }
  return [...byContainer].filter(([, images]) => images.size > 1).map(([container, images]) => ({ container, images }));
}
