import { canonicalAddress } from '../ip/address.ts';
import { parseRange, rangeBetween, rangeSize } from '../ip/range.ts';
import { parseAddress } from '../ip/address.ts';
import {
  type Allocation,
  type BaseFacts,
  type CniFacts,
  POD_NETWORK,
  type Pool,
  type Recognition,
  type Signature,
} from '../model/facts.ts';
import { type Json, list, number, text } from '../model/json.ts';
import type { ListNeed } from '../model/need.ts';
import { metaOf } from '../model/object-ref.ts';
import { eachPod, podName } from '../model/pod-table.ts';
import { custom } from '../model/resource.ts';
import type { CniProfile } from './cni-profile.ts';
import { podCidrRanges } from './pod-cidrs.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';
import { annotationRequests, templateRequests } from './requests.ts';

const IP_POOLS = custom('crd.antrea.io', 'IPPool', 'ippools', ['v1beta1', 'v1alpha2']);
const AGENTS: readonly AgentHint[] = [
  { kind: 'node', name: /^antrea-agent/, image: /antrea/, logContainers: ['antrea-agent'] },
  { kind: 'controller', name: /^antrea-controller/, image: /antrea/, logContainers: ['antrea-controller'] },
];

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'antrea', AGENTS);
  if (!isActive(agents)) return undefined;
  const config = facts.configMaps.find((map) => map.name.startsWith('antrea-config'));
  const policyOnly = /^\s*trafficEncapMode:\s*"?networkPolicyOnly/im.test(config?.data['antrea-agent.conf'] ?? '');
  return {
    id: 'antrea',
    title: 'Antrea',
    versions: agentVersions(facts, agents, /antrea/),
    confidence: 'high',
    role: policyOnly ? 'policy' : 'primary',
    ipam: policyOnly ? 'none' : 'host-local',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

const needs = (): ListNeed[] => [
  { kind: 'list', resource: IP_POOLS, essential: false, undecided: ['overlapping-pools', 'ipam-leak', 'pool-exhausted'] },
];

/** Node.spec.podCIDRs with host-local inside the agent; pods in an IPPool are the exception. Antrea does not refuse overlapping IPPools. */
function interpret(recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  if (recognition.role === 'policy') return {};
  const pools = facts.objects(IP_POOLS).map(readPool);
  const key = 'ipam.antrea.io/pod-ips';
  const read = (value: string): string[] => value.split(',');
  const allocations = pools.flatMap((pool) => pool.allocations);
  // Pods of pools with a VLAN are on its wire, where another VLAN's addresses are nobody's business.
  const wires = new Map(allocations.flatMap(({ pod, network }) => (pod && network !== POD_NETWORK ? [[podName(pod), network]] : [])));
  return {
    ...(wires.size > 0 && { podNetwork: (row: number) => wires.get(podName(facts.pods.pod(row))) ?? POD_NETWORK }),
    addressing: 'node-range',
    nodeRanges: podCidrRanges(facts),
    pools: pools.map(({ pool }) => pool),
    allocations,
    staticRequests: [
      ...annotationRequests(eachPod(facts.pods), key, POD_NETWORK, 'yes', read),
      ...templateRequests(facts.workloads, key, POD_NETWORK, 'yes', read),
    ],
  };
}

function readPool(object: Json): { pool: Pool; allocations: Allocation[] } {
  const { name, created } = metaOf(object);
  const vlan = number(object, 'spec', 'subnetInfo', 'vlan') ?? 0;
  const network = vlan === 0 ? POD_NETWORK : `vlan:${vlan}`;
  const ranges = list(object, 'spec', 'ipRanges')
    .map((range) => parseRange(text(range, 'cidr')) ?? rangeBetween(parseAddress(text(range, 'start')), parseAddress(text(range, 'end'))))
    .filter((range) => range !== undefined);
  const allocations = list(object, 'status', 'ipAddresses').flatMap((entry): Allocation[] => {
    const address = canonicalAddress(text(entry, 'ipAddress'));
    const pod = text(entry, 'owner', 'pod', 'name');
    if (address === undefined) return [];
    return [
      {
        address,
        network,
        ref: `ippool/${name}`,
        purpose: pod === undefined ? 'reserved' : 'pod',
        pod: pod === undefined ? undefined : { namespace: text(entry, 'owner', 'pod', 'namespace') ?? '', name: pod },
        node: undefined,
        handle: text(entry, 'owner', 'pod', 'containerID'),
        at: undefined,
      },
    ];
  });
  const capacity = number(object, 'status', 'usage', 'total') ?? ranges.reduce((sum, range) => sum + Number(rangeSize(range)), 0);
  const pool: Pool = {
    name,
    ref: `ippool/${name}`,
    network,
    ranges,
    enabled: true,
    node: undefined,
    capacity,
    used: allocations.length,
    blockSize: undefined,
    blocks: undefined,
    blocksUsed: undefined,
    gives: 'addresses',
    created,
  };
  return { pool, allocations };
}

const SOURCE = 'antrea-io/antrea pkg';
const signatures: readonly Signature[] = [
  {
    means: 'range-on-two-nodes',
    pattern: /because podCIDR \S+ is duplicate with Node/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/agent/controller/noderoute/node_route_controller.go`,
  },
  {
    means: 'node-range-missing',
    pattern: /PodCIDR is empty for Node/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/agent/agent.go`,
  },
  {
    means: 'pool-exhausted',
    pattern: /pool exhausted|all IPPools exhausted|failed to preallocate continuous IP space/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/ipam/poolallocator/allocator.go`,
  },
  {
    means: 'address-taken',
    pattern: /IP \S+ is already allocated/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/ipam/ipallocator/allocator.go`,
  },
  {
    means: 'state-inconsistent',
    pattern: /inconsistent state for IP Pool/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/ipam/poolallocator/allocator.go`,
  },
  {
    means: 'live-address-freed',
    pattern: /Unused IP was successfully released from host-local IPAM plugin/,
    in: 'log',
    severity: 'warning',
    knowledge: 'antrea-io/antrea#8239',
  },
  {
    means: 'agent-not-running',
    pattern: /because network is not ready|Antrea IPAM driver not ready/,
    in: 'both',
    severity: 'warning',
    knowledge: `${SOURCE}/agent/cniserver/server.go`,
  },
];

export const antrea: CniProfile = {
  id: 'antrea',
  title: 'Antrea',
  agents: AGENTS,
  readsTemplates: true,
  configMaps: ['antrea-config'],
  recognise,
  needs,
  interpret,
  signatures,
};
