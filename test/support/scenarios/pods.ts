import type { Cluster, Scenario } from '../build.ts';
import { agents, annotate, calico, calicoIpam, cilium, flannel, kubeOvnIpam } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

const flannelCluster = (options: Parameters<typeof plain>[0] = {}) => {
  const c = plain(options);
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  return crowd(c, lan244);
};

/** N01–N04, N27, N34, N35 at once. */
function everyday(): Scenario {
  const c = flannelCluster();
  for (const name of ['node-exporter', 'csi-node', 'log-agent']) c.daemonSet(`infra/${name}`, { image: `registry.example.com/${name}:1` });
  for (const [k, when] of [
    [1, '3h'],
    [2, '2h'],
    [3, '1h'],
  ] as const)
    c.pod(`batch/report-2937${k}-a${k}vzk`, {
      node: 'worker-1',
      ip: '10.244.1.60',
      phase: 'Succeeded',
      age: when,
      ended: when,
      owner: `Job/report-2937${k}`,
    });
  c.pod('web/search-6f7-x2vbn', { node: 'worker-1', ip: '10.244.1.60', age: '30m', owner: 'ReplicaSet/search-6f7' });
  c.pod('web/old-5c-evict', {
    node: 'worker-2',
    ip: '10.244.2.61',
    phase: 'Failed',
    reason: 'Evicted',
    age: '5h',
    owner: 'ReplicaSet/old-5c',
  });
  c.pod('web/new-5d-k8wzt', { node: 'worker-2', ip: '10.244.2.61', age: '4h', owner: 'ReplicaSet/new-5d' });
  c.pod('web/leaving-6b-m3qvx', {
    node: 'worker-3',
    ip: '10.244.3.62',
    age: '2d',
    deleting: '5s',
    stopped: true,
    ended: '10s',
    owner: 'ReplicaSet/leaving-6b',
  });
  c.pod('web/arrived-6b-t7kpn', { node: 'worker-3', ip: '10.244.3.62', age: '8s', owner: 'ReplicaSet/arrived-6b' });
  for (const k of [1, 2, 3]) c.pod(`web/waiting-${k}`, { age: '10m', phase: 'Pending' });
  c.pod('web/starting-0', { node: 'worker-1', creating: true, age: '15s', ip: '' });
  return scenario('benign-sharing/everyday', c, {
    title: 'Host network, finished, evicted, leaving and pending pods',
    source: ['kubernetes/kubernetes#62935', 'kubernetes/kubernetes#98611'],
    ask: 'web/search-6f7-x2vbn',
    cause: ['benign-sharing', 'no-conflict'],
    find: [{ id: 'benign-sharing', address: '10.244.1.60', severity: 'info' }],
    silent: ['duplicate-pod-ip', 'terminating-holder', 'stale-endpoint', 'pod-ip-equals-node-ip'],
    notes: 'The states that naive tools flag.',
    quiet: ['web/arrived-6b-t7kpn', 'web/leaving-6b-m3qvx', 'web/new-5d-k8wzt', '10.20.0.11'],
  });
}

/** I45: deleted days ago, node Ready, a container still runs. */
function stuck(): Scenario {
  const c = flannelCluster();
  c.pod('ml/train-7f-w7vcx', { node: 'worker-2', ip: '10.244.2.49', age: '20d', deleting: '6d', owner: 'ReplicaSet/train-7f' });
  c.pod('ml/serve-5d-q8nmj', { node: 'worker-2', ip: '10.244.2.49', age: '27h', owner: 'ReplicaSet/serve-5d' });
  c.service('ml/serve', { clusterIP: '10.96.8.8', pods: ['ml/serve-5d-q8nmj'] });
  return scenario('stuck-terminating-pod/containers-run-on', c, {
    title: 'Deleted six days ago, its containers still run, its address was given on',
    source: ['aws/amazon-vpc-cni-k8s#1091'],
    ask: 'ml/serve-5d-q8nmj',
    cause: ['stuck-terminating-pod'],
    not: ['benign-sharing', 'ipam-state-corrupt', 'no-conflict'],
    find: [{ id: ['terminating-holder', 'duplicate-pod-ip'], address: '10.244.2.49', holders: ['ml/train-7f-w7vcx', 'ml/serve-5d-q8nmj'] }],
    notes: 'Node Ready, containers running: a live conflict in disguise.',
  });
}

/** N04: within its grace, containers ended. */
function withinGrace(): Scenario {
  const c = flannelCluster();
  c.pod('ml/train-7f-w7vcx', {
    node: 'worker-2',
    ip: '10.244.2.49',
    age: '20d',
    deleting: '2026-03-11T09:30:12Z',
    grace: 60,
    stopped: true,
    ended: '12s',
    owner: 'ReplicaSet/train-7f',
  });
  c.pod('ml/serve-5d-q8nmj', { node: 'worker-2', ip: '10.244.2.49', age: '9s', owner: 'ReplicaSet/serve-5d' });
  return scenario('terminating-holder/within-grace', c, {
    title: 'A pod on its way out has given its address back',
    source: ['openshift/origin#27062'],
    ask: 'ml/serve-5d-q8nmj',
    cause: ['benign-sharing', 'no-conflict'],
    silent: ['terminating-holder', 'duplicate-pod-ip'],
    quiet: ['ml/train-7f-w7vcx'],
    notes: 'All containers ended, within its grace.',
  });
}

function longOverdue(): Scenario {
  const c = flannelCluster();
  c.pod('app/queue-7f-w7vcx', { node: 'worker-1', ip: '10.244.1.49', age: '20d', deleting: '3h', owner: 'ReplicaSet/queue-7f' });
  c.pod('app/relay-5d-q8nmj', { node: 'worker-1', ip: '10.244.1.49', age: '2h', owner: 'ReplicaSet/relay-5d' });
  return scenario('terminating-holder/overdue', c, {
    title: 'Hours past its grace and still running',
    ask: 'app/relay-5d-q8nmj',
    cause: ['stuck-terminating-pod'],
    find: [
      { id: ['terminating-holder', 'duplicate-pod-ip'], address: '10.244.1.49' },
      { id: 'terminating-holder', address: '10.244.1.49', severity: ['error', 'warning'] },
    ],
    notes: 'See I45.',
  });
}

/** I78/N05: the node is dead. */
function deadNode(): Scenario {
  const c = plain({
    podCIDR: null,
    on: { 'worker-3': { ready: 'Unknown', readySince: '44h', taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] } },
  });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c);
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`, [1, 2]);
  c.pod('app/caas-6d-w724s', { node: 'worker-3', ip: '10.16.4.119', age: '20d', deleting: '43h', owner: 'StatefulSet/caas' });
  c.pod('app/caas-6d-wp7jk', { node: 'worker-2', ip: '10.16.4.119', age: '30m', owner: 'StatefulSet/caas' });
  c.service('app/caas', { clusterIP: '10.96.55.5', pods: ['app/caas-6d-w724s', 'app/caas-6d-wp7jk'] });
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.16.0.0/16' }], { omit: ['app/caas-6d-w724s'] });
  return scenario('stale-holder/dead-node', c, {
    title: 'A pod on a dead node still carries the address its replacement has',
    source: ['kubernetes/kubernetes#135266'],
    ask: 'app/caas-6d-wp7jk',
    cause: ['stuck-terminating-pod', 'benign-sharing', 'no-conflict'],
    not: ['ipam-state-corrupt'],
    exit: 0,
    find: [{ id: ['stale-holder', 'terminating-holder'], address: '10.16.4.119', severity: ['warning', 'info'] }],
    silent: ['duplicate-pod-ip', 'ipam-in-use-not-allocated'],
    notes: 'No conflict unless the node returns; what is dead cannot answer.',
  });
}

/** The twin of a stale holder: an unreachable node whose pods share nothing. */
function unreachableAlone(): Scenario {
  const c = flannelCluster({
    on: { 'worker-3': { ready: 'Unknown', readySince: '2h', taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] } },
  });
  return scenario('stale-holder/nothing-shared', c, {
    title: 'An unreachable node whose pods’ addresses nobody else has',
    silent: ['stale-holder', 'duplicate-pod-ip', 'cni-agent-unhealthy', 'cni-agent-missing'],
    notes: 'The node is the trouble, not the addresses.',
  });
}

/** N06, I79: live migration. */
function migration(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c);
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`);
  const vm = {
    labels: { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': 'erp-vm' },
    owner: 'VirtualMachineInstance/erp-vm',
    annotations: { 'kubevirt.io/domain': 'erp-vm', 'kubevirt.io/migrationJobUID': 'b1' },
  };
  c.pod('vms/virt-launcher-erp-vm-9z9h6', { node: 'worker-1', ip: '10.16.9.7', age: '5d', ...vm });
  c.pod('vms/virt-launcher-erp-vm-wz2x4', { node: 'worker-2', ip: '10.16.9.7', age: '20s', ...vm });
  c.custom(
    'kubevirt.io/v1',
    'VirtualMachineInstanceMigration',
    'vms/erp-vm-migration',
    { spec: { vmiName: 'erp-vm' }, status: { phase: 'Running' } },
    '25s',
  );
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.16.0.0/16' }], { omit: ['vms/virt-launcher-erp-vm-wz2x4'] });
  return scenario('benign-sharing/live-migration', c, {
    title: 'A virtual machine migrates and keeps its address',
    source: ['kubevirt/kubevirt#16622'],
    ask: 'vms/virt-launcher-erp-vm-9z9h6',
    cause: ['benign-sharing', 'no-conflict'],
    silent: ['duplicate-pod-ip', 'ipam-in-use-not-allocated', 'static-ip-conflict'],
    quiet: ['vms/virt-launcher-erp-vm-9z9h6', 'vms/virt-launcher-erp-vm-wz2x4'],
    notes: 'By design while the migration runs.',
  });
}

/** Two machines, two owners, one address: found although both are virt-launchers. */
function twoMachines(): Scenario {
  const c = flannelCluster();
  c.pod('vms/virt-launcher-a-9z9h6', {
    node: 'worker-1',
    ip: '10.244.1.70',
    age: '5d',
    labels: { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': 'a' },
    owner: 'VirtualMachineInstance/a',
  });
  c.pod('vms/virt-launcher-b-wz2x4', {
    node: 'worker-1',
    ip: '10.244.1.70',
    age: '3h',
    labels: { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': 'b' },
    owner: 'VirtualMachineInstance/b',
  });
  return scenario('duplicate-pod-ip/two-virtual-machines', c, {
    title: 'Two virtual machines with one address are no migration',
    ask: 'vms/virt-launcher-b-wz2x4',
    cause: ['inconclusive', 'ipam-state-corrupt', 'allocation-race'],
    not: ['benign-sharing', 'no-conflict', 'node-cidr-overlap'],
    find: [{ id: 'duplicate-pod-ip', address: '10.244.1.70' }],
    notes: 'Different owners.',
  });
}

/** N08: VPCs of their own. */
function isolatedVpcs(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c);
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`);
  c.pod('red/api-0', { node: 'worker-1', ip: '10.50.0.8', age: '4d', owner: 'StatefulSet/api' });
  c.pod('blue/api-0', { node: 'worker-2', ip: '10.50.0.8', age: '4d', owner: 'StatefulSet/api' });
  kubeOvnIpam(
    c,
    [
      { name: 'ovn-default', cidr: '10.16.0.0/16' },
      { name: 'red', cidr: '10.50.0.0/24', vpc: 'red' },
      { name: 'blue', cidr: '10.50.0.0/24', vpc: 'blue' },
    ],
    { switches: { 'red/api-0': 'red', 'blue/api-0': 'blue' } },
  );
  return scenario('kube-ovn/isolated-vpcs', c, {
    title: 'Subnets of two VPCs repeat addresses by design',
    source: ['kubeovn/kube-ovn#4952'],
    silent: ['duplicate-pod-ip', 'overlapping-pools', 'ipam-double-allocation', 'pod-ip-equals-infrastructure-ip'],
    quiet: ['red/api-0', 'blue/api-0'],
    notes: 'Compared within one VPC only.',
  });
}

function sameVpc(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c, 'v1.14.0');
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`);
  c.pod('red/api-0', { node: 'worker-1', ip: '10.50.0.8', age: '4d', owner: 'StatefulSet/api' });
  c.pod('blue/api-0', { node: 'worker-2', ip: '10.50.0.8', age: '2d', owner: 'StatefulSet/api' });
  kubeOvnIpam(
    c,
    [
      { name: 'ovn-default', cidr: '10.16.0.0/16' },
      { name: 'red', cidr: '10.50.0.0/24' },
      { name: 'blue', cidr: '10.50.0.0/25', age: '3d' },
    ],
    { switches: { 'red/api-0': 'red', 'blue/api-0': 'blue' } },
  );
  return scenario('overlapping-pools/one-vpc', c, {
    title: 'Two Subnets of one VPC overlap',
    source: ['kubeovn/kube-ovn#6489'],
    ask: 'blue/api-0',
    cause: ['ip-pool-overlap'],
    bug: 'kubeovn/kube-ovn#6489',
    find: [
      { id: 'overlapping-pools', ranges: ['10.50.0.0/24', '10.50.0.0/25'] },
      { id: 'duplicate-pod-ip', address: '10.50.0.8', holders: ['red/api-0', 'blue/api-0'] },
    ],
    notes: 'Twin of isolated-vpcs.',
  });
}

/** I56: one static address on two pods. */
function staticTwice(): Scenario {
  const c = plain({ podCIDR: null, version: '1.29.2' });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c, 'v1.13.0', { controller: { restarts: 2, ended: '3h' } });
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`);
  c.pod('lab/nginx', { node: 'worker-1', ip: '10.16.0.10', age: '200m', annotations: { 'ovn.kubernetes.io/ip_address': '10.16.0.10' } });
  c.pod('lab/nginx5', { node: 'worker-2', ip: '10.16.0.10', age: '190m', annotations: { 'ovn.kubernetes.io/ip_address': '10.16.0.10' } });
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.16.0.0/16' }]);
  return scenario('static-ip-conflict/kube-ovn-annotation', c, {
    title: 'One static address on two pods, made while the controller was down',
    source: ['kubeovn/kube-ovn#4304'],
    ask: 'lab/nginx5',
    cause: ['static-ip-conflict'],
    not: ['cni-agent-unhealthy', 'ipam-state-corrupt', 'allocation-race'],
    find: [{ id: ['static-ip-conflict', 'duplicate-pod-ip'], address: '10.16.0.10', holders: ['lab/nginx', 'lab/nginx5'] }],
    notes: 'Identical annotation on both; bare pods.',
  });
}

/** N40. */
function staticAlone(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.workload('Deployment', 'sip/proxy', { replicas: 1, annotations: { 'cni.projectcalico.org/ipAddrs': '["10.42.1.50"]' } });
  c.pod('sip/proxy-6f-x2vzn', {
    node: 'worker-1',
    ip: '10.42.1.50',
    age: '3d',
    owner: 'ReplicaSet/proxy-6f',
    annotations: { 'cni.projectcalico.org/ipAddrs': '["10.42.1.50"]' },
  });
  c.pod('sip/rtp', { node: 'worker-2', ip: '10.42.2.51', age: '3d', annotations: { 'cni.projectcalico.org/ipAddrs': '["10.42.2.51"]' } });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  return scenario('static-ip-conflict/one-replica', c, {
    title: 'Static addresses that nobody else wants',
    silent: ['static-ip-conflict', 'duplicate-pod-ip'],
    quiet: ['sip/rtp', 'sip/proxy-6f-x2vzn'],
    notes: 'One replica, or bare pods with distinct addresses.',
  });
}

function staticTemplate(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  const annotations = { 'cni.projectcalico.org/ipAddrsNoIpam': '["192.168.90.7"]' };
  c.workload('Deployment', 'nat/edge', { replicas: 2, annotations });
  c.pod('nat/edge-6f-a2vzn', { node: 'worker-1', ip: '192.168.90.7', age: '3d', owner: 'ReplicaSet/edge-6f', annotations });
  c.pod('nat/edge-6f-b9kqx', { node: 'worker-3', ip: '192.168.90.7', age: '3d', owner: 'ReplicaSet/edge-6f', annotations });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  return scenario('static-ip-conflict/template', c, {
    title: 'A static address in the template of two replicas, past the IPAM',
    source: ['projectcalico/cni-plugin#288'],
    ask: 'nat/edge-6f-b9kqx',
    cause: ['static-ip-conflict'],
    not: ['allocation-race', 'ipam-state-corrupt', 'multiple-cnis', 'cni-bypassed'],
    find: [
      { id: ['static-ip-conflict', 'duplicate-pod-ip'], address: '192.168.90.7', holders: ['nat/edge-6f-a2vzn', 'nat/edge-6f-b9kqx'] },
    ],
    notes: 'The annotation sits in the template of the common owner.',
  });
}

/** N25. */
function fakeNodes(): Scenario {
  const c = plain();
  for (const n of [1, 2])
    c.node(`kwok-${n}`, {
      ip: `10.20.9.${n}`,
      age: '5d',
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { type: 'kwok' },
      taints: [{ key: 'kwok.x-k8s.io/node', effect: 'NoSchedule' }],
    });
  c.nodes.splice(-2);
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  for (const n of [1, 2]) c.pod(`load/fake-${n}`, { node: `kwok-${n}`, ip: '10.0.0.1', age: '4d' });
  return scenario('benign-sharing/fake-nodes', c, {
    title: 'Pods of fake nodes have invented addresses',
    source: ['vmware/vic#7996'],
    silent: ['duplicate-pod-ip', 'cni-agent-missing', 'node-range-missing', 'pod-ip-outside-pod-ranges'],
    quiet: ['load/fake-1', 'load/fake-2', '10.0.0.1'],
    notes: 'Both nodes are fake.',
  });
}

/** N28, N29, N38. */
function agentLookAlikes(): Scenario {
  const c = plain({
    workers: 4,
    on: { 'worker-4': { labels: { 'kubernetes.io/os': 'windows' }, info: { operatingSystem: 'windows' }, podCIDRs: ['10.244.4.0/24'] } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', {
    nodes: ['cp-1', 'worker-1', 'worker-2', 'worker-3'],
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    updated: 2,
    on: {
      'worker-1': { restarts: 140, ended: '70d', age: '100d' },
      'worker-2': { image: 'ghcr.io/flannel-io/flannel:v0.26.2', age: '9m' },
      'worker-3': { image: 'ghcr.io/flannel-io/flannel:v0.26.2', age: '11m' },
    },
  });
  crowd(c, lan244);
  return scenario('cni-agent-unhealthy/look-alikes', c, {
    title: 'Many restarts long ago, a Windows node, a rollout under way',
    source: ['projectcalico/calico#8131'],
    silent: ['cni-agent-unhealthy', 'cni-agent-missing', 'cni-version-skew', 'node-range-missing'],
    notes: 'The age of the last end counts, not the counter.',
    quiet: ['node/worker-4', 'worker-4'],
  });
}

function agentSick(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { on: { 'worker-2': { ready: false, waiting: 'CrashLoopBackOff', restarts: 12, ended: '1m', exitCode: 1 } } });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`, [1, 3]);
  c.pod('web/late-6b-vv2kz', { node: 'worker-2', creating: true, age: '25m', owner: 'ReplicaSet/late-6b' });
  c.sandboxFails(
    'web/late-6b-vv2kz',
    'plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/',
  );
  calicoIpam(c, { pools: [{ name: 'default', cidr: '10.42.0.0/16' }], blocks: { '10.42.1.0/26': 'worker-1', '10.42.3.0/26': 'worker-3' } });
  return scenario('cni-agent-unhealthy/crash-loop', c, {
    title: 'calico-node crashes on one node',
    ask: 'web/late-6b-vv2kz',
    cause: ['cni-agent-unhealthy'],
    not: ['ip-pool-exhausted', 'node-cidr-missing', 'no-conflict'],
    find: [
      { id: 'cni-agent-unhealthy', nodes: ['worker-2'] },
      { id: 'sandbox-creation-failing', severity: ['error', 'warning'] },
    ],
    notes: 'Pods there wait for the agent.',
  });
}

/** I42: the agent refuses to start because another node has its address. */
function nodeAddressTaken(): Scenario {
  const c = plain({ podCIDR: null, workers: 2 });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, {
    version: 'v3.19.4',
    on: { 'worker-2': { ready: false, waiting: 'CrashLoopBackOff', restarts: 30, ended: '2m', exitCode: 1 } },
  });
  annotate(c, 'Node', 'worker-1', { 'projectcalico.org/IPv4Address': '10.32.0.1/12' });
  const meta = c.objects.get('v1|Node|/worker-2')!['metadata'] as { annotations: Record<string, unknown> };
  delete meta.annotations['projectcalico.org/IPv4Address'];
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`, [1]);
  c.pod('web/store-7b6d-late1', { node: 'worker-2', creating: true, age: '40m', owner: 'ReplicaSet/store-7b6d' });
  c.sandboxFails(
    'web/store-7b6d-late1',
    'plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/',
  );
  for (const suffix of ['', '.previous'])
    c.log(
      `${c.daemonPod('kube-system/calico-node', 'worker-2')}/calico-node${suffix}`,
      "2026-03-11 09:27:01.110 [WARNING][9] startup/startup.go 953: Calico node 'worker-1' is already using the IPv4 address 10.32.0.1.",
      '2026-03-11 09:27:01.111 [WARNING][9] startup/startup.go 1185: Terminating',
      'Calico node failed to start',
    );
  calicoIpam(c, { pools: [{ name: 'default', cidr: '10.42.0.0/16' }], blocks: { '10.42.1.0/26': 'worker-1' } });
  return scenario('node-identity-clash/autodetected-bridge-address', c, {
    title: 'Calico picked an address that every machine has',
    source: ['projectcalico/calico#2521'],
    ask: 'web/store-7b6d-late1',
    cause: ['node-identity-clash', 'cni-agent-unhealthy'],
    not: ['ip-pool-exhausted', 'no-conflict', 'node-cidr-missing'],
    find: [{ id: ['cni-agent-unhealthy', 'duplicate-node-identity'], nodes: ['worker-2'] }],
    silent: ['pool-exhausted', 'duplicate-pod-ip'],
    notes: 'Its annotation differs from the InternalIP; the log names the clash.',
  });
}

/** I80’s neighbour: a second reader of ranges; nothing. */
function agentMissing(): Scenario {
  const c = plain({ on: { 'worker-3': { age: '4h', ready: 'False', readySince: '4h' } } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { nodes: ['cp-1', 'worker-1', 'worker-2'], desired: 4 });
  crowd(c, lan244, [1, 2]);
  c.pod('web/front-59c7-late9', { node: 'worker-3', creating: true, age: '3h', owner: 'ReplicaSet/front-59c7' });
  c.sandboxFails(
    'web/front-59c7-late9',
    'plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
  );
  return scenario('cni-agent-missing/one-node', c, {
    title: 'A node on which the agent does not run',
    ask: 'web/front-59c7-late9',
    cause: ['cni-agent-unhealthy'],
    not: ['node-cidr-missing', 'ip-pool-exhausted'],
    find: [{ id: 'cni-agent-missing', nodes: ['worker-3'] }],
    notes: 'Wanted on four nodes, there on three.',
  });
}

/** N29: Fargate and a node the agents are not meant for. */
function agentNotWanted(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.60.1.' });
  agents.awsNode(c);
  c.node('fargate-ip-10-60-9-9.eu-west-1.compute.internal', {
    ip: '10.60.9.9',
    labels: { 'eks.amazonaws.com/compute-type': 'fargate' },
    taints: [{ key: 'eks.amazonaws.com/compute-type', effect: 'NoSchedule' }],
  });
  crowd(c, (w, k) => `10.60.${16 + w}.${k + 100}`, [1, 2, 3], '172.20.');
  c.pod('serverless/task-6b-x2vzq', {
    node: 'fargate-ip-10-60-9-9.eu-west-1.compute.internal',
    ip: '10.60.9.9',
    age: '3d',
    owner: 'ReplicaSet/task-6b',
  });
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  return scenario('cni-agent-missing/fargate', c, {
    title: 'Fargate: a pod with its node’s address, and no agent',
    silent: ['cni-agent-missing', 'pod-ip-equals-node-ip', 'duplicate-node-ip'],
    quiet: ['serverless/task-6b-x2vzq', '10.60.9.9'],
    notes: 'By design.',
  });
}

/** I38 family. */
function versionSkew(): Scenario {
  const c = plain({ podCIDR: null, workers: 4, version: '1.9.11' });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  const old = { image: 'quay.io/calico/node:v2.6.6', age: '80d' };
  calico(c, { version: 'v2.6.7', strategy: 'OnDelete', updated: 3, age: '80d', on: { 'worker-3': old, 'worker-4': old } });
  for (const [name, tag] of [
    ['cp-1', 'v1.11.2'],
    ['worker-1', 'v1.11.2'],
    ['worker-2', 'v1.11.2'],
    ['worker-3', 'v1.11.1'],
    ['worker-4', 'v1.11.1'],
  ] as const) {
    const pod = c.objects.get(`v1|Pod|${c.daemonPod('kube-system/calico-node', name)}`)!;
    (pod['spec'] as { containers: unknown[] }).containers.push({ name: 'install-cni', image: `quay.io/calico/cni:${tag}` });
    (pod['status'] as { containerStatuses: unknown[] }).containerStatuses.push({
      name: 'install-cni',
      image: `quay.io/calico/cni:${tag}`,
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: c.at('20d') } },
    });
  }
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  c.pod('log/stash-58-mjdcz', { node: 'worker-1', ip: '10.42.3.24', age: '2026-03-11T08:38:14Z', owner: 'ReplicaSet/stash-58' });
  c.pod('log/index-1', { node: 'worker-3', ip: '10.42.3.24', age: '2026-03-11T08:38:53Z', owner: 'StatefulSet/index' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    omit: ['log/index-1'],
  });
  return scenario('cni-version-mismatch/handles-by-name', c, {
    title: 'A rollout stopped half way, with releases that disagree about handles',
    source: ['projectcalico/calico#1406'],
    ask: 'log/index-1',
    cause: ['cni-version-mismatch'],
    not: ['static-ip-conflict', 'stuck-terminating-pod', 'allocation-race'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.42.3.24' },
      { id: 'cni-version-skew', severity: 'warning' },
    ],
    notes: 'cni v1.11.1 beside v1.11.2, update strategy OnDelete; a StatefulSet’s pod was made again in that minute.',
  });
}

function skewHarmless(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n}.0/24` });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  cilium(c, { ipam: 'kubernetes', updated: 2, on: { 'worker-1': { image: 'quay.io/cilium/cilium:v1.17.17', age: '5m' } } });
  crowd(c, lan244);
  return scenario('cni-version-skew/rollout', c, {
    title: 'A rollout of five minutes',
    silent: ['cni-version-skew'],
    notes: 'Normal while it lasts.',
  });
}

/** It had the address of web/store-7b6d-r5tdl before that pod. */
const endedJob = (c: Cluster): Cluster =>
  c.pod('batch/nightly-29001-x7lqd', {
    node: 'worker-2',
    ip: '10.244.2.4',
    phase: 'Succeeded',
    age: '16d',
    ended: '16d',
    owner: 'Job/nightly-29001',
  });

/** On the node of a pair: a third pod, whose address an ended Job had before it. */
function besideConflict(): Scenario {
  const c = flannelCluster();
  c.pod('shop/cart-7c5d-p8zkx', { node: 'worker-2', ip: '10.244.2.40', age: '9d', owner: 'ReplicaSet/cart-7c5d' });
  c.pod('shop/till-6b9f-w3vqm', { node: 'worker-2', ip: '10.244.2.40', age: '1h', owner: 'ReplicaSet/till-6b9f' });
  endedJob(c);
  return scenario('benign-sharing/beside-a-conflict', c, {
    title: 'Asked about a pod that shares its address with an ended one, on the node of a pair',
    ask: 'web/store-7b6d-r5tdl',
    cause: ['benign-sharing'],
    find: [{ id: 'duplicate-pod-ip', address: '10.244.2.40' }],
    quiet: ['web/store-7b6d-r5tdl', 'batch/nightly-29001-x7lqd'],
    notes: 'One address of a node is no matter of the others there.',
  });
}

/** The same sharing, and the range that holds the address covers the nodes. */
function sharingInBadRange(): Scenario {
  const c = flannelCluster({ lan: '10.244.2.' });
  endedJob(c);
  return scenario('pod-cidr-overlaps-node-network/sharing-inside', c, {
    title: 'Asked about a pod that shares its address with an ended one, in a range that covers the nodes',
    ask: 'web/store-7b6d-r5tdl',
    cause: ['pod-cidr-overlaps-node-network'],
    not: ['benign-sharing', 'no-conflict'],
    find: [{ id: 'pod-range-overlaps-node-network' }],
    notes: 'Twin of beside-a-conflict: what is wrong with the range is wrong with the pod.',
  });
}

export const pods: readonly Scenario[] = [
  besideConflict(),
  sharingInBadRange(),
  everyday(),
  stuck(),
  withinGrace(),
  longOverdue(),
  deadNode(),
  unreachableAlone(),
  migration(),
  twoMachines(),
  isolatedVpcs(),
  sameVpc(),
  staticTwice(),
  staticAlone(),
  staticTemplate(),
  fakeNodes(),
  agentLookAlikes(),
  agentSick(),
  nodeAddressTaken(),
  agentMissing(),
  agentNotWanted(),
  versionSkew(),
  skewHarmless(),
];
