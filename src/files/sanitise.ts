import { type Json, type JsonRecord, isRecord, list, record, text } from '../model/json.ts';
import { isNetworkAnnotation } from '../model/pod-rows.ts';
import { announces, namesVirtualAddress } from '../model/virtual-address.ts';

/** Settings of CNI agents that the diagnosis reads. Everything else in the environment of a container stays in the cluster. */
const NETWORK_ENV =
  /^(?:CALICO_\w+|FELIX_\w+|IP6?|IP6?_AUTODETECTION_METHOD|IPALLOC_\w+|USE_POD_CIDR|DATASTORE_TYPE|ETCD_ENDPOINTS|CLUSTER_TYPE|AWS_VPC_\w+|ENABLE_PREFIX_DELEGATION|ENABLE_POD_ENI|WARM_\w+|MINIMUM_IP_TARGET|\w*(?:CIDR|SUBNET|IPAM)\w*)$/;
const SECRET_NAME = /TOKEN|PASSWORD|PASSWD|SECRET|PRIVATE|CREDENTIAL|KEY$/i;
/** Flags about addresses; other arguments may hold anything. */
const NETWORK_ARG =
  /^--?[\w-]*(?:cidr|ip-range|subnet|iface|ipam|node-cidr|kube-subnet-mgr|controllers|service-cluster|default-gateway|interface)[\w-]*(?:=.*)?$/;

/** An object as a capture keeps it: what a diagnosis reads, and nothing that is nobody else's business. Undefined for what is never collected. */
export function sanitise(object: Json): JsonRecord | undefined {
  if (!isRecord(object)) return undefined;
  const kind = text(object, 'kind');
  if (kind === 'Secret') return undefined;
  const metadata = withoutBallast(record(object, 'metadata'), kind === 'Node');
  if (kind === 'Pod') return { apiVersion: 'v1', kind, metadata: podMetadata(metadata), spec: podSpec(object), status: podStatus(object) };
  const spec = object['spec'];
  if (!isRecord(spec)) return { ...object, metadata };
  const template = spec['template'];
  const job = record(spec, 'jobTemplate');
  if (isRecord(template)) return { ...object, metadata, spec: { ...spec, template: withTemplate(template) } };
  if (isRecord(job['spec']) && isRecord(job['spec']['template']))
    return {
      ...object,
      metadata,
      spec: { ...spec, jobTemplate: { ...job, spec: { ...job['spec'], template: withTemplate(job['spec']['template']) } } },
    };
  return { ...object, metadata };
}

function withoutBallast(metadata: JsonRecord, keepManagers: boolean): JsonRecord {
  const { managedFields, annotations, ...rest } = metadata;
  const kept = isRecord(annotations)
    ? Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration'))
    : undefined;
  return {
    ...rest,
    ...(kept === undefined || Object.keys(kept).length === 0 ? {} : { annotations: kept }),
    ...(keepManagers && Array.isArray(managedFields) ? { managedFields: managedFields.flatMap(rangeManager) } : {}),
  };
}

/** Of who wrote what into a node, only who wrote its pod range. */
function rangeManager(entry: Json): JsonRecord[] {
  const spec = record(entry, 'fieldsV1', 'f:spec');
  const fields = Object.keys(spec).filter((field) => field === 'f:podCIDR' || field === 'f:podCIDRs');
  if (fields.length === 0) return [];
  return [
    {
      ...pick(record({ entry }, 'entry'), ['manager', 'operation', 'time']),
      fieldsV1: { 'f:spec': Object.fromEntries(fields.map((field) => [field, {}])) },
    },
  ];
}

/** Annotations of pods are read by networking software only; others may hold what vaults and meshes put there. */
function podMetadata(metadata: JsonRecord): JsonRecord {
  const annotations = Object.fromEntries(Object.entries(record(metadata, 'annotations')).filter(([key]) => isNetworkAnnotation(key)));
  const { annotations: _, ...rest } = metadata;
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

function podSpec(pod: Json): JsonRecord {
  const { nodeName, hostNetwork, restartPolicy } = record(pod, 'spec');
  const controlPlane = text(pod, 'metadata', 'namespace') === 'kube-system';
  const containers = (field: string): JsonRecord[] => list(pod, 'spec', field).map((container) => slimContainer(container, controlPlane));
  return {
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(hostNetwork === undefined ? {} : { hostNetwork }),
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
    containers: containers('containers'),
    ...(list(pod, 'spec', 'initContainers').length > 0 ? { initContainers: containers('initContainers') } : {}),
  };
}

const STATUS = [
  'phase',
  'conditions',
  'message',
  'reason',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'containerStatuses',
  'initContainerStatuses',
];

const podStatus = (pod: Json): JsonRecord =>
  Object.fromEntries(Object.entries(record(pod, 'status')).filter(([key]) => STATUS.includes(key)));

function withTemplate(template: JsonRecord): JsonRecord {
  const spec = record(template, 'spec');
  const containers = (field: string): JsonRecord =>
    spec[field] === undefined ? {} : { [field]: list(spec, field).map((container) => slimContainer(container, true)) };
  // By which ConfigMaps an agent is configured.
  const volumes = list(spec, 'volumes').flatMap((volume) => {
    const name = text(volume, 'configMap', 'name');
    return name === undefined ? [] : [{ name: text(volume, 'name') ?? '', configMap: { name } }];
  });
  return {
    metadata: withoutBallast(record(template, 'metadata'), false),
    spec: {
      ...pick(spec, ['nodeSelector', 'hostNetwork', 'serviceAccountName', 'tolerations']),
      ...containers('containers'),
      ...containers('initContainers'),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  };
}

const pick = (from: JsonRecord, keys: readonly string[]): JsonRecord =>
  Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));

function slimContainer(container: Json, system: boolean): JsonRecord {
  const words = (field: string): JsonRecord => {
    const all = list(container, field).filter((word): word is string => typeof word === 'string');
    const kept = system
      ? all.filter((word) => !SECRET_NAME.test(word))
      : all.filter((word, i) => NETWORK_ARG.test(word) || (i > 0 && NETWORK_ARG.test(all[i - 1]!)));
    return kept.length === 0 ? {} : { [field]: kept };
  };
  const virtual = announces(text(container, 'image') ?? '');
  const env = list(container, 'env').map((entry) => {
    const name = text(entry, 'name') ?? '';
    const value = text(entry, 'value');
    const matters = NETWORK_ENV.test(name) || (virtual && namesVirtualAddress(name));
    return value !== undefined && matters && !SECRET_NAME.test(name) ? { name, value } : { name };
  });
  return {
    ...pick(record({ container }, 'container'), ['name', 'image']),
    ...words('command'),
    ...words('args'),
    ...(env.length > 0 ? { env } : {}),
  };
}
