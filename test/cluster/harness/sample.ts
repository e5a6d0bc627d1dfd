import { randomUUID } from 'node:crypto';
import type { JsonRecord } from '../../../src/model/json.ts';

/** Some hours ago, in the API's spelling. */
export const ago = (hours: number): string => `${new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 19)}Z`;

const meta = (namespace: string | undefined, name: string, more: JsonRecord = {}): JsonRecord => ({
  name,
  ...(namespace !== undefined && { namespace }),
  uid: randomUUID(),
  creationTimestamp: ago(48),
  ...more,
});

export const namespace = (name: string): JsonRecord => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: meta(undefined, name),
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

/** Node number n: address 192.168.10.1n, pod range 10.244.n.0/24. */
export const node = (n: number): JsonRecord => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: meta(undefined, `node-${n}`, {
    annotations: {
      'flannel.alpha.coreos.com/public-ip': `192.168.10.1${n}`,
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
      'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
    },
  }),
  spec: { podCIDR: `10.244.${n}.0/24`, podCIDRs: [`10.244.${n}.0/24`] },
  status: {
    addresses: [
      { type: 'InternalIP', address: `192.168.10.1${n}` },
      { type: 'Hostname', address: `node-${n}` },
    ],
    conditions: [
      { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '', lastHeartbeatTime: ago(0), lastTransitionTime: ago(40) },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: `machine-${n}`,
      systemUUID: `system-${n}`,
      bootID: `boot-${n}`,
      kubeletVersion: 'v1.36.3',
      containerRuntimeVersion: 'containerd://2.1.0',
      kernelVersion: '6.1',
      osImage: 'Debian',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  },
});

export type PodOptions = {
  readonly ip?: string;
  readonly node?: number;
  readonly hostNetwork?: boolean;
  readonly phase?: 'Running' | 'Succeeded' | 'Failed' | 'Pending';
  readonly labels?: JsonRecord;
  readonly image?: string;
  readonly container?: string;
  readonly owner?: JsonRecord;
};

export function pod(inNamespace: string, name: string, options: PodOptions): JsonRecord {
  const { node: n = 1, phase = 'Running', hostNetwork = false, container = 'main', image = 'registry.example/app:1' } = options;
  const ip = hostNetwork ? `192.168.10.1${n}` : options.ip;
  const running = phase === 'Running';
  const state = running
    ? { running: { startedAt: ago(40) } }
    : { terminated: { exitCode: phase === 'Failed' ? 1 : 0, reason: 'Completed', startedAt: ago(40), finishedAt: ago(30) } };
  const condition = (type: string): JsonRecord => ({
    type,
    status: running ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: ago(40),
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta(inNamespace, name, {
      labels: options.labels ?? { app: name },
      ...(options.owner && { ownerReferences: [options.owner] }),
    }),
    spec: {
      containers: [
        {
          name: container,
          image,
          imagePullPolicy: 'IfNotPresent',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          resources: {},
        },
      ],
      nodeName: `node-${n}`,
      restartPolicy: running ? 'Always' : 'Never',
      hostNetwork,
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    },
    status: {
      phase,
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
      hostIP: `192.168.10.1${n}`,
      hostIPs: [{ ip: `192.168.10.1${n}` }],
      ...(ip !== undefined && { podIP: ip, podIPs: [{ ip }] }),
      startTime: ago(40),
      containerStatuses: [{ name: container, image, imageID: '', ready: running, started: running, restartCount: 0, state, lastState: {} }],
      qosClass: 'BestEffort',
    },
  };
}

export const service = (inNamespace: string, name: string, ip: string): JsonRecord => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(inNamespace, name),
  spec: {
    type: 'ClusterIP',
    clusterIP: ip,
    clusterIPs: [ip],
    selector: { app: name },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    internalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
  },
  status: { loadBalancer: {} },
});

/** The endpoints of a Service: the pods given. */
export const endpointSlice = (inNamespace: string, ofService: string, pods: readonly JsonRecord[]): JsonRecord => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: meta(inNamespace, `${ofService}-abcde`, {
    labels: { 'kubernetes.io/service-name': ofService, 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
  }),
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: pods.map((target) => {
    const { metadata, status, spec } = target as { metadata: JsonRecord; status: JsonRecord; spec: JsonRecord };
    const targetRef = { kind: 'Pod', namespace: inNamespace, name: metadata['name'], uid: metadata['uid'] };
    return {
      addresses: [status['podIP']],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: spec['nodeName'],
      targetRef,
    };
  }),
});

/** Flannel on every node, with its workload and configuration. */
export function flannel(nodes: readonly number[], network = '10.244.0.0/16'): JsonRecord[] {
  const labels = { app: 'flannel', tier: 'node', 'k8s-app': 'flannel' };
  const image = 'ghcr.io/flannel-io/flannel:v0.27.4';
  const uid = randomUUID();
  const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'kube-flannel-ds', uid, controller: true, blockOwnerDeletion: true };
  const count = nodes.length;
  return [
    namespace('kube-flannel'),
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { ...meta('kube-flannel', 'kube-flannel-ds', { labels, generation: 1 }), uid },
      spec: {
        selector: { matchLabels: { app: 'flannel' } },
        template: {
          metadata: { labels },
          spec: {
            hostNetwork: true,
            restartPolicy: 'Always',
            containers: [{ name: 'kube-flannel', image, args: ['--ip-masq', '--kube-subnet-mgr'] }],
          },
        },
        updateStrategy: { type: 'RollingUpdate' },
      },
      status: {
        currentNumberScheduled: count,
        desiredNumberScheduled: count,
        numberReady: count,
        numberAvailable: count,
        updatedNumberScheduled: count,
        numberMisscheduled: 0,
        observedGeneration: 1,
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta('kube-flannel', 'kube-flannel-cfg'),
      data: {
        'net-conf.json': JSON.stringify({ Network: network, EnableNFTables: false, Backend: { Type: 'vxlan' } }),
        'cni-conf.json': JSON.stringify({ name: 'cbr0', cniVersion: '0.3.1', plugins: [{ type: 'flannel' }] }),
      },
    },
    ...nodes.map((n) =>
      pod('kube-flannel', `kube-flannel-ds-abcd${n}`, { node: n, hostNetwork: true, labels, image, container: 'kube-flannel', owner }),
    ),
  ];
}

/** A small cluster with nothing wrong: host-network pods, finished and failed pods whose address a live one has now, two Services. */
export function healthyCluster(): JsonRecord[] {
  const carts = [
    pod('shop', 'cart-1', { ip: '10.244.1.10', node: 1, labels: { app: 'cart' } }),
    pod('shop', 'cart-2', { ip: '10.244.2.10', node: 2, labels: { app: 'cart' } }),
  ];
  const bills = [pod('billing', 'bill-1', { ip: '10.244.3.10', node: 3, labels: { app: 'bill' } })];
  return [
    ...['shop', 'billing', 'kube-system', 'default'].map(namespace),
    ...[1, 2, 3].map(node),
    ...flannel([1, 2, 3]),
    ...[1, 2, 3].map((n) => pod('kube-system', `kube-proxy-${n}`, { node: n, hostNetwork: true, labels: { 'k8s-app': 'kube-proxy' } })),
    ...carts,
    ...bills,
    pod('shop', 'migrate-done', { ip: '10.244.1.10', node: 1, phase: 'Succeeded' }),
    pod('billing', 'report-failed', { ip: '10.244.3.10', node: 3, phase: 'Failed' }),
    service('shop', 'cart', '10.96.0.20'),
    service('billing', 'bill', '10.96.0.21'),
    endpointSlice('shop', 'cart', carts),
    endpointSlice('billing', 'bill', bills),
  ];
}
