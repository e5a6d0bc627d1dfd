import { type Investigation, type Weighed, of, proof } from '../investigation.ts';
import { isoTime } from '../../model/finding.ts';
import { pairsOf, podProof, startedTogether } from './proofs.ts';

/** A finished pod still carries the address that two live pods of its node hold: its late removal freed it (ovn-kubernetes#3919). */
export function lingeringOwner(investigation: Investigation): Weighed {
  const { facts } = investigation;
  const hits = pairsOf(investigation)
    .filter((finding) => finding.network === 'pod' && new Set(finding.nodes).size === 1)
    .flatMap((finding) => {
      const finished = facts
        .rowsAt(finding.address ?? '')
        .map((row) => facts.pods.pod(row))
        .filter((pod) => (pod.phase === 'Succeeded' || pod.phase === 'Failed') && finding.nodes.includes(pod.node));
      return finished.length > 0 && !startedTogether(investigation, finding) ? [{ finding, finished }] : [];
    });
  if (hits.length === 0) return undefined;
  return {
    confidence: 'likely',
    summary: `${hits[0]!.finding.address} was freed on behalf of a finished pod that had it before, while a live pod used it.`,
    decisive: [
      ...hits
        .flatMap((hit) => hit.finished)
        .slice(0, 2)
        .map((pod) => podProof(pod, `is ${pod.phase} and had ${pod.ips.join(', ')}`)),
      ...proof(
        hits.map((hit) => hit.finding),
        4,
      ),
    ],
    explains: hits.map((hit) => hit.finding),
  };
}

/** In a cloud network the cloud gives an address once; a pair means that the agent on a node is behind the cloud, or lost its memory (amazon-vpc-cni-k8s#3019). */
export function behindTheCloud(investigation: Investigation): Weighed {
  const { facts } = investigation;
  const pairs = pairsOf(investigation).filter((finding) => finding.network === 'pod' && !startedTogether(investigation, finding));
  if (facts.addressing !== 'node-network' || pairs.length === 0 || of(investigation, 'pod-ip-in-runtime-default-range').length > 0)
    return undefined;
  return {
    confidence: 'possible',
    summary: `${pairs[0]!.address} is held twice in a network where the cloud gives each address once: an agent’s memory disagrees with the cloud.`,
    decisive: proof(pairs, 4),
    explains: pairs,
    against: ['the agent’s records and the cloud’s are not in the API'],
    missing: [
      `on ${pairs[0]!.nodes[0] ?? 'the node'}: the agent’s own log (on AWS /var/log/aws-routed-eni/ipamd.log), and the addresses of its interfaces in the cloud`,
    ],
  };
}

/** Containers of unrelated pods of the node that ended in one minute show a restart that no event remembers (flannel#721). */
export function commonRestart(investigation: Investigation): Weighed {
  const { facts } = investigation;
  const pairs = pairsOf(investigation).filter((finding) => finding.network === 'pod' && new Set(finding.nodes).size === 1);
  if (pairs.length < 2) return undefined;
  const node = pairs[0]!.nodes[0]!;
  const onNode = pairs.filter((finding) => finding.nodes.includes(node));
  if (onNode.length < pairs.length) return undefined;
  const ends = new Map<number, Set<string>>();
  for (let row = 0; row < facts.pods.size; row++) {
    const pod = facts.pods.pod(row);
    if (pod.node !== node || pod.containers.restarts === 0 || pod.containers.lastFinished === undefined) continue;
    const minute = Math.floor(pod.containers.lastFinished / 120_000);
    ends.set(minute, (ends.get(minute) ?? new Set()).add(pod.owner?.uid ?? pod.uid));
  }
  const [minute, owners] = [...ends].toSorted((a, b) => b[1].size - a[1].size)[0] ?? [0, new Set<string>()];
  const certain = owners.size >= 3;
  return {
    confidence: 'possible',
    summary: `${onNode.length} pairs on ${node} alone: its own allocator gave addresses twice${certain ? `, after containers of ${owners.size} workloads ended together at ${isoTime(minute * 120_000)}` : ''}.`,
    decisive: proof(onNode),
    explains: onNode,
    against: ['no event shows that the allocator restarted or lost its files'],
    missing: [`on ${node}: ls -lt /var/lib/cni/networks/*; journalctl -u kubelet -u containerd`],
  };
}
