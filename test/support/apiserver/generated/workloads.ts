import type { JsonRecord } from '../../../../src/model/json.ts';
import { type Family, marksFor } from '../template.ts';
import {
  PER_NODE,
  SPREAD,
  TEAMS,
  POD_NETWORKS,
  SERVICE_NETWORKS,
  DAEMON_NAMESPACES,
  FIRST_APP,
  FIRST_JOB,
  LAST,
  SERVED,
  teamOf,
  appOf,
  digits,
  before,
  type Purpose,
  uidOf,
  DAEMONS,
  serviceAddresses,
} from './layout.ts';
import { managed } from './managed-fields.ts';
import { type PodTexts, containersFor, volumesFor } from './pods.ts';

const WORKLOAD_TEXTS = { team: 2, serial: 4, uid: 36, ip: 15, ipv6: 15 } as const;

/** What is the same of a Deployment and its Service: one of each app for every SPREAD nodes. */
const workloadTexts = (workload: number, slot: number, purpose: Purpose): Record<keyof typeof WORKLOAD_TEXTS, string> => ({
  team: teamOf(workload, slot),
  serial: digits(workload, 4),
  uid: uidOf(purpose, workload * PER_NODE + slot),
  ...serviceAddresses(workload, slot),
});

const W = marksFor(WORKLOAD_TEXTS);

export function deploymentFamily(workloads: number, now: number): Family<keyof typeof WORKLOAD_TEXTS> {
  const slots = [...Array(FIRST_JOB).keys()].slice(FIRST_APP).concat(LAST);
  return {
    size: workloads * slots.length,
    lengths: WORKLOAD_TEXTS,
    templates: slots.map((slot) => deploymentTemplate(slot, now)),
    templateOf: (index) => index % slots.length,
    textsOf: (index) => workloadTexts(Math.floor(index / slots.length), slots[index % slots.length]!, 'deployment'),
  };
}

function deploymentTemplate(slot: number, now: number): JsonRecord {
  const app = appOf(slot);
  const name = `${app}-${W.serial}`;
  const labels = { 'app.kubernetes.io/name': app, 'app.kubernetes.io/instance': name };
  const spec = {
    replicas: SPREAD,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: containersFor(app, undefined, name, slot % 3 === 0), volumes: volumesFor(name) },
    },
    strategy: { type: 'RollingUpdate' },
    revisionHistoryLimit: 10,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: `team-${W.team}`,
      uid: W.uid,
      resourceVersion: '8123456',
      generation: 4,
      creationTimestamp: before(now, 1500),
      labels,
      managedFields: [managed('deployer', before(now, 300), { metadata: { labels }, spec })],
    },
    spec,
    status: { observedGeneration: 4, replicas: SPREAD, updatedReplicas: SPREAD, readyReplicas: SPREAD, availableReplicas: SPREAD },
  };
}

export function serviceFamily(workloads: number, dual: boolean, now: number): Family<keyof typeof WORKLOAD_TEXTS> {
  return {
    size: workloads * SERVED.length,
    lengths: WORKLOAD_TEXTS,
    templates: SERVED.map((slot) => serviceTemplate(slot, dual, now)),
    templateOf: (index) => index % SERVED.length,
    textsOf: (index) => workloadTexts(Math.floor(index / SERVED.length), SERVED[index % SERVED.length]!, 'service'),
  };
}

const serviceTemplate = (slot: number, dual: boolean, now: number): JsonRecord => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: `${appOf(slot)}-${W.serial}`,
    namespace: `team-${W.team}`,
    uid: W.uid,
    resourceVersion: '8123456',
    creationTimestamp: before(now, 1500),
  },
  spec: {
    type: 'ClusterIP',
    clusterIP: W.ip,
    clusterIPs: dual ? [W.ip, W.ipv6] : [W.ip],
    ipFamilies: dual ? ['IPv4', 'IPv6'] : ['IPv4'],
    ipFamilyPolicy: dual ? 'RequireDualStack' : 'SingleStack',
    internalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
    selector: { 'app.kubernetes.io/instance': `${appOf(slot)}-${W.serial}` },
    ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
  },
  status: { loadBalancer: {} },
});

export function* endpointSlices(
  size: number,
  workloads: number,
  pods: Family<PodTexts>,
  dual: boolean,
  now: number,
): Generator<JsonRecord> {
  for (let workload = 0; workload < workloads; workload++) {
    for (const slot of SERVED) {
      const service = `${appOf(slot)}-${digits(workload, 4)}`;
      const namespace = `team-${teamOf(workload, slot)}`;
      const members = Array.from({ length: SPREAD }, (_, i) => (workload * SPREAD + i) * PER_NODE + slot).filter((index) => index < size);
      for (const addressType of dual ? (['IPv4', 'IPv6'] as const) : (['IPv4'] as const)) {
        yield {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: {
            name: `${service}-${addressType.toLowerCase()}`,
            namespace,
            uid: uidOf(addressType, workload * PER_NODE + slot),
            creationTimestamp: before(now, 1500),
            labels: {
              'kubernetes.io/service-name': service,
              'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
            },
          },
          addressType,
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
          endpoints: members.map((index) => {
            const { ip, ipv6, hash, suffix, uid, node } = pods.textsOf(index);
            return {
              addresses: [addressType === 'IPv4' ? ip : ipv6],
              conditions: { ready: true, serving: true, terminating: false },
              nodeName: `node-${node}`,
              targetRef: { kind: 'Pod', namespace, name: `${service}-${hash}-${suffix}`, uid },
            };
          }),
        };
      }
    }
  }
}

export function fixedObjects(nodes: number, dual: boolean, now: number): JsonRecord[] {
  const namespaces = [...DAEMON_NAMESPACES, 'default', ...Array.from({ length: TEAMS }, (_, team) => `team-${digits(team, 2)}`)];
  const created = before(now, 2000);
  const [network, networkV6] = POD_NETWORKS;
  const conf = { Network: network, EnableIPv6: dual, ...(dual && { IPv6Network: networkV6 }), Backend: { Type: 'vxlan' } };
  return [
    ...namespaces.map((name, i) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, uid: uidOf('namespace', i), creationTimestamp: created },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'kube-flannel', name: 'kube-flannel-cfg', uid: uidOf('config', 0), creationTimestamp: created },
      data: { 'net-conf.json': JSON.stringify(conf), 'cni-conf.json': JSON.stringify({ name: 'cbr0', plugins: [{ type: 'flannel' }] }) },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'kubernetes', uid: uidOf('range', 0), creationTimestamp: created },
      spec: { cidrs: SERVICE_NETWORKS.slice(0, dual ? 2 : 1) },
    },
    ...DAEMONS.map((name, slot) => {
      const labels = { app: slot === 0 ? 'flannel' : name, 'k8s-app': name };
      return {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: {
          namespace: DAEMON_NAMESPACES[slot]!,
          name,
          uid: uidOf('owner', slot),
          creationTimestamp: created,
          generation: 3,
          labels,
        },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              hostNetwork: true,
              restartPolicy: 'Always',
              containers: containersFor(name, slot, name, false),
              volumes: volumesFor(name),
            },
          },
          updateStrategy: { type: 'RollingUpdate' },
        },
        status: {
          currentNumberScheduled: nodes,
          desiredNumberScheduled: nodes,
          numberReady: nodes,
          numberAvailable: nodes,
          updatedNumberScheduled: nodes,
          numberMisscheduled: 0,
          observedGeneration: 3,
        },
      };
    }),
  ];
}
