import { parseRange } from '../ip/range.ts';
import { type BaseFacts, type CniFacts, type NodeRange, POD_NETWORK, type Recognition, type Signature } from '../model/facts.ts';
import type { CniProfile } from './cni-profile.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsHaveFlag, agentsSince, findAgents, isActive } from './recognise.ts';

const AGENTS: readonly AgentHint[] = [{ kind: 'node', name: /^kube-router/, image: /kube-router/, logContainers: ['kube-router'] }];

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'kube-router', AGENTS);
  if (!isActive(agents)) return undefined;
  const routesNot = agentsHaveFlag(facts, agents, '--run-router=false');
  return {
    id: 'kube-router',
    title: 'kube-router',
    versions: agentVersions(facts, agents, /kube-router/),
    confidence: 'high',
    role: routesNot === 'yes' ? 'policy' : 'primary',
    ipam: routesNot === 'yes' ? 'none' : routesNot === 'no' ? 'host-local' : 'unknown',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

/** The annotation outranks Node.spec.podCIDRs (kube-router pkg/utils/pod_cidr.go). */
function interpret(recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  if (recognition.role !== 'primary') return {};
  const nodeRanges = facts.nodes.flatMap((node): NodeRange[] => {
    const annotated = node.annotations['kube-router.io/pod-cidrs'] ?? node.annotations['kube-router.io/pod-cidr'];
    const ranges =
      annotated === undefined
        ? node.podCIDRs
        : annotated
            .split(',')
            .map((cidr) => parseRange(cidr))
            .filter((range) => range !== undefined);
    const source = annotated === undefined ? 'spec.podCIDRs' : 'annotation kube-router.io/pod-cidr';
    return ranges.map((range) => ({ range, node: node.name, network: POD_NETWORK, ref: `node/${node.name}`, source }));
  });
  return { addressing: 'node-range', nodeRanges };
}

const SOURCE = 'cloudnativelabs/kube-router pkg';
const signatures: readonly Signature[] = [
  {
    means: 'node-range-missing',
    pattern: /node\.Spec\.PodCIDRs? (?:not set|empty) for node|Failed to get pod CIDRs? from node spec/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/utils/pod_cidr.go`,
  },
  {
    means: 'agent-misconfigured',
    pattern: /error parsing pod CIDR in node annotation|failed to insert IPv[46] `subnet`/,
    in: 'log',
    severity: 'error',
    knowledge: `${SOURCE}/controllers/routing/network_routes_controller.go`,
  },
];

export const kubeRouter: CniProfile = { id: 'kube-router', title: 'kube-router', agents: AGENTS, recognise, interpret, signatures };
