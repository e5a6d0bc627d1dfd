import { canonicalAddress } from '../ip/address.ts';
import { type Json, at, flag, list, number, record, text, textRecord, time } from './json.ts';
import { type PodDraft, isNetworkAnnotation, phaseNumber } from './pod-rows.ts';
import type { TextList } from './texts.ts';
import { KUBE_VIP, KUBE_VIP_ADDRESS } from './virtual-address.ts';

/** Reads a pod as the API serves it in JSON; false where it has no name. */
export function readPodObject(pod: Json, draft: PodDraft): boolean {
  const { words, uids, addresses } = draft.texts;
  const word = (...path: string[]): number => words.numberOf(text(pod, ...path) ?? '');
  const namespace = text(pod, 'metadata', 'namespace') ?? '';
  const name = text(pod, 'metadata', 'name');
  if (name === undefined) return false;
  draft.key.putText(`${namespace}/${name}`);
  draft.namespace = words.numberOf(namespace);
  draft.uid = uids.appendText(text(pod, 'metadata', 'uid') ?? '');
  draft.node = word('spec', 'nodeName');
  draft.ips.push(...addressesOf(pod).map((address) => addresses.numberOf(address)));
  draft.hostIP = words.numberOf(canonicalAddress(at(pod, 'status', 'hostIP')) ?? '');
  draft.reason = word('status', 'reason');
  readOwner(pod, draft.owner);
  readContainers(pod, draft);
  addEntries(textRecord(pod, 'metadata', 'labels'), draft.labels);
  addEntries(textRecord(pod, 'metadata', 'annotations'), draft.annotations, isNetworkAnnotation);
  for (const word of [...controlPlaneArgs(pod, namespace), ...virtualAddressEnv(pod)]) draft.args.addText(word);
  draft.created = time(pod, 'metadata', 'creationTimestamp') ?? Number.NaN;
  draft.started = time(pod, 'status', 'startTime') ?? Number.NaN;
  draft.deletion = time(pod, 'metadata', 'deletionTimestamp') ?? Number.NaN;
  const phase = text(pod, 'status', 'phase');
  if (phase !== undefined) draft.phase = phaseNumber(phase);
  draft.hostNetwork = flag(pod, 'spec', 'hostNetwork') ?? false;
  const ready = list(pod, 'status', 'conditions').find((condition) => text(condition, 'type') === 'Ready');
  draft.ready = ready === undefined ? undefined : text(ready, 'status') === 'True';
  return true;
}

/** Canonical addresses of status.podIPs, or of status.podIP in old clusters. */
export function addressesOf(pod: Json): readonly string[] {
  const plural = list(pod, 'status', 'podIPs').map((entry) => canonicalAddress(at(entry, 'ip')));
  return [...new Set([...plural, canonicalAddress(at(pod, 'status', 'podIP'))])].filter((ip) => ip !== undefined);
}

function addEntries(entries: Readonly<Record<string, string>>, into: TextList, matters?: (key: string) => boolean): void {
  for (const [key, value] of Object.entries(entries)) {
    if (matters?.(key) === false) continue;
    into.addText(key);
    into.addText(value);
  }
}

function readOwner(pod: Json, into: TextList): void {
  const owners = list(pod, 'metadata', 'ownerReferences');
  const owner = owners.find((candidate) => flag(candidate, 'controller')) ?? owners[0];
  if (text(owner, 'name') !== undefined) for (const key of ['kind', 'name', 'uid']) into.addText(text(owner, key) ?? '');
}

/** What the container statuses say together. */
function readContainers(pod: Json, draft: PodDraft): void {
  const statuses = list(pod, 'status', 'containerStatuses');
  const states = statuses.map((status) => record(status, 'state'));
  const count = (state: string): number => states.filter((found) => at(found, state) !== undefined).length;
  const init = list(pod, 'status', 'initContainerStatuses');
  const all = [...statuses, ...init];
  const finished = all.flatMap((status) => [
    time(status, 'lastState', 'terminated', 'finishedAt'),
    time(status, 'state', 'terminated', 'finishedAt'),
  ]);
  const started = statuses.map((status) => time(status, 'state', 'running', 'startedAt'));
  const waiting = all.map((status) => text(status, 'state', 'waiting', 'reason')).filter((reason) => reason !== undefined);
  const exits = all.map((status) => number(status, 'lastState', 'terminated', 'exitCode'));
  draft.running = count('running');
  draft.terminated = count('terminated');
  draft.waiting = count('waiting');
  // What it took an init container to do its work is history, as in the column of kubectl.
  const counted = [...statuses, ...init.filter((status) => number(status, 'state', 'terminated', 'exitCode') !== 0)];
  draft.restarts = counted.reduce<number>((sum, status) => sum + (number(status, 'restartCount') ?? 0), 0);
  draft.waitingReason = draft.texts.words.numberOf(waiting.find(tells) ?? waiting[0] ?? '');
  draft.lastFinished = latest(finished) ?? Number.NaN;
  draft.lastStarted = latest(started) ?? Number.NaN;
  draft.lastExitCode = exits.find((code) => code !== undefined) ?? Number.NaN;
  for (const container of [...list(pod, 'spec', 'containers'), ...list(pod, 'spec', 'initContainers')])
    draft.images.addText(`${text(container, 'name') ?? ''}=${text(container, 'image') ?? ''}`);
}

/** Every container begins with these, whatever comes of it. */
export const tells = (reason: string): boolean => reason !== 'ContainerCreating' && reason !== 'PodInitializing';

const latest = (times: readonly (number | undefined)[]): number | undefined =>
  times.reduce<number | undefined>((max, value) => (value !== undefined && (max === undefined || value > max) ? value : max), undefined);

/** By which the control plane is told of ranges. */
export const CONTROL_PLANE_ARG =
  /^--?(?:cluster-cidr|service-cluster-ip-range|allocate-node-cidrs|node-cidr-mask-size|cidr-allocator-type|controllers)/;

/** Command and arguments of the control plane and of CNI agents; none of other pods. */
function controlPlaneArgs(pod: Json, namespace: string): readonly string[] {
  const args = list(pod, 'spec', 'containers').flatMap((container) => [...list(container, 'command'), ...list(container, 'args')]);
  const words = args.filter((word): word is string => typeof word === 'string');
  const matters =
    namespace === 'kube-system' ? words.some((word) => word.startsWith('-')) : words.some((word) => CONTROL_PLANE_ARG.test(word));
  return matters ? words : [];
}

/** `address=10.0.0.5` out of the environment of kube-vip. */
function virtualAddressEnv(pod: Json): readonly string[] {
  return list(pod, 'spec', 'containers')
    .filter((container) => text(container, 'image')?.includes(KUBE_VIP))
    .flatMap((container) => list(container, 'env'))
    .flatMap((entry) => {
      const [name, value] = [text(entry, 'name') ?? '', text(entry, 'value') ?? ''];
      return KUBE_VIP_ADDRESS.test(name) && value !== '' ? [`${name}=${value}`] : [];
    });
}
