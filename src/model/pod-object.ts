import { canonicalAddress } from '../ip/address.ts';
import { type Json, at, list, number, record, text, textRecord, time } from './json.ts';
import type { ContainerSummary } from './pod-table.ts';

// What a pod as the API serves it says, in the words of the table.

/** Annotations that networking software writes or reads. */
export const NETWORK_ANNOTATION = /cni|network|ovn|calico|cilium|kubevirt|ipam|antrea|spidernet|aliyun|kube-router|vpc\.amazonaws|multus/i;

/** Canonical addresses of status.podIPs, or of status.podIP in old clusters: one text, or several, or none. */
export function addressesOf(pod: Json): string | readonly string[] {
  const plural = list(pod, 'status', 'podIPs').map((entry) => canonicalAddress(at(entry, 'ip')));
  const found = new Set([...plural, canonicalAddress(at(pod, 'status', 'podIP'))].filter((ip) => ip !== undefined));
  if (found.size === 0) return [];
  return found.size === 1 ? [...found][0]! : [...found];
}

/** The annotations that networking software writes or reads. */
export function networkAnnotations(pod: Json): Readonly<Record<string, string>> {
  const found = Object.entries(textRecord(pod, 'metadata', 'annotations')).filter(
    ([key]) => NETWORK_ANNOTATION.test(key) && key !== 'kubectl.kubernetes.io/last-applied-configuration',
  );
  return Object.fromEntries(found);
}

/** What the container statuses say together. */
export function containersOf(pod: Json): ContainerSummary {
  const statuses = [...list(pod, 'status', 'containerStatuses')];
  const states = statuses.map((status) => record(status, 'state'));
  const count = (state: string): number => states.filter((found) => at(found, state) !== undefined).length;
  const all = [...statuses, ...list(pod, 'status', 'initContainerStatuses')];
  const finished = all.flatMap((status) => [
    time(status, 'lastState', 'terminated', 'finishedAt'),
    time(status, 'state', 'terminated', 'finishedAt'),
  ]);
  const started = statuses.map((status) => time(status, 'state', 'running', 'startedAt'));
  const waiting = all.map((status) => text(status, 'state', 'waiting', 'reason')).filter((reason) => reason !== undefined);
  const exits = all.map((status) => number(status, 'lastState', 'terminated', 'exitCode'));
  return {
    running: count('running'),
    terminated: count('terminated'),
    waiting: count('waiting'),
    restarts: all.reduce<number>((sum, status) => sum + (number(status, 'restartCount') ?? 0), 0),
    waitingReason: waiting.find((reason) => reason !== 'ContainerCreating' && reason !== 'PodInitializing') ?? waiting[0],
    lastFinished: latest(finished),
    lastStarted: latest(started),
    lastExitCode: exits.find((code) => code !== undefined),
    images: [...list(pod, 'spec', 'containers'), ...list(pod, 'spec', 'initContainers')].map(
      (container) => `${text(container, 'name') ?? ''}=${text(container, 'image') ?? ''}`,
    ),
  };
}

const latest = (times: readonly (number | undefined)[]): number | undefined =>
  times.reduce<number | undefined>((max, value) => (value !== undefined && (max === undefined || value > max) ? value : max), undefined);

const CONTROL_PLANE_ARG =
  /^--?(?:cluster-cidr|service-cluster-ip-range|allocate-node-cidrs|node-cidr-mask-size|cidr-allocator-type|controllers)/;

/** Command and arguments of the control plane and of CNI agents; none of other pods. */
export function controlPlaneArgs(pod: Json, namespace: string): readonly string[] {
  const args = list(pod, 'spec', 'containers').flatMap((container) => [...list(container, 'command'), ...list(container, 'args')]);
  const words = args.filter((word): word is string => typeof word === 'string');
  const matters =
    namespace === 'kube-system' ? words.some((word) => word.startsWith('-')) : words.some((word) => CONTROL_PLANE_ARG.test(word));
  return matters ? words : [];
}
