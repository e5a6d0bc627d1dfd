import type { CniProfile } from './cni/cni-profile.ts';
import { CNIS } from './cni/index.ts';
import { balancerNeeds } from './derived/balancer-pools.ts';
import { keepalivedNeeds } from './derived/virtual-addresses.ts';
import { migrating } from './derived/harmless-sharing.ts';
import { isSettled, sharedBeyondHosts } from './derived/holders.ts';
import { findAll } from './findings.ts';
import type { AgentSet, ClusterFacts, Recognition } from './model/facts.ts';
import type { Finding } from './model/finding.ts';
import { type ListNeed, type LogNeed, type Need, listOf } from './model/need.ts';
import { podsWhere, type Pod } from './model/pod-table.ts';
import type { Subject } from './model/report.ts';
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  EVENTS,
  MIGRATIONS,
  NODES,
  PODS,
  SERVICES,
  SERVICE_CIDRS,
  STATEFUL_SETS,
} from './model/resource.ts';
import { isAnswered, type Snapshot, wasRead } from './model/snapshot.ts';
import { ALL_CELLS, type PodPurpose, closerLooks, isAllPods, podNeeds } from './pods-to-read.ts';
import { understand } from './understand.ts';

/** What the reading is for: `scan` reads logs only under suspicion, `check` also those around its subject, `everything` is for captures. */
export type Purpose = PodPurpose & {
  /** Read instead where pods may not be listed for the whole cluster: better than nothing, and still a gap. */ readonly fallbackNamespace?: string;
};

/** Nodes whose agents' logs are read; a fault on more nodes than this shows on these. */
const LOG_NODES = 6;
const LOG_CONTROLLERS = 3;

/**
 * What is still worth reading, or nothing when enough is known: first the inventory, then what the recognised CNIs ask for,
 * then the logs that may tell why. The only loop with I/O in it is plan, read, repeat.
 */
export function plan(snapshot: Snapshot, purpose: Purpose): Need[] {
  const open = (needs: readonly Need[]): Need[] => needs.filter((need) => !isAnswered(snapshot, need));
  const first = open(inventory(snapshot, purpose));
  if (first.length > 0) return first;
  const instead = open(narrower(snapshot, purpose));
  if (instead.length > 0) return instead;
  const facts = understand(snapshot);
  const closer = closerLooks(snapshot, facts, purpose);
  const more = open(configuration(snapshot, purpose));
  if (closer.length + more.length > 0) return [...closer, ...more];
  const second = open([...cniNeeds(facts), ...balancerNeeds(facts), ...keepalivedNeeds(facts), ...migrationNeeds(facts)]);
  if (second.length > 0) return second;
  return open(logNeeds(facts, purpose));
}

/** What every question needs. Events are asked for by reason: a cluster may have a hundred thousand of them. */
function inventory(snapshot: Snapshot, purpose: Purpose): Need[] {
  const subject = purpose.subject;
  const pods = podNeeds(snapshot, purpose);
  const needs = [
    ...pods,
    // While many pods are looked at, there is time for these.
    ...(wasRead(snapshot, NODES) !== 'unknown' && pods.some((need) => need === ALL_CELLS || isAllPods(need))
      ? configuration(snapshot, purpose)
      : []),
    listOf(
      NODES,
      ['overlapping-node-ranges', 'pod-ip-equals-node-ip', 'duplicate-node-ip', 'stale-holder', 'cidrs-overlap', 'recent-nodes'],
      { essential: true },
    ),
    listOf(SERVICES, ['pod-ip-equals-service-ip', 'duplicate-service-ip', 'pod-range-overlaps-service-range'], { essential: true }),
    listOf(DAEMON_SETS, ['cni-agent-missing', 'cni-version-skew', 'multiple-cnis', 'cni-unhealthy']),
    deploymentNeed(snapshot, purpose, [SYSTEM]),
    ...(spares(snapshot, purpose) ? [] : [ALL_STATEFUL_SETS]),
    listOf(ENDPOINT_SLICES, ['stale-endpoint']),
    listOf(EVENTS, ['sandbox-creation-failing', 'events-show-ipam-failure'], { fieldSelector: 'reason=FailedCreatePodSandBox' }),
    listOf(EVENTS, ['recent-nodes', 'state-corrupt'], { fieldSelector: 'involvedObject.kind=Node' }),
    listOf(CONFIG_MAPS, ['pod-range-overlaps-service-range', 'node-range-outside-cluster-cidr'], {
      namespace: 'kube-system',
      name: 'kubeadm-config',
    }),
    listOf(CONFIG_MAPS, [], { namespace: 'kube-system', name: 'kube-proxy' }),
    ...(subject?.kind === 'Pod' && purpose.depth !== 'scan'
      ? [
          listOf(EVENTS, ['events-show-ipam-failure'], {
            namespace: subject.namespace,
            fieldSelector: `involvedObject.name=${subject.name}`,
          }),
        ]
      : []),
  ];
  // Whoever looks at objects themselves, or keeps them, wants them whole.
  return purpose.depth === 'scan' ? needs.map((need) => ({ ...need, brief: true })) : needs;
}

const ALL_DEPLOYMENTS = listOf(DEPLOYMENTS, ['cni-agent-unhealthy', 'static-ip-conflict']);
const ALL_STATEFUL_SETS = listOf(STATEFUL_SETS, ['static-ip-conflict', 'manual-assignment']);

/**
 * A look at the whole cluster that wants findings only does without workloads that have no part in them. Where somebody chose what to dump
 * they may tell that pods are missing.
 */
const spares = ({ source }: Snapshot, { depth, subject }: Purpose): boolean =>
  depth === 'scan' && !subject && (source.kind === 'cluster' || source.partial === false);

/** What the inventory makes one ask for. */
function configuration(snapshot: Snapshot, purpose: Purpose): Need[] {
  const facts = understand(snapshot);
  return [...serviceRanges(snapshot), ...cniConfigMaps(facts), ...deploymentNeeds(snapshot, facts, purpose)];
}

/** Where CNIs are at home, most of them. */
const SYSTEM = 'kube-system';

/** Deployments may be thousands, of which only the CNIs' own matter as a rule: those beside their agents. */
function deploymentNeed(snapshot: Snapshot, purpose: Purpose, within: readonly string[]): ListNeed {
  if (!spares(snapshot, purpose) || isAnswered(snapshot, ALL_DEPLOYMENTS)) return ALL_DEPLOYMENTS;
  return { ...ALL_DEPLOYMENTS, within, brief: true };
}

/** Deployments where there are agents; some CNIs heed what stands in the templates of all of them, and of StatefulSets. */
function deploymentNeeds(snapshot: Snapshot, facts: ClusterFacts, purpose: Purpose): Need[] {
  if (facts.cnis.some((cni) => profileOf(cni)?.readsTemplates))
    return [ALL_DEPLOYMENTS, ALL_STATEFUL_SETS].map((need) => ({ ...need, brief: true }));
  const hints = CNIS.flatMap(({ agents }) => agents ?? []);
  const homes = [
    ...facts.workloads.filter((workload) => hints.some((hint) => hint.name.test(workload.name))).map(({ namespace }) => namespace),
    ...facts.cnis.flatMap(({ agents }) => agents.flatMap(({ pods }) => pods.map((row) => facts.pods.pod(row).namespace))),
  ];
  const others = [...new Set(homes)].filter((namespace) => namespace !== SYSTEM && namespace !== '').toSorted();
  return others.length === 0 ? [] : [deploymentNeed(snapshot, purpose, others)];
}

/** Since Kubernetes 1.31 Service ranges are objects. Whether the server has them is known after the first round. */
export const serviceRanges = (snapshot: Snapshot): Need[] =>
  (snapshot.served?.has('networking.k8s.io/ServiceCIDR') ?? true) ? [listOf(SERVICE_CIDRS, ['pod-range-overlaps-service-range'])] : [];

/** Pods of one namespace, where those of the whole cluster were refused: what is found there is true, though "clean" cannot be said. */
function narrower(snapshot: Snapshot, purpose: Purpose): Need[] {
  if (purpose.fallbackNamespace === undefined || wasRead(snapshot, PODS) !== 'no') return [];
  return [listOf(PODS, [], { namespace: purpose.fallbackNamespace })];
}

const profileOf = ({ id }: Recognition): CniProfile | undefined => CNIS.find((candidate) => candidate.id === id);

/** The ConfigMaps by which the CNIs are configured: they say what else is worth reading. */
function cniConfigMaps(facts: ClusterFacts): Need[] {
  return facts.cnis.flatMap((recognition) => {
    const namespaces = [...new Set(recognition.agents.map((agent) => agent.workload?.namespace ?? 'kube-system'))];
    return (profileOf(recognition)?.configMaps ?? []).flatMap((name) =>
      namespaces.map((namespace) => listOf(CONFIG_MAPS, [], { namespace, name })),
    );
  });
}

/** Custom resources of the CNIs that are there; kinds that the server does not know are not asked for. */
function cniNeeds(facts: ClusterFacts): Need[] {
  return facts.cnis.flatMap((recognition) =>
    (profileOf(recognition)?.needs?.(recognition, facts) ?? []).filter((need) => facts.serves(need.resource) !== 'no'),
  );
}

/** KubeVirt’s migrations: where none is under way, two pods of one machine are as wrong as any other two. While one has just come, that is no question. */
export const MIGRATION_NEED = listOf(MIGRATIONS, ['duplicate-pod-ip']);
function migrationNeeds(facts: ClusterFacts): Need[] {
  if (facts.serves(MIGRATIONS) === 'no') return [];
  const machines = sharedBeyondHosts(facts)
    .filter(({ live }) => live.length === 1)
    .map(({ members }) => migrating(facts, members));
  return machines.some((pods) => pods.length > 0 && isSettled(facts, pods)) ? [{ ...MIGRATION_NEED, essential: true }] : [];
}

/** Addresses and ranges speak for themselves, and `check` reads on; that pods get none, or agents do not run, wants the agents' own word. */
const ASK_THE_AGENTS: ReadonlySet<Finding['id']> = new Set([
  'sandbox-creation-failing',
  'cni-agent-unhealthy',
  'cni-agent-missing',
  'pool-exhausted',
]);

/** Logs are dear: only of agents that may know something about what is wrong, on the nodes where it is wrong. */
function logNeeds(facts: ClusterFacts, purpose: Purpose): Need[] {
  const findings = findAll(facts).filter((finding) => finding.severity !== 'info' && finding.id !== 'cni-log-error');
  if (purpose.depth === 'scan' && !findings.some((finding) => finding.severity === 'error' && ASK_THE_AGENTS.has(finding.id))) return [];
  const everywhere = purpose.depth === 'everything';
  const nodes = new Set(
    [...subjectNodes(facts, purpose.subject), ...findings.flatMap((finding) => finding.nodes)]
      .filter(Boolean)
      .slice(0, everywhere ? undefined : LOG_NODES),
  );
  const agents = facts.cnis.filter((cni) => cni.role !== 'leftover').flatMap((cni) => cni.agents);
  // Nothing is wrong anywhere, and still the playbook asks what the agents say: a few of them will do.
  if (nodes.size === 0 && !everywhere)
    for (const agent of agents) for (const row of agent.pods.slice(0, LOG_NODES)) nodes.add(facts.pods.pod(row).node);
  const logs = agents.flatMap((agent) =>
    agentPods(facts, agent, everywhere ? undefined : nodes).flatMap((pod) => podLogs(pod, agent.logContainers)),
  );
  const rangesMatter =
    everywhere || (facts.addressing === 'node-range' && findings.some((finding) => /range|cidr|sandbox|agent/.test(finding.id)));
  const controllers = rangesMatter
    ? podsWhere(facts.pods, (pod) => /^(?:kube|cloud)-controller-manager|cloud-controller-manager/.test(pod.name)).slice(0, LOG_CONTROLLERS)
    : [];
  return [...logs, ...controllers.flatMap((pod) => podLogs(pod, ['kube-controller-manager', 'cloud-controller-manager', 'manager']))];
}

function subjectNodes(facts: ClusterFacts, subject: Subject | undefined): string[] {
  if (subject?.kind === 'Node') return [subject.name];
  if (subject?.kind === 'Address') return facts.rowsAt(subject.address).map((row) => facts.pods.pod(row).node);
  if (subject?.kind !== 'Pod') return [];
  const row = facts.pods.find(subject.namespace, subject.name);
  return row === undefined ? [] : [facts.pods.pod(row).node];
}

/** Controllers count as a few wherever they run; node agents only on the nodes in question. */
function agentPods(facts: ClusterFacts, agent: AgentSet, nodes: ReadonlySet<string> | undefined): Pod[] {
  const pods = agent.pods.map((row) => facts.pods.pod(row)).filter((pod) => pod.containers.images.length > 0);
  if (nodes === undefined) return pods;
  return agent.kind === 'controller' ? pods.slice(-LOG_CONTROLLERS) : pods.filter((pod) => nodes.has(pod.node));
}

function podLogs(pod: Pod, containers: readonly string[]): LogNeed[] {
  const names = pod.containers.images.map((entry) => entry.slice(0, entry.indexOf('='))).filter((name) => containers.includes(name));
  return names.flatMap((container) =>
    [false, ...(pod.containers.restarts > 0 ? [true] : [])].map((previous): LogNeed => ({
      kind: 'log',
      namespace: pod.namespace,
      pod: pod.name,
      container,
      previous,
      essential: false,
      undecided: ['cni-log-error', 'pool-exhausted', 'state-corrupt'],
    })),
  );
}
