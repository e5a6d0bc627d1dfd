import type { ClusterFacts } from '../model/facts.ts';
import type { Evidence, HolderClass } from '../model/finding.ts';
import { type Pod, podName, virtualMachineOf } from '../model/pod-table.ts';
import { type Sharing, classOf, inventedParties, isLive, liveParties, podEvidence } from './holders.ts';

const WHY: Partial<Record<HolderClass, string>> = {
  finished: 'is finished, its address is history',
  released: 'is being deleted and has given its address back',
  virtual: 'is on a virtual node, its address is not on this wire',
  pending: 'has not started',
};

/** Why a pod does not use the address that it carries; undefined where it does. */
export const idleReason = (facts: ClusterFacts, pod: Pod): string | undefined => WHY[classOf(facts, pod)];

/** Pods that do not simply carry their node's address. */
export const ownAddress = (pods: readonly Pod[]): Pod[] => pods.filter((pod) => !pod.hostNetwork);

/** Pods of one virtual machine, one of which takes over from the other; none where there is no such move. */
export function migrating(facts: ClusterFacts, pods: readonly Pod[]): Pod[] {
  const live = pods.filter((pod) => isLive(facts, pod));
  if (live.length < 2 || liveParties(facts, live).length !== 1) return [];
  const machines = live.filter((pod) => virtualMachineOf(pod) !== undefined);
  return machines.length > 1 ? machines : [];
}

/** Several pods carry the address, and at most one is on the wire with it. */
export function isHarmless(facts: ClusterFacts, { members, live }: Sharing): boolean {
  const own = ownAddress(members);
  if (own.length === 0 || live.length > 1 || inventedParties(facts, own).length > 0) return false;
  return own.some((pod) => idleReason(facts, pod) !== undefined) || migrating(facts, own).length > 0;
}

/** What is to be said of one address that is shared without harm. */
export function describeHarmless(
  facts: ClusterFacts,
  { address, pods }: Sharing,
): { readonly title: string; readonly evidence: Evidence[] } {
  const own = ownAddress(pods);
  const reasons = own.flatMap((pod) => {
    const reason = idleReason(facts, pod);
    return reason === undefined ? [] : [`${podName(pod)} ${reason}`];
  });
  return {
    title:
      migrating(facts, own).length > 0
        ? `${address} is shared by a virtual machine that migrates`
        : `${address} stands on ${own.length} pods, at most one of which uses it`,
    evidence: [
      ...own.map((pod) => podEvidence(pod)),
      ...reasons.slice(0, 5).map((text) => ({ source: 'pod' as const, ref: `pods at ${address}`, text })),
    ],
  };
}
