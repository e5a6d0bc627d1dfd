import type { BaseFacts } from '../model/facts.ts';
import { type Json, isRecord } from '../model/json.ts';
import { eachPod, type PodTable } from '../model/pod-table.ts';
import {
  CONFIG_MAPS,
  CRON_JOBS,
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  EVENTS,
  NODES,
  OPENSHIFT_NETWORKS,
  PODS,
  type Resource,
  SERVICES,
  SERVICE_CIDRS,
  STATEFUL_SETS,
  resourceKey,
} from '../model/resource.ts';
import { gapsOf, objectsOf, type Snapshot, wasRead } from '../model/snapshot.ts';
import { readClusterRanges, readNodeIpam } from './cluster-ranges.ts';
import { earlierEvent, readEvent } from './events.ts';
import { readNode } from './nodes.ts';
import { readEndpoints, readService } from './services.ts';
import { whyNotWhole } from './whole-cluster.ts';
import { readConfigMap, readWorkload } from './workloads.ts';

/** What can be said without knowing the CNI. */
export function readBaseFacts(snapshot: Snapshot): BaseFacts {
  const all = <Fact>(resource: Resource, read: (object: unknown, now: number) => Fact): Fact[] =>
    objectsOf(snapshot, resource).map((object) => read(object, snapshot.now));
  const nodes = all(NODES, nodeFact);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const configMaps = all(CONFIG_MAPS, readConfigMap);
  const configMap: BaseFacts['configMap'] = (namespace, name) =>
    configMaps.find((found) => found.name === name && (namespace === undefined || found.namespace === namespace));
  const counted = {
    pods: snapshot.pods,
    services: all(SERVICES, serviceFact),
    endpoints: all(ENDPOINT_SLICES, endpointFacts).flat(),
    workloads: [
      ...all(DAEMON_SETS, workloadFact.DaemonSet),
      ...all(DEPLOYMENTS, workloadFact.Deployment),
      ...all(STATEFUL_SETS, workloadFact.StatefulSet),
      ...all(CRON_JOBS, workloadFact.CronJob),
    ],
  };
  const podsAreOfPart =
    snapshot.source.kind === 'files' && snapshot.source.partial !== false && snapshot.pods.size > 0
      ? whyNotWhole({ ...counted, nodes, now: snapshot.now })
      : undefined;
  return {
    ...counted,
    now: snapshot.now,
    kubernetesVersion: snapshot.source.kubernetesVersion ?? controlPlaneVersion(snapshot.pods),
    podsComplete: werePodsRead(snapshot) && podsAreOfPart === undefined,
    podsAreOfPart,
    nodes,
    node: (name) => byName.get(name),
    events: all(EVENTS, readEvent).toSorted(earlierEvent),
    configMaps,
    configMap,
    clusterRanges: readClusterRanges({
      pods: snapshot.pods,
      nodes,
      serviceCIDRs: objectsOf(snapshot, SERVICE_CIDRS),
      configMap,
      openshiftNetworks: objectsOf(snapshot, OPENSHIFT_NETWORKS),
    }),
    nodeIpam: readNodeIpam(snapshot.pods),
    objects: (resource) => objectsOf(snapshot, resource),
    read: (resource) => wasRead(snapshot, resource),
    serves: (resource) => {
      if (snapshot.served?.has(resourceKey(resource))) return 'yes';
      return snapshot.served === undefined || (snapshot.source.kind === 'files' && snapshot.source.partial) ? 'unknown' : 'no';
    },
  };
}

/** Objects are looked at again after every round of reading, and a large cluster has tens of thousands: each is understood once. */
function understoodOnce<Fact>(read: (object: Json, now: number) => Fact): (object: Json, now: number) => Fact {
  const known = new WeakMap<object, { readonly now: number; readonly fact: Fact }>();
  return (object, now) => {
    if (!isRecord(object)) return read(object, now);
    const before = known.get(object);
    if (before?.now === now) return before.fact;
    const fact = read(object, now);
    known.set(object, { now, fact });
    return fact;
  };
}

const nodeFact = understoodOnce(readNode);
const serviceFact = understoodOnce(readService);
const endpointFacts = understoodOnce(readEndpoints);
const workloadFact = {
  DaemonSet: understoodOnce((object) => readWorkload(object, 'DaemonSet')),
  Deployment: understoodOnce((object) => readWorkload(object, 'Deployment')),
  StatefulSet: understoodOnce((object) => readWorkload(object, 'StatefulSet')),
  CronJob: understoodOnce((object) => readWorkload(object, 'CronJob')),
};

/** The version in the image tag of a control-plane pod: captures seldom hold the answer of /version. */
function controlPlaneVersion(pods: PodTable): string | undefined {
  for (const pod of eachPod(pods)) {
    if (!/^kube-(?:apiserver|controller-manager)/.test(pod.name)) continue;
    const tag = pod.containers.images
      .map((image) => /:v?(\d+\.\d+\.\d+[\w.+-]*)/.exec(image)?.[1])
      .find((version) => version !== undefined);
    if (tag) return tag;
  }
  return undefined;
}

/** A list of the whole cluster was answered in full. An own capture of a cluster says so itself. */
const werePodsRead = (snapshot: Snapshot): boolean =>
  wasRead(snapshot, PODS) === 'yes' && !gapsOf(snapshot).some((gap) => gap.resource === 'pods' && gap.essential);
