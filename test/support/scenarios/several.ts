import type { Scenario } from '../build.ts';
import { agents, annotate, attached, attachment, calico, calicoIpam, cilium, flannel, kubeOvnIpam, whereaboutsPool } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

/** I26: full Calico on a flannel cluster. */
function calicoOverFlannel(): Scenario {
  const c = plain({ version: '1.24.8' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { version: 'v0.19.0' });
  calico(c, { version: 'v3.23.1', age: '1d' });
  crowd(c, lan244);
  c.pod('demo/planner-7d-2ldj9', { node: 'worker-2', ip: '10.244.1.3', age: '2h', owner: 'ReplicaSet/planner-7d' });
  c.pod('demo/viewer-7d-k8wvz', { node: 'worker-3', ip: '10.244.90.6', age: '3h', owner: 'ReplicaSet/viewer-7d' });
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.244.0.0/16', age: '1d' }],
    blocks: { '10.244.1.0/26': 'worker-2', '10.244.90.0/26': 'worker-3' },
    blockAges: { '10.244.1.0/26': '1d', '10.244.90.0/26': '1d' },
    storeAge: '1d',
    foreign: [
      'kube-system/coredns-6c8d-7bqtx',
      'kube-system/coredns-6c8d-zk4pv',
      ...['m8wzn', 'r5tdl', 'c9jxp'].flatMap((s) => [`web/front-59c7-${s}`, `web/store-7b6d-${s}`]),
    ],
  });
  return scenario('multiple-cnis/calico-over-flannel', c, {
    title: 'Calico applied over flannel, with one range for both',
    source: ['projectcalico/calico#6161'],
    ask: 'demo/planner-7d-2ldj9',
    cause: ['multiple-cnis'],
    not: ['ipam-state-corrupt', 'node-cidr-overlap', 'allocation-race'],
    find: [
      { id: 'multiple-cnis' },
      { id: 'duplicate-pod-ip', address: '10.244.1.3', holders: ['demo/planner-7d-2ldj9', 'web/front-59c7-m8wzn'] },
    ],
    notes: 'Older pods carry no mark of Calico and predate it.',
  });
}

/** I27: the ingress was hit. */
function ingressHit(): Scenario {
  const c = plain({ podCIDR: (n) => `10.42.${n}.0/24`, version: '1.27.4' });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  flannel(c, '10.42.0.0/16');
  calico(c, { version: 'v3.26.1', age: '35m' });
  crowd(c, (w, k) => `10.42.${w}.${k + 20}`);
  c.pod('ingress/controller-0', { node: 'worker-1', ip: '10.42.1.7', age: '90d', owner: 'StatefulSet/controller', ready: false });
  c.pod('calico-apiserver/api-6d-x2vbn', { node: 'worker-3', ip: '10.42.1.7', age: '30m', owner: 'ReplicaSet/api-6d' });
  c.service('ingress/controller', {
    type: 'LoadBalancer',
    clusterIP: '10.96.3.9',
    loadBalancer: '192.0.2.80',
    pods: ['ingress/controller-0'],
  });
  c.event('Pod/ingress/controller-0', {
    reason: 'Unhealthy',
    message: 'Readiness probe failed: Get "http://10.42.1.7:10254/healthz": context deadline exceeded',
    first: '29m',
    age: '1m',
    count: 90,
  });
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.42.0.0/16', age: '34m' }],
    blocks: { '10.42.1.0/26': 'worker-3' },
    blockAges: { '10.42.1.0/26': '33m' },
    storeAge: '35m',
    foreign: [
      'ingress/controller-0',
      'kube-system/coredns-6c8d-7bqtx',
      'kube-system/coredns-6c8d-zk4pv',
      ...['m8wzn', 'r5tdl', 'c9jxp'].flatMap((s) => [`web/front-59c7-${s}`, `web/store-7b6d-${s}`]),
    ],
  });
  return scenario('multiple-cnis/ingress-outage', c, {
    title: 'Calico laid over a running cluster takes the ingress down',
    ask: 'ingress/controller-0',
    cause: ['multiple-cnis'],
    not: ['stale-endpoints', 'ipam-state-corrupt', 'cni-agent-unhealthy'],
    find: [{ id: 'duplicate-pod-ip', address: '10.42.1.7' }, { id: 'multiple-cnis' }],
    notes: 'The first failed probe follows the rollout of calico-node.',
  });
}

/** I30: pods of Weave are still there after the move to Calico. */
function weaveLeftBehind(): Scenario {
  const c = plain({ podCIDR: null, age: '400d', version: '1.21.14' });
  c.controlPlane({ podRange: '10.203.0.0/16' });
  c.configMap('kube-system/weave-net', {}, undefined, { 'kube-peers.weave.works/peers': '{"Peers":[]}' });
  calico(c, { version: 'v3.20.2', age: '3d' });
  crowd(c, (w, k) => `10.203.${w}.${k + 1}`);
  c.pod('old/legacy-api', { node: 'worker-2', ip: '10.203.2.40', age: '200d', owner: 'ReplicaSet/legacy' });
  c.pod('new/runner-5d-x2vbn', { node: 'worker-2', creating: true, age: '20m', owner: 'ReplicaSet/runner-5d' });
  c.sandboxFails(
    'new/runner-5d-x2vbn',
    'plugin type="calico" failed (add): error adding host side routes for interface: calib641cf4cd71, error: route (Ifindex: 61, Dst: 10.203.2.40/32, Scope: 253) already exists for an interface other than \'calib641cf4cd71\'',
  );
  for (const ref of [
    'kube-system/coredns-6c8d-7bqtx',
    'kube-system/coredns-6c8d-zk4pv',
    ...['m8wzn', 'r5tdl', 'c9jxp'].flatMap((s) => [`web/front-59c7-${s}`, `web/store-7b6d-${s}`]),
  ])
    (c.objects.get(`v1|Pod|${ref}`)!['metadata'] as { creationTimestamp: string }).creationTimestamp = c.at('2d');
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.203.0.0/16', age: '3d' }],
    blocks: { '10.203.1.0/26': 'worker-1', '10.203.2.0/26': 'worker-2', '10.203.3.0/26': 'worker-3' },
    blockAges: { '10.203.1.0/26': '3d', '10.203.2.0/26': '3d', '10.203.3.0/26': '3d' },
    storeAge: '3d',
    foreign: ['old/legacy-api'],
  });
  return scenario('multiple-cnis/weave-left-behind', c, {
    title: 'A pod of the former CNI holds an address that the new one gives out',
    source: ['projectcalico/calico#2730'],
    ask: 'new/runner-5d-x2vbn',
    cause: ['multiple-cnis'],
    not: ['ipam-state-corrupt', 'cni-agent-unhealthy', 'ip-pool-exhausted'],
    find: [{ id: 'sandbox-creation-failing', holders: ['new/runner-5d-x2vbn'] }, { id: ['ipam-in-use-not-allocated', 'multiple-cnis'] }],
    notes: 'The older pod predates calico-node and stands in no block.',
  });
}

/** N17: leftovers that nobody reads. */
function leftovers(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n}.0/24` });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { nodes: [], desired: 0, nodeSelector: { retired: 'true' } });
  for (const name of c.nodes)
    annotate(c, 'Node', name, { 'flannel.alpha.coreos.com/backend-type': 'vxlan', 'flannel.alpha.coreos.com/kube-subnet-manager': 'true' });
  c.configMap('kube-system/weave-net', {}, undefined, {});
  c.crd('CiliumNode', 'ciliumnodes', 'cilium.io', undefined, 'v2');
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  return scenario('multiple-cnis/leftovers', c, {
    title: 'A DaemonSet without pods, ConfigMaps, annotations and CRDs of former CNIs',
    silent: ['multiple-cnis', 'cluster-cidr-mismatch', 'cni-agent-missing', 'pod-ip-outside-pod-ranges'],
    notes: 'Nobody reads them.',
  });
}

/** N18: Canal, and Calico for policy on EKS. */
function policyOnly(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.60.1.' });
  agents.awsNode(c);
  agents.multus(c);
  c.daemonSet('calico-system/calico-node', {
    image: 'docker.io/calico/node:v3.29.1',
    labels: { 'k8s-app': 'calico-node' },
    env: { FELIX_INTERFACEPREFIX: 'eni', DATASTORE_TYPE: 'kubernetes' },
  });
  c.custom('operator.tigera.io/v1', 'Installation', 'default', {
    spec: { kubernetesProvider: 'EKS', cni: { type: 'AmazonVPC', ipam: { type: 'AmazonVPC' } } },
  });
  c.daemonSet('istio-system/istio-cni-node', { image: 'docker.io/istio/install-cni:1.24.1' });
  crowd(c, (w, k) => `10.60.${16 + w}.${k + 100}`, [1, 2, 3], '172.20.');
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  return scenario('multiple-cnis/policy-only', c, {
    title: 'AWS VPC CNI with Calico for policy, Multus and istio-cni',
    silent: ['multiple-cnis', 'ipam-in-use-not-allocated', 'pod-ip-outside-pod-ranges'],
    notes: 'Designed pairs.',
  });
}

function canal(): Scenario {
  const c = plain({ podCIDR: (n) => `10.42.${n}.0/24`, version: '1.30.8' });
  c.controlPlane({ podRange: '10.42.0.0/16', serviceRange: '10.43.0.0/16' });
  c.daemonSet('kube-system/rke2-canal', {
    image: 'docker.io/rancher/hardened-calico:v3.29.1-build20241212',
    container: 'calico-node',
    labels: { 'k8s-app': 'canal' },
    env: { USE_POD_CIDR: 'true' },
  });
  c.configMap('kube-system/rke2-canal-config', {
    cni_network_config: '{"name":"k8s-pod-network","plugins":[{"type":"calico","ipam":{"type":"host-local","subnet":"usePodCidr"}}]}',
    'net-conf.json': '{"Network":"10.42.0.0/16","Backend":{"Type":"vxlan"}}',
  });
  for (const [n, name] of c.nodes.entries())
    annotate(c, 'Node', name, {
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
      'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
      'flannel.alpha.coreos.com/public-ip': `10.20.0.${10 + n}`,
      'projectcalico.org/IPv4Address': `10.20.0.${10 + n}/24`,
    });
  crowd(c, (w, k) => `10.42.${w}.${k + 2}`, [1, 2, 3], '10.43.');
  for (const ref of ['web/front-59c7-m8wzn']) annotate(c, 'Pod', ref, { 'cni.projectcalico.org/podIP': '10.42.1.3/32' });
  return scenario('calico/canal', c, {
    title: 'Canal: flannel’s overlay with Calico’s policy',
    silent: ['multiple-cnis', 'ipam-in-use-not-allocated', 'overlapping-node-ranges', 'cni-agent-missing'],
    notes: 'host-local on podCIDR: no blocks to be expected.',
  });
}

/** I20/I23: the runtime's own bridge on every node. */
function crioBridge(): Scenario {
  const c = plain({ version: '1.28.4', runtime: 'cri-o://1.28.2' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  for (const [w, app] of [
    [1, 'flower'],
    [2, 'broker'],
    [3, 'beat'],
  ] as const)
    c.pod(`air/${app}-6c-x${w}vbn`, {
      node: `worker-${w}`,
      ip: '10.85.0.2',
      age: '11h',
      owner: `ReplicaSet/${app}-6c`,
      ...(w === 1 ? { ready: false, waiting: 'CrashLoopBackOff', restarts: 209, ended: '2m' } : {}),
    });
  c.pod('kube-system/coredns-6c8d-7bqtx', { node: 'worker-1', ip: '10.85.0.3', age: '12h', owner: 'ReplicaSet/coredns-6c8d' });
  c.pod('kube-system/coredns-6c8d-zk4pv', { node: 'worker-2', ip: '10.85.0.3', age: '12h', owner: 'ReplicaSet/coredns-6c8d' });
  return scenario('cni-bypassed/crio-bridge', c, {
    title: 'CRI-O’s default bridge on every worker',
    source: ['cri-o/cri-o#5549'],
    ask: 'air/flower-6c-x1vbn',
    cause: ['cni-bypassed'],
    not: ['node-cidr-overlap', 'cni-agent-unhealthy', 'ipam-state-corrupt', 'no-conflict'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.85.0.2' },
      { id: 'pod-ip-in-runtime-default-range', severity: ['error', 'warning'] },
    ],
    notes: 'podCIDRs exist and nobody uses them; 209 restarts look like the application’s fault.',
  });
}

/** I21: minikube, docker, no CNI; the bridge is 172.18, not 172.17. */
function dockerBridge(): Scenario {
  const c = plain({ workers: 1, version: '1.22.1', runtime: 'docker://20.10.8', lan: '192.168.49.', age: '3h' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  c.pod('kube-system/coredns-78fc-b4mcg', {
    node: 'cp-1',
    ip: '172.18.0.2',
    age: '3h',
    owner: 'ReplicaSet/coredns-78fc',
    labels: { 'k8s-app': 'kube-dns' },
  });
  c.pod('default/test', { node: 'worker-1', ip: '172.18.0.2', age: '20m' });
  c.service('kube-system/kube-dns', {
    clusterIP: '10.96.0.10',
    port: 53,
    selector: { 'k8s-app': 'kube-dns' },
    pods: ['kube-system/coredns-78fc-b4mcg'],
  });
  return scenario('cni-bypassed/docker-bridge', c, {
    title: 'Two nodes on docker’s own bridge, without any CNI',
    source: ['kubernetes/minikube#7589'],
    ask: 'default/test',
    cause: ['cni-bypassed'],
    not: ['node-cidr-overlap', 'ipam-state-corrupt', 'no-conflict'],
    find: [
      { id: 'duplicate-pod-ip', address: '172.18.0.2' },
      { id: ['pod-ip-in-runtime-default-range', 'pod-ip-outside-pod-ranges'], severity: ['error', 'warning'] },
    ],
    notes: 'Outside both podCIDRs; 172.18 rather than 172.17.',
  });
}

function cniBypassedCalico(): Scenario {
  const c = plain({ podCIDR: null, version: '1.24.1', runtime: 'docker://20.10.17', workers: 2 });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { version: 'v3.23.1' });
  c.pod('kube-system/coredns-6d4b-x2vbn', { node: 'worker-1', ip: '172.17.0.2', age: '5h', owner: 'ReplicaSet/coredns-6d4b' });
  c.pod('default/nginx', { node: 'worker-2', ip: '172.17.0.2', age: '20m' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1' },
    foreign: ['kube-system/coredns-6d4b-x2vbn', 'default/nginx'],
  });
  return scenario('pod-ip-in-runtime-default-range/docker0-under-calico', c, {
    title: 'Calico is healthy, and no pod has an address of it',
    source: ['projectcalico/calico#6243'],
    ask: 'default/nginx',
    cause: ['cni-bypassed'],
    not: ['ipam-state-corrupt', 'multiple-cnis', 'ip-pool-exhausted'],
    find: [
      { id: 'duplicate-pod-ip', address: '172.17.0.2' },
      { id: ['pod-ip-in-runtime-default-range', 'pod-ip-outside-pod-ranges'], severity: ['error', 'warning'] },
    ],
    notes: 'cri-dockerd without CNI.',
  });
}

/** The twin: a cluster whose own range is 172.17.0.0/16. */
function ownRange(): Scenario {
  const c = plain({ podCIDR: (n) => `172.17.${n}.0/24` });
  c.controlPlane({ podRange: '172.17.0.0/16' });
  flannel(c, '172.17.0.0/16');
  crowd(c, (w, k) => `172.17.${w}.${k + 2}`);
  return scenario('pod-ip-in-runtime-default-range/own-range', c, {
    title: 'The cluster’s own range is 172.17.0.0/16',
    silent: ['pod-ip-in-runtime-default-range', 'pod-ip-outside-pod-ranges'],
    notes: 'It belongs to the CNI here.',
  });
}

/** I22: another conf sorts first. */
function otherConf(): Scenario {
  const c = plain({ version: '1.23.6' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, (w, k) => (w === 2 ? lan244(2, k) : lan244(w, k)), [1, 2]);
  c.pod('lab/shell', { node: 'worker-3', ip: '10.244.1.2', age: '20m' });
  c.pod('lab/tool-6b-k2vzn', { node: 'worker-3', ip: '10.244.1.3', age: '15m', owner: 'ReplicaSet/tool-6b' });
  return scenario('pod-ip-in-other-node-range/conf-sorts-first', c, {
    title: 'Another CNI configuration sorts before flannel’s on one node',
    source: ['flannel-io/flannel#1437'],
    ask: 'lab/shell',
    cause: ['cni-bypassed', 'multiple-cnis'],
    not: ['node-cidr-overlap', 'ipam-state-corrupt', 'node-reregistered'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.244.1.2', holders: ['lab/shell', 'kube-system/coredns-6c8d-7bqtx'] },
      { id: 'pod-ip-in-other-node-range', severity: ['error', 'warning'] },
    ],
    notes: 'Outside its own node’s range, inside another’s.',
  });
}

/** N09: pods outside podCIDR by design, with Cilium cluster-pool. */
function notPodCidr(): Scenario {
  const c = plain({ podCIDR: (n) => `10.130.${n}.0/24` });
  c.controlPlane({ podRange: '10.130.0.0/16' });
  cilium(c, {
    pool: '172.28.0.0/16',
    ranges: { 'cp-1': ['172.28.0.0/24'], 'worker-1': ['172.28.3.0/24'], 'worker-2': ['172.28.1.0/24'], 'worker-3': ['172.28.2.0/24'] },
    router: { 'worker-1': '172.28.3.9' },
    errors: { 'worker-2': 'allocator full' },
  });
  crowd(c, (w, k) => `172.28.${['', 3, 1, 2][w]}.${k + 20}`);
  return scenario('pod-ip-in-other-node-range/cluster-pool', c, {
    title: 'Cilium cluster-pool: pods outside podCIDR, and an old error that was not cleared',
    source: ['cilium/cilium#28758', 'projectcalico/calico#2592'],
    silent: ['pod-ip-in-other-node-range', 'pod-ip-outside-pod-ranges', 'node-ranges-exhausted', 'cluster-cidr-mismatch'],
    notes: 'The CNI’s own ranges count; a status text is history.',
  });
}

function outsidePods(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('lab/stray', { node: 'worker-2', ip: '192.168.77.5', age: '60d' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    foreign: ['lab/stray'],
  });
  return scenario('pod-ip-outside-pod-ranges/stray', c, {
    title: 'A pod with an address of no pool',
    ask: 'lab/stray',
    cause: ['cni-bypassed', 'multiple-cnis', 'inconclusive'],
    not: ['no-conflict'],
    exit: [0, 1],
    find: [{ id: 'pod-ip-outside-pod-ranges', address: '192.168.77.5', holders: ['lab/stray'], severity: ['error', 'warning'] }],
    notes: 'Set up by something else.',
  });
}

/** I41/I64 family: clones. */
function weaveClones(): Scenario {
  const c = plain({ podCIDR: null, version: '1.17.4' });
  c.controlPlane({ podRange: '10.32.0.0/12', serviceRange: '10.96.0.0/16' });
  const peer = '92:64:f5:c5:57:a7';
  agents.weave(c, '10.32.0.0/12', {
    peers: [
      ['aa:aa:aa:aa:aa:01', 'cp-1'],
      [peer, 'worker-1'],
      [peer, 'worker-2'],
      ['aa:aa:aa:aa:aa:03', 'worker-3'],
    ],
  });
  const info = (c.objects.get('v1|Node|/worker-1')!['status'] as { nodeInfo: Record<string, unknown> }).nodeInfo;
  const twin = (c.objects.get('v1|Node|/worker-2')!['status'] as { nodeInfo: Record<string, unknown> }).nodeInfo;
  twin['machineID'] = info['machineID'];
  twin['systemUUID'] = info['systemUUID'];
  for (const w of [1, 2])
    for (const k of [1, 2])
      c.pod(`app/probe-7d-w${w}k${k}z`, { node: `worker-${w}`, ip: `10.36.192.${k}`, age: '6h', owner: 'ReplicaSet/probe-7d' });
  c.pod('kube-system/coredns-6c8d-7bqtx', { node: 'worker-3', ip: '10.44.0.1', age: '60d', owner: 'ReplicaSet/coredns-6c8d' });
  return scenario('duplicate-node-identity/weave-clones', c, {
    title: 'Two cloned machines are one peer of Weave',
    source: ['weaveworks/weave#3793'],
    ask: 'app/probe-7d-w2k1z',
    cause: ['node-identity-clash'],
    not: ['node-cidr-overlap', 'ipam-state-corrupt', 'allocation-race'],
    find: [
      { id: 'duplicate-node-identity', nodes: ['worker-1', 'worker-2'] },
      { id: 'duplicate-pod-ip', address: '10.36.192.1' },
    ],
    notes: 'Equal systemUUID and peer name on the nodes of every pair.',
  });
}

/** Equal machine ids alone harm nobody. */
function clonesHarmless(): Scenario {
  const c = plain({
    on: Object.fromEntries(['worker-1', 'worker-2'].map((name) => [name, { info: { machineID: '4c4c4544004b3510804ac4c04f563532' } }])),
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  return scenario('duplicate-node-identity/machine-id-only', c, {
    title: 'Equal machine ids where the CNI goes by something else',
    silent: ['duplicate-node-identity'],
    notes: 'Flannel goes by addresses and MACs, which differ.',
  });
}

/** I67: one Node object, two machines. */
function oneNodeTwoMachines(): Scenario {
  const c = plain({ workers: 2, version: '1.29.6', on: { 'worker-2': { readySince: '3m' } } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1, 2]);
  c.pod('app/one-6b-x2vbn', { node: 'worker-2', ip: '10.244.2.20', age: '40m', owner: 'ReplicaSet/one-6b' });
  c.pod('app/two-6b-k7wzq', { node: 'worker-2', ip: '10.244.2.20', age: '38m', owner: 'ReplicaSet/two-6b' });
  c.event('Node/worker-2', {
    reason: 'Rebooted',
    message: 'Node worker-2 has been rebooted, boot id: 7e1c0f2a-aaaa-4b7b-9a3e-000000000001',
    first: '3h',
    age: '4m',
    count: 31,
  });
  c.event('Node/worker-2', {
    type: 'Normal',
    reason: 'Starting',
    message: 'Starting kubelet.',
    first: '3h',
    age: '4m',
    count: 60,
    host: 'worker-2',
  });
  return scenario('node-identity-clash/one-hostname', c, {
    title: 'Two machines with one hostname write one Node',
    source: ['k3s-io/k3s#532'],
    ask: 'app/two-6b-k7wzq',
    cause: ['node-identity-clash', 'ipam-state-corrupt', 'inconclusive'],
    not: ['node-cidr-overlap', 'no-conflict', 'cni-version-mismatch'],
    find: [{ id: 'duplicate-pod-ip', address: '10.244.2.20' }],
    notes: 'Reboots of which there are too many; a single capture cannot be certain.',
  });
}

/** The twin: one reboot. */
function oneReboot(): Scenario {
  const c = plain({ on: { 'worker-2': { readySince: '30m' } } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.event('Node/worker-2', {
    reason: 'Rebooted',
    message: 'Node worker-2 has been rebooted, boot id: 7e1c0f2a-aaaa-4b7b-9a3e-000000000001',
    age: '31m',
  });
  return scenario('node-identity-clash/one-reboot', c, {
    title: 'A node was rebooted once',
    silent: ['duplicate-node-identity', 'duplicate-node-ip'],
    notes: 'Nothing is wrong.',
  });
}

const secondaryBase = () => {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  agents.multus(c);
  return crowd(c, lan244);
};

/** I58. */
function whereaboutsRace(): Scenario {
  const c = secondaryBase();
  agents.whereabouts(c, 'v0.4.0');
  attachment(c, 'sim/lan', { type: 'macvlan', master: 'ens5', ipam: { type: 'whereabouts', range: '192.168.5.0/24' } });
  c.pod('sim/app-17', {
    node: 'worker-1',
    ip: '10.244.1.50',
    age: '2026-03-11T07:10:02Z',
    annotations: attached('10.244.1.50', { 'sim/lan': '192.168.5.40' }),
  });
  c.pod('sim/app-23', {
    node: 'worker-3',
    ip: '10.244.3.50',
    age: '2026-03-11T07:10:03Z',
    annotations: attached('10.244.3.50', { 'sim/lan': '192.168.5.40' }),
  });
  c.pod('sim/app-24', {
    node: 'worker-3',
    ip: '10.244.3.51',
    age: '2026-03-11T07:10:03Z',
    annotations: attached('10.244.3.51', { 'sim/lan': '192.168.5.41' }),
  });
  whereaboutsPool(c, '192.168.5.0/24', { 40: 'sim/app-23', 41: 'sim/app-24' });
  return scenario('duplicate-secondary-ip/race', c, {
    title: 'Two pods started in one second got one secondary address',
    source: ['k8snetworkplumbingwg/whereabouts#110'],
    ask: 'sim/app-23',
    cause: ['allocation-race'],
    not: ['secondary-ipam-not-cluster-wide', 'static-ip-conflict', 'no-conflict'],
    bug: 'k8snetworkplumbingwg/whereabouts#110',
    find: [{ id: 'duplicate-secondary-ip', address: '192.168.5.40', holders: ['sim/app-17', 'sim/app-23'] }],
    silent: ['duplicate-pod-ip'],
    notes: 'status.podIP is clean; the pool names the last writer.',
  });
}

/** N16. */
function isolatedNetworks(): Scenario {
  const c = secondaryBase();
  agents.whereabouts(c);
  attachment(c, 'red/lan', {
    type: 'macvlan',
    master: 'ens5.10',
    ipam: { type: 'whereabouts', range: '192.168.5.0/24', network_name: 'red' },
  });
  attachment(c, 'blue/lan', {
    type: 'macvlan',
    master: 'ens5.20',
    ipam: { type: 'whereabouts', range: '192.168.5.0/24', network_name: 'blue' },
  });
  attachment(c, 'red/local', {
    type: 'bridge',
    bridge: 'br-local',
    isGateway: true,
    ipMasq: true,
    ipam: { type: 'host-local', subnet: '10.99.0.0/24' },
  });
  c.pod('red/a-0', {
    node: 'worker-1',
    ip: '10.244.1.50',
    age: '5d',
    annotations: attached('10.244.1.50', { 'red/lan': '192.168.5.40', 'red/local': '10.99.0.2' }),
  });
  c.pod('blue/a-0', {
    node: 'worker-2',
    ip: '10.244.2.50',
    age: '5d',
    annotations: attached('10.244.2.50', { 'blue/lan': '192.168.5.40' }),
  });
  c.pod('red/b-0', {
    node: 'worker-3',
    ip: '10.244.3.50',
    age: '5d',
    annotations: attached('10.244.3.50', { 'red/lan': '192.168.5.41', 'red/local': '10.99.0.2' }),
  });
  c.custom('whereabouts.cni.cncf.io/v1alpha1', 'IPPool', 'kube-system/red-192.168.5.0-24', {
    spec: {
      range: '192.168.5.0/24',
      allocations: { 40: { id: 'x', podref: 'red/a-0', ifname: 'net1' }, 41: { id: 'y', podref: 'red/b-0', ifname: 'net1' } },
    },
  });
  c.custom('whereabouts.cni.cncf.io/v1alpha1', 'IPPool', 'kube-system/blue-192.168.5.0-24', {
    spec: { range: '192.168.5.0/24', allocations: { 40: { id: 'z', podref: 'blue/a-0', ifname: 'net1' } } },
  });
  return scenario('duplicate-secondary-ip/isolated-networks', c, {
    title: 'Equal secondary addresses on separate networks',
    silent: [
      'duplicate-secondary-ip',
      'per-node-ipam-on-shared-network',
      'overlapping-pools',
      'ipam-double-allocation',
      'ipam-in-use-not-allocated',
    ],
    quiet: ['red/a-0', 'blue/a-0', 'red/b-0'],
    notes: 'Two VLANs, and a bridge without uplink on each node.',
  });
}

/** I62. */
function hostLocalShared(): Scenario {
  const c = secondaryBase();
  attachment(c, 'lab/wire', {
    type: 'macvlan',
    master: 'ens6',
    ipam: { type: 'host-local', subnet: '192.168.40.0/24', rangeStart: '192.168.40.200' },
  });
  c.pod('lab/a-6b-x2vbn', {
    node: 'worker-1',
    ip: '10.244.1.50',
    age: '5d',
    owner: 'ReplicaSet/a-6b',
    annotations: attached('10.244.1.50', { 'lab/wire': '192.168.40.200' }),
  });
  c.pod('lab/b-6b-k7wzq', {
    node: 'worker-2',
    ip: '10.244.2.50',
    age: '4d',
    owner: 'ReplicaSet/b-6b',
    annotations: attached('10.244.2.50', { 'lab/wire': '192.168.40.200' }),
  });
  return scenario('secondary-ipam-not-cluster-wide/macvlan-host-local', c, {
    title: 'host-local on a network that spans nodes',
    source: ['k8snetworkplumbingwg/ovs-cni#222'],
    ask: 'lab/b-6b-k7wzq',
    cause: ['secondary-ipam-not-cluster-wide'],
    not: ['allocation-race', 'ipam-state-corrupt', 'static-ip-conflict'],
    find: [{ id: 'duplicate-secondary-ip', address: '192.168.40.200' }, { id: 'per-node-ipam-on-shared-network' }],
    notes: 'ipam.type host-local, used on two nodes.',
  });
}

/** Its twin without a pair: a warning of what will come. */
function hostLocalOneNode(): Scenario {
  const c = secondaryBase();
  attachment(c, 'lab/wire', { type: 'macvlan', master: 'ens6', ipam: { type: 'host-local', subnet: '192.168.40.0/24' } });
  c.pod('lab/a-6b-x2vbn', {
    node: 'worker-1',
    ip: '10.244.1.50',
    age: '5d',
    owner: 'ReplicaSet/a-6b',
    annotations: attached('10.244.1.50', { 'lab/wire': '192.168.40.2' }),
  });
  c.pod('lab/b-6b-k7wzq', {
    node: 'worker-1',
    ip: '10.244.1.51',
    age: '4d',
    owner: 'ReplicaSet/b-6b',
    annotations: attached('10.244.1.51', { 'lab/wire': '192.168.40.3' }),
  });
  return scenario('per-node-ipam-on-shared-network/one-node', c, {
    title: 'host-local where only one node uses the network',
    silent: ['per-node-ipam-on-shared-network', 'duplicate-secondary-ip'],
    notes: 'One node, one count.',
  });
}

/** I63. */
function secondaryTemplate(): Scenario {
  const c = secondaryBase();
  attachment(c, 'nfv/data', { type: 'macvlan', master: 'ens7', capabilities: { ips: true }, ipam: { type: 'static' } });
  const asked = JSON.stringify([{ name: 'data', namespace: 'nfv', ips: ['172.22.229.119/24'] }]);
  c.workload('StatefulSet', 'nfv/vfw', { replicas: 3, annotations: { 'k8s.v1.cni.cncf.io/networks': asked } });
  for (const n of [0, 1, 2])
    c.pod(`nfv/vfw-${n}`, {
      node: `worker-${n + 1}`,
      ip: `10.244.${n + 1}.50`,
      age: '2d',
      owner: 'StatefulSet/vfw',
      annotations: { ...attached(`10.244.${n + 1}.50`, { 'nfv/data': '172.22.229.119' }), 'k8s.v1.cni.cncf.io/networks': asked },
    });
  return scenario('static-ip-conflict/secondary-template', c, {
    title: 'One secondary address in the template of three replicas',
    source: ['k8snetworkplumbingwg/multus-cni#589'],
    ask: 'nfv/vfw-2',
    cause: ['static-ip-conflict'],
    not: ['allocation-race', 'secondary-ipam-not-cluster-wide'],
    find: [
      { id: ['static-ip-conflict', 'duplicate-secondary-ip'], address: '172.22.229.119', holders: ['nfv/vfw-0', 'nfv/vfw-1', 'nfv/vfw-2'] },
    ],
    notes: 'In spec.template of the common owner.',
  });
}

/** I60. */
function whereaboutsLeak(): Scenario {
  const c = secondaryBase();
  agents.whereabouts(c, 'v0.6.3');
  attachment(c, 'core/n2', {
    type: 'ipvlan',
    master: 'ens8',
    ipam: { type: 'whereabouts', range: '172.30.9.192/27', range_start: '172.30.9.196', range_end: '172.30.9.200' },
  });
  c.pod('core/amf-6b-x2vbn', {
    node: 'worker-1',
    ip: '10.244.1.50',
    age: '5d',
    owner: 'ReplicaSet/amf-6b',
    annotations: attached('10.244.1.50', { 'core/n2': '172.30.9.196' }),
  });
  c.pod('core/amf-6b-k7wzq', {
    node: 'worker-2',
    ip: '10.244.2.50',
    age: '5d',
    owner: 'ReplicaSet/amf-6b',
    annotations: attached('10.244.2.50', { 'core/n2': '172.30.9.197' }),
  });
  c.pod('core/amf-6b-new11', {
    node: 'worker-3',
    creating: true,
    age: '40m',
    owner: 'ReplicaSet/amf-6b',
    annotations: { 'k8s.v1.cni.cncf.io/networks': 'core/n2' },
  });
  c.sandboxFails(
    'core/amf-6b-new11',
    'plugin type="multus-shim" failed (add): error at storage engine: Could not allocate IP in range: ip: 172.30.9.196 / - 172.30.9.200 / range: 172.30.9.192/27 / excludeRanges: []',
  );
  whereaboutsPool(c, '172.30.9.192/27', {
    4: 'core/amf-6b-x2vbn',
    5: 'core/amf-6b-k7wzq',
    6: 'core/amf-5a-dead1',
    7: 'core/amf-5a-dead2',
    8: 'core/amf-5a-dead3',
  });
  return scenario('ipam-leak/whereabouts-small-pool', c, {
    title: 'Reservations of dead pods fill a small pool',
    ask: 'core/amf-6b-new11',
    cause: ['ipam-leak'],
    not: ['ip-pool-exhausted', 'cni-agent-unhealthy', 'no-conflict'],
    find: [
      { id: ['ipam-leak', 'pool-exhausted'] },
      { id: 'sandbox-creation-failing', holders: ['core/amf-6b-new11'] },
      { id: 'ipam-leak', severity: ['error', 'warning'] },
    ],
    notes: 'Three of five entries name pods that do not exist.',
  });
}

/** The twin: full, and everything in use. */
function whereaboutsFull(): Scenario {
  const c = secondaryBase();
  agents.whereabouts(c);
  attachment(c, 'core/n2', {
    type: 'ipvlan',
    master: 'ens8',
    ipam: { type: 'whereabouts', range: '172.30.9.192/27', range_start: '172.30.9.196', range_end: '172.30.9.198' },
  });
  for (const n of [0, 1, 2])
    c.pod(`core/amf-${n}`, {
      node: `worker-${n + 1}`,
      ip: `10.244.${n + 1}.50`,
      age: '5d',
      owner: 'StatefulSet/amf',
      annotations: attached(`10.244.${n + 1}.50`, { 'core/n2': `172.30.9.${196 + n}` }),
    });
  c.pod('core/amf-3', {
    node: 'worker-1',
    creating: true,
    age: '40m',
    owner: 'StatefulSet/amf',
    annotations: { 'k8s.v1.cni.cncf.io/networks': 'core/n2' },
  });
  c.sandboxFails(
    'core/amf-3',
    'plugin type="multus-shim" failed (add): error at storage engine: Could not allocate IP in range: ip: 172.30.9.196 / - 172.30.9.198 / range: 172.30.9.192/27 / excludeRanges: []',
  );
  whereaboutsPool(c, '172.30.9.192/27', { 4: 'core/amf-0', 5: 'core/amf-1', 6: 'core/amf-2' });
  return scenario('pool-exhausted/whereabouts-in-use', c, {
    title: 'A small pool, all of it in use',
    ask: 'core/amf-3',
    cause: ['ip-pool-exhausted'],
    not: ['ipam-leak', 'allocation-race'],
    find: [{ id: ['pool-exhausted', 'sandbox-creation-failing'] }, { id: 'pool-exhausted', severity: ['error', 'warning'] }],
    silent: ['ipam-leak'],
    notes: 'Every entry has a live pod.',
  });
}

/** I17: host-local leaked; the message says full, the pods say not. */
function hostLocalLeak(): Scenario {
  const c = plain({ version: '1.25.9' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.pod('pay/settle-6b-x2vbn', { node: 'worker-2', creating: true, age: '3h', owner: 'ReplicaSet/settle-6b' });
  c.sandboxFails(
    'pay/settle-6b-x2vbn',
    'plugin type="flannel" failed (add): failed to delegate add: failed to allocate for range 0: no IP addresses available in range set: 10.244.2.1-10.244.2.254',
    { count: 800, first: '3h' },
  );
  return scenario('ipam-leak/host-local', c, {
    title: 'The node says its range is full; three pods have an address of it',
    source: ['containerd/cri#948'],
    ask: 'pay/settle-6b-x2vbn',
    cause: ['ipam-leak'],
    not: ['ip-pool-exhausted', 'node-cidr-exhausted', 'cni-agent-unhealthy'],
    find: [
      { id: 'sandbox-creation-failing', holders: ['pay/settle-6b-x2vbn'] },
      { id: ['ipam-leak', 'pool-exhausted'], nodes: ['worker-2'] },
    ],
    notes: 'Leaked reservations on the node.',
  });
}

/** I50: really full: a /28 per node. */
function reallyFull(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n}.0/28`, workers: 2 });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1]);
  for (let k = 2; k < 15; k++)
    c.pod(`many/worker-6b-k${k}`, { node: 'worker-2', ip: `10.244.2.${k}`, age: '3d', owner: 'ReplicaSet/worker-6b' });
  c.pod('many/worker-6b-late', { node: 'worker-2', creating: true, age: '30m', owner: 'ReplicaSet/worker-6b' });
  c.sandboxFails(
    'many/worker-6b-late',
    'plugin type="flannel" failed (add): failed to delegate add: failed to allocate for range 0: no IP addresses available in range set: 10.244.2.1-10.244.2.14',
  );
  return scenario('ip-pool-exhausted/node-range-full', c, {
    title: 'A node’s range is used up by its pods',
    ask: 'many/worker-6b-late',
    cause: ['ip-pool-exhausted'],
    not: ['ipam-leak', 'node-cidr-exhausted'],
    find: [{ id: ['pool-exhausted', 'sandbox-creation-failing'] }, { id: 'pool-exhausted', nodes: ['worker-2'] }],
    notes: 'As many pods as addresses.',
  });
}

/** A Calico pool that leaks, and is full because of it. */
function calicoLeak(): Scenario {
  const c = plain({ podCIDR: null, workers: 2 });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.0.${16 * (w - 1) + k + 1}`, [1, 2]);
  c.pod('ci/build-6b-x2vbn', { node: 'worker-1', creating: true, age: '30m', owner: 'ReplicaSet/build-6b' });
  c.sandboxFails(
    'ci/build-6b-x2vbn',
    'plugin type="calico" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled',
  );
  const gone = Array.from({ length: 26 }, (_, k) => ({
    address: `10.42.0.${k < 13 ? k + 4 - (k > 11 ? 12 : 0) : 16 + (k - 13) + 4 - (k - 13 > 11 ? 16 : 0)}`,
    pod: `ci/build-5a-gone${k}`,
    node: k < 13 ? 'worker-1' : 'worker-2',
    age: '2d',
  }));
  calicoIpam(c, {
    pools: [{ name: 'small', cidr: '10.42.0.0/27', blockSize: 28 }],
    blocks: { '10.42.0.0/28': 'worker-1', '10.42.0.16/28': 'worker-2' },
    extra: gone,
  });
  return scenario('ipam-leak/calico', c, {
    title: 'Records of pods that are gone fill a pool',
    source: ['projectcalico/calico#5339'],
    ask: 'ci/build-6b-x2vbn',
    cause: ['ipam-leak'],
    not: ['ip-pool-exhausted', 'ipam-state-corrupt'],
    find: [
      { id: 'ipam-leak', severity: ['error', 'warning'] },
      { id: ['pool-exhausted', 'ipam-leak', 'pool-nearly-full', 'sandbox-creation-failing'] },
    ],
    notes: 'Most records name pods that do not exist.',
  });
}

/** Young records and cooling-down ones are no leak. */
function youngRecords(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    extra: [
      { address: '10.42.1.20', pod: 'ci/just-gone-1', node: 'worker-1', age: '4m' },
      { address: '10.42.1.21', node: 'worker-1', handle: 'windows-reserved-ipam-handle' },
    ],
  });
  return scenario('ipam-leak/within-grace', c, {
    title: 'A record of a pod that went four minutes ago',
    silent: ['ipam-leak', 'pool-exhausted', 'pool-nearly-full'],
    notes: 'The collector waits a quarter of an hour.',
  });
}

/** A block of a node that is gone, with nobody in it, and one with a live pod. */
function orphan(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('app/kept-0', { node: 'worker-3', ip: '10.42.9.7', age: '20d', owner: 'StatefulSet/kept' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3', '10.42.9.0/26': 'worker-gone' },
  });
  return scenario('ipam-orphan-block/node-gone', c, {
    title: 'A block belongs to a node that is gone, and holds a live pod’s address',
    ask: 'node/worker-3',
    cause: ['ipam-state-corrupt', 'node-reregistered', 'inconclusive', 'no-conflict', 'benign-sharing'],
    exit: [0, 1],
    find: [{ id: 'ipam-orphan-block', severity: ['error', 'warning', 'info'] }],
    silent: ['duplicate-pod-ip', 'ipam-leak'],
    notes: 'Stale affinity; the address is in use.',
  });
}

/** Nine tenths full. */
function nearlyFull(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n}.0/27`, workers: 2 });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1]);
  for (let k = 2; k < 29; k++) c.pod(`many/w-6b-k${k}`, { node: 'worker-2', ip: `10.244.2.${k}`, age: '3d', owner: 'ReplicaSet/w-6b' });
  return scenario('pool-nearly-full/node-range', c, {
    title: 'A node’s range is nearly used up',
    cause: ['ip-pool-exhausted', 'no-conflict'],
    exit: 0,
    find: [{ id: 'pool-nearly-full', nodes: ['worker-2'], severity: 'warning', optional: true }],
    silent: ['pool-exhausted', 'ipam-leak'],
    notes: 'A precursor.',
  });
}

function halfFull(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n}.0/27`, workers: 2 });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1]);
  for (let k = 2; k < 18; k++) c.pod(`many/w-6b-k${k}`, { node: 'worker-2', ip: `10.244.2.${k}`, age: '3d', owner: 'ReplicaSet/w-6b' });
  return scenario('pool-nearly-full/half', c, {
    title: 'A node’s range is half used',
    silent: ['pool-nearly-full', 'pool-exhausted'],
    notes: 'Room enough.',
  });
}

/** A Calico pool without a free block: nodes borrow. */
function noFreeBlock(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => (w === 3 ? `10.42.0.${40 + k}` : `10.42.0.${32 * (w - 1) + k + 1}`));
  calicoIpam(c, {
    pools: [{ name: 'small', cidr: '10.42.0.0/26', blockSize: 27 }],
    blocks: { '10.42.0.0/27': 'worker-1', '10.42.0.32/27': 'worker-2' },
  });
  return scenario('ip-pool-exhausted/no-free-block', c, {
    title: 'A pool without a free block: the third node borrows',
    source: ['projectcalico/calico#3246'],
    ask: 'web/front-59c7-c9jxp',
    cause: ['ip-pool-exhausted'],
    not: ['node-cidr-overlap', 'ipam-leak', 'node-identity-clash'],
    exit: 0,
    find: [{ id: ['pool-nearly-full', 'pool-exhausted'], severity: ['warning', 'info'] }],
    silent: ['overlapping-node-ranges', 'pod-ip-in-other-node-range', 'overlapping-ipam-blocks', 'duplicate-node-identity'],
    notes: 'Borrowed, not duplicated.',
  });
}

/** A CNI nobody knows. */
function unknownCni(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ args: [] });
  c.daemonSet('netops/wirecloud-agent', { image: 'registry.example.com/wirecloud/agent:7.1' });
  crowd(c, (w, k) => `10.77.${w}.${k + 1}`);
  return scenario('unknown/healthy', c, {
    title: 'A CNI that is not known, and nothing wrong',
    cause: ['no-conflict', 'benign-sharing', 'inconclusive'],
    silent: ['multiple-cnis', 'cni-agent-missing', 'pod-ip-outside-pod-ranges', 'pod-ip-in-runtime-default-range'],
    notes: 'Said to be unknown.',
  });
}

function unknownCniConflict(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ args: [] });
  c.daemonSet('netops/wirecloud-agent', { image: 'registry.example.com/wirecloud/agent:7.1' });
  crowd(c, (w, k) => `10.77.${w}.${k + 1}`);
  c.pod('app/x-6b-x2vbn', { node: 'worker-3', ip: '10.77.1.2', age: '3h', owner: 'ReplicaSet/x-6b' });
  return scenario('unknown/pair-across-nodes', c, {
    title: 'One address on two nodes under a CNI that is not known',
    ask: 'app/x-6b-x2vbn',
    cause: ['inconclusive', 'node-cidr-overlap'],
    not: ['no-conflict', 'ipam-state-corrupt', 'cni-bypassed'],
    find: [{ id: 'duplicate-pod-ip', address: '10.77.1.2' }],
    notes: 'What would decide it is not in the API.',
  });
}

/** The same where the unknown CNI gives addresses out of one pool for all nodes. */
function unknownPool(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ args: [] });
  c.daemonSet('netops/wirecloud-agent', { image: 'registry.example.com/wirecloud/agent:7.1' });
  crowd(c, (w, k) => `10.77.${(w * 7 + k * 5) % 9}.${((w * 37 + k * 91) % 250) + 1}`);
  c.pod('app/x-6b-x2vbn', { node: 'worker-3', ip: '10.77.4.201', age: '3h', owner: 'ReplicaSet/x-6b' });
  c.pod('app/y-6b-k7wzq', { node: 'worker-1', ip: '10.77.4.201', age: '9d', owner: 'ReplicaSet/y-6b' });
  return scenario('inconclusive/unknown-cni', c, {
    title: 'One address twice, out of a pool that nothing describes',
    ask: 'app/x-6b-x2vbn',
    cause: ['inconclusive'],
    not: ['no-conflict', 'node-cidr-overlap', 'ipam-state-corrupt', 'cni-bypassed'],
    find: [{ id: 'duplicate-pod-ip', address: '10.77.4.201', holders: ['app/x-6b-x2vbn', 'app/y-6b-k7wzq'] }],
    notes: 'Addresses of all nodes are mixed; what would decide it is not in the API.',
  });
}

/** Healthy clusters of the CNIs that have no scenario above. */
function antreaHealthy(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.antrea(c);
  crowd(c, lan244);
  return scenario('no-conflict/antrea', c, {
    title: 'A healthy Antrea cluster',
    ask: 'web/front-59c7-m8wzn',
    cause: ['no-conflict'],
    notes: 'Nothing is wrong.',
  });
}

function antreaChurn(): Scenario {
  const c = plain({
    podCIDR: (n) => (n === 3 ? '10.244.2.0/24' : `10.244.${n}.0/24`),
    on: { 'worker-3': { age: '4h', podCIDRManager: 'antrea-controller' } },
  });
  c.controlPlane({ args: [], podSubnet: '10.244.0.0/16' });
  agents.antrea(c, 'v2.4.0');
  crowd(c, lan244, [1, 2]);
  c.pod('app/y-6b-x2vbn', { node: 'worker-3', ip: '10.244.2.3', age: '3h', owner: 'ReplicaSet/y-6b' });
  c.log(
    `${c.daemonPod('kube-system/antrea-agent', 'worker-1')}/antrea-agent`,
    'E0311 06:10:11.114001       1 node_route_controller.go:620] "Skip adding routes" err="skip adding routes for Node worker-3 because podCIDR 10.244.2.0/24 is duplicate with Node worker-2"',
  );
  return scenario('antrea/duplicate-podcidr', c, {
    title: 'Antrea says which node has whose range',
    source: ['antrea-io/antrea#7893'],
    ask: 'app/y-6b-x2vbn',
    cause: ['node-cidr-overlap'],
    bug: 'antrea-io/antrea#7893',
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.244.2.0/24'], nodes: ['worker-2', 'worker-3'] },
      { id: 'duplicate-pod-ip', address: '10.244.2.3' },
    ],
    notes: 'Its agent is the only one that logs it.',
  });
}

function gke(): Scenario {
  const c = plain({
    podCIDR: (n) => `10.8.${n}.0/24`,
    lan: '10.128.0.',
    on: Object.fromEntries(
      [0, 1, 2, 3].map((n) => [n === 0 ? 'cp-1' : `worker-${n}`, { labels: { 'cloud.google.com/gke-nodepool': 'default' } }]),
    ),
  });
  c.daemonSet('kube-system/netd', { image: 'gke.gcr.io/netd:v0.4.2' });
  crowd(c, (w, k) => `10.8.${w}.${k + 2}`, [1, 2, 3], '34.118.');
  c.service('default/kubernetes', { clusterIP: '34.118.224.1', port: 443, selector: null });
  return scenario('gke/healthy', c, {
    title: 'A healthy GKE cluster without Dataplane V2',
    silent: ['pod-range-overlaps-node-network', 'cni-agent-missing'],
    notes: 'Alias ranges.',
  });
}

function hostLocalCluster(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  crowd(c, lan244);
  return scenario('host-local/kubenet', c, { title: 'kubenet: no agent to be seen', notes: 'Recognised by the pods’ addresses.' });
}

function ovnOverlap(): Scenario {
  const c = plain({
    podCIDR: null,
    on: { 'worker-3': { age: '30m', labels: { 'kubernetes.io/os': 'windows' }, info: { operatingSystem: 'windows' } } },
  });
  c.controlPlane({ args: [] });
  agents.ovnKubernetes(c, {
    'cp-1': ['10.128.0.0/23'],
    'worker-1': ['10.128.2.0/23'],
    'worker-2': ['10.128.4.0/23'],
    'worker-3': ['10.128.5.0/24'],
  });
  crowd(c, (w, k) => `10.128.${2 * w}.${k + 5}`, [1, 2]);
  c.pod('app/q-6b-x2vbn', { node: 'worker-2', ip: '10.128.5.9', age: '3d', owner: 'ReplicaSet/q-6b' });
  c.pod('win/iis-6b-x2vbn', { node: 'worker-3', ip: '10.128.5.9', age: '10m', owner: 'ReplicaSet/iis-6b' });
  return scenario('ovn-kubernetes/nested-subnets', c, {
    title: 'Node subnets of different length overlap',
    ask: 'win/iis-6b-x2vbn',
    cause: ['node-cidr-overlap'],
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.128.4.0/23', '10.128.5.0/24'], nodes: ['worker-2', 'worker-3'] },
      { id: 'duplicate-pod-ip', address: '10.128.5.9' },
    ],
    notes: 'The allocator compares texts only; compute it.',
  });
}

function sdnOverlap(): Scenario {
  const c = plain({ podCIDR: null, version: '1.27.11' });
  agents.openshiftSdn(c, {
    'cp-1': '10.128.0.0/23',
    'worker-1': '10.128.2.0/23',
    'worker-2': '10.128.4.0/23',
    'worker-3': '10.128.4.0/23',
  });
  crowd(c, (w, k) => `10.128.${2 * w}.${k + 5}`, [1, 2], '172.30.');
  c.service('default/kubernetes', { clusterIP: '172.30.0.1', port: 443, selector: null });
  c.pod('app/r-6b-x2vbn', { node: 'worker-3', ip: '10.128.4.6', age: '2h', owner: 'ReplicaSet/r-6b' });
  return scenario('openshift-sdn/equal-hostsubnets', c, {
    title: 'Two HostSubnets are equal',
    ask: 'app/r-6b-x2vbn',
    cause: ['node-cidr-overlap'],
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.128.4.0/23'], nodes: ['worker-2', 'worker-3'] },
      { id: 'duplicate-pod-ip', address: '10.128.4.6' },
    ],
    notes: 'Node.spec.podCIDR plays no part.',
  });
}

function kubeRouterHealthy(): Scenario {
  const c = plain({ podCIDR: (n) => (n === 3 ? '10.244.2.0/24' : `10.244.${n}.0/24`) });
  for (const n of [0, 1, 2, 3]) annotate(c, 'Node', n === 0 ? 'cp-1' : `worker-${n}`, { 'kube-router.io/pod-cidr': `10.55.${n}.0/24` });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.kubeRouter(c);
  crowd(c, (w, k) => `10.55.${w}.${k + 2}`);
  return scenario('kube-router/annotated-ranges', c, {
    title: 'kube-router’s annotation outranks podCIDR',
    silent: ['overlapping-node-ranges', 'pod-ip-in-other-node-range', 'pod-ip-outside-pod-ranges'],
    quiet: ['10.244.2.0/24'],
    notes: 'Equal podCIDRs that are not used.',
  });
}

function spiderpool(): Scenario {
  const c = secondaryBase();
  agents.spiderpool(c);
  attachment(c, 'spider/vlan', { type: 'macvlan', master: 'ens9', ipam: { type: 'spiderpool', default_ipv4_ippool: ['pool-a'] } });
  const pods = [1, 2].map((n) => ({ ref: `spider/app-${n}`, ip: `10.6.0.${4 + n}` }));
  for (const [n, { ref, ip }] of pods.entries())
    c.pod(ref, {
      node: `worker-${n + 1}`,
      ip: `10.244.${n + 1}.50`,
      age: '3d',
      annotations: attached(`10.244.${n + 1}.50`, { 'spider/vlan': ip }),
    });
  c.custom('spiderpool.spidernet.io/v2beta1', 'SpiderIPPool', 'pool-a', {
    spec: { ipVersion: 4, subnet: '10.6.0.0/24', ips: ['10.6.0.5-10.6.0.60'] },
    status: {
      totalIPCount: 56,
      allocatedIPCount: 2,
      allocatedIPs: JSON.stringify(Object.fromEntries(pods.map(({ ref, ip }) => [ip, { pod: ref, podUid: ref }]))),
    },
  });
  c.custom('spiderpool.spidernet.io/v2beta1', 'SpiderIPPool', 'pool-b', {
    spec: { ipVersion: 4, subnet: '10.6.0.0/24', ips: ['10.6.0.61-10.6.0.90'] },
    status: { totalIPCount: 30, allocatedIPCount: 0, allocatedIPs: '{}' },
  });
  return scenario('spiderpool/healthy', c, {
    title: 'Two Spiderpool pools of one subnet with distinct addresses',
    silent: ['overlapping-pools', 'ipam-leak', 'duplicate-secondary-ip', 'pool-nearly-full'],
    notes: 'One subnet, disjoint addresses.',
  });
}

/** A pool that names the network, one that its definition names, or one of which only the pods tell: each shows which records are missing. */
function spiderpoolUnrecorded(by: 'pool' | 'definition' | 'pods'): Scenario {
  const c = secondaryBase();
  agents.spiderpool(c);
  attachment(c, 'spider/vlan', {
    type: 'macvlan',
    master: 'ens9',
    ipam: { type: 'spiderpool', ...(by === 'definition' ? { default_ipv4_ippool: ['pool-a'] } : {}) },
  });
  for (const n of [1, 2])
    c.pod(`spider/app-${n}`, {
      node: `worker-${n}`,
      ip: `10.244.${n}.50`,
      age: '3d',
      annotations: attached(`10.244.${n}.50`, { 'spider/vlan': `10.6.0.${4 + n}` }),
    });
  c.custom('spiderpool.spidernet.io/v2beta1', 'SpiderIPPool', 'pool-a', {
    spec: { ipVersion: 4, subnet: '10.6.0.0/24', ips: ['10.6.0.5-10.6.0.60'], ...(by === 'pool' ? { multusName: ['spider/vlan'] } : {}) },
    status: { totalIPCount: 56, allocatedIPCount: 1, allocatedIPs: JSON.stringify({ '10.6.0.5': { pod: 'spider/app-1', podUid: 'a' } }) },
  });
  return scenario(`spiderpool/unrecorded-by-${by}`, c, {
    title: `Spiderpool has no record of an address in use; its network is known by the ${by}`,
    ask: 'spider/app-2',
    cause: ['ipam-state-corrupt'],
    not: ['no-conflict', 'ip-pool-overlap'],
    find: [{ id: 'ipam-in-use-not-allocated', address: '10.6.0.6', holders: ['spider/app-2'] }],
    quiet: ['spider/app-1'],
    notes: 'The next pod may get it.',
  });
}

function spiderpoolOverlap(): Scenario {
  const c = secondaryBase();
  agents.spiderpool(c);
  attachment(c, 'spider/vlan', { type: 'macvlan', master: 'ens9', ipam: { type: 'spiderpool', default_ipv4_ippool: ['pool-a'] } });
  const give = (name: string, ips: string, ref: string) =>
    c.custom('spiderpool.spidernet.io/v2beta1', 'SpiderIPPool', name, {
      spec: { ipVersion: 4, subnet: '10.6.0.0/24', ips: [ips] },
      status: { totalIPCount: 56, allocatedIPCount: 1, allocatedIPs: JSON.stringify({ '10.6.0.40': { pod: ref, podUid: ref } }) },
    });
  give('pool-a', '10.6.0.5-10.6.0.60', 'spider/app-1');
  give('pool-b', '10.6.0.30-10.6.0.90', 'spider/app-2');
  for (const n of [1, 2])
    c.pod(`spider/app-${n}`, {
      node: `worker-${n}`,
      ip: `10.244.${n}.50`,
      age: '3d',
      annotations: attached(`10.244.${n}.50`, { 'spider/vlan': '10.6.0.40' }),
    });
  return scenario('spiderpool/overlapping-pools', c, {
    title: 'Two Spiderpool pools give out the same addresses',
    ask: 'spider/app-2',
    cause: ['ip-pool-overlap', 'ipam-state-corrupt'],
    not: ['no-conflict', 'allocation-race', 'secondary-ipam-not-cluster-wide'],
    find: [
      { id: 'duplicate-secondary-ip', address: '10.6.0.40', holders: ['spider/app-1', 'spider/app-2'] },
      { id: ['overlapping-pools', 'ipam-double-allocation'] },
    ],
    notes: 'Both pools hand out .30 to .60.',
  });
}

function multusHealthy(): Scenario {
  const c = secondaryBase();
  attachment(c, 'lab/dhcp', { type: 'macvlan', master: 'ens5', ipam: { type: 'dhcp' } });
  c.pod('lab/cam-0', {
    node: 'worker-1',
    ip: '10.244.1.50',
    age: '3d',
    annotations: { ...attached('10.244.1.50', { 'lab/dhcp': '192.168.77.31' }) },
  });
  c.pod('lab/broken', {
    node: 'worker-2',
    ip: '10.244.2.50',
    age: '3d',
    annotations: { 'k8s.v1.cni.cncf.io/network-status': '[{"name": "cbr0", ' },
  });
  return scenario('multus/healthy', c, {
    title: 'Multus with DHCP, and an annotation that is no JSON',
    silent: ['duplicate-secondary-ip', 'multiple-cnis', 'per-node-ipam-on-shared-network'],
    notes: 'Secondary networks are spaces of their own.',
  });
}

function logError(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  agents.weave(c, '10.42.0.0/16');
  crowd(c, (w, k) => `10.42.${16 * w}.${k + 1}`);
  c.pod('app/s-6b-x2vbn', { node: 'worker-1', ip: '10.42.32.2', age: '3h', owner: 'ReplicaSet/s-6b' });
  c.log(
    `${c.daemonPod('kube-system/weave-net', 'worker-1')}/weave`,
    'ERRO: 2026/03/11 06:10:02.117004 [kube-peers] Inconsistent entries for 10.42.32.0: owned by 0a:a9:1b:94:f0:01 but incoming message says 0a:a9:1b:94:f0:02',
  );
  return scenario('cni-log-error/inconsistent-ring', c, {
    title: 'Weave reports entries that contradict each other',
    ask: 'app/s-6b-x2vbn',
    cause: ['ipam-state-corrupt'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.42.32.2' },
      { id: 'cni-log-error', severity: ['warning', 'error'] },
    ],
    notes: 'The line is decisive together with the pair.',
  });
}

function oldLog(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  agents.weave(c, '10.42.0.0/16');
  crowd(c, (w, k) => `10.42.${16 * w}.${k + 1}`);
  c.log(
    `${c.daemonPod('kube-system/weave-net', 'worker-1')}/weave`,
    'ERRO: 2025/12/01 06:10:02.117004 [kube-peers] Inconsistent entries for 10.42.32.0: owned by 0a:a9:1b:94:f0:01 but incoming message says 0a:a9:1b:94:f0:02',
    'INFO: 2026/03/11 06:10:02.117004 adding entry 10.42.0.0/16 to weave-kube-test of 0',
  );
  return scenario('cni-log-error/months-ago', c, {
    title: 'A line of three months ago',
    ask: 'web/front-59c7-m8wzn',
    cause: ['no-conflict', 'benign-sharing'],
    silent: ['cni-log-error'],
    notes: 'History.',
  });
}

/** An address in no record, beside a pod nobody else wants: what will happen next. */
function unrecorded(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c);
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`);
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.16.0.0/16' }]);
  return scenario('kube-ovn/healthy', c, {
    title: 'A healthy Kube-OVN cluster',
    silent: ['ipam-in-use-not-allocated', 'static-ip-conflict', 'overlapping-pools', 'pod-ip-equals-infrastructure-ip'],
    notes: 'The controller writes the annotation on every pod: no static request.',
  });
}

function azureHealthy(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n}.0/24`, lan: '10.224.0.' });
  agents.azureCns(c);
  cilium(c, { ipam: 'delegated-plugin', config: { 'local-router-ipv4': '169.254.23.0' } });
  c.crd('NodeNetworkConfig', 'nodenetworkconfigs', 'acn.azure.com', undefined, 'v1alpha', 'Namespaced');
  for (const [n, node] of c.nodes.entries())
    c.custom('acn.azure.com/v1alpha', 'NodeNetworkConfig', `kube-system/${node}`, {
      spec: { requestedIPCount: 256 },
      status: {
        assignedIPCount: 256,
        networkContainers: [{ id: `nc-${n}`, type: 'overlay', assignmentMode: 'static', primaryIP: `10.244.${n}.0/24` }],
      },
    });
  crowd(c, lan244, [1, 2, 3], '10.0.');
  c.service('default/kubernetes', { clusterIP: '10.0.0.1', port: 443, selector: null });
  return scenario('azure-cns/overlay-healthy', c, {
    title: 'Azure CNI overlay powered by Cilium',
    silent: ['multiple-cnis', 'overlapping-node-ranges', 'pod-ip-outside-pod-ranges'],
    notes: 'A designed pair.',
  });
}

/** Two pools of Cilium's own: one inside what kubeadm once wrote, one beside it. */
function multiPoolBeside(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.10.0.0/16' });
  cilium(c, {
    ipam: 'multi-pool',
    specs: Object.fromEntries(
      c.nodes.map((name, n) => [
        name,
        {
          ipam: {
            pools: {
              allocated: [{ pool: 'default', cidrs: [`10.10.${n}.0/27`] }, ...(n === 1 ? [{ pool: 'blue', cidrs: ['10.61.0.0/28'] }] : [])],
            },
          },
        },
      ]),
    ),
  });
  c.crd('CiliumPodIPPool', 'ciliumpodippools', 'cilium.io', undefined, 'v2alpha1');
  for (const [name, cidr, maskSize] of [
    ['default', '10.10.0.0/16', 27],
    ['blue', '10.61.0.0/16', 28],
  ] as const)
    c.custom('cilium.io/v2alpha1', 'CiliumPodIPPool', name, { spec: { ipv4: { cidrs: [cidr], maskSize } } });
  return scenario(
    'cilium/pool-beside-the-cluster-range',
    crowd(c, (w, k) => `10.10.${w}.${k + 2}`),
    {
      title: 'Cilium multi-pool: one pool lies outside what kubeadm states',
      silent: ['node-range-outside-cluster-cidr', 'cluster-cidr-mismatch', 'overlapping-pools'],
      quiet: ['10.61.0.0/28', 'node/worker-1'],
      notes: 'Nodes get their ranges from the pools; podSubnet is no authority over them.',
    },
  );
}

/** Antrea: pools on VLANs of their own, with one range. */
function antreaVlans(vlans: readonly [number, number]): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.antrea(c);
  crowd(c, lan244);
  c.crd('IPPool', 'ippools', 'crd.antrea.io', undefined, 'v1beta1');
  for (const [n, vlan] of vlans.entries()) {
    const name = `lab${n + 1}`;
    c.pod(`${name}/node-0`, { node: `worker-${n + 1}`, ip: '10.66.0.20', age: '9d', owner: 'StatefulSet/node' });
    c.custom('crd.antrea.io/v1beta1', 'IPPool', name, {
      spec: { ipRanges: [{ cidr: '10.66.0.0/24' }], subnetInfo: { gateway: '10.66.0.1', prefixLength: 24, vlan } },
      status: { ipAddresses: [{ ipAddress: '10.66.0.20', phase: 'Allocated', owner: { pod: { namespace: name, name: 'node-0' } } }] },
    });
  }
  const said = { ask: 'lab1/node-0' };
  return vlans[0] === vlans[1]
    ? scenario('antrea/one-vlan', c, {
        ...said,
        title: 'Two pools of one VLAN give one address twice',
        cause: ['ip-pool-overlap'],
        not: ['no-conflict', 'benign-sharing'],
        find: [{ id: 'duplicate-pod-ip', address: '10.66.0.20', holders: ['lab1/node-0', 'lab2/node-0'] }],
        notes: 'Twin of vlans-apart.',
      })
    : scenario('antrea/vlans-apart', c, {
        ...said,
        title: 'Pools of two VLANs repeat their addresses by design',
        silent: ['duplicate-pod-ip', 'overlapping-pools', 'ipam-double-allocation'],
        quiet: ['lab1/node-0', 'lab2/node-0', '10.66.0.20'],
        notes: 'The record’s pool tells on which wire a pod is.',
      });
}

function ciliumHealthy(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ args: [] });
  cilium(c, {
    ipam: 'multi-pool',
    specs: Object.fromEntries(
      [0, 1, 2, 3].map((n) => [
        n === 0 ? 'cp-1' : `worker-${n}`,
        { ipam: { pools: { allocated: [{ pool: 'default', cidrs: [`10.10.${n}.0/27`] }] } } },
      ]),
    ),
  });
  c.crd('CiliumPodIPPool', 'ciliumpodippools', 'cilium.io', undefined, 'v2alpha1').custom(
    'cilium.io/v2alpha1',
    'CiliumPodIPPool',
    'default',
    { spec: { ipv4: { cidrs: ['10.10.0.0/16'], maskSize: 27 } } },
  );
  crowd(c, (w, k) => `10.10.${w}.${k + 2}`);
  return scenario('cilium/multi-pool', c, {
    title: 'Cilium multi-pool',
    silent: ['pod-ip-outside-pod-ranges', 'overlapping-node-ranges', 'node-range-missing'],
    notes: 'Ranges stand in pools.allocated.',
  });
}

/** Cilium's operator once found two nodes with one range; that is mended, and its word is not taken back. */
function complaintOfOld(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ args: [] });
  cilium(c, {
    pool: '172.20.0.0/16',
    ranges: Object.fromEntries(c.nodes.map((name, n) => [name, [`172.20.${n}.0/24`]])),
    errors: { 'worker-2': 'cidr 172.20.1.0/24 has already been allocated' },
  });
  crowd(c, (w, k) => `172.20.${w}.${k + 20}`);
  return scenario('cni-log-error/complaint-of-old', c, {
    title: 'A CiliumNode says that its range is another’s, and all ranges are disjoint',
    source: ['cilium/cilium#28758'],
    silent: ['cni-log-error', 'overlapping-node-ranges'],
    quiet: ['node/worker-2', '172.20.2.0/24'],
    notes: 'The error is not cleared after recovery.',
  });
}

export const several: readonly Scenario[] = [
  multiPoolBeside(),
  antreaVlans([10, 20]),
  antreaVlans([10, 10]),
  complaintOfOld(),
  calicoOverFlannel(),
  ingressHit(),
  weaveLeftBehind(),
  leftovers(),
  policyOnly(),
  canal(),
  crioBridge(),
  dockerBridge(),
  cniBypassedCalico(),
  ownRange(),
  otherConf(),
  notPodCidr(),
  outsidePods(),
  weaveClones(),
  clonesHarmless(),
  oneNodeTwoMachines(),
  oneReboot(),
  whereaboutsRace(),
  isolatedNetworks(),
  hostLocalShared(),
  hostLocalOneNode(),
  secondaryTemplate(),
  whereaboutsLeak(),
  whereaboutsFull(),
  hostLocalLeak(),
  reallyFull(),
  calicoLeak(),
  youngRecords(),
  orphan(),
  nearlyFull(),
  halfFull(),
  noFreeBlock(),
  unknownCni(),
  unknownCniConflict(),
  unknownPool(),
  antreaHealthy(),
  antreaChurn(),
  gke(),
  hostLocalCluster(),
  ovnOverlap(),
  sdnOverlap(),
  kubeRouterHealthy(),
  spiderpool(),
  spiderpoolUnrecorded('pool'),
  spiderpoolUnrecorded('definition'),
  spiderpoolUnrecorded('pods'),
  spiderpoolOverlap(),
  multusHealthy(),
  logError(),
  oldLog(),
  unrecorded(),
  azureHealthy(),
  ciliumHealthy(),
];
