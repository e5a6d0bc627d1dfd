import { type Cluster, type Plain, type Scenario, Cluster as EmptyCluster } from '../build.ts';
import { agents, flannel } from '../cnis.ts';
import { crowd, lan244, plain, scenario } from './common.ts';

const flannelCluster = (options: Parameters<typeof plain>[0] = {}): Cluster => {
  const c = plain(options);
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  return crowd(c, lan244);
};

/** Takes away what a dump in part would not hold. */
function without(cluster: Cluster, isGone: (key: string) => boolean): Cluster {
  for (const key of cluster.objects.keys()) if (isGone(key)) cluster.objects.delete(key);
  return cluster;
}

/** A dump of the pods of some namespaces, the CNI's not among them. */
function podsOfSomeNamespaces(): Scenario {
  const c = flannelCluster();
  c.daemonSet('infra/log-agent', { image: 'registry.example.com/log-agent:1' });
  without(c, (key) => key.startsWith('v1|Pod|kube-'));
  return scenario('cni-agent-missing/pods-not-read', c, {
    title: 'Pods of some namespaces only',
    exit: 3,
    cause: ['inconclusive'],
    not: ['no-conflict', 'cni-agent-unhealthy'],
    silent: ['cni-agent-missing'],
    notes: 'The DaemonSet says that its pods are ready, and none is here: they were not read.',
  });
}

/** Two pods with one address, and one of three nodes: the others are not gone. */
function someNodes(): Scenario {
  const c = flannelCluster();
  c.pod('web/cart-7c5d-p8zkx', { node: 'worker-2', ip: '10.244.2.40', age: '9d', owner: 'ReplicaSet/cart-7c5d' });
  c.pod('web/cart-7c5d-w3vqm', { node: 'worker-3', ip: '10.244.2.40', age: '1h', owner: 'ReplicaSet/cart-7c5d' });
  without(c, (key) => key === 'v1|Node|/worker-2' || key === 'v1|Node|/worker-3');
  return scenario('duplicate-pod-ip/some-nodes-read', c, {
    title: 'An address held twice, on nodes that the dump leaves out',
    ask: 'web/cart-7c5d-w3vqm',
    cause: ['inconclusive', 'ipam-state-corrupt', 'cni-bypassed', 'allocation-race', 'node-cidr-overlap'],
    not: ['no-conflict', 'benign-sharing', 'stuck-terminating-pod'],
    find: [{ id: 'duplicate-pod-ip', address: '10.244.2.40', holders: ['web/cart-7c5d-p8zkx', 'web/cart-7c5d-w3vqm'] }],
    silent: ['stale-holder'],
    notes: 'Pods of DaemonSets are ready there, so these nodes live.',
  });
}

/** Nothing shared, one of three nodes: "clean" may not be said. */
function someNodesNothingShared(): Scenario {
  const c = without(flannelCluster(), (key) => key === 'v1|Node|/worker-2' || key === 'v1|Node|/worker-3');
  return scenario('inconclusive/some-nodes-read', c, {
    title: 'Some nodes only',
    exit: 3,
    cause: ['inconclusive'],
    not: ['no-conflict'],
    notes: 'What the others have for ranges and addresses was not compared.',
  });
}

/** A finished pod's address has gone to another, and no node was read: what else has it is not known. */
function sharedWithoutNodes(): Scenario {
  const c = flannelCluster();
  c.pod('batch/export-2937-x2vbn', { node: 'worker-1', ip: '10.244.1.40', phase: 'Succeeded', age: '2d', owner: 'Job/export-2937' });
  c.pod('web/cart-7c5d-p8zkx', { node: 'worker-1', ip: '10.244.1.40', age: '9h', owner: 'ReplicaSet/cart-7c5d' });
  c.service('web/cart', { clusterIP: '10.96.9.9', pods: ['web/cart-7c5d-p8zkx'] });
  without(c, (key) => key.startsWith('v1|Node|'));
  return scenario('benign-sharing/nodes-not-read', c, {
    title: 'Harmless sharing, and no node was read',
    ask: 'web/cart-7c5d-p8zkx',
    exit: 3,
    cause: ['benign-sharing'],
    unsure: true,
    quiet: ['web/cart-7c5d-p8zkx'],
    notes: 'A node’s address, and whether nodes live, was not compared.',
  });
}

/** Agents of a policy-only Calico beside aws-node, of which only the pods were read. */
function roleNotRead(): Scenario {
  const c = plain({ podCIDR: null });
  agents.awsNode(c);
  c.daemonSet('calico-system/calico-node', { image: 'docker.io/calico/node:v3.28.2', labels: { 'k8s-app': 'calico-node' } });
  crowd(c, (worker, k) => `10.20.${worker}.${k + 40}`, [1, 2, 3], '172.20.');
  without(c, (key) => !key.startsWith('v1|Pod|') && !key.startsWith('v1|Node|'));
  return scenario('multiple-cnis/role-not-read', c, {
    title: 'Two CNIs’ agents, and no word on what either does',
    exit: 3,
    cause: ['multiple-cnis', 'inconclusive'],
    not: ['no-conflict'],
    find: [{ id: 'multiple-cnis', severity: 'warning', optional: true }],
    notes: 'Without its configuration, Calico that only filters looks like Calico that hands out addresses.',
  });
}

/** The log of the agent says that its node has no range; Nodes were not read. */
function rangeMissingByLog(): Scenario {
  const c = plain({ podCIDR: (n) => (n === 3 ? [] : `10.244.${n}.0/24`) });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', {
    on: { 'worker-3': { ready: false, restarts: 12, ended: '1m', exitCode: 1, waiting: 'CrashLoopBackOff', age: '1h' } },
  });
  crowd(c, lan244, [1, 2]);
  c.pod('web/wait-5d-zk8vq', { node: 'worker-3', creating: true, age: '30m', ip: '' });
  c.sandboxFails(
    'web/wait-5d-zk8vq',
    'plugin type="flannel" failed (add): failed to load flannel \'subnet.env\' file: open /run/flannel/subnet.env: no such file or directory. Check the flannel pod log for this node.',
    { count: 70 },
  );
  c.log(
    `${c.daemonPod('kube-flannel/kube-flannel-ds', 'worker-3')}/kube-flannel`,
    'E0311 09:28:50.101010       1 main.go:359] Error registering network: failed to acquire lease: node "worker-3" pod cidr not assigned',
  );
  without(c, (key) => key.startsWith('v1|Node|'));
  return scenario('node-range-missing/nodes-not-read', c, {
    title: 'A node without a range, known by its agent’s log alone',
    ask: 'web/wait-5d-zk8vq',
    cause: ['node-cidr-missing'],
    not: ['no-conflict', 'cni-agent-unhealthy'],
    find: [{ id: 'node-range-missing', nodes: ['worker-3'] }],
    notes: 'Nodes were not read; the agent that crashes there says why.',
  });
}

/** Weave with a range of its own, of which the DaemonSet was not read. */
function weaveRangeNotRead(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.9.0.0/16' });
  agents.weave(c, '10.9.0.0/16');
  crowd(c, (worker, k) => `10.9.${worker}.${k + 3}`);
  without(c, (key) => key.startsWith('apps/v1|DaemonSet|'));
  return scenario('weave/range-not-read', c, {
    title: 'Weave Net whose range was not read',
    exit: [0, 3],
    silent: ['pod-ip-outside-pod-ranges'],
    notes: 'That it might be the default says nothing.',
  });
}

/** minikube on one machine with the docker driver of old. */
function oneNode(): Scenario {
  const c = new EmptyCluster({ version: '1.20.2', runtime: 'docker://20.10.6' });
  c.node('minikube', { ip: '192.168.49.2', podCIDRs: ['10.244.0.0/24'], labels: { 'minikube.k8s.io/name': 'minikube' } });
  c.controlPlane({ podRange: '10.244.0.0/16', node: 'minikube' });
  c.daemonSet('kube-system/kube-proxy', { image: 'k8s.gcr.io/kube-proxy:v1.20.2' });
  for (const k of [2, 3, 4, 5]) c.pod(`default/app-${k}`, { node: 'minikube', ip: `172.17.0.${k}`, age: '3d' });
  return scenario('pod-ip-in-runtime-default-range/one-node', c, {
    title: 'One node on the runtime’s bridge',
    source: ['kubernetes/minikube#7589'],
    silent: ['pod-ip-in-runtime-default-range'],
    not: ['cni-bypassed'],
    notes: 'No other node counts from the bottom too.',
  });
}

/** Its PLEG hangs: the node controller calls all its pods not ready. */
function nodeDown(): Scenario {
  const c = plain({
    on: {
      'worker-3': {
        ready: 'False',
        readyReason: 'KubeletNotReady',
        readyMessage: 'PLEG is not healthy: pleg was last seen active 14m10s ago; threshold is 3m0s',
        readySince: '15m',
      },
    },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { on: { 'worker-3': { ready: false } } });
  crowd(c, lan244);
  return scenario('cni-agent-unhealthy/node-not-ready', c, {
    title: 'A node that is not ready for a reason of its own',
    silent: ['cni-agent-unhealthy', 'cni-agent-missing'],
    notes: 'Every pod there counts as not ready, the agent’s too.',
  });
}

/** A node of a minute, whose agent has not started. */
function nodeJoins(): Scenario {
  const c = flannelCluster({
    on: { 'worker-3': { age: '80s', ready: 'False', readySince: '80s', readyMessage: 'cni plugin not initialized' } },
  });
  const agent = c.daemonPod('kube-flannel/kube-flannel-ds', 'worker-3');
  const status = c.objects.get(`v1|Pod|${agent}`)!['status'] as Plain;
  status['conditions'] = [{ type: 'Ready', status: 'False' }];
  for (const key of ['v1|Pod|web/front-59c7-c9jxp', 'v1|Pod|web/store-7b6d-c9jxp']) c.objects.delete(key);
  c.pod('web/new-6f-t4kzs', { node: 'worker-3', creating: true, age: '60s', ip: '' });
  c.sandboxFails(
    'web/new-6f-t4kzs',
    'plugin type="flannel" failed (add): failed to load flannel \'subnet.env\' file: open /run/flannel/subnet.env: no such file or directory. Check the flannel pod log for this node.',
    { count: 3, age: '10s', first: '50s' },
  );
  return scenario('sandbox-creation-failing/node-joins', c, {
    title: 'A node joins, and its first pod is early',
    find: [{ id: 'sandbox-creation-failing', severity: 'warning' }],
    cause: ['no-conflict', 'benign-sharing', 'cni-agent-unhealthy', 'inconclusive'],
    exit: 0,
    notes: 'The agent is on its way.',
  });
}

/** ServiceLB, Cilium's node IPAM: Services are published under the nodes' own addresses. */
function publishedNodes(): Scenario {
  const c = flannelCluster();
  c.service('web/shop', { clusterIP: '10.96.8.8', type: 'LoadBalancer', loadBalancer: '10.20.0.11', port: 443 });
  const status = c.objects.get('v1|Service|web/shop')!['status'] as { loadBalancer: Plain };
  status.loadBalancer = { ingress: [{ ip: '10.20.0.11' }, { ip: '10.20.0.12' }] };
  return scenario('duplicate-node-ip/published-nodes', c, {
    title: 'A Service published under the addresses of several nodes',
    silent: ['duplicate-node-ip'],
    quiet: ['10.20.0.11', '10.20.0.12'],
    notes: 'A pool that covers the nodes would have given it one address.',
  });
}

/** kube-vip gives one address to Services that ask for it by name, told apart by their ports. */
function askedByName(): Scenario {
  const c = flannelCluster();
  const annotations = { 'kube-vip.io/loadbalancerIPs': '10.20.0.200' };
  c.service('web/https', { clusterIP: '10.96.8.8', type: 'LoadBalancer', loadBalancer: '10.20.0.200', port: 443, annotations });
  c.service('mail/smtp', { clusterIP: '10.96.8.9', type: 'LoadBalancer', loadBalancer: '10.20.0.200', port: 25, annotations });
  return scenario('duplicate-service-ip/asked-by-name', c, {
    title: 'Two Services ask for one load-balancer address, with different ports',
    silent: ['duplicate-service-ip'],
    quiet: ['10.20.0.200'],
    notes: 'Both name the address, and their ports differ.',
  });
}

/** An export that was tidied up: of one pod the status is gone, and with it whatever address it holds. */
function podWithoutStatus(): Scenario {
  const c = flannelCluster();
  delete c.objects.get('v1|Pod|web/front-59c7-m8wzn')!['status'];
  return scenario('inconclusive/pod-without-status', c, {
    title: 'A pod on a node, without its status',
    exit: 3,
    cause: ['inconclusive'],
    not: ['no-conflict'],
    notes: 'Which address it has, if any, is not in the capture.',
  });
}

const withoutDaemonSets = (c: Cluster): Cluster =>
  without(c, (key) => ['apps/v1|DaemonSet|', 'discovery.k8s.io/v1|EndpointSlice|'].some((kind) => key.startsWith(kind)));

/** The pods of two nodes of four, and no DaemonSet that would say how many there ought to be. */
function podsOfSomeNodes(): Scenario {
  const c = withoutDaemonSets(flannelCluster());
  const isElsewhere = (object: Plain): boolean =>
    object['kind'] === 'Pod' && ['worker-2', 'worker-3'].includes((object['spec'] as { nodeName: string }).nodeName);
  without(c, (key) => isElsewhere(c.objects.get(key)!));
  return scenario('inconclusive/pods-of-some-nodes', c, {
    title: 'The pods of some nodes only',
    exit: 3,
    cause: ['inconclusive'],
    not: ['no-conflict'],
    notes: 'A DaemonSet has a pod on each of two nodes; the others are Ready, and have none of it.',
  });
}

/** The twin: nothing is missing. */
function nodesWithoutPods(): Scenario {
  const c = flannelCluster({
    workers: 5,
    on: { 'worker-4': { labels: { 'kubernetes.io/os': 'windows' } }, 'worker-5': { age: '3m' } },
  });
  withoutDaemonSets(c);
  without(
    c,
    (key) =>
      /flannel/.test(key) && ['worker-4', 'worker-5'].some((node) => key === `v1|Pod|${c.daemonPod('kube-flannel/kube-flannel-ds', node)}`),
  );
  return scenario('node-range-missing/nodes-without-pods', c, {
    title: 'A node of another system, and one that joined a moment ago, have no pods',
    notes: 'Twin of pods-of-some-nodes.',
  });
}

function fewerThanReady(): Scenario {
  const c = flannelCluster();
  c.workload('Deployment', 'web/front', { replicas: 9 }).workload('StatefulSet', 'web/store', { replicas: 3 });
  return scenario('inconclusive/fewer-pods-than-ready', c, {
    title: 'More pods of a namespace are ready than are here',
    exit: 3,
    cause: ['inconclusive'],
    not: ['no-conflict'],
    notes: 'A list that was cut, or asked for with a selector.',
  });
}

function fewerThanServed(): Scenario {
  const c = flannelCluster();
  const names = ['b7x2k', 'd9mqz', 'f4kwt', 'h6vbn', 'j8pls'].map((suffix) => `web/api-5f6b-${suffix}`);
  for (const [n, name] of names.entries()) c.pod(name, { node: 'worker-1', ip: `10.244.1.${100 + n}`, owner: 'ReplicaSet/api-5f6b' });
  c.service('web/api', { clusterIP: '10.96.7.7', pods: names });
  without(c, (key) => names.slice(1).some((name) => key === `v1|Pod|${name}`));
  return scenario('inconclusive/fewer-pods-than-served', c, {
    title: 'Pods that are ready behind a Service are not here',
    exit: 3,
    cause: ['inconclusive'],
    not: ['no-conflict'],
    notes: 'Their addresses are nobody’s here: they were not read.',
  });
}

export const inPart: readonly Scenario[] = [
  podsOfSomeNodes(),
  nodesWithoutPods(),
  fewerThanReady(),
  fewerThanServed(),
  podWithoutStatus(),
  podsOfSomeNamespaces(),
  someNodes(),
  someNodesNothingShared(),
  sharedWithoutNodes(),
  roleNotRead(),
  rangeMissingByLog(),
  weaveRangeNotRead(),
  oneNode(),
  nodeDown(),
  nodeJoins(),
  publishedNodes(),
  askedByName(),
];
