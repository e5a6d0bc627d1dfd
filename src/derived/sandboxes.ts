import type { ClusterFacts, EventFact, SignalKind } from '../model/facts.ts';
import type { Pod } from '../model/pod-table.ts';
import { EVENTS } from '../model/resource.ts';
import { isNetworkFailure } from '../model/sandbox-failure.ts';

/** Pods that wait for a sandbox now, with the event that says why. A pod that got its address meanwhile is left out. */
export function failingSandboxes(facts: ClusterFacts): { pod: Pod; event: EventFact; means: SignalKind | undefined }[] {
  return facts.events.flatMap((event) => {
    if (event.object.kind !== 'Pod') return [];
    const sandbox = event.reason === 'FailedCreatePodSandBox' && isNetworkFailure(event.message) === 'yes';
    const cni =
      /^(?:AcquireAddressFailed|PodNetworkAllocationFailed|ErrorAllocatingPod|ErrorReconcilingPod|AllocIPFailed|AllocResourceFailed|BranchAllocationFailed|NetworkNotReady)$/.test(
        event.reason,
      );
    const row = sandbox || cni ? facts.pods.find(event.object.namespace, event.object.name) : undefined;
    if (row === undefined) return [];
    const pod = facts.pods.pod(row);
    if (
      pod.ips.length > 0 ||
      pod.phase === 'Succeeded' ||
      pod.phase === 'Failed' ||
      pod.hostNetwork ||
      (event.object.uid !== '' && event.object.uid !== pod.uid)
    )
      return [];
    const signal = facts.signals.find(
      (candidate) =>
        candidate.pod?.namespace === pod.namespace &&
        candidate.pod.name === pod.name &&
        event.message.includes(candidate.evidence.text.replace(/^[A-Za-z]+: /, '').slice(0, 60)),
    );
    return [{ pod, event, means: signal?.means }];
  });
}

/** Whether events were read, and all that were asked for: only then is it known that none tells of trouble. */
export const knowsEvents = (facts: ClusterFacts): boolean =>
  facts.read(EVENTS) === 'yes' && !facts.gaps.some((gap) => gap.resource === EVENTS.plural);
