import type { BaseFacts, CniFacts, Recognition, Signature } from '../model/facts.ts';
import type { CniProfile } from './cni-profile.ts';
import { podCidrRanges } from './pod-cidrs.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const AGENTS: readonly AgentHint[] = [{ kind: 'node', name: /^kindnet/, image: /kindnet/, logContainers: ['kindnet-cni', 'kindnet'] }];

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'kindnet', AGENTS);
  if (!isActive(agents)) return undefined;
  return {
    id: 'kindnet',
    title: 'kindnet',
    versions: agentVersions(facts, agents, /kindnet/),
    confidence: 'high',
    role: 'primary',
    ipam: 'host-local',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

const interpret = (_recognition: Recognition, facts: BaseFacts): Partial<CniFacts> => ({
  addressing: 'node-range',
  nodeRanges: podCidrRanges(facts),
});

const signatures: readonly Signature[] = [
  {
    means: 'node-range-missing',
    pattern: /has no CIDR, ignoring|no ranges configured, can not allocate IPs for Pods/,
    in: 'log',
    severity: 'error',
    knowledge: 'kubernetes-sigs/kindnet pkg/node/nodes.go',
  },
  {
    means: 'node-range-exhausted',
    pattern: /no IPs available|not available addresses/,
    in: 'event',
    severity: 'error',
    knowledge: 'kubernetes-sigs/kindnet cmd/cni-kindnet/netconf.go',
  },
];

export const kindnet: CniProfile = { id: 'kindnet', title: 'kindnet', agents: AGENTS, recognise, interpret, signatures };
