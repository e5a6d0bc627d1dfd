import { canonicalAddress } from '../ip/address.ts';
import { addressAt, parseRange, prefixLength, rangeSize } from '../ip/range.ts';
import {
  type Allocation,
  type BaseFacts,
  type Block,
  type CniFacts,
  type InfrastructureAddress,
  POD_NETWORK,
  type Pool,
  type Recognition,
  type StaticRequest,
  type Workload,
} from '../model/facts.ts';
import { type Json, flag, list, number, parseJson, text, textRecord, texts, time } from '../model/json.ts';
import type { ListNeed } from '../model/need.ts';
import { metaOf } from '../model/object-ref.ts';
import { eachPod } from '../model/pod-table.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, type Resource, custom } from '../model/resource.ts';
import { CALICO_SIGNATURES } from './calico-signatures.ts';
import type { CniProfile } from './cni-profile.ts';
import { podCidrRanges } from './pod-cidrs.ts';
import { annotationRequests, templateRequests } from './requests.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const STORE = 'crd.projectcalico.org';
const kind = (name: string, plural: string): Resource => custom(STORE, name, plural, ['v1']);
/** Since v3.32 the same kinds may be native in projectcalico.org/v3. */
const native = (name: string, plural: string): Resource => custom('projectcalico.org', name, plural, ['v3']);

const IP_POOLS = [kind('IPPool', 'ippools'), native('IPPool', 'ippools')];
const IPAM_BLOCKS = [kind('IPAMBlock', 'ipamblocks'), native('IPAMBlock', 'ipamblocks')];
const BLOCK_AFFINITIES = [kind('BlockAffinity', 'blockaffinities'), native('BlockAffinity', 'blockaffinities')];
const IP_RESERVATIONS = [kind('IPReservation', 'ipreservations')];
const CLUSTER_INFORMATION = kind('ClusterInformation', 'clusterinformations');
const INSTALLATIONS = custom('operator.tigera.io', 'Installation', 'installations', ['v1']);

const AGENTS: readonly AgentHint[] = [
  {
    kind: 'node',
    name: /calico-node|^canal|-canal$/,
    image: /(?:calico-|\/|^)(?:calico-node|node|calico)[:@]|calico.*node|hardened-calico/,
    logContainers: ['calico-node', 'kube-flannel'],
  },
  { kind: 'controller', name: /calico-kube-controllers/, image: /kube-controllers|calico/, logContainers: ['calico-kube-controllers'] },
];
const AGENT_IMAGE = /(?:calico\/|calico-)(?:node|cni)[:@]|\/node:v3/;

/** Who allocates addresses: decided as the CNI plugin would, from its effective configuration. */
function ipamOf(facts: BaseFacts, canal: boolean, workload: Workload | undefined): string {
  const env = workload?.env ?? {};
  const installation = facts.objects(INSTALLATIONS)[0];
  const type = text(installation, 'status', 'computed', 'cni', 'ipam', 'type') ?? text(installation, 'spec', 'cni', 'ipam', 'type');
  const cni = text(installation, 'status', 'computed', 'cni', 'type') ?? text(installation, 'spec', 'cni', 'type');
  if (cni !== undefined && cni !== 'Calico') return 'none';
  if (type !== undefined) return type === 'Calico' ? 'calico-ipam' : type === 'HostLocal' ? 'host-local' : 'none';
  const configured = facts.configMaps.find((map) => /^(?:calico-config|canal-config|.*-canal-config|cni-config)$/.test(map.name));
  const network = Object.entries(configured?.data ?? {}).find(([key]) => key === 'cni_network_config' || key === 'config')?.[1] ?? '';
  if (/"type"\s*:\s*"calico-ipam"/.test(network)) return 'calico-ipam';
  if (/"type"\s*:\s*"host-local"/.test(network) || canal) return 'host-local';
  if (env['FELIX_INTERFACEPREFIX'] !== undefined && /eni|azv|gke/.test(env['FELIX_INTERFACEPREFIX'])) return 'none';
  if (env['USE_POD_CIDR'] === 'true') return 'host-local';
  if (network === '' && env['CALICO_NETWORKING_BACKEND'] === 'none' && env['CALICO_IPV4POOL_CIDR'] === undefined) return 'none';
  // For policy beside another CNI the agents' pods look the same: only what configures them, or records, tells.
  const silent = workload === undefined && configured === undefined && installation === undefined;
  return silent && both(facts, IPAM_BLOCKS).length === 0 ? 'unknown' : 'calico-ipam';
}

/** Calico keeps its records in the Kubernetes API, or in an etcd of its own that the API does not show. */
const usesEtcd = (facts: BaseFacts, env: Readonly<Record<string, string>>): boolean =>
  env['DATASTORE_TYPE'] === 'etcdv3' ||
  (env['ETCD_ENDPOINTS'] !== undefined && env['DATASTORE_TYPE'] !== 'kubernetes') ||
  facts.configMap(undefined, 'calico-config')?.data['etcd_endpoints'] !== undefined;

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'calico', AGENTS);
  const nodeAgent = agents.find((agent) => agent.kind === 'node');
  const hasPools = IP_POOLS.some((resource) => facts.objects(resource).length > 0);
  if (!nodeAgent && !hasPools) return undefined;
  if (!isActive(agents)) {
    return {
      id: 'calico',
      title: 'Calico',
      versions: [],
      confidence: 'low',
      role: 'leftover',
      ipam: 'none',
      evidence: agentEvidence(agents),
      agents: [],
      since: undefined,
    };
  }
  const canal = agents.some((agent) => /canal/.test(agent.name));
  const env = nodeAgent?.workload?.env ?? {};
  const ipam = ipamOf(facts, canal, nodeAgent?.workload);
  const versions = agentVersions(facts, agents, AGENT_IMAGE);
  const fromObject = text(facts.objects(CLUSTER_INFORMATION)[0], 'spec', 'calicoVersion')?.replace(/^v/, '');
  return {
    id: 'calico',
    title: canal ? 'Canal' : 'Calico',
    versions: versions.length > 0 ? versions : fromObject === undefined ? [] : [fromObject],
    confidence: 'high',
    role: ipam === 'none' ? 'policy' : 'primary',
    ipam: ipam === 'calico-ipam' && usesEtcd(facts, env) ? 'calico-ipam (etcd)' : ipam,
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

function needs(recognition: Recognition, facts: BaseFacts): ListNeed[] {
  const need = (resource: Resource, undecided: string[], essential = false, name?: string): ListNeed => ({
    kind: 'list',
    resource,
    essential: essential && facts.serves(resource) !== 'no',
    undecided,
    ...(name === undefined ? {} : { name }),
  });
  const first = [need(INSTALLATIONS, ['multiple-cnis']), need(CLUSTER_INFORMATION, ['cni-version-skew'])];
  if (recognition.ipam !== 'calico-ipam' && recognition.ipam !== 'unknown') return recognition.role === 'leftover' ? [] : first;
  // Native v3 kinds replace the storage CRDs only where discovery lists the blocks there; else that group is the aggregated API server.
  const pick = (pair: readonly Resource[]): Resource =>
    facts.serves(IPAM_BLOCKS[1]!) === 'yes' && facts.serves(IPAM_BLOCKS[0]!) !== 'yes' ? pair[1]! : pair[0]!;
  return [
    ...first,
    need(pick(IP_POOLS), ['overlapping-pools', 'pool-exhausted', 'pod-ip-outside-pod-ranges', 'pod-range-overlaps-node-network'], true),
    need(pick(IPAM_BLOCKS), ['overlapping-ipam-blocks', 'ipam-leak', 'ipam-in-use-not-allocated', 'state-corrupt'], true),
    need(pick(BLOCK_AFFINITIES), ['overlapping-ipam-blocks'], false),
    need(IP_RESERVATIONS[0]!, ['pool-exhausted']),
    need(CUSTOM_RESOURCE_DEFINITIONS, ['state-corrupt'], false, `ipamblocks.${STORE}`),
  ];
}

const both = (facts: BaseFacts, resources: readonly Resource[]): Json[] => resources.flatMap((resource) => [...facts.objects(resource)]);

function interpret(recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const marks = { infrastructure: tunnels(facts), plumbed: recognition.role === 'primary' ? plumbed(facts) : undefined };
  const requests = { staticRequests: staticRequests(facts) };
  if (recognition.role === 'policy') return { infrastructure: [], ...requests };
  if (recognition.ipam === 'host-local') return { ...marks, ...requests, addressing: 'node-range', nodeRanges: podCidrRanges(facts) };
  const allocations = readAllocations(facts);
  const blocks = readBlocks(facts);
  const pools = readPools(facts, blocks, allocations);
  const store = facts.objects(CUSTOM_RESOURCE_DEFINITIONS).find((crd) => metaOf(crd).name === `ipamblocks.${STORE}`);
  const created = store === undefined ? undefined : metaOf(store).created;
  return {
    ...marks,
    ...requests,
    addressing: 'pool',
    pools,
    blocks,
    allocations,
    recordedNetworks: IPAM_BLOCKS.some((resource) => facts.read(resource) === 'yes') && blocks.length > 0 ? [POD_NETWORK] : [],
    identities: nodeIdentities(facts),
    stores:
      created === undefined
        ? []
        : [{ ref: `customresourcedefinition/ipamblocks.${STORE}`, created, text: 'the CRD of the IPAM blocks was created' }],
    gaps:
      recognition.ipam === 'calico-ipam (etcd)'
        ? [
            {
              what: "Calico's IPAM records",
              verb: 'read',
              resource: 'etcd',
              reason: 'absent',
              message:
                'Calico keeps its IPAM records in an etcd of its own, which the Kubernetes API does not show: on a machine with access, run `calicoctl ipam check`',
              blocks: ['ipam-leak', 'ipam-double-allocation', 'ipam-in-use-not-allocated', 'overlapping-ipam-blocks'],
              essential: false,
            },
          ]
        : [],
  };
}

function readPools(facts: BaseFacts, blocks: readonly Block[], allocations: readonly Allocation[]): Pool[] {
  const reservations = facts
    .objects(IP_RESERVATIONS[0]!)
    .flatMap((reservation) => texts(reservation, 'spec', 'reservedCIDRs').flatMap((cidr) => parseRange(cidr) ?? []));
  return both(facts, IP_POOLS).flatMap((pool): Pool[] => {
    const range = parseRange(text(pool, 'spec', 'cidr'));
    if (!range) return [];
    const { name, created } = metaOf(pool);
    const size = number(pool, 'spec', 'blockSize') ?? (range.family === 4 ? 26 : 122);
    const prefix = prefixLength(range) ?? 0;
    const records = blocks.filter(
      (block) =>
        block.kind === 'record' &&
        block.range.family === range.family &&
        range.first <= block.range.first &&
        block.range.last <= range.last,
    );
    const inPool = (address: string): boolean => {
      const parsed = parseRange(address);
      return parsed !== undefined && parsed.family === range.family && range.first <= parsed.first && parsed.last <= range.last;
    };
    const uses = texts(pool, 'spec', 'allowedUses');
    const elsewhere = uses.length > 0 && !uses.includes('Workload');
    const only = ['nodeSelector', 'namespaceSelector', 'assignmentMode']
      .map((field) => [field, text(pool, 'spec', field) ?? ''] as const)
      .filter(([, value]) => !['', 'all()', 'Automatic'].includes(value))
      .map((pair) => pair.join(' '))
      .concat(elsewhere ? [`allowedUses ${uses.join(', ')}`] : [])
      .join(', ');
    return [
      {
        name,
        ref: `ippool/${name}`,
        network: elsewhere ? `calico:${uses.join('+')}` : POD_NETWORK,
        ranges: [range],
        enabled: flag(pool, 'spec', 'disabled') !== true,
        ...(only === '' ? {} : { only }),
        reserved: reservations,
        node: undefined,
        capacity: prefix >= (range.family === 4 ? 8 : 96) ? Number(rangeSize(range)) : undefined,
        used: allocations.filter((allocation) => inPool(allocation.address)).length,
        blockSize: size,
        blocks: size - prefix <= 30 ? 2 ** Math.max(0, size - prefix) : undefined,
        blocksUsed: records.length,
        gives: 'addresses',
        created,
      },
    ];
  });
}

const nodeOfAffinity = (affinity: string | undefined): string | undefined =>
  affinity?.startsWith('host:') ? affinity.slice('host:'.length) : undefined;

/** Blocks, and claims to them. Tombstones (`deleted`) are no blocks. A claim of a Node that is pending proves nothing yet. */
function readBlocks(facts: BaseFacts): Block[] {
  const records = both(facts, IPAM_BLOCKS).flatMap((block): Block[] => {
    const range = parseRange(text(block, 'spec', 'cidr'));
    if (!range || flag(block, 'spec', 'deleted')) return [];
    const { name, created } = metaOf(block);
    return [
      {
        range,
        ref: `ipamblock/${name}`,
        node: nodeOfAffinity(text(block, 'spec', 'affinity')),
        kind: 'record',
        state: 'confirmed',
        created,
      },
    ];
  });
  const claims = both(facts, BLOCK_AFFINITIES).flatMap((affinity): Block[] => {
    const range = parseRange(text(affinity, 'spec', 'cidr'));
    const node = text(affinity, 'spec', 'node');
    if (!range || node === undefined || flag(affinity, 'spec', 'deleted') || text(affinity, 'spec', 'type') === 'virtual') return [];
    const { name, created } = metaOf(affinity);
    return [
      {
        range,
        ref: `blockaffinity/${name}`,
        node,
        kind: 'claim',
        state: text(affinity, 'spec', 'state') === 'confirmed' ? 'confirmed' : 'pending',
        created,
      },
    ];
  });
  return [...records, ...claims];
}

/** Allocations: `allocations[i]` is null or an index into `attributes`; the address is the block's i-th. `releasedAt` means cooling down. */
function readAllocations(facts: BaseFacts): Allocation[] {
  return both(facts, IPAM_BLOCKS).flatMap((block) => {
    const range = parseRange(text(block, 'spec', 'cidr'));
    if (!range || flag(block, 'spec', 'deleted')) return [];
    const attributes = list(block, 'spec', 'attributes');
    const { name } = metaOf(block);
    return list(block, 'spec', 'allocations').flatMap((index, ordinal): Allocation[] => {
      const address = typeof index === 'number' ? addressAt(range, BigInt(ordinal)) : undefined;
      if (!address || typeof index !== 'number') return [];
      const attribute = attributes[index];
      if (text(attribute, 'releasedAt') !== undefined) return [];
      const owner = textRecord(attribute, 'secondary');
      const handle = text(attribute, 'handle_id');
      const podName = owner['pod'];
      return [
        {
          address: address.text,
          network: POD_NETWORK,
          ref: `ipamblock/${name}`,
          purpose:
            podName !== undefined
              ? 'pod'
              : handle === 'windows-reserved-ipam-handle'
                ? 'reserved'
                : owner['type'] !== undefined || /tunnel-addr/.test(handle ?? '')
                  ? 'infrastructure'
                  : 'reserved',
          pod: podName === undefined ? undefined : { namespace: owner['namespace'] ?? '', name: podName },
          node: owner['node'],
          handle,
          at: time(owner, 'timestamp') ?? loose(owner['timestamp']),
        },
      ];
    });
  });
}

/** Calico writes `2022-06-22 09:59:01.12 +0000 UTC`. */
const loose = (value: string | undefined): number | undefined => {
  const parsed = value === undefined ? Number.NaN : Date.parse(value.replace(/ (\+\d{4}).*$/, '$1').replace(' ', 'T'));
  return Number.isNaN(parsed) ? undefined : parsed;
};

const TUNNELS: readonly [string, string][] = [
  ['projectcalico.org/IPv4IPIPTunnelAddr', 'tunl0'],
  ['projectcalico.org/IPv4VXLANTunnelAddr', 'vxlan.calico'],
  ['projectcalico.org/IPv6VXLANTunnelAddr', 'vxlan-v6.calico'],
  ['projectcalico.org/IPv4WireguardInterfaceAddr', 'wireguard.cali'],
  ['projectcalico.org/IPv6WireguardInterfaceAddr', 'wg-v6.cali'],
];

function tunnels(facts: BaseFacts): InfrastructureAddress[] {
  return facts.nodes.flatMap((node) =>
    TUNNELS.flatMap(([annotation]): InfrastructureAddress[] => {
      const address = canonicalAddress(node.annotations[annotation]);
      return address === undefined
        ? []
        : [{ address, node: node.name, network: POD_NETWORK, role: 'tunnel', ref: `node/${node.name} ${annotation}` }];
    }),
  );
}

/** What Calico tells nodes apart by: its own node address and the tunnel addresses. */
function nodeIdentities(facts: BaseFacts): CniFacts['identities'] {
  return facts.nodes.flatMap((node) => {
    const values: [string, string | undefined][] = [
      ...TUNNELS.map(([annotation, device]): [string, string | undefined] => [
        `${device} address`,
        canonicalAddress(node.annotations[annotation]),
      ]),
      ['Calico node address', canonicalAddress(node.annotations['projectcalico.org/IPv4Address'])],
    ];
    return values.flatMap(([what, value]) => (value === undefined ? [] : [{ node: node.name, what, value, ref: `node/${node.name}` }]));
  });
}

/** The CNI plugin annotates each pod it plumbs. A pod without the mark was plumbed by something else, or by a very old Calico. */
const plumbed =
  (facts: BaseFacts): CniFacts['plumbed'] =>
  (row) => {
    const pod = facts.pods.pod(row);
    return pod.annotations['cni.projectcalico.org/podIP'] !== undefined ||
      pod.annotations['cni.projectcalico.org/containerID'] !== undefined
      ? 'yes'
      : 'no';
  };

function staticRequests(facts: BaseFacts): StaticRequest[] {
  const asked: [string, StaticRequest['checked']][] = [
    ['cni.projectcalico.org/ipAddrs', 'yes'],
    ['cni.projectcalico.org/ipAddrsNoIpam', 'no'],
  ];
  return asked.flatMap(([key, checked]) => {
    const read = (value: string): string[] => texts({ value: parseJson(value) }, 'value');
    return [
      ...annotationRequests(eachPod(facts.pods), key, POD_NETWORK, checked, read),
      ...templateRequests(facts.workloads, key, POD_NETWORK, checked, read),
    ];
  });
}

export const calico: CniProfile = {
  id: 'calico',
  title: 'Calico',
  agents: AGENTS,
  readsTemplates: true,
  configMaps: ['calico-config', 'canal-config', 'rke2-canal-config', 'cni-config'],
  recognise,
  needs,
  interpret,
  signatures: CALICO_SIGNATURES,
};
