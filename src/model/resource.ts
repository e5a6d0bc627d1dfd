import { type Json, text } from './json.ts';

/**
 * A kind of Kubernetes object, by the names the API server knows it by.
 * `plural` is what discovery lists and RBAC grants; `versions` are tried in order where discovery is silent.
 */
export type Resource = {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly versions: readonly string[];
  readonly namespaced: boolean;
};

const core = (kind: string, plural: string, namespaced = true): Resource => ({ group: '', kind, plural, versions: ['v1'], namespaced });
const apps = (kind: string, plural: string): Resource => ({ group: 'apps', kind, plural, versions: ['v1'], namespaced: true });

/** A custom resource, declared by the CNI that knows it. */
export const custom = (group: string, kind: string, plural: string, versions: string[], namespaced = false): Resource => ({
  group,
  kind,
  plural,
  versions,
  namespaced,
});

export const PODS = core('Pod', 'pods');
export const NODES = core('Node', 'nodes', false);
export const SERVICES = core('Service', 'services');
export const CONFIG_MAPS = core('ConfigMap', 'configmaps');
export const EVENTS = core('Event', 'events');
/** Every API server has these, at the same place: none needs to be asked. */
export const CORE_KINDS = [PODS, NODES, SERVICES, CONFIG_MAPS, EVENTS];
export const DAEMON_SETS = apps('DaemonSet', 'daemonsets');
export const DEPLOYMENTS = apps('Deployment', 'deployments');
export const STATEFUL_SETS = apps('StatefulSet', 'statefulsets');
export const CRON_JOBS: Resource = { group: 'batch', kind: 'CronJob', plural: 'cronjobs', versions: ['v1', 'v1beta1'], namespaced: true };
export const ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  versions: ['v1', 'v1beta1'],
  namespaced: true,
};
export const SERVICE_CIDRS: Resource = {
  group: 'networking.k8s.io',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  versions: ['v1', 'v1beta1', 'v1alpha1'],
  namespaced: false,
};
/** KubeVirt’s live migrations. */
export const MIGRATIONS = custom('kubevirt.io', 'VirtualMachineInstanceMigration', 'virtualmachineinstancemigrations', ['v1'], true);
export const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  versions: ['v1', 'v1beta1'],
  namespaced: false,
};

/** How people write it: `ippools.crd.projectcalico.org`, or `pods` for the core group. */
export const resourceName = (resource: Resource): string => (resource.group ? `${resource.plural}.${resource.group}` : resource.plural);

/** The key under which answers are kept: group and kind, since a file states those and not the plural. */
export const resourceKey = (resource: Resource): string => `${resource.group}/${resource.kind}`;

/** The same key for an object that carries apiVersion and kind. */
export function objectKey(object: Json): string | undefined {
  const apiVersion = text(object, 'apiVersion');
  const kind = text(object, 'kind');
  if (apiVersion === undefined || kind === undefined) return undefined;
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return `${canonicalGroup(group, kind)}/${kind}`;
}

/** Kinds that moved between API groups are one kind here. */
function canonicalGroup(group: string, kind: string): string {
  if (group === 'extensions' && (kind === 'DaemonSet' || kind === 'Deployment')) return 'apps';
  if (group === 'events.k8s.io') return '';
  return group;
}

/** OpenShift's statement of the cluster's networks and of its CNI. */
export const OPENSHIFT_NETWORKS: Resource = {
  group: 'config.openshift.io',
  kind: 'Network',
  plural: 'networks',
  versions: ['v1'],
  namespaced: false,
};
