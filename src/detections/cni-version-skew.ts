import { skewedContainers } from '../derived/agents.ts';
import { compareVersions } from '../model/version.ts';
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
    for (const agent of facts.cnis
      .filter((cni) => cni.role !== 'leftover')
      .flatMap((cni) => cni.agents)
      .filter((candidate) => candidate.kind === 'node')) {
      for (const { container, images } of skewedContainers(facts, agent)) {
        const newest = Math.max(...agent.pods.map((row) => facts.pods.pod(row).created ?? 0));
        const onDelete = agent.workload?.updateStrategy === 'OnDelete';
        const rolling = !onDelete && facts.now - newest < ROLLOUT_MS;
        // The newest first: what follows are the nodes that lag behind.
        const tag = (image: string): string => image.slice(image.lastIndexOf(':') + 1);
        const rows = [...images.entries()].toSorted((a, b) => compareVersions(tag(b[0]), tag(a[0])) || b[1].length - a[1].length);
        yield finding(
          'cni-version-skew',
          rolling ? 'info' : 'warning',
          'confirmed',
          `${agent.name} runs ${rows.length} versions of ${container}: ${rows.map(([image, on]) => `${image.split('/').at(-1)} on ${on.length}`).join(', ')}`,
          {
            nodes: rows.slice(1).flatMap(([, on]) => on),
            evidence: [
              ...rows.map(([image, on]) => ({
                source: 'workload' as const,
                ref: `daemonset/${agent.workload?.namespace ?? ''}/${agent.name}`,
                text: `${image} on ${some(on, 4)}`,
              })),
              ...(agent.workload?.updated === undefined
                ? []
                : [
                    {
                      source: 'workload' as const,
                      ref: `daemonset/${agent.workload.namespace}/${agent.name}`,
                      text: `updated ${agent.workload.updated} of ${agent.workload.desired ?? '?'} (${agent.workload.updateStrategy ?? 'RollingUpdate'})`,
                    },
                  ]),
            ],
          },
        );
      }
    }
  },
};
