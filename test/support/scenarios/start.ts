import { Cluster, type Scenario } from '../build.ts';
import { flannel } from '../cnis.ts';

/** The incident that `npm start` shows. */
function replacement(): Scenario {
  const c = new Cluster({ now: '2026-03-11T09:30:00Z', version: '1.31.1', age: '210d' });
  c.node('cp-1', {
    ip: '10.20.0.10',
    podCIDRs: ['10.244.0.0/24'],
    labels: { 'node-role.kubernetes.io/control-plane': '' },
    taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
  });
  c.node('pool-a-4t8wz', {
    ip: '10.20.1.14',
    podCIDRs: ['10.244.3.0/24'],
    age: '46d',
    deleting: '51m',
    finalizers: ['karpenter.sh/termination'],
    labels: { 'karpenter.sh/nodepool': 'pool-a' },
    taints: [{ key: 'karpenter.sh/disrupted', effect: 'NoSchedule', timeAdded: c.at('51m') }],
  });
  c.node('pool-a-9kq2m', { ip: '10.20.1.27', podCIDRs: ['10.244.5.0/24'], age: '32d', labels: { 'karpenter.sh/nodepool': 'pool-a' } });
  c.node('pool-a-c6vnd', { ip: '10.20.1.33', podCIDRs: ['10.244.6.0/24'], age: '32d', labels: { 'karpenter.sh/nodepool': 'pool-a' } });
  c.node('pool-a-x7h5r', { ip: '10.20.1.41', podCIDRs: ['10.244.3.0/24'], age: '38m', labels: { 'karpenter.sh/nodepool': 'pool-a' } });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  c.daemonSet('monitoring/node-exporter', { image: 'quay.io/prometheus/node-exporter:v1.8.2' });

  c.pod('billing/api-66c4d-9lq2z', {
    node: 'pool-a-4t8wz',
    ip: '10.244.3.17',
    age: '12d',
    owner: 'ReplicaSet/api-66c4d',
    labels: { app: 'api' },
  });
  c.pod('billing/worker-5c7b9-mm4tr', { node: 'pool-a-4t8wz', ip: '10.244.3.21', age: '12d', owner: 'ReplicaSet/worker-5c7b9' });
  c.pod('shop/cart-7d9f8-x2k4p', {
    node: 'pool-a-x7h5r',
    ip: '10.244.3.17',
    age: '24m',
    owner: 'ReplicaSet/cart-7d9f8',
    labels: { app: 'cart' },
  });
  c.pod('shop/cart-7d9f8-jw8vd', {
    node: 'pool-a-9kq2m',
    ip: '10.244.5.12',
    age: '9d',
    owner: 'ReplicaSet/cart-7d9f8',
    labels: { app: 'cart' },
  });
  c.pod('shop/checkout-6f5b4-tq9ls', { node: 'pool-a-x7h5r', ip: '10.244.3.4', age: '22m', owner: 'ReplicaSet/checkout-6f5b4' });
  c.pod('shop/catalog-84d6c-k5zxp', { node: 'pool-a-c6vnd', ip: '10.244.6.8', age: '9d', owner: 'ReplicaSet/catalog-84d6c' });
  c.pod('kube-system/coredns-668d6-b8vk2', {
    node: 'pool-a-9kq2m',
    ip: '10.244.5.2',
    age: '32d',
    owner: 'ReplicaSet/coredns-668d6',
    labels: { 'k8s-app': 'kube-dns' },
  });
  c.pod('kube-system/coredns-668d6-r4hcn', {
    node: 'pool-a-c6vnd',
    ip: '10.244.6.3',
    age: '32d',
    owner: 'ReplicaSet/coredns-668d6',
    labels: { 'k8s-app': 'kube-dns' },
  });
  // Finished Jobs keep the address they had; it is free and was given on.
  c.pod('billing/invoice-29377-zw6qd', {
    node: 'pool-a-9kq2m',
    ip: '10.244.5.30',
    age: '9h',
    phase: 'Succeeded',
    owner: 'Job/invoice-29377',
    ended: '9h',
  });
  c.pod('billing/invoice-29378-l2f7t', {
    node: 'pool-a-9kq2m',
    ip: '10.244.5.30',
    age: '30m',
    phase: 'Succeeded',
    owner: 'Job/invoice-29378',
    ended: '29m',
  });
  c.pod('shop/search-59b7d-hh2mk', { node: 'pool-a-9kq2m', ip: '10.244.5.30', age: '26m', owner: 'ReplicaSet/search-59b7d' });

  c.service('kube-system/kube-dns', {
    clusterIP: '10.96.0.10',
    port: 53,
    selector: { 'k8s-app': 'kube-dns' },
    pods: ['kube-system/coredns-668d6-b8vk2', 'kube-system/coredns-668d6-r4hcn'],
  });
  c.service('billing/api', { clusterIP: '10.101.44.7', pods: ['billing/api-66c4d-9lq2z'] });
  c.service('shop/cart', { clusterIP: '10.105.213.60', pods: ['shop/cart-7d9f8-jw8vd', 'shop/cart-7d9f8-x2k4p'] });
  c.service('shop/catalog', { clusterIP: '10.98.7.121', pods: ['shop/catalog-84d6c-k5zxp'] });
  c.service('shop/search', { clusterIP: '10.110.3.88', pods: ['shop/search-59b7d-hh2mk'] });
  c.event('Node/pool-a-x7h5r', {
    type: 'Normal',
    reason: 'RegisteredNode',
    message: 'Node pool-a-x7h5r event: Registered Node pool-a-x7h5r in Controller',
    age: '38m',
  });
  c.event('Node/pool-a-4t8wz', {
    reason: 'FailedDraining',
    message: 'Failed to drain node, 2 pods are waiting to be evicted',
    age: '3m',
    first: '50m',
    count: 26,
  });
  c.event('Pod/shop/cart-7d9f8-x2k4p', {
    reason: 'Unhealthy',
    message: 'Readiness probe failed: Get "http://10.244.3.17:8080/ready": dial tcp 10.244.3.17:8080: connect: connection refused',
    age: '2m',
    first: '21m',
    count: 18,
  });
  c.log(
    'kube-system/kube-controller-manager-cp-1/kube-controller-manager',
    `I0123 08:30:41.114532       1 range_allocator.go:422] "Set node PodCIDR" logger="node-ipam-controller" node="pool-a-4t8wz" podCIDRs=["10.244.3.0/24"]`,
    `I0311 08:52:03.700311       1 range_allocator.go:422] "Set node PodCIDR" logger="node-ipam-controller" node="pool-a-x7h5r" podCIDRs=["10.244.3.0/24"]`,
  );
  c.log(
    `${c.daemonPod('kube-flannel/kube-flannel-ds', 'pool-a-x7h5r')}/kube-flannel`,
    'I0311 08:52:19.402117       1 kube.go:524] Creating the node lease for IPv4. This is the n.Spec.PodCIDRs: [10.244.3.0/24]',
    'I0311 08:52:20.118034       1 main.go:436] Wrote subnet file to /run/flannel/subnet.env',
  );
  c.log(
    `${c.daemonPod('kube-flannel/kube-flannel-ds', 'pool-a-4t8wz')}/kube-flannel`,
    'I0123 09:31:02.871145       1 kube.go:524] Creating the node lease for IPv4. This is the n.Spec.PodCIDRs: [10.244.3.0/24]',
    'I0123 09:31:03.220401       1 main.go:436] Wrote subnet file to /run/flannel/subnet.env',
  );
  return {
    id: 'node-cidr-overlap/flannel-replacement',
    cluster: c,
    expect: {
      title: 'A replacement node got the pod range of the node it replaces, which still drains',
      source: ['kubernetes/kubernetes#127792'],
      command: 'check shop/cart-7d9f8-x2k4p',
      exit: 1,
      verdict: {
        cause: ['node-cidr-overlap'],
        notCause: ['no-conflict', 'node-reregistered', 'ipam-state-corrupt', 'stuck-terminating-pod', 'cni-agent-unhealthy'],
      },
      findings: [
        { id: 'overlapping-node-ranges', ranges: ['10.244.3.0/24'], nodes: ['pool-a-4t8wz', 'pool-a-x7h5r'] },
        { id: 'duplicate-pod-ip', address: '10.244.3.17', holders: ['shop/cart-7d9f8-x2k4p', 'billing/api-66c4d-9lq2z'] },
      ],
      quiet: ['billing/invoice-29377-zw6qd', 'billing/invoice-29378-l2f7t', 'shop/search-59b7d-hh2mk', '10.20.1.14'],
      knownBug: { id: 'kubernetes/kubernetes#127792' },
      also: [
        { command: 'scan -A', exit: 1 },
        { command: 'scan -A --fail-on never', exit: 0 },
      ],
      notes:
        'Two Nodes with one podCIDR; the older is being deleted but still runs pods, control plane 1.31.1. The pod on the older node is the owner.',
    },
  };
}

export const replacementScenario: Scenario = replacement();
