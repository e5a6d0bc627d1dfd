import type { Cluster, Scenario } from '../build.ts';
import { agents, calico, calicoIpam, cilium, flannel, kubeOvnIpam } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

const onEveryNode = <T>(c: Cluster, of: (index: number) => T): Record<string, T> =>
  Object.fromEntries(c.nodes.map((name, index) => [name, of(index)]));

/** CRI-O ran for an hour before flannel was installed; DNS was plumbed in that hour, on two nodes. */
function dnsBeforeCni(shared: boolean): Scenario {
  const c = plain({ version: '1.28.4', runtime: 'cri-o://1.28.2', age: '5h' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { age: '3h' });
  crowd(c, lan244);
  for (const [name, node, ip] of [
    ['coredns-6c8d-7bqtx', 'worker-1', '10.85.0.2'],
    ['coredns-6c8d-zk4pv', 'worker-2', shared ? '10.85.0.2' : '10.85.0.3'],
  ] as const)
    c.pod(`kube-system/${name}`, { node, ip, age: '4h', owner: 'ReplicaSet/coredns-6c8d', labels: { 'k8s-app': 'kube-dns' } });
  for (const worker of [1, 2, 3])
    for (const [app, suffix] of [
      ['front-59c7', ['m8wzn', 'r5tdl', 'c9jxp'][worker - 1]!],
      ['store-7b6d', ['m8wzn', 'r5tdl', 'c9jxp'][worker - 1]!],
    ] as const)
      c.pod(`web/${app}-${suffix}`, {
        node: `worker-${worker}`,
        ip: `10.244.${worker}.${app.startsWith('front') ? 3 : 4}`,
        age: '2h',
        owner: `ReplicaSet/${app}`,
        labels: { app: app.split('-')[0]! },
      });
  c.service('kube-system/kube-dns', {
    clusterIP: '10.96.0.10',
    port: 53,
    selector: { 'k8s-app': 'kube-dns' },
    pods: ['kube-system/coredns-6c8d-7bqtx', 'kube-system/coredns-6c8d-zk4pv'],
  });
  const notes = 'The DNS pods are older than the CNI and hang on the bridge that CRI-O brings; nothing was wrong with flannel.';
  if (!shared)
    return scenario('pod-ip-in-runtime-default-range/dns-before-the-cni', c, {
      source: ['cri-o/cri-o#2885'],
      title: 'DNS pods from before the CNI, each with an address of its own',
      ask: 'kube-system/coredns-6c8d-zk4pv',
      silent: [
        'pod-ip-in-runtime-default-range',
        'pod-ip-outside-pod-ranges',
        'duplicate-pod-ip',
        'multiple-cnis',
        'cluster-cidr-mismatch',
      ],
      notes,
    });
  return scenario('cni-bypassed/dns-before-the-cni', c, {
    source: ['cri-o/cri-o#2885'],
    title: 'DNS pods from before the CNI, with one address on two nodes',
    ask: 'kube-system/coredns-6c8d-zk4pv',
    cause: ['cni-bypassed', 'multiple-cnis'],
    not: ['no-conflict', 'benign-sharing', 'node-cidr-overlap', 'ipam-state-corrupt', 'cni-agent-unhealthy', 'cluster-cidr-mismatch'],
    find: [
      {
        id: 'duplicate-pod-ip',
        address: '10.85.0.2',
        holders: ['kube-system/coredns-6c8d-7bqtx', 'kube-system/coredns-6c8d-zk4pv'],
      },
    ],
    silent: ['multiple-cnis', 'overlapping-node-ranges', 'cni-agent-unhealthy'],
    quiet: ['web/front-59c7-m8wzn', 'web/store-7b6d-r5tdl'],
    notes,
  });
}

/** Two nodes of a new pool came with a runtime configuration that sorts first; the rest of the cluster is Calico's. */
function podmanBridge(): Scenario {
  const c = plain({ podCIDR: null, workers: 5, on: { 'worker-4': { age: '26h' }, 'worker-5': { age: '26h' } } });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  const bridged = ['feed/reader-7f-k2vbn', 'feed/writer-6d-p7wzq', 'feed/reader-7f-zt4mx'];
  c.pod(bridged[0]!, { node: 'worker-4', ip: '10.88.0.5', age: '25h', owner: 'ReplicaSet/reader-7f' });
  c.pod(bridged[1]!, { node: 'worker-5', ip: '10.88.0.5', age: '24h', owner: 'ReplicaSet/writer-6d' });
  c.pod(bridged[2]!, { node: 'worker-5', ip: '10.88.0.6', age: '25h', owner: 'ReplicaSet/reader-7f' });
  c.event('Pod/feed/writer-6d-p7wzq', {
    reason: 'Unhealthy',
    message: 'Readiness probe failed: Get "http://10.88.0.5:8080/ready": dial tcp 10.88.0.5:8080: connect: connection refused',
    count: 61,
    first: '50m',
  });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    foreign: bridged,
  });
  return scenario('cni-bypassed/new-pool-on-own-bridge', c, {
    title: 'New nodes plumb their pods on a bridge of the runtime, under a Calico that works',
    ask: bridged[1]!,
    cause: ['cni-bypassed'],
    not: ['no-conflict', 'ipam-state-corrupt', 'multiple-cnis', 'node-cidr-overlap', 'cni-agent-unhealthy', 'cluster-cidr-mismatch'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.88.0.5', holders: [bridged[0]!, bridged[1]!] },
      { id: ['pod-ip-in-runtime-default-range', 'pod-ip-outside-pod-ranges'], holders: [bridged[1]!] },
    ],
    silent: ['ipam-in-use-not-allocated', 'multiple-cnis', 'cluster-cidr-mismatch'],
    quiet: ['web/front-59c7-m8wzn'],
    notes: 'calico-node is ready on both nodes and was never asked: no annotation, no record, no block there.',
  });
}

const ROUTE = (address: string, ours: string): string =>
  `plugin type="calico" failed (add): error adding host side routes for interface: ${ours}, error: route (Ifindex: 88, Dst: ${address}/32, Scope: link) already exists for an interface other than '${ours}'`;

/** The event of a migration half done, but the older pod is Calico's own and its record says another pod. */
function handleWithoutRecord(): Scenario {
  const c = plain({ podCIDR: null, age: '300d', on: { 'worker-2': { age: '210d' } } });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { age: '300d' });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  const [older, late] = ['bank/ledger-6c-b4kqz', 'bank/teller-5f-m2vxn'];
  c.pod(older, { node: 'worker-2', ip: '10.42.2.19', age: '41d', owner: 'ReplicaSet/ledger-6c' });
  c.pod('bank/audit-7d-h8wrt', { node: 'worker-2', ip: '10.42.2.23', age: '41d', owner: 'ReplicaSet/audit-7d' });
  c.pod('bank/quotes-7d-x5ptl', { node: 'worker-2', ip: '10.42.2.24', age: '11d', owner: 'ReplicaSet/quotes-7d' });
  c.pod(late, { node: 'worker-2', creating: true, age: '25m', owner: 'ReplicaSet/teller-5f' });
  c.sandboxFails(late, ROUTE('10.42.2.19', 'cali7c1d2a9be04'));
  c.log(
    `${c.daemonPod('kube-system/calico-node', 'worker-2')}/calico-node`,
    '2026-03-11 09:10:44.120 [INFO][71] felix/int_dataplane.go 1954: Received *proto.WorkloadEndpointUpdate update from calculation graph',
  );
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16', age: '300d' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    blockAges: { '10.42.2.0/26': '210d' },
    omit: [older, 'bank/audit-7d-h8wrt'],
    storeAge: '300d',
  });
  c.crd('IPAMHandle', 'ipamhandles', 'crd.projectcalico.org', '300d');
  for (const pod of [older, 'bank/audit-7d-h8wrt'])
    c.custom(
      'crd.projectcalico.org/v1',
      'IPAMHandle',
      `k8s-pod-network.${pod.replace('/', '-')}-sandbox`,
      {
        spec: { handleID: `k8s-pod-network.${pod}-sandbox`, block: { '10.42.2.0/26': 1 }, deleted: false },
      },
      '41d',
    );
  return scenario('ipam-state-corrupt/handle-without-record', c, {
    title: 'A route is taken: Calico’s block has forgotten pods that Calico itself plumbed',
    ask: late,
    cause: ['ipam-state-corrupt'],
    not: [
      'no-conflict',
      'multiple-cnis',
      'ipam-leak',
      'ip-pool-exhausted',
      'cni-agent-unhealthy',
      'stuck-terminating-pod',
      'static-ip-conflict',
    ],
    find: [
      { id: 'sandbox-creation-failing', holders: [late] },
      { id: 'ipam-in-use-not-allocated', address: '10.42.2.19', holders: [older] },
    ],
    silent: ['multiple-cnis', 'pool-exhausted', 'ipam-leak'],
    quiet: ['bank/quotes-7d-x5ptl', 'web/front-59c7-r5tdl'],
    notes:
      'The same event as after a migration, but the older pods are younger than Calico, carry its annotations, and their handles still count an address in the block.',
  });
}

/** The same event with nobody at the address: a veth and its route outlived their pod. */
function routeOfNobody(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  const late = 'batch/import-5f-m2vxn';
  c.pod(late, { node: 'worker-2', creating: true, age: '12m', owner: 'ReplicaSet/import-5f' });
  c.sandboxFails(late, ROUTE('10.42.2.30', 'cali5e0b77c1d2f'), { first: '11m', count: 40 });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  return scenario('sandbox-creation-failing/route-of-nobody', c, {
    title: 'A route is taken, and no pod has the address',
    ask: late,
    cause: ['ipam-state-corrupt', 'inconclusive'],
    not: ['no-conflict', 'multiple-cnis', 'ip-pool-exhausted', 'ipam-leak', 'cni-agent-unhealthy', 'allocation-race'],
    find: [{ id: 'sandbox-creation-failing', holders: [late] }],
    silent: ['multiple-cnis', 'duplicate-pod-ip', 'ipam-in-use-not-allocated', 'pool-exhausted'],
    quiet: ['web/front-59c7-r5tdl'],
    notes: 'Records and pods agree; what is left is on the node. Nothing here proves a second CNI.',
  });
}

/** Two CiliumNodes with one range, long after anything restarted, on a release without a published bug. */
function ciliumUnexplained(): Scenario {
  const c = plain({ version: '1.29.6', workers: 5, age: '400d', podCIDR: (n) => `10.244.${n}.0/24`, on: { 'worker-5': { age: '9d' } } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  cilium(c, {
    version: 'v1.14.12',
    pool: '172.28.0.0/16',
    ranges: onEveryNode(c, (n) => [`172.28.${[0, 1, 2, 3, 4, 2][n]}.0/24`]),
    router: onEveryNode(c, (n) => `172.28.${[0, 1, 2, 3, 4, 2][n]}.${120 + n}`),
  });
  crowd(c, (w, k) => `172.28.${[0, 1, 2, 3, 4, 2][w]}.${40 + 10 * w + k}`, [1, 2, 3, 4]);
  c.pod('mail/queue-5b-x7ptl', { node: 'worker-5', ip: '172.28.2.61', age: '6d', owner: 'ReplicaSet/queue-5b' });
  c.pod('mail/relay-6c-t2vkn', { node: 'worker-5', ip: '172.28.2.83', age: '6d', owner: 'ReplicaSet/relay-6c' });
  c.event('Pod/mail/queue-5b-x7ptl', {
    reason: 'Unhealthy',
    message: 'Readiness probe failed: dial tcp 172.28.2.61:25: connect: connection refused',
    count: 212,
    first: '6d',
  });
  c.log('kube-system/cilium-operator-7c9d4-p6hvt/cilium-operator', 'level=info msg="Re-election finished" subsys=cilium-operator-generic');
  return scenario('node-cidr-overlap/cilium-unexplained', c, {
    title: 'Two CiliumNodes have one range, and nothing tells how it came to be',
    ask: 'mail/queue-5b-x7ptl',
    cause: ['node-cidr-overlap'],
    not: [
      'no-conflict',
      'cni-agent-unhealthy',
      'ipam-state-corrupt',
      'cluster-cidr-mismatch',
      'cni-bypassed',
      'multiple-cnis',
      'cni-version-mismatch',
    ],
    noBug: true,
    find: [
      { id: 'overlapping-node-ranges', ranges: ['172.28.2.0/24'], nodes: ['worker-2', 'worker-5'] },
      { id: 'duplicate-pod-ip', address: '172.28.2.61', holders: ['mail/queue-5b-x7ptl', 'web/front-59c7-r5tdl'] },
    ],
    silent: ['cluster-cidr-mismatch', 'cni-agent-unhealthy', 'pod-ip-in-other-node-range', 'multiple-cnis'],
    quiet: ['web/front-59c7-m8wzn', 'worker-1', '10.244.2.0/24'],
    notes: 'podCIDRs are unique and unused. The range is proven; why it was given twice is not, and no bug may be named.',
  });
}

/** Cilium multi-pool: one range stands in the lists of two nodes. */
function multiPoolTwice(): Scenario {
  const c = plain({ podCIDR: null, workers: 4, on: { 'worker-4': { age: '3h' } } });
  c.controlPlane({ args: [] });
  const lists = onEveryNode(c, (n) => [`10.10.${n === 4 ? 2 : n}.0/27`, ...(n === 4 ? ['10.10.4.0/27'] : [])]);
  cilium(c, {
    version: 'v1.17.7',
    ipam: 'multi-pool',
    specs: onEveryNode(c, (n) => ({ ipam: { pools: { allocated: [{ pool: 'default', cidrs: lists[c.nodes[n]!] }] } } })),
    operator: { restarts: 1, ended: '4h' },
  });
  c.crd('CiliumPodIPPool', 'ciliumpodippools', 'cilium.io', undefined, 'v2alpha1').custom(
    'cilium.io/v2alpha1',
    'CiliumPodIPPool',
    'default',
    {
      spec: { ipv4: { cidrs: ['10.10.0.0/16'], maskSize: 27 } },
    },
  );
  crowd(c, (w, k) => `10.10.${w}.${k + 2}`);
  c.pod('search/index-0', { node: 'worker-4', ip: '10.10.2.3', age: '2h', owner: 'StatefulSet/index' });
  c.pod('search/query-6c-t2vkn', { node: 'worker-4', ip: '10.10.4.5', age: '2h', owner: 'ReplicaSet/query-6c' });
  c.log(
    'kube-system/cilium-operator-7c9d4-p6hvt/cilium-operator',
    'time="2026-03-11T06:30:12Z" level=warning msg="CIDR from pool still in use by node" cidr=10.10.2.0/27 node=worker-2 poolName=default subsys=ipam-allocator-multi-pool',
  );
  return scenario('node-cidr-overlap/multi-pool-twice', c, {
    title: 'A range of a Cilium pool stands at two nodes',
    source: ['cilium/cilium#41986'],
    ask: 'search/index-0',
    cause: ['node-cidr-overlap'],
    not: ['no-conflict', 'ipam-state-corrupt', 'cni-agent-unhealthy', 'allocation-race', 'cni-bypassed'],
    bug: 'cilium/cilium#41986',
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.10.2.0/27'], nodes: ['worker-2', 'worker-4'] },
      { id: 'duplicate-pod-ip', address: '10.10.2.3', holders: ['search/index-0', 'web/front-59c7-r5tdl'] },
    ],
    silent: ['overlapping-pools', 'node-range-missing', 'pod-ip-in-other-node-range'],
    quiet: ['search/query-6c-t2vkn', '10.10.4.0/27'],
    notes: 'Ranges stand in pools.allocated only. The second range of worker-4 is its own.',
  });
}

/** Two old nodes with one podCIDR; nothing restarted, nothing is being deleted, no release that is known for it. */
function podCidrUnexplained(): Scenario {
  const c = plain({
    version: '1.19.7',
    workers: 5,
    age: '500d',
    podCIDR: (n) => `10.244.${[0, 1, 2, 3, 4, 3][n]}.0/24`,
    on: { 'worker-5': { age: '80d' }, 'worker-4': { age: '140d' } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { version: 'v0.13.0', namespace: 'kube-system' });
  crowd(c, lan244, [1, 2, 3, 4]);
  c.pod('ci/runner-0', { node: 'worker-5', ip: '10.244.3.9', age: '2d', owner: 'StatefulSet/runner' });
  c.pod('ci/cache-0', { node: 'worker-5', ip: '10.244.3.4', age: '2d', owner: 'StatefulSet/cache' });
  c.event('Pod/ci/cache-0', {
    reason: 'Unhealthy',
    message: 'Liveness probe failed: dial tcp 10.244.3.4:6379: connect: connection refused',
    count: 31,
    first: '50m',
  });
  c.log(
    `${c.daemonPod('kube-system/kube-flannel-ds', 'worker-5')}/kube-flannel`,
    'I0311 08:12:09.331402       1 main.go:343] Running backend.',
  );
  return scenario('node-cidr-overlap/unexplained', c, {
    title: 'Two nodes have one podCIDR for months, and nothing tells why',
    ask: 'ci/cache-0',
    cause: ['node-cidr-overlap'],
    not: [
      'no-conflict',
      'node-reregistered',
      'ipam-state-corrupt',
      'cni-bypassed',
      'cluster-cidr-mismatch',
      'cni-version-mismatch',
      'node-identity-clash',
    ],
    noBug: true,
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.244.3.0/24'], nodes: ['worker-3', 'worker-5'] },
      { id: 'duplicate-pod-ip', address: '10.244.3.4', holders: ['ci/cache-0', 'web/store-7b6d-c9jxp'] },
    ],
    silent: ['cluster-cidr-mismatch', 'cni-agent-unhealthy', 'pod-ip-in-other-node-range', 'duplicate-node-identity'],
    quiet: ['ci/runner-0', 'web/front-59c7-m8wzn'],
    notes: 'The overlap is proven; no published bug fits.',
  });
}

/** The kubelet of one pool was started without the CNI: docker0 on each of its nodes, flannel on the others. */
function kubeletWithoutCni(): Scenario {
  const c = plain({ version: '1.16.9', runtime: 'docker://19.3.8', workers: 4 });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { version: 'v0.11.0', namespace: 'kube-system' });
  crowd(c, lan244, [1, 2]);
  const pods = ['shop/basket-58-k2vbn', 'shop/search-77-p7wzq', 'shop/basket-58-zt4mx'];
  c.pod(pods[0]!, { node: 'worker-3', ip: '172.17.0.2', age: '6d', owner: 'ReplicaSet/basket-58' });
  c.pod(pods[1]!, { node: 'worker-4', ip: '172.17.0.2', age: '6d', owner: 'ReplicaSet/search-77' });
  c.pod(pods[2]!, { node: 'worker-4', ip: '172.17.0.3', age: '5d', owner: 'ReplicaSet/basket-58' });
  c.service('shop/basket', { clusterIP: '10.96.8.9', pods: [pods[0]!, pods[2]!] });
  c.event(`Pod/${pods[1]!}`, {
    reason: 'Unhealthy',
    message: 'Liveness probe failed: HTTP probe failed with statuscode: 404',
    count: 9,
    first: '20m',
  });
  return scenario('cni-bypassed/kubelet-without-cni', c, {
    title: 'Two nodes whose kubelet was started without the CNI',
    ask: pods[0]!,
    cause: ['cni-bypassed'],
    not: ['no-conflict', 'node-cidr-overlap', 'ipam-state-corrupt', 'multiple-cnis', 'cluster-cidr-mismatch', 'cni-agent-unhealthy'],
    find: [
      { id: 'duplicate-pod-ip', address: '172.17.0.2', holders: [pods[0]!, pods[1]!] },
      { id: ['pod-ip-in-runtime-default-range', 'pod-ip-outside-pod-ranges'], holders: [pods[2]!] },
    ],
    silent: ['multiple-cnis', 'overlapping-node-ranges', 'cluster-cidr-mismatch', 'cni-agent-unhealthy'],
    quiet: ['web/front-59c7-m8wzn', 'web/front-59c7-r5tdl'],
    notes: 'kube-flannel runs on both nodes, which have podCIDRs of their own that no pod there uses.',
  });
}

/** The same, with a bridge range that an operator chose for dockerd, so that no table of defaults knows it. */
function bridgeOfOwnChoice(together: boolean): Scenario {
  const c = plain({ version: '1.21.14', runtime: 'docker://20.10.12', workers: 4 });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { version: 'v0.14.0', namespace: 'kube-system' });
  crowd(c, lan244, [1, 2]);
  const pods = ['shop/basket-58-k2vbn', 'shop/search-77-p7wzq', 'shop/basket-58-zt4mx', 'shop/offers-6c-m4kxd'];
  c.pod(pods[0]!, { node: 'worker-3', ip: '192.168.240.2', age: '6d', owner: 'ReplicaSet/basket-58' });
  c.pod(pods[1]!, { node: 'worker-4', ip: '192.168.240.2', age: together ? '6d' : '150h', owner: 'ReplicaSet/search-77' });
  c.pod(pods[2]!, { node: 'worker-4', ip: '192.168.240.3', age: '5d', owner: 'ReplicaSet/basket-58' });
  c.pod(pods[3]!, { node: 'worker-3', ip: '192.168.240.3', age: '4d', owner: 'ReplicaSet/offers-6c' });
  return scenario(`cni-bypassed/bridge-of-own-choice${together ? '-rollout' : ''}`, c, {
    title: `Two nodes plumb their pods on a bridge whose range somebody chose${together ? ', two of them in one second' : ''}`,
    ask: pods[0]!,
    cause: ['cni-bypassed', 'inconclusive'],
    not: ['no-conflict', 'node-cidr-overlap', 'ipam-state-corrupt', 'cluster-cidr-mismatch', 'cni-agent-unhealthy', 'allocation-race'],
    find: [
      { id: 'duplicate-pod-ip', address: '192.168.240.2', holders: [pods[0]!, pods[1]!] },
      { id: 'duplicate-pod-ip', address: '192.168.240.3', holders: [pods[2]!, pods[3]!] },
      { id: 'pod-ip-outside-pod-ranges', severity: ['error', 'warning'] },
    ],
    silent: ['overlapping-node-ranges', 'cluster-cidr-mismatch', 'cni-agent-unhealthy'],
    quiet: ['web/front-59c7-m8wzn'],
    notes: 'Outside every range of the cluster, the same low numbers on both nodes, flannel at work beside it.',
  });
}

/** Cilium takes the nodes' podCIDRs, and two nodes have one. */
function ciliumTakesPodCidrs(): Scenario {
  const c = plain({
    version: '1.27.9',
    workers: 4,
    podCIDR: (n) => `10.244.${[0, 1, 2, 3, 1][n]}.0/24`,
    on: { 'worker-4': { age: '12h' } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  cilium(c, { version: 'v1.15.6', ipam: 'kubernetes', ranges: onEveryNode(c, (n) => [`10.244.${[0, 1, 2, 3, 1][n]}.0/24`]) });
  crowd(c, lan244);
  c.pod('mail/queue-5b-x7ptl', { node: 'worker-4', ip: '10.244.1.201', age: '11h', owner: 'ReplicaSet/queue-5b' });
  return scenario('overlapping-node-ranges/cilium-takes-podcidrs', c, {
    title: 'Two nodes have one podCIDR, Cilium uses it, and no address is held twice yet',
    ask: 'node/worker-4',
    cause: ['node-cidr-overlap'],
    not: ['no-conflict', 'cni-agent-unhealthy', 'cluster-cidr-mismatch', 'node-reregistered'],
    noBug: true,
    find: [{ id: 'overlapping-node-ranges', ranges: ['10.244.1.0/24'], nodes: ['worker-1', 'worker-4'] }],
    silent: ['duplicate-pod-ip', 'pod-ip-in-other-node-range', 'cluster-cidr-mismatch'],
    quiet: ['web/front-59c7-r5tdl'],
    notes: 'One finding for the pair of nodes, although podCIDR and CiliumNode both say it.',
  });
}

/** The twin: a CiliumNode outlived its Node, whose range was given on after it went. */
function ciliumNodeLeftBehind(): Scenario {
  const c = plain({ podCIDR: null, on: { 'worker-3': { age: '2d' } } });
  c.controlPlane({ args: [] });
  cilium(c, { version: 'v1.17.16', pool: '10.130.0.0/16', ranges: onEveryNode(c, (n) => [`10.130.${n}.0/24`]) });
  crowd(c, (w, k) => `10.130.${w}.${k + 40}`);
  c.custom(
    'cilium.io/v2',
    'CiliumNode',
    'worker-9',
    {
      spec: { addresses: [{ type: 'InternalIP', ip: '10.20.0.19' }], ipam: { podCIDRs: ['10.130.3.0/24'] } },
      status: { ipam: { 'operator-status': {} } },
    },
    '90d',
  );
  return scenario('overlapping-node-ranges/cilium-node-left-behind', c, {
    title: 'A CiliumNode without a Node has the range of a node that lives',
    ask: 'web/front-59c7-c9jxp',
    cause: ['no-conflict', 'benign-sharing'],
    silent: ['overlapping-node-ranges', 'duplicate-pod-ip', 'pod-ip-in-other-node-range', 'cni-agent-missing'],
    quiet: ['web/front-59c7-c9jxp', 'worker-3'],
    notes: 'No machine, no pods, no routes: a leftover that the operator takes away.',
  });
}

/** A node was deleted and came back; its former range went to nobody yet. */
function bridgeKeepsFormerRange(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n === 2 ? 12 : n}.0/24`, on: { 'worker-2': { age: '50m' } } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1, 3]);
  for (const k of [4, 6, 7])
    c.pod(`hr/payroll-${k}d5c-k${k}wzx`, { node: 'worker-2', ip: `10.244.2.${k}`, age: '80d', owner: `ReplicaSet/payroll-${k}d5c` });
  c.pod('hr/payroll-9d5c-nnw4t', { node: 'worker-2', creating: true, age: '20m', owner: 'ReplicaSet/payroll-9d5c' });
  c.sandboxFails(
    'hr/payroll-9d5c-nnw4t',
    'plugin type="flannel" failed (add): failed to delegate add: failed to set bridge addr: "cni0" already has an IP address different from 10.244.12.1/24',
  );
  c.event('Node/worker-2', {
    type: 'Normal',
    reason: 'RegisteredNode',
    message: 'Node worker-2 event: Registered Node worker-2 in Controller',
    age: '50m',
  });
  return scenario('node-reregistered/bridge-keeps-former-range', c, {
    title: 'A node came back with another range; its bridge and its pods have the former one',
    ask: 'hr/payroll-9d5c-nnw4t',
    cause: ['node-reregistered'],
    not: [
      'no-conflict',
      'multiple-cnis',
      'ip-pool-exhausted',
      'node-cidr-overlap',
      'cni-bypassed',
      'cni-agent-unhealthy',
      'cluster-cidr-mismatch',
    ],
    find: [
      { id: 'sandbox-creation-failing', holders: ['hr/payroll-9d5c-nnw4t'] },
      {
        id: ['pod-ip-outside-pod-ranges', 'pod-ip-in-other-node-range'],
        holders: ['hr/payroll-4d5c-k4wzx'],
        severity: ['error', 'warning', 'info'],
        optional: true,
      },
    ],
    silent: ['overlapping-node-ranges', 'duplicate-pod-ip', 'multiple-cnis', 'pool-exhausted'],
    quiet: ['web/front-59c7-m8wzn'],
    notes: 'Pods older than their Node, out of a range that no node has now.',
  });
}

/** Two CNIs on every node, each with a range of its own; no address is held twice. */
function twoRangesSideBySide(): Scenario {
  const c = plain({ version: '1.30.4' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  cilium(c, {
    version: 'v1.16.5',
    age: '2d',
    pool: '10.0.0.0/8',
    ranges: onEveryNode(c, (n) => [`10.0.${n}.0/24`]),
    router: onEveryNode(c, (n) => `10.0.${n}.77`),
  });
  crowd(c, lan244);
  for (const w of [1, 2, 3])
    c.pod(`pay/api-6d-${['k2vbn', 'p7wzq', 'zt4mx'][w - 1]}`, {
      node: `worker-${w}`,
      ip: `10.0.${w}.19`,
      age: '1d',
      owner: 'ReplicaSet/api-6d',
    });
  return scenario('multiple-cnis/two-ranges-side-by-side', c, {
    title: 'Cilium was installed beside flannel: old pods are in one range, new ones in another',
    ask: 'pay/api-6d-k2vbn',
    cause: ['multiple-cnis'],
    not: ['no-conflict', 'node-cidr-overlap', 'ipam-state-corrupt', 'cni-bypassed', 'node-reregistered'],
    find: [{ id: 'multiple-cnis' }],
    silent: ['duplicate-pod-ip', 'overlapping-node-ranges', 'cni-agent-unhealthy'],
    notes: 'The Cilium pool 10.0.0.0/8 holds both the other range and the nodes; no pair exists.',
  });
}

/** host-local refuses a second request of the same sandbox. */
function askedTwice(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  const late = 'batch/import-5f-m2vxn';
  c.pod(late, { node: 'worker-2', creating: true, age: '12m', owner: 'ReplicaSet/import-5f' });
  c.sandboxFails(
    late,
    'plugin type="flannel" failed (add): failed to delegate add: failed to allocate for range 0: 10.244.2.14 has been allocated to 5d0c7a41be92, duplicate allocation is not allowed',
    { first: '11m', count: 8 },
  );
  return scenario('sandbox-creation-failing/asked-twice', c, {
    title: 'host-local has an address on file for a sandbox that asks again',
    ask: late,
    cause: ['ipam-state-corrupt', 'inconclusive', 'ipam-leak'],
    not: ['no-conflict', 'ip-pool-exhausted', 'node-cidr-overlap', 'cni-agent-unhealthy', 'multiple-cnis', 'static-ip-conflict'],
    find: [{ id: 'sandbox-creation-failing', holders: [late] }],
    silent: ['duplicate-pod-ip', 'pool-exhausted', 'pool-nearly-full', 'multiple-cnis'],
    quiet: ['web/front-59c7-r5tdl'],
    notes: 'A stale file on the node, not two pods; the range is nearly empty.',
  });
}

/** Azure overlay: one block in the configurations of two nodes. */
function overlayBlockTwice(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.224.0.', workers: 4, on: { 'worker-4': { age: '5h' } } });
  agents.azureCns(c);
  c.crd('NodeNetworkConfig', 'nodenetworkconfigs', 'acn.azure.com', undefined, 'v1alpha', 'Namespaced');
  const blocks = onEveryNode(c, (n) => `10.244.${[0, 1, 2, 3, 3][n]}.0/24`);
  for (const [n, node] of c.nodes.entries())
    c.custom('acn.azure.com/v1alpha', 'NodeNetworkConfig', `kube-system/${node}`, {
      spec: { requestedIPCount: 256 },
      status: {
        assignedIPCount: 256,
        networkContainers: [
          { id: `nc-${n}`, type: 'overlay', assignmentMode: 'static', primaryIP: blocks[node], subnetName: 'routingdomain' },
        ],
      },
    });
  crowd(c, lan244, [1, 2, 3], '10.0.');
  c.service('default/kubernetes', { clusterIP: '10.0.0.1', port: 443, selector: null });
  c.pod('pay/api-6d-k2vbn', { node: 'worker-4', ip: '10.244.3.4', age: '4h', owner: 'ReplicaSet/api-6d' });
  return scenario('azure-cns/overlay-block-twice', c, {
    title: 'Two nodes of an Azure overlay have one block',
    ask: 'pay/api-6d-k2vbn',
    cause: ['node-cidr-overlap'],
    not: ['no-conflict', 'ipam-state-corrupt', 'cni-bypassed', 'cni-agent-unhealthy', 'allocation-race'],
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.244.3.0/24'], nodes: ['worker-3', 'worker-4'] },
      { id: 'duplicate-pod-ip', address: '10.244.3.4', holders: ['pay/api-6d-k2vbn', 'web/store-7b6d-c9jxp'] },
    ],
    silent: ['node-range-missing', 'pod-ip-in-other-node-range'],
    quiet: ['web/front-59c7-m8wzn'],
    notes: 'The nodes have no podCIDR; the block stands in the NodeNetworkConfigs.',
  });
}

/** A node that the CNI's DaemonSet never reached; CRI-O's own bridge serves its pods instead. */
function agentNeverCame(): Scenario {
  const c = plain({
    version: '1.31.2',
    runtime: 'cri-o://1.31.1',
    workers: 5,
    on: {
      'worker-4': { age: '7h', taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }], podCIDRs: ['10.244.4.0/24'] },
      'worker-5': { age: '7h', taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }], podCIDRs: ['10.244.5.0/24'] },
    },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { nodes: ['cp-1', 'worker-1', 'worker-2', 'worker-3'], desired: 4 });
  crowd(c, lan244);
  c.pod('ml/train-0', { node: 'worker-4', ip: '10.85.0.2', age: '6h', owner: 'StatefulSet/train' });
  c.pod('ml/train-1', { node: 'worker-5', ip: '10.85.0.2', age: '350m', owner: 'StatefulSet/train' });
  return scenario('cni-bypassed/agent-never-came', c, {
    title: 'Tainted nodes without an agent of the CNI, and pods on CRI-O’s bridge there',
    ask: 'ml/train-1',
    cause: ['cni-bypassed', 'cni-agent-unhealthy'],
    not: [
      'no-conflict',
      'node-cidr-overlap',
      'ipam-state-corrupt',
      'multiple-cnis',
      'inconclusive',
      'static-ip-conflict',
      'allocation-race',
    ],
    find: [
      { id: 'duplicate-pod-ip', address: '10.85.0.2', holders: ['ml/train-0', 'ml/train-1'] },
      { id: 'pod-ip-in-runtime-default-range', holders: ['ml/train-1'] },
      { id: 'cni-agent-missing', nodes: ['worker-4'], severity: ['error', 'warning'] },
    ],
    silent: ['overlapping-node-ranges', 'cluster-cidr-mismatch'],
    quiet: ['web/front-59c7-m8wzn'],
    notes: 'kube-flannel does not tolerate the taint: DaemonSets say four of four.',
  });
}

/** Two pods of one node, five days apart, and no trace of a restart. */
function oneNodeNoTrace(): Scenario {
  const c = plain({ version: '1.24.9' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { version: 'v0.20.1' });
  crowd(c, lan244);
  c.pod('fin/gateway-6d-k2vbn', { node: 'worker-2', ip: '10.244.2.57', age: '9d', owner: 'ReplicaSet/gateway-6d' });
  c.pod('fin/front-7b-p7wzq', { node: 'worker-2', ip: '10.244.2.57', age: '4d', owner: 'ReplicaSet/front-7b' });
  return scenario('inconclusive/one-node-no-trace', c, {
    title: 'One address twice on one node, days apart, and nothing tells how',
    ask: 'fin/front-7b-p7wzq',
    cause: ['inconclusive', 'ipam-state-corrupt'],
    not: [
      'no-conflict',
      'benign-sharing',
      'allocation-race',
      'node-cidr-overlap',
      'cni-bypassed',
      'cni-version-mismatch',
      'multiple-cnis',
      'cni-agent-unhealthy',
    ],
    noBug: true,
    find: [{ id: 'duplicate-pod-ip', address: '10.244.2.57', holders: ['fin/front-7b-p7wzq', 'fin/gateway-6d-k2vbn'] }],
    silent: ['pod-ip-in-other-node-range', 'cni-agent-unhealthy', 'overlapping-node-ranges'],
    quiet: ['web/front-59c7-r5tdl'],
    notes: 'flannel gives no addresses; what host-local has on file is on the node.',
  });
}

/** A node was deleted and joined again under its name, and got its range back. */
function sameRangeAgain(): Scenario {
  const c = plain({ on: { 'worker-2': { age: '3h' } } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.event('Node/worker-2', {
    type: 'Normal',
    reason: 'RegisteredNode',
    message: 'Node worker-2 event: Registered Node worker-2 in Controller',
    age: '3h',
  });
  return scenario('no-conflict/node-came-back-with-its-range', c, {
    title: 'A Node object is younger than its pods, and their addresses are in its range',
    ask: 'web/front-59c7-r5tdl',
    cause: ['no-conflict'],
    silent: [
      'duplicate-node-identity',
      'pod-ip-in-other-node-range',
      'pod-ip-outside-pod-ranges',
      'overlapping-node-ranges',
      'cni-agent-unhealthy',
    ],
    notes: 'Deleting the Node did no harm: the pods run on, in the same range.',
  });
}

/** etcd was restored from a backup: Calico's records are of the day before. */
function restoredBackup(): Scenario {
  const c = plain({ podCIDR: null, age: '300d' });
  c.controlPlane({ podRange: '10.42.0.0/16', restarted: '2h' });
  calico(c, { age: '300d' });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('shop/cart-6d-k2vbn', { node: 'worker-1', ip: '10.42.1.20', age: '14h', owner: 'ReplicaSet/cart-6d' });
  c.pod('shop/cart-6d-p7wzq', { node: 'worker-2', ip: '10.42.2.20', age: '14h', owner: 'ReplicaSet/cart-6d' });
  c.pod('shop/mail-7b-zt4mx', { node: 'worker-3', ip: '10.42.3.20', age: '13h', owner: 'ReplicaSet/mail-7b' });
  c.pod('late/etl-5f-m2vxn', { node: 'worker-1', ip: '10.42.1.20', age: '70m', owner: 'ReplicaSet/etl-5f' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16', age: '300d' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    omit: ['shop/cart-6d-k2vbn', 'shop/cart-6d-p7wzq', 'shop/mail-7b-zt4mx'],
    extra: [
      { address: '10.42.1.33', pod: 'shop/cart-59-b4gsf', node: 'worker-1', age: '3d' },
      { address: '10.42.2.33', pod: 'shop/cart-59-x6nrt', node: 'worker-2', age: '3d' },
    ],
    storeAge: '300d',
  });
  return scenario('ipam-state-corrupt/restored-backup', c, {
    title: 'After a restore the records lack the pods of the last day, and one address was given again',
    ask: 'late/etl-5f-m2vxn',
    cause: ['ipam-state-corrupt'],
    not: ['no-conflict', 'ipam-leak', 'multiple-cnis', 'allocation-race', 'node-cidr-overlap', 'static-ip-conflict', 'cni-agent-unhealthy'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.42.1.20', holders: ['late/etl-5f-m2vxn', 'shop/cart-6d-k2vbn'] },
      { id: 'ipam-in-use-not-allocated', address: '10.42.3.20', holders: ['shop/mail-7b-zt4mx'] },
    ],
    silent: ['multiple-cnis', 'pool-exhausted', 'overlapping-ipam-blocks'],
    quiet: ['web/front-59c7-m8wzn'],
    notes: 'Calico’s annotations are on all of them. Records of pods that are gone are from the backup too.',
  });
}

/** EKS: the older holder is on a node that went silent; its instance is gone. */
function vanishedInstance(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.60.1.', workers: 4, on: { 'worker-3': { ready: 'Unknown', readySince: '8m' } } });
  agents.awsNode(c);
  crowd(c, (w, k) => `10.60.${16 + w}.${k + 100}`, [1, 2, 3], '172.20.');
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  c.pod('jobs/etl-5d-kk2vz', { node: 'worker-4', ip: '10.60.19.101', age: '3m', owner: 'ReplicaSet/etl-5d' });
  return scenario('stale-holder/vanished-instance', c, {
    title: 'The cloud gave an address again whose former pod is on a node that went silent',
    ask: 'jobs/etl-5d-kk2vz',
    cause: ['no-conflict', 'benign-sharing', 'stuck-terminating-pod', 'inconclusive'],
    not: ['ipam-state-corrupt', 'allocation-race', 'node-cidr-overlap', 'static-ip-conflict'],
    find: [{ id: 'stale-holder', severity: ['warning', 'info'] }],
    exit: 0,
    silent: ['duplicate-pod-ip', 'ipam-in-use-not-allocated'],
    quiet: ['web/front-59c7-m8wzn'],
    notes: 'The cloud gives an address only once; the record of the silent node is old news.',
  });
}

/** Kube-OVN: a Pod object and an IP object of another pod with one address. */
function kubeOvnTwoRecords(): Scenario {
  const c = plain({ podCIDR: null, workers: 3 });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c, 'v1.12.2', { controller: { restarts: 3, ended: '65m' } });
  crowd(c, (w, k) => `10.16.0.${w * 20 + k}`);
  c.pod('game/lobby-6d-k2vbn', { node: 'worker-1', ip: '10.16.0.90', age: '12d', owner: 'ReplicaSet/lobby-6d' });
  c.pod('game/match-7b-p7wzq', { node: 'worker-3', ip: '10.16.0.90', age: '62m', owner: 'ReplicaSet/match-7b' });
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.16.0.0/16' }]);
  return scenario('kube-ovn/controller-came-back', c, {
    title: 'Kube-OVN’s controller came back and gave an address again',
    ask: 'game/match-7b-p7wzq',
    cause: ['ipam-state-corrupt'],
    not: [
      'no-conflict',
      'static-ip-conflict',
      'node-cidr-overlap',
      'ip-pool-overlap',
      'cni-agent-unhealthy',
      'allocation-race',
      'stuck-terminating-pod',
    ],
    find: [{ id: 'duplicate-pod-ip', address: '10.16.0.90', holders: ['game/lobby-6d-k2vbn', 'game/match-7b-p7wzq'] }],
    silent: ['overlapping-pools', 'static-ip-conflict', 'multiple-cnis'],
    quiet: ['web/front-59c7-m8wzn'],
    notes: 'One subnet for all nodes; the controller is the only allocator, and restarted between the two.',
  });
}

/** Dual stack on CRI-O's bridge: the second family repeats too. */
function bridgeInTwoFamilies(): Scenario {
  const c = plain({ podCIDR: null, version: '1.29.3', runtime: 'cri-o://1.29.2' });
  c.controlPlane({ podRange: '10.244.0.0/16,fd00:10:244::/56', serviceRange: '10.96.0.0/16,fd00:10:96::/112' });
  for (const [w, name] of [
    [1, 'k2vbn'],
    [2, 'p7wzq'],
    [3, 'zt4mx'],
  ] as const) {
    c.pod(`web/front-59c7-${name}`, {
      node: `worker-${w}`,
      ips: ['10.85.0.4', '1100:200::4'],
      age: `${w}h`,
      owner: 'ReplicaSet/front-59c7',
    });
    c.pod(`web/store-7b6d-${name}`, {
      node: `worker-${w}`,
      ips: ['10.85.0.5', '1100:200::5'],
      age: `${w + 3}h`,
      owner: 'ReplicaSet/store-7b6d',
    });
  }
  return scenario('cni-bypassed/bridge-in-two-families', c, {
    title: 'CRI-O’s bridge in two families on every node, no CNI',
    ask: 'web/store-7b6d-p7wzq',
    cause: ['cni-bypassed'],
    not: ['no-conflict', 'node-cidr-overlap', 'node-cidr-missing', 'ipam-state-corrupt', 'inconclusive', 'static-ip-conflict'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.85.0.5', holders: ['web/store-7b6d-k2vbn', 'web/store-7b6d-p7wzq', 'web/store-7b6d-zt4mx'] },
      { id: 'duplicate-pod-ip', address: '1100:200::5' },
      { id: 'pod-ip-in-runtime-default-range' },
    ],
    silent: ['overlapping-node-ranges', 'cluster-cidr-mismatch'],
    notes: 'No CNI workload at all.',
  });
}

/** Nodes of two Cilium pools overlap because one pool was typed wider than meant; the ranges nest. */
function nestedCiliumRanges(): Scenario {
  const c = plain({ podCIDR: null, workers: 3, on: { 'worker-3': { age: '2d' } } });
  c.controlPlane({ args: [] });
  cilium(c, {
    version: 'v1.16.5',
    pool: '10.130.0.0/16',
    mask: 25,
    ranges: { 'cp-1': ['10.130.0.0/25'], 'worker-1': ['10.130.1.0/25'], 'worker-2': ['10.130.2.128/25'], 'worker-3': ['10.130.2.0/24'] },
    config: { 'cluster-pool-ipv4-mask-size': '25' },
  });
  crowd(c, (w, k) => `10.130.${w}.${(w === 2 ? 140 : 10) + k}`, [1, 2]);
  c.pod('pay/api-6d-k2vbn', { node: 'worker-3', ip: '10.130.2.141', age: '1d', owner: 'ReplicaSet/api-6d' });
  c.pod('pay/api-6d-p7wzq', { node: 'worker-3', ip: '10.130.2.20', age: '1d', owner: 'ReplicaSet/api-6d' });
  return scenario('node-cidr-overlap/mask-changed', c, {
    title: 'The mask of Cilium’s pool was changed between two joins: one node’s range holds another’s',
    ask: 'pay/api-6d-k2vbn',
    cause: ['node-cidr-overlap'],
    not: ['no-conflict', 'ipam-state-corrupt', 'cni-bypassed', 'cluster-cidr-mismatch', 'ip-pool-overlap'],
    noBug: true,
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.130.2.0/24', '10.130.2.128/25'], nodes: ['worker-2', 'worker-3'] },
      { id: 'duplicate-pod-ip', address: '10.130.2.141', holders: ['pay/api-6d-k2vbn', 'web/front-59c7-r5tdl'] },
    ],
    silent: ['pod-ip-in-other-node-range'],
    quiet: ['pay/api-6d-p7wzq'],
    notes: 'Not equal, but one within the other.',
  });
}

/** Pods of a range that a runtime also uses, on purpose: nothing is wrong, though addresses look like Docker’s. */
function dockerRangeOnPurpose(): Scenario {
  const c = plain({ runtime: 'docker://20.10.24', version: '1.23.17', podCIDR: (n) => `172.17.${n}.0/24` });
  c.controlPlane({ podRange: '172.17.0.0/16' });
  flannel(c, '172.17.0.0/16', { version: 'v0.15.1', namespace: 'kube-system' });
  crowd(c, (w, k) => `172.17.${w}.${k + 2}`);
  c.pod('kube-system/dashboard-6d-k2vbn', { node: 'worker-3', ip: '172.17.3.77', age: '40d', owner: 'ReplicaSet/dashboard-6d' });
  return scenario('no-conflict/dockers-range-on-purpose', c, {
    title: 'The cluster range is the one that Docker takes by default',
    silent: ['pod-ip-in-runtime-default-range', 'pod-ip-outside-pod-ranges', 'cluster-cidr-mismatch', 'duplicate-pod-ip'],
    quiet: ['kube-system/dashboard-6d-k2vbn'],
    notes: 'kubeadm-config, the controller manager, flannel and the nodes agree.',
  });
}

/** A provider's virtual node passes its pods' real addresses on, one of which a pod of the cluster has. */
function fakeAndReal(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.node('virtual-kubelet', {
    ip: '10.20.0.99',
    age: '40d',
    labels: { type: 'virtual-kubelet' },
    taints: [{ key: 'virtual-kubelet.io/provider', value: 'burst', effect: 'NoSchedule' }],
  });
  c.pod('burst/render-6b-x2vbn', { node: 'virtual-kubelet', ip: '10.244.2.3', age: '3d', owner: 'ReplicaSet/render-6b' });
  c.pod('burst/render-6b-k7wzq', { node: 'virtual-kubelet', ip: '10.244.2.200', age: '3d', owner: 'ReplicaSet/render-6b' });
  c.service('burst/render', {
    clusterIP: '10.96.40.7',
    selector: { app: 'render' },
    pods: ['burst/render-6b-x2vbn', 'burst/render-6b-k7wzq'],
  });
  return scenario('duplicate-pod-ip/virtual-node-and-real-pod', c, {
    title: 'A pod of a virtual node states the address of a pod that runs here',
    ask: 'burst/render-6b-x2vbn',
    cause: ['inconclusive', 'cluster-cidr-mismatch', 'ip-pool-overlap', 'node-cidr-overlap', 'multiple-cnis'],
    not: ['no-conflict', 'ipam-state-corrupt', 'allocation-race', 'cni-agent-unhealthy', 'cni-bypassed', 'static-ip-conflict'],
    find: [
      {
        id: 'duplicate-pod-ip',
        address: '10.244.2.3',
        holders: ['burst/render-6b-x2vbn', 'web/front-59c7-r5tdl'],
        severity: ['error', 'warning'],
      },
    ],
    exit: [0, 1],
    silent: ['cni-agent-missing', 'node-range-missing', 'cni-agent-unhealthy'],
    quiet: ['web/front-59c7-m8wzn', 'burst/render-6b-k7wzq'],
    notes: 'Traffic for render reaches the real pod: harmless only between two fake pods.',
  });
}

/** Cilium was tried and taken away; its configuration still sorts before flannel's on the nodes. */
function removedCniConfiguration(): Scenario {
  const c = plain({ version: '1.30.4' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  c.crd('CiliumNode', 'ciliumnodes', 'cilium.io', '9d', 'v2').crd(
    'CiliumEndpoint',
    'ciliumendpoints',
    'cilium.io',
    '9d',
    'v2',
    'Namespaced',
  );
  crowd(c, lan244);
  for (const [name, node] of [
    ['web/front-59c7-b4gsf', 'worker-1'],
    ['web/store-7b6d-x6nrt', 'worker-3'],
  ] as const) {
    c.pod(name, { node, creating: true, age: '35m', owner: `ReplicaSet/${name.slice(4, name.lastIndexOf('-'))}` });
    c.sandboxFails(
      name,
      'plugin type="cilium-cni" failed (add): unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: Get "http://localhost/v1/config": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory',
    );
  }
  return scenario('multiple-cnis/configuration-of-a-removed-cni', c, {
    title: 'Pods fail on a plugin whose CNI was removed; flannel works',
    ask: 'web/front-59c7-b4gsf',
    cause: ['multiple-cnis'],
    not: ['no-conflict', 'cni-agent-unhealthy', 'ip-pool-exhausted', 'ipam-state-corrupt', 'ipam-leak', 'cni-version-mismatch'],
    find: [{ id: 'sandbox-creation-failing', holders: ['web/front-59c7-b4gsf'] }],
    silent: ['cni-agent-missing', 'cni-agent-unhealthy', 'pool-exhausted', 'cluster-cidr-mismatch'],
    quiet: ['web/front-59c7-m8wzn'],
    notes: 'No Cilium workload is there, only its CRDs; kube-flannel is ready everywhere. A restart of flannel changes nothing.',
  });
}

/** Weave Net went, one node was missed. */
function weaveConfigurationLeft(): Scenario {
  const c = plain({ podCIDR: null, age: '300d' });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { age: '80d' });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  const late = 'ops/report-5f-m2vxn';
  c.pod(late, { node: 'worker-3', creating: true, age: '40m', owner: 'ReplicaSet/report-5f' });
  c.sandboxFails(
    late,
    'plugin type="weave-net" name="weave" failed (add): unable to allocate IP address: Post "http://127.0.0.1:6784/ip/0a9f3c": dial tcp 127.0.0.1:6784: connect: connection refused',
  );
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  return scenario('multiple-cnis/weave-configuration-left', c, {
    title: 'One node still calls the plugin of a CNI that is gone',
    ask: late,
    cause: ['multiple-cnis'],
    not: ['no-conflict', 'cni-agent-unhealthy', 'ip-pool-exhausted', 'ipam-leak', 'ipam-state-corrupt'],
    find: [{ id: 'sandbox-creation-failing', holders: [late] }],
    silent: ['cni-agent-missing', 'cni-agent-unhealthy', 'pool-exhausted'],
    quiet: ['web/front-59c7-c9jxp'],
    notes: 'There is no weave-net DaemonSet whose health could matter; Calico is ready on the node.',
  });
}

export const incidentsA: readonly Scenario[] = [
  dnsBeforeCni(true),
  dnsBeforeCni(false),
  podmanBridge(),
  handleWithoutRecord(),
  routeOfNobody(),
  ciliumUnexplained(),
  multiPoolTwice(),
  podCidrUnexplained(),
  kubeletWithoutCni(),
  bridgeOfOwnChoice(false),
  bridgeOfOwnChoice(true),
  ciliumTakesPodCidrs(),
  ciliumNodeLeftBehind(),
  bridgeKeepsFormerRange(),
  twoRangesSideBySide(),
  askedTwice(),
  overlayBlockTwice(),
  agentNeverCame(),
  oneNodeNoTrace(),
  sameRangeAgain(),
  restoredBackup(),
  vanishedInstance(),
  kubeOvnTwoRecords(),
  bridgeInTwoFamilies(),
  nestedCiliumRanges(),
  dockerRangeOnPurpose(),
  fakeAndReal(),
  removedCniConfiguration(),
  weaveConfigurationLeft(),
];
