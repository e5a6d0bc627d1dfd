import { podRanges, serviceRanges } from '../derived/ranges.ts';
import { virtualAddresses } from '../derived/virtual-addresses.ts';
import { parseAddress } from '../ip/address.ts';
import { type Range, contains } from '../ip/range.ts';
import type { ClusterFacts, StaticRequest } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { type Pod, podName } from '../model/pod-table.ts';
import { byAge, classOf, confidenceFor, finding, plural, podEvidence, podHolder, rolesOf, some } from './common.ts';
import type { Detection } from './detection.ts';

export const staticIpConflict: Detection = {
  id: 'static-ip-conflict',
  explains: {
    title: 'An address given by hand clashes',
    meaning: 'An annotation, a template or a network definition asks for an address that another pod asks for or has.',
    arises:
      'A static address in a pod template with several replicas; the same annotation copied; an address that bypasses IPAM and lies inside its pool; a virtual address (kube-vip, keepalived) chosen inside a range of the cluster.',
    tellApart: 'With IPAM in between the second pod waits; without it both get the address. One replica with a static address is fine.',
    action:
      'Give each pod an address of its own, out of a reserved part of the range; `strategy: Recreate` where one replica keeps one address.',
    sources: [
      'k8snetworkplumbingwg/multus-cni#589',
      'projectcalico/cni-plugin#288',
      'kubeovn/kube-ovn#4304',
      'sassoftware/viya4-iac-k8s#192',
    ],
  },
  *find(facts) {
    yield* virtualInsideRanges(facts);
    for (const requests of Map.groupBy(facts.staticRequests, (request) => `${request.network}|${request.address}`).values()) {
      const { address, network } = requests[0]!;
      const asking = requests.flatMap((request) => askers(facts, request));
      const holding = holders(facts, address, network);
      const parties = [...new Map([...asking, ...holding].map((pod) => [pod.uid, pod])).values()].toSorted(byAge);
      const kept = facts.allocations.find(
        (allocation) =>
          allocation.address === address &&
          allocation.network === network &&
          allocation.purpose !== 'infrastructure' &&
          !parties.some((pod) => pod.namespace === allocation.pod?.namespace && pod.name === allocation.pod.name),
      );
      // One pod that waits for an address on record for somebody else is a clash too.
      const waits = asking.length === 1 && parties.length === 1 && asking[0]!.ips.length === 0 && kept !== undefined;
      if ((parties.length < 2 && !waits) || asking.length === 0) continue;
      const templates = requests.filter((request) => request.workload && (request.workload.replicas ?? 1) > 1);
      const roles = rolesOf(facts, parties, address, network);
      yield finding(
        'static-ip-conflict',
        'error',
        confidenceFor(facts, parties),
        `${address} is asked for by hand and wanted by ${plural(parties.length, 'pod')}: ${some(parties.map(podName))}`,
        {
          address,
          network,
          holders: [
            ...parties.map((pod) => podHolder(facts, pod, roles.get(pod))),
            ...(waits ? [{ kind: 'Allocation' as const, name: kept.ref, class: 'allocation' as const }] : []),
          ],
          nodes: [...new Set(parties.map((pod) => pod.node))],
          evidence: [...templates, ...requests.filter((request) => request.pod)]
            .slice(0, 6)
            .map((request) => ({ source: 'pod' as const, ref: request.ref, text: `${request.ref}: ${request.text}` }))
            .concat(parties.slice(0, 4).map((pod) => ({ ...podEvidence(pod), source: 'pod' as const }))),
        },
      );
    }
  },
};

/** Pods that ask and are not on their way out: running, or waiting for the address. */
function askers(facts: ClusterFacts, request: StaticRequest): Pod[] {
  if (!request.pod) return [];
  const row = facts.pods.find(request.pod.namespace, request.pod.name);
  if (row === undefined) return [];
  const pod = facts.pods.pod(row);
  return pod.deletion === undefined && ['live', 'pending'].includes(classOf(facts, pod)) ? [pod] : [];
}

function holders(facts: ClusterFacts, address: string, network: string): Pod[] {
  const attached = facts.attachments
    .filter((attachment) => attachment.address === address && attachment.network === network)
    .map((attachment) => attachment.row);
  return [...facts.rowsAt(address).filter((row) => facts.podNetwork(row) === network), ...attached]
    .map((row) => facts.pods.pod(row))
    .filter((pod) => classOf(facts, pod) === 'live');
}

/**
 * A virtual address inside the Service range or a node's pod range: kube-proxy or the pod network takes its traffic, and the allocator
 * will give it away (viya4-iac-k8s#192). Where the range covers nodes as well, that is the mistake, and this its effect.
 */
function* virtualInsideRanges(facts: ClusterFacts): Generator<Finding> {
  const chosen = virtualAddresses(facts);
  if (chosen.length === 0) return;
  const nodes = facts.nodes.flatMap((node) => node.internalIPs).map((ip) => parseAddress(ip)!);
  const holdsNodes = ({ range }: { readonly range: Range }): boolean => nodes.some((address) => contains(range, address));
  const given = [
    ...serviceRanges(facts).map((entry) => ({
      range: entry.range,
      ref: entry.ref,
      what: 'the Service range',
      sure: entry.basis !== 'observed',
    })),
    ...(facts.addressing === 'node-network' ? [] : podRanges(facts))
      .filter((entry) => entry.node !== undefined)
      .map((entry) => ({ range: entry.range, ref: entry.ref, what: `the pod range of ${entry.node}`, sure: true })),
  ];
  for (const { address, evidence } of chosen) {
    const inside = given.find((entry) => contains(entry.range, parseAddress(address)!) && !holdsNodes(entry));
    // A pod that holds it is another finding.
    if (!inside || facts.rowsAt(address).some((row) => classOf(facts, facts.pods.pod(row)) === 'live')) continue;
    const services = facts.services.filter((service) => service.clusterIPs.includes(address));
    yield finding(
      'static-ip-conflict',
      'error',
      inside.sure ? 'confirmed' : 'likely',
      `${address}, a virtual address chosen by hand, lies in ${inside.what} ${inside.range.text}`,
      {
        address,
        network: inside.what === 'the Service range' ? 'service' : 'pod',
        holders: [
          { kind: 'LoadBalancer', name: evidence.ref, class: 'loadbalancer' },
          ...services.map((service) => ({
            kind: 'Service' as const,
            namespace: service.namespace,
            name: service.name,
            uid: service.uid,
            class: 'service' as const,
          })),
        ],
        ranges: [{ cidr: inside.range.text, source: inside.ref }],
        evidence: [evidence, { source: 'arithmetic', ref: inside.ref, text: `${inside.what} is ${inside.range.text} (${inside.ref})` }],
      },
    );
  }
}
