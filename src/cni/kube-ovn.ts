import { canonicalAddress } from '../ip/address.ts';
import { parseRange } from '../ip/range.ts';
import {
  type Allocation,
  type BaseFacts,
  type CniFacts,
  type InfrastructureAddress,
  POD_NETWORK,
  type Pool,
  type Recognition,
  type Signature,
  type StaticRequest,
} from '../model/facts.ts';
import { flag, number, text, texts } from '../model/json.ts';
import type { ListNeed } from '../model/need.ts';
import { metaOf } from '../model/object-ref.ts';
import { eachPod, virtualMachineOf } from '../model/pod-table.ts';
import { type Resource, custom } from '../model/resource.ts';
import type { CniProfile } from './cni-profile.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsHaveFlag, agentsSince, findAgents, isActive } from './recognise.ts';
import { annotationRequests, templateRequests } from './requests.ts';

const kind = (name: string, plural: string): Resource => custom('kubeovn.io', name, plural, ['v1']);
const SUBNETS = kind('Subnet', 'subnets');
const IPS = kind('IP', 'ips');
const VIPS = kind('Vip', 'vips');
const AGENTS: readonly AgentHint[] = [
  { kind: 'node', name: /^kube-ovn-cni$/, image: /kube-ovn/, logContainers: ['cni-server'] },
  { kind: 'controller', allocates: true, name: /^kube-ovn-controller$/, image: /kube-ovn/, logContainers: ['kube-ovn-controller'] },
];
const DEFAULT_VPC = 'ovn-cluster';
const DEFAULT_SUBNET = 'ovn-default';

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'kube-ovn', AGENTS);
  if (!isActive(agents)) return undefined;
  const secondary = agentsHaveFlag(facts, agents, '--non-primary-cni-mode=true');
  return {
    id: 'kube-ovn',
    title: 'Kube-OVN',
    versions: agentVersions(facts, agents, /kube-ovn:/),
    confidence: 'high',
    role: secondary === 'yes' ? 'ipam' : 'primary',
    ipam: secondary === 'unknown' ? 'unknown' : 'kube-ovn',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

const needs = (): ListNeed[] => [
  { kind: 'list', resource: SUBNETS, essential: true, undecided: ['overlapping-pools', 'pool-exhausted', 'pod-ip-outside-pod-ranges'] },
  { kind: 'list', resource: IPS, essential: true, undecided: ['ipam-double-allocation', 'ipam-in-use-not-allocated', 'ipam-leak'] },
  { kind: 'list', resource: VIPS, essential: false, undecided: ['pod-ip-equals-infrastructure-ip'] },
];

/** Subnets of different VPCs, or of different VLANs, may repeat addresses: pkg/controller/subnet.go checkSubnetConflict. */
const scope = (vpc: string | undefined, vlan: string | undefined): string =>
  (vpc === undefined || vpc === DEFAULT_VPC) && vlan === undefined
    ? POD_NETWORK
    : `vpc:${vpc ?? DEFAULT_VPC}${vlan === undefined ? '' : `/vlan:${vlan}`}`;

function interpret(_recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const subnets = new Map(
    facts.objects(SUBNETS).map((subnet) => {
      const { name, created } = metaOf(subnet);
      const provider = text(subnet, 'spec', 'provider');
      const network =
        provider === undefined || provider === 'ovn'
          ? scope(text(subnet, 'spec', 'vpc'), text(subnet, 'spec', 'vlan'))
          : `provider:${provider}`;
      return [name, { name, created, subnet, network }];
    }),
  );
  // A subnet that was not read may belong to any VPC: it counts as a network of its own.
  const unread = (subnet: string): string =>
    facts.read(SUBNETS) === 'yes' || subnet === DEFAULT_SUBNET ? POD_NETWORK : `subnet:${subnet}`;
  const networkOf = (subnet = DEFAULT_SUBNET): string => subnets.get(subnet)?.network ?? unread(subnet);
  const launchers = new Map<string, { namespace: string; name: string }>();
  for (const pod of eachPod(facts.pods)) {
    const machine = virtualMachineOf(pod);
    if (machine !== undefined && pod.phase === 'Running')
      launchers.set(`${pod.namespace}/${machine}`, { namespace: pod.namespace, name: pod.name });
  }
  const records = facts.objects(IPS).flatMap((ip): Allocation[] => {
    const { name, created } = metaOf(ip);
    const podName = text(ip, 'spec', 'podName');
    const namespace = text(ip, 'spec', 'namespace');
    const kept =
      text(ip, 'spec', 'podType') === 'StatefulSet' ||
      text(ip, 'spec', 'podType') === 'VirtualMachine' ||
      flag(ip, 'metadata', 'labels', 'ovn.kubernetes.io/ip_reserved');
    const isNode = name.startsWith('node-') && namespace === undefined;
    return [text(ip, 'spec', 'v4IpAddress'), text(ip, 'spec', 'v6IpAddress')].flatMap((value): Allocation[] => {
      const address = canonicalAddress(value);
      if (address === undefined) return [];
      const named = podName !== undefined && namespace !== undefined && !isNode ? { namespace, name: podName } : undefined;
      // A record by the name of a virtual machine is that of the pod which runs it.
      const pod = named && (launchers.get(`${named.namespace}/${named.name}`) ?? named);
      const gone = pod !== undefined && facts.pods.find(pod.namespace, pod.name) === undefined;
      return [
        {
          address,
          network: networkOf(text(ip, 'spec', 'subnet')),
          ref: `ip/${name}`,
          purpose: pod ? (kept && gone ? 'reserved' : 'pod') : 'infrastructure',
          pod: kept && gone ? undefined : pod,
          node: text(ip, 'spec', 'nodeName'),
          handle: name,
          at: created,
        },
      ];
    });
  });
  const pools = [...subnets.values()].flatMap(({ name, created, subnet, network }): Pool[] => {
    const ranges = (text(subnet, 'spec', 'cidrBlock') ?? '')
      .split(',')
      .map((cidr) => parseRange(cidr))
      .filter((range) => range !== undefined);
    const using = number(subnet, 'status', 'v4usingIPs');
    const available = number(subnet, 'status', 'v4availableIPs');
    return ranges.length === 0
      ? []
      : [
          {
            name,
            ref: `subnet/${name}`,
            network,
            ranges,
            enabled: true,
            reserved: texts(subnet, 'spec', 'excludeIps').flatMap((ips) => parseRange(ips) ?? []),
            node: undefined,
            capacity: using === undefined || available === undefined ? undefined : using + available,
            used: using,
            blockSize: undefined,
            blocks: undefined,
            blocksUsed: undefined,
            gives: 'addresses',
            created,
          },
        ];
  });
  const infrastructure = [
    ...facts.nodes.flatMap((node): InfrastructureAddress[] => {
      const address = canonicalAddress(node.annotations['ovn.kubernetes.io/ip_address']?.split(',')[0]);
      return address === undefined
        ? []
        : [{ address, node: node.name, network: POD_NETWORK, role: 'join', ref: `node/${node.name} ovn.kubernetes.io/ip_address` }];
    }),
    ...[...subnets.values()].flatMap(({ name, subnet, network }): InfrastructureAddress[] =>
      (text(subnet, 'spec', 'gateway') ?? '').split(',').flatMap((gateway): InfrastructureAddress[] => {
        const address = canonicalAddress(gateway);
        return address === undefined ? [] : [{ address, node: '', network, role: 'gateway', ref: `subnet/${name} spec.gateway` }];
      }),
    ),
    ...facts.objects(VIPS).flatMap((vip): InfrastructureAddress[] => {
      const address = canonicalAddress(text(vip, 'status', 'v4ip') ?? text(vip, 'spec', 'v4ip'));
      return address === undefined || text(vip, 'spec', 'type') !== undefined
        ? []
        : [{ address, node: '', network: networkOf(text(vip, 'spec', 'subnet')), role: 'vip', ref: `vip/${metaOf(vip).name}` }];
    }),
  ];
  const read = (value: string): string[] => value.split(/[,;]/);
  const key = 'ovn.kubernetes.io/ip_address';
  // The controller writes the same annotation on every pod it serves. It is a request only where it cannot be an answer:
  // on a pod that has no address yet, where a template of its namespace has it, or on a bare pod that shares the address with another
  // request in its subnet: out of two subnets that overlap, each gives the address by itself.
  const templates = templateRequests(facts.workloads, key, POD_NETWORK, 'yes', read);
  const podNetworks = new Map<string, string>();
  const podSubnets = new Map<string, string>();
  for (const pod of eachPod(facts.pods)) {
    const subnet = pod.annotations['ovn.kubernetes.io/logical_switch'];
    if (subnet === undefined) continue;
    podNetworks.set(`${pod.namespace}/${pod.name}`, networkOf(subnet));
    podSubnets.set(`${pod.namespace}/${pod.name}`, subnet);
  }
  const asked = annotationRequests(eachPod(facts.pods), key, POD_NETWORK, 'yes', read).map((request) => ({
    ...request,
    network: podNetworks.get(nameOf(request)) ?? POD_NETWORK,
  }));
  const subnetOf = (request: StaticRequest): string => podSubnets.get(nameOf(request)) ?? DEFAULT_SUBNET;
  return {
    addressing: 'pool',
    pools,
    allocations: records,
    recordedNetworks: facts.read(IPS) === 'yes' && records.length > 0 ? [...new Set(records.map((record) => record.network))] : [],
    infrastructure,
    staticRequests: [
      ...templates,
      ...asked.filter(
        (request) =>
          templates.some(({ address, workload }) => address === request.address && workload?.namespace === request.pod?.namespace) ||
          isRequest(facts, request, asked, subnetOf),
      ),
    ],
    podNetwork: (row) => {
      const pod = facts.pods.pod(row);
      return podNetworks.get(`${pod.namespace}/${pod.name}`) ?? POD_NETWORK;
    },
    plumbed: (row) => (facts.pods.pod(row).annotations['ovn.kubernetes.io/allocated'] === 'true' ? 'yes' : 'no'),
  };
}

const nameOf = ({ pod }: StaticRequest): string => (pod ? `${pod.namespace}/${pod.name}` : '');

function isRequest(
  facts: BaseFacts,
  request: StaticRequest,
  all: readonly StaticRequest[],
  subnetOf: (request: StaticRequest) => string,
): boolean {
  const row = request.pod && facts.pods.find(request.pod.namespace, request.pod.name);
  if (row === undefined) return false;
  const pod = facts.pods.pod(row);
  const byHand = (other: StaticRequest): boolean => {
    const at = other.pod && facts.pods.find(other.pod.namespace, other.pod.name);
    return at !== undefined && facts.pods.pod(at).owner === undefined;
  };
  return (
    pod.ips.length === 0 ||
    (pod.owner === undefined &&
      all.some((other) => other !== request && other.address === request.address && subnetOf(other) === subnetOf(request) && byHand(other)))
  );
}

const SOURCE = 'kubeovn/kube-ovn pkg';
const signatures: readonly Signature[] = [
  {
    means: 'address-taken',
    pattern: /AddressConflict|ip \S+ has been allocated to |annotation static-ip \S+ is conflict with ip crd/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/ipam/subnet.go`,
  },
  {
    means: 'pool-exhausted',
    pattern: /NoAvailableAddress|no free v[46] ip in ip pool/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/ipam/ipam.go`,
  },
  {
    means: 'address-not-in-pool',
    pattern: /AddressOutOfRange|not in subnet \S+ new cidr/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/ipam/ipam.go`,
  },
  {
    means: 'overlap-seen',
    pattern: /subnet \S+ cidr \S+ is conflict with subnet|ippool \S+ has conflict IPs with ippool/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/controller/subnet.go`,
  },
  {
    means: 'overlap-seen',
    pattern: /conflict with node \S+ address|is in CIDR of subnet|NodeAddressConflictWithSubnet/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/controller/node.go`,
  },
  {
    means: 'duplicate-seen',
    pattern: /has already been used by host with MAC|found on logical switch|IP already in use/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/daemon/ovs_linux.go`,
  },
];

export const kubeOvn: CniProfile = {
  id: 'kube-ovn',
  title: 'Kube-OVN',
  agents: AGENTS,
  readsTemplates: true,
  recognise,
  needs,
  interpret,
  signatures,
};
