import type { Cluster, Scenario } from '../build.ts';
import { agents, annotate, attached, attachment, calico, calicoIpam, cilium, flannel, kubeOvnIpam, whereaboutsPool } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

const flannelCluster = (options: Parameters<typeof plain>[0] = {}): Cluster => {
  const c = plain(options);
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  return crowd(c, lan244);
};

/** I02: the controller manager restarted while nodes joined; nothing is being deleted. */
function managerRestart(): Scenario {
  const c = plain({
    version: '1.27.3',
    workers: 4,
    podCIDR: (n) => `10.244.${[0, 1, 2, 3, 2][n]}.0/24`,
    on: { 'worker-3': { age: '30m' }, 'worker-4': { age: '19m' }, 'worker-2': { age: '22m' } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16', restarted: '20m' });
  c.daemonSet('logs/shipper', {
    image: 'registry.example.com/shipper:2',
    hostNetwork: false,
    on: Object.fromEntries(c.nodes.map((name, n) => [name, { ip: `10.244.${[0, 1, 2, 3, 2][n]}.2` }])),
  });
  crowd(c, (w, k) => `10.244.${w}.${k + 3}`, [1, 3]);
  return scenario('node-cidr-overlap/manager-restart', c, {
    title: 'The controller manager restarted while nodes joined',
    source: ['kubernetes/kubernetes#29058'],
    ask: c.daemonPod('logs/shipper', 'worker-4'),
    cause: ['node-cidr-overlap'],
    not: ['ipam-state-corrupt', 'cni-bypassed'],
    noBug: true,
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.244.2.0/24'], nodes: ['worker-2', 'worker-4'] },
      { id: 'duplicate-pod-ip', address: '10.244.2.2' },
    ],
    notes: 'kubenet; creation times on either side of the restart.',
  });
}

/** The 1.31 regression before any pair of pods exists. */
function overlapWithoutPair(): Scenario {
  const c = plain({
    version: '1.31.3',
    podCIDR: (n) => `10.244.${[0, 1, 2, 2][n]}.0/24`,
    on: { 'worker-2': { age: '40d', deleting: '25m', finalizers: ['karpenter.sh/termination'] }, 'worker-3': { age: '8m' } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1, 2]);
  return scenario('overlapping-node-ranges/no-pair-yet', c, {
    title: 'Two nodes with one range, the older still runs pods, no address is held twice yet',
    source: ['kubernetes/kubernetes#127792'],
    ask: 'node/worker-3',
    cause: ['node-cidr-overlap'],
    bug: 'kubernetes/kubernetes#127792',
    find: [{ id: 'overlapping-node-ranges', ranges: ['10.244.2.0/24'], nodes: ['worker-2', 'worker-3'] }],
    silent: ['duplicate-pod-ip'],
    notes: 'An error all the same.',
  });
}

/** Spec: fixed release, same picture. */
function overlapFixedRelease(): Scenario {
  const c = plain({
    version: '1.31.6',
    podCIDR: (n) => `10.244.${[0, 1, 2, 2][n]}.0/24`,
    on: { 'worker-2': { age: '40d', deleting: '25m', finalizers: ['karpenter.sh/termination'] }, 'worker-3': { age: '8m' } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1, 2]);
  return scenario('node-cidr-overlap/fixed-release', c, {
    title: 'The picture of the regression on a release that has the fix',
    ask: 'node/worker-3',
    cause: ['node-cidr-overlap'],
    noBug: true,
    find: [{ id: 'overlapping-node-ranges', ranges: ['10.244.2.0/24'] }],
    notes: 'No known bug may be named: 1.31.4 has the fix.',
  });
}

/** I53/I16: pairs on one node after an agent started anew, with Cilium. */
function ciliumAgentRestart(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ args: [] });
  cilium(c, {
    pool: '10.130.0.0/16',
    ranges: Object.fromEntries([0, 1, 2, 3].map((n) => [n === 0 ? 'cp-1' : `worker-${n}`, [`10.130.${n}.0/24`]])),
    router: { 'worker-1': '10.130.1.77' },
    on: { 'worker-1': { restarts: 1, ended: '35m' } },
  });
  crowd(c, (w, k) => `10.130.${w}.${k + 40}`);
  c.pod('api/gateway-6b-x2vbn', { node: 'worker-1', ip: '10.130.1.41', age: '34m', owner: 'ReplicaSet/gateway-6b' });
  c.log(
    `${c.daemonPod('kube-system/cilium', 'worker-1')}/cilium-agent`,
    'time="2026-03-11T08:55:20Z" level=warning msg="Failed to re-allocate IP of endpoint" error="unable to reallocate 10.130.1.41 IPv4 address: provided IP is already allocated" subsys=daemon',
  );
  return scenario('cilium/agent-restart', c, {
    title: 'An agent came back and could not restore an endpoint’s address',
    ask: 'api/gateway-6b-x2vbn',
    cause: ['ipam-state-corrupt'],
    not: ['node-cidr-overlap', 'cni-agent-unhealthy', 'allocation-race'],
    find: [{ id: 'duplicate-pod-ip', address: '10.130.1.41', holders: ['api/gateway-6b-x2vbn', 'web/front-59c7-m8wzn'] }],
    notes: 'Same node, the younger pod right after the restart.',
  });
}

/** The twin: an agent restarted, and every address is held once. */
function agentRestartAlone(): Scenario {
  const c = flannelCluster();
  const pod = c.daemonPod('kube-flannel/kube-flannel-ds', 'worker-1');
  c.objects.delete(`v1|Pod|${pod}`);
  c.pod(pod, {
    node: 'worker-1',
    hostNetwork: true,
    ip: '10.20.0.11',
    container: 'kube-flannel',
    image: 'ghcr.io/flannel-io/flannel:v0.26.1',
    owner: 'DaemonSet/kube-flannel-ds',
    labels: { app: 'flannel' },
    restarts: 2,
    ended: '30m',
    age: '60d',
  });
  return scenario('ipam-state-corrupt/restart-without-pair', c, {
    title: 'An agent restarted and no address is held twice',
    ask: 'web/front-59c7-m8wzn',
    cause: ['no-conflict', 'benign-sharing'],
    silent: ['cni-agent-unhealthy', 'duplicate-pod-ip', 'ipam-in-use-not-allocated'],
    notes: 'A restart alone is no fault.',
  });
}

/** Host-network pods of two nodes with one address are the nodes' clash, not the pods'. */
function terminatingOnReady(): Scenario {
  const c = flannelCluster();
  c.pod('app/slow-6b-x2vbn', {
    node: 'worker-1',
    ip: '10.244.1.88',
    age: '3d',
    deleting: '2026-03-11T09:32:00Z',
    grace: 300,
    owner: 'ReplicaSet/slow-6b',
  });
  c.pod('app/slow-6b-k7wzq', { node: 'worker-1', ip: '10.244.1.89', age: '1m', owner: 'ReplicaSet/slow-6b' });
  return scenario('terminating-holder/long-grace', c, {
    title: 'A pod uses its five minutes of grace; its address is its own',
    ask: 'app/slow-6b-x2vbn',
    silent: ['terminating-holder', 'duplicate-pod-ip', 'stale-holder'],
    notes: 'deletionTimestamp lies in the future.',
  });
}

/** An OVN-Kubernetes pair on one node, after the controller came back. */
function ovnShared(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ args: [] });
  agents.ovnKubernetes(
    c,
    { 'cp-1': ['10.128.0.0/23'], 'worker-1': ['10.128.2.0/23'], 'worker-2': ['10.128.4.0/23'], 'worker-3': ['10.128.6.0/23'] },
    { image: 'ghcr.io/ovn-kubernetes/ovn-kubernetes/ovn-kube-ubuntu:v0.9.0', on: { 'worker-1': { restarts: 1, ended: '4h' } } },
  );
  crowd(c, (w, k) => `10.128.${2 * w}.${k + 5}`);
  c.pod('batch/job-1', { node: 'worker-1', ip: '10.128.2.20', age: '9h', phase: 'Succeeded', ended: '8h', owner: 'Job/job' });
  c.pod('site/web-1', { node: 'worker-1', ip: '10.128.2.20', age: '3h', owner: 'ReplicaSet/web' });
  c.pod('site/web-2', { node: 'worker-1', ip: '10.128.2.20', age: '5m', owner: 'ReplicaSet/web' });
  c.log(
    `${c.daemonPod('ovn-kubernetes/ovnkube-node', 'worker-1')}/ovnkube-controller`,
    'W0311 09:24:31.114000 1 base_network_controller_pods.go:300] Already allocated IPs: 10.128.2.20 for pod: batch_job-1 in phase: Succeeded',
  );
  return scenario('ovn-kubernetes/completed-pod-freed-it', c, {
    title: 'Deleting a completed pod freed the address of a running one',
    source: ['ovn-org/ovn-kubernetes#3919'],
    ask: 'site/web-2',
    cause: ['ipam-state-corrupt'],
    not: ['benign-sharing', 'node-cidr-overlap', 'allocation-race'],
    find: [{ id: 'duplicate-pod-ip', address: '10.128.2.20', holders: ['site/web-1', 'site/web-2'] }],
    quiet: ['batch/job-1'],
    notes: 'The completed pod is no party.',
  });
}

/** Two NADs of one wire. */
function oneWireTwoNames(): Scenario {
  const c = flannelCluster();
  agents.multus(c);
  attachment(c, 'a/wire', {
    type: 'macvlan',
    master: 'ens5',
    ipam: { type: 'whereabouts', range: '192.168.5.0/24', enable_overlapping_ranges: false },
  });
  attachment(c, 'b/wire', { type: 'macvlan', master: 'ens5', ipam: { type: 'static', addresses: [{ address: '192.168.5.40/24' }] } });
  agents.whereabouts(c);
  c.pod('a/x-0', { node: 'worker-1', ip: '10.244.1.50', age: '5d', annotations: attached('10.244.1.50', { 'a/wire': '192.168.5.40' }) });
  c.pod('b/y-0', { node: 'worker-2', ip: '10.244.2.50', age: '2h', annotations: attached('10.244.2.50', { 'b/wire': '192.168.5.40' }) });
  whereaboutsPool(c, '192.168.5.0/24', { 40: 'a/x-0' });
  return scenario('duplicate-secondary-ip/one-wire-two-names', c, {
    title: 'Two attachments of one interface, one of them static',
    ask: 'b/y-0',
    cause: ['static-ip-conflict'],
    not: ['no-conflict', 'allocation-race', 'ipam-state-corrupt'],
    find: [{ id: ['duplicate-secondary-ip', 'static-ip-conflict'], address: '192.168.5.40', holders: ['a/x-0', 'b/y-0'] }],
    exit: 1,
    notes: 'One master and VLAN is one wire, whatever the names.',
  });
}

/** A Service range full of Services, none twice. */
function serviceRangeNearlyFull(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16', serviceRange: '10.96.0.0/28' });
  flannel(c, '10.244.0.0/16');
  for (let n = 2; n < 14; n++) c.service(`many/s${n}`, { clusterIP: `10.96.0.${n}` });
  c.pod('kube-system/coredns-6c8d-7bqtx', { node: 'worker-1', ip: '10.244.1.2', age: '60d', owner: 'ReplicaSet/coredns-6c8d' });
  return scenario('service-ip-conflict/full-without-twins', c, {
    title: 'A Service range nearly full, every address given once',
    silent: ['duplicate-service-ip', 'pod-range-overlaps-service-range'],
    cause: ['no-conflict', 'benign-sharing'],
    notes: 'Tight is no conflict.',
  });
}

/** EKS: pod ENIs and prefixes: node addresses and pod addresses of one subnet; two nodes' subnets repeat nothing. */
function eksPrefixes(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.60.1.' });
  agents.awsNode(c, 'v1.19.2', { env: { ENABLE_PREFIX_DELEGATION: 'true' } });
  for (const [n, node] of c.nodes.entries())
    c.custom(
      'vpcresources.k8s.aws/v1alpha1',
      'CNINode',
      node,
      { spec: { features: [{ name: 'SecurityGroupsForPods' }] }, status: {} },
      `${n + 1}d`,
    );
  crowd(c, (w, k) => `10.60.${w}.${k + 64}`, [1, 2, 3], '172.20.');
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  return scenario('aws-vpc-cni/prefix-delegation', c, {
    title: 'AWS VPC CNI with prefixes: nothing wrong',
    silent: ['pod-range-overlaps-node-network', 'node-range-missing', 'pool-exhausted'],
    notes: 'By design.',
  });
}

/** AWS: the subnet has no address left. */
function eksSubnetFull(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.60.1.' });
  agents.awsNode(c);
  crowd(c, (w, k) => `10.60.${16 + w}.${k + 100}`, [1, 2, 3], '172.20.');
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  c.pod('web/late-6b-x2vbn', { node: 'worker-2', creating: true, age: '15m', owner: 'ReplicaSet/late-6b' });
  c.sandboxFails(
    'web/late-6b-x2vbn',
    'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
  );
  c.log(
    `${c.daemonPod('kube-system/aws-node', 'worker-2')}/aws-node`,
    '{"level":"error","ts":"2026-03-11T09:25:00.000Z","caller":"ipamd/ipamd.go:889","msg":"Failed to increase pool size: InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to satisfy the request."}',
  );
  return scenario('ip-pool-exhausted/vpc-subnet', c, {
    title: 'The VPC’s subnet has no free address',
    ask: 'web/late-6b-x2vbn',
    cause: ['ip-pool-exhausted'],
    not: ['cni-agent-unhealthy', 'ipam-leak', 'node-cidr-exhausted'],
    find: [{ id: ['sandbox-creation-failing', 'pool-exhausted'] }, { id: 'sandbox-creation-failing', holders: ['web/late-6b-x2vbn'] }],
    notes: 'Agents are healthy; the cloud says it.',
  });
}

/** A pod that waits for its node to be drained shows a probe failure only. */
function probeOnly(): Scenario {
  const c = flannelCluster();
  c.event('Pod/web/front-59c7-m8wzn', {
    reason: 'Unhealthy',
    message: 'Liveness probe failed: Get "http://10.244.1.3:8080/": dial tcp 10.244.1.3:8080: connect: connection refused',
    count: 40,
    first: '1h',
  });
  return scenario('no-conflict/failing-probe', c, {
    title: 'A probe fails, and the address is nobody else’s',
    ask: 'web/front-59c7-m8wzn',
    cause: ['no-conflict'],
    notes: 'The application’s own trouble.',
  });
}

/** kube-router and Calico for policy: kube-router’s router off. */
function kubeRouterProxyOnly(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n}.0/24` });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.kubeRouter(c, { args: ['--run-router=false', '--run-service-proxy=true'] });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  return scenario('kube-router/proxy-only', c, {
    title: 'kube-router as service proxy beside flannel',
    silent: ['multiple-cnis'],
    notes: 'It gives no addresses.',
  });
}

/** Kube-OVN beside another primary CNI. */
function kubeOvnSecondary(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  agents.kubeOvn(c, 'v1.14.4', { args: ['--non-primary-cni-mode=true'] });
  agents.multus(c);
  crowd(c, lan244);
  kubeOvnIpam(c, [
    { name: 'ovn-default', cidr: '10.16.0.0/16' },
    { name: 'join', cidr: '100.64.0.0/16' },
  ]);
  c.custom('kubeovn.io/v1', 'IP', 'node-worker-1', {
    spec: { podName: '', namespace: '', subnet: 'join', nodeName: 'worker-1', ipAddress: '100.64.0.2', v4IpAddress: '100.64.0.2' },
  });
  return scenario('kube-ovn/non-primary', c, {
    title: 'Kube-OVN for secondary networks beside flannel',
    silent: ['multiple-cnis', 'pod-ip-outside-pod-ranges', 'cluster-cidr-mismatch'],
    notes: 'A designed pair.',
  });
}

/** Two nodes behind one NAT: equal ExternalIP. */
function oneExternalAddress(): Scenario {
  const c = flannelCluster();
  for (const name of ['worker-1', 'worker-2'])
    (c.objects.get(`v1|Node|/${name}`)!['status'] as { addresses: unknown[] }).addresses.push({
      type: 'ExternalIP',
      address: '203.0.113.7',
    });
  return scenario('duplicate-node-ip/one-nat', c, {
    title: 'Two nodes behind one NAT have one ExternalIP',
    silent: ['duplicate-node-ip', 'duplicate-node-identity'],
    notes: 'Edge clusters and k3s do so; packets inside go by InternalIP.',
  });
}

/** An annotation left on a node by a CNI that was removed, with another node's address. */
function leftoverTunnel(): Scenario {
  const c = flannelCluster();
  annotate(c, 'Node', 'worker-1', { 'projectcalico.org/IPv4VXLANTunnelAddr': '10.244.2.3' });
  return scenario('pod-ip-equals-infrastructure-ip/leftover-annotation', c, {
    title: 'A tunnel annotation of a CNI that is gone equals a pod’s address',
    silent: ['pod-ip-equals-infrastructure-ip', 'multiple-cnis'],
    notes: 'Nobody reads it; there is no such interface.',
  });
}

/** A static request in a template whose replicas are gone. */
function scaledDown(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  const annotations = { 'cni.projectcalico.org/ipAddrs': '["10.42.1.50"]' };
  c.workload('Deployment', 'sip/proxy', { replicas: 0, annotations });
  c.pod('other/taken-6b-x2vbn', { node: 'worker-1', ip: '10.42.1.50', age: '2h', owner: 'ReplicaSet/taken-6b' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  return scenario('static-ip-conflict/scaled-to-zero', c, {
    title: 'A template asks for an address, and nobody runs from it',
    silent: ['static-ip-conflict', 'duplicate-pod-ip'],
    quiet: ['other/taken-6b-x2vbn'],
    notes: 'No live pod asks.',
  });
}

/** A static request waits for an address that another pod has. */
function staticWaits(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c);
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  const annotations = { 'cni.projectcalico.org/ipAddrs': '["10.42.1.50"]' };
  c.pod('other/taken-6b-x2vbn', { node: 'worker-1', ip: '10.42.1.50', age: '2d', owner: 'ReplicaSet/taken-6b' });
  c.pod('sip/proxy-0', { node: 'worker-2', creating: true, age: '20m', owner: 'StatefulSet/proxy', annotations });
  c.sandboxFails(
    'sip/proxy-0',
    'plugin type="calico" failed (add): error getting ClusterInformation: ipAddrs annotation: failed to assign: the address 10.42.1.50 is already assigned in block 10.42.1.0/26',
  );
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
  });
  return scenario('static-ip-conflict/waits', c, {
    title: 'A pod waits for the address it asks for, which another has',
    ask: 'sip/proxy-0',
    cause: ['static-ip-conflict'],
    not: ['ip-pool-exhausted', 'cni-agent-unhealthy', 'ipam-leak'],
    find: [
      { id: ['static-ip-conflict', 'sandbox-creation-failing'] },
      { id: 'static-ip-conflict', address: '10.42.1.50', holders: ['sip/proxy-0', 'other/taken-6b-x2vbn'] },
    ],
    notes: 'The IPAM refused: no duplicate.',
  });
}

/** Two troubles at once; the subject has to do with one of them. */
function twoTroubles(ask: 'full' | 'overlap'): Scenario {
  const c = plain({
    workers: 4,
    podCIDR: (n) => ['10.244.0.0/24', '10.244.1.0/28', '10.244.2.0/24', '10.244.2.0/24', '10.244.4.0/24'][n]!,
    on: { 'worker-3': { age: '5h' } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [2, 4]);
  for (let k = 2; k < 15; k++)
    c.pod(`many/worker-6b-k${k}`, { node: 'worker-1', ip: `10.244.1.${k}`, age: '3d', owner: 'ReplicaSet/worker-6b' });
  c.pod('many/worker-6b-late', { node: 'worker-1', creating: true, age: '30m', owner: 'ReplicaSet/worker-6b' });
  c.sandboxFails(
    'many/worker-6b-late',
    'plugin type="flannel" failed (add): failed to delegate add: failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.14',
  );
  c.pod('desk/quote-6b-x2vbn', { node: 'worker-3', ip: '10.244.2.3', age: '3h', owner: 'ReplicaSet/quote-6b' });
  const full = ask === 'full';
  return scenario(full ? 'ip-pool-exhausted/beside-an-overlap' : 'node-cidr-overlap/beside-a-full-range', c, {
    title: full
      ? 'A full range on one node, overlapping ranges on two others: the waiting pod'
      : 'A full range on one node, overlapping ranges on two others: the pod held twice',
    ask: full ? 'many/worker-6b-late' : 'desk/quote-6b-x2vbn',
    cause: [full ? 'ip-pool-exhausted' : 'node-cidr-overlap'],
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.244.2.0/24'] },
      { id: 'duplicate-pod-ip', address: '10.244.2.3' },
      { id: 'pool-exhausted', nodes: ['worker-1'] },
    ],
    notes: 'The verdict is about the subject; the findings name both.',
  });
}

/** Two live pods and a finished one. */
function finishedThird(): Scenario {
  const c = flannelCluster({ on: { 'worker-1': { readySince: '70m' } } });
  c.pod('batch/export-2937-x2vbn', {
    node: 'worker-1',
    ip: '10.244.1.3',
    phase: 'Succeeded',
    age: '9h',
    ended: '8h',
    owner: 'Job/export-2937',
  });
  c.pod('desk/order-6b-x2vbn', { node: 'worker-1', ip: '10.244.1.3', age: '60m', owner: 'ReplicaSet/order-6b' });
  c.pod('desk/trade-6b-k7wzq', { node: 'worker-1', ip: '10.244.1.4', age: '58m', owner: 'ReplicaSet/trade-6b' });
  c.event('Node/worker-1', { reason: 'ContainerdStart', message: 'Starting containerd container runtime...', age: '72m' });
  return scenario('duplicate-pod-ip/finished-third', c, {
    title: 'Two live pods and a finished one on one address, after the runtime restarted',
    ask: 'desk/order-6b-x2vbn',
    cause: ['ipam-state-corrupt'],
    not: ['benign-sharing', 'node-cidr-overlap', 'allocation-race'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.244.1.3', holders: ['desk/order-6b-x2vbn', 'web/front-59c7-m8wzn'] },
      { id: 'duplicate-pod-ip', address: '10.244.1.4' },
    ],
    quiet: ['batch/export-2937-x2vbn'],
    notes: 'The finished pod is no party.',
  });
}

/** A Service that is asked about, with an endpoint that went elsewhere. */
function serviceAsked(): Scenario {
  const c = flannelCluster({ version: '1.23.9' });
  c.pod('docs/render-66-2szmj', {
    node: 'worker-1',
    ip: '10.244.1.70',
    phase: 'Failed',
    reason: 'OutOfmemory',
    age: '2d',
    ended: '20h',
    owner: 'ReplicaSet/render-66',
  });
  c.pod('pay/batch-5c-k7wzq', { node: 'worker-1', ip: '10.244.1.70', age: '2h', owner: 'ReplicaSet/batch-5c' });
  c.service('docs/render', { clusterIP: '10.96.20.2', pods: ['docs/render-66-2szmj'] });
  return scenario('stale-endpoint/asked-by-service', c, {
    title: 'Why does this Service reach the wrong pod?',
    ask: 'service/docs/render',
    cause: ['stale-endpoints'],
    exit: 0,
    find: [{ id: 'stale-endpoint', address: '10.244.1.70', severity: 'warning' }],
    notes: 'The subject is a Service.',
  });
}

/** An address is asked about that a finished pod had. */
function addressAsked(): Scenario {
  const c = flannelCluster();
  c.pod('batch/export-2937-x2vbn', {
    node: 'worker-1',
    ip: '10.244.1.3',
    phase: 'Succeeded',
    age: '9h',
    ended: '8h',
    owner: 'Job/export-2937',
  });
  return scenario('benign-sharing/address-asked', c, {
    title: 'Who has this address?',
    ask: 'ip/10.244.1.3',
    cause: ['benign-sharing', 'no-conflict'],
    silent: ['duplicate-pod-ip'],
    notes: 'A live pod and a finished one.',
  });
}

/** Two Kubernetes networks that only look alike: OpenShift's Service range beside the pods'. */
function openshiftHealthy(): Scenario {
  const c = plain({ podCIDR: null, version: '1.30.7' });
  agents.ovnKubernetes(c, {
    'cp-1': ['10.128.0.0/23'],
    'worker-1': ['10.131.0.0/23'],
    'worker-2': ['10.129.2.0/23'],
    'worker-3': ['10.128.4.0/23'],
  });
  c.custom('config.openshift.io/v1', 'Network', 'cluster', {
    spec: { clusterNetwork: [{ cidr: '10.128.0.0/14', hostPrefix: 23 }], serviceNetwork: ['172.30.0.0/16'], networkType: 'OVNKubernetes' },
    status: {
      clusterNetwork: [{ cidr: '10.128.0.0/14', hostPrefix: 23 }],
      serviceNetwork: ['172.30.0.0/16'],
      networkType: 'OVNKubernetes',
    },
  });
  crowd(c, (w, k) => ['', `10.131.0.${k + 10}`, `10.129.2.${k + 10}`, `10.128.4.${k + 10}`][w]!, [1, 2, 3], '172.30.');
  c.service('default/kubernetes', { clusterIP: '172.30.0.1', port: 443, selector: null });
  return scenario('ovn-kubernetes/openshift', c, {
    title: 'A healthy OpenShift cluster',
    silent: ['node-range-outside-cluster-cidr', 'overlapping-node-ranges', 'pod-ip-equals-infrastructure-ip'],
    notes: 'Subnets out of one /14.',
  });
}

/** Whereabouts keeps the entry of a StatefulSet's pod that is being made again. */
function stickyEntry(): Scenario {
  const c = flannelCluster();
  agents.multus(c);
  agents.whereabouts(c);
  attachment(c, 'core/n3', { type: 'macvlan', master: 'ens4', ipam: { type: 'whereabouts', range: '10.8.4.0/24' } });
  c.pod('core/smf-0', {
    node: 'worker-1',
    ip: '10.244.1.40',
    age: '10d',
    owner: 'StatefulSet/smf',
    annotations: attached('10.244.1.40', { 'core/n3': '10.8.4.10' }),
  });
  c.workload('StatefulSet', 'core/smf', { replicas: 2 });
  c.pod('core/smf-1', {
    node: 'worker-2',
    creating: true,
    age: '20s',
    owner: 'StatefulSet/smf',
    annotations: { 'k8s.v1.cni.cncf.io/networks': 'core/n3' },
  });
  whereaboutsPool(c, '10.8.4.0/24', { 10: 'core/smf-0', 11: 'core/smf-1' });
  return scenario('whereabouts/sticky-entry', c, {
    title: 'The record of a StatefulSet’s pod that is just being made again',
    silent: ['ipam-leak', 'ipam-in-use-not-allocated', 'duplicate-secondary-ip', 'pool-nearly-full'],
    notes: 'The same podref gets its old entry back.',
  });
}

export const harder: readonly Scenario[] = [
  managerRestart(),
  overlapWithoutPair(),
  overlapFixedRelease(),
  ciliumAgentRestart(),
  agentRestartAlone(),
  terminatingOnReady(),
  ovnShared(),
  serviceRangeNearlyFull(),
  eksPrefixes(),
  eksSubnetFull(),
  probeOnly(),
  kubeRouterProxyOnly(),
  kubeOvnSecondary(),
  oneExternalAddress(),
  leftoverTunnel(),
  scaledDown(),
  staticWaits(),
  twoTroubles('full'),
  twoTroubles('overlap'),
  finishedThird(),
  serviceAsked(),
  addressAsked(),
  openshiftHealthy(),
  stickyEntry(),
  oneWireTwoNames(),
];
