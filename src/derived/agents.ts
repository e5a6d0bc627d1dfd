import type { AgentSet, ClusterFacts, NodeFact, Tri } from '../model/facts.ts';
import { type Evidence, isoTime } from '../model/finding.ts';
import { listed } from '../model/listed.ts';
import { knowsNodes, onceFor, plural } from './holders.ts';
import { misplacedPods } from './membership.ts';
import { type Pod, eachPod, podName } from '../model/pod-table.ts';
import { DAEMON_SETS } from '../model/resource.ts';

/** A pod may need this long after its start, or after a probe failed, before "not ready" means anything. */
const SETTLING_MS = 2 * 60_000;
/** A restart longer ago than this is history, however often it happened. */
const RECENT_MS = 15 * 60_000;

export type SickAgent = { readonly agent: AgentSet; readonly pod: Pod; readonly why: string };

/** Agent pods that do not work now. A high restart count of long ago is no sickness; a node that is down is the node's trouble. */
export function sickAgents(facts: ClusterFacts): SickAgent[] {
  return facts.cnis
    .filter((cni) => cni.role !== 'leftover')
    .flatMap((cni) => cni.agents)
    .flatMap((agent) =>
      agent.pods.flatMap((row): SickAgent[] => {
        const pod = facts.pods.pod(row);
        const why = sickness(facts, pod);
        return why === undefined ? [] : [{ agent, pod, why }];
      }),
    );
}

function sickness(facts: ClusterFacts, pod: Pod): string | undefined {
  const node = facts.node(pod.node);
  if (pod.deletion !== undefined || pod.phase === 'Succeeded' || node?.unreachable || node?.virtual) return undefined;
  if (pod.phase === 'Failed') return undefined;
  const { containers } = pod;
  const last = (): string =>
    containers.restarts === 0 || containers.lastFinished === undefined ? '' : `, last ended ${isoTime(containers.lastFinished)}`;
  if (containers.waitingReason === 'CrashLoopBackOff' || /Err|Invalid|BackOff/.test(containers.waitingReason ?? ''))
    return `${containers.waitingReason}, ${plural(containers.restarts, 'restart')}${last()}`;
  if (pod.ready === false && hasSettled(facts, pod) && !isNodesTrouble(node))
    return `not ready${containers.restarts > 0 ? `, ${plural(containers.restarts, 'restart')}${last()}` : ''}`;
  if (containers.restarts >= 3 && containers.lastFinished !== undefined && facts.now - containers.lastFinished < RECENT_MS)
    return `${plural(containers.restarts, 'restart')}${last()}`;
  return undefined;
}

/** It had the time to become ready, since it began and since its containers did. */
const hasSettled = (facts: ClusterFacts, { started, created, containers: { lastStarted } }: Pod): boolean =>
  facts.now - (started ?? created ?? facts.now) > SETTLING_MS && (lastStarted === undefined || facts.now - lastStarted >= SETTLING_MS);

/** The node controller calls every pod of a node not ready that is not ready itself. Only where the node waits for its network is that the agent’s fault. */
const isNodesTrouble = (node: NodeFact | undefined): boolean =>
  node?.ready === 'no' && node.readyMessage !== '' && !/network|cni/i.test(node.readyMessage);

/** A node that joined a moment ago, or whose agent a rollout has just replaced: what is not there yet may be on its way. */
export function isSettling(facts: ClusterFacts, name: string): boolean {
  const isNew = (created: number | undefined): boolean => created !== undefined && facts.now - created < SETTLING_MS;
  return (
    isNew(facts.node(name)?.created) ||
    facts.cnis
      .filter((cni) => cni.role === 'primary')
      .flatMap((cni) => cni.agents.filter((agent) => agent.kind === 'node'))
      .some((agent) =>
        agent.pods.some((row) => {
          const pod = facts.pods.pod(row);
          return pod.node === name && isNew(pod.created) && pod.containers.restarts === 0;
        }),
      )
  );
}

/** Nodes on which a node agent ought to run and does not. */
export function missingAgents(facts: ClusterFacts): { agent: AgentSet; nodes: NodeFact[] }[] {
  if (!facts.podsComplete) return [];
  return (
    facts.cnis
      .filter((cni) => cni.role === 'primary')
      .flatMap((cni) => cni.agents)
      .filter((agent) => agent.kind === 'node' && agent.workload?.kind === 'DaemonSet')
      // More of its pods are ready than were read: others are there, and not here.
      .filter((agent) => agent.pods.length >= (agent.workload!.ready ?? 0))
      .flatMap((agent) => {
        const workload = agent.workload!;
        const present = nodesWith(facts, agent);
        // Pods that something else plumbed: the runtime found another configuration, since the agent never wrote its own.
        const strange = new Set(misplacedPods(facts).map(({ pod }) => pod.node));
        const lacking = Math.max(0, (workload.desired ?? present.size) - present.size);
        const nodes = facts.nodes.filter((node) => {
          if (present.has(node.name) || node.virtual || node.deletion !== undefined || node.unreachable) return false;
          if (facts.now - (node.created ?? 0) < SETTLING_MS) return false;
          const selected = Object.entries(workload.nodeSelector).every(([key, value]) => node.labels[key] === value);
          const covered = facts.cnis
            .flatMap((cni) => cni.agents)
            .some((other) => other !== agent && other.kind === 'node' && other.pods.some((row) => facts.pods.pod(row).node === node.name));
          // Not wanted there (Windows, an excluded group): only a node without network counts as one that lacks its agent.
          const needed =
            lacking > 0 ||
            strange.has(node.name) ||
            node.ready === 'no' ||
            facts.signals.some(
              (signal) => signal.node === node.name && (signal.means === 'cni-not-initialised' || signal.means === 'agent-not-running'),
            );
          return selected && !covered && needed;
        });
        return nodes.length === 0 ? [] : [{ agent, nodes }];
      })
  );
}

/** Nodes on which a pod of an agent is that has not ended. */
const nodesWith = (facts: ClusterFacts, agent: AgentSet): Set<string> =>
  new Set(
    agent.pods
      .map((row) => facts.pods.pod(row))
      .filter((pod) => pod.phase !== 'Succeeded' && pod.phase !== 'Failed')
      .map((pod) => pod.node),
  );

/**
 * Whether the CNI leaves a node alone on purpose (another system, a taint, an excluded group): it has all the agents it wants, none of
 * them there, and no pod there is on the pod network.
 */
export const isApart = (facts: ClusterFacts, node: string): Tri => {
  const { served, whole } = coverage(facts);
  return served.has(node) ? 'no' : facts.podsComplete ? whole : 'unknown';
};

/** Nodes with an agent or a pod of the pod network, and whether these are all the agents that the CNI wants. */
const coverage = onceFor((facts): { readonly served: ReadonlySet<string>; readonly whole: Tri } => {
  const agents = facts.cnis
    .flatMap((cni) => (cni.role === 'primary' ? cni.agents : []))
    .filter((agent) => agent.kind === 'node')
    .map((agent) => ({ wanted: agent.workload?.desired, present: nodesWith(facts, agent) }));
  const served = new Set(agents.flatMap(({ present }) => [...present]));
  for (const pod of eachPod(facts.pods)) if (!pod.hostNetwork) served.add(pod.node);
  if (facts.read(DAEMON_SETS) !== 'yes') return { served, whole: 'unknown' };
  const whole = agents.length > 0 && agents.every(({ wanted, present }) => present.size >= (wanted ?? Infinity));
  return { served, whole: whole ? 'yes' : 'no' };
});

/** Nodes for which no range was asked, since the agent that has to does not work or is not there. */
export function unableToAsk(facts: ClusterFacts): ReadonlySet<string> {
  if (facts.rangeNotAskedFor.length === 0) return new Set();
  const amiss = new Set([
    ...sickAgents(facts).map(({ pod }) => pod.node),
    ...missingAgents(facts).flatMap(({ nodes }) => nodes.map(({ name }) => name)),
  ]);
  return new Set(facts.rangeNotAskedFor.filter((name) => amiss.has(name)));
}

/** Where not all Nodes could be read: others of them whose agent does not work and says that it has no range. */
export function rangelessByLog(facts: ClusterFacts): { node: string; evidence: Evidence }[] {
  if (knowsNodes(facts)) return [];
  const sick = new Set(sickAgents(facts).flatMap(({ pod }) => (facts.node(pod.node) === undefined ? [pod.node] : [])));
  for (const { node } of facts.nodeRanges) sick.delete(node);
  const said = facts.signals.flatMap(({ means, node, evidence }) =>
    means === 'node-range-missing' && node !== undefined && sick.has(node) ? [{ node, evidence }] : [],
  );
  return [...new Map(said.map((entry) => [entry.node, entry])).values()];
}

const STARTUP_WINDOW_MS = 3 * 60_000;

/** Something on a pod's node that may have made its allocator forget: an agent's container that started anew, a kubelet start, a reboot. */
export type Restart = {
  readonly node: string;
  readonly at: number;
  readonly text: string;
  readonly ref: string;
  readonly source: 'pod' | 'event' | 'node';
};

/** Where an allocator for the whole cluster started anew, it concerns every node. */
export const EVERY_NODE = '*';

/** Every restart that the API still shows, of agents, kubelets and machines. */
export function restarts(facts: ClusterFacts): Restart[] {
  const found: Restart[] = [];
  for (const agent of facts.cnis.flatMap((cni) => cni.agents).filter((candidate) => candidate.kind === 'node')) {
    for (const row of agent.pods) {
      const pod = facts.pods.pod(row);
      const { lastStarted, lastFinished, restarts: count } = pod.containers;
      const at = lastFinished ?? undefined;
      if (count > 0 && at !== undefined)
        found.push({
          node: pod.node,
          at,
          text: `${agent.name} on ${pod.node} ended ${isoTime(at)}${lastStarted === undefined ? '' : ` and started again ${isoTime(lastStarted)}`}`,
          ref: `pod/${pod.namespace}/${pod.name}`,
          source: 'pod',
        });
      const start = pod.started ?? pod.created;
      const node = facts.node(pod.node);
      if (start !== undefined && node?.created !== undefined && start - node.created > STARTUP_WINDOW_MS)
        found.push({
          node: pod.node,
          at: start,
          text: `${agent.name} on ${pod.node} was replaced ${isoTime(start)}`,
          ref: `pod/${pod.namespace}/${pod.name}`,
          source: 'pod',
        });
    }
  }
  for (const agent of facts.cnis.flatMap((cni) => cni.agents).filter((candidate) => candidate.allocates)) {
    for (const row of agent.pods) {
      const pod = facts.pods.pod(row);
      const at = pod.containers.restarts > 0 ? pod.containers.lastFinished : (pod.started ?? pod.created);
      if (at !== undefined)
        found.push({
          node: EVERY_NODE,
          at,
          text: `${pod.name} (${agent.name}) started anew ${isoTime(at)}`,
          ref: `pod/${pod.namespace}/${pod.name}`,
          source: 'pod',
        });
    }
  }
  for (const event of facts.events) {
    const at = event.last;
    if (
      event.object.kind !== 'Node' ||
      at === undefined ||
      !/^(?:Starting|Rebooted|ContainerdStart|DockerStart|KubeletStart|ContainerdRestart)$/.test(event.reason)
    )
      continue;
    if (event.reason === 'Starting' && !/kubelet/i.test(event.message)) continue;
    for (const time of new Set([event.first ?? at, at]))
      found.push({
        node: event.object.name,
        at: time,
        text: `${event.reason} on ${event.object.name} ${isoTime(time)}: ${event.message.slice(0, 100)}`,
        ref: `node/${event.object.name}`,
        source: 'event',
      });
  }
  return found;
}

/** Containers of one name that run from images of different tags on different nodes. */
export function skewedContainers(facts: ClusterFacts, agent: AgentSet): { container: string; images: Map<string, string[]> }[] {
  const byContainer = new Map<string, Map<string, string[]>>();
  for (const row of agent.pods) {
    const pod = facts.pods.pod(row);
    if (pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    for (const entry of pod.containers.images) {
      const [container, image] = [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1).replace(/@sha256:.*$/, '')];
      const images = byContainer.get(container) ?? new Map<string, string[]>();
      byContainer.set(container, images);
      listed(images, image, pod.node || podName(pod));
    }
  }
  return [...byContainer].filter(([, images]) => images.size > 1).map(([container, images]) => ({ container, images }));
}
