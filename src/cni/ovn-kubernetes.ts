import { canonicalAddress } from '../ip/address.ts';
import { addressAt, parseRange } from '../ip/range.ts';
import {
  type Attachment,
  type BaseFacts,
  type ClusterRange,
  type CniFacts,
  type InfrastructureAddress,
  type NodeFact,
  type NodeRange,
  POD_NETWORK,
  type Recognition,
  type Signature,
} from '../model/facts.ts';
import { type Json, parseJson, record, text, texts } from '../model/json.ts';
import { eachPod } from '../model/pod-table.ts';
import { OPENSHIFT_NETWORKS } from '../model/resource.ts';
import type { ListNeed } from '../model/need.ts';
import type { CniProfile } from './cni-profile.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const AGENTS: readonly AgentHint[] = [
  {
    kind: 'node',
    name: /^ovnkube-node|^ovnkube(?:-|$)/,
    image: /ovn|ocp-v4|openshift/,
    logContainers: ['ovnkube-controller', 'ovnkube-node'],
  },
  {
    kind: 'controller',
    allocates: true,
    name: /^ovnkube-(?:master|control-plane|cluster-manager)/,
    image: /ovn|ocp-v4|openshift/,
    logContainers: ['ovnkube-cluster-manager', 'ovnkube-master', 'ovnkube-control-plane'],
  },
];

/** Early releases wrote one subnet, as plain text, under another key (ovn-kubernetes#463). */
const SUBNETS = ['k8s.ovn.org/node-subnets', 'ovn_host_subnet'];

/** The subnet of a Windows node of a hybrid overlay, out of a range of the overlay’s own. */
const HYBRID = 'k8s.ovn.org/hybrid-overlay-node-subnet';

const isAnnotated = (node: NodeFact): boolean => SUBNETS.some((key) => node.annotations[key] !== undefined);

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'ovn-kubernetes', AGENTS).map((agent) =>
    agent.kind === 'controller' || !/master|control-plane|cluster-manager/.test(agent.name)
      ? agent
      : { ...agent, kind: 'controller' as const },
  );
  const annotated = facts.nodes.filter(isAnnotated);
  if (agents.length === 0 && annotated.length === 0) return undefined;
  const active = isActive(agents) || annotated.length * 2 >= facts.nodes.length;
  return {
    id: 'ovn-kubernetes',
    title: 'OVN-Kubernetes',
    versions: agentVersions(facts, agents, /ovn/),
    confidence: agents.length > 0 ? 'high' : 'medium',
    role: active ? 'primary' : 'leftover',
    ipam: 'node-subnets',
    evidence: [
      ...agentEvidence(agents),
      ...annotated
        .slice(0, 1)
        .map((node) => ({ source: 'node' as const, ref: `node/${node.name}`, text: 'annotation of the node subnet' })),
    ],
    agents,
    since: agentsSince(agents),
  };
}

const needs = (): ListNeed[] => [
  { kind: 'list', resource: OPENSHIFT_NETWORKS, essential: false, undecided: ['node-range-outside-cluster-cidr'] },
];

function interpret(_recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const subnets = facts.nodes.flatMap(subnetsOf);
  const nodeRanges = [...subnets, ...facts.nodes.filter((node) => !isAnnotated(node)).flatMap(hybridSubnets)];
  return {
    addressing: 'node-range',
    nodeRanges,
    clusterRanges: clusterSubnets(facts),
    infrastructure: subnets.filter((entry) => entry.network === POD_NETWORK).flatMap(reservedOf),
    attachments: [...eachPod(facts.pods)].flatMap((pod) =>
      secondary(pod.annotations['k8s.ovn.org/pod-networks'], pod.row, `pod/${pod.namespace}/${pod.name}`),
    ),
  };
}

/** The annotation is a JSON object from network to subnet or subnets; the oldest form is one plain CIDR. */
function subnetsOf(node: NodeFact): NodeRange[] {
  return SUBNETS.flatMap((key) => {
    const value = node.annotations[key];
    if (value === undefined) return [];
    const parsed = parseJson(value);
    const networks: [string, string[]][] =
      parsed === undefined
        ? [['default', [value]]]
        : Object.entries(record(parsed)).map(([network, subnets]): [string, string[]] => [
            network,
            typeof subnets === 'string' ? [subnets] : texts({ subnets }, 'subnets'),
          ]);
    return networks.flatMap(([network, subnets]) =>
      subnets.flatMap((subnet): NodeRange[] => {
        const range = parseRange(subnet);
        return range
          ? [
              {
                range,
                node: node.name,
                network: network === 'default' ? POD_NETWORK : `ovn:${network}`,
                ref: `node/${node.name}`,
                source: key,
              },
            ]
          : [];
      }),
    );
  });
}

const hybridSubnets = ({ name, annotations }: NodeFact): NodeRange[] =>
  (annotations[HYBRID] ?? '').split(',').flatMap((subnet): NodeRange[] => {
    const range = parseRange(subnet.trim());
    return range ? [{ range, node: name, network: POD_NETWORK, ref: `node/${name}`, source: HYBRID, beside: true }] : [];
  });

/** `.1` is the gateway, `.2` the management port of every node subnet. */
const reservedOf = (entry: NodeRange): InfrastructureAddress[] =>
  (
    [
      [1n, 'gateway'],
      [2n, 'tunnel'],
    ] as const
  ).flatMap(([offset, role]): InfrastructureAddress[] => {
    const address = addressAt(entry.range, offset);
    return address ? [{ address: address.text, node: entry.node, network: POD_NETWORK, role, ref: entry.ref }] : [];
  });

function clusterSubnets(facts: BaseFacts): ClusterRange[] {
  const config = facts.configMaps.find((map) => map.name === 'ovn-config' || map.name === 'ovnkube-config');
  const value = config?.data['net_cidr'] ?? /cluster-subnets\s*=\s*"?([^"\n]+)/.exec(config?.data['ovnkube.conf'] ?? '')?.[1];
  return (value ?? '').split(',').flatMap((part): ClusterRange[] => {
    // `10.128.0.0/14/23`: the second length is that of a node's subnet.
    const range = parseRange(part.trim().split('/').slice(0, 2).join('/'));
    return range && config ? [{ purpose: 'pod', basis: 'cni', ref: `configmap/${config.namespace}/${config.name}`, range }] : [];
  });
}

/** User-defined networks: their addresses repeat across networks by design, but not inside one. */
function secondary(annotation: string | undefined, row: number, ref: string): Attachment[] {
  return Object.entries(record(parseJson(annotation))).flatMap(([network, entry]: [string, Json]) => {
    if (network === 'default') return [];
    return texts(entry, 'ip_addresses').flatMap((value): Attachment[] => {
      const address = canonicalAddress(value);
      return address === undefined ? [] : [{ address, network, interface: '', mac: text(entry, 'mac_address'), row, ref }];
    });
  });
}

const SOURCE = 'ovn-kubernetes go-controller/pkg';
const signatures: readonly Signature[] = [
  {
    means: 'duplicate-seen',
    pattern: /Non completed pod \S+ shares ips/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/ovn/base_network_controller_pods.go`,
  },
  {
    means: 'state-inconsistent',
    pattern: /Already allocated IPs: .+ for pod: \S+ in phase/,
    in: 'log',
    severity: 'warning',
    knowledge: `${SOURCE}/ovn/base_network_controller_pods.go`,
  },
  {
    means: 'range-on-two-nodes',
    pattern: /network \S+ already owned by \S+|ailed to mark the subnet .+ as allocated in the cluster subnet allocator/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/clustermanager/node/subnet_allocator.go`,
  },
  {
    means: 'range-outside-cluster',
    pattern: /does not belong to any known range/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/clustermanager/node/subnet_allocator.go`,
  },
  {
    means: 'node-ranges-exhausted',
    pattern: /no subnets available/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/clustermanager/node/subnet_allocator.go`,
  },
  {
    means: 'node-range-exhausted',
    pattern: /subnet address pool exhausted|failed to allocate new IPs for/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/allocator/ip/subnet/allocator.go`,
  },
  {
    means: 'address-taken',
    pattern: /provided IP is already allocated|unable to ensure IPs allocated for already annotated pod/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/allocator/ip/allocator.go`,
  },
  {
    means: 'agent-not-running',
    pattern: /timed out waiting for annotations|failed to get pod annotation/,
    in: 'event',
    severity: 'error',
    knowledge: `${SOURCE}/cni/cni.go`,
  },
  {
    means: 'overlap-seen',
    pattern: /subnet overlaps with already configured internal subnets/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/util/multi_network.go`,
  },
  { means: 'identity-clash', pattern: /ErrorMismatchChassis/, in: 'event', severity: 'error', knowledge: SOURCE },
];

export const ovnKubernetes: CniProfile = {
  id: 'ovn-kubernetes',
  title: 'OVN-Kubernetes',
  agents: AGENTS,
  configMaps: ['ovn-config', 'ovnkube-config'],
  recognise,
  needs,
  interpret,
  signatures,
};
