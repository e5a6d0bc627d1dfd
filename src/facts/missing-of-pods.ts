import type { BaseFacts } from '../model/facts.ts';
import { type Gap, missing, podsMissing } from '../model/gap.ts';
import { type Pod, inFull, podName, podsWhere } from '../model/pod-table.ts';
import { EVENTS } from '../model/resource.ts';
import { type Snapshot, gapsOf } from '../model/snapshot.ts';

/** What the pods themselves show to be missing, though no read failed. */
export const missingOfPods = (base: BaseFacts, snapshot: Snapshot): Gap[] => [
  ...partOfCluster(base, snapshot),
  ...withoutStatus(base),
  ...waitingUnexplained(base),
];

const partOfCluster = ({ podsAreOfPart }: BaseFacts, snapshot: Snapshot): Gap[] =>
  podsAreOfPart === undefined || gapsOf(snapshot).some((gap) => gap.resource === 'pods') ? [] : [podsMissing(podsAreOfPart)];

/** Pods on nodes without a status, as manifests and tidied exports have them: no API server shows such, and whatever addresses they hold is not in it. */
function withoutStatus(base: BaseFacts): Gap[] {
  const bare = podsWhere(
    inFull(base.pods),
    ({ phase, node, ips, started, hostIP }) =>
      phase === 'Unknown' && node !== '' && ips.length === 0 && started === undefined && hostIP === undefined,
  );
  if (bare.length === 0) return [];
  return [
    missing('pods', 'status of pods', `${some(bare, 'has', 'have')} no status (${names(bare)}), which would show the addresses`, [
      'duplicate-pod-ip',
      'duplicates-confirmed',
      'ipam-leak',
      'cni-agent-unhealthy',
    ]),
  ];
}

const LONG_MS = 2 * 60_000;

/** Pods that wait for their sandbox while no event could be read: whether an address is what they lack cannot be told. */
function waitingUnexplained(base: BaseFacts): Gap[] {
  if (base.read(EVENTS) !== 'no') return [];
  const waiting = podsWhere(
    base.pods,
    (pod) =>
      pod.phase === 'Pending' &&
      pod.node !== '' &&
      !pod.hostNetwork &&
      pod.ips.length === 0 &&
      pod.deletion === undefined &&
      base.now - (pod.created ?? base.now) > LONG_MS,
  );
  if (waiting.length === 0) return [];
  const message = `${some(waiting, 'waits', 'wait')} without an address (${names(waiting)}), and no event could be read that says why`;
  return [missing('events', 'events', message, ['sandbox-creation-failing', 'pool-exhausted', 'ipam-leak', 'events-show-ipam-failure'])];
}

const some = ({ length }: readonly Pod[], one: string, more: string): string => `${length} ${length === 1 ? `pod ${one}` : `pods ${more}`}`;
const names = (pods: readonly Pod[]): string => pods.slice(0, 3).map(podName).join(', ');
