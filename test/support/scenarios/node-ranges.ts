import { Cluster, type Scenario } from '../build.ts';
import { agents, calico, calicoIpam, cilium, flannel, k3s } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

const overlap = (id: string, cidr: string, ...nodes: string[]) => ({ id, ranges: [cidr], nodes });

/** I03: the controller manager and a cloud controller both allocate. */
function twoAllocators(): Scenario {
  const c = plain({
    version: '1.32.2',
    workers: 4,
    podCIDR: (n) => `100.64.${[0, 4, 9, 9, 12][n]}.0/24`,
    on: {
      'worker-2': { age: '9h' },
      'worker-3': { age: '9h', podCIDRManager: 'cloud-controller-manager' },
    },
  });
  c.controlPlane({ podRange: '100.64.0.0/12' });
  c.pod('kube-system/cloud-controller-manager-8m2xk', {
    node: 'cp-1',
    hostNetwork: true,
    ip: '10.20.0.10',
    age: '40d',
    container: 'cloud-controller-manager',
    image: 'registry.example.com/cloud-controller-manager:v32.2.1',
    args: ['--allocate-node-cidrs=true', '--cluster-cidr=100.64.0.0/12', '--controllers=*'],
  });
  flannel(c, '100.64.0.0/12');
  crowd(c, (w, k) => `100.64.${[0, 4, 9, 9, 12][w]}.${k + 2 + (w === 3 ? 20 : 0)}`, [1, 2, 4]);
  c.pod('pay/ledger-85f-qk2bv', { node: 'worker-2', ip: '100.64.9.7', age: '8h', owner: 'ReplicaSet/ledger-85f' });
  c.pod('pay/rates-6dd-n7wzr', { node: 'worker-3', ip: '100.64.9.7', age: '7h', owner: 'ReplicaSet/rates-6dd' });
  return scenario('node-cidr-overlap/two-allocators', c, {
    title: 'Two controllers hand out node ranges',
    source: ['gardener/gardener-extension-provider-gcp#936'],
    ask: 'pay/rates-6dd-n7wzr',
    cause: ['node-cidr-overlap'],
    not: ['cni-version-mismatch', 'node-reregistered', 'node-cidr-exhausted', 'multiple-cnis'],
    noBug: true,
    find: [
      overlap('overlapping-node-ranges', '100.64.9.0/24', 'worker-2', 'worker-3'),
      { id: 'duplicate-pod-ip', address: '100.64.9.7', holders: ['pay/ledger-85f-qk2bv', 'pay/rates-6dd-n7wzr'] },
    ],
    notes:
      'managedFields name two writers of podCIDR; --allocate-node-cidrs is on in both. No node is being deleted: not the 1.31 regression.',
  });
}

/** I04: a burst of nodes, three of which got one range. */
function burst(): Scenario {
  const same = new Set([3, 4, 5]);
  const c = plain({
    version: '1.29.4',
    workers: 6,
    podCIDR: (n) => `10.244.${same.has(n) ? 12 : n}.0/24`,
    on: Object.fromEntries([3, 4, 5, 6].map((n) => [`worker-${n}`, { age: `${50 - n}m`, podCIDRManager: 'cloud-controller-manager' }])),
  });
  c.controlPlane({ args: ['--allocate-node-cidrs=false', '--cluster-cidr=10.244.0.0/16'], podSubnet: '10.244.0.0/16' });
  c.pod('kube-system/cloud-controller-manager-4cwnd', {
    node: 'cp-1',
    hostNetwork: true,
    ip: '10.20.0.10',
    container: 'cloud-controller-manager',
    image: 'mcr.microsoft.com/oss/kubernetes/azure-cloud-controller-manager:v1.29.0',
    args: ['--allocate-node-cidrs=true', '--cluster-cidr=10.244.0.0/16'],
  });
  c.daemonSet('logs/shipper', {
    image: 'registry.example.com/shipper:2.1',
    hostNetwork: false,
    on: Object.fromEntries(c.nodes.map((name, n) => [name, { ip: `10.244.${same.has(n) ? 12 : n}.2` }])),
  });
  crowd(c, (w, k) => `10.244.${w}.${k + 3}`, [1, 2]);
  return scenario('node-cidr-overlap/burst-scale-out', c, {
    title: 'Three nodes of one scale-out got one range',
    source: ['kubernetes-sigs/cloud-provider-azure#4556'],
    ask: c.daemonPod('logs/shipper', 'worker-4'),
    cause: ['node-cidr-overlap'],
    not: ['ip-pool-exhausted', 'node-cidr-exhausted', 'node-identity-clash', 'ipam-state-corrupt'],
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.244.12.0/24'], nodes: ['worker-3', 'worker-4', 'worker-5'] },
      {
        id: 'duplicate-pod-ip',
        address: '10.244.12.2',
        holders: [
          c.daemonPod('logs/shipper', 'worker-3'),
          c.daemonPod('logs/shipper', 'worker-4'),
          c.daemonPod('logs/shipper', 'worker-5'),
        ],
      },
    ],
    quiet: ['10.244.1.0/24', '10.244.2.0/24'],
    notes:
      'More than two nodes with one range, all made within minutes; the cluster range has plenty of room. kubenet: no agent to be seen.',
  });
}

/** I08: kubectl patch wrote the whole cluster range onto every node. */
function patched(): Scenario {
  const c = plain({
    workers: 2,
    version: '1.28.9',
    podCIDR: () => '10.244.0.0/16',
    lan: '10.1.4.',
    on: {
      'cp-1': { podCIDRManager: 'kubectl-patch' },
      'worker-1': { podCIDRManager: 'kubectl-patch' },
      'worker-2': { podCIDRManager: 'kubectl-patch' },
    },
    age: '2h',
  });
  c.controlPlane({ args: [] });
  flannel(c, '10.244.0.0/16', { age: '1h' });
  for (const [node, suffix] of [
    ['worker-1', 'd6s9m'],
    ['worker-2', 'twrvw'],
  ] as const)
    for (const [k, app] of ['docs', 'wiki', 'forum'].entries())
      c.pod(`site/${app}-6c54-${suffix}`, { node, ip: `10.244.0.${k + 2}`, age: '40m', owner: `ReplicaSet/${app}-6c54` });
  return scenario('node-cidr-overlap/whole-range-patched', c, {
    title: 'Somebody patched the whole cluster range onto every node',
    source: ['flannel-io/flannel#1549'],
    ask: 'site/docs-6c54-twrvw',
    cause: ['node-cidr-overlap'],
    not: ['ipam-state-corrupt', 'cni-bypassed', 'node-identity-clash', 'cluster-cidr-mismatch'],
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.244.0.0/16'], nodes: ['worker-1', 'worker-2'] },
      ...[2, 3, 4].map((n) => ({ id: 'duplicate-pod-ip', address: `10.244.0.${n}` })),
    ],
    notes: 'podCIDR equals the Network of flannel on all nodes, written by kubectl-patch; the controller manager does not allocate.',
  });
}

/** I09: bridge conf typed by hand, the same on all workers. */
function byHand(): Scenario {
  const c = plain({ podCIDR: null, version: '1.27.3', age: '3d' });
  c.controlPlane({ kubeadm: false, args: ['--cluster-cidr=10.200.0.0/16'] });
  c.pod('lab/shell', { node: 'worker-1', ip: '10.200.0.2', age: '2h' });
  c.pod('kube-system/coredns-5d4f-wq7rm', {
    node: 'worker-2',
    ip: '10.200.0.2',
    age: '2d',
    owner: 'ReplicaSet/coredns-5d4f',
    labels: { 'k8s-app': 'kube-dns' },
  });
  c.pod('lab/web-77f-zd5nk', { node: 'worker-3', ip: '10.200.0.2', age: '3h', owner: 'ReplicaSet/web-77f' });
  c.pod('lab/web-77f-p9xtc', { node: 'worker-1', ip: '10.200.0.3', age: '3h', owner: 'ReplicaSet/web-77f' });
  c.pod('lab/db-0', { node: 'worker-2', ip: '10.200.0.3', age: '1d', owner: 'StatefulSet/db' });
  c.service('kube-system/kube-dns', {
    clusterIP: '10.96.0.10',
    port: 53,
    selector: { 'k8s-app': 'kube-dns' },
    pods: ['kube-system/coredns-5d4f-wq7rm'],
  });
  return scenario('node-cidr-overlap/bridge-by-hand', c, {
    title: 'One range typed into the bridge configuration of every worker',
    source: ['ivanfioravanti/kubernetes-the-hard-way-on-azure#6'],
    ask: 'lab/shell',
    cause: ['node-cidr-overlap', 'cni-bypassed', 'inconclusive'],
    not: ['ipam-state-corrupt', 'no-conflict', 'node-reregistered', 'allocation-race'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.200.0.2', holders: ['lab/shell', 'kube-system/coredns-5d4f-wq7rm', 'lab/web-77f-zd5nk'] },
      { id: 'duplicate-pod-ip', address: '10.200.0.3' },
    ],
    notes: 'No CNI agent, no podCIDR on any node: each node counts on its own from the bottom of one range that is no runtime default.',
  });
}

/** I13: flannel with leases in etcd; a node cut off for days keeps a lease that was given on. */
function partitioned(): Scenario {
  const c = plain({ podCIDR: null, version: '1.24.17', on: { 'worker-1': { readySince: '25m' }, 'worker-3': { age: '26h' } } });
  c.controlPlane({ kubeadm: false, args: [] });
  c.pod('kube-system/coredns-74ff-2m8xd', { node: 'worker-2', ip: '10.244.31.2', age: '40d', owner: 'ReplicaSet/coredns-74ff' });
  for (const k of [3, 5, 8])
    c.pod(`stock/items-${k}c4d-a${k}vzq`, { node: 'worker-1', ip: `10.244.7.${k}`, age: '40d', owner: `ReplicaSet/items-${k}c4d` });
  for (const k of [2, 3, 5])
    c.pod(`stock/quote-${k}f7b-w${k}tkn`, { node: 'worker-3', ip: `10.244.7.${k}`, age: '25h', owner: `ReplicaSet/quote-${k}f7b` });
  c.event('Node/worker-1', { type: 'Normal', reason: 'NodeReady', message: 'Node worker-1 status is now: NodeReady', age: '25m' });
  c.service('stock/items', { clusterIP: '10.97.4.4', pods: ['stock/items-3c4d-a3vzq', 'stock/items-5c4d-a5vzq'] });
  return scenario('ipam-state-corrupt/expired-lease', c, {
    title: 'A node that was cut off for two days kept a range that was given on',
    source: ['flannel-io/flannel#1343'],
    ask: 'stock/quote-3f7b-w3tkn',
    cause: ['ipam-state-corrupt', 'node-cidr-overlap', 'inconclusive'],
    not: ['cni-agent-unhealthy', 'no-conflict', 'node-identity-clash', 'stuck-terminating-pod'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.244.7.3' },
      { id: 'duplicate-pod-ip', address: '10.244.7.5' },
    ],
    quiet: ['stock/items-8c4d-a8vzq', 'stock/quote-2f7b-w2tkn'],
    notes: 'Ranges are leases outside the API. worker-1 came back 25 m ago; worker-3 joined while it was away.',
  });
}

function ciliumNodes(): Scenario {
  const c = plain({ workers: 4, podCIDR: (n) => `10.130.${n}.0/24`, on: { 'worker-4': { age: '50m' } } });
  c.controlPlane({ podRange: '10.130.0.0/16' });
  cilium(c, {
    version: 'v1.12.1',
    pool: '172.20.0.0/16',
    mask: 24,
    ranges: {
      'cp-1': ['172.20.0.0/24'],
      'worker-1': ['172.20.1.0/24'],
      'worker-2': ['172.20.2.0/24'],
      'worker-3': ['172.20.3.0/24'],
      'worker-4': ['172.20.2.0/24'],
    },
    router: { 'worker-1': '172.20.1.200', 'worker-2': '172.20.2.61', 'worker-4': '172.20.2.140' },
    operator: { restarts: 11, ended: '42m' },
  });
  crowd(c, (w, k) => `172.20.${w}.${k + 20}`);
  c.pod('orders/intake-5f8d-9vbgq', { node: 'worker-4', ip: '172.20.2.21', age: '35m', owner: 'ReplicaSet/intake-5f8d' });
  return scenario('node-cidr-overlap/cilium-operator-was-down', c, {
    title: 'CiliumNodes with one range, while Node.spec.podCIDR is unique',
    source: ['cilium/cilium#21482'],
    ask: 'orders/intake-5f8d-9vbgq',
    cause: ['node-cidr-overlap'],
    not: ['no-conflict', 'cni-agent-unhealthy', 'ipam-state-corrupt'],
    bug: 'cilium/cilium#21482',
    find: [
      overlap('overlapping-node-ranges', '172.20.2.0/24', 'worker-2', 'worker-4'),
      { id: 'duplicate-pod-ip', address: '172.20.2.21', holders: ['orders/intake-5f8d-9vbgq'] },
    ],
    quiet: ['10.130.2.0/24'],
    notes: 'The operator restarted while worker-4 joined. podCIDR of the Nodes plays no part.',
  });
}

function nested(): Scenario {
  const c = plain({
    podCIDR: (n) => ['10.244.0.0/24', '10.244.2.0/23', '10.244.3.0/24', '10.244.4.0/24'][n]!,
    on: { 'worker-1': { age: '200d' }, 'worker-2': { age: '3d' } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, (w, k) => ['', `10.244.2.${k + 2}`, `10.244.3.${k + 2}`, `10.244.4.${k + 2}`][w]!);
  c.pod('media/resize-64bd-tq8lm', { node: 'worker-1', ip: '10.244.3.3', age: '10d', owner: 'ReplicaSet/resize-64bd' });
  return scenario('overlapping-node-ranges/nested', c, {
    title: 'A /23 from before a mask change contains the /24 of a newer node',
    source: ['kubernetes/kubernetes#90922'],
    ask: 'media/resize-64bd-tq8lm',
    cause: ['node-cidr-overlap'],
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.244.2.0/23', '10.244.3.0/24'], nodes: ['worker-1', 'worker-2'] },
      { id: 'duplicate-pod-ip', address: '10.244.3.3', holders: ['media/resize-64bd-tq8lm', 'web/front-59c7-r5tdl'] },
    ],
    notes: 'Ranges of different length; comparing texts finds nothing.',
  });
}

/** The twin: equal podCIDRs that no CNI reads. */
function unusedPodCidrs(): Scenario {
  const c = plain({ podCIDR: (n) => (n === 3 ? '10.244.2.0/24' : `10.244.${n}.0/24`) });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  return scenario('overlapping-node-ranges/unused-podcidrs', c, {
    title: 'Two nodes have one podCIDR, but Calico gives addresses out of its own blocks',
    source: ['projectcalico/calico#2592'],
    cause: ['no-conflict', 'benign-sharing'],
    silent: ['overlapping-node-ranges', 'pod-ip-outside-pod-ranges', 'pod-ip-in-other-node-range', 'cluster-cidr-mismatch'],
    notes: 'Calico IPAM does not read podCIDR: an overlap there harms nobody.',
    quiet: ['10.244.2.0/24', 'node/worker-2', 'node/worker-3'],
  });
}

/** N24: the older node of a replacement has no pods of its own any more. */
function replacementDrained(): Scenario {
  const c = plain({
    version: '1.33.1',
    podCIDR: (n) => (n === 3 ? '10.244.2.0/24' : `10.244.${n}.0/24`),
    on: {
      'worker-2': { age: '30d', deleting: '40s', finalizers: ['karpenter.sh/termination'] },
      'worker-3': { age: '25s', ready: 'False' },
    },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1]);
  return scenario('overlapping-node-ranges/drained-replacement', c, {
    title: 'A replacement shares the range of a node that has no pods left',
    source: ['kubernetes/kubernetes#127792'],
    find: [{ id: 'overlapping-node-ranges', severity: ['info', 'warning'], optional: true }],
    silent: ['cni-agent-missing', 'cni-agent-unhealthy', 'node-range-missing'],
    notes: 'Within one check interval and without pods on the older node it is no conflict.',
    quiet: ['web/front-59c7-m8wzn'],
  });
}

function exhausted(): Scenario {
  const c = plain({
    workers: 5,
    podCIDR: null,
    on: Object.fromEntries([0, 1, 2, 3].map((n) => [n === 0 ? 'cp-1' : `worker-${n}`, { podCIDRs: [`10.2.22${4 + n}.0/24`] }])),
  });
  for (const name of ['worker-4', 'worker-5'])
    c.node(name, {
      ip: `10.20.0.${name.at(-1)}4`,
      age: '40m',
      ready: 'False',
      readyMessage:
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
      readySince: '40m',
    });
  c.nodes.splice(0, c.nodes.length, 'cp-1', 'worker-1', 'worker-2', 'worker-3', 'worker-4', 'worker-5');
  c.controlPlane({ podRange: '10.2.224.0/22' });
  flannel(c, '10.2.224.0/22', {
    on: {
      'worker-4': { ready: false, restarts: 9, ended: '2m', waiting: 'CrashLoopBackOff' },
      'worker-5': { ready: false, restarts: 9, ended: '2m', waiting: 'CrashLoopBackOff' },
    },
  });
  crowd(c, (w, k) => `10.2.22${4 + w}.${k + 2}`);
  for (const name of ['worker-4', 'worker-5']) {
    c.event(`Node/${name}`, {
      type: 'Normal',
      reason: 'CIDRNotAvailable',
      message: `Node ${name} status is now: CIDRNotAvailable`,
      age: '1m',
      first: '40m',
      count: 212,
    });
    c.log(
      `${c.daemonPod('kube-flannel/kube-flannel-ds', name)}/kube-flannel`,
      `E0311 09:28:01.220114       1 main.go:359] Error registering network: failed to acquire lease: node "${name}" pod cidr not assigned`,
    );
  }
  c.pod('web/front-59c7-zz9lk', { node: 'worker-4', creating: true, age: '30m', owner: 'ReplicaSet/front-59c7' });
  c.sandboxFails(
    'web/front-59c7-zz9lk',
    'plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
  );
  return scenario('node-cidr-exhausted/cluster-range-used-up', c, {
    title: 'The cluster range has no room for the newest nodes',
    source: ['kubernetes/kubernetes#85866'],
    ask: 'web/front-59c7-zz9lk',
    cause: ['node-cidr-exhausted'],
    not: ['node-cidr-missing', 'cni-agent-unhealthy', 'ip-pool-exhausted', 'node-cidr-overlap'],
    find: [
      { id: 'node-ranges-exhausted', nodes: ['worker-4'] },
      { id: 'node-range-missing', nodes: ['worker-4'] },
    ],
    notes: 'A /22 at /24 per node serves four; two more joined. The agents’ crash is an effect.',
  });
}

/** N10: the event is there, and with Calico it means nothing. */
function notAvailableHarmless(): Scenario {
  const c = plain({ podCIDR: (n) => (n < 2 ? `10.244.${n}.0/24` : []) });
  c.controlPlane({ podRange: '10.244.0.0/23' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  for (const name of ['worker-2', 'worker-3'])
    c.event(`Node/${name}`, {
      type: 'Normal',
      reason: 'CIDRNotAvailable',
      message: `Node ${name} status is now: CIDRNotAvailable`,
      age: '1m',
      first: '3d',
      count: 1025,
    });
  return scenario('node-ranges-exhausted/not-used', c, {
    title: 'CIDRNotAvailable where the CNI does not need a podCIDR',
    source: ['projectcalico/calico#7722'],
    silent: ['node-ranges-exhausted', 'node-range-missing', 'cluster-cidr-mismatch'],
    quiet: ['node/worker-2', 'node/worker-3'],
    notes: 'Nodes without podCIDR work: addresses come out of Calico’s blocks.',
  });
}

function missing(): Scenario {
  const c = plain({
    podCIDR: (n) => (n === 3 ? [] : `10.244.${n}.0/24`),
    on: { 'worker-3': { age: '3h', ready: 'False', readySince: '3h' } },
  });
  c.controlPlane({ args: ['--allocate-node-cidrs=false'], podSubnet: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { on: { 'worker-3': { ready: false, waiting: 'CrashLoopBackOff', restarts: 40, ended: '3m' } } });
  crowd(c, lan244, [1, 2]);
  c.pod('web/store-7b6d-9vvnd', { node: 'worker-3', creating: true, age: '2h', owner: 'ReplicaSet/store-7b6d' });
  c.sandboxFails(
    'web/store-7b6d-9vvnd',
    'plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
  );
  c.log(
    `${c.daemonPod('kube-flannel/kube-flannel-ds', 'worker-3')}/kube-flannel`,
    'E0311 09:26:12.004122       1 main.go:359] Error registering network: failed to acquire lease: node "worker-3" pod cidr not assigned',
  );
  return scenario('node-cidr-missing/nobody-allocates', c, {
    title: 'A node joined after the controller manager stopped handing out ranges',
    ask: 'web/store-7b6d-9vvnd',
    cause: ['node-cidr-missing'],
    not: ['cni-agent-unhealthy', 'node-cidr-exhausted', 'node-cidr-overlap', 'multiple-cnis'],
    find: [
      { id: 'node-range-missing', nodes: ['worker-3'] },
      { id: 'sandbox-creation-failing', holders: ['web/store-7b6d-9vvnd'] },
    ],
    quiet: ['node/worker-1', 'node/worker-2'],
    notes: '--allocate-node-cidrs=false; older nodes kept theirs.',
  });
}

/** N11: no podCIDR on any node of an EKS cluster. */
function none(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.60.1.' });
  agents.awsNode(c);
  crowd(c, (w, k) => `10.60.${16 + w}.${k + 100}`, [1, 2, 3], '172.20.');
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  return scenario('node-range-missing/vpc-addresses', c, {
    title: 'No node has a podCIDR, and none needs one',
    silent: ['node-range-missing', 'overlapping-node-ranges', 'node-ranges-exhausted', 'pod-range-overlaps-node-network'],
    notes: 'Empty is not equal to empty; pods live in the VPC.',
  });
}

function mismatch(): Scenario {
  const c = plain({ podCIDR: (n) => `10.90.${n}.0/24`, age: '2d' });
  c.controlPlane({ podRange: '10.90.0.0/16' });
  flannel(c, '10.244.0.0/16', {
    version: 'v0.25.6',
    on: Object.fromEntries(c.nodes.map((name) => [name, { ready: false, waiting: 'CrashLoopBackOff', restarts: 60, ended: '2m' }])),
  });
  for (const name of c.nodes.slice(1))
    c.log(
      `${c.daemonPod('kube-flannel/kube-flannel-ds', name)}/kube-flannel`,
      `E0311 09:27:40.113341       1 main.go:359] Error registering network: failed to acquire lease: subnet "10.244.0.0/16" specified in the flannel net config doesn't contain "10.90.${name.at(-1)}.0/24" PodCIDR of the "${name}" node`,
    );
  c.pod('kube-system/coredns-6c8d-7bqtx', {
    node: 'worker-1',
    creating: true,
    age: '2d',
    owner: 'ReplicaSet/coredns-6c8d',
    labels: { 'k8s-app': 'kube-dns' },
  });
  c.sandboxFails(
    'kube-system/coredns-6c8d-7bqtx',
    'plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
  );
  return scenario('cluster-cidr-mismatch/flannel-default', c, {
    title: 'flannel kept its default range in a cluster made with another',
    ask: 'kube-system/coredns-6c8d-7bqtx',
    cause: ['cluster-cidr-mismatch'],
    not: ['cni-agent-unhealthy', 'node-cidr-missing', 'node-cidr-overlap', 'pod-cidr-overlaps-node-network'],
    find: [{ id: ['cluster-cidr-mismatch', 'node-range-outside-cluster-cidr'], ranges: ['10.244.0.0/16'] }],
    notes: 'Network 10.244.0.0/16 against podCIDRs in 10.90.0.0/16; the agents crash because of it.',
  });
}

/** N15: a pool outside of podSubnet works. */
function poolElsewhere(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n}.0/24` });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `172.28.${w}.${k + 1}`);
  calicoIpam(c, {
    pools: [{ name: 'apps', cidr: '172.28.0.0/16' }],
    blocks: { '172.28.1.0/26': 'worker-1', '172.28.2.0/26': 'worker-2', '172.28.3.0/26': 'worker-3' },
  });
  return scenario('cluster-cidr-mismatch/calico-pool-elsewhere', c, {
    title: 'A Calico pool outside the podSubnet',
    source: ['tigera/operator#1512'],
    silent: ['cluster-cidr-mismatch', 'pod-ip-outside-pod-ranges', 'node-range-outside-cluster-cidr'],
    quiet: ['172.28.0.0/16'],
    notes: 'It affects masquerading only.',
  });
}

function outside(): Scenario {
  const c = plain({
    podCIDR: (n) => (n === 3 ? '100.1.2.0/24' : `10.244.${n}.0/24`),
    on: { 'worker-3': { age: '5h', podCIDRManager: 'kubelet' } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.kubeRouter(c);
  crowd(c, (w, k) => (w === 3 ? `100.1.2.${k + 2}` : lan244(w, k)));
  c.log(
    'kube-system/kube-controller-manager-cp-1/kube-controller-manager',
    'E0311 05:02:11.331094       1 controllermanager.go:541] Error starting "nodeipam": failed to mark cidr[100.1.2.0/24] at idx [0] as occupied for node: worker-3: cidr 100.1.2.0/24 is out the range of cluster cidr 10.244.0.0/16',
  );
  return scenario('node-range-outside-cluster-cidr/alien-node', c, {
    title: 'A node with a range of its own, outside the cluster range',
    source: ['kubernetes/kubernetes#75461'],
    ask: 'node/worker-3',
    cause: ['cluster-cidr-mismatch'],
    not: ['node-cidr-overlap', 'cni-agent-unhealthy', 'no-conflict'],
    exit: [0, 1],
    find: [{ id: ['node-range-outside-cluster-cidr', 'cluster-cidr-mismatch'], ranges: ['100.1.2.0/24'], severity: ['error', 'warning'] }],
    notes: 'The controller manager says that it cannot mark the range; no duplicates.',
  });
}

function reregistered(): Scenario {
  const c = plain({
    workers: 4,
    podCIDR: (n) => ['10.244.0.0/24', '10.244.1.0/24', '10.244.9.0/24', '10.244.3.0/24', '10.244.2.0/24'][n]!,
    on: { 'worker-2': { age: '4h' }, 'worker-4': { age: '2h' } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.kubeRouter(c);
  crowd(c, lan244, [1, 3]);
  for (const k of [4, 6, 7])
    c.pod(`hr/payroll-${k}d5c-k${k}wzx`, { node: 'worker-2', ip: `10.244.2.${k}`, age: '80d', owner: `ReplicaSet/payroll-${k}d5c` });
  c.pod('hr/leave-6b8f-s2xvc', { node: 'worker-4', ip: '10.244.2.4', age: '100m', owner: 'ReplicaSet/leave-6b8f' });
  c.pod('hr/payroll-9d5c-nnw4t', { node: 'worker-2', creating: true, age: '20m', owner: 'ReplicaSet/payroll-9d5c' });
  c.sandboxFails(
    'hr/payroll-9d5c-nnw4t',
    'plugin type="bridge" failed (add): failed to set bridge addr: "kube-bridge" already has an IP address different from 10.244.9.1/24',
  );
  c.event('Node/worker-2', {
    type: 'Normal',
    reason: 'RegisteredNode',
    message: 'Node worker-2 event: Registered Node worker-2 in Controller',
    age: '4h',
  });
  return scenario('node-reregistered/former-range-given-on', c, {
    title: 'A node was deleted and came back; its former range went to another',
    source: ['cloudnativelabs/kube-router#496'],
    ask: 'hr/leave-6b8f-s2xvc',
    cause: ['node-reregistered'],
    not: ['node-cidr-overlap', 'multiple-cnis', 'cni-bypassed', 'ipam-state-corrupt'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.244.2.4', holders: ['hr/leave-6b8f-s2xvc', 'hr/payroll-4d5c-k4wzx'] },
      { id: ['pod-ip-in-other-node-range', 'pod-ip-outside-pod-ranges'], severity: ['error', 'warning'] },
      { id: 'sandbox-creation-failing', severity: ['error', 'warning'] },
    ],
    notes: 'Pods older than their Node, with addresses of a range that belongs to a younger node now.',
  });
}

/** N23: addresses that changed places after a reboot are nobody's fault. */
function swapped(): Scenario {
  const c = plain({ on: { 'worker-1': { readySince: '20m' } } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1, 2, 3]);
  c.pod('db/pg-0', { node: 'worker-1', ip: '10.244.1.31', age: '18m', owner: 'StatefulSet/pg', restarts: 0 });
  c.pod('db/pg-1', { node: 'worker-1', ip: '10.244.1.30', age: '18m', owner: 'StatefulSet/pg' });
  c.event('Node/worker-1', { reason: 'Rebooted', message: 'Node worker-1 has been rebooted, boot id: 5c1d2b3a', age: '20m' });
  return scenario('node-reregistered/swapped-after-reboot', c, {
    title: 'Two pods of a StatefulSet have each other’s former address after a reboot',
    source: ['Orange-OpenSource/casskop#170'],
    ask: 'db/pg-0',
    silent: ['duplicate-pod-ip', 'duplicate-node-identity', 'pod-ip-in-other-node-range'],
    notes: 'History, not a conflict.',
  });
}

function k3sHealthy(): Scenario {
  const c = k3s(plain({ podCIDR: (n) => `10.42.${n}.0/24`, version: '1.31.6' }));
  c.daemonSet('kube-system/svclb-traefik', {
    image: 'rancher/klipper-lb:v0.4.9',
    hostNetwork: false,
    on: Object.fromEntries(c.nodes.map((name, n) => [name, { ip: `10.42.${n}.9` }])),
  });
  crowd(c, (w, k) => `10.42.${w}.${k + 2}`, [1, 2, 3], '10.43.');
  c.service('default/kubernetes', { clusterIP: '10.43.0.1', port: 443, selector: null });
  c.service('kube-system/traefik', {
    type: 'LoadBalancer',
    clusterIP: '10.43.8.20',
    loadBalancer: '10.20.0.11',
    selector: { app: 'traefik' },
  });
  return scenario('flannel/k3s', c, {
    title: 'k3s: flannel without pods, load balancers on node addresses',
    silent: ['cni-agent-missing', 'duplicate-service-ip', 'pod-ip-equals-node-ip'],
    quiet: ['10.20.0.11'],
    notes: 'Recognised by node annotations and the kubelet’s version.',
  });
}

/** A cluster with one address in two spellings and both families. */
function dualStack(): Scenario {
  const c = new Cluster();
  for (const n of [0, 1, 2])
    c.node(n === 0 ? 'cp-1' : `worker-${n}`, {
      ips: [`10.20.0.${10 + n}`, `2001:db8:10::${10 + n}`],
      podCIDRs: [`10.244.${n}.0/24`, `2001:db8:42:${n}::/64`],
    });
  c.controlPlane({ podRange: '10.244.0.0/16,2001:db8:42::/56', serviceRange: '10.96.0.0/16,2001:db8:99::/112' });
  flannel(c, '10.244.0.0/16');
  c.configMap('kube-flannel/kube-flannel-cfg', {
    'net-conf.json': '{"Network":"10.244.0.0/16","EnableIPv6":true,"IPv6Network":"2001:db8:42::/56","Backend":{"Type":"vxlan"}}',
  });
  c.pod('app/a-5d7-x2vbn', { node: 'worker-1', ips: ['10.244.1.5', '2001:0db8:0042:0001::0005'], owner: 'ReplicaSet/a-5d7' });
  c.pod('app/b-5d7-q8wrk', { node: 'worker-2', ips: ['10.244.2.5', '2001:db8:42:2::5'], owner: 'ReplicaSet/b-5d7' });
  c.pod('app/c-5d7-t6mzl', { node: 'worker-2', ips: ['10.244.2.6', '2001:db8:42:2:0:0:0:6'], owner: 'ReplicaSet/c-5d7' });
  c.service('app/a', { clusterIPs: ['10.96.3.3', '2001:db8:99::33'], pods: ['app/a-5d7-x2vbn'] });
  return scenario('benign-sharing/dual-stack-spellings', c, {
    title: 'Dual stack: podIPs repeat podIP, IPv6 in several spellings',
    silent: ['duplicate-pod-ip', 'pod-range-overlaps-service-range', 'cluster-cidr-mismatch', 'node-range-outside-cluster-cidr'],
    notes: 'One pod’s addresses are one party; spellings are made canonical.',
  });
}

/** The same address in two spellings on two pods: found. */
function spelling(): Scenario {
  const c = new Cluster();
  for (const n of [0, 1, 2])
    c.node(n === 0 ? 'cp-1' : `worker-${n}`, {
      ips: [`10.20.0.${10 + n}`, `2001:db8:10::${10 + n}`],
      podCIDRs: [`10.244.${n}.0/24`, n === 2 ? '2001:db8:42:1::/64' : `2001:db8:42:${n}::/64`],
    });
  c.controlPlane({ podRange: '10.244.0.0/16,2001:db8:42::/56', serviceRange: '10.96.0.0/16,2001:db8:99::/112' });
  agents.kindnet(c);
  c.pod('app/a-5d7-x2vbn', { node: 'worker-1', ips: ['10.244.1.5', '2001:0db8:0042:0001::000e'], owner: 'ReplicaSet/a-5d7', age: '3d' });
  c.pod('app/b-5d7-q8wrk', { node: 'worker-2', ips: ['10.244.2.5', '2001:db8:42:1::E'], owner: 'ReplicaSet/b-5d7', age: '2d' });
  c.service('app/a', { clusterIPs: ['10.96.3.3', '2001:db8:99::33'], pods: ['app/a-5d7-x2vbn'] });
  return scenario('kindnet/dual-stack-overlap', c, {
    title: 'kindnet, dual stack: two nodes share the IPv6 half only',
    ask: 'app/b-5d7-q8wrk',
    cause: ['node-cidr-overlap'],
    find: [
      { id: 'overlapping-node-ranges', ranges: ['2001:db8:42:1::/64'], nodes: ['worker-1', 'worker-2'] },
      { id: 'duplicate-pod-ip', address: '2001:db8:42:1::e', holders: ['app/a-5d7-x2vbn', 'app/b-5d7-q8wrk'] },
    ],
    quiet: ['10.244.1.0/24', '10.244.2.0/24'],
    notes: 'Families are compared each for itself; addresses in canonical form.',
  });
}

export const nodeRanges: readonly Scenario[] = [
  twoAllocators(),
  burst(),
  patched(),
  byHand(),
  partitioned(),
  ciliumNodes(),
  nested(),
  unusedPodCidrs(),
  replacementDrained(),
  exhausted(),
  notAvailableHarmless(),
  missing(),
  none(),
  mismatch(),
  poolElsewhere(),
  outside(),
  reregistered(),
  swapped(),
  k3sHealthy(),
  dualStack(),
  spelling(),
];
