import type { Need } from '../model/need.ts';
import type { StepId } from '../model/report.ts';
import { DAEMON_SETS, DEPLOYMENTS, EVENTS, NODES, PODS, type Resource, resourceKey, SERVICES } from '../model/resource.ts';
import { isAnswered, type Snapshot } from '../model/snapshot.ts';

/** What each step looks at of the inventory. */
const LOOKS_AT: Readonly<Partial<Record<StepId, readonly Resource[]>>> = {
  'describe-pod': [PODS, NODES],
  'pod-events': [EVENTS],
  'list-pod-ips': [PODS, NODES, SERVICES],
  'cni-status': [PODS, DAEMON_SETS, DEPLOYMENTS],
};

/** The steps that wait for one of the needs of this round. The logs come last, and the ranges are known when only logs are missing. */
export function pendingSteps(needs: readonly Need[], snapshot: Snapshot): StepId[] {
  const open = needs.filter((need) => !isAnswered(snapshot, need));
  const waits = (resources: readonly Resource[]): boolean =>
    open.some((need) => need.kind === 'list' && resources.some((resource) => resourceKey(resource) === resourceKey(need.resource)));
  const steps = (Object.keys(LOOKS_AT) as StepId[]).filter((step) => waits(LOOKS_AT[step]!));
  const ranges = open.some((need) => need.kind === 'list');
  return [...steps, ...(ranges ? (['cluster-cidrs'] as const) : []), 'cni-logs'];
}
