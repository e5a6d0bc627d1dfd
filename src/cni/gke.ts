import type { BaseFacts, CniFacts, Recognition } from '../model/facts.ts';
import { podsPerhapsFrom } from '../model/pod-table.ts';
import type { CniProfile } from './cni-profile.ts';
import { podCidrRanges } from './pod-cidrs.ts';

/** GKE without Dataplane V2 (which the Cilium profile knows as anetd): ptp with host-local from the node's alias range. */
function recognise(facts: BaseFacts): Recognition | undefined {
  const nodes = facts.nodes.filter((node) => node.labels['cloud.google.com/gke-nodepool'] !== undefined);
  if (nodes.length === 0 || nodes.length * 2 < facts.nodes.length) return undefined;
  for (const pod of podsPerhapsFrom(facts.pods, 'anetd')) if (pod.owner?.name === 'anetd') return undefined;
  return {
    id: 'gke',
    title: 'GKE',
    versions: [],
    confidence: 'medium',
    role: 'primary',
    ipam: 'host-local',
    evidence: [{ source: 'node', ref: `node/${nodes[0]!.name}`, text: 'label cloud.google.com/gke-nodepool' }],
    agents: [],
    since: undefined,
  };
}

const interpret = (_recognition: Recognition, facts: BaseFacts): Partial<CniFacts> => ({
  addressing: 'node-range',
  nodeRanges: podCidrRanges(facts),
});

export const gke: CniProfile = { id: 'gke', title: 'GKE', recognise, interpret, signatures: [] };
