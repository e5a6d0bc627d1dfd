import { canonicalAddress } from '../ip/address.ts';
import { parseRange } from '../ip/range.ts';
import type { Allocation, BaseFacts, CniFacts, Pool, Recognition, Signature } from '../model/facts.ts';
import { flag, isRecord, number, parseJson, text, texts } from '../model/json.ts';
import type { ListNeed } from '../model/need.ts';
import { metaOf } from '../model/object-ref.ts';
import { podName } from '../model/pod-table.ts';
import { custom } from '../model/resource.ts';
import { attachmentDefinitions } from './attachment-definitions.ts';
import type { CniProfile } from './cni-profile.ts';
import { attachmentsIn } from './multus.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const IP_POOLS = custom('spiderpool.spidernet.io', 'SpiderIPPool', 'spiderippools', ['v2beta1']);
const AGENTS: readonly AgentHint[] = [
  { kind: 'node', name: /^spiderpool-agent/, image: /spiderpool/, logContainers: ['spiderpool-agent'] },
  { kind: 'controller', name: /^spiderpool-controller/, image: /spiderpool/, logContainers: ['spiderpool-controller'] },
];

/** An IPAM for other plugins, mostly macvlan and its kind through Multus. */
function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'spiderpool', AGENTS);
  if (!isActive(agents)) return undefined;
  return {
    id: 'spiderpool',
    title: 'Spiderpool',
    versions: agentVersions(facts, agents, /spiderpool/),
    confidence: 'high',
    role: 'ipam',
    ipam: 'spiderpool',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

const needs = (): ListNeed[] => [
  {
    kind: 'list',
    resource: IP_POOLS,
    essential: true,
    undecided: ['ipam-in-use-not-allocated', 'ipam-double-allocation', 'overlapping-pools', 'ipam-leak', 'pool-exhausted'],
  },
];

/**
 * status.allocatedIPs is JSON inside a string: address → pod. Pools of one subnet and VLAN are compared with each other, under the name of the
 * network that Multus attaches where that is one: there every address in use has a record.
 */
function interpret(_recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const read = facts.objects(IP_POOLS).map((object) => {
    const { name, created } = metaOf(object);
    const network = `spiderpool:${text(object, 'spec', 'subnet') ?? name}#${number(object, 'spec', 'vlan') ?? 0}`;
    const ref = `spiderippool/${name}`;
    const allocated = parseJson(text(object, 'status', 'allocatedIPs'));
    const allocations = Object.entries(isRecord(allocated) ? allocated : {}).flatMap(([ip, entry]): Allocation[] => {
      const address = canonicalAddress(ip);
      const [namespace, podName] = (text(entry, 'pod') ?? text(entry, 'namespacedName') ?? '').split('/');
      if (address === undefined) return [];
      const pod = namespace && podName ? { namespace, name: podName } : undefined;
      return [
        { address, network, ref, purpose: pod ? 'pod' : 'reserved', pod, node: undefined, handle: text(entry, 'podUid'), at: undefined },
      ];
    });
    const ranges = texts(object, 'spec', 'ips')
      .map((ips) => parseRange(ips))
      .filter((range) => range !== undefined);
    const pool: Pool = {
      name,
      ref,
      network,
      ranges,
      enabled: flag(object, 'spec', 'disable') !== true,
      node: undefined,
      capacity: number(object, 'status', 'totalIPCount'),
      used: number(object, 'status', 'allocatedIPCount') ?? allocations.length,
      blockSize: undefined,
      blocks: undefined,
      blocksUsed: undefined,
      gives: 'addresses',
      created,
    };
    return { pool, allocations, names: texts(object, 'spec', 'multusName') };
  });
  const attached = attachedNetworks(facts, read);
  const found = read.map((entry) => {
    const together = read.filter(({ pool }) => pool.network === entry.pool.network);
    const names = new Set(together.flatMap((other) => attached.get(other.pool.name) ?? []));
    const network = attached.get(entry.pool.name) ?? (names.size === 1 ? [...names][0]! : entry.pool.network);
    return { pool: { ...entry.pool, network }, allocations: entry.allocations.map((allocation) => ({ ...allocation, network })) };
  });
  return {
    pools: found.map(({ pool }) => pool),
    allocations: found.flatMap(({ allocations }) => allocations),
    recordedNetworks: [...new Set(attached.values())],
  };
}

type PoolRead = { readonly pool: Pool; readonly allocations: readonly Allocation[]; readonly names: readonly string[] };

/** The network that Multus attaches, by pool: as the pool says, as its definition says, or as the pods show that have addresses of it. */
function attachedNetworks(facts: BaseFacts, read: readonly PoolRead[]): Map<string, string> {
  const definitions = attachmentDefinitions(facts);
  const own = definitions.filter(({ ipam }) => ipam === 'spiderpool');
  const byHolder = new Map(
    attachmentsIn(facts, definitions).map(({ row, address, network }) => [`${podName(facts.pods.pod(row))}|${address}`, network]),
  );
  return new Map(
    read.flatMap(({ pool: { name }, allocations, names }) => {
      const stated =
        own.find(({ key }) => names.some((each) => key === each || (!each.includes('/') && key.endsWith(`/${each}`)))) ??
        own.find(({ pools }) => pools.includes(name));
      const shown = allocations.map(({ pod, address }) => pod && byHolder.get(`${podName(pod)}|${address}`)).find(Boolean);
      const network = stated?.name ?? shown;
      return network === undefined ? [] : [[name, network] as const];
    }),
  );
}

const SOURCE = 'spidernet-io/spiderpool pkg';
const signatures: readonly Signature[] = [
  {
    means: 'live-address-freed',
    pattern: /release ip '\S+' successfully/,
    in: 'log',
    severity: 'warning',
    knowledge: 'spidernet-io/spiderpool#2526',
  },
  {
    means: 'pool-exhausted',
    pattern: /all IP addresses used out|IPPool available free IPs are not enough|no IPPool available/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/constant/errors.go`,
  },
  {
    means: 'duplicate-seen',
    pattern: /ip conflict: pod's interface/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/networking/networking/ipam_detection.go`,
  },
  {
    means: 'overlap-seen',
    pattern: /overlap with (?:IPPool|SpiderIPPool)/,
    in: 'both',
    severity: 'warning',
    knowledge: `${SOURCE}/ippoolmanager/ippool_validate.go`,
  },
];

export const spiderpool: CniProfile = { id: 'spiderpool', title: 'Spiderpool', agents: AGENTS, recognise, needs, interpret, signatures };
