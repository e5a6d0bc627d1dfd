import { canonicalAddress } from '../ip/address.ts';
import { covers, parseRange } from '../ip/range.ts';
import type { BaseFacts, CniFacts, ClusterRange, NodeFact, NodeIdentity, Recognition, Signature } from '../model/facts.ts';
import { parseJson, text } from '../model/json.ts';
import { once } from '../model/once.ts';
import type { CniProfile } from './cni-profile.ts';
import { podCidrRanges } from './pod-cidrs.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const AGENTS: readonly AgentHint[] = [{ kind: 'node', name: /flannel/, image: /flannel/, logContainers: ['kube-flannel', 'flannel'] }];
const PREFIX = 'flannel.alpha.coreos.com';

/** k3s runs flannel inside its own process: no DaemonSet, only node annotations (k3s pkg/agent/flannel). Canal, as in RKE2, brings it in its own pods. */
const isEmbedded = (facts: BaseFacts): boolean =>
  !facts.workloads.some((workload) => /canal/.test(workload.name) && workload.images.some((entry) => /flannel/.test(entry))) &&
  facts.nodes.some(
    (node) =>
      /\+k3s|\+rke2/.test(node.kubeletVersion ?? '') &&
      node.annotations[`${PREFIX}/backend-type`] !== undefined &&
      !/"none"/.test(node.annotations['k3s.io/node-args']?.match(/--flannel-backend"?,?\s*"?[^",]*/)?.[0] ?? ''),
  );

function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'flannel', AGENTS).filter((agent) => !/canal/.test(agent.name));
  const active = isActive(agents);
  if (active) {
    return {
      id: 'flannel',
      title: 'Flannel',
      versions: agentVersions(facts, agents, /flannel(?!-cni-plugin)[:@]|\/flannel[:@]|flannel:v/),
      confidence: 'high',
      role: 'primary',
      ipam: 'host-local',
      evidence: agentEvidence(agents),
      agents,
      since: agentsSince(agents),
    };
  }
  const annotated = facts.nodes.filter(
    (node) => node.annotations[`${PREFIX}/kube-subnet-manager`] !== undefined || node.annotations[`${PREFIX}/backend-type`] !== undefined,
  );
  if (annotated.length === 0 && agents.length === 0) return undefined;
  const embedded = isEmbedded(facts) && agents.length === 0;
  return {
    id: 'flannel',
    title: embedded ? 'Flannel (inside k3s)' : 'Flannel',
    versions: [],
    confidence: embedded ? 'medium' : 'low',
    role: embedded ? 'primary' : 'leftover',
    ipam: 'host-local',
    evidence: annotated
      .slice(0, 1)
      .map((node) => ({ source: 'node', ref: `node/${node.name}`, text: `annotation ${PREFIX}/backend-type` })),
    agents: [],
    since: undefined,
  };
}

/** Without --kube-subnet-mgr the ranges are leases in an etcd of flannel's own, and Node.spec.podCIDR means nothing (flannel main.go). */
const leasesInEtcd = ({ agents }: Recognition): boolean => {
  const args = agents.flatMap((agent) => agent.workload?.args ?? []);
  return args.some((word) => /-etcd-endpoints/.test(word)) && !args.some((word) => /-kube-subnet-mgr(?!=false)/.test(word));
};

function interpret(recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const identities = facts.nodes.flatMap((node) => identitiesOf(node));
  if (leasesInEtcd(recognition)) return { addressing: 'unknown', identities };
  return { addressing: 'node-range', nodeRanges: podCidrRanges(facts), clusterRanges: networks(facts), identities };
}

/** `Network` of net-conf.json: a podCIDR outside of it is not routed (refused from v0.19). */
function networks(facts: BaseFacts): ClusterRange[] {
  const configMap = facts.configMaps.find((map) => map.name === 'kube-flannel-cfg');
  const conf = parseJson(configMap?.data['net-conf.json']);
  const configured = ['Network', 'IPv6Network'].flatMap((field): ClusterRange[] => {
    const range = parseRange(text(conf, field));
    return range && configMap ? [{ purpose: 'pod', basis: 'cni', ref: `configmap/${configMap.namespace}/${configMap.name}`, range }] : [];
  });
  return configured.length > 0 ? configured : k3sDefault(facts);
}

/** What k3s and RKE2 take where nothing else is said: --cluster-cidr stands in no argument then, and only the nodes' ranges show it. */
function k3sDefault(facts: BaseFacts): ClusterRange[] {
  const server = facts.nodes.find((node) =>
    (node.annotations['k3s.io/node-args'] ?? node.annotations['rke2.io/node-args'] ?? '').startsWith('["server"'),
  );
  const range = parseRange('10.42.0.0/16')!;
  const ranges = facts.nodes.flatMap((node) => node.podCIDRs).filter((own) => own.family === 4);
  if (!server || facts.clusterRanges.some((entry) => entry.purpose === 'pod') || ranges.length === 0) return [];
  return ranges.every((own) => covers(range, own)) ? [{ purpose: 'pod', basis: 'cni', ref: `node/${server.name} k3s`, range }] : [];
}

/** public-ip and VtepMAC are what flannel knows a node by: two nodes with one value are a cloned machine or a wrong interface. */
const identitiesOf = once((node: NodeFact): readonly NodeIdentity[] => {
  const data = parseJson(node.annotations[`${PREFIX}/backend-data`]);
  const mac = text(data, 'VtepMAC');
  const publicIP = canonicalAddress(node.annotations[`${PREFIX}/public-ip`]);
  return [
    ...(mac === undefined
      ? []
      : [{ node: node.name, what: 'VtepMAC', value: mac.toLowerCase(), ref: `node/${node.name} ${PREFIX}/backend-data` }]),
    ...(publicIP === undefined
      ? []
      : [{ node: node.name, what: 'flannel public-ip', value: publicIP, ref: `node/${node.name} ${PREFIX}/public-ip` }]),
  ];
});

const SOURCE = 'flannel-io/flannel pkg/subnet/kube/kube.go';
const signatures: readonly Signature[] = [
  {
    means: 'agent-not-running',
    pattern:
      /failed to load flannel 'subnet\.env' file|loadFlannelSubnetEnv failed|open \/run\/flannel\/subnet\.env|subnet\.env is missing FLANNEL_/,
    in: 'event',
    severity: 'error',
    knowledge: 'flannel-io/cni-plugin flannel.go',
  },
  {
    means: 'node-range-missing',
    pattern: /pod cidr not assigned|flannel failed to wait for PodCIDR assignment/,
    in: 'log',
    severity: 'error',
    knowledge: SOURCE,
  },
  {
    means: 'range-outside-cluster',
    pattern: /specified in the flannel net config doesn't contain/,
    in: 'log',
    severity: 'error',
    knowledge: SOURCE,
  },
  {
    means: 'agent-misconfigured',
    pattern:
      /failed to read net conf|error parsing subnet config|Failed to find any valid interface to use|pod cidrs should be IPv4\/IPv6 only or dualstack/,
    in: 'log',
    severity: 'error',
    knowledge: SOURCE,
  },
  {
    means: 'agent-cannot-reach-api',
    pattern: /Failed to create SubnetManager: error retrieving pod spec|timeout contacting kube-api/,
    in: 'log',
    severity: 'error',
    knowledge: SOURCE,
  },
  {
    means: 'node-ranges-exhausted',
    pattern: /out of subnets|max retries reached trying to acquire a subnet/i,
    in: 'log',
    severity: 'error',
    knowledge: 'flannel-io/flannel pkg/subnet/etcd',
  },
  {
    means: 'range-on-two-nodes',
    pattern: /Lease has been revoked\. Shutting down daemon|subnet already exists/,
    in: 'log',
    severity: 'error',
    knowledge: 'flannel-io/flannel#1343',
  },
];

export const flannel: CniProfile = {
  id: 'flannel',
  title: 'Flannel',
  agents: AGENTS,
  configMaps: ['kube-flannel-cfg'],
  recognise,
  interpret,
  signatures,
};
