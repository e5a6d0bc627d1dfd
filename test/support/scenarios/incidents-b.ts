import type { Cluster, Scenario } from '../build.ts';
import { agents, attached, attachment, calico, calicoIpam, cilium, flannel, kubeOvnIpam, whereaboutsPool } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

/** EKS and AKS: pods in the nodes' network, no ranges of the nodes. */
const vpc = (more: Parameters<typeof plain>[0] = {}): Cluster =>
  plain({ podCIDR: null, lan: '10.61.1.', ...more }).service('default/kubernetes', {
    clusterIP: '172.20.0.1',
    port: 443,
    selector: null,
    age: '120d',
  });

/** A Kube-OVN cluster with the usual pods; its Subnets are written at the end, by kubeOvnIpam. */
function ovnCluster(version: string, more: Parameters<typeof agents.kubeOvn>[2] = {}): Cluster {
  const c = plain({ podCIDR: (n) => `10.16.${n * 4}.0/24`, lan: '172.28.4.' });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c, version, more);
  return crowd(c, (w, k) => `10.16.${w}.${k + 11}`);
}
const OVN_DEFAULT = { name: 'ovn-default', cidr: '10.16.0.0/16', available: 65_400, using: 24, gateway: '10.16.0.1' };
const JOIN = { name: 'join', cidr: '100.64.0.0/16', available: 65_500, using: 4, gateway: '100.64.0.1' };

/** Free addresses, but no free block of sixteen. */
function prefixesFragmented(): Scenario {
  const c = vpc({ version: '1.29.6' });
  agents.awsNode(c, 'v1.18.1', {
    env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
    on: { 'worker-3': { restarts: 2, ended: '21d' } },
  });
  crowd(c, (w, k) => `10.61.${w}.${k + 80}`, [1, 2, 3], '172.20.');
  const waiting = ['4fzmx', '9kq2s', 'tt7lw'].map((suffix) => `batch/resize-7d9c-${suffix}`);
  for (const ref of waiting) {
    c.pod(ref, { node: 'worker-3', creating: true, age: '26m', owner: 'ReplicaSet/resize-7d9c' });
    c.sandboxFails(ref, 'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container', {
      first: '26m',
      age: '40s',
      count: 118,
    });
  }
  c.event('Node/worker-3', {
    reason: 'InsufficientCidrBlocks',
    message: 'Failed to allocate prefix: the subnet has insufficient cidr blocks to satisfy the request',
    first: '40m',
    age: '1m',
    count: 9,
  });
  c.log(
    `${c.daemonPod('kube-system/aws-node', 'worker-3')}/aws-node`,
    '{"level":"error","ts":"2026-03-11T09:27:41.118Z","caller":"ipamd/ipamd.go:881","msg":"Failed to increase pool size: failed to allocate a private IP/Prefix address: InsufficientCidrBlocks: The specified subnet does not have enough free cidr blocks to satisfy the request."}',
    '{"level":"debug","ts":"2026-03-11T09:27:44.501Z","caller":"datastore/data_store.go:607","msg":"AssignPodIPv4Address: ENI eni-0a51 does not have available addresses"}',
    '{"level":"error","ts":"2026-03-11T09:27:44.502Z","caller":"datastore/data_store.go:613","msg":"DataStore has no available IP/Prefix addresses"}',
  );
  return scenario('ip-pool-exhausted/prefixes-fragmented', c, {
    title: 'AWS: the subnet has addresses left, but no contiguous prefix',
    ask: waiting[0]!,
    cause: ['ip-pool-exhausted'],
    not: ['cni-agent-unhealthy', 'ipam-leak', 'node-cidr-exhausted', 'node-cidr-missing', 'ipam-state-corrupt', 'no-conflict'],
    find: [{ id: 'sandbox-creation-failing', holders: [waiting[0]!] }],
    silent: ['cni-agent-unhealthy', 'node-range-missing', 'pod-range-overlaps-node-network', 'duplicate-pod-ip'],
    quiet: ['kube-system/coredns-6c8d-7bqtx', 'web/front-59c7-h2vkq'],
    notes: 'Exhaustion makes pods wait, it does not make pairs; the agent’s restarts are three weeks old.',
  });
}

/** The same on AKS: the subnet is full, and CNS says so. */
function aksSubnetFull(): Scenario {
  const c = vpc({ version: '1.30.5', lan: '10.240.0.' });
  agents.azureCns(c);
  crowd(c, (w, k) => `10.240.0.${w * 20 + k + 20}`, [1, 2, 3], '172.20.');
  c.crd('NodeNetworkConfig', 'nodenetworkconfigs', 'acn.azure.com', undefined, 'v1alpha', 'Namespaced');
  for (const [n, node] of c.nodes.entries())
    c.custom('acn.azure.com/v1alpha', 'NodeNetworkConfig', `kube-system/${node}`, {
      spec: { requestedIPCount: n === 2 ? 32 : 16, ipsNotInUse: [] },
      status: {
        assignedIPCount: 16,
        scaler: { batchSize: 16, maxIPCount: 250, releaseThresholdPercent: 150, requestThresholdPercent: 50 },
        status: n === 2 ? 'SubnetFull' : 'Updated',
        networkContainers: [
          {
            id: `nc-${node}`,
            subnetName: 'aks-subnet',
            subnetAddressSpace: '10.240.0.0/24',
            primaryIP: `10.240.0.${10 + n}`,
            ipAssignments: [],
          },
        ],
      },
    });
  c.pod('shop/cart-6bb5-p2k9d', { node: 'worker-2', creating: true, age: '19m', owner: 'ReplicaSet/cart-6bb5' });
  c.sandboxFails(
    'shop/cart-6bb5-p2k9d',
    'plugin type="azure-vnet" failed (add): IPAM Invoker Add failed with error: Failed to get IP address from CNS: http request failed: AllocateIPConfig failed: not enough IPs available for type Delegated, waiting on Azure CNS to allocate more with NC Status: SubnetFull',
  );
  return scenario('ip-pool-exhausted/aks-subnet', c, {
    title: 'AKS: the pod subnet is full',
    ask: 'shop/cart-6bb5-p2k9d',
    cause: ['ip-pool-exhausted'],
    not: ['cni-agent-unhealthy', 'ipam-leak', 'node-cidr-exhausted', 'ipam-state-corrupt', 'no-conflict'],
    find: [{ id: 'sandbox-creation-failing', holders: ['shop/cart-6bb5-p2k9d'] }],
    silent: ['cni-agent-unhealthy', 'duplicate-pod-ip', 'pod-range-overlaps-node-network', 'node-range-missing'],
    notes: 'CNS runs everywhere; the node’s NodeNetworkConfig says SubnetFull.',
  });
}

/** I51: one /24 for five nodes; nothing of the control plane can be seen. */
function fourRangesFiveNodes(): Scenario {
  const ranges = ['10.2.224.0/24', '10.2.225.0/24', '10.2.226.0/24', '10.2.227.0/24'];
  const c = plain({
    workers: 4,
    version: '1.24.9',
    podCIDR: (n) => ranges[n] ?? [],
    on: {
      'worker-4': {
        age: '50m',
        ready: 'False',
        readySince: '50m',
        readyMessage:
          'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized',
      },
    },
  });
  c.controlPlane({ podRange: '10.2.224.0/22', kubeadm: false });
  flannel(c, '10.2.224.0/22', {
    on: { 'worker-4': { waiting: 'CrashLoopBackOff', restarts: 14, ended: '1m', ready: false } },
  });
  crowd(c, (w, k) => `10.2.${224 + w}.${k + 2}`);
  c.pod('web/front-59c7-late1', { node: 'worker-4', creating: true, age: '30m', owner: 'ReplicaSet/front-59c7' });
  c.event('Node/worker-4', {
    reason: 'CIDRNotAvailable',
    message: 'Node worker-4 status is now: CIDRNotAvailable',
    type: 'Normal',
    first: '50m',
    age: '1m',
    count: 61,
  });
  c.log(
    `${c.daemonPod('kube-flannel/kube-flannel-ds', 'worker-4')}/kube-flannel`,
    'E0311 09:28:30.115210       1 main.go:359] Error registering network: failed to acquire lease: node "worker-4" pod cidr not assigned',
  );
  c.log(
    'kube-system/kube-controller-manager-cp-1/kube-controller-manager',
    'E0311 09:27:02.411880       1 range_allocator.go:340] CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range',
  );
  return scenario('node-cidr-exhausted/fifth-node', c, {
    title: 'Four node ranges in the cluster range, and a fifth node',
    source: ['kubernetes/kubernetes#85866', 'cloudnativelabs/kube-router#320'],
    ask: 'node/worker-4',
    cause: ['node-cidr-exhausted'],
    not: ['cni-agent-unhealthy', 'node-cidr-missing', 'ip-pool-exhausted', 'cluster-cidr-mismatch', 'node-cidr-overlap'],
    find: [{ id: 'node-ranges-exhausted', nodes: ['worker-4'] }],
    quiet: ['node/worker-1', 'node/worker-2', 'node/worker-3', 'kube-system/coredns-6c8d-7bqtx'],
    notes: 'Flannel on the newest node fails because there is no range for it: effect, not cause.',
  });
}

/** The agent's clean-up at its start freed addresses of running pods. */
function cleanUpAtStart(): Scenario {
  const c = plain({ version: '1.31.5' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.antrea(c, 'v2.4.1', { on: { 'worker-2': { restarts: 1, ended: '42m', exitCode: 255 } } });
  crowd(c, lan244);
  c.pod('pay/ledger-0', {
    node: 'worker-2',
    ip: '10.244.2.19',
    age: '11d',
    owner: 'StatefulSet/ledger',
    ready: false,
    restarts: 3,
    ended: '9m',
  });
  c.pod('pay/report-84f7-xz9wq', { node: 'worker-2', ip: '10.244.2.19', age: '38m', owner: 'ReplicaSet/report-84f7' });
  c.pod('dev/sandbox-5f4d-kk7rb', { node: 'worker-2', ip: '10.244.2.4', age: '35m', owner: 'ReplicaSet/sandbox-5f4d' });
  c.log(
    `${c.daemonPod('kube-system/antrea-agent', 'worker-2')}/antrea-agent`,
    'I0311 08:48:11.240155       1 gc.go:101] "Unused IP was successfully released from host-local IPAM plugin" IP="10.244.2.19"',
    'I0311 08:48:11.241920       1 gc.go:101] "Unused IP was successfully released from host-local IPAM plugin" IP="10.244.2.4"',
  );
  return scenario('ipam-state-corrupt/clean-up-at-start', c, {
    title: 'Antrea: the agent starts anew and frees addresses in use',
    source: ['antrea-io/antrea#8239'],
    ask: 'pay/report-84f7-xz9wq',
    cause: ['ipam-state-corrupt'],
    not: ['node-cidr-overlap', 'cni-agent-unhealthy', 'allocation-race', 'static-ip-conflict', 'ip-pool-exhausted'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.244.2.19', holders: ['pay/ledger-0', 'pay/report-84f7-xz9wq'] },
      { id: 'duplicate-pod-ip', address: '10.244.2.4', holders: ['web/store-7b6d-r5tdl', 'dev/sandbox-5f4d-kk7rb'] },
    ],
    bug: 'antrea-io/antrea#8239',
    notes: 'One node; the elder pods predate the agent’s start, the younger follow it within minutes.',
  });
}

/** A new controller gives out addresses that are still bound. */
function controllerRolledOut(): Scenario {
  const c = ovnCluster('v1.12.0', { age: '90d', controller: { age: '3h' } });
  c.daemonSet('kube-system/kube-ovn-pinger', {
    image: 'docker.io/kubeovn/kube-ovn:v1.12.0',
    container: 'pinger',
    hostNetwork: false,
    nodes: ['worker-1', 'worker-2', 'worker-3'],
    age: '3h',
    on: {
      'worker-1': { ip: '10.16.0.5', age: '168m' },
      'worker-2': { ip: '10.16.2.13', age: '167m' },
      'worker-3': { ip: '10.16.0.7', age: '166m' },
    },
  });
  const intruder = c.daemonPod('kube-system/kube-ovn-pinger', 'worker-2');
  c.pod('ops/grafana-6f7d-zz4kt', { node: 'worker-1', ip: '10.16.0.9', age: '80d', owner: 'ReplicaSet/grafana-6f7d' });
  c.pod('ops/loki-0', { node: 'worker-3', ip: '10.16.0.9', age: '150m', owner: 'StatefulSet/loki' });
  c.log(
    'kube-system/kube-ovn-controller-5bd8c-vt2kx/kube-ovn-controller',
    "E0311 06:44:10.032224       8 pod.go:281] error syncing 'ops/loki-0': ovn-nbctl: Error on switch ovn-default: duplicate IPv4 address '10.16.0.9' found on logical switch port 'grafana-6f7d-zz4kt.ops'",
  );
  kubeOvnIpam(c, [OVN_DEFAULT, JOIN], { omit: ['ops/grafana-6f7d-zz4kt'] });
  return scenario('kube-ovn/controller-rolled-out', c, {
    title: 'Kube-OVN: after the chart’s upgrade the controller gives bound addresses out again',
    source: ['kubeovn/kube-ovn#3181'],
    ask: 'ops/loki-0',
    cause: ['ipam-state-corrupt', 'cni-version-mismatch'],
    not: ['node-cidr-overlap', 'static-ip-conflict', 'ip-pool-overlap', 'ip-pool-exhausted', 'allocation-race', 'benign-sharing'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.16.0.9', holders: ['ops/grafana-6f7d-zz4kt', 'ops/loki-0'] },
      { id: 'duplicate-pod-ip', address: '10.16.2.13', holders: [intruder, 'web/store-7b6d-r5tdl'] },
    ],
    notes: 'Both younger pods were made within the hour after the new controller; across nodes, since one subnet serves all.',
  });
}

/** Two rings, since one half of the cluster started by itself. */
function twoRings(): Scenario {
  const c = plain({ workers: 4, podCIDR: null, version: '1.20.11' });
  c.controlPlane({ podRange: '10.32.0.0/20' });
  agents.weave(c, '10.32.0.0/20');
  crowd(c, (w, k) => `10.32.${w * 2}.${k + 3}`, [1, 2, 3, 4]);
  c.pod('shop/basket-6c5-aa1kd', { node: 'worker-1', ip: '10.32.1.9', age: '3h', owner: 'ReplicaSet/basket-6c5' });
  c.pod('shop/search-77b-bb2xq', { node: 'worker-4', ip: '10.32.1.9', age: '2h', owner: 'ReplicaSet/search-77b' });
  c.pod('shop/basket-6c5-cc3vn', { node: 'worker-2', ip: '10.32.1.10', age: '3h', owner: 'ReplicaSet/basket-6c5' });
  c.pod('shop/search-77b-dd4wt', { node: 'worker-3', ip: '10.32.1.10', age: '2h', owner: 'ReplicaSet/search-77b' });
  for (const [node, peer] of [
    ['worker-3', 'ea:1b:0a:14:00:0b(worker-1)'],
    ['worker-4', 'ea:1b:0a:14:00:0c(worker-2)'],
  ] as const)
    c.log(
      `${c.daemonPod('kube-system/weave-net', node)}/weave`,
      'INFO: 2026/03/11 06:10:02.330218 weave  2.6.5',
      `INFO: 2026/03/11 06:12:00.356836 ->[10.20.0.11:6783|${peer}]: connection shutting down due to error: IP allocation was seeded by different peers (received: [ea:1b:0a:14:00:0b(worker-1)], ours: [ea:1b:0a:14:00:0d(worker-3)])`,
    );
  return scenario('weave/two-rings', c, {
    title: 'Weave: two halves of the cluster seeded a ring each',
    source: ['weaveworks/weave#3908'],
    ask: 'shop/search-77b-bb2xq',
    cause: ['ipam-state-corrupt'],
    not: ['node-cidr-overlap', 'node-identity-clash', 'ip-pool-exhausted', 'node-cidr-missing', 'allocation-race', 'cni-agent-unhealthy'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.32.1.9', holders: ['shop/basket-6c5-aa1kd', 'shop/search-77b-bb2xq'] },
      { id: 'duplicate-pod-ip', address: '10.32.1.10', holders: ['shop/basket-6c5-cc3vn', 'shop/search-77b-dd4wt'] },
    ],
    silent: ['node-range-missing', 'duplicate-node-identity', 'pod-ip-in-other-node-range'],
    notes: 'Peer names are unique and all agents run; the message about different seeds settles it.',
  });
}

/** The store was restored from a backup older than some pods. */
function storeRestored(): Scenario {
  const c = plain({ version: '1.26.3', podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16', restarted: '6h' });
  calico(c, { version: 'v3.25.1' });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  const elder = [
    ['bill/invoice-5c9-aa2mn', 'worker-1', '10.42.1.20'],
    ['bill/invoice-5c9-bb3xk', 'worker-2', '10.42.2.20'],
    ['bill/mailer-66f-cc4vq', 'worker-3', '10.42.3.20'],
  ] as const;
  for (const [ref, node, ip] of elder) c.pod(ref, { node, ip, age: '20h', owner: `ReplicaSet/${ref.split('/')[1]!.slice(0, -6)}` });
  c.pod('bill/export-7d8-dd5wp', { node: 'worker-1', ip: '10.42.1.20', age: '5h', owner: 'ReplicaSet/export-7d8' });
  c.pod('bill/export-7d8-ee6zr', { node: 'worker-2', ip: '10.42.2.20', age: '4h', owner: 'ReplicaSet/export-7d8' });
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    omit: elder.map(([ref]) => ref),
    extra: [
      { address: '10.42.1.33', pod: 'bill/invoice-4b8-gone1', node: 'worker-1', age: '26h' },
      { address: '10.42.2.34', pod: 'bill/invoice-4b8-gone2', node: 'worker-2', age: '26h' },
      { address: '10.42.3.35', pod: 'bill/mailer-55e-gone3', node: 'worker-3', age: '26h' },
    ],
  });
  return scenario('ipam-state-corrupt/store-restored', c, {
    title: 'Calico: etcd was restored from a backup that is older than some pods',
    source: ['projectcalico/calico#4374', 'projectcalico/calico#1964'],
    ask: 'bill/invoice-5c9-aa2mn',
    cause: ['ipam-state-corrupt'],
    not: ['allocation-race', 'node-cidr-overlap', 'multiple-cnis', 'ipam-leak', 'cni-agent-unhealthy', 'ip-pool-exhausted'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.42.1.20', holders: ['bill/invoice-5c9-aa2mn', 'bill/export-7d8-dd5wp'] },
      { id: 'duplicate-pod-ip', address: '10.42.2.20', holders: ['bill/invoice-5c9-bb3xk', 'bill/export-7d8-ee6zr'] },
      { id: 'ipam-in-use-not-allocated', severity: ['error', 'warning'], holders: ['bill/mailer-66f-cc4vq'] },
    ],
    notes: 'The store knows pods that are gone and does not know some that run; all of the unknown ones were made in the lost hours.',
  });
}

/** API servers of two releases, each with its own allocator of Service addresses. */
function twoAllocatorsOfServices(): Scenario {
  const c = plain({
    version: '1.33.1',
    on: { 'worker-1': { info: { kubeletVersion: 'v1.32.4' } } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.pod('pay/gate-6d5-aa2mn', { node: 'worker-1', ip: '10.244.1.40', age: '9d', owner: 'ReplicaSet/gate-6d5', labels: { app: 'gate' } });
  c.pod('geo/tiles-7c4-bb3xk', { node: 'worker-2', ip: '10.244.2.41', age: '2h', owner: 'ReplicaSet/tiles-7c4', labels: { app: 'tiles' } });
  c.service('pay/gate', { clusterIP: '10.96.140.22', pods: ['pay/gate-6d5-aa2mn'], age: '122m' });
  c.service('geo/tiles', { clusterIP: '10.96.140.22', pods: ['geo/tiles-7c4-bb3xk'], age: '121m' });
  c.service('geo/tiles-headless', { clusterIP: 'None', selector: { app: 'tiles' }, age: '121m' });
  c.service('pay/gate-headless', { clusterIP: 'None', selector: { app: 'gate' }, age: '122m' });
  c.event('Service/geo/tiles', {
    reason: 'ClusterIPAlreadyAllocated',
    message: 'Cluster IP [IPv4]:10.96.140.22 was assigned to multiple services; please recreate service',
    age: '3m',
    count: 38,
    first: '118m',
  });
  return scenario('service-ip-conflict/mixed-api-servers', c, {
    title: 'Two Services with one ClusterIP, made while API servers of two releases ran',
    cause: ['service-ip-conflict'],
    not: ['pod-cidr-overlaps-service-cidr', 'allocation-race', 'ipam-state-corrupt', 'stale-endpoints', 'no-conflict'],
    ask: 'pay/gate-6d5-aa2mn',
    find: [{ id: 'duplicate-service-ip', address: '10.96.140.22', holders: ['service/pay/gate', 'service/geo/tiles'] }],
    silent: ['duplicate-pod-ip', 'stale-endpoint', 'node-ranges-exhausted'],
    quiet: ['service/geo/tiles-headless', 'service/pay/gate-headless'],
    notes: 'The repair loop of the API server says it, too. Pods are clean, the Service range has room.',
  });
}

/** The address of Cilium's Ingress on a node went to a pod of that node. */
function ingressAddress(): Scenario {
  const c = plain({ version: '1.27.8', podCIDR: (n) => `10.24.${n}.0/24` });
  c.controlPlane({ podRange: '10.24.0.0/16' });
  cilium(c, {
    version: 'v1.13.9',
    ipam: 'kubernetes',
    config: { 'enable-ingress-controller': 'true' },
    ranges: Object.fromEntries(c.nodes.map((node, n) => [node, [`10.24.${n}.0/24`]])),
    router: Object.fromEntries(c.nodes.map((node, n) => [node, `10.24.${n}.200`])),
    specs: Object.fromEntries(c.nodes.map((node, n) => [node, { ingress: { ipv4: `10.24.${n}.7` }, health: { ipv4: `10.24.${n}.8` } }])),
    on: { 'worker-1': { restarts: 1, ended: '70m' } },
  });
  crowd(c, (w, k) => `10.24.${w}.${k + 30}`);
  c.pod('ops/autoscaler-5d9d-8khhc', { node: 'worker-1', ip: '10.24.1.7', age: '66m', owner: 'ReplicaSet/autoscaler-5d9d', ready: false });
  c.log(
    `${c.daemonPod('kube-system/cilium', 'worker-1')}/cilium-agent`,
    'level=info msg="Restored ingress IPs" ingress="[10.24.1.7/32]" subsys=daemon',
  );
  return scenario('infrastructure-address-conflict/ingress-address', c, {
    title: 'Cilium: a pod holds the address of the node’s Ingress',
    source: ['cilium/cilium#29885', 'cilium/cilium#46799'],
    ask: 'ops/autoscaler-5d9d-8khhc',
    cause: ['infrastructure-address-conflict'],
    not: ['node-cidr-overlap', 'multiple-cnis', 'allocation-race', 'cni-agent-unhealthy', 'no-conflict', 'static-ip-conflict'],
    find: [{ id: 'pod-ip-equals-infrastructure-ip', address: '10.24.1.7', holders: ['ops/autoscaler-5d9d-8khhc'] }],
    silent: ['duplicate-pod-ip', 'overlapping-node-ranges', 'pod-ip-in-other-node-range', 'multiple-cnis'],
    notes: 'No two pods share it: the other holder is the agent’s own Ingress endpoint.',
  });
}

/** Cilium chained behind Kube-OVN takes its router's address out of the range that Kube-OVN gives out. */
function routerInOvnSubnet(): Scenario {
  const c = plain({ version: '1.31.2', lan: '172.28.4.', podCIDR: (n) => `10.244.${n}.0/24` });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.kubeOvn(c, 'v1.13.13');
  cilium(c, {
    version: 'v1.17.16',
    ipam: 'kubernetes',
    config: { 'cni-chaining-mode': 'generic-veth' },
    ranges: Object.fromEntries(c.nodes.map((node, n) => [node, [`10.244.${n}.0/24`]])),
    router: { 'cp-1': '10.244.0.197', 'worker-1': '10.244.1.94', 'worker-2': '10.244.2.31', 'worker-3': '10.244.3.118' },
  });
  crowd(c, (w, k) => `10.244.0.${w * 10 + k}`);
  c.pod('reg/harbor-c694-rnkjs', { node: 'worker-3', ip: '10.244.1.94', age: '3h', owner: 'ReplicaSet/harbor-c694', ready: false });
  kubeOvnIpam(c, [
    { name: 'ovn-default', cidr: '10.244.0.0/16', available: 65_400, using: 20 },
    { ...JOIN, name: 'join' },
  ]);
  return scenario('infrastructure-address-conflict/router-in-ovn-subnet', c, {
    title: 'Cilium behind Kube-OVN: a router’s address is an ordinary one for the subnet',
    source: ['cozystack/cozystack#3615'],
    ask: 'reg/harbor-c694-rnkjs',
    cause: ['infrastructure-address-conflict', 'multiple-cnis'],
    not: ['node-cidr-overlap', 'ipam-state-corrupt', 'no-conflict', 'cni-agent-unhealthy', 'static-ip-conflict'],
    find: [{ id: 'pod-ip-equals-infrastructure-ip', address: '10.244.1.94', holders: ['reg/harbor-c694-rnkjs'] }],
    silent: ['duplicate-pod-ip', 'pod-ip-in-other-node-range', 'overlapping-node-ranges', 'ipam-in-use-not-allocated'],
    notes: 'The subnet spans all nodes, and nobody excluded the addresses that the agents took.',
  });
}

/** N02, N03, N20, N34: ended pods of every kind keep their address; headless Services have none. */
function endedPods(): Scenario {
  const c = plain({ version: '1.28.6', podCIDR: (n) => `172.16.${204 + n}.0/24` });
  c.controlPlane({ podRange: '172.16.192.0/18' });
  flannel(c, '172.16.192.0/18');
  crowd(c, (w, k) => `172.16.${204 + w}.${k + 2}`);
  c.pod('dash/scraper-7b59-n2k8w', {
    node: 'worker-2',
    ip: '172.16.206.237',
    age: '40d',
    owner: 'ReplicaSet/scraper-7b59',
    labels: { app: 'scraper' },
  });
  c.pod('batch/mysqldump-28372-x5m2p', {
    node: 'worker-2',
    ip: '172.16.206.237',
    age: '41d',
    phase: 'Succeeded',
    owner: 'Job/mysqldump-28372',
  });
  for (const [n, suffix] of ['q1', 'q2', 'q3'].entries())
    c.pod(`batch/rotate-2911${n}-${suffix}x8k`, {
      node: 'worker-3',
      ip: '172.16.207.50',
      age: `${n + 1}h`,
      phase: 'Succeeded',
      owner: `Job/rotate-2911${n}`,
    });
  for (const [n, reason] of ['Evicted', 'OutOfmemory', 'ContainerStatusUnknown', 'Terminated', 'NodeShutdown'].entries()) {
    c.pod(`shop/api-6d9f-old${n}x`, {
      node: 'worker-1',
      ip: `172.16.205.${60 + n}`,
      age: '9d',
      phase: 'Failed',
      reason,
      owner: 'ReplicaSet/api-6d9f',
      labels: { app: 'api' },
    });
    c.pod(`shop/api-6d9f-new${n}x`, {
      node: 'worker-1',
      ip: `172.16.205.${60 + n}`,
      age: `${n + 2}d`,
      owner: 'ReplicaSet/api-6d9f',
      labels: { app: 'api' },
    });
  }
  c.service('shop/api', { clusterIP: '10.96.12.7', pods: [0, 1, 2, 3, 4].map((n) => `shop/api-6d9f-new${n}x`) });
  for (const name of ['cassandra', 'kafka', 'zookeeper', 'etcd', 'scraper'])
    c.service(`data/${name}`, { clusterIP: 'None', clusterIPs: ['None'], selector: { app: name } });
  c.custom('v1', 'Service', 'data/outside', {
    spec: { type: 'ExternalName', externalName: 'db.example.com' },
    status: { loadBalancer: {} },
  });
  return scenario('benign-sharing/ended-pods', c, {
    title: 'Completed, evicted and lost pods keep an address that a running pod has; headless Services',
    source: ['kubernetes/kubernetes#98611', 'kubernetes/kubernetes#109414', 'k3s-io/k3s#13225'],
    ask: 'dash/scraper-7b59-n2k8w',
    silent: [
      'duplicate-pod-ip',
      'duplicate-service-ip',
      'stale-endpoint',
      'stale-holder',
      'terminating-holder',
      'ipam-leak',
      'pool-nearly-full',
    ],
    quiet: ['172.16.206.237', '172.16.205.60', 'batch/mysqldump-28372-x5m2p', 'shop/api-6d9f-old2x', 'service/data/kafka'],
    notes: 'An ended pod’s address is history, whatever word stands for its phase; no endpoint points at one.',
  });
}

/** N07: every guest believes to be 10.0.2.2. */
function masqueradedGuests(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n}.0/24` });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  for (const n of [1, 2, 3]) {
    const podIP = `10.244.${n}.80`;
    c.pod(`vms/virt-launcher-vm-${n}-a${n}b2c`, {
      node: `worker-${n}`,
      ip: podIP,
      age: '12d',
      container: 'compute',
      owner: `VirtualMachineInstance/vm-${n}`,
      labels: { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': `vm-${n}` },
      annotations: {
        'kubevirt.io/domain': `vm-${n}`,
        'k8s.v1.cni.cncf.io/network-status': JSON.stringify([{ name: 'cbr0', interface: 'eth0', ips: [podIP], default: true, dns: {} }]),
      },
    });
    c.custom('kubevirt.io/v1', 'VirtualMachineInstance', `vms/vm-${n}`, {
      spec: { domain: { devices: { interfaces: [{ name: 'default', masquerade: {} }] } }, networks: [{ name: 'default', pod: {} }] },
      status: {
        phase: 'Running',
        nodeName: `worker-${n}`,
        interfaces: [{ name: 'default', ipAddress: '10.0.2.2', ipAddresses: ['10.0.2.2'], infoSource: 'domain, guest-agent' }],
      },
    });
  }
  return scenario('benign-sharing/masqueraded-guests', c, {
    title: 'KubeVirt guests behind masquerade, all with 10.0.2.2 inside',
    source: ['kubevirt/kubevirt#10171'],
    ask: 'vms/virt-launcher-vm-1-a1b2c',
    silent: ['duplicate-pod-ip', 'duplicate-secondary-ip', 'pod-ip-outside-pod-ranges'],
    quiet: ['10.0.2.2', 'vms/virt-launcher-vm-1-a1b2c', 'vms/virt-launcher-vm-2-a2b2c'],
    notes: 'What a guest sees is not what its pod has.',
  });
}

/** N14: first and last address of a block are addresses like any other. */
function firstAndLast(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { tunnels: { 'worker-1': '10.42.1.5', 'worker-2': '10.42.2.5', 'worker-3': '10.42.3.5' } });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('web/zero-5c-x2vbn', { node: 'worker-1', ip: '10.42.1.0', age: '9d', owner: 'ReplicaSet/zero-5c' });
  c.pod('web/last-5c-x2vbn', { node: 'worker-1', ip: '10.42.1.63', age: '9d', owner: 'ReplicaSet/last-5c' });
  c.pod('web/cast-5c-x2vbn', { node: 'worker-3', ip: '10.42.3.255', age: '9d', owner: 'ReplicaSet/cast-5c' });
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3', '10.42.3.192/26': 'worker-3' },
  });
  return scenario('calico/first-and-last-address', c, {
    title: 'Calico gives out .0, .63 and .255',
    source: ['projectcalico/calico#1710', 'projectcalico/calico#3825'],
    ask: 'web/zero-5c-x2vbn',
    silent: [
      'pod-ip-equals-infrastructure-ip',
      'pod-ip-outside-pod-ranges',
      'ipam-in-use-not-allocated',
      'pod-range-overlaps-node-network',
    ],
    quiet: ['10.42.1.0', '10.42.1.63', '10.42.3.255', 'web/zero-5c-x2vbn'],
    notes: 'Routed /32s have no network and no broadcast address.',
  });
}

/** N22: a management cluster with the descriptions of others, all with its own ranges. */
function otherClusters(): Scenario {
  const c = plain({ version: '1.31.4' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  for (const name of ['berlin', 'oslo', 'turin']) {
    c.custom('cluster.x-k8s.io/v1beta1', 'Cluster', `fleet/${name}`, {
      spec: {
        clusterNetwork: { pods: { cidrBlocks: ['10.244.0.0/16'] }, services: { cidrBlocks: ['10.96.0.0/12'] } },
        controlPlaneEndpoint: { host: '198.51.100.20', port: 6443 },
      },
      status: { phase: 'Provisioned' },
    });
    c.custom('cluster.x-k8s.io/v1beta1', 'Machine', `fleet/${name}-cp-1`, {
      spec: { clusterName: name },
      status: { addresses: [{ type: 'InternalIP', address: '10.20.0.10' }], nodeRef: { kind: 'Node', name: 'cp-1' }, phase: 'Running' },
    });
    c.configMap(`fleet/${name}-kubeadm-config`, {
      ClusterConfiguration: 'networking:\n  podSubnet: 10.244.0.0/16\n  serviceSubnet: 10.96.0.0/12\n',
      'net-conf.json': '{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan"}}',
    });
  }
  return scenario('no-conflict/other-clusters', c, {
    title: 'A management cluster that describes others with the same ranges',
    source: ['flannel-io/flannel#1326'],
    ask: 'web/front-59c7-m8wzn',
    silent: [
      'overlapping-pools',
      'overlapping-node-ranges',
      'duplicate-node-ip',
      'cluster-cidr-mismatch',
      'pod-range-overlaps-node-network',
    ],
    notes: 'Ranges count within one cluster.',
  });
}

/** N32: coredns started before the CNI came, on the runtime's bridge; each address once. */
function dnsBeforeCni(): Scenario {
  const c = plain({ workers: 2, runtime: 'cri-o://1.28.2', version: '1.28.4', age: '4d' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { age: '95h' });
  crowd(c, lan244, [1, 2]);
  for (const [ref, ip] of [
    ['kube-system/coredns-6c8d-7bqtx', '10.85.0.2'],
    ['kube-system/coredns-6c8d-zk4pv', '10.85.0.3'],
  ] as const)
    c.pod(ref, {
      node: 'cp-1',
      ip,
      age: '4d',
      owner: 'ReplicaSet/coredns-6c8d',
      labels: { 'k8s-app': 'kube-dns' },
    });
  c.service('kube-system/kube-dns', {
    clusterIP: '10.96.0.10',
    port: 53,
    selector: { 'k8s-app': 'kube-dns' },
    pods: ['kube-system/coredns-6c8d-7bqtx', 'kube-system/coredns-6c8d-zk4pv'],
  });
  for (const pod of c.objects.values()) {
    const meta = pod['metadata'] as { namespace?: string; creationTimestamp: string };
    if (pod['kind'] === 'Pod' && meta.namespace === 'web') meta.creationTimestamp = c.at('2d');
  }
  return scenario('benign-sharing/dns-before-cni', c, {
    title: 'coredns is older than the CNI and still on the runtime’s bridge; no pair yet',
    source: ['cri-o/cri-o#2885'],
    silent: ['multiple-cnis', 'duplicate-pod-ip', 'pod-ip-outside-pod-ranges', 'pod-ip-in-runtime-default-range', 'cluster-cidr-mismatch'],
    cause: ['no-conflict', 'benign-sharing', 'cni-bypassed'],
    not: ['multiple-cnis', 'cluster-cidr-mismatch', 'ipam-state-corrupt'],
    find: [{ id: 'pod-ip-in-runtime-default-range', severity: 'info', optional: true }],
    ask: 'web/front-59c7-m8wzn',
    notes: 'Worth a remark and the advice to recreate them; two pods on one node, each with its own address.',
  });
}

/** N39: host-local keeps its files on a tmpfs, and the node rebooted. */
function stateOnTmpfs(): Scenario {
  const c = plain({ on: { 'worker-2': { readySince: '35m' } } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { on: { 'worker-2': { restarts: 3, ended: '34m', exitCode: 255 } } });
  const conf = c.objects.get('v1|ConfigMap|kube-flannel/kube-flannel-cfg')!['data'] as Record<string, string>;
  conf['cni-conf.json'] =
    '{"name":"cbr0","cniVersion":"0.3.1","plugins":[{"type":"flannel","delegate":{"hairpinMode":true,"isDefaultGateway":true,"ipam":{"type":"host-local","dataDir":"/run/cni/ipam-state"}}},{"type":"portmap","capabilities":{"portMappings":true}}]}';
  crowd(c, lan244);
  for (const [n, name] of ['queue-0', 'queue-1', 'queue-2'].entries())
    c.pod(`jobs/${name}`, {
      node: 'worker-2',
      ip: `10.244.2.${5 + n}`,
      age: '8d',
      owner: 'StatefulSet/queue',
      restarts: 1,
      ended: '33m',
      exitCode: 255,
    });
  c.event('Node/worker-2', {
    reason: 'Rebooted',
    message: 'Node worker-2 has been rebooted, boot id: 6f1c3e0a-77f2-4a0e-8f61-0f2f4d2b6c11',
    age: '35m',
  });
  c.event('Node/worker-2', { reason: 'Starting', message: 'Starting kubelet.', type: 'Normal', age: '35m' });
  return scenario('host-local/state-on-tmpfs', c, {
    title: 'host-local’s files lie on a tmpfs and went with a reboot, as did the pods’ sandboxes',
    source: ['containernetworking/cni#26'],
    ask: 'jobs/queue-1',
    not: ['ipam-state-corrupt', 'cni-agent-unhealthy', 'node-reregistered'],
    silent: ['cni-agent-unhealthy', 'duplicate-pod-ip', 'ipam-leak', 'cni-log-error', 'duplicate-node-identity'],
    quiet: ['node/worker-2', 'jobs/queue-1'],
    notes: 'Sandboxes and records were lost together: all addresses were given anew, each once.',
  });
}

/** N02 on a secondary network, with services of the infrastructure, and on a node that is gone. */
function historyOfAddresses(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { tunnels: { 'worker-1': '10.42.1.5', 'worker-2': '10.42.2.5', 'worker-3': '10.42.3.5' } });
  agents.multus(c);
  agents.whereabouts(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  attachment(c, 'lab/storage', { type: 'macvlan', master: 'ens5', ipam: { type: 'whereabouts', range: '192.168.7.0/24' } });
  c.pod('lab/copy-1-x2vbn', {
    node: 'worker-1',
    ip: '10.42.1.30',
    age: '3d',
    phase: 'Succeeded',
    owner: 'Job/copy-1',
    annotations: attached('10.42.1.30', { 'lab/storage': '192.168.7.9' }),
  });
  c.pod('lab/serve-0', {
    node: 'worker-3',
    ip: '10.42.3.30',
    age: '2d',
    owner: 'StatefulSet/serve',
    annotations: attached('10.42.3.30', { 'lab/storage': '192.168.7.9' }),
  });
  whereaboutsPool(c, '192.168.7.0/24', { '9': 'lab/serve-0' });
  c.pod('lab/old-tunnel-q9', {
    node: 'worker-1',
    ip: '10.42.2.5',
    age: '60d',
    phase: 'Failed',
    reason: 'Evicted',
    owner: 'ReplicaSet/old',
  });
  c.pod('lab/old-node-q8', { node: 'worker-1', ip: '10.20.0.12', age: '60d', phase: 'Failed', reason: 'Evicted', owner: 'ReplicaSet/old' });
  c.pod('lab/old-service-q7', { node: 'worker-1', ip: '10.96.71.4', age: '60d', phase: 'Succeeded', owner: 'Job/old' });
  c.pod('lab/lost-q6', { node: 'worker-9', ip: '10.42.3.1', age: '90d', phase: 'Failed', reason: 'NodeLost', owner: 'ReplicaSet/old' });
  c.pod('lab/bridge-q5', { node: 'worker-2', ip: '172.17.0.2', age: '300d', phase: 'Succeeded', owner: 'Job/older' });
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  return scenario('benign-sharing/history-of-addresses', c, {
    title: 'Ended pods whose address now is a tunnel’s, a node’s, a Service’s or another pod’s second one',
    source: ['kubernetes/kubernetes#98611', 'projectcalico/calico#7582'],
    ask: 'lab/serve-0',
    silent: [
      'duplicate-pod-ip',
      'duplicate-secondary-ip',
      'pod-ip-equals-node-ip',
      'pod-ip-equals-service-ip',
      'pod-ip-equals-infrastructure-ip',
      'pod-ip-in-other-node-range',
      'pod-ip-outside-pod-ranges',
      'pod-ip-in-runtime-default-range',
      'ipam-in-use-not-allocated',
      'stale-holder',
      'multiple-cnis',
    ],
    quiet: ['lab/serve-0', 'lab/copy-1-x2vbn', 'tunnel/worker-2', 'node/worker-2'],
    notes: 'None of the ended pods holds anything.',
  });
}

/** I51 on RKE: Canal, one /24 for all nodes, and nothing of the control plane in pods. */
function oneRangeForFive(): Scenario {
  const c = plain({
    workers: 4,
    version: '1.16.3',
    podCIDR: (n) => (n === 0 ? '10.2.225.0/24' : []),
    age: '3h',
    on: Object.fromEntries([1, 2, 3, 4].map((n) => [`worker-${n}`, { ready: 'False' as const, readySince: '3h' }])),
  });
  c.daemonSet('kube-system/canal', {
    image: 'rancher/calico-node:v3.8.1',
    container: 'calico-node',
    labels: { 'k8s-app': 'canal' },
    env: { USE_POD_CIDR: 'true' },
    on: Object.fromEntries(
      [1, 2, 3, 4].map((n) => [`worker-${n}`, { waiting: 'CrashLoopBackOff', restarts: 30, ended: '2m', ready: false }]),
    ),
  });
  c.configMap('kube-system/canal-config', {
    cni_network_config: '{"name":"k8s-pod-network","plugins":[{"type":"calico","ipam":{"type":"host-local","subnet":"usePodCidr"}}]}',
    'net-conf.json': '{"Network":"10.2.225.0/24","Backend":{"Type":"vxlan"}}',
  });
  for (const node of c.nodes.slice(1))
    c.event(`Node/${node}`, {
      reason: 'CIDRNotAvailable',
      message: `Node ${node} status is now: CIDRNotAvailable`,
      type: 'Normal',
      first: '3h',
      age: '1m',
      count: 210,
    });
  c.pod('kube-system/coredns-6c8d-7bqtx', { node: 'cp-1', ip: '10.2.225.2', age: '3h', owner: 'ReplicaSet/coredns-6c8d' });
  c.pod('web/front-59c7-m8wzn', { node: 'worker-2', creating: true, age: '2h', owner: 'ReplicaSet/front-59c7' });
  c.service('default/kubernetes', { clusterIP: '10.43.0.1', port: 443, selector: null, age: '3h' });
  return scenario('node-cidr-exhausted/one-range-for-five', c, {
    title: 'A cluster range as large as one node’s range, and five nodes',
    source: ['kubernetes/kubernetes#85866'],
    ask: 'node/worker-2',
    cause: ['node-cidr-exhausted'],
    not: ['node-cidr-missing', 'cni-agent-unhealthy', 'ip-pool-exhausted', 'no-conflict', 'cluster-cidr-mismatch'],
    find: [{ id: 'node-ranges-exhausted', nodes: ['worker-2'] }],
    silent: ['overlapping-node-ranges', 'duplicate-pod-ip', 'multiple-cnis'],
    notes: 'The control plane runs outside of pods: the range is known from the CNI’s ConfigMap, the shortage from the allocator’s events.',
  });
}

/** EKS, Windows nodes: the resource controller has no address to give. */
function warmPoolEmpty(): Scenario {
  const c = vpc({
    version: '1.29.6',
    on: { 'worker-3': { labels: { 'kubernetes.io/os': 'windows' }, info: { operatingSystem: 'windows' } } },
  });
  agents.awsNode(c, 'v1.18.1', { nodes: ['cp-1', 'worker-1', 'worker-2'], nodeSelector: { 'kubernetes.io/os': 'linux' } });
  crowd(c, (w, k) => `10.61.${w}.${k + 80}`, [1, 2], '172.20.');
  c.pod('erp/legacy-6f4c-n2k8w', { node: 'worker-3', creating: true, age: '20m', owner: 'ReplicaSet/legacy-6f4c' });
  c.event('Pod/erp/legacy-6f4c-n2k8w', {
    reason: 'ResourceAllocationFailed',
    message:
      'Warm pool for resource vpc.amazonaws.com/PrivateIPv4Address is currently empty because the specified subnet does not have enough free addresses, will retry in 30s',
    first: '20m',
    age: '30s',
    count: 40,
  });
  c.sandboxFails(
    'erp/legacy-6f4c-n2k8w',
    'plugin type="vpc-bridge" name="vpc" failed (add): failed to parse Kubernetes args: failed to get pod IP address legacy-6f4c-n2k8w: error executing k8s connector: error executing connector binary: pod legacy-6f4c-n2k8w does not have label vpc.amazonaws.com/PrivateIPv4Address',
  );
  return scenario('ip-pool-exhausted/windows-warm-pool', c, {
    title: 'EKS on Windows: the subnet has nothing left for the warm pool',
    ask: 'erp/legacy-6f4c-n2k8w',
    cause: ['ip-pool-exhausted'],
    not: ['cni-agent-unhealthy', 'ipam-leak', 'no-conflict', 'node-cidr-missing'],
    find: [{ id: ['pool-exhausted', 'sandbox-creation-failing'], holders: ['erp/legacy-6f4c-n2k8w'] }],
    silent: ['cni-agent-missing', 'cni-agent-unhealthy', 'node-range-missing'],
    notes: 'No aws-node belongs on a Windows node; the message of the controller names the subnet.',
  });
}

/** The look-alike of an allocator that starts anew: both pods are older than its start, and the release has the fix. */
function startedAfterBoth(): Scenario {
  const c = plain({ version: '1.32.2' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.antrea(c, 'v2.7.0', { on: { 'worker-2': { restarts: 1, ended: '6m', exitCode: 255 } } });
  crowd(c, lan244);
  c.pod('pay/ledger-0', { node: 'worker-2', ip: '10.244.2.19', age: '11d', owner: 'StatefulSet/ledger', ready: false });
  c.pod('pay/report-84f7-xz9wq', { node: 'worker-2', ip: '10.244.2.19', age: '8d', owner: 'ReplicaSet/report-84f7' });
  return scenario('antrea/started-after-both', c, {
    title: 'A pair on one node, and an agent that started after both of them',
    ask: 'pay/report-84f7-xz9wq',
    cause: ['inconclusive', 'ipam-state-corrupt'],
    not: ['node-cidr-overlap', 'cni-agent-unhealthy', 'allocation-race', 'static-ip-conflict', 'cni-version-mismatch'],
    find: [{ id: 'duplicate-pod-ip', address: '10.244.2.19', holders: ['pay/ledger-0', 'pay/report-84f7-xz9wq'] }],
    noBug: true,
    silent: ['cni-agent-unhealthy'],
    notes: 'The restart is an effect at most; the release is one with the fix.',
  });
}

/** Cilium’s own addresses lie in the nodes’ ranges, and nobody else has them. */
function ingressHealthy(): Scenario {
  const c = plain({ version: '1.31.8', podCIDR: (n) => `10.24.${n}.0/24` });
  c.controlPlane({ podRange: '10.24.0.0/16' });
  cilium(c, {
    ipam: 'kubernetes',
    config: { 'enable-ingress-controller': 'true', 'enable-gateway-api': 'true' },
    ranges: Object.fromEntries(c.nodes.map((node, n) => [node, [`10.24.${n}.0/24`]])),
    router: Object.fromEntries(c.nodes.map((node, n) => [node, `10.24.${n}.200`])),
    specs: Object.fromEntries(c.nodes.map((node, n) => [node, { ingress: { ipv4: `10.24.${n}.7` }, health: { ipv4: `10.24.${n}.8` } }])),
    on: { 'worker-1': { restarts: 9, ended: '41d' } },
  });
  crowd(c, (w, k) => `10.24.${w}.${k + 30}`);
  c.pod('batch/nightly-29-k2m8x', { node: 'worker-1', ip: '10.24.1.7', age: '3d', phase: 'Succeeded', owner: 'Job/nightly-29' });
  return scenario('cilium/ingress-addresses', c, {
    title: 'Cilium with Ingress and Gateway API; a completed pod once had the Ingress address',
    ask: 'web/front-59c7-m8wzn',
    silent: [
      'pod-ip-equals-infrastructure-ip',
      'pod-range-overlaps-node-network',
      'cni-agent-unhealthy',
      'duplicate-pod-ip',
      'overlapping-node-ranges',
    ],
    quiet: ['10.24.1.7', 'tunnel/worker-1', 'batch/nightly-29-k2m8x'],
    notes: 'Router, health and Ingress take addresses out of the node’s own range by design.',
  });
}

/** A Weave peer came back without its memory; nothing is held twice. */
function peerForgot(): Scenario {
  const c = plain({ podCIDR: null, version: '1.20.11' });
  c.controlPlane({ podRange: '10.32.0.0/12' });
  agents.weave(c, '10.32.0.0/12', { on: { 'worker-3': { restarts: 1, ended: '3d' } } });
  crowd(c, (w, k) => `10.32.${w * 16}.${k + 3}`);
  c.log(
    `${c.daemonPod('kube-system/weave-net', 'worker-3')}/weave`,
    'DEBU: 2026/03/08 09:29:59.239039 [kube-peers] Checking peer "ea:1b:0a:14:00:0d" against list &{[]}',
    'Peer not in list; removing persisted data',
    'INFO: 2026/03/08 09:30:02.330218 weave  2.6.5',
  );
  return scenario('weave/peer-came-back', c, {
    title: 'A Weave peer that was reclaimed joined again; no address is held twice',
    ask: 'web/store-7b6d-c9jxp',
    not: ['ipam-state-corrupt', 'node-identity-clash', 'cni-agent-unhealthy', 'node-cidr-missing'],
    silent: ['node-range-missing', 'duplicate-pod-ip', 'duplicate-node-identity', 'cni-agent-unhealthy', 'pod-ip-in-other-node-range'],
    notes: 'The message is three days old and no pair exists.',
  });
}

/** The Service range was changed; former addresses go on to work until their Services are made anew. */
function servicesOfAFormerRange(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16', serviceRange: '10.112.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1, 2, 3], '10.112.');
  c.service('old/intake', { clusterIP: '10.96.40.9', age: '200d', selector: { app: 'intake' } });
  c.service('old/ledger', { clusterIP: '10.96.40.10', age: '200d', selector: { app: 'ledger' } });
  c.service('edge/gate', {
    type: 'LoadBalancer',
    clusterIP: '10.112.9.1',
    loadBalancer: '192.0.2.44',
    port: 80,
    selector: { app: 'gate' },
    annotations: { 'metallb.io/allow-shared-ip': 'edge' },
  });
  c.service('edge/gate-tls', {
    type: 'LoadBalancer',
    clusterIP: '10.112.9.2',
    loadBalancer: '192.0.2.44',
    port: 443,
    selector: { app: 'gate' },
    annotations: { 'metallb.io/allow-shared-ip': 'edge' },
  });
  c.event('Service/old/intake', {
    reason: 'ClusterIPOutOfRange',
    message: 'Cluster IP [IPv4]:10.96.40.9 is not within the configured Service CIDR; please recreate service',
    age: '3m',
    count: 90,
  });
  return scenario('no-conflict/services-of-a-former-range', c, {
    title: 'Services with addresses of the former Service range, and two that share one by key',
    ask: 'web/front-59c7-m8wzn',
    silent: ['duplicate-service-ip', 'pod-ip-equals-service-ip', 'pod-range-overlaps-service-range', 'stale-endpoint'],
    quiet: ['10.96.40.9', '192.0.2.44', 'service/edge/gate', 'service/edge/gate-tls'],
    notes: 'To be made anew, but nobody else has these addresses.',
  });
}

/** N32 under docker: the dashboard and DNS came up before flannel, on docker0; their addresses differ. */
function dockerBeforeCni(): Scenario {
  const c = plain({ workers: 2, runtime: 'docker://20.10.8', version: '1.22.1', age: '2d' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { age: '47h' });
  crowd(c, lan244, [1, 2]);
  for (const [n, ref] of ['kube-system/coredns-6c8d-7bqtx', 'kube-system/coredns-6c8d-zk4pv', 'dash/board-5f-k2m8x'].entries())
    c.pod(ref, {
      node: n === 2 ? 'worker-1' : 'cp-1',
      ip: `172.17.0.${n + 2}`,
      age: '48h',
      owner: `ReplicaSet/${ref.split('/')[1]!.split('-').slice(0, 2).join('-')}`,
      ...(n < 2 ? { labels: { 'k8s-app': 'kube-dns' } } : {}),
    });
  for (const pod of c.objects.values()) {
    const meta = pod['metadata'] as { namespace?: string; creationTimestamp: string };
    if (pod['kind'] === 'Pod' && meta.namespace === 'web') meta.creationTimestamp = c.at('1d');
  }
  return scenario('flannel/docker-before-cni', c, {
    title: 'Pods older than flannel on docker’s bridge, each with an address of its own',
    source: ['cri-o/cri-o#2885'],
    ask: 'dash/board-5f-k2m8x',
    cause: ['no-conflict', 'benign-sharing', 'cni-bypassed'],
    not: ['multiple-cnis', 'cluster-cidr-mismatch', 'ipam-state-corrupt', 'node-cidr-overlap'],
    silent: ['multiple-cnis', 'duplicate-pod-ip', 'pod-ip-outside-pod-ranges', 'pod-ip-in-runtime-default-range'],
    notes: 'Latent: it becomes a conflict with the next pod on the other node’s bridge; until then a remark.',
  });
}

/** AWS: more pods than the instance’s interfaces have addresses. */
function interfacesFull(): Scenario {
  const c = vpc({ version: '1.30.4', on: { 'worker-2': { maxPods: 110, labels: { 'node.kubernetes.io/instance-type': 't3.medium' } } } });
  agents.awsNode(c, 'v1.18.5');
  crowd(c, (w, k) => `10.61.${w}.${k + 80}`, [1, 2, 3], '172.20.');
  for (let n = 0; n < 15; n++)
    c.pod(`load/gen-6c5-p${String(n).padStart(2, '0')}xq`, {
      node: 'worker-2',
      ip: `10.61.2.${100 + n}`,
      age: '1d',
      owner: 'ReplicaSet/gen-6c5',
    });
  c.pod('load/gen-6c5-late1', { node: 'worker-2', creating: true, age: '30m', owner: 'ReplicaSet/gen-6c5' });
  c.sandboxFails(
    'load/gen-6c5-late1',
    'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
  );
  c.log(
    `${c.daemonPod('kube-system/aws-node', 'worker-2')}/aws-node`,
    '{"level":"error","ts":"2026-03-11T09:27:44.502Z","caller":"datastore/data_store.go:613","msg":"DataStore has no available IP/Prefix addresses"}',
  );
  return scenario('aws-vpc-cni/interfaces-full', c, {
    title: 'AWS: the instance’s interfaces have no address left',
    ask: 'load/gen-6c5-late1',
    cause: ['ip-pool-exhausted'],
    not: ['cni-agent-unhealthy', 'ipam-leak', 'ipam-state-corrupt', 'no-conflict', 'node-cidr-exhausted'],
    find: [{ id: 'sandbox-creation-failing', holders: ['load/gen-6c5-late1'] }],
    silent: ['cni-agent-unhealthy', 'ipam-leak', 'duplicate-pod-ip'],
    notes: 'Kubelet believes in 110 pods, the interfaces in 17.',
  });
}

/** "No available address", of a subnet with sixty thousand free ones. */
function requestedAddressTaken(): Scenario {
  const c = ovnCluster('v1.12.8');
  c.pod('web/cache-79d4-lq8mn', { node: 'worker-3', ip: '10.16.3.77', age: '6d', owner: 'ReplicaSet/cache-79d4' });
  c.pod('db/oracle-0', {
    node: 'worker-1',
    creating: true,
    age: '48m',
    owner: 'StatefulSet/oracle',
    annotations: { 'ovn.kubernetes.io/ip_address': '10.16.3.77', 'ovn.kubernetes.io/logical_switch': 'ovn-default' },
  });
  c.event('Pod/db/oracle-0', { reason: 'AcquireAddressFailed', message: 'NoAvailableAddress', first: '48m', age: '1m', count: 31 });
  c.sandboxFails(
    'db/oracle-0',
    'plugin type="kube-ovn" failed (add): RPC failed; request ip return 500 no address allocated to pod db/oracle-0 provider ovn, please see kube-ovn-controller logs to find errors',
    { first: '48m', age: '30s', count: 190 },
  );
  c.log(
    'kube-system/kube-ovn-controller-5bd8c-vt2kx/kube-ovn-controller',
    'E0311 09:27:15.526679       1 pod.go:1153] static address 10.16.3.77 for db/oracle-0 has been assigned to web/cache-79d4-lq8mn',
    'E0311 09:27:15.526696       1 pod.go:1170] alloc address for db/oracle-0 failed, return NoAvailableAddress',
  );
  kubeOvnIpam(c, [OVN_DEFAULT, JOIN]);
  return scenario('static-ip-conflict/no-available-address', c, {
    title: 'Kube-OVN: a requested address is taken, and the event speaks of none being available',
    source: ['kubeovn/kube-ovn#1436'],
    ask: 'db/oracle-0',
    cause: ['static-ip-conflict'],
    not: ['ip-pool-exhausted', 'ipam-leak', 'cni-agent-unhealthy', 'ipam-state-corrupt', 'no-conflict'],
    find: [{ id: ['static-ip-conflict', 'sandbox-creation-failing'], holders: ['db/oracle-0'] }],
    silent: ['pool-exhausted', 'pool-nearly-full', 'duplicate-pod-ip', 'cni-agent-unhealthy', 'ipam-leak'],
    notes: 'The subnet has room; only the address that the annotation asks for is held by another pod.',
  });
}

/** The collector takes a pod of the same name for the one that is gone. */
function sameNameCollected(): Scenario {
  const c = plain({ version: '1.27.7' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  agents.multus(c);
  c.daemonSet('kube-system/spiderpool-agent', { image: 'ghcr.io/spidernet-io/spiderpool/spiderpool-agent:v0.7.0' });
  c.workload('Deployment', 'kube-system/spiderpool-controller', { image: 'ghcr.io/spidernet-io/spiderpool/spiderpool-controller:v0.7.0' });
  c.pod('kube-system/spiderpool-controller-7f6c-m2nbd', {
    node: 'worker-1',
    hostNetwork: true,
    ip: '10.20.0.11',
    container: 'spiderpool-controller',
    image: 'ghcr.io/spidernet-io/spiderpool/spiderpool-controller:v0.7.0',
    owner: 'ReplicaSet/spiderpool-controller-7f6c',
    age: '60d',
  });
  crowd(c, lan244);
  attachment(c, 'radio/vlan-69', { type: 'macvlan', master: 'ens9', ipam: { type: 'spiderpool', default_ipv4_ippool: ['vlan-69'] } });
  c.pod('radio/cell-2', {
    node: 'worker-1',
    ip: '10.244.1.70',
    age: '21m',
    owner: 'StatefulSet/cell',
    annotations: attached('10.244.1.70', { 'radio/vlan-69': '10.82.69.128' }),
  });
  c.pod('radio/burst-8654-qs28c', {
    node: 'worker-3',
    ip: '10.244.3.71',
    age: '20m',
    owner: 'ReplicaSet/burst-8654',
    annotations: attached('10.244.3.71', { 'radio/vlan-69': '10.82.69.128' }),
  });
  c.custom('spiderpool.spidernet.io/v2beta1', 'SpiderIPPool', 'vlan-69', {
    spec: { ipVersion: 4, subnet: '10.82.69.0/24', ips: ['10.82.69.100-10.82.69.200'] },
    status: {
      totalIPCount: 101,
      allocatedIPCount: 1,
      allocatedIPs: JSON.stringify({ '10.82.69.128': { pod: 'radio/burst-8654-qs28c', podUid: 'a43cea02-9b05-4df9-843b-f6d59cee31fa' } }),
    },
  });
  c.log(
    'kube-system/spiderpool-controller-7f6c-m2nbd/spiderpool-controller',
    '{"level":"INFO","ts":"2026-03-11T09:09:37.325Z","logger":"IP-GarbageCollection","caller":"gcmanager/scanAll_IPPool.go:278","msg":"release ip \'10.82.69.128\' successfully","podNS":"radio","podName":"cell-2","gc-reason":"IPPoolAllocation pod UID is different with pod UID"}',
  );
  return scenario('spiderpool/same-name-collected', c, {
    title: 'Spiderpool: the collector frees the address of a StatefulSet pod that was made anew',
    source: ['spidernet-io/spiderpool#2526', 'spidernet-io/spiderpool#1187'],
    ask: 'radio/cell-2',
    cause: ['ipam-state-corrupt'],
    not: ['secondary-ipam-not-cluster-wide', 'static-ip-conflict', 'ip-pool-overlap', 'node-cidr-overlap', 'no-conflict'],
    find: [{ id: 'duplicate-secondary-ip', address: '10.82.69.128', holders: ['radio/cell-2', 'radio/burst-8654-qs28c'] }],
    silent: ['duplicate-pod-ip', 'pool-exhausted'],
    notes: 'The log says that the address was released for a UID that differs; the pool knows the later holder only. podIPs are clean.',
  });
}

/** A virtual machine’s address is kept while it is off, and given on all the same. */
function keptForTheMachine(): Scenario {
  const c = ovnCluster('v1.11.2');
  c.pod('tenant/virt-launcher-erp-7kq2v', {
    node: 'worker-3',
    ip: '10.16.1.60',
    age: '25m',
    owner: 'VirtualMachineInstance/erp',
    labels: { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': 'erp' },
    container: 'compute',
  });
  c.pod('kubevirt/virt-handler-pfn4r', { node: 'worker-1', ip: '10.16.1.60', age: '5h', owner: 'DaemonSet/virt-handler' });
  c.custom('kubevirt.io/v1', 'VirtualMachine', 'tenant/erp', { spec: { running: true }, status: { printableStatus: 'Running' } }, '70d');
  c.custom('kubevirt.io/v1', 'VirtualMachineInstance', 'tenant/erp', { status: { phase: 'Running', nodeName: 'worker-3' } }, '25m');
  kubeOvnIpam(c, [OVN_DEFAULT, JOIN], { omit: ['tenant/virt-launcher-erp-7kq2v'] });
  c.custom(
    'kubeovn.io/v1',
    'IP',
    'erp.tenant',
    {
      spec: {
        podName: 'erp',
        namespace: 'tenant',
        subnet: 'ovn-default',
        nodeName: 'worker-3',
        ipAddress: '10.16.1.60',
        v4IpAddress: '10.16.1.60',
        v6IpAddress: '',
        podType: 'VirtualMachine',
      },
    },
    '70d',
  );
  return scenario('kube-ovn/kept-for-the-machine', c, {
    title: 'Kube-OVN and KubeVirt: the kept address of a machine that was off went to a pod',
    source: ['kubeovn/kube-ovn#2486'],
    ask: 'tenant/virt-launcher-erp-7kq2v',
    cause: ['ipam-state-corrupt'],
    not: ['benign-sharing', 'no-conflict', 'static-ip-conflict', 'node-cidr-overlap', 'ipam-leak', 'ip-pool-overlap'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.16.1.60', holders: ['tenant/virt-launcher-erp-7kq2v', 'kubevirt/virt-handler-pfn4r'] },
      { id: 'ipam-double-allocation', address: '10.16.1.60', optional: true },
    ],
    silent: ['ipam-leak'],
    notes: 'No migration: one is no virt-launcher at all. Two records stand for one address.',
  });
}

/** Whereabouts moved to another namespace with an upgrade, and began with an empty pool. */
function poolMoved(): Scenario {
  const c = plain({ version: '1.28.9' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  agents.multus(c);
  agents.whereabouts(c, 'v0.7.0');
  crowd(c, lan244);
  attachment(c, 'core/n6', { type: 'ipvlan', master: 'ens5', ipam: { type: 'whereabouts', range: '192.168.5.0/24' } });
  for (const [n, age, ip] of [
    [1, '40d', '192.168.5.1'],
    [2, '40d', '192.168.5.2'],
    [3, '90m', '192.168.5.1'],
  ] as const)
    c.pod(`core/upf-${n}`, {
      node: `worker-${n}`,
      ip: `10.244.${n}.60`,
      age,
      owner: `StatefulSet/upf${n === 3 ? '-b' : ''}`,
      annotations: attached(`10.244.${n}.60`, { 'core/n6': ip }),
    });
  whereaboutsPool(c, '192.168.5.0/24', { '1': 'core/upf-3' }, '95m');
  return scenario('whereabouts/store-begun-anew', c, {
    title: 'Whereabouts: the pool was made anew under running pods',
    ask: 'core/upf-3',
    cause: ['ipam-state-corrupt'],
    not: ['secondary-ipam-not-cluster-wide', 'static-ip-conflict', 'allocation-race', 'ip-pool-overlap', 'no-conflict'],
    find: [{ id: 'duplicate-secondary-ip', address: '192.168.5.1', holders: ['core/upf-1', 'core/upf-3'] }],
    silent: ['duplicate-pod-ip'],
    noBug: true,
    notes: 'The IPPool is younger than the elder pods and does not know them; they are not a race, since they are weeks apart.',
  });
}

/** Spiderpool: no address left, and a third of the records stand for nobody. */
function spiderpoolLeak(): Scenario {
  const c = plain({ version: '1.28.7' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  agents.multus(c);
  c.daemonSet('kube-system/spiderpool-agent', { image: 'ghcr.io/spidernet-io/spiderpool/spiderpool-agent:v0.9.2' });
  crowd(c, lan244);
  attachment(c, 'radio/vlan-70', { type: 'macvlan', master: 'ens9', ipam: { type: 'spiderpool', default_ipv4_ippool: ['vlan-70'] } });
  for (const n of [1, 2, 3])
    c.pod(`radio/cell-${n}`, {
      node: `worker-${n}`,
      ip: `10.244.${n}.70`,
      age: '21d',
      owner: 'StatefulSet/cell',
      annotations: attached(`10.244.${n}.70`, { 'radio/vlan-70': `10.82.70.1${n}` }),
    });
  c.pod('radio/burst-6f-late1', {
    node: 'worker-1',
    creating: true,
    age: '14m',
    owner: 'ReplicaSet/burst-6f',
    annotations: { 'k8s.v1.cni.cncf.io/networks': 'radio/vlan-70' },
  });
  c.sandboxFails(
    'radio/burst-6f-late1',
    'plugin type="multus" name="multus-cni-network" failed (add): [radio/burst-6f-late1:vlan-70]: error adding container to network "vlan-70": spiderpool IP allocation error: [POST /ipam/ip][500] postIpamIpFailure failed to allocate IP addresses in standard mode: failed to allocate any IPv4 IPAddress from IPPools [vlan-70], err: all IP addresses used out',
  );
  c.custom('spiderpool.spidernet.io/v2beta1', 'SpiderIPPool', 'vlan-70', {
    spec: { ipVersion: 4, subnet: '10.82.70.0/24', ips: ['10.82.70.11-10.82.70.16'] },
    status: {
      totalIPCount: 6,
      allocatedIPCount: 6,
      allocatedIPs: JSON.stringify({
        ...Object.fromEntries([1, 2, 3].map((n) => [`10.82.70.1${n}`, { pod: `radio/cell-${n}`, podUid: `live-${n}` }])),
        ...Object.fromEntries([4, 5, 6].map((n) => [`10.82.70.1${n}`, { pod: `radio/probe-29${n}-gone${n}`, podUid: `gone-${n}` }])),
      }),
    },
  });
  return scenario('spiderpool/leaked-records', c, {
    title: 'Spiderpool: a small pool is full, half of it for pods that are gone',
    ask: 'radio/burst-6f-late1',
    cause: ['ipam-leak'],
    not: ['ip-pool-exhausted', 'cni-agent-unhealthy', 'static-ip-conflict', 'no-conflict', 'ipam-state-corrupt'],
    find: [
      { id: 'sandbox-creation-failing', holders: ['radio/burst-6f-late1'] },
      { id: 'ipam-leak', severity: ['error', 'warning'] },
    ],
    silent: ['duplicate-secondary-ip', 'cni-agent-unhealthy'],
    notes: 'Three of six records name pods that do not exist.',
  });
}

/** CNS refuses to start because it found a pair: effect, not cause. */
function cnsRefuses(): Scenario {
  const c = vpc({ version: '1.20.9', lan: '10.241.0.' });
  agents.azureCns(c, 'v1.4.15', {
    on: { 'worker-2': { waiting: 'CrashLoopBackOff', restarts: 17, ended: '2m', ready: false, exitCode: 1 } },
  });
  crowd(c, (w, k) => `10.241.0.${w * 20 + k + 20}`, [1, 2, 3], '172.20.');
  c.pod('ops/goldpinger-8f8-qq6h5', {
    node: 'worker-2',
    ip: '10.241.0.77',
    age: '5d',
    owner: 'ReplicaSet/goldpinger-8f8',
    restarts: 2,
    ended: '80m',
  });
  c.pod('ops/goldpinger-8f8-wv564', { node: 'worker-2', ip: '10.241.0.77', age: '78m', owner: 'ReplicaSet/goldpinger-8f8' });
  c.event('Node/worker-2', { reason: 'ContainerdStart', message: 'Starting containerd container runtime...', type: 'Warning', age: '81m' });
  c.event('Node/worker-2', { reason: 'Starting', message: 'Starting kubelet.', type: 'Normal', age: '81m' });
  c.log(
    `${c.daemonPod('kube-system/azure-cns', 'worker-2')}/cns-container.previous`,
    '2026/03/11 09:28:01 [1] failed to initialize CNS state: duplicate ip 10.241.0.77 found for different pods: ops/goldpinger-8f8-qq6h5, ops/goldpinger-8f8-wv564',
  );
  return scenario('azure-cns/refuses-to-start', c, {
    title: 'Azure CNS crashes because it found an address twice after containerd’s restart',
    source: ['Azure/azure-container-networking#885', 'Azure/azure-container-networking#939'],
    ask: 'ops/goldpinger-8f8-wv564',
    cause: ['ipam-state-corrupt'],
    not: ['cni-agent-unhealthy', 'node-cidr-overlap', 'allocation-race', 'cni-version-mismatch', 'pod-cidr-overlaps-node-network'],
    find: [{ id: 'duplicate-pod-ip', address: '10.241.0.77', holders: ['ops/goldpinger-8f8-qq6h5', 'ops/goldpinger-8f8-wv564'] }],
    notes: 'The runtime started anew between the two; the crash came after it.',
  });
}

/** Kube-OVN: a list of addresses in the template is shorter than the replicas. */
function listTooShort(): Scenario {
  const c = ovnCluster('v1.12.8');
  const list = { 'ovn.kubernetes.io/ip_pool': '10.16.3.253,10.16.3.254', 'ovn.kubernetes.io/logical_switch': 'ovn-default' };
  c.workload('Deployment', 'pay/clearing', { replicas: 3, annotations: list, labels: { app: 'clearing' } });
  for (const n of [1, 2])
    c.pod(`pay/clearing-68b-${n}qkzx`, {
      node: `worker-${n}`,
      ip: `10.16.3.25${n + 2}`,
      age: '6d',
      owner: 'ReplicaSet/clearing-68b',
      annotations: list,
    });
  c.pod('pay/clearing-68b-3late', { node: 'worker-3', creating: true, age: '28m', owner: 'ReplicaSet/clearing-68b', annotations: list });
  c.event('Pod/pay/clearing-68b-3late', {
    reason: 'AcquireAddressFailed',
    message: 'NoAvailableAddress',
    first: '28m',
    age: '1m',
    count: 19,
  });
  c.sandboxFails(
    'pay/clearing-68b-3late',
    'plugin type="kube-ovn" failed (add): RPC failed; request ip return 500 no address allocated to pod pay/clearing-68b-3late provider ovn, please see kube-ovn-controller logs to find errors',
  );
  c.log(
    'kube-system/kube-ovn-controller-5bd8c-vt2kx/kube-ovn-controller',
    'E0311 09:27:15.526679       1 pod.go:1153] static address 10.16.3.253 for pay/clearing-68b-3late has been assigned to pay/clearing-68b-1qkzx',
    'E0311 09:27:15.526692       1 pod.go:1153] static address 10.16.3.254 for pay/clearing-68b-3late has been assigned to pay/clearing-68b-2qkzx',
    'E0311 09:27:15.526696       1 pod.go:1170] alloc address for pay/clearing-68b-3late failed, return NoAvailableAddress',
  );
  kubeOvnIpam(c, [OVN_DEFAULT, JOIN]);
  return scenario('kube-ovn/list-too-short', c, {
    title: 'Kube-OVN: two addresses in the template, three replicas',
    source: ['kubeovn/kube-ovn#1436'],
    ask: 'pay/clearing-68b-3late',
    cause: ['static-ip-conflict', 'ip-pool-exhausted'],
    not: ['cni-agent-unhealthy', 'ipam-leak', 'ipam-state-corrupt', 'no-conflict', 'infrastructure-address-conflict'],
    find: [{ id: 'sandbox-creation-failing', holders: ['pay/clearing-68b-3late'] }],
    silent: ['duplicate-pod-ip', 'cni-agent-unhealthy', 'ipam-leak'],
    quiet: ['pay/clearing-68b-1qkzx'],
    notes: 'The two that run have what they asked for; the third finds both taken. The subnet has room.',
  });
}

/** Whereabouts twice, in two namespaces: neither sees the other’s records. */
function twoWhereabouts(): Scenario {
  const c = plain({ version: '1.29.8' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  agents.multus(c);
  agents.whereabouts(c);
  crowd(c, lan244);
  attachment(c, 'core/n6', { type: 'ipvlan', master: 'ens5', ipam: { type: 'whereabouts', range: '192.168.5.0/24' } });
  c.pod('core/smf-0', {
    node: 'worker-1',
    ip: '10.244.1.60',
    age: '40d',
    owner: 'StatefulSet/smf',
    annotations: attached('10.244.1.60', { 'core/n6': '192.168.5.1' }),
  });
  c.pod('core/amf-0', {
    node: 'worker-2',
    ip: '10.244.2.60',
    age: '2d',
    owner: 'StatefulSet/amf',
    annotations: attached('10.244.2.60', { 'core/n6': '192.168.5.1' }),
  });
  whereaboutsPool(c, '192.168.5.0/24', { '1': 'core/smf-0' });
  c.custom(
    'whereabouts.cni.cncf.io/v1alpha1',
    'IPPool',
    'openshift-multus/192.168.5.0-24',
    { spec: { range: '192.168.5.0/24', allocations: { '1': { id: 'core/amf-0-sandbox', podref: 'core/amf-0', ifname: 'net1' } } } },
    '3d',
  );
  return scenario('whereabouts/two-installations', c, {
    title: 'Whereabouts in two namespaces keeps one range in two pools',
    ask: 'core/amf-0',
    cause: ['ip-pool-overlap', 'ipam-state-corrupt', 'multiple-cnis'],
    not: ['allocation-race', 'secondary-ipam-not-cluster-wide', 'static-ip-conflict', 'inconclusive', 'no-conflict'],
    find: [{ id: 'duplicate-secondary-ip', address: '192.168.5.1', holders: ['core/smf-0', 'core/amf-0'] }],
    silent: ['duplicate-pod-ip', 'ipam-leak'],
    notes: 'Each pool is right by itself; the pods are weeks apart.',
  });
}

/** AWS: the DaemonSet was rolled out, its pods are new and have no restart to show. */
function agentsRolledOut(): Scenario {
  const c = vpc({ version: '1.27.3' });
  agents.awsNode(c, 'v1.15.3', { age: '400d', on: Object.fromEntries(c.nodes.map((node) => [node, { age: '2h' }])) });
  crowd(c, (w, k) => `10.61.${w}.${k + 80}`, [1, 2, 3], '172.20.');
  c.pod('pay/ledger-6d-aa1kd', { node: 'worker-1', ip: '10.61.1.82', age: '118m', owner: 'ReplicaSet/ledger-6d' });
  c.pod('pay/ledger-6d-bb2xq', { node: 'worker-3', ip: '10.61.3.81', age: '110m', owner: 'ReplicaSet/ledger-6d' });
  return scenario('aws-vpc-cni/agents-rolled-out', c, {
    title: 'AWS: pairs on two nodes since the agents were replaced',
    ask: 'pay/ledger-6d-aa1kd',
    cause: ['ipam-state-corrupt', 'cni-version-mismatch'],
    not: ['allocation-race', 'node-cidr-overlap', 'cni-agent-unhealthy', 'pod-cidr-overlaps-node-network', 'ip-pool-exhausted'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.61.1.82', holders: ['pay/ledger-6d-aa1kd', 'web/store-7b6d-m8wzn'] },
      { id: 'duplicate-pod-ip', address: '10.61.3.81', holders: ['pay/ledger-6d-bb2xq', 'web/front-59c7-c9jxp'] },
    ],
    silent: ['cni-agent-unhealthy', 'pod-range-overlaps-node-network', 'node-range-missing'],
    notes: 'A replaced agent is one that starts anew: what counts is when its pod was made, not a restart counter.',
  });
}

/** A restored store before anything was given out again. */
function storeRestoredQuietly(): Scenario {
  const c = plain({ podCIDR: null, version: '1.30.6' });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  const unknown = [1, 2, 3].map((n) => `bill/invoice-5c9-${n}aakd`);
  for (const [n, ref] of unknown.entries())
    c.pod(ref, { node: `worker-${n + 1}`, ip: `10.42.${n + 1}.20`, age: '20h', owner: 'ReplicaSet/invoice-5c9' });
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    omit: unknown,
  });
  return scenario('ipam-in-use-not-allocated/no-pair-yet', c, {
    title: 'Calico: pods of the last day are not on record; no address is held twice yet',
    ask: unknown[0]!,
    cause: ['ipam-state-corrupt'],
    not: ['no-conflict', 'ipam-leak', 'multiple-cnis', 'benign-sharing', 'allocation-race'],
    find: unknown.map((ref, n) => ({
      id: 'ipam-in-use-not-allocated',
      address: `10.42.${n + 1}.20`,
      holders: [ref],
      severity: ['error', 'warning'],
    })),
    exit: [0, 1],
    silent: ['duplicate-pod-ip', 'ipam-leak', 'multiple-cnis'],
    notes: 'The next pods on these nodes will get their addresses.',
  });
}

/** Guests with an interface of their own on a bridge without IPAM. */
function guestsOnABridge(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  agents.multus(c);
  crowd(c, lan244);
  attachment(c, 'vms/lan', { type: 'bridge', bridge: 'br-lan', ipam: {} });
  for (const n of [1, 2]) {
    c.pod(`vms/virt-launcher-db-${n}-k${n}m2x`, {
      node: `worker-${n}`,
      ip: `10.244.${n}.80`,
      age: '12d',
      container: 'compute',
      owner: `VirtualMachineInstance/db-${n}`,
      labels: { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': `db-${n}` },
      annotations: {
        'k8s.v1.cni.cncf.io/networks': 'vms/lan',
        'k8s.v1.cni.cncf.io/network-status': JSON.stringify([
          { name: 'cbr0', interface: 'eth0', ips: [`10.244.${n}.80`], default: true, dns: {} },
          { name: 'vms/lan', interface: 'pod1a2b3c', mac: `02:00:00:00:00:0${n}`, dns: {} },
        ]),
      },
    });
    c.custom('kubevirt.io/v1', 'VirtualMachineInstance', `vms/db-${n}`, {
      status: {
        phase: 'Running',
        nodeName: `worker-${n}`,
        interfaces: [
          { name: 'default', ipAddress: '10.0.2.2', ipAddresses: ['10.0.2.2'] },
          { name: 'lan', ipAddress: 'fe80::1', ipAddresses: ['fe80::1', '192.168.122.1'] },
        ],
      },
    });
  }
  return scenario('benign-sharing/guests-on-a-bridge', c, {
    title: 'KubeVirt guests: masquerade on one interface, a bridge without IPAM on the other',
    source: ['kubevirt/kubevirt#10171'],
    ask: 'vms/virt-launcher-db-1-k1m2x',
    silent: ['duplicate-pod-ip', 'duplicate-secondary-ip', 'per-node-ipam-on-shared-network', 'pod-ip-outside-pod-ranges'],
    quiet: ['10.0.2.2', 'fe80::1', '192.168.122.1'],
    notes: 'Nothing inside a guest is an address that Kubernetes gave.',
  });
}

/** "No available address" again, and this time it is so. */
function subnetUsedUp(): Scenario {
  const c = ovnCluster('v1.12.8');
  for (let n = 0; n < 13; n++)
    c.pod(`lot/worker-5f7-${String(n).padStart(2, '0')}kqz`, {
      node: `worker-${(n % 3) + 1}`,
      ip: `10.66.8.${n + 2}`,
      age: '9d',
      owner: 'ReplicaSet/worker-5f7',
    });
  c.pod('lot/worker-5f7-late1', { node: 'worker-2', creating: true, age: '33m', owner: 'ReplicaSet/worker-5f7' });
  c.event('Pod/lot/worker-5f7-late1', {
    reason: 'AcquireAddressFailed',
    message: 'NoAvailableAddress',
    first: '33m',
    age: '1m',
    count: 22,
  });
  c.sandboxFails(
    'lot/worker-5f7-late1',
    'plugin type="kube-ovn" failed (add): RPC failed; request ip return 500 no address allocated to pod lot/worker-5f7-late1 provider ovn, please see kube-ovn-controller logs to find errors',
  );
  kubeOvnIpam(c, [OVN_DEFAULT, JOIN, { name: 'lot', cidr: '10.66.8.0/28', available: 0, using: 13, gateway: '10.66.8.1' }]);
  return scenario('kube-ovn/subnet-used-up', c, {
    title: 'Kube-OVN: a subnet of fourteen addresses has none left',
    ask: 'lot/worker-5f7-late1',
    cause: ['ip-pool-exhausted'],
    not: ['static-ip-conflict', 'cni-agent-unhealthy', 'ipam-leak', 'no-conflict', 'ipam-state-corrupt'],
    find: [{ id: ['pool-exhausted', 'sandbox-creation-failing'] }, { id: 'sandbox-creation-failing', holders: ['lot/worker-5f7-late1'] }],
    silent: ['static-ip-conflict', 'duplicate-pod-ip', 'cni-agent-unhealthy', 'ipam-leak'],
    notes: 'All thirteen records belong to living pods, the fourteenth address is the gateway’s; the other subnet has room.',
  });
}

/** The agent refuses a sandbox, since the address is the Ingress’. */
function refusedForIngress(): Scenario {
  const c = plain({ version: '1.32.8', podCIDR: (n) => `10.24.${n}.0/24` });
  c.controlPlane({ podRange: '10.24.0.0/16' });
  cilium(c, {
    version: 'v1.18.1',
    ipam: 'kubernetes',
    config: { 'enable-gateway-api': 'true' },
    ranges: Object.fromEntries(c.nodes.map((node, n) => [node, [`10.24.${n}.0/24`]])),
    router: Object.fromEntries(c.nodes.map((node, n) => [node, `10.24.${n}.200`])),
    specs: Object.fromEntries(c.nodes.map((node, n) => [node, { ingress: { ipv4: `10.24.${n}.7` }, health: { ipv4: `10.24.${n}.8` } }])),
    on: { 'worker-1': { restarts: 1, ended: '30m' } },
  });
  crowd(c, (w, k) => `10.24.${w}.${k + 30}`);
  c.pod('ops/mailer-5d9d-8khhc', { node: 'worker-1', creating: true, age: '24m', owner: 'ReplicaSet/mailer-5d9d' });
  c.sandboxFails(
    'ops/mailer-5d9d-8khhc',
    'plugin type="cilium-cni" failed (add): unable to create endpoint: [PUT /endpoint/{id}][400] putEndpointIdInvalid  IP ipv4:10.24.1.7 is already in use',
  );
  return scenario('cilium/refused-for-ingress', c, {
    title: 'Cilium gives a pod the Ingress’ address and then refuses the sandbox',
    source: ['cilium/cilium#46799'],
    ask: 'ops/mailer-5d9d-8khhc',
    cause: ['infrastructure-address-conflict', 'ipam-state-corrupt'],
    not: ['ip-pool-exhausted', 'cni-agent-unhealthy', 'node-cidr-overlap', 'no-conflict', 'static-ip-conflict', 'allocation-race'],
    find: [{ id: 'sandbox-creation-failing', holders: ['ops/mailer-5d9d-8khhc'] }],
    silent: ['duplicate-pod-ip', 'pool-exhausted', 'cni-agent-unhealthy'],
    notes: 'The refused address stands in the CiliumNode as the Ingress’ one.',
  });
}

/** The same between two allocators: what Cilium refuses is its router’s address, which Kube-OVN gave out. */
function refusedForRouter(): Scenario {
  const c = plain({ version: '1.31.2', lan: '172.28.4.', podCIDR: (n) => `10.244.${n}.0/24` });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.kubeOvn(c, 'v1.13.13');
  cilium(c, {
    ipam: 'kubernetes',
    config: { 'cni-chaining-mode': 'generic-veth' },
    ranges: Object.fromEntries(c.nodes.map((node, n) => [node, [`10.244.${n}.0/24`]])),
    router: { 'cp-1': '10.244.0.197', 'worker-1': '10.244.1.94', 'worker-2': '10.244.2.31', 'worker-3': '10.244.3.118' },
    specs: { 'worker-2': { addresses: [{ type: 'CiliumInternalIP', ip: '10.244.2.31' }], ingress: { ipv4: '10.244.2.12' } } },
  });
  crowd(c, (w, k) => `10.244.0.${w * 10 + k}`);
  c.pod('db/mongodb-rs0-0', {
    node: 'worker-2',
    creating: true,
    age: '11m',
    owner: 'StatefulSet/mongodb-rs0',
    annotations: {
      'ovn.kubernetes.io/allocated': 'true',
      'ovn.kubernetes.io/ip_address': '10.244.2.12',
      'ovn.kubernetes.io/logical_switch': 'ovn-default',
    },
  });
  c.sandboxFails(
    'db/mongodb-rs0-0',
    'plugin type="cilium-cni" failed (add): unable to create endpoint: [PUT /endpoint/{id}][400] putEndpointIdInvalid "IP ipv4:10.244.2.12 is already in use"',
  );
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.244.0.0/16', available: 65_400, using: 20 }, JOIN]);
  return scenario('cilium/refused-behind-kube-ovn', c, {
    title: 'Cilium behind Kube-OVN refuses the Ingress’ address, which the other allocator gave out',
    source: ['cozystack/cozystack#3736'],
    ask: 'db/mongodb-rs0-0',
    cause: ['infrastructure-address-conflict', 'multiple-cnis'],
    not: ['static-ip-conflict', 'ip-pool-exhausted', 'cni-agent-unhealthy', 'node-cidr-overlap', 'no-conflict', 'stuck-terminating-pod'],
    find: [
      { id: ['sandbox-creation-failing', 'pod-ip-equals-infrastructure-ip'] },
      { id: 'sandbox-creation-failing', holders: ['db/mongodb-rs0-0'] },
    ],
    silent: ['duplicate-pod-ip', 'pool-exhausted', 'cni-agent-unhealthy'],
    notes: 'The annotation is the answer of Kube-OVN’s controller (allocated), nobody’s request; the address stands in a CiliumNode.',
  });
}

/** Two rings of Weave that have not met in an address yet. */
function ringsApart(): Scenario {
  const c = plain({ workers: 4, podCIDR: null, version: '1.20.11' });
  c.controlPlane({ podRange: '10.32.0.0/20' });
  agents.weave(c, '10.32.0.0/20');
  crowd(c, (w, k) => `10.32.${w * 2}.${k + 3}`, [1, 2, 3, 4]);
  c.log(
    `${c.daemonPod('kube-system/weave-net', 'worker-3')}/weave`,
    'INFO: 2026/03/11 09:12:00.356836 ->[10.20.0.11:6783|ea:1b:0a:14:00:0b(worker-1)]: connection shutting down due to error: IP allocation was seeded by different peers (received: [ea:1b:0a:14:00:0b(worker-1)], ours: [ea:1b:0a:14:00:0d(worker-3)])',
  );
  return scenario('weave/rings-apart', c, {
    title: 'Weave: two rings that have not met in an address yet',
    source: ['weaveworks/weave#3908'],
    ask: 'web/front-59c7-c9jxp',
    cause: ['ipam-state-corrupt', 'inconclusive'],
    not: ['no-conflict', 'cni-agent-unhealthy', 'ip-pool-exhausted', 'node-identity-clash', 'node-cidr-overlap'],
    find: [{ id: 'cni-log-error', severity: ['error', 'warning'] }],
    exit: [0, 1],
    silent: ['duplicate-pod-ip', 'node-range-missing', 'duplicate-node-identity'],
    notes: 'The line is twenty minutes old: both halves give out of the whole range from now on.',
  });
}

/** Published incidents and states that only look like one, on clusters of their own. */
export const incidentsB: readonly Scenario[] = [
  prefixesFragmented(),
  aksSubnetFull(),
  fourRangesFiveNodes(),
  cleanUpAtStart(),
  controllerRolledOut(),
  twoRings(),
  storeRestored(),
  twoAllocatorsOfServices(),
  ingressAddress(),
  routerInOvnSubnet(),
  endedPods(),
  masqueradedGuests(),
  firstAndLast(),
  otherClusters(),
  dnsBeforeCni(),
  stateOnTmpfs(),
  historyOfAddresses(),
  oneRangeForFive(),
  warmPoolEmpty(),
  startedAfterBoth(),
  ingressHealthy(),
  peerForgot(),
  servicesOfAFormerRange(),
  dockerBeforeCni(),
  interfacesFull(),
  requestedAddressTaken(),
  sameNameCollected(),
  keptForTheMachine(),
  poolMoved(),
  spiderpoolLeak(),
  cnsRefuses(),
  listTooShort(),
  twoWhereabouts(),
  agentsRolledOut(),
  storeRestoredQuietly(),
  guestsOnABridge(),
  subnetUsedUp(),
  refusedForIngress(),
  refusedForRouter(),
  ringsApart(),
];
