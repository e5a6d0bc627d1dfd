import type { ClusterFacts, InfrastructureAddress, Signal } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import { holds, isBalancers } from './ip-pool-overlap.ts';
import { type CauseRule, type Investigation, type Weighed, deletePod, of, proof, verifyAddresses } from '../investigation.ts';

export const infrastructureAddressConflict: CauseRule = {
  id: 'infrastructure-address-conflict',
  explains: {
    title: 'An address of the network itself is used twice',
    meaning:
      'A tunnel, router, gateway, node or virtual address is also a pod’s. No second pod is involved, and yet traffic of a whole node may fail.',
    arises:
      'A node was deleted and recreated under its name and the record of its tunnel address was freed; a VIP was put into a range that the CNI owns.',
    tellApart: 'If whole ranges overlap, that is the cause, and this its first effect.',
    action: 'Recreate the pod, restart the node’s agent so that it takes and records another address.',
    sources: ['projectcalico/calico#3589', 'projectcalico/calico#6244', 'aws/amazon-vpc-cni-k8s#1466', 'cozystack/cozystack#3740'],
  },
  weigh(investigation) {
    const infrastructure = of(investigation, 'pod-ip-equals-infrastructure-ip');
    const node = of(investigation, 'pod-ip-equals-node-ip', ['error']);
    const vip = of(investigation, 'pod-ip-equals-service-ip', ['error']).filter((finding) =>
      finding.evidence.some((evidence) => /^(?:externalIP|load-balancer address)/.test(evidence.text)),
    );
    const balancer = of(investigation, 'duplicate-node-ip').filter((finding) =>
      finding.holders.some((holder) => holder.kind === 'LoadBalancer'),
    );
    const found = [...infrastructure, ...node, ...vip, ...balancer];
    if (found.length === 0) {
      const refused = refusedForInfrastructure(investigation);
      if (refused) return refused;
    }
    if (found.length === 0)
      return of(investigation, ['duplicate-pod-ip']).length > 0
        ? undefined
        : { not: 'no pod has an address of a node, tunnel, router or virtual IP' };
    const said = investigation.facts.signals.filter((signal) =>
      found.some((finding) => finding.address !== undefined && signal.addresses.includes(finding.address)),
    );
    // It was given out of that pool: nobody meant it so.
    const pools = of(investigation, 'overlapping-pools').filter(
      (pool) => isBalancers(pool) && found.some((finding) => holds(pool, finding.address)),
    );
    return {
      confidence: pools.length > 0 || found.some((finding) => finding.severity === 'error') ? 'certain' : 'likely',
      summary: `${found[0]!.title}.`,
      decisive: [...proof([...found, ...pools]), ...said.slice(0, 3).map((signal) => signal.evidence)],
      explains: [
        ...found,
        ...pools,
        ...of(investigation, 'cni-log-error'),
        ...of(investigation, 'sandbox-creation-failing').filter((finding) =>
          said.some((signal) => finding.evidence.some((evidence) => evidence.text.includes(signal.evidence.text.slice(0, 40)))),
        ),
      ],
    };
  },
  remedy({ facts }, found) {
    const finding = found.explains[0]!;
    if (finding.holders.every((holder) => holder.kind !== 'Pod')) {
      const name = finding.nodes[0] ?? 'NODE';
      const service = finding.holders.find((holder) => holder.kind === 'LoadBalancer');
      if (service?.namespace !== undefined)
        return [
          {
            text: `Take the nodes’ addresses out of the load balancer’s pool; ${service.namespace}/${service.name} then gets another address.`,
            command: 'kubectl get ipaddresspools.metallb.io,ciliumloadbalancerippools.cilium.io -A -o yaml',
            risk: 'disruptive',
          },
        ];
      return [
        {
          text: `On ${name}: tell the kubelet its real address, and restart it.${service ? ` If ${finding.address} is its real one, choose another virtual address (${service.name}).` : ''}`,
          command: '--node-ip=ADDRESS (in the kubelet’s arguments)',
          precondition: 'ADDRESS is on the network that the nodes share',
          risk: 'disruptive',
        },
      ];
    }
    const node = finding.holders.find((holder) => holder.kind === 'Tunnel' || holder.kind === 'Node')?.node;
    const pods = finding.holders.filter((holder) => holder.kind === 'Pod');
    const holder = facts.infrastructure.find((entry) => entry.address === finding.address && entry.cni !== undefined)?.cni;
    const agent = facts.cnis
      .find((cni) => (holder === undefined ? cni.role === 'primary' : cni.id === holder))
      ?.agents.find((candidate) => candidate.kind === 'node')?.workload;
    const label = Object.entries(agent?.podLabels ?? {}).find(([key]) => /app/.test(key));
    return [
      ...pods.slice(0, 3).map((pod) => ({
        text: `Recreate ${pod.namespace}/${pod.name}: it gets another address.`,
        command: deletePod(pod.namespace ?? 'default', pod.name),
        risk: 'disruptive' as const,
      })),
      ...(isVirtual(finding)
        ? [
            {
              text: `Keep ${finding.address} from being given again: put it on an interface that the CNI does not manage (on AWS one with the tag node.k8s.amazonaws.com/no_manage=true), or choose one outside of what the CNI gives.`,
              risk: 'none' as const,
            },
          ]
        : []),
      ...(node && agent && label
        ? [
            {
              text: `Restart the agent on ${node}, so that it takes an address and records it.`,
              command: `kubectl -n ${agent.namespace} delete pod -l ${label[0]}=${label[1]} --field-selector spec.nodeName=${node}`,
              precondition: 'the pod has been moved',
              risk: 'disruptive' as const,
            },
          ]
        : []),
    ];
  },
  warnings: ['“No two pods share an address” is no all-clear here.'],
  verify: (_investigation, found) => verifyAddresses(found.explains),
};

/** An address that was chosen by hand, and that the allocator does not know of. */
const isVirtual = (finding: Finding): boolean =>
  finding.holders.some((holder) => holder.kind === 'LoadBalancer' || holder.kind === 'Service');

/** The network's own address that a refused pod was to get, if that is why it was refused. Not every refusal names it; what the pod was given does. */
export function refusedAddress(facts: ClusterFacts, { means, pod, addresses }: Signal): InfrastructureAddress | undefined {
  if (means !== 'address-taken' || pod === undefined) return undefined;
  const given = [...facts.allocations, ...facts.staticRequests].filter(
    (entry) => entry.pod?.namespace === pod.namespace && entry.pod.name === pod.name,
  );
  return facts.infrastructure.find((entry) => addresses.includes(entry.address) || given.some(({ address }) => address === entry.address));
}

/** A pod that waits because the address that it was given is the network's own (cozystack/cozystack#3736). */
function refusedForInfrastructure(investigation: Investigation): Weighed {
  const { facts } = investigation;
  const failing = of(investigation, 'sandbox-creation-failing');
  const hits = facts.signals.flatMap((signal) => {
    const entry = refusedAddress(facts, signal);
    return entry ? [{ signal, entry }] : [];
  });
  const explains = failing.filter((finding) =>
    hits.some(({ signal }) =>
      finding.holders.some((holder) => holder.namespace === signal.pod!.namespace && holder.name === signal.pod!.name),
    ),
  );
  if (explains.length === 0) return undefined;
  const { entry } = hits[0]!;
  return {
    confidence: 'likely',
    summary: `${entry.address} was given to a pod, and refused: it is the ${entry.role} address of ${entry.node || entry.ref}.`,
    decisive: [
      ...hits.slice(0, 2).map(({ signal }) => signal.evidence),
      { source: 'crd', ref: entry.ref, text: `${entry.ref}: ${entry.address}, the ${entry.role} address` },
      ...proof(explains, 2),
    ],
    explains,
  };
}
