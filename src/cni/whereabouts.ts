import { type Range, addressAt, parseRange, rangeSize, sameRange } from '../ip/range.ts';
import type { Allocation, BaseFacts, CniFacts, Pool, Recognition, Signature } from '../model/facts.ts';
import { type Json, record, text } from '../model/json.ts';
import type { ListNeed } from '../model/need.ts';
import { metaOf } from '../model/object-ref.ts';
import { CRON_JOBS, custom } from '../model/resource.ts';
import { type AttachmentDefinition, attachmentDefinitions } from './attachment-definitions.ts';
import type { CniProfile } from './cni-profile.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const IP_POOLS = custom('whereabouts.cni.cncf.io', 'IPPool', 'ippools', ['v1alpha1'], true);
const RESERVATIONS = custom(
  'whereabouts.cni.cncf.io',
  'OverlappingRangeIPReservation',
  'overlappingrangeipreservations',
  ['v1alpha1'],
  true,
);
const AGENTS: readonly AgentHint[] = [
  { kind: 'node', name: /^(?:rke2-)?whereabouts(?:$|-(?!reconciler|controller))/, image: /whereabouts/, logContainers: ['whereabouts'] },
  {
    kind: 'controller',
    name: /whereabouts-(?:reconciler|controller)|ip-reconciler/,
    image: /whereabouts/,
    logContainers: ['whereabouts', 'whereabouts-reconciler'],
  },
];

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'whereabouts', AGENTS);
  const isNamed = attachmentDefinitions(facts).some((definition) => definition.ipam === 'whereabouts');
  if (!isActive(agents) && !isNamed && facts.objects(IP_POOLS).length === 0 && facts.serves(IP_POOLS) !== 'yes') return undefined;
  return {
    id: 'whereabouts',
    title: 'Whereabouts',
    versions: agentVersions(facts, agents, /whereabouts/),
    confidence: agents.length > 0 ? 'high' : 'medium',
    role: 'ipam',
    ipam: 'whereabouts',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

const needs = (): ListNeed[] => [
  { kind: 'list', resource: IP_POOLS, essential: false, undecided: ['ipam-leak', 'ipam-in-use-not-allocated', 'pool-exhausted'] },
  { kind: 'list', resource: RESERVATIONS, essential: false, undecided: ['ipam-double-allocation'] },
  { kind: 'list', resource: CRON_JOBS, essential: false, undecided: ['state-corrupt'] },
];

/** Allocations are a map from the offset in the range to the pod; the pool object is named after range and network name. */
function interpret(_recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const definitions = attachmentDefinitions(facts).filter((definition) => definition.ipam === 'whereabouts');
  const pools = facts.objects(IP_POOLS).flatMap((object) => readPool(object, definitions));
  return {
    pools: pools.map(({ pool }) => pool),
    allocations: pools.flatMap(({ allocations }) => allocations),
    recordedNetworks: [...new Set(pools.map(({ pool }) => pool.network))],
  };
}

function readPool(object: Json, definitions: readonly AttachmentDefinition[]): { pool: Pool; allocations: Allocation[] }[] {
  const { namespace, name, created } = metaOf(object);
  const range = parseRange(text(object, 'spec', 'range'));
  if (!range) return [];
  const fitting = definitions.filter((definition) => definition.ranges.some((candidate) => sameRange(candidate, range)));
  // Its name begins with the network_name, where there is one (storage/kubernetes/ipam.go IPPoolName): ranges may repeat under other names.
  const definition =
    fitting.find((candidate) => candidate.networkName !== undefined && name.startsWith(`${candidate.networkName}-`)) ??
    fitting.find((candidate) => candidate.networkName === undefined) ??
    fitting[0];
  const network = definition?.name ?? `whereabouts:${name}`;
  const ref = `ippool/${namespace}/${name}`;
  const allocations = Object.entries(record(object, 'spec', 'allocations')).flatMap(([offset, entry]): Allocation[] => {
    const address = /^\d+$/.test(offset) ? addressAt(range, BigInt(offset)) : undefined;
    const [podNamespace, podName] = (text(entry, 'podref') ?? '').split('/');
    if (!address) return [];
    const pod = podNamespace && podName ? { namespace: podNamespace, name: podName } : undefined;
    return [
      {
        address: address.text,
        network,
        ref,
        purpose: pod ? 'pod' : 'reserved',
        pod,
        node: undefined,
        handle: text(entry, 'id'),
        at: undefined,
      },
    ];
  });
  const usable: readonly Range[] = definition
    ? definition.capacity.filter((part) => part.first >= range.first && part.last <= range.last)
    : [{ ...range, first: range.first + 1n, last: range.last - 1n }];
  const excluded = (definition?.excluded ?? []).reduce((sum, part) => sum + Number(rangeSize(part)), 0);
  const capacity = usable.reduce((sum, part) => sum + Number(part.last - part.first + 1n), 0) - excluded;
  return [
    {
      pool: {
        name,
        ref,
        network,
        ranges: [range],
        enabled: true,
        node: undefined,
        capacity: capacity > 0 ? capacity : undefined,
        used: allocations.length,
        blockSize: undefined,
        blocks: undefined,
        blocksUsed: undefined,
        gives: 'addresses',
        created,
      },
      allocations,
    },
  ];
}

const SOURCE = 'k8snetworkplumbingwg/whereabouts pkg';
const signatures: readonly Signature[] = [
  {
    means: 'pool-exhausted',
    pattern: /Could not allocate IP in range/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/allocate/allocate.go`,
  },
  {
    means: 'agent-not-running',
    pattern: /time limit exceeded while waiting to become leader|IPAM connectivity error:/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/storage/kubernetes/ipam.go`,
  },
  {
    means: 'state-inconsistent',
    pattern: /IPAM error updating pool \(attempt|Error performing UpdateOverlappingRangeAllocation/,
    in: 'both',
    severity: 'warning',
    knowledge: `${SOURCE}/storage/kubernetes/ipam.go`,
  },
  {
    means: 'live-address-freed',
    pattern: /is not listed in the live pods list|could not parse network annotation/,
    in: 'log',
    severity: 'error',
    knowledge: 'k8snetworkplumbingwg/whereabouts#176',
  },
];

export const whereabouts: CniProfile = { id: 'whereabouts', title: 'Whereabouts', agents: AGENTS, recognise, needs, interpret, signatures };
