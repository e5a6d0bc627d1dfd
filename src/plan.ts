import type { CniProfile } from './cni/cni-profile.ts';
import { CNIS } from './cni/index.ts';
import { DETECTIONS } from './detections/index.ts';
import type { AgentSet, ClusterFacts, Recognition, Workload } from './model/facts.ts';
import type { Finding } from './model/finding.ts';
import type { ListNeed, LogNeed, Need } from './model/need.ts';
import { eachPod, type Pod, type PodTable } from './model/pod-table.ts';
import { mayStemFrom } from './model/screened-pods.ts';
import type { Subject } from './model/report.ts';
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  EVENTS,
  NODES,
  PODS,
  type Resource,
  SERVICES,
  SERVICE_CIDRS,
  STATEFUL_SETS,
} from './model/resource.ts';
import { isAnswered, type Snapshot, wasRead } from './model/snapshot.ts';
import { understand } from './understand.ts';

/** What the reading is for: `scan` reads logs only under suspicion, `check` also those around its subject, `everything` is for captures. */
export type Purpose = {
  readonly depth: 'scan' | 'check' | 'everything';
  readonly subject?: Subject;
  /** Read all pods in full, even where the cells of the server's Table would do. */ readonly full?: boolean;
  /** When cells are read instead. */
  readonly screening?: ScreeningCosts;
  /** Read instead where pods may not be listed for the whole cluster: better than nothing, and still a gap. */ readonly fallbackNamespace?: string;
};

/** Nodes whose agents' logs are read; a fault on more nodes than this shows on these. */
const LOG_NODES = 6;
const LOG_CONTROLLERS = 3;
/** From how many pods on cells are read first, how many are looked at to learn that, and what one request costs a server, in pods of a list. */
export type ScreeningCosts = { readonly from: number; readonly sample: number; readonly request: number };
/** Smaller clusters are read in full as quickly. */
const SCREENING: ScreeningCosts = { from: 1000, sample: 150, request: 25 };

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
  const configuration = open([...serviceRanges(snapshot), ...cniConfigMaps(facts)]);
  if (closer.length + configuration.length > 0) return [...closer, ...configuration];
  const second = open(cniNeeds(facts));
  if (second.length > 0) return second;
  return open(logNeeds(facts, purpose));
}

const list = (resource: Resource, undecided: readonly string[], more: Partial<ListNeed> = {}): ListNeed => ({
  kind: 'list',
  resource,
  essential: false,
  undecided,
  ...more,
});

/** What every question needs. Events are asked for by reason: a cluster may have a hundred thousand of them. */
function inventory(snapshot: Snapshot, purpose: Purpose): Need[] {
  const subject = purpose.subject;
  const needs = [
    ...podNeeds(snapshot, purpose),
    list(
      NODES,
      ['overlapping-node-ranges', 'pod-ip-equals-node-ip', 'duplicate-node-ip', 'stale-holder', 'cidrs-overlap', 'recent-nodes'],
      { essential: true },
    ),
    list(SERVICES, ['pod-ip-equals-service-ip', 'duplicate-service-ip', 'pod-range-overlaps-service-range'], { essential: true }),
    list(DAEMON_SETS, ['cni-agent-missing', 'cni-version-skew', 'multiple-cnis', 'cni-unhealthy']),
    list(DEPLOYMENTS, ['cni-agent-unhealthy', 'static-ip-conflict']),
    list(STATEFUL_SETS, ['static-ip-conflict', 'manual-assignment']),
    list(ENDPOINT_SLICES, ['stale-endpoint']),
    list(EVENTS, ['sandbox-creation-failing', 'events-show-ipam-failure'], { fieldSelector: 'reason=FailedCreatePodSandBox' }),
    list(EVENTS, ['recent-nodes', 'state-corrupt'], { fieldSelector: 'involvedObject.kind=Node' }),
    list(CONFIG_MAPS, ['pod-range-overlaps-service-range', 'node-range-outside-cluster-cidr'], {
      namespace: 'kube-system',
      name: 'kubeadm-config',
    }),
    list(CONFIG_MAPS, [], { namespace: 'kube-system', name: 'kube-proxy' }),
    ...(subject?.kind === 'Pod' && purpose.depth !== 'scan'
      ? [list(EVENTS, ['events-show-ipam-failure'], { namespace: subject.namespace, fieldSelector: `involvedObject.name=${subject.name}` })]
      : []),
  ];
  // Whoever looks at objects themselves, or keeps them, wants them whole.
  return purpose.depth === 'scan' ? needs.map((need) => ({ ...need, brief: true })) : needs;
}

/** Since Kubernetes 1.31 Service ranges are objects. Whether the server has them is known after the first round. */
const serviceRanges = (snapshot: Snapshot): Need[] =>
  (snapshot.served?.has('networking.k8s.io/ServiceCIDR') ?? true) ? [list(SERVICE_CIDRS, ['pod-range-overlaps-service-range'])] : [];

const costs = (purpose: Purpose): ScreeningCosts => purpose.screening ?? SCREENING;

const ALL_PODS = list(PODS, ['duplicate-pod-ip', 'duplicates-confirmed', 'cni-agent-unhealthy'], { essential: true });
const ALL_CELLS: ListNeed = { ...ALL_PODS, cells: true };

/** Pods are many. A scan looks at a few first; where there are many more and cells can answer for nearly all of them, it reads those. */
function podNeeds(snapshot: Snapshot, purpose: Purpose): Need[] {
  const { screening } = snapshot.pods;
  if (purpose.depth !== 'scan' || purpose.subject || purpose.full || isAnswered(snapshot, ALL_PODS)) return [ALL_PODS];
  if (screening === undefined) return [{ ...ALL_PODS, first: costs(purpose).sample }];
  if (!screening.possible) return [ALL_PODS];
  if (isAnswered(snapshot, ALL_CELLS)) return atFirstSight(snapshot, purpose);
  if (!cellsWillDo(snapshot, purpose)) return [ALL_PODS];
  const facts = understand(snapshot);
  const agents = facts.cnis.flatMap((cni) => cni.agents.flatMap(({ workload }) => (workload ? [podsOf(workload)] : [])));
  return [ALL_CELLS, ...agents.filter((need) => need !== undefined), ...serviceRanges(snapshot), ...cniConfigMaps(facts)];
}

/** What is sure to matter, before anybody thinks about it: pods that share an address with another of their kind, and pods that go. */
function atFirstSight({ pods }: Snapshot, purpose: Purpose): Need[] {
  const known = firstSights.get(pods);
  if (known) return known;
  const holders = new Map<string, Pod>();
  const asked = new Set<Pod>();
  for (const pod of eachPod(pods)) {
    if (!pod.screened || pod.phase !== 'Running' || pod.hostNetwork) continue;
    if (pod.deletion !== undefined) asked.add(pod);
    const [ip] = pod.ips;
    const other = ip === undefined ? undefined : holders.get(ip);
    if (other) asked.add(pod).add(other);
    else if (ip !== undefined) holders.set(ip, pod);
  }
  for (const row of pods.screening!.asked) asked.add(pods.pod(row));
  if (![...asked].some((pod) => pod.phase === 'Running' && !pod.hostNetwork))
    for (const pod of examples(pods, [...holders.values()])) asked.add(pod);
  const needs = byPlace(asked);
  const worth = costs(purpose).request * needs.length > pods.size ? [] : needs;
  firstSights.set(pods, worth);
  return worth;
}

const firstSights = new WeakMap<PodTable, Need[]>();

/** Some ordinary pods to be read in full: whether they have a second address, no cell tells. None where such pods were read already. */
function examples(pods: PodTable, ordinary: readonly Pod[]): Pod[] {
  for (const pod of eachPod(pods)) {
    if (pod.screened) break;
    if (pod.phase === 'Running' && !pod.hostNetwork && pod.ips.length > 0) return [];
  }
  return [0, 0.5, 0.99].flatMap((part) => ordinary[Math.floor(ordinary.length * part)] ?? []);
}

/** So many of the first pods, or so much of them, may need more than cells: there are troubles that do not go through the whole cluster. */
const SOME_ASKED = 10;
const MOST_ASKED = 0.25;

/**
 * Whether it is worth reading cells: pods have one address each, as far as nodes, Services and the first pods tell, and of the first pods
 * few are such that this cluster's network wants to know more of them. Pods on the host network may be its agents, and are told apart later.
 */
function cellsWillDo(snapshot: Snapshot, purpose: Purpose): boolean {
  const { pods } = snapshot;
  if (pods.screening!.beyond < costs(purpose).from) return false;
  const facts = understand(snapshot);
  if (isDualStack(facts)) return false;
  const examples = [...eachPod(pods)].filter((pod) => pod.screened && pod.phase === 'Running' && !pod.hostNetwork);
  const asked = examples.filter((pod) => pods.screening!.asked.has(pod.row));
  return asked.length <= Math.max(SOME_ASKED, examples.length * MOST_ASKED);
}

function somePod(pods: PodTable, test: (pod: Pod) => boolean): boolean {
  for (const pod of eachPod(pods)) if (test(pod)) return true;
  return false;
}

/** A Table shows one address of each pod. */
function isDualStack(facts: ClusterFacts): boolean {
  const both = (addresses: readonly string[]): boolean => new Set(addresses.map((address) => address.includes(':'))).size > 1;
  return (
    facts.read(NODES) !== 'yes' ||
    facts.nodes.some((node) => both(node.internalIPs) || both(node.podCIDRs.map((range) => range.text))) ||
    both(facts.services.flatMap((service) => service.clusterIPs.filter((ip) => ip !== 'None'))) ||
    both([...facts.clusterRanges.map(({ range }) => range), ...facts.pools.flatMap(({ ranges }) => ranges)].map(({ text }) => text)) ||
    somePod(facts.pods, (pod) => pod.ips.length > 1)
  );
}

const MOST_REQUESTS = 400;
/** From so many pods of a node, or of a workload, on they are read together. */
const TOGETHER = 6;

/**
 * Pods of which somebody wanted to know more than their cells tell, read in full: those of one workload by its labels, those of one node
 * together, others by node and name, which the server looks up in an index. All pods, where that comes cheaper.
 */
function closerLooks(snapshot: Snapshot, facts: ClusterFacts, purpose: Purpose): Need[] {
  const { pods } = snapshot;
  if (!pods.screening) return [];
  if (isDualStack(facts)) return [ALL_PODS];
  findAll(facts);
  const asked = [...pods.screening.asked].map((row) => pods.pod(row));
  const left = new Set(asked);
  const workloads: Need[] = [];
  for (const workload of facts.workloads) {
    const need = podsOf(workload);
    const stems = [...left].filter((pod) => mayStemFrom(pod, workload.name));
    if (need === undefined || stems.length < TOGETHER || isAnswered(snapshot, need)) continue;
    for (const pod of stems) left.delete(pod);
    workloads.push(need);
  }
  const needs = [...workloads, ...byPlace(left)];
  const dear = needs.length > Math.max(MOST_REQUESTS, pods.size / 100) || asked.length + needs.length * costs(purpose).request > pods.size;
  return dear || needs.some((need) => isAnswered(snapshot, need)) ? [ALL_PODS] : needs;
}

/** The pods of a workload, by the labels that it gives them. */
function podsOf({ namespace, podLabels }: Workload): Need | undefined {
  const labels = Object.entries(podLabels).map(([key, value]) => `${key}=${value}`);
  return labels.length === 0 ? undefined : list(PODS, [], { namespace, labelSelector: labels.join(','), closer: true });
}

/** Pods by node and name, or by node alone where there are many. */
function byPlace(asked: Iterable<Pod>): Need[] {
  return [...Map.groupBy(asked, (pod) => pod.node)].flatMap(([node, here]) => {
    const names = here.length >= TOGETHER ? [''] : [...new Set(here.map((pod) => pod.name))];
    return names.map((name) =>
      list(PODS, [], {
        fieldSelector: name === '' ? `spec.nodeName=${node}` : `spec.nodeName=${node},metadata.name=${name}`,
        closer: true,
      }),
    );
  });
}

/** Pods of one namespace, where those of the whole cluster were refused: what is found there is true, though "clean" cannot be said. */
function narrower(snapshot: Snapshot, purpose: Purpose): Need[] {
  if (purpose.fallbackNamespace === undefined || wasRead(snapshot, PODS) !== 'no') return [];
  return [list(PODS, [], { namespace: purpose.fallbackNamespace })];
}

const profileOf = ({ id }: Recognition): CniProfile | undefined => CNIS.find((candidate) => candidate.id === id);

/** The ConfigMaps by which the CNIs are configured: they say what else is worth reading. */
function cniConfigMaps(facts: ClusterFacts): Need[] {
  return facts.cnis.flatMap((recognition) => {
    const namespaces = [...new Set(recognition.agents.map((agent) => agent.workload?.namespace ?? 'kube-system'))];
    return (profileOf(recognition)?.configMaps ?? []).flatMap((name) =>
      namespaces.map((namespace) => list(CONFIG_MAPS, [], { namespace, name })),
    );
  });
}

/** Custom resources of the CNIs that are there; kinds that the server does not know are not asked for. */
function cniNeeds(facts: ClusterFacts): Need[] {
  return facts.cnis.flatMap((recognition) =>
    (profileOf(recognition)?.needs?.(recognition, facts) ?? []).filter((need) => facts.serves(need.resource) !== 'no'),
  );
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
    ? [...eachPod(facts.pods)]
        .filter((pod) => /^(?:kube|cloud)-controller-manager|cloud-controller-manager/.test(pod.name))
        .slice(0, LOG_CONTROLLERS)
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

const found = new WeakMap<ClusterFacts, readonly Finding[]>();

/** What the facts show so far. Computed once for each: the plan, the second read and the report all ask. */
export function findAll(facts: ClusterFacts): readonly Finding[] {
  const known = found.get(facts);
  if (known) return known;
  const findings = DETECTIONS.flatMap((detection) => [...detection.find(facts)]);
  found.set(facts, findings);
  return findings;
}
