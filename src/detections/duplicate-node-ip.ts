import { balancerPools } from '../derived/balancer-pools.ts';
import { announcedAddresses } from '../derived/virtual-addresses.ts';
import { within } from '../ip/within.ts';
import type { ClusterFacts } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { finding, nodeHolder, some } from './common.ts';
import type { Detection } from './detection.ts';

export const duplicateNodeIp: Detection = {
  id: 'duplicate-node-ip',
  explains: {
    title: 'Two nodes have one address',
    meaning: 'Two Node objects name the same InternalIP: the API server, the tunnels and the routes reach only one of them.',
    arises:
      'Cloned machines, a NAT interface that has the same address everywhere (10.0.2.15), a machine that came back under another name while its old Node object stayed; a virtual address (kube-vip, keepalived) that a kubelet took for its node’s own, or that is one.',
    tellApart:
      'Host-network pods with their own node’s address are normal. If one of the two does not report, it is probably the former life of the other.',
    action: 'Delete the Node object that is a leftover; else give the machines different addresses (kubelet --node-ip).',
    sources: ['flannel-io/flannel Documentation', 'projectcalico/calico#2521'],
  },
  *find(facts) {
    yield* balancersOnNodes(facts);
    yield* virtualOnNodes(facts);
    const entries = facts.nodes.filter((node) => !node.virtual).flatMap((node) => node.internalIPs.map((address) => ({ node, address })));
    for (const [address, same] of Map.groupBy(entries, (entry) => entry.address)) {
      const nodes = [...new Set(same.map((entry) => entry.node))];
      if (nodes.length < 2) continue;
      const reporting = nodes.filter((node) => !node.unreachable && node.deletion === undefined);
      yield finding(
        'duplicate-node-ip',
        reporting.length > 1 ? 'error' : 'warning',
        'confirmed',
        `${address} is the InternalIP of ${some(nodes.map((node) => node.name))}`,
        {
          address,
          network: 'node',
          holders: nodes.map(nodeHolder),
          nodes: nodes.map((node) => node.name),
          evidence: nodes.map((node) => ({
            source: 'node' as const,
            ref: `node/${node.name}`,
            text: `${node.name}: InternalIP ${address}, Ready is ${node.ready}, machineID ${node.machineID ?? 'unknown'}`,
          })),
        },
      );
    }
  },
};

/**
 * A load balancer's pool that covers the nodes gives a Service a node's address: both answer for it (metallb#364).
 * That is certain where the address is one of a pool that is here to read.
 * k3s' ServiceLB, where it is the one that serves, and Cilium's node IPAM publish the nodes' addresses by design: a Service has those of
 * several nodes then, where a pool gives it one.
 */
function* balancersOnNodes(facts: ClusterFacts): Generator<Finding> {
  const byDesign =
    (facts.workloads.some((workload) => workload.name.startsWith('svclb-')) ||
      facts.nodes.some((node) => node.kubeletVersion?.includes('+k3s'))) &&
    !facts.workloads.some((workload) => workload.images.some((image) => /metallb\/(?:controller|speaker)/.test(image)));
  if (byDesign || facts.addressing === 'node-network') return;
  const ofNodes = new Set(facts.nodes.flatMap((node) => node.internalIPs));
  const family = (ip: string): boolean => ip.includes(':');
  const publishesNodes = (addresses: readonly string[]): boolean =>
    addresses.every((ip) => ofNodes.has(ip)) &&
    addresses.some((ip) => addresses.some((other) => other !== ip && family(other) === family(ip)));
  const suspects = facts.services.filter(
    ({ type, name, loadBalancerIPs }) =>
      type === 'LoadBalancer' &&
      loadBalancerIPs.some((ip) => ofNodes.has(ip)) &&
      !facts.workloads.some((workload) => workload.name.startsWith(`svclb-${name}-`)) &&
      !publishesNodes(loadBalancerIPs),
  );
  if (suspects.length === 0) return;
  // On a single machine nobody else can answer for its address.
  const isGiven = facts.nodes.length > 1 ? within(balancerPools(facts).flatMap(({ ranges }) => ranges)) : (): boolean => false;
  for (const node of facts.nodes.filter((candidate) => !candidate.virtual)) {
    for (const service of suspects) {
      const address = service.loadBalancerIPs.find((ip) => node.internalIPs.includes(ip));
      if (address === undefined) continue;
      yield finding(
        'duplicate-node-ip',
        isGiven(address) ? 'error' : 'warning',
        isGiven(address) ? 'confirmed' : 'likely',
        `${address} of node ${node.name} is also the load-balancer address of Service ${service.namespace}/${service.name}`,
        {
          address,
          network: 'node',
          holders: [
            nodeHolder(node),
            { kind: 'LoadBalancer', namespace: service.namespace, name: service.name, uid: service.uid, class: 'loadbalancer' },
          ],
          nodes: [node.name],
          evidence: [
            { source: 'node', ref: `node/${node.name}`, text: `InternalIP ${address}` },
            { source: 'service', ref: `service/${service.namespace}/${service.name}`, text: `status.loadBalancer.ingress ${address}` },
          ],
          affects: [`service/${service.namespace}/${service.name}`],
        },
      );
    }
  }
}

/**
 * A virtual address by which a node is known: the kubelet of the machine that held it as it started took it for the node's own, or it was
 * chosen so. It goes to another machine, or is taken off this one. What a cloud lists after a node's own address does no harm.
 */
function* virtualOnNodes(facts: ClusterFacts): Generator<Finding> {
  for (const { address, evidence } of announcedAddresses(facts)) {
    const node = facts.nodes.find(
      ({ virtual, internalIPs }) => !virtual && internalIPs.find((ip) => ip.includes(':') === address.includes(':')) === address,
    );
    if (!node) continue;
    yield finding(
      'duplicate-node-ip',
      'warning',
      'likely',
      `${address}, the InternalIP of ${node.name}, is also the virtual address of ${evidence.ref}`,
      {
        address,
        network: 'node',
        holders: [nodeHolder(node), { kind: 'LoadBalancer', name: evidence.ref, class: 'loadbalancer' }],
        nodes: [node.name],
        evidence: [{ source: 'node', ref: `node/${node.name}`, text: `InternalIP ${node.internalIPs.join(', ')}` }, evidence],
      },
    );
  }
}
