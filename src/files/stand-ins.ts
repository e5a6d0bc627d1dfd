import { type Json, at, list, record, text } from '../model/json.ts';
import { ENDPOINT_SLICES, type Resource, resourceKey } from '../model/resource.ts';
import type { Collection } from './collection.ts';

const ENDPOINTS = '/Endpoints';

/** What a dump holds in place of a kind that it lacks: the same things, as another API tells them; undefined where there is nothing of the kind. */
export function standIns({ seen, objects }: Pick<Collection, 'seen' | 'objects'>, resource: Resource): Json[] | undefined {
  const all = (key: string): Json[] | undefined => (seen.has(key) ? [...(objects.get(key)?.values() ?? [])] : undefined);
  // Clusters before 1.21 keep Endpoints, and older dump tools collect only those.
  if (resourceKey(resource) === resourceKey(ENDPOINT_SLICES)) return all(ENDPOINTS)?.map(asSlice);
  // Calico’s API server shows what the store holds in a group of its own, which kubectl prefers: `kubectl get ippools` gives projectcalico.org/v3.
  return resource.group === 'crd.projectcalico.org' ? all(`projectcalico.org/${resource.kind}`) : undefined;
}

function asSlice(endpoints: Json): Json {
  const part = (subset: Json, key: string, ready: boolean): Json[] =>
    list(subset, key).map((address) => ({
      addresses: [at(address, 'ip') ?? ''],
      conditions: { ready },
      ...(at(address, 'targetRef') === undefined ? {} : { targetRef: at(address, 'targetRef')! }),
    }));
  return {
    metadata: { ...record(endpoints, 'metadata'), labels: { 'kubernetes.io/service-name': text(endpoints, 'metadata', 'name') ?? '' } },
    endpoints: list(endpoints, 'subsets').flatMap((subset) => [
      ...part(subset, 'addresses', true),
      ...part(subset, 'notReadyAddresses', false),
    ]),
  };
}
