import { canonicalAddress } from '../ip/address.ts';
import { parseRange, prefixLength } from '../ip/range.ts';
import {
  type Allocation,
  type BaseFacts,
  type CniFacts,
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
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const NODE_NETWORK_CONFIGS = custom('acn.azure.com', 'NodeNetworkConfig', 'nodenetworkconfigs', ['v1alpha'], true);
const AGENTS: readonly AgentHint[] = [{ kind: 'node', name: /^azure-cns/, image: /azure-cns/, logContainers: ['cns-container'] }];

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'azure-cns', AGENTS);
  if (!isActive(agents)) return undefined;
  return {
    id: 'azure-cns',
    title: 'Azure CNI (CNS)',
    versions: agentVersions(facts, agents, /azure-cns:/),
    confidence: 'high',
    role: 'primary',
    ipam: 'cns',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

const needs = (): ListNeed[] => [
  {
    kind: 'list',
    resource: NODE_NETWORK_CONFIGS,
    essential: false,
    undecided: ['overlapping-node-ranges', 'ipam-double-allocation', 'pool-exhausted'],
  },
];

/** A container of type overlay or static gives the node a block (`primaryIP` is a CIDR); dynamic lists single addresses. */
function interpret(_recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const containers = facts.objects(NODE_NETWORK_CONFIGS).flatMap((config) =>
    list(config, 'status', 'networkContainers').map((container) => ({
      node: metaOf(config).name,
      ref: `nodenetworkconfig/${metaOf(config).name}`,
      container,
    })),
  );
  const nodeRanges = containers.flatMap(({ node, ref, container }): NodeRange[] => {
    const blocks = [
      text(container, 'primaryIP'),
      text(container, 'primaryIPV6'),
      ...list(container, 'ipAssignments').map((entry) => text(entry, 'ip')),
    ];
    return blocks.flatMap((block): NodeRange[] => {
      const range = parseRange(block);
      const single = range && prefixLength(range) === (range.family === 4 ? 32 : 128);
      return range && !single ? [{ range, node, network: POD_NETWORK, ref, source: 'status.networkContainers' }] : [];
    });
  });
  const allocations = containers.flatMap(({ node, ref, container }): Allocation[] =>
    list(container, 'ipAssignments').flatMap((entry): Allocation[] => {
      const assigned = text(entry, 'ip');
      const address = assigned?.includes('/') ? undefined : canonicalAddress(assigned);
      return address === undefined
        ? []
        : [{ address, network: POD_NETWORK, ref, purpose: 'reserved', pod: undefined, node, handle: text(entry, 'name'), at: undefined }];
    }),
  );
  return { addressing: nodeRanges.length > 0 ? 'node-range' : 'node-network', nodeRanges, allocations };
}

const SOURCE = 'Azure/azure-container-networking cns/restserver/ipam.go';
const signatures: readonly Signature[] = [
  {
    means: 'pool-exhausted',
    pattern:
      /not enough IPs available|NCUpdateSubnetFullError|subnet exhausted status = true|no available address pools|No available addresses/,
    in: 'both',
    severity: 'error',
    knowledge: SOURCE,
  },
  {
    means: 'duplicate-seen',
    pattern: /duplicate IP detected in CNS initialization|duplicate ip \S+ found for different pods|Desired IP is already assigned/i,
    in: 'both',
    severity: 'error',
    knowledge: 'Azure/azure-container-networking#939',
  },
  {
    means: 'state-inconsistent',
    pattern:
      /CNS State potentially corrupt|but not found in any nc|not enough desired IPs found in pool|InconsistentIPConfigState|state is corrupt/,
    in: 'both',
    severity: 'error',
    knowledge: SOURCE,
  },
  {
    means: 'agent-not-running',
    pattern: /Failed to get IP address from CNS|failed to request IP address from CNS|:10090: connect/,
    in: 'event',
    severity: 'error',
    knowledge: 'Azure/azure-container-networking cni/network/invoker_cns.go',
  },
];

export const azureCns: CniProfile = { id: 'azure-cns', title: 'Azure CNI (CNS)', agents: AGENTS, recognise, needs, interpret, signatures };
