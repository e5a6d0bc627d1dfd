import type { Gap } from '../model/gap.ts';
import { type Json, at, list, text, time } from '../model/json.ts';
import { type ListNeed, type Need, logKey } from '../model/need.ts';
import type { Reader, SnapshotBuilder } from '../model/reader.ts';
import { PODS, type Resource, resourceKey, resourceName } from '../model/resource.ts';
import type { Source } from '../model/snapshot.ts';
import { type Capture, loadCapture } from './load.ts';

/** A reader that answers needs from files. `now` is the capture's own time: the newest timestamp its objects state. */
export function openFiles(paths: readonly string[]): Reader & { readonly now: number; readonly defaultNamespace: string } {
  const capture = loadCapture(paths);
  const skipped = [...capture.skipped];
  const source: Source = { kind: 'files', files: paths, kubernetesVersion: undefined };
  return {
    now: captureTime(capture),
    defaultNamespace: 'default',
    source: () => source,
    served: async () => servedBy(capture),
    read: async (needs, into) => {
      for (const need of needs) answer(capture, need, into);
      for (const { file, why } of skipped.splice(0))
        into.gap({ what: file, verb: 'read', resource: 'file', reason: 'malformed', message: why, blocks: [], essential: false });
    },
    close: () => {},
  };
}

/** Kinds that the capture has objects or definitions of. Absence is no proof that the cluster lacks a kind, so core kinds count as served. */
function servedBy(capture: Capture): ReadonlySet<string> | undefined {
  const definitions = (capture.objects.get('apiextensions.k8s.io/CustomResourceDefinition') ?? []).map(
    (crd) => `${text(crd, 'spec', 'group') ?? ''}/${text(crd, 'spec', 'names', 'kind') ?? ''}`,
  );
  return new Set([...capture.objects.keys(), ...definitions]);
}

function answer(capture: Capture, need: Need, into: SnapshotBuilder): void {
  if (need.kind === 'log') {
    const found = capture.logs.get(logKey(need).slice('log|'.length));
    if (found === undefined)
      into.missing(need, {
        what: `log of ${need.namespace}/${need.pod} (${need.container}${need.previous ? ', previous' : ''})`,
        verb: 'log',
        resource: 'pods/log',
        namespace: need.namespace,
        reason: 'absent',
        message: 'the capture does not hold this log',
      });
    else
      into.log(need, {
        namespace: need.namespace,
        pod: need.pod,
        container: need.container,
        previous: need.previous,
        text: found,
        cut: false,
      });
    return;
  }
  const ofKind = capture.objects.get(resourceKey(need.resource));
  if (ofKind === undefined) {
    into.missing(need, absent(need.resource, need.name));
    return;
  }
  const objects = ofKind.filter((object) => fits(object, need));
  if (resourceKey(need.resource) === resourceKey(PODS)) for (const pod of objects) into.pods.add(pod);
  into.answer(need, objects);
}

const absent = (resource: Resource, name: string | undefined): Omit<Gap, 'blocks' | 'essential'> => ({
  what: name === undefined ? resourceName(resource) : `${resourceName(resource)}/${name}`,
  verb: 'read',
  resource: resourceName(resource),
  reason: 'absent',
  message: `the capture holds no ${resource.kind}`,
});

function fits(object: Json, need: ListNeed): boolean {
  if (need.namespace !== undefined && text(object, 'metadata', 'namespace') !== need.namespace) return false;
  if (need.name !== undefined && text(object, 'metadata', 'name') !== need.name) return false;
  return (need.fieldSelector ?? '')
    .split(',')
    .filter(Boolean)
    .every((term) => {
      const [, path, operator, value] = /^([^!=]+)(!?=)(.*)$/.exec(term) ?? [];
      const actual =
        at(object, ...(path ?? '').split('.')) ??
        (path?.startsWith('involvedObject.') ? at(object, 'regarding', path.split('.')[1]!) : undefined);
      return (String(actual ?? '') === value) === (operator === '=');
    });
}

/** The newest time that any object states. A deletionTimestamp may lie in the future (it is when the grace ends), so it does not count. */
function captureTime(capture: Capture): number {
  let newest = 0;
  const consider = (value: number | undefined): void => {
    if (value !== undefined && value > newest) newest = value;
  };
  for (const objects of capture.objects.values()) {
    for (const object of objects) {
      consider(time(object, 'metadata', 'creationTimestamp'));
      for (const field of ['lastTimestamp', 'eventTime', 'firstTimestamp']) consider(time(object, field));
      consider(time(object, 'series', 'lastObservedTime'));
      consider(time(object, 'spec', 'renewTime'));
      consider(time(object, 'status', 'startTime'));
      for (const condition of list(object, 'status', 'conditions')) {
        consider(time(condition, 'lastTransitionTime'));
        consider(time(condition, 'lastHeartbeatTime'));
        consider(time(condition, 'lastUpdateTime'));
      }
      for (const status of list(object, 'status', 'containerStatuses')) {
        consider(time(status, 'state', 'running', 'startedAt'));
        consider(time(status, 'state', 'terminated', 'finishedAt'));
        consider(time(status, 'lastState', 'terminated', 'finishedAt'));
      }
    }
  }
  return newest;
}
