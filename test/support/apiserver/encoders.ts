import { encodeNode } from './node-encoding.ts';
import { encodePod } from './pod-encoding.ts';
import { encodeDaemonSet, encodeDeployment, encodeEndpointSlice, encodeService, encodeStatefulSet } from './workload-encoding.ts';
import type { Message } from './protobuf.ts';

const ENCODERS: Readonly<Record<string, Message>> = {
  '/Pod': encodePod,
  '/Node': encodeNode,
  '/Service': encodeService,
  'apps/Deployment': encodeDeployment,
  'apps/DaemonSet': encodeDaemonSet,
  'apps/StatefulSet': encodeStatefulSet,
  'discovery.k8s.io/EndpointSlice': encodeEndpointSlice,
};

/** Writes an object of a kind as protobuf; undefined of kinds that this server has in JSON only. */
export const encoderOf = ({ group, kind }: { readonly group: string; readonly kind: string }): Message | undefined =>
  ENCODERS[`${group}/${kind}`];
