import type { JsonRecord } from '../../../../src/model/json.ts';
import { type Family, marksFor } from '../template.ts';
import {
  PER_NODE,
  SPREAD,
  DAEMONS,
  DAEMON_NAMESPACES,
  FIRST_APP,
  FIRST_JOB,
  LAST,
  APPS,
  JOBS,
  type PodKind,
  kindOf,
  teamOf,
  addressOf,
  addressV6Of,
  nodeAddress,
  nodeAddressV6,
  digits,
  before,
  safe,
  scrambled,
  uidOf,
} from './layout.ts';
import { managed } from './managed-fields.ts';

const POD_TEXTS = {
  team: 2,
  serial: 4,
  hash: 10,
  suffix: 5,
  uid: 36,
  owner: 36,
  node: 5,
  hostIP: 14,
  hostIPv6: 15,
  ip: 14,
  ipv6: 19,
} as const;
export type PodTexts = keyof typeof POD_TEXTS;
/** Of each pod of a node: when it started, whether it was restarted. */
const VARIANTS = 6;

export function podFamily(size: number, dual: boolean, owners: ReadonlyMap<number, number>, now: number): Family<PodTexts> {
  const special = ['unscheduled', 'creating', 'terminating'] as const;
  const shapes: [PodKind, number][] = [
    ...Array.from({ length: PER_NODE }, (_, slot): [PodKind, number] => [kindOf(slot), slot]),
    ...special.map((kind): [PodKind, number] => [kind, LAST]),
  ];
  const templates = shapes.flatMap(([kind, slot]) =>
    Array.from({ length: VARIANTS }, (_, variant) => podTemplate(kind, slot, variant, dual, now)),
  );
  return {
    size,
    lengths: POD_TEXTS,
    templates,
    templateOf: (index) => {
      const kind = special.indexOf(kindOf(index) as (typeof special)[number]);
      const shape = kind < 0 ? index % PER_NODE : PER_NODE + kind;
      return shape * VARIANTS + (scrambled(Math.floor(index / PER_NODE)) % VARIANTS);
    },
    textsOf: (index) => {
      const slot = index % PER_NODE;
      const node = Math.floor(index / PER_NODE);
      const workload = Math.floor(node / SPREAD);
      const job = slot === FIRST_JOB || slot === FIRST_JOB + 1;
      // A finished Job's address went to the first pods of Deployments on its node.
      const holder = job ? index - FIRST_JOB + FIRST_APP : (owners.get(index) ?? index);
      return {
        team: teamOf(workload, slot),
        serial: digits(workload, 4),
        hash: safe(workload * PER_NODE + slot, 10),
        suffix: safe(index, 5),
        uid: uidOf('pod', index),
        owner: uidOf('owner', slot < FIRST_APP ? slot : workload * PER_NODE + slot),
        node: digits(node, 5),
        hostIP: nodeAddress(node),
        hostIPv6: nodeAddressV6(node),
        ip: addressOf(holder),
        ipv6: addressV6Of(holder),
      };
    },
  };
}

const M = marksFor(POD_TEXTS);
const NODE = `node-${M.node}`;

function podTemplate(kind: PodKind, slot: number, variant: number, dual: boolean, now: number): JsonRecord {
  const daemon = kind === 'daemon';
  const job = kind === 'job';
  const app = daemon ? DAEMONS[slot]! : job ? JOBS[slot - FIRST_JOB]! : APPS[slot === LAST ? APPS.length - 1 : slot - FIRST_APP]!;
  const base = daemon ? app : `${app}-${M.serial}`;
  const owner = daemon || job ? base : `${base}-${M.hash}`;
  const namespace = daemon ? DAEMON_NAMESPACES[slot]! : `team-${M.team}`;
  const hours = 5 + variant * 31 + slot * 3;
  const created = before(now, hours);
  const started = before(now, hours - 0.01);
  const labels = daemon
    ? { app: slot === 0 ? 'flannel' : app, 'k8s-app': app, 'controller-revision-hash': '5d8f9c7b64', 'pod-template-generation': '3' }
    : { 'app.kubernetes.io/name': app, 'app.kubernetes.io/instance': base, team: `team-${M.team}`, 'pod-template-hash': M.hash };
  const containers = containersFor(app, daemon ? slot : undefined, base, slot % 3 === 0 && !daemon && !job);
  const volumes = volumesFor(base);
  const spec = {
    volumes,
    containers,
    restartPolicy: job ? 'Never' : 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: daemon ? 'ClusterFirstWithHostNet' : 'ClusterFirst',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    serviceAccountName: app,
    serviceAccount: app,
    ...(kind !== 'unscheduled' && { nodeName: NODE }),
    ...(daemon && { hostNetwork: true }),
    securityContext: {},
    schedulerName: 'default-scheduler',
    tolerations: ['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
  };
  const status = statusFor(kind, containers, variant, dual, created, started, now);
  const meta = {
    generateName: `${owner}-`,
    labels,
    annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9100' },
    ownerReferences: [
      {
        apiVersion: job ? 'batch/v1' : 'apps/v1',
        kind: daemon ? 'DaemonSet' : job ? 'Job' : 'ReplicaSet',
        name: owner,
        uid: M.owner,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${owner}-${M.suffix}`,
      namespace,
      uid: M.uid,
      resourceVersion: '8123456',
      generation: 1,
      creationTimestamp: created,
      ...(kind === 'terminating' && { deletionTimestamp: before(now, -0.005), deletionGracePeriodSeconds: 30 }),
      ...meta,
      managedFields: [
        managed('kube-controller-manager', created, { metadata: meta, spec: { ...spec, nodeName: undefined } }),
        managed('kubelet', started, { status }, 'status'),
      ],
    },
    spec,
    status,
  };
}

export function containersFor(app: string, daemon: number | undefined, base: string, sidecar: boolean): JsonRecord[] {
  const image = daemon === 0 ? 'ghcr.io/flannel-io/flannel:v0.27.4' : `registry.example.internal/${app}/${app}:2026.5.${app.length}`;
  const main = container(daemon === 0 ? 'kube-flannel' : app, image, base, daemon === undefined ? 5 : 3, 8080);
  const args = daemon === 0 ? ['--ip-masq', '--kube-subnet-mgr'] : ['--config=/etc/app/config.yaml', '--log-level=info'];
  const command = daemon === 0 ? ['/opt/bin/flanneld'] : undefined;
  return [
    { ...main, ...(command && { command }), args },
    ...(sidecar ? [container('proxy', 'registry.example.internal/mesh/proxy:1.29.1', base, 2, 15_090)] : []),
  ];
}

function container(name: string, image: string, base: string, settings: number, port: number): JsonRecord {
  const probe = (path: string, periodSeconds: number): JsonRecord => ({
    httpGet: { path, port: 'http', scheme: 'HTTP' },
    initialDelaySeconds: 5,
    timeoutSeconds: 2,
    periodSeconds,
    successThreshold: 1,
    failureThreshold: 3,
  });
  return {
    name,
    image,
    ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } },
      ...Array.from({ length: settings }, (_, i) => ({
        name: `${ENV_WORDS[i % ENV_WORDS.length]!}_${i}_URL`,
        value: `https://service-${i}.${base}.internal.example:8443/v1`,
      })),
    ],
    resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '250m', memory: '512Mi' } },
    volumeMounts: [
      { name: 'config', readOnly: true, mountPath: '/etc/app' },
      { name: 'scratch', mountPath: '/var/lib/app' },
      { name: 'kube-api-access', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ],
    livenessProbe: probe('/healthz', 20),
    readinessProbe: probe('/ready', 10),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: { capabilities: { drop: ['ALL'] }, runAsNonRoot: true, allowPrivilegeEscalation: false },
  };
}

const ENV_WORDS = ['DATABASE', 'CACHE', 'QUEUE', 'TRACING', 'METRICS', 'STORAGE', 'AUTH', 'FEATURES'] as const;

export const volumesFor = (base: string): JsonRecord[] => [
  { name: 'config', configMap: { name: `${base}-config`, defaultMode: 420 } },
  { name: 'scratch', emptyDir: {} },
  {
    name: 'kube-api-access',
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 420,
    },
  },
];

function statusFor(
  kind: PodKind,
  containers: readonly JsonRecord[],
  variant: number,
  dual: boolean,
  created: string,
  started: string,
  now: number,
): JsonRecord {
  const condition = (type: string, status: boolean, more: JsonRecord = {}): JsonRecord => ({
    type,
    status: status ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: started,
    ...more,
  });
  if (kind === 'unscheduled') {
    const message = '0 nodes are available: insufficient memory.';
    return {
      phase: 'Pending',
      conditions: [condition('PodScheduled', false, { reason: 'Unschedulable', message })],
      qosClass: 'Burstable',
    };
  }
  const both = (ip: string, ipv6: string): JsonRecord[] => (dual ? [{ ip }, { ip: ipv6 }] : [{ ip }]);
  const hostIPs = both(M.hostIP, M.hostIPv6);
  const podIPs = kind === 'daemon' ? hostIPs : both(M.ip, M.ipv6);
  const works = kind !== 'job' && kind !== 'creating';
  // In one variant of six something has been restarted.
  const restarted = works && variant === VARIANTS - 1;
  const finished = { exitCode: 0, reason: 'Completed', startedAt: started, finishedAt: before(now, 2) };
  const state = works
    ? { running: { startedAt: restarted ? before(now, 3) : started } }
    : kind === 'job'
      ? { terminated: { ...finished, containerID: CONTAINER_ID } }
      : { waiting: { reason: 'ContainerCreating' } };
  const lastState = restarted ? { terminated: { ...finished, exitCode: 137, reason: 'OOMKilled', finishedAt: before(now, 3) } } : {};
  return {
    phase: kind === 'job' ? 'Succeeded' : kind === 'creating' ? 'Pending' : 'Running',
    conditions: [
      condition('PodReadyToStartContainers', works),
      condition('Initialized', true),
      condition('Ready', works, kind === 'job' ? { reason: 'PodCompleted' } : {}),
      condition('ContainersReady', works),
      condition('PodScheduled', true),
    ],
    hostIP: M.hostIP,
    hostIPs,
    ...(kind !== 'creating' && { podIP: kind === 'daemon' ? M.hostIP : M.ip, podIPs }),
    startTime: created,
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      state,
      lastState,
      ready: works,
      restartCount: restarted ? 2 : 0,
      image,
      imageID: kind === 'creating' ? '' : `${String(image).split(':')[0]}@sha256:${DIGEST}`,
      ...(kind !== 'creating' && { containerID: CONTAINER_ID }),
      started: works,
    })),
    qosClass: 'Burstable',
  };
}

const DIGEST = '5d41402abc4b2a76b9719d911017c592'.repeat(2);
const CONTAINER_ID = `containerd://${DIGEST}`;
