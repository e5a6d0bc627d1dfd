import { parseRange } from '../ip/range.ts';
import {
  type BaseFacts,
  type ClusterRange,
  type CniFacts,
  type NodeIdentity,
  POD_NETWORK,
  type Pool,
  type Recognition,
  type Signature,
} from '../model/facts.ts';
import { list, parseJson, text } from '../model/json.ts';
import type { CniProfile } from './cni-profile.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const AGENTS: readonly AgentHint[] = [{ kind: 'node', name: /^weave-net$/, image: /weave/, logContainers: ['weave'] }];
const DEFAULT_RANGE = '10.32.0.0/12';

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'weave', AGENTS);
  const leftBehind = facts.configMap('kube-system', 'weave-net') !== undefined;
  if (!isActive(agents))
    return leftBehind
      ? {
          id: 'weave',
          title: 'Weave Net',
          versions: [],
          confidence: 'low',
          role: 'leftover',
          ipam: 'none',
          evidence: [{ source: 'configmap', ref: 'configmap/kube-system/weave-net', text: 'left behind: no weave-net pods' }],
          agents: [],
          since: undefined,
        }
      : undefined;
  return {
    id: 'weave',
    title: 'Weave Net',
    versions: agentVersions(facts, agents, /weave-kube|weave-net/),
    confidence: 'high',
    role: 'primary',
    ipam: 'ring',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

/** One range for all nodes, shared through a gossip ring that only the nodes hold. Node.spec.podCIDR means nothing here. */
function interpret(recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const workload = recognition.agents[0]?.workload;
  const range = workload && parseRange(workload.env['IPALLOC_RANGE'] ?? DEFAULT_RANGE);
  const identities = peers(facts);
  // The DaemonSet was not read, or says nothing that can be understood: the default may not be what is used.
  if (!range) return { addressing: 'pool', identities };
  const pool: Pool = {
    name: 'IPALLOC_RANGE',
    ref: 'daemonset/kube-system/weave-net',
    network: POD_NETWORK,
    ranges: [range],
    enabled: true,
    node: undefined,
    capacity: undefined,
    used: undefined,
    blockSize: undefined,
    blocks: undefined,
    blocksUsed: undefined,
    gives: 'addresses',
    created: undefined,
  };
  const clusterRange: ClusterRange = { purpose: 'pod', basis: 'cni', ref: 'daemonset/kube-system/weave-net', range };
  return { addressing: 'pool', pools: [pool], clusterRanges: [clusterRange], identities };
}

/** Peers that ever joined, by the name Weave derives from the machine's identity: clones have one name. */
function peers(facts: BaseFacts): NodeIdentity[] {
  const annotation = facts.configMap('kube-system', 'weave-net')?.annotations['kube-peers.weave.works/peers'];
  return list(parseJson(annotation), 'Peers').flatMap((peer): NodeIdentity[] => {
    const value = text(peer, 'PeerName');
    const node = text(peer, 'NodeName');
    return value === undefined || node === undefined || facts.node(node) === undefined
      ? []
      : [{ node, what: 'Weave peer name', value, ref: 'configmap/kube-system/weave-net' }];
  });
}

const SOURCE = 'weaveworks/weave ipam';
const signatures: readonly Signature[] = [
  {
    means: 'state-inconsistent',
    pattern: /Inconsistent entries for \S+: owned by|Received update for IP range I own at|which I think I own|Token appears twice in ring/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/ring/ring.go`,
  },
  {
    means: 'state-inconsistent',
    pattern: /seeded by different peers|ring was seeded differently/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/allocator.go`,
  },
  {
    means: 'identity-clash',
    pattern: /peer names? collision|peer name collision/,
    in: 'log',
    severity: 'error',
    knowledge: 'weaveworks/weave#3793',
  },
  {
    means: 'duplicate-seen',
    pattern: /address \S+ (?:is owned by other peer|is already owned by|already in use by)/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/claim.go`,
  },
  {
    means: 'state-lost',
    pattern: /Peer not in list; removing persisted data|Error persisting ring data/,
    in: 'log',
    severity: 'warning',
    knowledge: 'weaveworks/weave prog/weave-kube/launch.sh',
  },
  {
    means: 'agent-misconfigured',
    pattern: /Incompatible IP allocation ranges|overlaps with existing route/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/allocator.go`,
  },
];

export const weave: CniProfile = {
  id: 'weave',
  title: 'Weave Net',
  agents: AGENTS,
  configMaps: ['weave-net'],
  recognise,
  interpret,
  signatures,
};
