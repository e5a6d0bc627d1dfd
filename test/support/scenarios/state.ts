import type { Scenario } from '../build.ts';
import { agents, annotate, calico, calicoIpam, flannel, whereaboutsPool, attached, attachment } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

/** I16 family: host-local forgot after a kubelet restart; pairs on one node, from the bottom of the range. */
function hostLocalLost(): Scenario {
  const c = plain({ version: '1.26.15', on: { 'worker-2': { readySince: '50m' } } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  for (const [k, app] of [
    [2, 'tax'],
    [3, 'fx'],
    [4, 'risk'],
  ] as const)
    c.pod(`desk/${app}-6b9c-k${k}vzt`, { node: 'worker-2', ip: `10.244.2.${k}`, age: `${48 - k}m`, owner: `ReplicaSet/${app}-6b9c` });
  c.event('Node/worker-2', { type: 'Normal', reason: 'Starting', message: 'Starting kubelet.', age: '51m' });
  return scenario('ipam-state-corrupt/host-local-forgot', c, {
    title: 'Pairs on one node, all newer halves made after the kubelet started',
    source: ['kubernetes/kubernetes#43910'],
    ask: 'desk/fx-6b9c-k3vzt',
    cause: ['ipam-state-corrupt'],
    not: ['node-cidr-overlap', 'allocation-race', 'cni-bypassed', 'cni-agent-unhealthy'],
    find: [2, 3, 4].map((k) => ({ id: 'duplicate-pod-ip', address: `10.244.2.${k}` })),
    quiet: ['10.244.2.0/24', 'web/front-59c7-m8wzn'].slice(0, 1),
    notes: 'podCIDRs are unique; the node’s own allocator counted from the bottom again.',
  });
}

/** I83: pairs on one node, restarts of unrelated pods in one minute. */
function unknownRestart(): Scenario {
  const c = plain({ version: '1.23.17' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { version: 'v0.20.2' });
  crowd(c, lan244, [2, 3]);
  for (const [k, app, suffix] of [
    [12, 'till', 'd7v9x'],
    [15, 'pos', 'h8wkm'],
  ] as const) {
    c.pod(`retail/${app}-old-${suffix}`, {
      node: 'worker-1',
      ip: `10.244.1.${k}`,
      age: '5d',
      owner: `ReplicaSet/${app}-old`,
      restarts: 1,
      ended: '124m',
    });
    c.pod(`retail/${app}-new-${suffix}`, { node: 'worker-1', ip: `10.244.1.${k}`, age: '118m', owner: `ReplicaSet/${app}-new` });
  }
  c.pod('retail/audit-5c8-lq2zt', {
    node: 'worker-1',
    ip: '10.244.1.40',
    age: '9d',
    owner: 'ReplicaSet/audit-5c8',
    restarts: 1,
    ended: '124m',
  });
  return scenario('ipam-state-corrupt/common-restart-minute', c, {
    title: 'Pairs on one node, whose unrelated pods all restarted in one minute',
    source: ['flannel-io/flannel#721'],
    ask: 'retail/till-new-d7v9x',
    cause: ['ipam-state-corrupt', 'inconclusive', 'allocation-race'],
    not: ['node-cidr-overlap', 'cni-agent-unhealthy', 'cni-version-mismatch', 'no-conflict'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.244.1.12' },
      { id: 'duplicate-pod-ip', address: '10.244.1.15' },
    ],
    notes: 'Upstream never found the cause; certainty would be wrong here.',
  });
}

/** I37: the garbage collector freed an address in use, because the allocation names another node. */
function freedByCollector(): Scenario {
  const c = plain({ podCIDR: null, on: { 'worker-2': { age: '2d' } } });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { version: 'v3.30.3', controller: { node: 'worker-3', ip: '10.20.0.13' } });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('pay/gate-7c5d-m2xvb', { node: 'worker-2', ip: '10.42.2.30', age: '26h', owner: 'ReplicaSet/gate-7c5d' });
  c.pod('pay/books-84bb-t9wlk', { node: 'worker-2', ip: '10.42.2.31', age: '26h', owner: 'ReplicaSet/books-84bb' });
  c.pod('crm/leads-5fbd-z7qnc', { node: 'worker-2', ip: '10.42.2.30', age: '40m', owner: 'ReplicaSet/leads-5fbd' });
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    omit: ['pay/gate-7c5d-m2xvb'],
    extra: [{ address: '10.42.2.31', pod: 'pay/books-84bb-t9wlk', node: 'worker-golden', age: '26h' }],
  });
  const log = 'kube-system/calico-kube-controllers-6d8f-q7wzn/calico-kube-controllers';
  c.log(
    log,
    '2026-03-11 08:20:11.114 [INFO][1] kube-controllers/ipam.go 752: Pod rescheduled on new node. Allocation no longer valid handle="k8s-pod-network.pay/gate" ip="10.42.2.30" node="worker-golden" pod="pay/gate-7c5d-m2xvb"',
    '2026-03-11 08:35:12.020 [WARNING][1] kube-controllers/ipam.go 1180: Confirmed IP leak after 15m0s handle="k8s-pod-network.pay/gate" ip="10.42.2.30" node="worker-golden" pod="pay/gate-7c5d-m2xvb"',
    '2026-03-11 08:35:12.337 [INFO][1] kube-controllers/ipam.go 1012: Successfully garbage collected leaked IP address handle="k8s-pod-network.pay/gate" ip="10.42.2.30" node="worker-golden" pod="pay/gate-7c5d-m2xvb"',
  );
  return scenario('ipam-state-corrupt/collector-freed-live-address', c, {
    title: 'The garbage collector freed the address of a running pod',
    source: ['projectcalico/calico#13538'],
    ask: 'crm/leads-5fbd-z7qnc',
    cause: ['ipam-state-corrupt'],
    not: ['ipam-leak', 'allocation-race', 'node-reregistered', 'multiple-cnis'],
    bug: 'projectcalico/calico#13538',
    find: [{ id: 'duplicate-pod-ip', address: '10.42.2.30', holders: ['pay/gate-7c5d-m2xvb', 'crm/leads-5fbd-z7qnc'] }],
    notes: 'pay/books is recorded under a node that does not exist: the next to be freed.',
  });
}

/** I34: a pool was made anew with another blockSize; blocks of both sizes overlap. */
function blockSize(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '100.64.0.0/13' });
  calico(c, { version: 'v3.30.0' });
  crowd(c, (w, k) => `100.64.${w * 2}.${k + 1}`, [1, 2]);
  c.pod('gis/tiles-6cd-w8vzn', { node: 'worker-1', ip: '100.64.2.9', age: '90d', owner: 'ReplicaSet/tiles-6cd' });
  c.pod('gis/geo-77b-h3mkq', { node: 'worker-3', ip: '100.64.2.9', age: '1d', owner: 'ReplicaSet/geo-77b' });
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '100.64.0.0/13', blockSize: 25, age: '2d' }],
    blocks: { '100.64.2.0/26': 'worker-1', '100.64.4.0/26': 'worker-2', '100.64.2.0/25': 'worker-3' },
    blockAges: { '100.64.2.0/26': '100d', '100.64.4.0/26': '100d', '100.64.2.0/25': '1d' },
  });
  return scenario('overlapping-ipam-blocks/block-size-changed', c, {
    title: 'Blocks of two sizes contain each other',
    source: ['projectcalico/libcalico-go#1377'],
    ask: 'gis/geo-77b-h3mkq',
    cause: ['ipam-state-corrupt', 'node-cidr-overlap'],
    not: ['ip-pool-overlap', 'node-identity-clash', 'no-conflict', 'cluster-cidr-mismatch'],
    find: [
      { id: ['overlapping-ipam-blocks', 'overlapping-node-ranges'], ranges: ['100.64.2.0/26', '100.64.2.0/25'] },
      { id: 'duplicate-pod-ip', address: '100.64.2.9', holders: ['gis/tiles-6cd-w8vzn', 'gis/geo-77b-h3mkq'] },
    ],
    notes: 'One pool only: it was deleted and made again with blockSize 25 while /26 blocks were in use.',
  });
}

/** N36, the twin: migration to a pool of its own, the old one disabled. */
function poolMigration(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/15' });
  calico(c);
  crowd(c, (w, k) => (w === 1 ? `10.42.1.${k + 1}` : `10.43.${w}.${k + 1}`));
  calicoIpam(c, {
    pools: [
      { name: 'old', cidr: '10.42.0.0/16', disabled: true },
      { name: 'new', cidr: '10.43.0.0/16', blockSize: 27, age: '2d' },
    ],
    blocks: { '10.42.1.0/26': 'worker-1', '10.43.2.0/27': 'worker-2', '10.43.3.0/27': 'worker-3' },
  });
  return scenario('overlapping-pools/migration', c, {
    title: 'A disabled pool beside its successor',
    source: ['projectcalico/calico#10778'],
    silent: ['overlapping-pools', 'overlapping-ipam-blocks', 'pod-ip-outside-pod-ranges'],
    notes: 'Disjoint pools; pods of the old one keep their addresses.',
  });
}

function nestedPools(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('lab/probe-5c-x9vrt', { node: 'worker-3', ip: '10.42.2.2', age: '20m', owner: 'ReplicaSet/probe-5c' });
  calicoIpam(c, {
    pools: [
      { name: 'default', cidr: '10.42.0.0/16' },
      { name: 'lab', cidr: '10.42.2.0/24', blockSize: 28, age: '1h' },
    ],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3', '10.42.2.0/28': 'worker-3' },
    blockAges: { '10.42.2.0/28': '30m' },
  });
  return scenario('ip-pool-overlap/nested-pool', c, {
    title: 'A second pool inside the first',
    ask: 'lab/probe-5c-x9vrt',
    cause: ['ip-pool-overlap'],
    not: ['node-cidr-overlap', 'ipam-state-corrupt', 'static-ip-conflict', 'no-conflict'],
    find: [
      { id: 'overlapping-pools', ranges: ['10.42.0.0/16', '10.42.2.0/24'] },
      { id: 'duplicate-pod-ip', address: '10.42.2.2', holders: ['lab/probe-5c-x9vrt', 'web/front-59c7-r5tdl'] },
    ],
    notes: 'Two pools that overlap; both are enabled.',
  });
}

/** Two confirmed claims of one block. */
function twoClaims(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { version: 'v3.20.3' });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('mail/imap-6f9-q4wzn', { node: 'worker-3', ip: '10.42.2.2', age: '10m', owner: 'ReplicaSet/imap-6f9' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    affinities: [{ cidr: '10.42.2.0/26', node: 'worker-3', age: '12m' }],
  });
  return scenario('overlapping-ipam-blocks/two-claims', c, {
    title: 'Two nodes claim one block',
    source: ['projectcalico/calico#6001'],
    ask: 'mail/imap-6f9-q4wzn',
    cause: ['ipam-state-corrupt', 'node-cidr-overlap'],
    not: ['node-identity-clash', 'multiple-cnis', 'no-conflict'],
    find: [
      { id: ['overlapping-ipam-blocks', 'ipam-double-allocation', 'overlapping-node-ranges'], ranges: ['10.42.2.0/26'] },
      { id: 'duplicate-pod-ip', address: '10.42.2.2' },
    ],
    notes: 'The block’s affinity names worker-2; worker-3’s claim is the stale one.',
  });
}

/** The twin: a pending claim, and borrowing, prove nothing. */
function borrowing(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k}`);
  c.pod('web/cache-1', { node: 'worker-3', ip: '10.42.1.40', age: '3d' });
  c.pod('web/cache-2', { node: 'worker-3', ip: '10.42.1.63', age: '3d' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3', '10.42.7.0/26': '' },
  });
  return scenario('overlapping-ipam-blocks/borrowing', c, {
    title: 'Borrowed addresses, .0 and .63 of a block',
    source: ['projectcalico/calico#2612', 'projectcalico/calico#1710'],
    silent: [
      'overlapping-ipam-blocks',
      'pod-ip-in-other-node-range',
      'ipam-double-allocation',
      'ipam-in-use-not-allocated',
      'ipam-orphan-block',
      'overlapping-node-ranges',
    ],
    notes: 'By design; a block without affinity is allowed as well.',
  });
}

/** A claim that is being made, or given up, a minute ago proves nothing. */
function pendingClaim(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    affinities: [{ cidr: '10.42.2.0/26', node: 'worker-3', state: 'pending', age: '1m' }],
  });
  return scenario('overlapping-ipam-blocks/pending-claim', c, {
    title: 'A claim a minute old that is still pending',
    silent: ['overlapping-ipam-blocks', 'ipam-double-allocation', 'overlapping-node-ranges'],
    notes: 'Claims pass through pending; without an address held twice, and this young, it proves nothing.',
  });
}

/** Records lost with the CRDs. */
function storeWiped(): Scenario {
  const c = plain({ podCIDR: null, age: '300d' });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { age: '50m' });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('ops/cron-6b8-t2vkn', { node: 'worker-1', ip: '10.42.1.2', age: '30m', owner: 'ReplicaSet/cron-6b8' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16', age: '50m' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    blockAges: { '10.42.1.0/26': '48m', '10.42.2.0/26': '48m', '10.42.3.0/26': '48m' },
    storeAge: '50m',
    omit: [
      'kube-system/coredns-6c8d-7bqtx',
      'kube-system/coredns-6c8d-zk4pv',
      ...['h2vkq', 'm8wzn', 'r5tdl', 'c9jxp'].flatMap((s) => [`web/front-59c7-${s}`, `web/store-7b6d-${s}`]),
    ],
  });
  return scenario('ipam-in-use-not-allocated/store-wiped', c, {
    title: 'Calico was deleted and applied again: its records are younger than the pods',
    source: ['projectcalico/node#254'],
    ask: 'ops/cron-6b8-t2vkn',
    cause: ['ipam-state-corrupt'],
    not: ['multiple-cnis', 'allocation-race', 'node-reregistered', 'ipam-leak'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.42.1.2', holders: ['ops/cron-6b8-t2vkn', 'web/front-59c7-m8wzn'] },
      { id: 'ipam-in-use-not-allocated' },
    ],
    notes: 'The CRD of the blocks is 50 m old, the pods 15 d and more.',
  });
}

/** I44 family. */
function awsRestart(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.60.1.', version: '1.16.15' });
  agents.awsNode(c, 'v1.5.5', { on: { 'worker-2': { restarts: 1, ended: '26m' } } });
  crowd(c, (w, k) => `10.60.${16 + w}.${k + 100}`, [1, 2, 3], '172.20.');
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  c.pod('jobs/etl-5d-kk2vz', { node: 'worker-2', ip: '10.60.18.101', age: '25m', owner: 'ReplicaSet/etl-5d' });
  c.log(
    `${c.daemonPod('kube-system/aws-node', 'worker-2')}/aws-node`,
    '2026-03-11T09:04:02.343Z [INFO] getLocalPodsWithRetry() found 0 local pods',
  );
  return scenario('aws-vpc-cni/restart-found-no-pods', c, {
    title: 'ipamd restarted and saw no pods',
    source: ['aws/amazon-vpc-cni-k8s#711'],
    ask: 'jobs/etl-5d-kk2vz',
    cause: ['ipam-state-corrupt'],
    not: ['cni-agent-unhealthy', 'node-cidr-overlap', 'allocation-race'],
    bug: 'aws/amazon-vpc-cni-k8s#711',
    find: [{ id: 'duplicate-pod-ip', address: '10.60.18.101', holders: ['jobs/etl-5d-kk2vz'] }],
    notes: 'Same node; the younger pod was made within two minutes of the agent’s start.',
  });
}

/** I48: CNS after a containerd restart. */
function azureRestart(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.241.0.', version: '1.27.7', workers: 2 });
  const [w1, w2] = ['worker-1', 'worker-2'];
  agents.azureCns(c, 'v1.5.9', { on: { [w1]: { restarts: 12, ended: '2m', waiting: 'CrashLoopBackOff', ready: false } } });
  c.crd('NodeNetworkConfig', 'nodenetworkconfigs', 'acn.azure.com', undefined, 'v1alpha', 'Namespaced');
  for (const [n, node] of [w1, w2].entries())
    c.custom('acn.azure.com/v1alpha', 'NodeNetworkConfig', `kube-system/${node}`, {
      spec: { requestedIPCount: 16 },
      status: {
        assignedIPCount: 16,
        networkContainers: [
          {
            id: `nc-${n}`,
            type: 'vnet',
            assignmentMode: 'dynamic',
            primaryIP: `10.241.0.${40 + 20 * n}`,
            ipAssignments: Array.from({ length: 6 }, (_, k) => ({ name: `ip-${n}-${k}`, ip: `10.241.0.${41 + 20 * n + k}` })),
          },
        ],
      },
    });
  c.pod('mon/pinger-86d-qq6h5', { node: w1, ip: '10.241.0.42', age: '5d', owner: 'ReplicaSet/pinger-86d', restarts: 2, ended: '70m' });
  c.pod('mon/pinger-86d-wv564', { node: w1, ip: '10.241.0.42', age: '66m', owner: 'ReplicaSet/pinger-86d' });
  c.pod('mon/pinger-86d-tt9kd', { node: w2, ip: '10.241.0.62', age: '5d', owner: 'ReplicaSet/pinger-86d' });
  c.event(`Node/${w1}`, { reason: 'ContainerdStart', message: 'Starting containerd container runtime...', age: '70m' });
  c.log(
    `${c.daemonPod('kube-system/azure-cns', w1)}/cns-container`,
    '2026/03/11 09:27:31 [Azure CNS] Failed to initialize: duplicate IP detected in CNS initialization: 10.241.0.42 is assigned to mon/pinger-86d-qq6h5 and mon/pinger-86d-wv564',
  );
  c.service('mon/pinger', { clusterIP: '10.0.14.3', pods: ['mon/pinger-86d-qq6h5', 'mon/pinger-86d-wv564', 'mon/pinger-86d-tt9kd'] });
  return scenario('azure-cns/containerd-restart', c, {
    title: 'Two pods of one node with one address after containerd restarted; CNS crashes because it found them',
    source: ['Azure/azure-container-networking#885'],
    ask: 'mon/pinger-86d-wv564',
    cause: ['ipam-state-corrupt'],
    not: ['cni-agent-unhealthy', 'node-cidr-overlap', 'allocation-race', 'ip-pool-exhausted'],
    find: [{ id: 'duplicate-pod-ip', address: '10.241.0.42', holders: ['mon/pinger-86d-qq6h5', 'mon/pinger-86d-wv564'] }],
    notes: 'The crash loop of azure-cns is the effect, not the cause.',
  });
}

/** I43 family: two pods in one second. */
function race(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('shop/list-6f7-aa2vz', { node: 'worker-1', ip: '10.42.1.20', age: '2026-03-11T06:12:40Z', owner: 'ReplicaSet/list-6f7' });
  c.pod('shop/list-6f7-bb9kx', { node: 'worker-1', ip: '10.42.1.20', age: '2026-03-11T06:12:40Z', owner: 'ReplicaSet/list-6f7' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  return scenario('allocation-race/same-second', c, {
    title: 'Two pods of one ReplicaSet got one address in one second',
    source: ['projectcalico/calicoctl#1295'],
    ask: 'shop/list-6f7-bb9kx',
    cause: ['allocation-race', 'inconclusive'],
    not: ['ipam-state-corrupt', 'static-ip-conflict', 'node-cidr-overlap'],
    find: [{ id: 'duplicate-pod-ip', address: '10.42.1.20' }],
    notes: 'No restart, one range, healthy agents.',
  });
}

/** I65: the ring of Weave split. */
function ringSplit(): Scenario {
  const c = plain({ podCIDR: null, workers: 4, version: '1.15.12' });
  c.controlPlane({ podRange: '172.29.0.0/16' });
  const peers = [
    ...c.nodes.map((node, n) => [`0a:a9:1b:94:f0:0${n}`, node] as const),
    ...[5, 6, 7, 8].map((n) => [`0a:a9:1b:94:f0:0${n}`, `gone-${n}`] as const),
  ];
  agents.weave(c, '172.29.0.0/16', { image: 'weaveworks/weave-kube:2.3.0', peers });
  crowd(c, (w, k) => `172.29.${16 * w}.${k + 1}`);
  c.pod('cms/pages-5f9-k2wvq', { node: 'worker-4', ip: '172.29.16.2', age: '3h', owner: 'ReplicaSet/pages-5f9' });
  for (const node of ['worker-1', 'worker-2'])
    c.log(
      `${c.daemonPod('kube-system/weave-net', node)}/weave`,
      'ERRO: 2026/03/11 06:10:02.117004 [kube-peers] Received update for IP range I own at 172.29.16.0 v31: incoming message says owner 0a:a9:1b:94:f0:04 v35',
    );
  return scenario('weave/ring-split', c, {
    title: 'Weave’s ring split: two peers own one range',
    source: ['weaveworks/weave#3310'],
    ask: 'cms/pages-5f9-k2wvq',
    cause: ['ipam-state-corrupt'],
    not: ['node-identity-clash', 'ip-pool-exhausted', 'node-cidr-overlap', 'allocation-race'],
    find: [{ id: 'duplicate-pod-ip', address: '172.29.16.2', holders: ['cms/pages-5f9-k2wvq', 'web/front-59c7-m8wzn'] }],
    notes: 'That line is decisive; the list of peers is longer than the cluster.',
  });
}

/** I80: Windows HNS refuses; no duplicate in the API. */
function windows(): Scenario {
  const c = plain({
    workers: 3,
    on: {
      'worker-3': {
        labels: { 'kubernetes.io/os': 'windows' },
        info: { operatingSystem: 'windows', containerRuntimeVersion: 'containerd://1.7.20' },
      },
    },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { nodes: ['cp-1', 'worker-1', 'worker-2'] });
  c.daemonSet('kube-flannel/kube-flannel-ds-windows', {
    image: 'ghcr.io/flannel-io/flannel-windows:v0.26.1',
    container: 'kube-flannel',
    nodes: ['worker-3'],
  });
  crowd(c, lan244, [1, 2]);
  c.pod('win/iis-6d8-q2vzk', { node: 'worker-3', creating: true, age: '25m', owner: 'ReplicaSet/iis-6d8' });
  c.sandboxFails(
    'win/iis-6d8-q2vzk',
    'plugin type="flannel" name="flannel.4096" failed (add): failed to create the new HNSEndpoint: hnsCall failed in Win32: The object already exists. (0x1392)',
  );
  return scenario('sandbox-creation-failing/windows-endpoint', c, {
    title: 'A Windows node keeps an endpoint of a former pod',
    source: ['kubernetes/kubernetes#74766'],
    ask: 'win/iis-6d8-q2vzk',
    cause: ['ipam-state-corrupt', 'inconclusive'],
    not: ['no-conflict', 'node-cidr-overlap', 'cni-agent-unhealthy', 'ip-pool-exhausted'],
    find: [{ id: 'sandbox-creation-failing', holders: ['win/iis-6d8-q2vzk'] }],
    silent: ['cni-agent-missing'],
    notes: 'No duplicate in the API; HNS has its own list.',
  });
}

/** Sandbox failures that have nothing to do with addresses. */
function otherSandbox(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.pod('batch/pull-1', { node: 'worker-1', creating: true, age: '12m' });
  c.event('Pod/batch/pull-1', {
    reason: 'FailedCreatePodSandBox',
    message:
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "registry.k8s.io/pause:3.10": failed to pull image: dial tcp: lookup registry.k8s.io: no such host',
    count: 9,
  });
  return scenario('sandbox-creation-failing/pause-image', c, {
    title: 'A sandbox that fails for want of its image',
    silent: ['sandbox-creation-failing', 'cni-agent-unhealthy', 'pool-exhausted'],
    ask: 'batch/pull-1',
    notes: 'Not every FailedCreatePodSandBox is about addresses.',
  });
}

/** A controller released the address of a pod that had just been made. */
function reconciler(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  agents.multus(c);
  agents.whereabouts(c, 'v0.4.2');
  crowd(c, lan244);
  attachment(c, 'core/n4', { type: 'macvlan', master: 'ens4', mode: 'bridge', ipam: { type: 'whereabouts', range: '10.8.3.0/24' } });
  c.pod('core/smf-0', {
    node: 'worker-1',
    ip: '10.244.1.40',
    age: '10m',
    owner: 'StatefulSet/smf',
    annotations: attached('10.244.1.40', { 'core/n4': '10.8.3.151' }),
  });
  c.pod('core/upf-2', {
    node: 'worker-2',
    ip: '10.244.2.40',
    age: '6m',
    owner: 'StatefulSet/upf',
    annotations: attached('10.244.2.40', { 'core/n4': '10.8.3.151' }),
  });
  whereaboutsPool(c, '10.8.3.0/24', { 151: 'core/upf-2' });
  c.custom('batch/v1', 'CronJob', 'kube-system/ip-reconciler', {
    spec: {
      schedule: '*/5 * * * *',
      jobTemplate: {
        spec: {
          template: {
            spec: {
              containers: [{ name: 'whereabouts', image: 'ghcr.io/k8snetworkplumbingwg/whereabouts:v0.4.2', command: ['/ip-reconciler'] }],
            },
          },
        },
      },
    },
    status: { lastScheduleTime: c.at('8m') },
  });
  return scenario('whereabouts/reconciler', c, {
    title: 'The reconciler released the address of a pod that was just made',
    source: ['k8snetworkplumbingwg/whereabouts#162'],
    ask: 'core/upf-2',
    cause: ['ipam-state-corrupt'],
    not: ['allocation-race', 'secondary-ipam-not-cluster-wide', 'no-conflict'],
    find: [{ id: 'duplicate-secondary-ip', address: '10.8.3.151', holders: ['core/smf-0', 'core/upf-2'] }],
    notes: 'CronJob ran between the two pods; the older one’s record is gone.',
  });
}

/** An address recorded for two pods at once. */
function recordedTwice(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('shop/paper-66-wq2vz', { node: 'worker-1', ip: '10.42.1.30', age: '3d', owner: 'ReplicaSet/paper-66' });
  c.pod('shop/stone-5c-kk8bn', { node: 'worker-2', ip: '10.42.1.30', age: '2h', owner: 'ReplicaSet/stone-5c' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  c.custom(
    'crd.projectcalico.org/v1',
    'IPAMBlock',
    '10-42-1-0-27',
    {
      spec: {
        cidr: '10.42.1.0/27',
        affinity: 'host:worker-2',
        allocations: Array.from({ length: 32 }, (_, n) => (n === 30 ? 0 : null)),
        attributes: [{ handle_id: 'k8s-pod-network.stone', secondary: { namespace: 'shop', pod: 'stone-5c-kk8bn', node: 'worker-2' } }],
        unallocated: [],
      },
    },
    '3h',
  );
  return scenario('ipam-double-allocation/two-records', c, {
    title: 'One address is recorded for two pods',
    ask: 'shop/stone-5c-kk8bn',
    cause: ['ipam-state-corrupt', 'node-cidr-overlap'],
    not: ['allocation-race', 'multiple-cnis'],
    find: [
      { id: ['ipam-double-allocation', 'overlapping-ipam-blocks'] },
      { id: 'duplicate-pod-ip', address: '10.42.1.30' },
      { id: 'ipam-double-allocation', address: '10.42.1.30', severity: ['error', 'warning'] },
    ],
    notes: 'Overlapping blocks are how one address gets two records.',
  });
}

/** Dual stack: one handle with two addresses is no double allocation. */
function oneHandle(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { tunnels: { 'worker-1': '10.42.1.0', 'worker-2': '10.42.2.0', 'worker-3': '10.42.3.0' } });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('shop/multi-0', { node: 'worker-1', ips: ['10.42.1.33', '10.42.1.34'], age: '9d', owner: 'StatefulSet/multi' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  annotate(c, 'Node', 'worker-1', { 'projectcalico.org/IPv4IPIPTunnelAddr': '' });
  return scenario('ipam-double-allocation/one-handle-two-addresses', c, {
    title: 'A pod with two addresses, tunnels with their own records',
    silent: ['ipam-double-allocation', 'ipam-in-use-not-allocated', 'ipam-leak', 'pod-ip-equals-infrastructure-ip'],
    notes: 'Records agree with the pods.',
  });
}

export const state: readonly Scenario[] = [
  hostLocalLost(),
  unknownRestart(),
  freedByCollector(),
  blockSize(),
  poolMigration(),
  nestedPools(),
  twoClaims(),
  borrowing(),
  pendingClaim(),
  storeWiped(),
  awsRestart(),
  azureRestart(),
  race(),
  ringSplit(),
  windows(),
  otherSandbox(),
  reconciler(),
  recordedTwice(),
  oneHandle(),
];
