import {
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  NODES,
  type Resource,
  SERVICES,
  STATEFUL_SETS,
  resourceKey,
} from '../model/resource.ts';
import { CONTAINER, ENVIRONMENT, OBJECT_META } from './pod-schema.ts';
import type { Schema } from './protobuf.ts';

// What a scan reads of the kinds that are many in a large cluster, by the field numbers of their generated.proto in k8s.io/api. A Node's
// images and a Deployment's volumes and probes, most of their bytes, are passed over without being decoded.

const METADATA: Schema = { ...OBJECT_META, 14: { name: 'finalizers', type: 'text', repeated: true } };

const MANAGED_FIELDS: Schema = {
  1: { name: 'manager', type: 'text' },
  7: { name: 'fieldsV1', type: 'json' },
};

const NODE: Schema = {
  // Managed fields tell who wrote podCIDR.
  1: {
    name: 'metadata',
    type: { ...METADATA, 17: { name: 'managedFields', type: MANAGED_FIELDS, repeated: true, mentioning: Buffer.from('f:podCIDR') } },
  },
  2: {
    name: 'spec',
    type: {
      1: { name: 'podCIDR', type: 'text' },
      3: { name: 'providerID', type: 'text' },
      5: { name: 'taints', type: { 1: { name: 'key', type: 'text' } }, repeated: true },
      7: { name: 'podCIDRs', type: 'text', repeated: true },
    },
  },
  3: {
    name: 'status',
    type: {
      2: { name: 'allocatable', type: 'quantities', beginning: 'pods' },
      4: {
        name: 'conditions',
        type: {
          1: { name: 'type', type: 'text' },
          2: { name: 'status', type: 'text' },
          4: { name: 'lastTransitionTime', type: 'time' },
          6: { name: 'message', type: 'text' },
        },
        repeated: true,
        beginning: 'Ready',
      },
      5: { name: 'addresses', type: { 1: { name: 'type', type: 'text' }, 2: { name: 'address', type: 'text' } }, repeated: true },
      7: {
        name: 'nodeInfo',
        type: {
          1: { name: 'machineID', type: 'text' },
          2: { name: 'systemUUID', type: 'text' },
          3: { name: 'bootID', type: 'text' },
          6: { name: 'containerRuntimeVersion', type: 'text' },
          7: { name: 'kubeletVersion', type: 'text' },
          9: { name: 'operatingSystem', type: 'text' },
        },
      },
    },
  },
};

const NAMED: Schema = { 1: { name: 'name', type: 'text' } };
/** Of volumes, the ConfigMaps: nested in protobuf, where JSON has them in place. No field has the number 0, which is for JSON alone. */
const VOLUME: Schema = {
  0: { name: 'configMap', type: NAMED },
  2: { name: '', type: { 19: { name: 'configMap', type: { 1: { name: '', type: NAMED } } } } },
};

const templateOf = (container: Schema, more: Schema = {}): Schema => ({
  1: { name: 'metadata', type: { 11: { name: 'labels', type: 'labels' }, 12: { name: 'annotations', type: 'labels' } } },
  2: {
    name: 'spec',
    type: {
      ...more,
      2: { name: 'containers', type: container, repeated: true },
      7: { name: 'nodeSelector', type: 'labels' },
      11: { name: 'hostNetwork', type: 'bool' },
      20: { name: 'initContainers', type: container, repeated: true },
    },
  },
});
const TEMPLATE = templateOf(CONTAINER);
/** Node agents are configured by their environment and by ConfigMaps; of other workloads nobody asks for these. */
const AGENT_TEMPLATE = templateOf({ ...CONTAINER, 7: ENVIRONMENT }, { 1: { name: 'volumes', type: VOLUME, repeated: true } });

const STRATEGY: Schema = { 1: { name: 'type', type: 'text' } };

const DEPLOYMENT: Schema = {
  1: { name: 'metadata', type: METADATA },
  2: {
    name: 'spec',
    type: {
      1: { name: 'replicas', type: 'int' },
      3: { name: 'template', type: TEMPLATE },
      4: { name: 'strategy', type: STRATEGY },
    },
  },
  3: { name: 'status', type: { 3: { name: 'updatedReplicas', type: 'count' }, 7: { name: 'readyReplicas', type: 'count' } } },
};

const DAEMON_SET: Schema = {
  1: { name: 'metadata', type: { ...METADATA, 7: { name: 'generation', type: 'int' } } },
  2: { name: 'spec', type: { 2: { name: 'template', type: AGENT_TEMPLATE }, 3: { name: 'updateStrategy', type: STRATEGY } } },
  3: {
    name: 'status',
    type: {
      1: { name: 'currentNumberScheduled', type: 'int' },
      2: { name: 'numberMisscheduled', type: 'int' },
      3: { name: 'desiredNumberScheduled', type: 'int' },
      4: { name: 'numberReady', type: 'int' },
      5: { name: 'observedGeneration', type: 'count' },
      6: { name: 'updatedNumberScheduled', type: 'count' },
    },
  },
};

const STATEFUL_SET: Schema = {
  1: { name: 'metadata', type: METADATA },
  2: {
    name: 'spec',
    type: {
      1: { name: 'replicas', type: 'int' },
      3: { name: 'template', type: TEMPLATE },
      7: { name: 'updateStrategy', type: STRATEGY },
    },
  },
  3: { name: 'status', type: { 3: { name: 'readyReplicas', type: 'count' }, 5: { name: 'updatedReplicas', type: 'count' } } },
};

const SERVICE: Schema = {
  1: { name: 'metadata', type: METADATA },
  2: {
    name: 'spec',
    type: {
      1: { name: 'ports', type: { 2: { name: 'protocol', type: 'text' }, 3: { name: 'port', type: 'int' } }, repeated: true },
      3: { name: 'clusterIP', type: 'text' },
      4: { name: 'type', type: 'text' },
      5: { name: 'externalIPs', type: 'text', repeated: true },
      8: { name: 'loadBalancerIP', type: 'text' },
      18: { name: 'clusterIPs', type: 'text', repeated: true },
    },
  },
  3: {
    name: 'status',
    type: { 1: { name: 'loadBalancer', type: { 1: { name: 'ingress', type: { 1: { name: 'ip', type: 'text' } }, repeated: true } } } },
  },
};

const ENDPOINT: Schema = {
  1: { name: 'addresses', type: 'text', repeated: true },
  2: { name: 'conditions', type: { 1: { name: 'ready', type: 'bool' } } },
  4: {
    name: 'targetRef',
    type: {
      1: { name: 'kind', type: 'text' },
      2: { name: 'namespace', type: 'text' },
      3: { name: 'name', type: 'text' },
      4: { name: 'uid', type: 'text' },
    },
  },
};

const ENDPOINT_SLICE: Schema = { 1: { name: 'metadata', type: METADATA }, 2: { name: 'endpoints', type: ENDPOINT, repeated: true } };

const SCHEMAS: readonly (readonly [Resource, Schema])[] = [
  [NODES, NODE],
  [DEPLOYMENTS, DEPLOYMENT],
  [DAEMON_SETS, DAEMON_SET],
  [STATEFUL_SETS, STATEFUL_SET],
  [SERVICES, SERVICE],
  [ENDPOINT_SLICES, ENDPOINT_SLICE],
];

/** Schemas of what `src/facts` reads, by resource key. */
export const BRIEF: ReadonlyMap<string, Schema> = new Map(SCHEMAS.map(([resource, schema]) => [resourceKey(resource), schema]));
