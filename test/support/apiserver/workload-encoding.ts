import { METADATA, POD_SPEC } from './pod-encoding.ts';
import { INT_OR_TEXT, type Message, bool, int, many, map, maybe, message, of, text } from './protobuf.ts';

// Field numbers of k8s.io/api/apps/v1, core/v1 and discovery/v1 generated.proto, Kubernetes 1.36. What is not named here is not sent.

const SELECTOR = message({ matchLabels: map(1) });
const TEMPLATE = message({ metadata: of(1, METADATA), spec: of(2, POD_SPEC) });
const STRATEGY = message({ type: text(1) });
/** What Deployments and StatefulSets have at the same numbers. */
const REPLICATED = { replicas: maybe(int(1)), selector: of(2, SELECTOR), template: of(3, TEMPLATE) };

/** A Deployment, without an envelope around it, as everything below. */
export const encodeDeployment: Message = message({
  metadata: of(1, METADATA),
  spec: of(
    2,
    message({
      ...REPLICATED,
      strategy: of(4, STRATEGY),
      revisionHistoryLimit: maybe(int(6)),
    }),
  ),
  status: of(
    3,
    message({ observedGeneration: int(1), replicas: int(2), updatedReplicas: int(3), availableReplicas: int(4), readyReplicas: int(7) }),
  ),
});

export const encodeDaemonSet: Message = message({
  metadata: of(1, METADATA),
  spec: of(2, message({ selector: of(1, SELECTOR), template: of(2, TEMPLATE), updateStrategy: of(3, STRATEGY) })),
  status: of(
    3,
    message({
      currentNumberScheduled: int(1),
      numberMisscheduled: int(2),
      desiredNumberScheduled: int(3),
      numberReady: int(4),
      observedGeneration: int(5),
      updatedNumberScheduled: int(6),
      numberAvailable: int(7),
    }),
  ),
});

export const encodeStatefulSet: Message = message({
  metadata: of(1, METADATA),
  spec: of(
    2,
    message({
      ...REPLICATED,
      serviceName: text(5),
      updateStrategy: of(7, STRATEGY),
    }),
  ),
  status: of(3, message({ observedGeneration: int(1), replicas: int(2), readyReplicas: int(3), updatedReplicas: int(5) })),
});

export const encodeService: Message = message({
  metadata: of(1, METADATA),
  spec: of(
    2,
    message({
      ports: many(of(1, message({ name: text(1), protocol: text(2), port: int(3), targetPort: of(4, INT_OR_TEXT), nodePort: int(5) }))),
      selector: map(2),
      clusterIP: text(3),
      type: text(4),
      externalIPs: many(text(5)),
      sessionAffinity: text(7),
      loadBalancerIP: text(8),
      ipFamilyPolicy: maybe(text(17)),
      clusterIPs: many(text(18)),
      ipFamilies: many(text(19)),
      internalTrafficPolicy: maybe(text(22)),
    }),
  ),
  status: of(3, message({ loadBalancer: of(1, message({ ingress: many(of(1, message({ ip: text(1), hostname: text(2) }))) })) })),
});

export const encodeEndpointSlice: Message = message({
  metadata: of(1, METADATA),
  endpoints: many(
    of(
      2,
      message({
        addresses: many(text(1)),
        conditions: of(2, message({ ready: maybe(bool(1)), serving: maybe(bool(2)), terminating: maybe(bool(3)) })),
        targetRef: maybe(of(4, message({ kind: text(1), namespace: text(2), name: text(3), uid: text(4) }))),
        nodeName: maybe(text(6)),
      }),
    ),
  ),
  ports: many(of(3, message({ name: maybe(text(1)), protocol: maybe(text(2)), port: maybe(int(3)) }))),
  addressType: text(4),
});
