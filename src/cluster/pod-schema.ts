import type { Schema } from './protobuf.ts';

// Field numbers of k8s.io/api/core/v1/generated.proto. A schema here names what PodTableBuilder.add reads; everything else
// (managedFields, volumes, probes: nine tenths of a pod) is passed over without being decoded.

const OWNER: Schema = {
  1: { name: 'kind', type: 'text' },
  3: { name: 'name', type: 'text' },
  4: { name: 'uid', type: 'text' },
  6: { name: 'controller', type: 'bool' },
};

/** What is read of the metadata of any object. */
export const OBJECT_META: Schema = {
  1: { name: 'name', type: 'text' },
  3: { name: 'namespace', type: 'text' },
  5: { name: 'uid', type: 'text' },
  8: { name: 'creationTimestamp', type: 'time' },
  9: { name: 'deletionTimestamp', type: 'time' },
  11: { name: 'labels', type: 'labels' },
  12: { name: 'annotations', type: 'labels' },
};

const METADATA: Schema = { ...OBJECT_META, 13: { name: 'ownerReferences', type: OWNER, repeated: true } };

/** A container of a pod or of a pod template. */
export const CONTAINER: Schema = {
  1: { name: 'name', type: 'text' },
  2: { name: 'image', type: 'text' },
  3: { name: 'command', type: 'text', repeated: true },
  4: { name: 'args', type: 'text', repeated: true },
};

export const ENVIRONMENT: Schema[number] = {
  name: 'env',
  type: { 1: { name: 'name', type: 'text' }, 2: { name: 'value', type: 'text' } },
  repeated: true,
};

const SPEC: Schema = {
  2: { name: 'containers', type: { ...CONTAINER, 7: { ...ENVIRONMENT, mentioning: Buffer.from('address') } }, repeated: true },
  10: { name: 'nodeName', type: 'text' },
  11: { name: 'hostNetwork', type: 'bool' },
  20: { name: 'initContainers', type: CONTAINER, repeated: true },
};

const STATE: Schema = {
  1: { name: 'waiting', type: { 1: { name: 'reason', type: 'text' } } },
  2: { name: 'running', type: { 1: { name: 'startedAt', type: 'time' } } },
  3: {
    name: 'terminated',
    type: {
      1: { name: 'exitCode', type: 'int' },
      6: { name: 'finishedAt', type: 'time' },
    },
  },
};

const CONTAINER_STATUS: Schema = {
  2: { name: 'state', type: STATE },
  3: { name: 'lastState', type: STATE },
  5: { name: 'restartCount', type: 'int' },
};

const IP: Schema = { 1: { name: 'ip', type: 'text' } };

const STATUS: Schema = {
  1: { name: 'phase', type: 'text' },
  2: { name: 'conditions', type: { 1: { name: 'type', type: 'text' }, 2: { name: 'status', type: 'text' } }, repeated: true },
  4: { name: 'reason', type: 'text' },
  5: { name: 'hostIP', type: 'text' },
  6: { name: 'podIP', type: 'text' },
  7: { name: 'startTime', type: 'time' },
  8: { name: 'containerStatuses', type: CONTAINER_STATUS, repeated: true },
  10: { name: 'initContainerStatuses', type: CONTAINER_STATUS, repeated: true },
  12: { name: 'podIPs', type: IP, repeated: true },
};

/** A pod, as far as PodTableBuilder.add reads it. */
export const POD: Schema = {
  1: { name: 'metadata', type: METADATA },
  2: { name: 'spec', type: SPEC },
  3: { name: 'status', type: STATUS },
};
