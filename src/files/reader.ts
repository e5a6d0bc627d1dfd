import type { Gap } from '../model/gap.ts';
import { type Json, at, text } from '../model/json.ts';
import { type ListNeed, type LogNeed, type Need, wholeOf } from '../model/need.ts';
import type { Reader, SnapshotBuilder } from '../model/reader.ts';
import { PODS, type Resource, resourceKey, resourceName } from '../model/resource.ts';
import type { Source } from '../model/snapshot.ts';
import type { Collection } from './collection.ts';
import { type LoadHooks, loadFiles } from './load.ts';
import { type OwnCapture, readOwn } from './own-metadata.ts';
import { standIns } from './stand-ins.ts';
import { gapsOfTroubles } from './troubles.ts';

/** A reader of files. `now` is the capture's own time, or the newest that its objects state. */
export type FilesReader = Reader & { readonly now: number; readonly defaultNamespace: string };

/** Opens files and reads them, once and as a stream; needs are answered from what was kept. */
export async function openFiles(paths: readonly string[], hooks: LoadHooks = {}): Promise<FilesReader> {
  const collection = await loadFiles(paths, hooks);
  const own = readOwn(collection.own);
  for (const name of own?.gone ?? []) collection.pods.delete(name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1));
  const gaps = [...collection.gaps, ...gapsOfTroubles(collection.troubles), ...(own?.gaps ?? [])];
  const source: Source = {
    kind: 'files',
    files: paths,
    kubernetesVersion: own?.kubernetesVersion ?? collection.kubernetesVersion,
    partial: own?.served === undefined,
  };
  const confirmed = own?.confirmed;
  return {
    now: own?.time ?? Math.max(collection.stated ?? 0, collection.newest),
    defaultNamespace: 'default',
    source: () => source,
    served: async () => own?.served ?? new Set([...collection.seen, ...definedIn(collection), ...(own?.known ?? [])]),
    read: async (needs, into) => {
      // The table was filled while the files were read.
      into.adopt(collection.pods);
      for (const need of needs) {
        if (need.kind === 'log') await answerLog(collection, own, need, into);
        // Files hold what they hold: nothing is gained by asking for less.
        else answer(collection, own, wholeOf(need), into);
      }
      for (const gap of gaps.splice(0)) into.gap(gap);
    },
    ...(confirmed === undefined
      ? {}
      : {
          confirm: async (pods: readonly { namespace: string; name: string }[], into: SnapshotBuilder) => {
            for (const { namespace, name } of pods) if (confirmed.has(`${namespace}/${name}`)) into.confirm(namespace, name);
          },
        }),
    close: () => {},
  };
}

const definedIn = (collection: Collection): string[] =>
  [...(collection.objects.get('apiextensions.k8s.io/CustomResourceDefinition')?.values() ?? [])].map(
    (crd) => `${text(crd, 'spec', 'group') ?? ''}/${text(crd, 'spec', 'names', 'kind') ?? ''}`,
  );

function answer(collection: Collection, own: OwnCapture | undefined, need: ListNeed, into: SnapshotBuilder): void {
  const key = resourceKey(need.resource);
  const recorded = own?.readOf(need);
  if (recorded !== undefined && 'gap' in recorded) return into.missing(need, recorded.gap);
  const isPods = key === resourceKey(PODS);
  const present = isPods ? collection.pods.size > 0 : collection.seen.has(key);
  const instead = present || isPods ? undefined : standIns(collection, need.resource);
  if (!present && instead === undefined && (recorded === undefined || isPods)) return into.missing(need, absent(need.resource, need.name));
  const objects = isPods ? [] : (instead ?? [...(collection.objects.get(key)?.values() ?? [])]).filter((object) => fits(object, need));
  into.answer(need, objects);
}

async function answerLog(collection: Collection, own: OwnCapture | undefined, need: LogNeed, into: SnapshotBuilder): Promise<void> {
  const { namespace, pod, container, previous } = need;
  const recorded = own?.logOf(need);
  if (recorded !== undefined && 'gap' in recorded) return into.missing(need, recorded.gap);
  const found = await collection.logs.find(namespace, pod, container, previous);
  if (found !== undefined) {
    const cut = found.cut || recorded?.cut === true;
    return into.log(need, { namespace, pod, container, previous, text: found.text, cut });
  }
  into.missing(need, {
    what: `log of ${namespace}/${pod} (${container}${previous ? ', previous' : ''})`,
    verb: 'log',
    resource: 'pods/log',
    namespace,
    reason: 'absent',
    message: 'the capture does not hold this log',
  });
}

const absent = (resource: Resource, name: string | undefined): Omit<Gap, 'blocks' | 'essential'> => ({
  what: name === undefined ? resourceName(resource) : `${resourceName(resource)}/${name}`,
  verb: 'read',
  resource: resourceName(resource),
  reason: 'absent',
  message: `the capture holds no ${resource.kind}`,
});

/** Whether an object is one that a need asks for. */
export function fits(object: Json, need: Pick<Need & ListNeed, 'namespace' | 'name' | 'fieldSelector'>): boolean {
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
      const said = actual === undefined ? '' : typeof actual === 'string' ? actual : JSON.stringify(actual);
      return (said === value) === (operator === '=');
    });
}
