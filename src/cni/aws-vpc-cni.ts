import type { BaseFacts, CniFacts, Recognition, Signature } from '../model/facts.ts';
import type { CniProfile } from './cni-profile.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const AGENTS: readonly AgentHint[] = [{ kind: 'node', name: /^aws-node$/, image: /amazon-k8s-cni/, logContainers: ['aws-node'] }];

/** CNINode objects and CRDs stay on EKS when another CNI replaced aws-node: only the agent is proof. */
function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'aws-vpc-cni', AGENTS);
  const auto = facts.nodes.some((node) => node.labels['eks.amazonaws.com/compute-type'] === 'auto');
  if (!isActive(agents) && !auto) return undefined;
  return {
    id: 'aws-vpc-cni',
    title: auto && agents.length === 0 ? 'EKS Auto Mode networking' : 'AWS VPC CNI',
    versions: agentVersions(facts, agents, /amazon-k8s-cni:/),
    confidence: agents.length > 0 ? 'high' : 'medium',
    role: 'primary',
    ipam: 'vpc',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

/** Pods live in the VPC's subnets; Node.spec.podCIDR, where it exists, means nothing. There is no list of allocations in the API. */
const interpret = (): Partial<CniFacts> => ({ addressing: 'node-network' });

const SOURCE = 'aws/amazon-vpc-cni-k8s pkg/ipamd';
const signatures: readonly Signature[] = [
  {
    means: 'pool-exhausted',
    pattern: /failed to assign an IP address to container/,
    in: 'event',
    severity: 'error',
    knowledge: 'aws/amazon-vpc-cni-k8s cmd/routed-eni-cni-plugin/cni.go',
  },
  {
    means: 'agent-not-running',
    pattern: /Error received from AddNetwork gRPC call|failed to connect to backend server|127\.0\.0\.1:50051/,
    in: 'event',
    severity: 'error',
    knowledge: 'aws/amazon-vpc-cni-k8s cmd/routed-eni-cni-plugin/cni.go',
  },
  {
    means: 'version-mismatch',
    pattern: /wrong client version/,
    in: 'both',
    severity: 'warning',
    knowledge: 'aws/amazon-vpc-cni-k8s pkg/ipamd/rpc_handler.go',
  },
  {
    means: 'pool-exhausted',
    pattern:
      /InsufficientFreeAddressesInSubnet|InsufficientCidrBlocks|subnet doesn't seem to have enough IPs|specified subnet does not have enough|DataStore has no available IP/,
    in: 'both',
    severity: 'error',
    knowledge: SOURCE,
  },
  {
    means: 'allocator-started-empty',
    pattern: /found 0 local pods/,
    in: 'log',
    severity: 'error',
    knowledge: 'aws/amazon-vpc-cni-k8s#711',
  },
  {
    means: 'state-inconsistent',
    pattern: /Instance metadata does not match data store|uses unknown IP Address|failed ipam state recovery|stale IP allocation for ID/,
    in: 'log',
    severity: 'error',
    knowledge: 'aws/amazon-vpc-cni-k8s#3019',
  },
  {
    means: 'live-address-freed',
    pattern: /Force removing eni \S+ with \d+ assigned pods/,
    in: 'log',
    severity: 'error',
    knowledge: SOURCE,
  },
  {
    means: 'agent-not-running',
    pattern: /Timed out waiting for IPAM daemon to start|IPAMD stopped hence exiting|Initialization failure:/,
    in: 'log',
    severity: 'error',
    knowledge: 'aws/amazon-vpc-cni-k8s cmd/aws-vpc-cni/main.go',
  },
  {
    means: 'agent-misconfigured',
    pattern: /eniconfig is not available|no valid subnets available for ENI creation|EniConfigNameNotFound|MissingIAMPermissions/,
    in: 'both',
    severity: 'error',
    knowledge: SOURCE,
  },
];

export const awsVpcCni: CniProfile = { id: 'aws-vpc-cni', title: 'AWS VPC CNI', agents: AGENTS, recognise, interpret, signatures };
