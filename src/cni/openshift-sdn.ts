import { parseRange } from '../ip/range.ts';
import {
  type BaseFacts,
  type CniFacts,
  type ClusterRange,
  type NodeRange,
  POD_NETWORK,
  type Recognition,
  type Signature,
} from '../model/facts.ts';
import { list, text } from '../model/json.ts';
import type { ListNeed } from '../model/need.ts';
import { metaOf } from '../model/object-ref.ts';
import { custom } from '../model/resource.ts';
import type { CniProfile } from './cni-profile.ts';
import { nodeRangesIf } from './pod-cidrs.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const HOST_SUBNETS = custom('network.openshift.io', 'HostSubnet', 'hostsubnets', ['v1']);
const CLUSTER_NETWORKS = custom('network.openshift.io', 'ClusterNetwork', 'clusternetworks', ['v1']);
const NAMESPACE = 'openshift-sdn';
const AGENTS: readonly AgentHint[] = [
  { kind: 'node', name: /^sdn$/, image: /./, namespace: NAMESPACE, logContainers: ['sdn'] },
  { kind: 'controller', name: /^sdn-controller$/, image: /./, namespace: NAMESPACE, logContainers: ['sdn-controller'] },
];

/** HostSubnets may remain after a migration to OVN-Kubernetes: no proof without the DaemonSet. */
function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'openshift-sdn', AGENTS);
  if (!isActive(agents)) return undefined;
  return {
    id: 'openshift-sdn',
    title: 'OpenShift SDN',
    versions: agentVersions(facts, agents, /sdn/),
    confidence: 'high',
    role: 'primary',
    ipam: 'host-local',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

const needs = (): ListNeed[] => [
  { kind: 'list', resource: HOST_SUBNETS, essential: true, undecided: ['overlapping-node-ranges', 'pod-ip-in-other-node-range'] },
  { kind: 'list', resource: CLUSTER_NETWORKS, essential: false, undecided: ['node-range-outside-cluster-cidr'] },
];

function interpret(_recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const nodeRanges = facts.objects(HOST_SUBNETS).flatMap((subnet): NodeRange[] => {
    const range = parseRange(text(subnet, 'subnet'));
    const node = text(subnet, 'host') ?? metaOf(subnet).name;
    return range ? [{ range, node, network: POD_NETWORK, ref: `hostsubnet/${metaOf(subnet).name}`, source: 'subnet' }] : [];
  });
  const clusterRanges = facts.objects(CLUSTER_NETWORKS).flatMap((network) =>
    [text(network, 'network'), ...list(network, 'clusterNetworks').map((entry) => text(entry, 'CIDR'))].flatMap((cidr): ClusterRange[] => {
      const range = parseRange(cidr);
      return range ? [{ purpose: 'pod', basis: 'cni', ref: `clusternetwork/${metaOf(network).name}`, range }] : [];
    }),
  );
  return { addressing: nodeRangesIf(facts, HOST_SUBNETS), nodeRanges, clusterRanges };
}

const SOURCE = 'openshift/sdn pkg/network';
const signatures: readonly Signature[] = [
  {
    means: 'node-ranges-exhausted',
    pattern: /no subnets available/,
    in: 'both',
    severity: 'error',
    knowledge: `${SOURCE}/master/util/subnet_allocator.go`,
  },
  {
    means: 'range-outside-cluster',
    pattern: /is not part of any cluster network CIDR|does not belong to any known range/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/common/common.go`,
  },
  {
    means: 'overlap-seen',
    pattern: /node IP \S+ conflicts with (?:cluster|service|host) network/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/common/common.go`,
  },
];

export const openshiftSdn: CniProfile = {
  id: 'openshift-sdn',
  title: 'OpenShift SDN',
  agents: AGENTS,
  recognise,
  needs,
  interpret,
  signatures,
};
