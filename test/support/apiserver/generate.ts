import type { JsonRecord } from '../../../src/model/json.ts';
import { PER_NODE, SPREAD, kindOf, addressOf, addressV6Of } from './generated/layout.ts';
import { nodeFamily } from './generated/nodes.ts';
import { podFamily } from './generated/pods.ts';
import { deploymentFamily, endpointSlices, fixedObjects, serviceFamily } from './generated/workloads.ts';
import { type Family, memberOf } from './template.ts';

export type ClusterOptions = {
  readonly pods: number;
  /** IPv4 and IPv6. */
  readonly dual: boolean;
  /** Conflicts: pairs of live pods on different nodes with the same addresses. */
  readonly pairs: number;
  /** By which all times are set. */
  readonly now?: number;
};

/**
 * A large cluster that runs flannel, one object at a time. 30 pods a node: 4 of DaemonSets on the host network, 23 of Deployments
 * (a third with a sidecar), 2 of finished Jobs whose address a live neighbour has by now, and one that may be pending or on its way
 * out. Every node has ranges of its own, which hold the addresses of its pods; only the planted conflicts break that.
 */
export type BigCluster = {
  readonly pods: Family;
  readonly nodes: Family;
  readonly deployments: Family;
  readonly services: Family;
  /** Everything else, which is little: EndpointSlices, DaemonSets, ConfigMaps, Namespaces. */
  readonly others: () => JsonRecord[];
  /** Members of `pods` on a node. */
  readonly onNode: (node: string) => readonly number[] | undefined;
  /** The addresses that two live pods have, one of each family. */
  readonly conflicts: () => string[];
};

const MOST_NODES = 24_000;

export function bigCluster({ pods: size, dual, pairs, now = Date.now() }: ClusterOptions): BigCluster {
  const nodeCount = Math.ceil(size / PER_NODE);
  const wholeNodes = Math.floor(size / PER_NODE);
  if (nodeCount > MOST_NODES) throw new RangeError(`at most ${MOST_NODES * PER_NODE} pods`);
  if (pairs > 0 && (pairs > wholeNodes || wholeNodes < 2)) throw new RangeError('more conflicts than nodes to put them on');
  const owners = plant(wholeNodes, pairs);
  const workloads = Math.ceil(nodeCount / SPREAD);
  const pods = podFamily(size, dual, owners, now);
  const nodes = nodeFamily(nodeCount, dual, now);
  const services = serviceFamily(workloads, dual, now);
  const deployments = deploymentFamily(workloads, now);
  return {
    pods,
    nodes,
    deployments,
    services,
    others: () => [...fixedObjects(nodeCount, dual, now), ...endpointSlices(size, workloads, pods, dual, now)],
    onNode: (name) => {
      const node = Number(/^node-(\d{5})$/.exec(name)?.[1] ?? -1);
      if (node < 0 || node >= nodeCount) return undefined;
      const first = node * PER_NODE;
      const all = Array.from({ length: Math.min(PER_NODE, size - first) }, (_, slot) => first + slot);
      return all.filter((index) => kindOf(index) !== 'unscheduled');
    },
    conflicts: () => [...owners.values()].flatMap((owner) => (dual ? [addressOf(owner), addressV6Of(owner)] : [addressOf(owner)])),
  };
}

/** Every object of the cluster, one after the other. */
export function* eachObject(cluster: BigCluster): Generator<JsonRecord> {
  yield* cluster.others();
  for (const family of [cluster.nodes, cluster.services, cluster.deployments, cluster.pods])
    for (let index = 0; index < family.size; index++) yield memberOf(family, index);
}

/** Which pod has whose address: pods far from each other, no node with two of a kind. */
function plant(nodes: number, pairs: number): ReadonlyMap<number, number> {
  const all = Array.from({ length: pairs }, (_, pair): [number, number] => {
    const owner = Math.floor((pair * nodes) / pairs);
    const other = (owner + Math.ceil(nodes / 2)) % nodes;
    return [other * PER_NODE + 16 + (pair % 9), owner * PER_NODE + 6 + (pair % 9)];
  });
  return new Map(all);
}
