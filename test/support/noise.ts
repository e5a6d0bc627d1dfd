import { type Json, at, list, text } from '../../src/model/json.ts';
import { Cluster, type Plain, type When } from './build.ts';
import type { Material } from './examine-capture.ts';

const MINUTE = 60_000;

/**
 * The same cluster with what any cluster has: agents that were restarted long ago, Jobs that have ended and whose address is in use again, pods that
 * were evicted, fit nowhere or wait for a volume, a host-network DaemonSet that fails on one node, definitions of software that is gone, and log
 * lines that sound like trouble. Nothing of it has to do with addresses.
 */
export function noisy({ objects, logs }: Material, now: string): Material {
  const c = new Cluster({ now });
  const at = (minutes: number): When => new Date(Date.parse(now) - minutes * MINUTE).toISOString();
  const has = (kind: string): boolean => objects.some((object) => text(object, 'kind') === kind);
  const known = objects.filter((object) => text(object, 'kind') === 'Node' && isReady(object)) as Plain[];
  for (const node of known) {
    c.add(node);
    c.nodes.push(text(node as Json, 'metadata', 'name')!);
  }
  c.daemonSet('noise/node-exporter', {
    image: 'registry.example.com/node-exporter:1.8',
    ...(c.nodes[0] && { on: { [c.nodes[0]]: { waiting: 'CrashLoopBackOff', restarts: 57, ended: '3m' } } }),
  });
  for (const node of c.nodes.slice(0, 4)) {
    c.pod(`noise/evicted-5d7f-${node}`, { node, phase: 'Failed', reason: 'Evicted', owner: 'ReplicaSet/evicted-5d7f' });
    const neighbour = objects.find((object) => runsOn(object, node));
    const minutes = neighbour ? (Date.parse(now) - Date.parse(text(neighbour, 'status', 'startTime')!)) / MINUTE : 0;
    for (const nth of neighbour ? [1, 2, 3] : [])
      c.pod(`noise/nightly-${nth}-${node}`, {
        node,
        ip: text(neighbour!, 'status', 'podIP')!,
        phase: 'Succeeded',
        owner: `Job/nightly-${nth}`,
        age: at(minutes + 60 * nth),
        ended: at(minutes + 60 * nth - 5),
      });
    // Without events nobody could tell what it waits for.
    if (!has('Event')) continue;
    const mounting = `noise/mounting-${node}`;
    c.pod(mounting, { node, creating: true, age: '30m', owner: 'StatefulSet/mounting' });
    c.event(`Pod/${mounting}`, { reason: 'FailedMount', message: 'MountVolume.SetUp failed for volume "tls": secret "tls" not found' });
  }
  c.pod('noise/too-large-0', { creating: true, age: '8h', owner: 'StatefulSet/too-large' });
  if (has('Event')) {
    c.event('Pod/noise/too-large-0', { reason: 'FailedScheduling', message: '0/4 nodes are available: 4 Insufficient memory.', count: 96 });
    c.sandboxFails('noise/gone-5d7f-xxxxx', 'context deadline exceeded', { age: '45m', count: 1 });
    if (c.nodes[0]) c.event(`Node/${c.nodes[0]}`, { reason: 'ImageGCFailed', message: 'failed to get imageFs info: non-existent label' });
  }
  if (has('Service')) c.service('noise/headless', { clusterIP: 'None', port: 80 });
  for (const [kind, plural, group] of LEFT) if (!groups(objects).has(group)) c.crd(kind, plural, group, '900d');
  if (!has('DaemonSet')) c.objects.delete('apps/v1|DaemonSet|noise/node-exporter');
  for (const node of c.nodes) c.objects.delete(`v1|Node|/${node}`);
  const said = SAID.map((line) => line.replaceAll('TIME', at(2)).replaceAll('CLOCK', klog(at(2)))).join('\n');
  return {
    objects: [...objects.map((object) => restarted(object, now)), ...(JSON.parse(JSON.stringify([...c.objects.values()])) as Json[])],
    logs: new Map([...logs].map(([ref, log]) => [ref, ref.endsWith('.previous') ? log : `${log.replace(/\n?$/, '\n')}${said}\n`])),
  };
}

const LEFT = [
  ['FelixConfiguration', 'felixconfigurations', 'crd.projectcalico.org'],
  ['CiliumNetworkPolicy', 'ciliumnetworkpolicies', 'cilium.io'],
  ['Certificate', 'certificates', 'cert-manager.io'],
] as const;

const groups = (objects: readonly Json[]): Set<string | undefined> =>
  new Set(objects.map((object) => text(object, 'spec', 'group') ?? text(object, 'apiVersion')?.split('/')[0]));

const SAID = [
  'CLOCK       1 controller.go:114] "Reconciler error" err="Operation cannot be fulfilled on nodes: the object has been modified; please try again"',
  'CLOCK       1 reflector.go:484] watch of *v1.Node ended with: too old resource version: 11 (42)',
  'time="TIME" level=info msg="Conflict resolved while updating CiliumEndpoint, retrying" subsys=endpointsynchronizer',
  '{"level":"warn","ts":"TIME","msg":"duplicate metrics collector registration attempted"}',
];

const klog = (time: string): string => `W${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 19)}.120011`;

const isReady = (node: Json): boolean =>
  text(node, 'metadata', 'deletionTimestamp') === undefined &&
  list(node, 'status', 'conditions').some((condition) => text(condition, 'type') === 'Ready' && text(condition, 'status') === 'True');

const runsOn = (object: Json, node: string): boolean =>
  text(object, 'kind') === 'Pod' &&
  text(object, 'spec', 'nodeName') === node &&
  at(object, 'spec', 'hostNetwork') !== true &&
  text(object, 'status', 'phase') === 'Running' &&
  text(object, 'status', 'podIP') !== undefined &&
  text(object, 'status', 'startTime') !== undefined;

const DAY = 24 * 60 * MINUTE;

type Container = { restartCount: number; lastState?: Plain; readonly state?: { readonly running?: Plain } };

/** A pod of the host network that has run for weeks, restarted a day after its start. */
function restarted(object: Json, now: string): Json {
  const start = Date.parse(text(object, 'status', 'startTime') ?? '');
  const fresh = list(object, 'status', 'containerStatuses').every((container) => at(container, 'restartCount') === 0);
  if (text(object, 'kind') !== 'Pod' || at(object, 'spec', 'hostNetwork') !== true || !fresh || !(Date.parse(now) - start > 20 * DAY))
    return object;
  const copy = structuredClone(object) as { status: { containerStatuses?: Container[] } };
  for (const container of copy.status.containerStatuses ?? [])
    if (container.state?.running) {
      container.restartCount = 7;
      container.lastState = { terminated: { exitCode: 255, finishedAt: new Date(start + DAY).toISOString() } };
    }
  return copy as Json;
}
