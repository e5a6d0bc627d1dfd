import { INT_OR_TEXT, type Message, bool, int, many, map, maybe, message, of, rawJson, text, time } from './protobuf.ts';

// Field numbers of k8s.io/api/core/v1/generated.proto and of meta/v1, Kubernetes 1.36. What is not named here is not sent.

const OWNER = message({
  kind: text(1),
  name: text(3),
  uid: text(4),
  apiVersion: text(5),
  controller: maybe(bool(6)),
  blockOwnerDeletion: maybe(bool(7)),
});

const MANAGED = message({
  manager: text(1),
  operation: text(2),
  apiVersion: text(3),
  time: maybe(time(4)),
  fieldsType: text(6),
  fieldsV1: maybe(rawJson(7)),
  subresource: text(8),
});

export const METADATA = message({
  name: text(1),
  generateName: text(2),
  namespace: text(3),
  selfLink: text(4),
  uid: text(5),
  resourceVersion: text(6),
  generation: int(7),
  creationTimestamp: time(8),
  deletionTimestamp: maybe(time(9)),
  deletionGracePeriodSeconds: maybe(int(10)),
  labels: map(11),
  annotations: map(12),
  ownerReferences: many(of(13, OWNER)),
  finalizers: many(text(14)),
  managedFields: many(of(17, MANAGED)),
});

export const QUANTITY = (value: unknown): Buffer => text(1)(value);
const RESOURCES = message({ limits: map(1, of(2, QUANTITY)), requests: map(2, of(2, QUANTITY)) });

const NAMED = message({ name: text(1) });
const KEY_REF = message({ '': of(1, NAMED), key: text(2), optional: maybe(bool(3)) });
const FIELD_REF = message({ apiVersion: text(1), fieldPath: text(2) });
const ENV = message({
  name: text(1),
  value: text(2),
  valueFrom: maybe(
    of(3, message({ fieldRef: maybe(of(1, FIELD_REF)), configMapKeyRef: maybe(of(3, KEY_REF)), secretKeyRef: maybe(of(4, KEY_REF)) })),
  ),
});

const PORT = message({ name: text(1), hostPort: int(2), containerPort: int(3), protocol: text(4), hostIP: text(5) });

const MOUNT = message({
  name: text(1),
  readOnly: bool(2),
  mountPath: text(3),
  subPath: text(4),
  mountPropagation: maybe(text(5)),
  subPathExpr: text(6),
  recursiveReadOnly: maybe(text(7)),
});

const PROBE = message({
  '': of(
    1,
    message({
      exec: maybe(of(1, message({ command: many(text(1)) }))),
      httpGet: maybe(of(2, message({ path: text(1), port: of(2, INT_OR_TEXT), host: text(3), scheme: text(4) }))),
      tcpSocket: maybe(of(3, message({ port: of(1, INT_OR_TEXT), host: text(2) }))),
    }),
  ),
  initialDelaySeconds: int(2),
  timeoutSeconds: int(3),
  periodSeconds: int(4),
  successThreshold: int(5),
  failureThreshold: int(6),
});

const SECURITY = message({
  capabilities: maybe(of(1, message({ add: many(text(1)), drop: many(text(2)) }))),
  privileged: maybe(bool(2)),
  runAsUser: maybe(int(4)),
  runAsNonRoot: maybe(bool(5)),
  readOnlyRootFilesystem: maybe(bool(6)),
  allowPrivilegeEscalation: maybe(bool(7)),
});

const CONTAINER = message({
  name: text(1),
  image: text(2),
  command: many(text(3)),
  args: many(text(4)),
  workingDir: text(5),
  ports: many(of(6, PORT)),
  env: many(of(7, ENV)),
  resources: of(8, RESOURCES),
  volumeMounts: many(of(9, MOUNT)),
  livenessProbe: maybe(of(10, PROBE)),
  readinessProbe: maybe(of(11, PROBE)),
  terminationMessagePath: text(13),
  imagePullPolicy: text(14),
  securityContext: maybe(of(15, SECURITY)),
  stdin: bool(16),
  stdinOnce: bool(17),
  tty: bool(18),
  terminationMessagePolicy: text(20),
  startupProbe: maybe(of(22, PROBE)),
  restartPolicy: maybe(text(24)),
});

const KEY_TO_PATH = message({ key: text(1), path: text(2), mode: maybe(int(3)) });
const ITEMS = many(of(2, KEY_TO_PATH));
const PROJECTION = message({
  downwardAPI: maybe(of(2, message({ items: many(of(1, message({ path: text(1), fieldRef: maybe(of(2, FIELD_REF)) }))) }))),
  configMap: maybe(of(3, message({ '': of(1, NAMED), items: ITEMS }))),
  serviceAccountToken: maybe(of(4, message({ audience: text(1), expirationSeconds: maybe(int(2)), path: text(3) }))),
});
const VOLUME = message({
  name: text(1),
  '': of(
    2,
    message({
      hostPath: maybe(of(1, message({ path: text(1), type: maybe(text(2)) }))),
      emptyDir: maybe(of(2, message({ medium: text(1) }))),
      secret: maybe(of(6, message({ secretName: text(1), items: ITEMS, defaultMode: maybe(int(3)) }))),
      configMap: maybe(of(19, message({ '': of(1, NAMED), items: ITEMS, defaultMode: maybe(int(3)) }))),
      projected: maybe(of(26, message({ sources: many(of(1, PROJECTION)), defaultMode: maybe(int(2)) }))),
    }),
  ),
});

const TOLERATION = message({ key: text(1), operator: text(2), value: text(3), effect: text(4), tolerationSeconds: maybe(int(5)) });

export const POD_SPEC = message({
  volumes: many(of(1, VOLUME)),
  containers: many(of(2, CONTAINER)),
  restartPolicy: text(3),
  terminationGracePeriodSeconds: maybe(int(4)),
  dnsPolicy: text(6),
  nodeSelector: map(7),
  serviceAccountName: text(8),
  serviceAccount: text(9),
  nodeName: text(10),
  hostNetwork: bool(11),
  hostPID: bool(12),
  hostIPC: bool(13),
  securityContext: maybe(of(14, message({ runAsUser: maybe(int(2)), runAsNonRoot: maybe(bool(3)), fsGroup: maybe(int(5)) }))),
  hostname: text(16),
  subdomain: text(17),
  schedulerName: text(19),
  initContainers: many(of(20, CONTAINER)),
  tolerations: many(of(22, TOLERATION)),
  priorityClassName: text(24),
  priority: maybe(int(25)),
  readinessGates: many(of(28, message({ conditionType: text(1) }))),
  enableServiceLinks: maybe(bool(30)),
  preemptionPolicy: maybe(text(31)),
  schedulingGates: many(of(38, NAMED)),
});

const STATE = message({
  waiting: maybe(of(1, message({ reason: text(1), message: text(2) }))),
  running: maybe(of(2, message({ startedAt: time(1) }))),
  terminated: maybe(
    of(
      3,
      message({
        exitCode: int(1),
        signal: int(2),
        reason: text(3),
        message: text(4),
        startedAt: time(5),
        finishedAt: time(6),
        containerID: text(7),
      }),
    ),
  ),
});

const CONTAINER_STATUS = message({
  name: text(1),
  state: of(2, STATE),
  lastState: of(3, STATE),
  ready: bool(4),
  restartCount: int(5),
  image: text(6),
  imageID: text(7),
  containerID: text(8),
  started: maybe(bool(9)),
});

const CONDITION = message({
  type: text(1),
  status: text(2),
  lastProbeTime: time(3),
  lastTransitionTime: time(4),
  reason: text(5),
  message: text(6),
});

const IP = message({ ip: text(1) });

const STATUS = message({
  phase: text(1),
  conditions: many(of(2, CONDITION)),
  message: text(3),
  reason: text(4),
  hostIP: text(5),
  podIP: text(6),
  startTime: maybe(time(7)),
  containerStatuses: many(of(8, CONTAINER_STATUS)),
  qosClass: text(9),
  initContainerStatuses: many(of(10, CONTAINER_STATUS)),
  nominatedNodeName: text(11),
  podIPs: many(of(12, IP)),
  hostIPs: many(of(16, IP)),
});

/** A Pod, without an envelope around it. */
export const encodePod: Message = message({ metadata: of(1, METADATA), spec: of(2, POD_SPEC), status: of(3, STATUS) });

/** In a list: its number of the metadata and of each item. */
export const LIST_METADATA = 1;
export const LIST_ITEM = 2;

export const encodeListMeta: Message = message({
  selfLink: text(1),
  resourceVersion: text(2),
  continue: text(3),
  remainingItemCount: maybe(int(4)),
});

/** A Status as it answers a refused request. */
export const encodeStatus: Message = message({
  metadata: of(1, encodeListMeta),
  status: text(2),
  message: text(3),
  reason: text(4),
  details: maybe(of(5, message({ name: text(1), group: text(2), kind: text(3), retryAfterSeconds: int(5) }))),
  code: int(6),
});
