import { type Json, type JsonRecord, at, isRecord, list, record, text } from '../model/json.ts';
import type { ListKind } from './content.ts';

/** Objects as the API serves them today, out of everything that dump tools make of them; undefined for what is no object of a cluster. */
export function normalise(raw: Json, listKind: ListKind | undefined): JsonRecord | undefined {
  if (!isRecord(raw)) return undefined;
  const object = isRecord(raw['objectmeta']) ? fromLowerCase(raw) : isInternal(raw) ? fromInternal(raw) : raw;
  if (text(object, 'metadata', 'name') === undefined) return undefined;
  if (text(object, 'kind') !== undefined && text(object, 'apiVersion') !== undefined) return withoutNulls(object);
  const kind = text(object, 'kind') ?? kindFrom(listKind) ?? kindByShape(object);
  if (kind === undefined) return undefined;
  const apiVersion = text(object, 'apiVersion') ?? (kindFrom(listKind) === kind ? listKind?.apiVersion : undefined) ?? groupOf(kind);
  return withoutNulls({ ...object, apiVersion, kind });
}

const kindFrom = (listKind: ListKind | undefined): string | undefined =>
  listKind === undefined || listKind.kind === 'List' ? undefined : listKind.kind.replace(/List$/, '');

const GROUPS: Readonly<Record<string, string>> = {
  DaemonSet: 'apps/v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  EndpointSlice: 'discovery.k8s.io/v1',
};

const groupOf = (kind: string): string => GROUPS[kind] ?? 'v1';

/** What an object without a kind is: API answers and Go programs leave it out in lists. */
function kindByShape(object: JsonRecord): string | undefined {
  const has = (...path: string[]): boolean => at(object, ...path) !== undefined;
  if (has('spec', 'containers')) return 'Pod';
  if (has('status', 'nodeInfo')) return 'Node';
  if (has('involvedObject')) return 'Event';
  if (has('spec', 'template', 'spec', 'containers')) {
    if (has('spec', 'updateStrategy') && !has('spec', 'replicas')) return 'DaemonSet';
    if (has('spec', 'serviceName') || has('spec', 'podManagementPolicy')) return 'StatefulSet';
    if (has('spec', 'strategy')) return 'Deployment';
    return has('spec', 'replicas') ? 'ReplicaSet' : undefined;
  }
  if (has('spec', 'clusterIP') || (has('spec', 'ports') && has('spec', 'selector'))) return 'Service';
  if (has('addressType') && has('endpoints')) return 'EndpointSlice';
  if (has('data') && !has('type') && !has('spec')) return 'ConfigMap';
  return undefined;
}

/** kubectl up to 1.10 dumped Go's internal objects: PascalCase, and metadata inlined. */
const isInternal = (raw: JsonRecord): boolean =>
  raw['metadata'] === undefined && typeof raw['name'] === 'string' && (isRecord(raw['Spec']) || isRecord(raw['InvolvedObject']));

const METADATA = [
  'name',
  'namespace',
  'uid',
  'labels',
  'annotations',
  'creationTimestamp',
  'deletionTimestamp',
  'resourceVersion',
  'ownerReferences',
  'generateName',
];

function fromInternal(raw: JsonRecord): JsonRecord {
  const metadata = Object.fromEntries(METADATA.filter((key) => raw[key] !== undefined).map((key) => [key, raw[key]]));
  const rest = Object.fromEntries(Object.entries(raw).filter(([key]) => !METADATA.includes(key)));
  const camel = lowerFirst(rest) as JsonRecord;
  const spec = record(camel, 'spec');
  const hostNetwork = at(spec, 'securityContext', 'hostNetwork');
  return { ...camel, metadata, spec: hostNetwork === undefined ? spec : { ...spec, hostNetwork } };
}

function lowerFirst(value: Json): Json {
  if (Array.isArray(value)) return value.map(lowerFirst);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [/^[A-Z]/.test(key) ? key[0]!.toLowerCase() + key.slice(1) : key, lowerFirst(inner)]),
  );
}

/** Old Longhorn bundles: Go structs through a YAML writer that lower-cases every key. */
const LOWERED: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'creationTimestamp deletionTimestamp resourceVersion ownerReferences nodeName hostNetwork podIP podIPs hostIP startTime containerStatuses initContainers',
    'initContainerStatuses restartCount lastState startedAt finishedAt exitCode podCIDR podCIDRs nodeInfo machineID systemUUID bootID kubeletVersion providerID',
    'containerRuntimeVersion operatingSystem clusterIP clusterIPs externalIPs loadBalancer involvedObject lastTimestamp firstTimestamp eventTime lastTransitionTime',
    'lastHeartbeatTime matchLabels updateStrategy desiredNumberScheduled numberReady updatedNumberScheduled readyReplicas imageID containerID',
  ].flatMap((line) => line.split(' ').map((key) => [key.toLowerCase(), key])),
);

function fromLowerCase(raw: JsonRecord): JsonRecord {
  const raised = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(raised);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [LOWERED[key] ?? key, raised(inner)]));
  };
  const { typemeta, objectmeta, ...rest } = raw;
  const kind = text(typemeta, 'kind');
  return {
    ...(raised(rest) as JsonRecord),
    metadata: raised(objectmeta),
    ...(kind === undefined ? {} : { kind, apiVersion: text(typemeta, 'apiversion') ?? groupOf(kind) }),
  };
}

/** Rancher's bundles write null and "" as the string "null". */
function withoutNulls(object: JsonRecord): JsonRecord {
  if (text(object, 'kind') !== 'Pod') return object;
  const status = record(object, 'status');
  const spec = record(object, 'spec');
  if (status['podIP'] !== 'null' && spec['nodeName'] !== 'null') return object;
  const real = (from: JsonRecord): JsonRecord => Object.fromEntries(Object.entries(from).filter(([, value]) => value !== 'null'));
  return { ...object, spec: real(spec), status: real(status) };
}

const UNREAD = new Set([
  'Secret',
  'ReplicaSet',
  'ReplicationController',
  'ControllerRevision',
  'Role',
  'RoleBinding',
  'ClusterRole',
  'ClusterRoleBinding',
  'ServiceAccount',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'StorageClass',
  'APIService',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'MachineConfig',
  'PackageManifest',
  'ImageStream',
  'ImageStreamTag',
  'Image',
  'PodMetrics',
  'NodeMetrics',
  'PodDisruptionBudget',
  'PriorityClass',
]);

/** Whether nothing here ever asks for a kind: it need not be kept. That it was there still counts as an answer. */
export const isUnread = (kind: string): boolean => UNREAD.has(kind);

/** An object without its ballast: who managed which field (but for nodes, where that tells who wrote podCIDR), schemas, copies of itself. */
export function slim(object: JsonRecord): JsonRecord {
  const kind = text(object, 'kind');
  if (kind === 'CustomResourceDefinition') {
    const { group, names, scope } = record(object, 'spec');
    return { apiVersion: object['apiVersion'], kind, metadata: slimMetadata(object), spec: { group, names, scope } };
  }
  if (kind === 'Node') return object;
  return { ...object, metadata: slimMetadata(object) };
}

function slimMetadata(object: JsonRecord): JsonRecord {
  const { managedFields: _, ...metadata } = record(object, 'metadata');
  return metadata;
}

/** Whether a value stands where addresses stand and hides one: what redaction tools put there. */
export const isHidden = (value: Json): boolean =>
  typeof value === 'string' && /\*\*\*(?:HIDDEN|TOKEN_)|^x-ipv[46]-|^xxx\.xxx\.|^x{4}:|^<(?:redacted|censored)>$/i.test(value);

/** The addresses that a pod or node states. */
export const statedAddresses = (object: Json): Json[] => [
  at(object, 'status', 'podIP'),
  ...list(object, 'status', 'addresses')
    .filter((entry) => text(entry, 'type') === 'InternalIP')
    .map((entry) => at(entry, 'address')),
];
