import { METADATA, QUANTITY } from './pod-encoding.ts';
import { type Message, bool, int, many, map, maybe, message, of, text, time } from './protobuf.ts';

// Field numbers of k8s.io/api/core/v1/generated.proto, Kubernetes 1.36. What is not named here is not sent.

const QUANTITIES = (field: number): ReturnType<typeof map> => map(field, of(2, QUANTITY));

const SPEC = message({
  podCIDR: text(1),
  providerID: text(3),
  unschedulable: bool(4),
  taints: many(of(5, message({ key: text(1), value: text(2), effect: text(3) }))),
  podCIDRs: many(text(7)),
});

const CONDITION = message({
  type: text(1),
  status: text(2),
  lastHeartbeatTime: time(3),
  lastTransitionTime: time(4),
  reason: text(5),
  message: text(6),
});

const STATUS = message({
  capacity: QUANTITIES(1),
  allocatable: QUANTITIES(2),
  phase: text(3),
  conditions: many(of(4, CONDITION)),
  addresses: many(of(5, message({ type: text(1), address: text(2) }))),
  daemonEndpoints: of(6, message({ kubeletEndpoint: of(1, message({ Port: int(1) })) })),
  nodeInfo: of(
    7,
    message({
      machineID: text(1),
      systemUUID: text(2),
      bootID: text(3),
      kernelVersion: text(4),
      osImage: text(5),
      containerRuntimeVersion: text(6),
      kubeletVersion: text(7),
      kubeProxyVersion: text(8),
      operatingSystem: text(9),
      architecture: text(10),
    }),
  ),
  images: maybe(many(of(8, message({ names: many(text(1)), sizeBytes: int(2) })))),
});

/** A Node, without an envelope around it. */
export const encodeNode: Message = message({ metadata: of(1, METADATA), spec: of(2, SPEC), status: of(3, STATUS) });
