import { canonicalAddress } from '../ip/address.ts';
import type { StaticRequest, Tri, Workload } from '../model/facts.ts';
import type { Pod } from '../model/pod-table.ts';

type Read = (value: string) => readonly string[];

/** Addresses that pods ask for in an annotation. */
export function annotationRequests(pods: Iterable<Pod>, key: string, network: string, checked: Tri, read: Read): StaticRequest[] {
  const found: StaticRequest[] = [];
  for (const pod of pods) {
    const value = pod.annotations[key];
    if (value === undefined || pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    for (const asked of read(value)) {
      const address = canonicalAddress(asked);
      if (address === undefined) continue;
      found.push({
        address,
        network,
        checked,
        ref: `pod/${pod.namespace}/${pod.name}`,
        pod: { namespace: pod.namespace, name: pod.name },
        workload: undefined,
        text: `${key}: ${value.slice(0, 200)}`,
      });
    }
  }
  return found;
}

/** Addresses that stand in a pod template, so that every replica asks for them. */
export function templateRequests(workloads: readonly Workload[], key: string, network: string, checked: Tri, read: Read): StaticRequest[] {
  return workloads.flatMap((workload) => {
    const value = workload.podAnnotations[key];
    if (value === undefined) return [];
    return read(value).flatMap((asked) => {
      const address = canonicalAddress(asked);
      if (address === undefined) return [];
      const { kind, namespace, name, desired } = workload;
      const ref = `${kind.toLowerCase()}/${namespace}/${name}`;
      return [
        {
          address,
          network,
          checked,
          ref,
          pod: undefined,
          workload: { kind, namespace, name, replicas: desired },
          text: `${key} in the pod template: ${value.slice(0, 200)}`,
        },
      ];
    });
  });
}
