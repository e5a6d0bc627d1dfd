import type { Scenario } from '../build.ts';
import { calico, calicoIpam, cilium, flannel } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

/** I13: leases of flannel in an etcd of its own, which two nodes hold; nothing in the API states a range, and Docker's pools are near. */
function leaseKept(): Scenario {
  const c = plain({ version: '1.15.12', workers: 5, podCIDR: null, runtime: 'docker://18.9.9', on: { 'worker-5': { age: '30h' } } });
  c.controlPlane({ args: [], kubeadm: false });
  const block = (w: number): number => (w === 5 ? 52 : 50 + w);
  crowd(c, (w, k) => `172.25.${block(w)}.${k + 2}`, [1, 2, 3, 4]);
  c.pod('crm/leads-5c8-q2zvt', { node: 'worker-5', ip: '172.25.52.3', age: '28h', owner: 'ReplicaSet/leads-5c8' });
  c.pod('crm/visits-77d-m9wkx', { node: 'worker-5', ip: '172.25.52.4', age: '27h', owner: 'ReplicaSet/visits-77d' });
  return scenario('node-cidr-overlap/lease-kept-by-two', c, {
    title: 'Two nodes keep one lease, the others have their own',
    source: ['flannel-io/flannel#1343'],
    ask: 'crm/leads-5c8-q2zvt',
    cause: ['node-cidr-overlap'],
    not: ['cni-bypassed', 'allocation-race', 'multiple-cnis'],
    find: [{ id: 'duplicate-pod-ip', address: '172.25.52.3' }],
    notes: 'A runtime’s bridge would count one range on every node; here every other node has a block of its own.',
  });
}

/** I15: the controller's range was moved away from under all nodes. */
function controllerMoved(): Scenario {
  const c = plain({
    version: '1.28.15',
    podCIDR: (n) => `10.12.${n}.0/24`,
    on: { 'worker-3': { podCIDRs: [], age: '20m', ready: 'False' } },
  });
  c.controlPlane({ podRange: '10.40.0.0/16', podSubnet: '10.12.0.0/16' });
  flannel(c, '10.12.0.0/16', { on: { 'worker-3': { age: '19m', restarts: 7, ended: '2m', waiting: 'CrashLoopBackOff', ready: false } } });
  crowd(c, (w, k) => `10.12.${w}.${k + 2}`, [1, 2]);
  return scenario('cluster-cidr-mismatch/controller-moved', c, {
    title: 'The controller’s range holds none of the nodes’ ranges, and a new node waits',
    source: ['kubernetes/kubernetes#82773'],
    ask: 'node/worker-3',
    cause: ['cluster-cidr-mismatch'],
    not: ['node-cidr-missing', 'cni-agent-unhealthy', 'node-cidr-exhausted'],
    find: [
      { id: 'cluster-cidr-mismatch', ranges: ['10.40.0.0/16', '10.12.1.0/24'], nodes: ['worker-1', 'worker-2'] },
      { id: 'node-range-missing', nodes: ['worker-3'] },
    ],
    notes: 'CNI, kubeadm-config and nodes agree; the flag of the controller does not.',
  });
}

/** A pair on one node, of which one half may be older than the CNI. */
function olderThanCilium(id: string, cni: string, said: { readonly cause: readonly string[]; readonly not: readonly string[] }): Scenario {
  const c = plain({ podCIDR: null, age: '400d' });
  c.controlPlane({ args: [] });
  cilium(c, {
    pool: '10.32.0.0/16',
    age: cni,
    ranges: Object.fromEntries(c.nodes.map((node, n) => [node, [`10.32.${n}.0/24`]])),
  });
  crowd(c, (w, k) => `10.32.${w}.${k + 2}`);
  c.pod('erp/ledger-6d9-w3kzq', { node: 'worker-1', ip: '10.32.1.40', age: '210d', owner: 'ReplicaSet/ledger-6d9' });
  c.pod('web/form-58b-t7vxm', { node: 'worker-1', ip: '10.32.1.40', age: '20m', owner: 'ReplicaSet/form-58b' });
  return scenario(id, c, {
    title: `A pair on one node; Cilium is ${cni} old`,
    source: ['projectcalico/calico#2730'],
    ask: 'web/form-58b-t7vxm',
    cause: said.cause,
    not: said.not,
    find: [{ id: 'duplicate-pod-ip', address: '10.32.1.40', holders: ['erp/ledger-6d9-w3kzq', 'web/form-58b-t7vxm'] }],
    notes: 'Cilium marks no pods: only the times tell whether it gave the older address.',
  });
}

const NAMES = ['pay/gate-7c5d-m2xvb', 'pay/books-84bb-t9wlk', 'pay/vault-6f6c-q5hzn'];

/** Calico with three pods on worker-2 that are recorded under another name. */
function recordedAs(node: string, more: { readonly everybody?: boolean; readonly block?: boolean } = {}) {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { version: 'v3.30.3', controller: { node: 'worker-3', ip: '10.20.0.13' } });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`, [1, 3]);
  const block = more.block === false ? 1 : 2;
  for (const [k, name] of NAMES.entries())
    c.pod(name, { node: 'worker-2', ip: `10.42.${block}.${k + 30}`, age: '26h', owner: `ReplicaSet/${name.slice(4, -6)}` });
  const pods = [...c.objects.values()].flatMap((object) => {
    const pod = object as {
      kind: string;
      metadata: { namespace: string; name: string };
      spec: { nodeName: string; hostNetwork?: boolean };
      status: { podIP?: string };
    };
    return pod.kind === 'Pod' && !pod.spec.hostNetwork && pod.status.podIP !== undefined
      ? [{ address: pod.status.podIP, pod: `${pod.metadata.namespace}/${pod.metadata.name}`, on: pod.spec.nodeName }]
      : [];
  });
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.42.0.0/16' }],
    blocks: {
      '10.42.1.0/26': more.everybody ? 'worker-1.example.net' : 'worker-1',
      ...(more.block === false ? {} : { '10.42.2.0/26': more.everybody ? 'worker-2.example.net' : 'worker-2' }),
      '10.42.3.0/26': more.everybody ? 'worker-3.example.net' : 'worker-3',
    },
    extra: pods
      .filter(({ on }) => more.everybody || on === 'worker-2')
      .map(({ address, pod, on }) => ({ address, pod, node: more.everybody ? `${on}.example.net` : node, age: '26h' })),
  });
  return c;
}

/** I37, before the collector comes: the records name a node that is gone. */
const formerName = (): Scenario =>
  scenario('ipam-in-use-not-allocated/recorded-under-former-name', recordedAs('worker-golden'), {
    title: 'The records of live pods name a node that is not there',
    source: ['projectcalico/calico#13538', 'projectcalico/calico#12257'],
    ask: NAMES[1]!,
    cause: ['ipam-state-corrupt'],
    not: ['ipam-leak', 'no-conflict', 'node-identity-clash'],
    find: [{ id: 'ipam-in-use-not-allocated', severity: 'warning', nodes: ['worker-2'] }],
    quiet: NAMES,
    notes: 'The addresses are kept for now; the collector frees them when it looks at the node.',
  });

const otherNames = (): Scenario =>
  scenario('ipam-in-use-not-allocated/allocator-has-other-names', recordedAs('', { everybody: true }), {
    title: 'The allocator calls all nodes by their full names',
    silent: ['ipam-in-use-not-allocated', 'duplicate-node-identity', 'ipam-leak'],
    notes: 'A naming scheme, the same for every node: no record is mistaken.',
  });

/** I41 without an equal machine id: the records alone show that worker-2 takes itself for worker-1. */
const underSibling = (): Scenario =>
  scenario('duplicate-node-identity/recorded-under-sibling', recordedAs('worker-1', { block: false }), {
    title: 'All pods of a node without a block are recorded under another node',
    source: ['projectcalico/calico#3097'],
    ask: NAMES[0]!,
    cause: ['node-identity-clash'],
    not: ['no-conflict', 'ip-pool-exhausted', 'ipam-state-corrupt'],
    find: [{ id: 'duplicate-node-identity', nodes: ['worker-1', 'worker-2'] }],
    notes: 'A pod that borrows is recorded under its own node; these are not.',
  });

/** I36 without a pair yet: the question is about one of many pods that are not on record. */
function oneOfMany(): Scenario {
  const c = plain({ podCIDR: null, age: '300d' });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, { age: '25m' });
  crowd(c, (w, k) => `10.42.${w}.${k + 1}`);
  const old = Array.from({ length: 12 }, (_, k) => `shop/cart-7d9-k${k}xzq`);
  for (const [k, name] of old.entries())
    c.pod(name, { node: 'worker-2', ip: `10.42.2.${k + 20}`, age: '40d', owner: 'ReplicaSet/cart-7d9' });
  c.pod('batch/export-5f5b-h7k2m', { node: 'worker-2', ip: '10.42.2.31', age: '50d', phase: 'Succeeded', ended: '49d' });
  c.pod('crm/sync-66c-b8qtn', { node: 'worker-2', ip: '10.42.2.50', age: '12m', owner: 'ReplicaSet/sync-66c' });
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.42.0.0/16', age: '25m' }],
    blocks: { '10.42.1.0/26': 'worker-1', '10.42.2.0/26': 'worker-2', '10.42.3.0/26': 'worker-3' },
    omit: [
      ...old,
      'kube-system/coredns-6c8d-7bqtx',
      'kube-system/coredns-6c8d-zk4pv',
      ...['m8wzn', 'r5tdl', 'h2vkq', 'c9jxp'].flatMap((s) => [`web/front-59c7-${s}`, `web/store-7b6d-${s}`]),
    ],
    storeAge: '25m',
  });
  return scenario('ipam-state-corrupt/asked-about-one-of-many', c, {
    title: 'The pod asked about is one of many that a new store does not know',
    source: ['projectcalico/node#254'],
    ask: old[11]!,
    cause: ['ipam-state-corrupt'],
    not: ['benign-sharing', 'no-conflict', 'multiple-cnis'],
    find: [{ id: 'ipam-in-use-not-allocated' }],
    quiet: ['batch/export-5f5b-h7k2m'],
    notes: 'That a finished pod had the address too is harmless, and not the answer.',
  });
}

/** I38, early in the rollout: most nodes still have the older plugin. */
function fewUpdated(): Scenario {
  const c = plain({ version: '1.19.16', podCIDR: null, workers: 4 });
  c.controlPlane({ podRange: '10.42.0.0/16' });
  calico(c, {
    version: 'v3.1.1',
    strategy: 'OnDelete',
    updated: 2,
    env: { DATASTORE_TYPE: 'etcdv3' },
    on: { 'cp-1': { image: 'docker.io/calico/node:v3.1.3', age: '5h' }, 'worker-1': { image: 'docker.io/calico/node:v3.1.3', age: '5h' } },
  });
  crowd(c, (w, k) => `10.42.${w}.${k + 2}`);
  c.pod('log/ship-6c9-d4vzn', { node: 'worker-3', ip: '10.42.3.24', age: '61m', owner: 'ReplicaSet/ship-6c9' });
  c.pod('log/index-1', { node: 'worker-3', ip: '10.42.3.24', age: '60m', owner: 'StatefulSet/index' });
  return scenario('cni-version-mismatch/few-updated', c, {
    title: 'The pair is on one of the many nodes that lag behind',
    source: ['projectcalico/calico#1406'],
    ask: 'log/index-1',
    cause: ['cni-version-mismatch'],
    not: ['inconclusive', 'allocation-race', 'static-ip-conflict'],
    find: [
      { id: 'duplicate-pod-ip', address: '10.42.3.24' },
      { id: 'cni-version-skew', severity: 'warning', nodes: ['worker-2', 'worker-3', 'worker-4'] },
    ],
    notes: 'The nodes that lag are the majority.',
  });
}

/** The address was given; the plugin after it failed. */
function hostPort(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.pod('edge/proxy-5d7-n3wqz', { node: 'worker-2', age: '14m', creating: true, owner: 'ReplicaSet/proxy-5d7' });
  c.sandboxFails(
    'edge/proxy-5d7-n3wqz',
    'plugin type="portmap" failed (add): unable to create chain CNI-HOSTPORT-SETMARK: failed to list chains: running [/usr/sbin/iptables -t nat -S --wait]: exit status 3',
    { count: 14 },
  );
  return scenario('sandbox-creation-failing/host-port', c, {
    title: 'A chained plugin fails, after the address was given',
    ask: 'edge/proxy-5d7-n3wqz',
    silent: ['sandbox-creation-failing'],
    quiet: ['edge/proxy-5d7-n3wqz'],
    notes: 'portmap, bandwidth and tuning have nothing to do with addresses.',
  });
}

/** I70, not broken yet: the default pool covers nodes and Services alike, and the nodes lie lower. */
function poolOverEverything(): Scenario {
  const c = plain({ lan: '10.0.90.', podCIDR: null });
  c.controlPlane({ args: [], kubeadm: false });
  cilium(c, {
    version: 'v1.18.3',
    pool: '10.0.0.0/8',
    ranges: Object.fromEntries(c.nodes.map((node, n) => [node, [`10.0.${n}.0/24`]])),
  });
  crowd(c, (w, k) => `10.0.${w}.${k + 2}`);
  return scenario('pod-cidr-overlaps-node-network/pool-over-everything', c, {
    title: 'A pool over nodes and Services, of which the nodes come first',
    source: ['cilium/cilium#42383'],
    ask: 'node/worker-1',
    exit: 0,
    cause: ['pod-cidr-overlaps-node-network'],
    not: ['no-conflict'],
    find: [{ id: 'pod-range-overlaps-node-network', severity: 'warning' }],
    notes: 'Ranges are handed out from the bottom: 10.0.90.0/24 comes long before 10.96.0.0/12.',
  });
}

/** flannel with its leases in etcd: spec.podCIDR is empty by design. */
function leasesInEtcd(): Scenario {
  const c = plain({ version: '1.15.12', podCIDR: null });
  c.controlPlane({ args: [], kubeadm: false });
  crowd(c, (w, k) => `10.77.${w}.${k + 2}`);
  c.daemonSet('kube-system/kube-flannel-ds', {
    image: 'quay.io/coreos/flannel:v0.12.0-amd64',
    container: 'kube-flannel',
    labels: { app: 'flannel' },
    args: ['--ip-masq', '--etcd-endpoints=https://10.20.0.10:2379'],
  });
  return scenario('node-range-missing/leases-in-etcd', c, {
    title: 'Flannel keeps its leases in etcd, and no node has a podCIDR',
    silent: ['node-range-missing', 'pod-ip-outside-pod-ranges'],
    notes: 'Without --kube-subnet-mgr nobody reads spec.podCIDR.',
  });
}

/** A pair that nothing explains, on a node where a finished pod shares an address as well. */
function besideHarmless(): Scenario {
  const c = plain();
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.pod('crm/leads-5fbd-z7qnc', { node: 'worker-1', ip: '10.244.1.30', age: '9d', owner: 'ReplicaSet/leads-5fbd' });
  c.pod('pay/gate-7c5d-m2xvb', { node: 'worker-1', ip: '10.244.1.30', age: '2d', owner: 'ReplicaSet/gate-7c5d' });
  c.pod('batch/export-5f5b-h7k2m', { node: 'worker-1', ip: '10.244.1.2', age: '65d', phase: 'Succeeded', ended: '64d' });
  return scenario('inconclusive/beside-harmless-sharing', c, {
    title: 'A pair without a cause, and harmless sharing on the same node',
    ask: 'node/worker-1',
    cause: ['inconclusive'],
    not: ['benign-sharing', 'no-conflict'],
    find: [{ id: 'duplicate-pod-ip', address: '10.244.1.30' }],
    notes: 'What is fine is no answer beside what is not.',
  });
}

/** Pictures that two causes fit, told apart by what stands around them. */
export const rivals: readonly Scenario[] = [
  leaseKept(),
  controllerMoved(),
  olderThanCilium('multiple-cnis/pair-older-than-cni', '3d', {
    cause: ['multiple-cnis'],
    not: ['inconclusive', 'allocation-race', 'static-ip-conflict'],
  }),
  olderThanCilium('inconclusive/pair-younger-than-cni', '300d', { cause: ['inconclusive'], not: ['multiple-cnis'] }),
  formerName(),
  otherNames(),
  underSibling(),
  oneOfMany(),
  fewUpdated(),
  hostPort(),
  poolOverEverything(),
  leasesInEtcd(),
  besideHarmless(),
];
