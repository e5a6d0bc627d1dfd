import { canonicalAddress } from '../ip/address.ts';
import { type Range, overlappingPairs, parseRange, prefixLength } from '../ip/range.ts';
import {
  type Allocation,
  type BaseFacts,
  type CniFacts,
  type ClusterRange,
  type Complaint,
  type InfrastructureAddress,
  type NodeRange,
  POD_NETWORK,
  type Pool,
  type Recognition,
  type Signature,
} from '../model/facts.ts';
import { type Json, at, list, number, record, text, texts } from '../model/json.ts';
import { once } from '../model/once.ts';
import type { ListNeed } from '../model/need.ts';
import { metaOf } from '../model/object-ref.ts';
import { type Resource, custom } from '../model/resource.ts';
import type { CniProfile } from './cni-profile.ts';
import { nodeRangesIf, podCidrRanges } from './pod-cidrs.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const CILIUM_NODES = custom('cilium.io', 'CiliumNode', 'ciliumnodes', ['v2']);
const CILIUM_POD_IP_POOLS = custom('cilium.io', 'CiliumPodIPPool', 'ciliumpodippools', ['v2', 'v2alpha1']);

const AGENTS: readonly AgentHint[] = [
  { kind: 'node', name: /^(?:rke2-)?cilium$|^anetd$/, image: /cilium|anetd/, logContainers: ['cilium-agent'] },
  {
    kind: 'controller',
    name: /cilium-operator/,
    image: /operator/,
    logContainers: ['cilium-operator', 'cilium-operator-generic', 'operator'],
  },
];
const AGENT_IMAGE = /cilium(?:-ci)?[:@]|\/cilium\//;
const RANGES_BY_OPERATOR = new Set(['cluster-pool', 'cluster-pool-v2beta']);
const PER_ADDRESS = new Set(['eni', 'azure', 'alibabacloud', 'crd']);

const config = (facts: BaseFacts): Readonly<Record<string, string>> => facts.configMap(undefined, 'cilium-config')?.data ?? {};

/** `cilium-config` decides, and says nothing where it was not read; GKE Dataplane V2 (anetd) always takes Node.spec.podCIDRs. */
function ipamOf(facts: BaseFacts, gke: boolean): string {
  if (gke) return 'kubernetes';
  if (facts.configMap(undefined, 'cilium-config') === undefined) return 'unknown';
  const chained = config(facts)['cni-chaining-mode'];
  if (chained !== undefined && chained !== 'none' && chained !== '') return 'chained';
  return config(facts)['ipam'] ?? config(facts)['ipam-mode'] ?? 'cluster-pool';
}

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'cilium', AGENTS);
  if (!agents.some((agent) => agent.kind === 'node')) {
    return facts.objects(CILIUM_NODES).length > 0
      ? {
          id: 'cilium',
          title: 'Cilium',
          versions: [],
          confidence: 'low',
          role: 'leftover',
          ipam: 'none',
          evidence: [],
          agents: [],
          since: undefined,
        }
      : undefined;
  }
  const gke = agents.some((agent) => agent.name === 'anetd');
  const ipam = ipamOf(facts, gke);
  const policyOnly = ipam === 'chained' || ipam === 'delegated-plugin';
  return {
    id: 'cilium',
    title: gke ? 'GKE Dataplane V2' : 'Cilium',
    versions: agentVersions(
      facts,
      agents.filter((agent) => agent.kind === 'node'),
      AGENT_IMAGE,
    ),
    confidence: 'high',
    role: !isActive(agents) ? 'leftover' : policyOnly ? 'policy' : 'primary',
    ipam,
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

function needs(recognition: Recognition): ListNeed[] {
  const need = (resource: Resource, essential: boolean, undecided: string[]): ListNeed => ({
    kind: 'list',
    resource,
    essential,
    undecided,
  });
  if (recognition.role === 'leftover') return [];
  // The routers' addresses stand there in every mode.
  const nodes = need(CILIUM_NODES, true, [
    'overlapping-node-ranges',
    'pod-ip-in-other-node-range',
    'pod-ip-equals-infrastructure-ip',
    'node-ranges-exhausted',
  ]);
  return recognition.ipam === 'multi-pool' ? [nodes, need(CILIUM_POD_IP_POOLS, true, ['overlapping-pools', 'pool-exhausted'])] : [nodes];
}

function interpret(recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const nodes = facts.objects(CILIUM_NODES);
  const infrastructure = nodes.flatMap(infrastructureOf);
  if (recognition.role === 'policy') return { infrastructure };
  if (recognition.ipam === 'kubernetes') return { addressing: 'node-range', nodeRanges: podCidrRanges(facts), infrastructure };
  if (PER_ADDRESS.has(recognition.ipam)) {
    return {
      addressing: 'node-network',
      infrastructure,
      allocations: nodes.flatMap(poolAllocations),
      complaints: nodes.flatMap((node) => complaintsOf(node, [])),
    };
  }
  const nodeRanges = nodes.flatMap(nodeRangesOf);
  return {
    addressing: recognition.ipam === 'unknown' ? (nodeRanges.length > 0 ? 'node-range' : 'unknown') : nodeRangesIf(facts, CILIUM_NODES),
    nodeRanges,
    rangeNotAskedFor: withoutObject(facts, nodes),
    infrastructure,
    clusterRanges: RANGES_BY_OPERATOR.has(recognition.ipam) ? configuredRanges(facts) : [],
    pools: recognition.ipam === 'multi-pool' ? podIpPools(facts) : clusterPools(facts, nodeRanges, nodes.length),
    complaints: nodes.flatMap((node) => complaintsOf(node, nodeRanges)),
  };
}

/** The agent makes the CiliumNode of its node when it starts; the operator then writes a range into it. */
function withoutObject(facts: BaseFacts, nodes: readonly Json[]): string[] {
  const made = new Set(nodes.map((node) => metaOf(node).name));
  return facts.read(CILIUM_NODES) === 'yes' ? facts.nodes.flatMap(({ name }) => (made.has(name) ? [] : [name])) : [];
}

/** cluster-pool: spec.ipam.podCIDRs; multi-pool: spec.ipam.pools.allocated[].cidrs. Some modes fill both; look at the fields, not the mode. */
function nodeRangesOf(node: Json): NodeRange[] {
  const { name } = metaOf(node);
  const add = (cidr: string, source: string, more: Pick<NodeRange, 'beside'> = {}): NodeRange[] => {
    const range = parseRange(cidr);
    return range ? [{ range, node: name, network: POD_NETWORK, ref: `ciliumnode/${name}`, source, ...more }] : [];
  };
  return [
    ...texts(node, 'spec', 'ipam', 'podCIDRs').flatMap((cidr) => add(cidr, 'spec.ipam.podCIDRs')),
    ...list(node, 'spec', 'ipam', 'pools', 'allocated').flatMap((pool) =>
      texts(pool, 'cidrs').flatMap((cidr) => add(cidr, 'spec.ipam.pools.allocated', { beside: true })),
    ),
  ];
}

function infrastructureOf(node: Json): InfrastructureAddress[] {
  const { name } = metaOf(node);
  const add = (value: Json, role: InfrastructureAddress['role'], field: string): InfrastructureAddress[] => {
    const address = canonicalAddress(value);
    return address === undefined ? [] : [{ address, node: name, network: POD_NETWORK, role, ref: `ciliumnode/${name} ${field}` }];
  };
  const internal = list(node, 'spec', 'addresses').filter((address) => text(address, 'type') === 'CiliumInternalIP');
  return [
    ...internal.flatMap((address) => add(at(address, 'ip'), 'router', 'CiliumInternalIP')),
    ...add(at(node, 'spec', 'health', 'ipv4'), 'health', 'spec.health'),
    ...add(at(node, 'spec', 'health', 'ipv6'), 'health', 'spec.health'),
    ...add(at(node, 'spec', 'ingress', 'ipv4'), 'ingress', 'spec.ingress'),
    ...add(at(node, 'spec', 'ingress', 'ipv6'), 'ingress', 'spec.ingress'),
  ];
}

/** eni, azure, alibabacloud, crd: every address of a node stands in spec.ipam.pool, its owner in status.ipam.used. */
function poolAllocations(node: Json): Allocation[] {
  const { name } = metaOf(node);
  const used = { ...record(node, 'status', 'ipam', 'used'), ...record(node, 'status', 'ipam', 'ipv6-used') };
  return Object.entries(used).flatMap(([ip, use]): Allocation[] => {
    const address = canonicalAddress(ip);
    const owner = text(use, 'owner')?.split('/');
    if (address === undefined) return [];
    const pod = owner?.length === 2 ? { namespace: owner[0]!, name: owner[1]! } : undefined;
    return [
      {
        address,
        network: POD_NETWORK,
        ref: `ciliumnode/${name}`,
        purpose: pod ? 'pod' : 'infrastructure',
        pod,
        node: name,
        handle: owner?.join('/'),
        at: undefined,
      },
    ];
  });
}

/** Few clusters have a reason to ask. */
const nodesInClash = once(
  (ranges: readonly NodeRange[]): ReadonlySet<string> =>
    new Set(overlappingPairs(ranges, ({ range }) => range).flatMap((pair) => pair.map(({ node }) => node))),
);

/** The operator's last word on a node. It is not cleared after recovery (cilium#28758), so it counts only with a missing range, or with one that another node has, too. */
function complaintsOf(node: Json, ranges: readonly NodeRange[]): Complaint[] {
  const { name } = metaOf(node);
  const error = text(node, 'status', 'ipam', 'operator-status', 'error');
  if (error === undefined) return [];
  const served = texts(node, 'spec', 'ipam', 'podCIDRs').length > 0 || list(node, 'spec', 'ipam', 'pools', 'allocated').length > 0;
  const means = /full|exhaust|no (?:more|free|available)/i.test(error)
    ? 'node-ranges-exhausted'
    : /already (?:been )?allocated|conflict/i.test(error)
      ? 'range-on-two-nodes'
      : /not configured|out(?:side)? of/i.test(error)
        ? 'range-outside-cluster'
        : 'node-range-missing';
  if (served && !(means === 'range-on-two-nodes' && nodesInClash(ranges).has(name))) return [];
  return [
    { node: name, means, evidence: { source: 'crd', ref: `ciliumnode/${name}`, text: `status.ipam.operator-status.error: ${error}` } },
  ];
}

const FAMILIES: readonly [string, string, number][] = [
  ['cluster-pool-ipv4-cidr', 'cluster-pool-ipv4-mask-size', 24],
  ['cluster-pool-ipv6-cidr', 'cluster-pool-ipv6-mask-size', 120],
];

function configuredRanges(facts: BaseFacts): ClusterRange[] {
  return FAMILIES.flatMap(([key]) =>
    ranges(config(facts)[key]).map((range): ClusterRange => ({ purpose: 'pod', basis: 'cni', ref: 'configmap/cilium-config', range })),
  );
}

const ranges = (value: string | undefined): Range[] =>
  (value ?? '')
    .split(/[\s,]+/)
    .map((part) => parseRange(part))
    .filter((range) => range !== undefined);

/** cluster-pool: each node takes one range of the mask size out of the configured CIDRs. */
function clusterPools(facts: BaseFacts, nodeRanges: readonly NodeRange[], nodes: number): Pool[] {
  return FAMILIES.flatMap(([key, maskKey, mask]): Pool[] => {
    const all = ranges(config(facts)[key]);
    const size = number(config(facts), maskKey) ?? mask;
    if (all.length === 0 || (all[0]!.family === 6 && config(facts)['enable-ipv6'] !== 'true')) return [];
    const capacity = all.reduce((sum, range) => sum + 2 ** Math.min(30, Math.max(0, size - (prefixLength(range) ?? size))), 0);
    const used = new Set(nodeRanges.filter((entry) => entry.range.family === all[0]!.family).map((entry) => entry.range.text)).size;
    return [
      {
        name: key,
        ref: 'configmap/cilium-config',
        network: POD_NETWORK,
        ranges: all,
        enabled: true,
        node: undefined,
        capacity,
        used: Math.min(used, nodes),
        blockSize: size,
        blocks: undefined,
        blocksUsed: undefined,
        gives: 'node-ranges',
        created: undefined,
      },
    ];
  });
}

/** multi-pool: Cilium itself does not check that pools are disjoint. */
function podIpPools(facts: BaseFacts): Pool[] {
  return facts.objects(CILIUM_POD_IP_POOLS).flatMap((pool): Pool[] => {
    const { name, created } = metaOf(pool);
    const all = ['ipv4', 'ipv6']
      .flatMap((family) => texts(pool, 'spec', family, 'cidrs'))
      .map((cidr) => parseRange(cidr))
      .filter((range) => range !== undefined);
    return all.length === 0
      ? []
      : [
          {
            name,
            ref: `ciliumpodippool/${name}`,
            network: POD_NETWORK,
            ranges: all,
            enabled: true,
            node: undefined,
            capacity: undefined,
            used: undefined,
            blockSize: number(pool, 'spec', 'ipv4', 'maskSize'),
            blocks: undefined,
            blocksUsed: undefined,
            gives: 'node-ranges',
            created,
          },
        ];
  });
}

const SOURCE = 'cilium/cilium pkg/ipam';
const event = (means: Signature['means'], pattern: RegExp): Signature => ({
  means,
  pattern,
  in: 'event',
  severity: 'error',
  knowledge: SOURCE,
});
const log = (means: Signature['means'], pattern: RegExp, severity: Signature['severity'] = 'error'): Signature => ({
  means,
  pattern,
  in: 'log',
  severity,
  knowledge: SOURCE,
});

const signatures: readonly Signature[] = [
  event(
    'node-range-exhausted',
    /postIpamFailure.*range is full|all (?:pod )?CIDR ranges are exhausted|no IPs currently available on the node|No more IPs available/,
  ),
  event('address-taken', /provided IP is already allocated|IP (?:(?:ipv[46]:)?[\da-f.:]+ )?(?:is )?already in use/),
  event(
    'agent-not-running',
    /unable to connect to Cilium agent|Is the agent running\?|unable to retrieve configuration from|cilium\.sock: connect/,
  ),
  event('pool-exhausted', /pool not \(yet\) available|no matching CiliumPodIPPool found/),
  log(
    'node-range-missing',
    /required IPv[46] PodCIDR not available|Waiting for .*pod ?CIDR pool.* to become available|Waiting for IPs to become available in CRD-backed/i,
    'warning',
  ),
  log('node-range-exhausted', /ipam-range-full|unable to allocate (?:ingress IPs|router IP for family)/),
  log(
    'live-address-freed',
    /in-use (?:pod )?CIDR was removed from spec|unable to reallocate \S+ IPv[46] address|Failed to re-allocate IP of endpoint/,
  ),
  log('duplicate-seen', /Detected conflicting identity override for prefix|conflicting tunnel peer/),
  log(
    'range-on-two-nodes',
    /Duplicate v[46] CIDR, will be released from this node|requested CIDR \(.*\) is already allocated|have? CIDRs allocated \(.*\) that conflict with requested CIDRs|cidr \S+ has already been allocated|CIDR from pool already in use by node/,
  ),
  log('range-outside-cluster', /allocator not configured for the requested cidr/i),
  log('node-ranges-exhausted', /allocator \S* ?full|Failed to allocate PodCIDRs to node|pool empty/),
  log('pool-exhausted', /Instance is out of interfaces|Subnet might be out of prefixes|Unable to create interface on instance/),
  log('agent-misconfigured', /must be provided when using ClusterPool|Unable to init .* allocator|Unknown IPAM backend/),
  log('state-inconsistent', /provided IP is not in the valid range/),
];

export const cilium: CniProfile = {
  id: 'cilium',
  title: 'Cilium',
  agents: AGENTS,
  configMaps: ['cilium-config'],
  recognise,
  needs,
  interpret,
  signatures,
};
