import type { NodeFact } from './facts.ts';
import type { HolderClass } from './finding.ts';
import type { Pod } from './pod-table.ts';

/** After the grace period a kubelet still needs a moment to tear a pod down and report it. */
const OVERDUE_MS = 60_000;

/**
 * What kind of holder of its address a pod is. Status of a pod is what its kubelet last said, so a silent kubelet outranks the phase;
 * a finished pod keeps status.podIP as history (kubernetes#62935); a deleted pod holds its address until its containers ended.
 */
export function holderClass(pod: Pod, node: NodeFact | undefined, nodesKnown: boolean): HolderClass {
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return 'finished';
  if (pod.hostNetwork) return 'host';
  if (node?.virtual) return 'virtual';
  if (pod.ips.length === 0) return 'pending';
  const nodeGone = nodesKnown && node === undefined && pod.node !== '';
  if (nodeGone || node?.unreachable || pod.phase === 'Unknown') return 'unreachable';
  if (pod.deletion === undefined) return 'live';
  return networkGone(pod) ? 'released' : 'terminating';
}

/** Containers have ended, or Calico has emptied its annotation at CNI DEL. */
function networkGone(pod: Pod): boolean {
  const { running, terminated } = pod.containers;
  return (running === 0 && terminated > 0) || pod.annotations['cni.projectcalico.org/podIP'] === '';
}

/** A pod that should be gone by now and is not. */
export const isOverdue = (pod: Pod, now: number): boolean => pod.deletion !== undefined && now - pod.deletion > OVERDUE_MS;
