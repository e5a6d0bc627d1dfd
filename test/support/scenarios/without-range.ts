import type { Cluster, Scenario } from '../build.ts';
import { agents, annotate, cilium, flannel } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

const WINDOWS = { labels: { 'kubernetes.io/os': 'windows' }, age: '40d' };

/** Three Linux workers with flannel, and a Windows machine that the DaemonSet does not want. */
function withWindows(): Cluster {
  const c = plain({
    workers: 4,
    podCIDR: (n) => (n === 4 ? [] : `10.244.${n}.0/24`),
    on: { 'worker-4': WINDOWS },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { nodes: c.nodes.slice(0, 4) });
  crowd(c, lan244);
  return c.pod('monitoring/windows-exporter-x7m2k', {
    node: 'worker-4',
    hostNetwork: true,
    ip: '10.20.0.14',
    owner: 'DaemonSet/windows-exporter',
    age: '40d',
  });
}

function apart(): Scenario {
  return scenario('node-range-missing/node-apart', withWindows(), {
    title: 'A node on which the CNI wants no agent, and whose pods are on the host network',
    silent: ['node-range-missing', 'cni-agent-missing'],
    quiet: ['node/worker-4'],
    notes: 'The CNI has all the agents that it wants. Nobody there needs a range.',
  });
}

function waitingThere(): Scenario {
  const c = withWindows();
  c.pod('web/iis-7d9f-4pqrz', { node: 'worker-4', creating: true, age: '20m', owner: 'ReplicaSet/iis-7d9f' });
  c.sandboxFails('web/iis-7d9f-4pqrz', 'failed to setup network for sandbox: cni plugin not initialized');
  return scenario('node-range-missing/pod-waits-there', c, {
    title: 'A node without a range, and a pod that needs an address of it',
    ask: 'web/iis-7d9f-4pqrz',
    cause: ['node-cidr-missing', 'cni-agent-unhealthy'],
    not: ['no-conflict', 'node-cidr-exhausted'],
    find: [{ id: 'sandbox-creation-failing', holders: ['web/iis-7d9f-4pqrz'] }],
    notes: 'Twin of node-apart.',
  });
}

/** OVN-Kubernetes with a hybrid overlay: the Windows node has a subnet out of a range that no statement of the cluster names. */
function hybrid(subnet: string, version: string): Cluster {
  const c = plain({ podCIDR: null, workers: 4, on: { 'worker-4': WINDOWS } });
  c.controlPlane({ args: [] });
  agents.ovnKubernetes(c, Object.fromEntries(c.nodes.slice(0, 4).map((name, n) => [name, [`10.128.${2 * n}.0/23`]])), {
    nodes: c.nodes.slice(0, 4),
    image: `ghcr.io/ovn-kubernetes/ovn-kubernetes/ovn-kube-ubuntu:${version}`,
  });
  annotate(c, 'Node', 'worker-4', { 'k8s.ovn.org/hybrid-overlay-node-subnet': subnet });
  return crowd(c, (w, k) => `10.128.${2 * w}.${k + 5}`);
}

function hybridOverlay(): Scenario {
  const c = hybrid('10.132.0.0/24', 'v1.2.0');
  c.pod('web/iis-7d9f-4pqrz', { node: 'worker-4', ip: '10.132.0.17', age: '2d', owner: 'ReplicaSet/iis-7d9f' });
  return scenario('node-range-missing/hybrid-overlay', c, {
    title: 'A Windows node of a hybrid overlay has its subnet under another annotation',
    silent: ['node-range-missing', 'node-range-outside-cluster-cidr', 'pod-ip-outside-pod-ranges', 'cni-agent-missing'],
    quiet: ['node/worker-4', 'web/iis-7d9f-4pqrz', '10.132.0.0/24'],
    notes: 'The overlay has a range of its own, beside the cluster’s.',
  });
}

function hybridTwice(): Scenario {
  const c = hybrid('10.128.4.0/23', 'v1.0.0');
  c.pod('web/iis-7d9f-4pqrz', { node: 'worker-4', ip: '10.128.4.6', age: '2d', owner: 'ReplicaSet/iis-7d9f' });
  return scenario('overlapping-node-ranges/hybrid-overlay', c, {
    title: 'The subnet of a hybrid overlay’s node belongs to another node, too',
    source: ['ovn-org/ovn-kubernetes@192f575'],
    ask: 'web/iis-7d9f-4pqrz',
    cause: ['node-cidr-overlap'],
    not: ['no-conflict', 'static-ip-conflict', 'ipam-state-corrupt'],
    bug: 'ovn-org/ovn-kubernetes@192f575',
    find: [
      { id: 'overlapping-node-ranges', ranges: ['10.128.4.0/23'], nodes: ['worker-2', 'worker-4'] },
      { id: 'duplicate-pod-ip', address: '10.128.4.6', holders: ['web/iis-7d9f-4pqrz'] },
    ],
    notes: 'Twin of hybrid-overlay: two annotations, one subnet.',
  });
}

const RANGES = { 'cp-1': ['172.20.0.0/24'], 'worker-1': ['172.20.1.0/24'], 'worker-2': ['172.20.2.0/24'] };

/** Cilium’s agent makes the CiliumNode that the operator writes a range into. */
function ciliumJoins(more: Parameters<typeof cilium>[1]): Cluster {
  const c = plain({ podCIDR: null, on: { 'worker-3': { age: '50m', ready: 'False', readySince: '50m' } } });
  c.controlPlane({ args: [] });
  cilium(c, { pool: '172.20.0.0/16', ranges: RANGES, ...more });
  crowd(c, (w, k) => `172.20.${w}.${k + 20}`, [1, 2]);
  return c;
}

function neverCameUp(): Scenario {
  const c = ciliumJoins({ on: { 'worker-3': { age: '50m', ready: false, creating: true, waiting: 'ImagePullBackOff' } } });
  c.objects.delete('cilium.io/v2|CiliumNode|/worker-3');
  return scenario('cni-agent-unhealthy/asks-for-no-range', c, {
    title: 'A Cilium agent that never came up asked for no range',
    cause: ['cni-agent-unhealthy'],
    not: ['node-cidr-missing', 'node-cidr-exhausted', 'no-conflict'],
    find: [{ id: 'cni-agent-unhealthy', nodes: ['worker-3'] }],
    silent: ['node-range-missing'],
    quiet: ['node/worker-1', 'node/worker-2'],
    notes: 'The operator is well: there is no CiliumNode that it could serve.',
  });
}

function nowhereThere(): Scenario {
  const c = ciliumJoins({ nodes: ['cp-1', 'worker-1', 'worker-2'], desired: 4 });
  c.pod('web/store-7b6d-9vvnd', { node: 'worker-3', creating: true, age: '40m', owner: 'ReplicaSet/store-7b6d' });
  c.sandboxFails('web/store-7b6d-9vvnd', 'failed to setup network for sandbox: cni plugin not initialized');
  return scenario('cni-agent-missing/asks-for-no-range', c, {
    title: 'A node without Cilium’s agent has no CiliumNode',
    ask: 'web/store-7b6d-9vvnd',
    cause: ['cni-agent-unhealthy'],
    not: ['node-cidr-missing', 'node-cidr-exhausted', 'no-conflict'],
    find: [
      { id: 'cni-agent-missing', nodes: ['worker-3'] },
      { id: 'sandbox-creation-failing', holders: ['web/store-7b6d-9vvnd'] },
    ],
    silent: ['node-range-missing'],
    notes: 'What has to ask for a range is not there.',
  });
}

function notServed(): Scenario {
  const c = ciliumJoins({
    on: { 'worker-3': { age: '50m', ready: false, waiting: 'CrashLoopBackOff', restarts: 12, ended: '2m' } },
    operator: { ready: false, waiting: 'CrashLoopBackOff', restarts: 12, ended: '2m' },
  });
  return scenario('node-cidr-missing/operator-does-not-serve', c, {
    title: 'A CiliumNode without a range, while the operator does not work',
    cause: ['node-cidr-missing'],
    not: ['node-cidr-exhausted', 'no-conflict', 'node-cidr-overlap'],
    find: [{ id: 'node-range-missing', nodes: ['worker-3'] }],
    quiet: ['node/worker-1', 'node/worker-2'],
    notes: 'Twin of asks-for-no-range: the agent asked, and is not answered.',
  });
}

export const withoutRange: readonly Scenario[] = [
  apart(),
  waitingThere(),
  hybridOverlay(),
  hybridTwice(),
  neverCameUp(),
  nowhereThere(),
  notServed(),
];
