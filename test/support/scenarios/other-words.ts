import type { Cluster, Plain, Scenario } from '../build.ts';
import { agents, calico, calicoIpam, cilium, flannel, kubeOvnIpam } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

/** Says objects of a kind in other words. */
function retell(cluster: Cluster, kind: string, tell: (object: Plain) => Plain): Cluster {
  for (const [key, object] of cluster.objects) if (object['kind'] === kind) cluster.objects.set(key, tell(object));
  return cluster;
}

/** Endpoints where today EndpointSlices are. */
const asEndpoints = (slice: Plain): Plain => {
  const { labels, namespace } = slice['metadata'] as { labels: Record<string, string>; namespace: string };
  const endpoints = slice['endpoints'] as { addresses: string[]; nodeName?: string; targetRef?: Plain }[];
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: labels['kubernetes.io/service-name'], namespace },
    subsets: [
      {
        addresses: endpoints.map(({ addresses, nodeName, targetRef }) => ({ ip: addresses[0], nodeName, targetRef })),
        ports: slice['ports'],
      },
    ],
  };
};

/** I77 as a cluster of its time tells it: Endpoints, and no EndpointSlices. */
function endpointsOnly(): Scenario {
  const c = plain({ version: '1.16.15' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  crowd(flannel(c, '10.244.0.0/16'), lan244);
  c.pod('books/index-66-2szmj', {
    node: 'worker-1',
    ip: '10.244.1.70',
    phase: 'Failed',
    reason: 'Terminated',
    age: '2d',
    ended: '20h',
    owner: 'ReplicaSet/index-66',
  });
  c.pod('mail/queue-5c-k7wzq', { node: 'worker-1', ip: '10.244.1.70', age: '2h', owner: 'ReplicaSet/queue-5c' });
  c.service('books/index', { clusterIP: '10.96.20.2', pods: ['books/index-66-2szmj'] });
  retell(c, 'EndpointSlice', asEndpoints);
  return scenario('stale-endpoint/endpoints-only', c, {
    title: 'Endpoints of a Failed pod, in a cluster without EndpointSlices',
    source: ['kubernetes/kubernetes#109414'],
    ask: 'mail/queue-5c-k7wzq',
    cause: ['stale-endpoints'],
    not: ['benign-sharing', 'no-conflict'],
    exit: 0,
    find: [{ id: 'stale-endpoint', address: '10.244.1.70', severity: 'warning' }],
    notes: 'targetRef of the Endpoints is the Failed pod.',
  });
}

/** Pools as `kubectl get ippools` prints them where Calico’s API server runs. */
function poolsOfTheApiServer(): Scenario {
  const c = plain({ version: '1.29.4' });
  c.controlPlane({ podRange: '10.86.0.0/16' });
  calico(c, { version: 'v3.27.3' });
  crowd(c, (w, k) => `10.86.${w}.${k + 5}`);
  calicoIpam(c, {
    pools: [
      { name: 'default-ipv4-ippool', cidr: '10.86.0.0/16', age: '300d' },
      { name: 'batch', cidr: '10.86.192.0/20', blockSize: 28, age: '9d' },
    ],
    blocks: { '10.86.1.0/26': 'worker-1', '10.86.2.0/26': 'worker-2', '10.86.3.0/26': 'worker-3' },
  });
  retell(c, 'IPPool', (pool) => ({ ...pool, apiVersion: 'projectcalico.org/v3' }));
  return scenario('overlapping-pools/calico-api-server', c, {
    title: 'Nested pools, in the words of Calico’s API server',
    cause: ['ip-pool-overlap'],
    not: ['no-conflict', 'ip-pool-exhausted', 'ipam-state-corrupt'],
    find: [{ id: 'overlapping-pools', ranges: ['10.86.0.0/16', '10.86.192.0/20'] }],
    notes: 'The CRD of the store was read, and no object of it: the pools stand in the group that kubectl prefers.',
  });
}

/** I75 where the control plane does not show its arguments. */
function observedServicesV6(inside: boolean): Scenario {
  const c = plain({ version: '1.30.4', podCIDR: (n) => [`10.244.${n}.0/24`, `2001:db8:42:${n}::/64`] });
  flannel(c, '10.244.0.0/16');
  c.daemonSet('kube-system/kube-proxy', { image: 'registry.k8s.io/kube-proxy:v1.30.4' });
  crowd(c, lan244);
  const prefix = inside ? '2001:db8:42:1' : '2001:db8:43:1';
  c.service('default/kubernetes', { clusterIP: '10.96.0.1', port: 443, selector: null });
  c.service('kube-system/dns-v6', { clusterIPs: ['10.96.0.11', `${prefix}::a`] });
  c.service('web/shop', { clusterIPs: ['10.96.4.7', `${prefix}::4f21`] });
  return scenario(`pod-range-overlaps-service-range/${inside ? 'observed-ipv6' : 'observed-ipv6-apart'}`, c, {
    title: inside ? 'ClusterIPs of IPv6 lie in a node’s range' : 'ClusterIPs of IPv6 beside the nodes’ ranges',
    source: ['kubernetes/website#30646'],
    ...(inside
      ? {
          cause: ['pod-cidr-overlaps-service-cidr'],
          not: ['no-conflict'],
          find: [{ id: 'pod-range-overlaps-service-range', ranges: ['2001:db8:42:1::/64', '2001:db8:42:1::/112'], nodes: ['worker-1'] }],
        }
      : { silent: ['pod-range-overlaps-service-range'] }),
    notes: 'IPv4 is clean. No argument and no ServiceCIDR states the range: the ClusterIPs do.',
  });
}

/** I73 of which no DaemonSet was read, so that nothing tells the range of Weave Net. */
function podsInTheServiceRange(): Scenario {
  const c = plain({ podCIDR: null, version: '1.17.3' });
  c.controlPlane({ podRange: '10.96.0.0/16' });
  agents.weave(c, '10.96.0.0/16');
  crowd(c, (w, k) => `10.96.${220 + w}.${k + 3}`);
  for (const key of c.objects.keys()) if (key.startsWith('apps/v1|DaemonSet|')) c.objects.delete(key);
  return scenario('pod-range-overlaps-service-range/addresses-alone', c, {
    title: 'Pods have addresses of the Service range, and their own range was not read',
    source: ['coredns/coredns#3704'],
    cause: ['pod-cidr-overlaps-service-cidr'],
    not: ['no-conflict'],
    find: [{ id: 'pod-range-overlaps-service-range', ranges: ['10.96.0.0/12'] }],
    notes: 'The API server’s argument and the pods’ addresses suffice.',
  });
}

/** N06 with a record for each pod, of which one has ended. */
function movedMachine(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c);
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`);
  const machine = { labels: { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': 'erp' }, owner: 'VirtualMachineInstance/erp' };
  c.pod('vms/virt-launcher-erp-7xk2p', { node: 'worker-1', ip: '10.16.9.31', age: '6d', ...machine });
  c.pod('vms/virt-launcher-erp-h4v9z', { node: 'worker-3', ip: '10.16.9.31', age: '5m', ...machine });
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.16.0.0/16' }]);
  (c.objects.get('v1|Pod|vms/virt-launcher-erp-7xk2p')!['status'] as Plain)['phase'] = 'Succeeded';
  return scenario('ipam-double-allocation/moved-machine', c, {
    title: 'A virtual machine has moved, and the pod it left keeps its record',
    source: ['kubevirt/kubevirt#16622'],
    ask: 'vms/virt-launcher-erp-h4v9z',
    silent: ['ipam-double-allocation', 'duplicate-pod-ip'],
    quiet: ['vms/virt-launcher-erp-h4v9z', '10.16.9.31'],
    notes: 'The later moment of ipam-double-allocation/one-machine.',
  });
}

/** The refusal does not say which address it means. */
function refusedUnnamed(): Scenario {
  const c = plain({ version: '1.31.2', podCIDR: (n) => `10.244.${n}.0/24` });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  agents.kubeOvn(c, 'v1.13.13');
  cilium(c, {
    ipam: 'kubernetes',
    config: { 'cni-chaining-mode': 'generic-veth' },
    ranges: Object.fromEntries(c.nodes.map((node, n) => [node, [`10.244.${n}.0/24`]])),
    router: { 'cp-1': '10.244.0.197', 'worker-1': '10.244.1.94', 'worker-2': '10.244.2.31', 'worker-3': '10.244.3.118' },
  });
  crowd(c, (w, k) => `10.244.0.${w * 10 + k}`);
  c.pod('db/ledger-0', { node: 'worker-1', creating: true, age: '9m', owner: 'StatefulSet/ledger' });
  c.sandboxFails(
    'db/ledger-0',
    'plugin type="cilium-cni" failed (add): unable to create endpoint: [PUT /endpoint/{id}][400] putEndpointIdInvalid  IP already in use',
  );
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.244.0.0/16' }]);
  c.custom('kubeovn.io/v1', 'IP', 'ledger-0.db', {
    spec: { podName: 'ledger-0', namespace: 'db', subnet: 'ovn-default', nodeName: 'worker-1', v4IpAddress: '10.244.2.31' },
  });
  return scenario('cilium/refused-unnamed', c, {
    title: 'A refusal without the address, which the other allocator’s record names',
    source: ['cozystack/cozystack#3740'],
    ask: 'db/ledger-0',
    cause: ['infrastructure-address-conflict', 'multiple-cnis'],
    not: ['no-conflict', 'ipam-state-corrupt', 'cni-agent-unhealthy'],
    find: [{ id: 'sandbox-creation-failing', holders: ['db/ledger-0'] }],
    notes: 'The IP object of the waiting pod has the address of cilium_host on worker-2.',
  });
}

/** Every node has its range, and the controller was told another since: nothing fails before the next node joins. */
function mismatchToCome(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.200.0.0/16' });
  crowd(flannel(c, '10.244.0.0/16'), lan244);
  return scenario('cluster-cidr-mismatch/to-come', c, {
    title: 'The controller’s range is not the CNI’s, and all nodes have ranges',
    source: ['kubernetes/kubernetes#50305'],
    ask: 'node/worker-1',
    cause: ['cluster-cidr-mismatch'],
    not: ['no-conflict', 'node-cidr-overlap'],
    exit: 0,
    find: [{ id: 'cluster-cidr-mismatch', severity: 'warning', ranges: ['10.244.0.0/16', '10.200.0.0/16'] }],
    notes: 'A warning is a verdict where nothing worse is there.',
  });
}

/** I56 from a template: the annotation of the pods is the template's, no answer of the controller. */
function addressInTemplate(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c);
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`);
  const pods = ['fax/relay-6f-4mx2k', 'fax/relay-6f-t8wqz'];
  for (const [n, pod] of pods.entries())
    c.pod(pod, { node: `worker-${n + 1}`, ip: '10.16.3.10', age: '80m', owner: 'ReplicaSet/relay-6f' });
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.16.0.0/16' }], { omit: [pods[1]!] });
  c.workload('Deployment', 'fax/relay', { replicas: 2, annotations: { 'ovn.kubernetes.io/ip_address': '10.16.3.10' } });
  return scenario('static-ip-conflict/kube-ovn-template', c, {
    title: 'Kube-OVN’s annotation stands in a template with two replicas',
    source: ['kubeovn/kube-ovn#4304'],
    ask: pods[1]!,
    cause: ['static-ip-conflict'],
    not: ['allocation-race', 'ipam-state-corrupt', 'no-conflict'],
    find: [
      { id: 'static-ip-conflict', address: '10.16.3.10', holders: pods },
      { id: 'duplicate-pod-ip', address: '10.16.3.10', holders: pods },
    ],
    notes: 'Both pods run: the controller was down when they came.',
  });
}

/** Nothing is held twice, and nothing tells which ranges the nodes have. */
function rangesOfNobody(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ args: [], kubeadm: false });
  crowd(c, lan244);
  return scenario('no-conflict/ranges-unknown', c, {
    title: 'No CNI that is known, no podCIDR, and no address held twice',
    ask: 'web/front-59c7-m8wzn',
    cause: ['no-conflict'],
    unsure: true,
    notes: 'The nodes may have one range by mistake, and not have met in an address yet.',
  });
}

/** I79, hours later: a migration of a large machine that still runs, or one that has failed and left both pods. */
function longMigration(phase: 'Running' | 'Failed'): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c);
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`);
  const machine = { labels: { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': 'hana' }, owner: 'VirtualMachineInstance/hana' };
  const pods = ['vms/virt-launcher-hana-9z9h6', 'vms/virt-launcher-hana-wz2x4'];
  c.pod(pods[0]!, { node: 'worker-1', ip: '10.16.9.40', age: '12d', ...machine });
  c.pod(pods[1]!, { node: 'worker-2', ip: '10.16.9.40', age: '3h', ...machine });
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.16.0.0/16' }]);
  c.crd('VirtualMachineInstanceMigration', 'virtualmachineinstancemigrations', 'kubevirt.io', '90d', 'v1', 'Namespaced');
  const kind = 'VirtualMachineInstanceMigration';
  c.custom('kubevirt.io/v1', kind, 'vms/hana-move', { spec: { vmiName: 'hana' }, status: { phase } }, '3h');
  const said = { source: ['kubevirt/kubevirt#16622'], ask: pods[1]! };
  return phase === 'Running'
    ? scenario('benign-sharing/long-migration', c, {
        ...said,
        title: 'A large virtual machine migrates for hours',
        silent: ['duplicate-pod-ip', 'ipam-double-allocation'],
        quiet: [...pods, '10.16.9.40'],
        notes: 'Its migration has not come to an end.',
      })
    : scenario('duplicate-pod-ip/migration-over', c, {
        ...said,
        title: 'Two pods of a virtual machine run, and its migration has failed hours ago',
        cause: ['inconclusive', 'ipam-state-corrupt', 'stuck-terminating-pod'],
        not: ['no-conflict', 'benign-sharing', 'node-cidr-overlap'],
        find: [{ id: 'duplicate-pod-ip', address: '10.16.9.40', holders: pods }],
        notes: 'Twin of benign-sharing/long-migration: none of its migrations is under way.',
      });
}

export const otherWords: readonly Scenario[] = [
  endpointsOnly(),
  poolsOfTheApiServer(),
  observedServicesV6(true),
  observedServicesV6(false),
  podsInTheServiceRange(),
  movedMachine(),
  refusedUnnamed(),
  mismatchToCome(),
  addressInTemplate(),
  rangesOfNobody(),
  longMigration('Running'),
  longMigration('Failed'),
];
