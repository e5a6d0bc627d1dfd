import { type Json, type JsonRecord, at, list, text } from '../../../src/model/json.ts';
import {
  CONFIG_MAPS,
  CRON_JOBS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  EVENTS,
  NODES,
  PODS,
  type Resource,
  SERVICES,
  SERVICE_CIDRS,
  STATEFUL_SETS,
  objectKey,
  resourceKey,
} from '../../../src/model/resource.ts';
import type { Collection } from './collection.ts';

/** A kind that a server serves, and its objects. */
export type ServedKind = { readonly resource: Resource; readonly builtIn: boolean; readonly collection: Collection };

const NAMESPACES: Resource = { group: '', kind: 'Namespace', plural: 'namespaces', versions: ['v1'], namespaced: false };

const BUILT_IN: readonly Resource[] = [
  PODS,
  NODES,
  NAMESPACES,
  SERVICES,
  CONFIG_MAPS,
  EVENTS,
  DAEMON_SETS,
  DEPLOYMENTS,
  STATEFUL_SETS,
  CRON_JOBS,
  ENDPOINT_SLICES,
  SERVICE_CIDRS,
  CUSTOM_RESOURCE_DEFINITIONS,
];

const BUILT_IN_GROUP = /^(?:[^.]*|.*\.k8s\.io)$/;

/** The kinds of some objects, and those that every cluster has, each with its objects. */
export function kindsOf(
  objects: readonly JsonRecord[],
): { readonly resource: Resource; readonly builtIn: boolean; readonly objects: readonly JsonRecord[] }[] {
  const byKind = Map.groupBy(objects, (object) => objectKey(object) ?? '');
  byKind.delete('');
  const definitions = byKind.get(resourceKey(CUSTOM_RESOURCE_DEFINITIONS)) ?? [];
  const present = [...byKind].map(([key, found]) => resourceOf(key, found, definitions));
  const absent = BUILT_IN.filter((resource) => !byKind.has(resourceKey(resource))).map((resource) => ({
    ...resource,
    versions: resource.versions.slice(0, 1),
  }));
  return [...present, ...absent].map((resource) => ({
    resource,
    builtIn: BUILT_IN_GROUP.test(resource.group),
    objects: byKind.get(resourceKey(resource)) ?? [],
  }));
}

function resourceOf(key: string, objects: readonly JsonRecord[], definitions: readonly JsonRecord[]): Resource {
  const [group = '', kind = ''] = key.split('/');
  const known = BUILT_IN.find((resource) => resourceKey(resource) === key);
  const definition = definitions.find((crd) => text(crd, 'spec', 'group') === group && text(crd, 'spec', 'names', 'kind') === kind);
  const scope = text(definition, 'spec', 'scope');
  const declared = list(definition, 'spec', 'versions').flatMap((version) => text(version, 'name') ?? []);
  // What an object says under an older group's name ("extensions/v1beta1") is served in this group's version.
  const versions = objects
    .map((object) => text(object, 'apiVersion')!)
    .filter((apiVersion) => (apiVersion.includes('/') ? apiVersion.startsWith(`${group}/`) : group === ''))
    .map((apiVersion) => apiVersion.split('/').at(-1)!);
  return {
    group,
    kind,
    plural: known?.plural ?? text(definition, 'spec', 'names', 'plural') ?? `${kind.toLowerCase()}s`,
    versions: [...new Set([...versions, ...declared, ...(known?.versions.slice(0, 1) ?? [])])],
    namespaced:
      known?.namespaced ??
      (scope === undefined ? objects.some((object) => at(object, 'metadata', 'namespace') !== undefined) : scope === 'Namespaced'),
  };
}

/** What `/api` or `/apis` answers to those who know aggregated discovery: the core group, or all others. */
export function discoveryOf(kinds: readonly ServedKind[], core: boolean): JsonRecord {
  const groups = Map.groupBy(
    kinds.filter(({ resource }) => (resource.group === '') === core),
    ({ resource }) => resource.group,
  );
  const items = [...groups].map(([name, members]) => {
    const versions = new Set(members.flatMap(({ resource }) => resource.versions));
    return {
      metadata: core ? {} : { name },
      versions: [...versions].map((version) => ({
        version,
        freshness: 'Current',
        resources: members.filter(({ resource }) => resource.versions.includes(version)).map((member) => discovered(member, version)),
      })),
    };
  });
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

const discovered = ({ resource }: ServedKind, version: string): Json => ({
  resource: resource.plural,
  responseKind: { group: resource.group, version, kind: resource.kind },
  scope: resource.namespaced ? 'Namespaced' : 'Cluster',
  singularResource: resource.kind.toLowerCase(),
  verbs: ['get', 'list'],
});
