import { Cluster, type Scenario } from '../build.ts';
import { agents, annotate, calico, calicoIpam, cilium, flannel, k3s } from '../cnis.ts';
import { crowd, inVpc, lan244, plain, scenario } from './common.ts';

/** I70: Cilium's default pool over the nodes' LAN. */
function defaultPoolOverLan(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.0.0.', workers: 2, age: '20m', on: { 'worker-1': { ready: 'Unknown', readySince: '9m' } } });
  c.controlPlane({ serviceRange: '10.96.0.0/12', args: [] });
  cilium(c, {
    version: 'v1.18.9',
    pool: '10.0.0.0/8',
    age: '10m',
    ranges: { 'cp-1': ['10.0.0.0/24'], 'worker-1': ['10.0.1.0/24'], 'worker-2': ['10.0.2.0/24'] },
    router: { 'cp-1': '10.0.0.143', 'worker-2': '10.0.2.7' },
  });
  c.pod('kube-system/coredns-6c8d-7bqtx', { node: 'worker-2', ip: '10.0.2.33', age: '8m', owner: 'ReplicaSet/coredns-6c8d', ready: false });
  return scenario('pod-cidr-overlaps-node-network/cilium-default-pool', c, {
    title: 'Cilium’s default pool 10.0.0.0/8 over nodes in 10.0.0.0/24',
    source: ['cilium/cilium#42383'],
    ask: 'kube-system/coredns-6c8d-7bqtx',
    cause: ['pod-cidr-overlaps-node-network'],
    not: ['cni-agent-unhealthy', 'node-cidr-overlap', 'pod-cidr-overlaps-service-cidr'],
    find: [{ id: 'pod-range-overlaps-node-network', nodes: ['cp-1'] }],
    notes: 'The range of cp-1 contains the nodes’ addresses: broken now, not only latent.',
  });
}

/** I71. */
function homeLan(): Scenario {
  const c = new Cluster({ version: '1.30.2' });
  c.node('cp-1', { ip: '10.42.1.17', podCIDRs: ['10.42.0.0/24'], labels: { 'node-role.kubernetes.io/control-plane': 'true' } }).node(
    'worker-1',
    { ip: '10.42.0.9', podCIDRs: ['10.42.1.0/24'] },
  );
  k3s(c);
  c.pod('kube-system/coredns-7b9c-mw2vz', { node: 'cp-1', ip: '10.42.0.4', age: '60d', owner: 'ReplicaSet/coredns-7b9c' });
  c.pod('home/assistant-6f-x2vbn', { node: 'worker-1', ip: '10.42.1.5', age: '3d', owner: 'ReplicaSet/assistant-6f' });
  c.service('default/kubernetes', { clusterIP: '10.43.0.1', port: 443, selector: null });
  return scenario('pod-range-overlaps-node-network/k3s-home-lan', c, {
    title: 'k3s’ default range in a LAN of 10.42.0.0/23',
    source: ['k3s-io/k3s#588'],
    ask: 'home/assistant-6f-x2vbn',
    cause: ['pod-cidr-overlaps-node-network'],
    find: [{ id: 'pod-range-overlaps-node-network', ranges: ['10.42.0.0/24'] }],
    not: ['node-cidr-overlap', 'infrastructure-address-conflict'],
    notes: 'InternalIP of one node lies in the podCIDR of the other.',
  });
}

/** N12: designed so. */
function vpc(): Scenario {
  const c = inVpc();
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  return scenario('pod-range-overlaps-node-network/vpc-by-design', c, {
    title: 'Pods in the nodes’ subnet, by design',
    silent: ['pod-range-overlaps-node-network', 'pod-ip-equals-node-ip', 'pod-ip-outside-pod-ranges'],
    notes: 'Addresses of the VPC.',
  });
}

/** I72/N31: one node's InternalIP is its own tunnel address. */
function wrongNodeAddress(): Scenario {
  const c = plain({ podCIDR: null, lan: '172.16.99.', on: { 'worker-2': { ips: ['10.1.69.0'] } } });
  c.controlPlane({ podRange: '10.1.0.0/16', serviceRange: '10.152.183.0/24' });
  calico(c, { tunnels: { 'worker-1': '10.1.33.0', 'worker-2': '10.1.69.0', 'worker-3': '10.1.90.0' } });
  annotate(c, 'Node', 'worker-2', { 'projectcalico.org/IPv4Address': '172.16.99.12/24' });
  crowd(c, (w, k) => `10.1.${['', 33, 69, 90][w]}.${k + 1}`, [1, 2, 3], '10.152.');
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.1.0.0/16' }],
    blocks: { '10.1.33.0/26': 'worker-1', '10.1.69.0/26': 'worker-2', '10.1.90.0/26': 'worker-3' },
  });
  return scenario('infrastructure-address-conflict/node-took-its-tunnel-address', c, {
    title: 'A node reports its own tunnel address as its node address',
    source: ['canonical/microk8s#3669'],
    ask: 'node/worker-2',
    cause: ['infrastructure-address-conflict', 'node-identity-clash', 'inconclusive', 'benign-sharing', 'no-conflict'],
    not: ['pod-cidr-overlaps-node-network'],
    exit: [0, 1],
    silent: ['pod-range-overlaps-node-network'],
    quiet: ['10.1.0.0/16'],
    notes: 'Only one of four nodes lies in the pool, and on its own tunnel’s address: a wrong node IP, no overlap of networks.',
  });
}

/** I75: overlap in the second family only. */
function ipv6Services(): Scenario {
  const c = new Cluster();
  for (const n of [0, 1, 2])
    c.node(n === 0 ? 'cp-1' : `worker-${n}`, {
      ips: [`10.20.0.${10 + n}`, `fd10:20::${10 + n}`],
      podCIDRs: [`10.244.${n}.0/24`, `2001:db8:42:${n}::/64`],
    });
  c.controlPlane({ podRange: '10.244.0.0/16,2001:db8:42::/56', serviceRange: '10.96.0.0/16,2001:db8:42:1::/112' });
  flannel(c, '10.244.0.0/16');
  c.pod('app/a-5d7-x2vbn', { node: 'worker-1', ips: ['10.244.1.5', '2001:db8:42:1::5'], owner: 'ReplicaSet/a-5d7' });
  c.pod('app/b-5d7-q8wrk', { node: 'worker-2', ips: ['10.244.2.5', '2001:db8:42:2::5'], owner: 'ReplicaSet/b-5d7' });
  c.service('app/a', { clusterIPs: ['10.96.3.3', '2001:db8:42:1::a'], pods: ['app/a-5d7-x2vbn'] });
  return scenario('pod-cidr-overlaps-service-cidr/ipv6-only', c, {
    title: 'The IPv6 ranges of pods and Services overlap, the IPv4 ones do not',
    source: ['kubernetes/website#30646'],
    ask: 'app/a-5d7-x2vbn',
    cause: ['pod-cidr-overlaps-service-cidr'],
    find: [{ id: 'pod-range-overlaps-service-range', ranges: ['2001:db8:42:1::/112'] }],
    quiet: ['10.244.0.0/16', '10.96.0.0/16'],
    not: ['node-cidr-overlap', 'no-conflict'],
    notes: 'Each family for itself.',
  });
}

/** N21: the allocator keeps away from the Service range. */
function servicesInside(): Scenario {
  const c = plain({ podCIDR: (n) => `100.96.${n + 1}.0/24` });
  c.controlPlane({ podRange: '100.64.0.0/10', serviceRange: '100.64.0.0/13' });
  flannel(c, '100.64.0.0/10');
  crowd(c, (w, k) => `100.96.${w + 1}.${k + 2}`, [1, 2, 3], '100.64.');
  return scenario('pod-range-overlaps-service-range/filtered', c, {
    title: 'The Service range lies in the cluster range, and no node’s range in it',
    source: ['kubernetes/kops#16340'],
    cause: ['no-conflict', 'benign-sharing', 'pod-cidr-overlaps-service-cidr'],
    silent: ['pod-ip-equals-service-ip'],
    find: [{ id: 'pod-range-overlaps-service-range', severity: ['warning', 'info'], optional: true }],
    quiet: ['100.96.1.0/24', '100.96.2.0/24'],
    notes: 'Warning at most: the controller manager knows the Service range.',
  });
}

function podOnClusterIp(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.224.0.', workers: 2 });
  c.service('default/kubernetes', { clusterIP: '10.0.0.1', port: 443, selector: null });
  cilium(c, {
    version: 'v1.15.0',
    pool: '10.0.0.0/8',
    ranges: { 'cp-1': ['10.0.1.0/24'], 'worker-1': ['10.0.0.0/24'], 'worker-2': ['10.0.2.0/24'] },
    router: { 'worker-1': '10.0.0.200', 'worker-2': '10.0.2.200' },
  });
  c.pod('kube-system/coredns-6c8d-7bqtx', {
    node: 'worker-2',
    ip: '10.0.2.10',
    age: '5h',
    owner: 'ReplicaSet/coredns-6c8d',
    labels: { 'k8s-app': 'kube-dns' },
  });
  c.pod('kube-system/relay-595-rn6rt', {
    node: 'worker-1',
    ip: '10.0.0.10',
    age: '4h',
    owner: 'ReplicaSet/relay-595',
    ready: false,
    waiting: 'CrashLoopBackOff',
    restarts: 9,
    ended: '3m',
  });
  c.service('kube-system/kube-dns', {
    clusterIP: '10.0.0.10',
    port: 53,
    selector: { 'k8s-app': 'kube-dns' },
    pods: ['kube-system/coredns-6c8d-7bqtx'],
  });
  return scenario('pod-ip-equals-service-ip/default-pool', c, {
    title: 'A pod has the ClusterIP of DNS',
    source: ['cilium/cilium#30905'],
    ask: 'kube-system/relay-595-rn6rt',
    cause: ['pod-cidr-overlaps-service-cidr'],
    not: ['pod-cidr-overlaps-node-network', 'service-ip-conflict'],
    find: [
      { id: 'pod-ip-equals-service-ip', address: '10.0.0.10', holders: ['kube-system/relay-595-rn6rt'] },
      { id: 'pod-range-overlaps-service-range', severity: ['error', 'warning'], optional: true },
    ],
    notes: 'No Service range is stated anywhere; the ClusterIPs tell.',
  });
}

/** I29: Cilium chained on Kube-OVN; its router addresses come out of the pods' range. */
function chainedRouter(): Scenario {
  const c = plain({ podCIDR: (n) => `10.244.${n}.0/24` });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.kubeOvn(c);
  cilium(c, {
    version: 'v1.17.16',
    ipam: 'kubernetes',
    config: { 'cni-chaining-mode': 'generic-veth' },
    router: { 'worker-1': '10.244.1.90', 'worker-2': '10.244.2.37', 'worker-3': '10.244.3.11' },
  });
  crowd(c, (w, k) => `10.244.77.${10 * w + k}`);
  c.pod('tenant/db-0', { node: 'worker-1', ip: '10.244.2.37', age: '3h', owner: 'StatefulSet/db' });
  c.crd('Subnet', 'subnets', 'kubeovn.io')
    .crd('IP', 'ips', 'kubeovn.io')
    .custom('kubeovn.io/v1', 'Subnet', 'ovn-default', {
      spec: { vpc: 'ovn-cluster', cidrBlock: '10.244.0.0/16', gateway: '10.244.0.1', provider: 'ovn' },
      status: { v4availableIPs: 65_000, v4usingIPs: 9 },
    });
  for (const [ref, object] of [...c.objects].filter(([key]) => key.startsWith('v1|Pod|'))) {
    const { podIP } = object['status'] as { podIP?: string };
    const [namespace, name] = ref.slice('v1|Pod|'.length).split('/') as [string, string];
    if (podIP === undefined || (object['spec'] as { hostNetwork?: boolean }).hostNetwork) continue;
    annotate(c, 'Pod', `${namespace}/${name}`, {
      'ovn.kubernetes.io/allocated': 'true',
      'ovn.kubernetes.io/ip_address': podIP,
      'ovn.kubernetes.io/logical_switch': 'ovn-default',
    });
    c.custom('kubeovn.io/v1', 'IP', `${name}.${namespace}`, {
      spec: {
        podName: name,
        namespace,
        subnet: 'ovn-default',
        nodeName: (object['spec'] as { nodeName: string }).nodeName,
        v4IpAddress: podIP,
        ipAddress: podIP,
      },
    });
  }
  return scenario('pod-ip-equals-infrastructure-ip/chained-router', c, {
    title: 'A pod has the address of another node’s cilium_host',
    source: ['cozystack/cozystack#3740'],
    ask: 'tenant/db-0',
    cause: ['multiple-cnis', 'infrastructure-address-conflict'],
    not: ['no-conflict', 'ipam-state-corrupt', 'node-cidr-overlap'],
    find: [{ id: 'pod-ip-equals-infrastructure-ip', address: '10.244.2.37', holders: ['tenant/db-0', 'tunnel/worker-2'] }],
    notes: 'No two pods share an address: two address managers draw from one range.',
  });
}

/** The twin: a designed chain with disjoint ranges. */
function chainedDisjoint(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.60.16.' });
  agents.awsNode(c);
  cilium(c, { ipam: 'cluster-pool', config: { 'cni-chaining-mode': 'aws-cni' }, router: { 'worker-1': '10.244.1.90' } });
  crowd(c, (w, k) => `10.60.16.${100 + 10 * w + k}`, [1, 2, 3], '172.20.');
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  return scenario('multiple-cnis/designed-chain', c, {
    title: 'Cilium chained on the AWS VPC CNI',
    silent: ['multiple-cnis', 'pod-ip-equals-infrastructure-ip', 'pod-ip-outside-pod-ranges'],
    notes: 'A designed pair.',
  });
}

/** I35 family, IPIP replaced by VXLAN. */
function tunnelAddress(): Scenario {
  const c = plain({ podCIDR: null, on: { 'worker-2': { age: '190m' } } });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { version: 'v3.21.5', tunnels: { 'worker-1': '10.42.1.0', 'worker-2': '10.42.1.40', 'worker-3': '10.42.3.0' } });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`, [1, 3]);
  c.pod('prod/queue-3', { node: 'worker-1', ip: '10.42.1.40', age: '3h', owner: 'StatefulSet/queue' });
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.3.0/26': 'worker-3' },
    extra: [{ address: '10.42.1.40', pod: 'prod/queue-3', node: 'worker-1', age: '3h' }],
  });
  c.log(
    'kube-system/calico-kube-controllers-6d8f-q7wzn/calico-kube-controllers',
    '2026-03-11 06:21:35.114 [INFO][1] ipam.go 1012: Garbage collecting leaked IP address handle="vxlan-tunnel-addr-worker-2" ip="10.42.1.40" node="worker-2"',
  );
  return scenario('infrastructure-address-conflict/tunnel-address', c, {
    title: 'A pod got the tunnel address of a node that came back',
    source: ['projectcalico/calico#7192'],
    ask: 'prod/queue-3',
    cause: ['infrastructure-address-conflict', 'ipam-state-corrupt'],
    not: ['no-conflict', 'node-cidr-overlap', 'node-reregistered'],
    bug: 'projectcalico/calico#3589',
    find: [{ id: 'pod-ip-equals-infrastructure-ip', address: '10.42.1.40', holders: ['prod/queue-3', 'tunnel/worker-2'] }],
    notes: 'Annotation equals the pod’s address; the record is the pod’s.',
  });
}

/** A pod with a node's address. */
function nodeAddress(): Scenario {
  const c = plain({ podCIDR: null, lan: '10.42.1.' });
  c.controlPlane({ args: [], serviceRange: '10.96.0.0/16' });
  calico(c);
  c.pod('app/web-1', { node: 'worker-1', ip: '10.42.1.12', age: '2h', owner: 'StatefulSet/web' });
  crowd(c, (w, k) => `10.42.${w + 20}.${k + 1}`);
  calicoIpam(c, {
    pools: [{ name: 'default', cidr: '10.42.0.0/16' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.21.0/26': 'worker-1', '10.42.22.0/26': 'worker-2', '10.42.23.0/26': 'worker-3' },
  });
  return scenario('pod-ip-equals-node-ip/pool-over-lan', c, {
    title: 'A pod has the address of a node, because the pool contains the LAN',
    ask: 'app/web-1',
    cause: ['pod-cidr-overlaps-node-network', 'infrastructure-address-conflict'],
    not: ['no-conflict', 'benign-sharing'],
    find: [
      { id: 'pod-ip-equals-node-ip', address: '10.42.1.12', holders: ['app/web-1'] },
      { id: 'pod-range-overlaps-node-network', severity: ['error', 'warning'] },
    ],
    notes: 'The range is the cause, the equal address the effect.',
  });
}

/** I68: two nodes with one InternalIP. */
function duplicateNodeAddress(): Scenario {
  const c = plain({ on: { 'worker-3': { ips: ['10.20.0.12'], age: '3h' } } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  return scenario('duplicate-node-ip/two-machines', c, {
    title: 'Two nodes have one InternalIP',
    ask: 'node/worker-3',
    cause: ['node-identity-clash', 'infrastructure-address-conflict'],
    not: ['no-conflict', 'benign-sharing'],
    find: [
      { id: ['duplicate-node-ip', 'duplicate-node-identity'], nodes: ['worker-2', 'worker-3'] },
      { id: 'duplicate-node-ip', address: '10.20.0.12' },
    ],
    notes: 'Host-network pods on different nodes with one address: the nodes’ own clash.',
  });
}

/** The twin: a stale Node object that a rename left behind. */
function renamedNode(): Scenario {
  const c = plain({
    on: { 'worker-3': { ips: ['10.20.0.12'], ready: 'Unknown', readySince: '40d', age: '120d' }, 'worker-2': { age: '40d' } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { nodes: ['cp-1', 'worker-1', 'worker-2'] });
  crowd(c, lan244, [1, 2]);
  return scenario('duplicate-node-ip/renamed', c, {
    title: 'A machine was renamed; its former Node object is dead',
    cause: ['no-conflict', 'benign-sharing', 'node-identity-clash'],
    find: [{ id: 'duplicate-node-ip', severity: ['warning', 'info'], optional: true }],
    silent: ['cni-agent-missing'],
    notes: 'One machine: the former Node has not been Ready for 40 days.',
  });
}

/** I88: an outside network in the pod range: hint at most. */
function outsideNetwork(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.service('auth/ldap', { clusterIP: '10.96.14.4', port: 636, selector: null, addresses: ['10.244.128.11'] });
  return scenario('stale-endpoint/outside-network', c, {
    title: 'A hand-written endpoint inside the pod range, with no such pod',
    source: ['projectcalico/calico#7345'],
    silent: ['duplicate-pod-ip', 'duplicate-service-ip'],
    find: [{ id: ['stale-endpoint', 'pod-range-overlaps-node-network'], severity: ['warning', 'info'], optional: true }],
    cause: ['no-conflict', 'benign-sharing', 'pod-cidr-overlaps-node-network', 'inconclusive', 'stale-endpoints'],
    notes: 'A hint at most; no error.',
  });
}

/** I77 family. */
function staleEndpoint(): Scenario {
  const c = plain({ version: '1.22.7' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.pod('docs/render-66-2szmj', {
    node: 'worker-1',
    ip: '10.244.1.70',
    phase: 'Failed',
    reason: 'Terminated',
    age: '2d',
    ended: '20h',
    owner: 'ReplicaSet/render-66',
  });
  c.pod('docs/render-66-ok7vz', { node: 'worker-2', ip: '10.244.2.70', age: '20h', owner: 'ReplicaSet/render-66' });
  c.pod('pay/batch-5c-k7wzq', { node: 'worker-1', ip: '10.244.1.70', age: '2h', owner: 'ReplicaSet/batch-5c' });
  c.service('docs/render', { clusterIP: '10.96.20.2', pods: ['docs/render-66-2szmj', 'docs/render-66-ok7vz'] });
  return scenario('stale-endpoints/failed-pod', c, {
    title: 'An endpoint of a failed pod, whose address belongs to another now',
    source: ['kubernetes/kubernetes#109414'],
    ask: 'pay/batch-5c-k7wzq',
    cause: ['stale-endpoints'],
    not: ['no-conflict', 'ipam-state-corrupt'],
    bug: 'kubernetes/kubernetes#109414',
    exit: 0,
    find: [{ id: 'stale-endpoint', address: '10.244.1.70', severity: 'warning' }],
    silent: ['duplicate-pod-ip'],
    notes: 'Traffic for docs/render goes to pay/batch.',
  });
}

/** N37. */
function sliceTransition(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  const pod = c.objects.get('v1|Pod|web/front-59c7-m8wzn')!['metadata'] as { uid: string };
  const endpoint = {
    addresses: ['10.244.1.3'],
    conditions: { ready: true },
    nodeName: 'worker-1',
    targetRef: { kind: 'Pod', namespace: 'web', name: 'front-59c7-m8wzn', uid: pod.uid },
  };
  c.endpointSlice('web/front-second', 'front', [endpoint]);
  c.service('web/front-internal', { clusterIP: '10.96.71.9', selector: { app: 'front' }, pods: ['web/front-59c7-m8wzn'] });
  c.service('web/front-headless', { clusterIP: 'None', selector: { app: 'front' }, pods: ['web/front-59c7-m8wzn'] });
  c.service('web/store-headless', { clusterIP: 'None' });
  return scenario('stale-endpoint/slice-transition', c, {
    title: 'One pod in two slices and several Services; headless Services',
    silent: ['stale-endpoint', 'duplicate-service-ip', 'duplicate-pod-ip'],
    notes: 'Same targetRef: one pod.',
  });
}

/** I87: a load balancer address given twice. */
function loadBalancerTwice(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.workload('Deployment', 'metallb-system/controller', { image: 'quay.io/metallb/controller:v0.13.10' });
  c.pod('metallb-system/controller-66-x2vbn', {
    node: 'worker-2',
    ip: '10.244.2.90',
    age: '30d',
    owner: 'ReplicaSet/controller-66',
    image: 'quay.io/metallb/controller:v0.13.10',
    restarts: 1,
    ended: '62m',
  });
  c.service('mail/smtp', { type: 'LoadBalancer', clusterIP: '10.96.33.1', loadBalancer: '192.168.10.40', port: 443, age: '80d' });
  c.service('chat/server', { type: 'LoadBalancer', clusterIP: '10.96.33.2', loadBalancer: '192.168.10.40', port: 443, age: '60m' });
  return scenario('service-ip-conflict/load-balancer', c, {
    title: 'A load balancer address was given twice after its controller restarted',
    source: ['metallb/metallb#2479'],
    ask: 'service/chat/server',
    cause: ['service-ip-conflict'],
    not: ['no-conflict', 'benign-sharing', 'stale-endpoints'],
    find: [{ id: 'duplicate-service-ip', address: '192.168.10.40', holders: ['mail/smtp', 'chat/server'] }],
    notes: 'No sharing key on either.',
  });
}

/** N19. */
function sharedByKey(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  const key = { 'metallb.universe.tf/allow-shared-ip': 'mail' };
  c.service('mail/smtp', { type: 'LoadBalancer', clusterIP: '10.96.33.1', loadBalancer: '192.168.10.40', port: 25, annotations: key });
  c.service('mail/imap', { type: 'LoadBalancer', clusterIP: '10.96.33.2', loadBalancer: '192.168.10.40', port: 143, annotations: key });
  const cilium1 = { 'lbipam.cilium.io/sharing-key': 'a' };
  c.service('dns/tcp', { type: 'LoadBalancer', clusterIP: '10.96.33.3', loadBalancer: '192.168.10.41', port: 53, annotations: cilium1 });
  c.service('dns/udp', { type: 'LoadBalancer', clusterIP: '10.96.33.4', loadBalancer: '192.168.10.41', port: 5353, annotations: cilium1 });
  c.service('edge/a', { clusterIP: '10.96.33.5', externalIPs: ['192.168.10.50'], port: 80 });
  c.service('edge/b', { clusterIP: '10.96.33.6', externalIPs: ['192.168.10.50'], port: 443 });
  return scenario('duplicate-service-ip/shared-by-key', c, {
    title: 'Load balancers that share an address by key; one externalIP, two ports',
    silent: ['duplicate-service-ip'],
    notes: 'Intended.',
  });
}

function clusterIpTwice(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16', serviceRange: '10.96.0.0/22' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244, [1, 2, 3], '10.96.');
  c.service('a/web', { clusterIP: '10.96.2.200', age: '200d' });
  c.service('b/api', { clusterIP: '10.96.2.200', age: '2d' });
  c.objects.delete('v1|Service|web/front');
  c.service('web/front', { clusterIP: '10.96.1.4' });
  return scenario('duplicate-service-ip/cluster-ip', c, {
    title: 'Two Services with one ClusterIP',
    ask: 'service/b/api',
    cause: ['service-ip-conflict'],
    find: [{ id: 'duplicate-service-ip', address: '10.96.2.200', holders: ['a/web', 'b/api'] }],
    notes: 'Pods are clean.',
  });
}

/** I47: a VIP that the CNI gave to a pod. */
function vip(): Scenario {
  const c = inVpc();
  c.pod('erp/core-6b-x2vzn', { node: 'worker-2', ip: '10.60.16.23', age: '5h', owner: 'ReplicaSet/core-6b' });
  c.service('legacy/gateway', { clusterIP: '172.20.9.9', externalIPs: ['10.60.16.23'], age: '300d' });
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  return scenario('infrastructure-address-conflict/external-ip', c, {
    title: 'A secondary address that an administrator added went to a pod',
    source: ['aws/amazon-vpc-cni-k8s#1466'],
    ask: 'erp/core-6b-x2vzn',
    cause: ['infrastructure-address-conflict', 'static-ip-conflict', 'service-ip-conflict'],
    not: ['no-conflict', 'ipam-state-corrupt', 'pod-cidr-overlaps-service-cidr', 'pod-cidr-overlaps-node-network'],
    find: [
      {
        id: ['pod-ip-equals-service-ip', 'pod-ip-equals-infrastructure-ip', 'static-ip-conflict'],
        address: '10.60.16.23',
        holders: ['erp/core-6b-x2vzn'],
      },
    ],
    notes: 'externalIP equals the pod’s address.',
  });
}

/** I76: MetalLB's pool contains node addresses, and one was given. */
function loadBalancerOnNode(): Scenario {
  const c = plain({ lan: '192.168.1.' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.custom('metallb.io/v1beta1', 'IPAddressPool', 'metallb-system/lan', { spec: { addresses: ['192.168.1.10-192.168.1.60'] } });
  c.service('shop/web', { type: 'LoadBalancer', clusterIP: '10.96.40.1', loadBalancer: '192.168.1.12', age: '2h' });
  return scenario('infrastructure-address-conflict/load-balancer-on-node', c, {
    title: 'A load balancer has the address of a node',
    source: ['metallb/metallb#364'],
    ask: 'service/shop/web',
    cause: ['infrastructure-address-conflict', 'service-ip-conflict', 'inconclusive'],
    not: ['benign-sharing'],
    exit: 1,
    find: [
      {
        id: [
          'duplicate-service-ip',
          'duplicate-node-ip',
          'pod-ip-equals-infrastructure-ip',
          'pod-ip-equals-node-ip',
          'pod-ip-equals-service-ip',
        ],
        severity: 'error',
        address: '192.168.1.12',
      },
    ],
    notes: 'Not k3s, whose Services use node addresses by design: the pool of MetalLB contains the LAN.',
  });
}

/** OVN-Kubernetes: a pod with the address of a management port. */
function managementPort(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ args: [] });
  agents.ovnKubernetes(c, {
    'cp-1': ['10.128.0.0/23'],
    'worker-1': ['10.128.2.0/23'],
    'worker-2': ['10.128.4.0/23'],
    'worker-3': ['10.128.6.0/23'],
  });
  crowd(c, (w, k) => `10.128.${2 * w}.${k + 5}`);
  c.pod('app/odd-0', { node: 'worker-2', ip: '10.128.4.2', age: '2h', owner: 'StatefulSet/odd' });
  return scenario('ovn-kubernetes/management-port', c, {
    title: 'A pod has the address of its node’s management port',
    source: ['ovn-org/ovn-kubernetes#698'],
    ask: 'app/odd-0',
    cause: ['infrastructure-address-conflict', 'ipam-state-corrupt'],
    find: [{ id: 'pod-ip-equals-infrastructure-ip', address: '10.128.4.2', holders: ['app/odd-0', 'tunnel/worker-2'] }],
    not: ['no-conflict', 'node-cidr-overlap'],
    notes: '.2 of every node subnet.',
  });
}

export const networks: readonly Scenario[] = [
  defaultPoolOverLan(),
  homeLan(),
  vpc(),
  wrongNodeAddress(),
  ipv6Services(),
  servicesInside(),
  podOnClusterIp(),
  chainedRouter(),
  chainedDisjoint(),
  tunnelAddress(),
  nodeAddress(),
  duplicateNodeAddress(),
  renamedNode(),
  outsideNetwork(),
  staleEndpoint(),
  sliceTransition(),
  loadBalancerTwice(),
  sharedByKey(),
  clusterIpTwice(),
  vip(),
  loadBalancerOnNode(),
  managementPort(),
];
