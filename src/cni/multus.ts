import { canonicalAddress } from '../ip/address.ts';
import type { Attachment, BaseFacts, CniFacts, Recognition, Signature, StaticRequest } from '../model/facts.ts';
import { type Json, at, flag, list, parseJson, text, texts } from '../model/json.ts';
import type { ListNeed } from '../model/need.ts';
import { eachPod, podsWhere, type Pod } from '../model/pod-table.ts';
import {
  type AttachmentDefinition,
  NETWORK_ATTACHMENT_DEFINITIONS,
  attachmentDefinitions,
  definitionFor,
} from './attachment-definitions.ts';
import type { CniProfile } from './cni-profile.ts';
import { type AgentHint, agentEvidence, agentVersions, agentsSince, findAgents, isActive } from './recognise.ts';

const AGENTS: readonly AgentHint[] = [{ kind: 'node', name: /multus/, image: /multus/, logContainers: ['kube-multus'] }];
const STATUS = ['k8s.v1.cni.cncf.io/network-status', 'k8s.v1.cni.cncf.io/networks-status'];
const NETWORKS = 'k8s.v1.cni.cncf.io/networks';

/** Multus calls other plugins; it never is a second address manager. Secondary addresses stand in an annotation only. */
function recognise(facts: BaseFacts): Recognition | undefined {
  const agents = findAgents(facts, 'multus', AGENTS);
  let annotated = false;
  // Without the kind nobody ever read a network of this one's.
  if (facts.serves(NETWORK_ATTACHMENT_DEFINITIONS) !== 'no')
    for (const pod of eachPod(facts.pods)) annotated ||= STATUS.some((key) => pod.annotations[key] !== undefined);
  if (!isActive(agents) && !annotated) return undefined;
  return {
    id: 'multus',
    title: 'Multus',
    versions: agentVersions(facts, agents, /multus/),
    confidence: agents.length > 0 ? 'high' : 'medium',
    role: 'meta',
    ipam: 'none',
    evidence: agentEvidence(agents),
    agents,
    since: agentsSince(agents),
  };
}

/** Whether equal addresses are a conflict stands in the definitions of their networks. */
const needs = (_recognition: Recognition, facts: BaseFacts): ListNeed[] => [
  {
    kind: 'list',
    resource: NETWORK_ATTACHMENT_DEFINITIONS,
    essential: sharesAttachment(facts),
    undecided: ['duplicate-secondary-ip', 'per-node-ipam-on-shared-network'],
  },
];

function interpret(_recognition: Recognition, facts: BaseFacts): Partial<CniFacts> {
  const definitions = attachmentDefinitions(facts);
  const pods = attachedPods(facts);
  return {
    networks: definitions,
    attachments: pods.flatMap((pod) => attachmentsOf(pod, definitions)),
    staticRequests: [...pods.flatMap((pod) => requestsOf(pod, definitions)), ...templateRequestsOf(facts, definitions)],
  };
}

const attachedPods = (facts: BaseFacts): Pod[] =>
  podsWhere(facts.pods, (pod) => STATUS.some((key) => pod.annotations[key] !== undefined) || pod.annotations[NETWORKS] !== undefined);

/** The addresses of pods on secondary networks, which are called as their definitions are. */
export const attachmentsIn = (facts: BaseFacts, definitions: readonly AttachmentDefinition[]): Attachment[] =>
  attachedPods(facts).flatMap((pod) => attachmentsOf(pod, definitions));

function sharesAttachment(facts: BaseFacts): boolean {
  const all = [...eachPod(facts.pods)].flatMap((pod) => attachmentsOf(pod, []));
  return new Set(all.map(({ address }) => address)).size < all.length;
}

const networkOf = (definitions: readonly AttachmentDefinition[], name: string, namespace: string): string =>
  definitionFor(definitions, name, namespace)?.name ?? (name.includes('/') ? name : `${namespace}/${name}`);

function attachmentsOf(pod: Pod, definitions: readonly AttachmentDefinition[]): Attachment[] {
  const status = STATUS.map((key) => pod.annotations[key]).find((value) => value !== undefined);
  return list({ status: parseJson(status) }, 'status').flatMap((entry) => {
    const name = text(entry, 'name');
    // The default network's entry repeats status.podIPs; older Multus does not mark it, but it has no namespace in its name.
    if (flag(entry, 'default') === true || name === undefined || (text(entry, 'interface') ?? 'eth0') === 'eth0') return [];
    return texts(entry, 'ips').flatMap((ip): Attachment[] => {
      const address = canonicalAddress(ip);
      if (address === undefined || pod.ips.includes(address)) return [];
      return [
        {
          address,
          network: networkOf(definitions, name, pod.namespace),
          interface: text(entry, 'interface') ?? '',
          mac: text(entry, 'mac')?.toLowerCase(),
          row: pod.row,
          ref: `pod/${pod.namespace}/${pod.name}`,
        },
      ];
    });
  });
}

/** `ips` in a network selection: no plugin checks it across pods (multus-cni#589). */
function selections(value: string | undefined, namespace: string): { name: string; ips: readonly Json[] }[] {
  return list({ value: parseJson(value) }, 'value').flatMap((entry) => {
    const name = text(entry, 'name');
    if (name === undefined) return [];
    return [{ name: `${text(entry, 'namespace') ?? namespace}/${name}`, ips: [...list(entry, 'ips'), ...list(entry, 'cni-args', 'ips')] }];
  });
}

function requestsOf(pod: Pod, definitions: readonly AttachmentDefinition[]): StaticRequest[] {
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return [];
  const value = pod.annotations[NETWORKS];
  const common = {
    ref: `pod/${pod.namespace}/${pod.name}`,
    pod: { namespace: pod.namespace, name: pod.name },
    workload: undefined,
    checked: 'no' as const,
  };
  const asked = selections(value, pod.namespace).flatMap(({ name, ips }) =>
    ips.flatMap((ip): StaticRequest[] => {
      const address = canonicalAddress(ip);
      return address === undefined
        ? []
        : [
            {
              ...common,
              address,
              network: networkOf(definitions, name, pod.namespace),
              text: `${NETWORKS}: ${(value ?? '').slice(0, 200)}`,
            },
          ];
    }),
  );
  const names = value?.trimStart().startsWith('[')
    ? selections(value, pod.namespace).map(({ name }) => name)
    : (value ?? '')
        .split(',')
        .map((part) => part.trim().split('@')[0]!)
        .filter(Boolean);
  const fixed = names.flatMap((name) => {
    const definition = definitionFor(definitions, name, pod.namespace);
    return (definition?.staticAddresses ?? []).map((address): StaticRequest => ({
      ...common,
      address,
      network: definition!.name,
      text: `static address of ${definition!.ref}`,
    }));
  });
  return [...asked, ...fixed];
}

function templateRequestsOf(facts: BaseFacts, definitions: readonly AttachmentDefinition[]): StaticRequest[] {
  return facts.workloads.flatMap((workload) =>
    selections(workload.podAnnotations[NETWORKS], workload.namespace).flatMap(({ name, ips }) =>
      ips.flatMap((ip): StaticRequest[] => {
        const address = canonicalAddress(ip);
        if (address === undefined) return [];
        const { kind, namespace, desired } = workload;
        return [
          {
            address,
            network: networkOf(definitions, name, namespace),
            ref: `${kind.toLowerCase()}/${namespace}/${workload.name}`,
            pod: undefined,
            workload: { kind, namespace, name: workload.name, replicas: desired },
            checked: 'no',
            text: `${NETWORKS} in the pod template: ${(at(workload.podAnnotations, NETWORKS) as string).slice(0, 200)}`,
          },
        ];
      }),
    ),
  );
}

const signatures: readonly Signature[] = [
  {
    means: 'agent-not-running',
    pattern: /still waiting for readinessindicatorfile|Daemon not reachable over socketfile/,
    in: 'event',
    severity: 'error',
    knowledge: 'k8snetworkplumbingwg/multus-cni pkg/multus/multus.go',
  },
  {
    means: 'agent-misconfigured',
    pattern: /cannot find a network-attachment-definition/,
    in: 'event',
    severity: 'error',
    knowledge: 'k8snetworkplumbingwg/multus-cni pkg/k8sclient/k8sclient.go',
  },
];

export const multus: CniProfile = {
  id: 'multus',
  title: 'Multus',
  agents: AGENTS,
  readsTemplates: true,
  recognise,
  needs,
  interpret,
  signatures,
};
