import { classOf, plural, podEvidence, countHarmless } from '../derived/holders.ts';
import { knowsEvents } from '../derived/sandboxes.ts';
import { sickAgents } from '../derived/agents.ts';
import { podRanges, serviceRanges } from '../derived/ranges.ts';
import type { ClusterFacts, EventFact } from '../model/facts.ts';
import { type Evidence, type Finding, isoTime } from '../model/finding.ts';
import { eachPod, type Pod, podName } from '../model/pod-table.ts';
import type { Step, StepId, Subject } from '../model/report.ts';

type Context = {
  readonly facts: ClusterFacts;
  readonly findings: readonly Finding[];
  readonly subject: Subject;
  readonly pod: Pod | undefined;
};
type Outcome = Pick<Step, 'status' | 'summary' | 'evidence'>;

/** A step of the playbook: what it looks at, the command that shows the same, and what came of it. */
export type PlaybookStep = {
  readonly id: StepId;
  readonly title: string;
  readonly kubectl: (context: Context) => string;
  readonly look: (context: Context) => Outcome;
};

const outcome = (status: Step['status'], summary: string, evidence: readonly Evidence[] = []): Outcome => ({ status, summary, evidence });
const MOST = 12;

/** The six steps, in the playbook's order. */
const STEPS: readonly PlaybookStep[] = [
  {
    id: 'describe-pod',
    title: 'Describe the pod',
    kubectl: ({ subject }) =>
      subject.kind === 'Pod'
        ? `kubectl -n ${subject.namespace} describe pod ${subject.name}`
        : subject.kind === 'Node'
          ? `kubectl describe node ${subject.name}`
          : subject.kind === 'Service'
            ? `kubectl -n ${subject.namespace} describe service ${subject.name}`
            : 'kubectl get pods -A -o wide',
    look: describe,
  },
  {
    id: 'pod-events',
    title: 'Its events, by time',
    kubectl: ({ subject }) =>
      subject.kind === 'Pod'
        ? `kubectl -n ${subject.namespace} get events --field-selector involvedObject.name=${subject.name} --sort-by=.lastTimestamp`
        : 'kubectl get events -A --field-selector reason=FailedCreatePodSandBox --sort-by=.lastTimestamp',
    look: (context) => {
      const events = relevantEvents(context).toSorted((a, b) => (a.last ?? 0) - (b.last ?? 0));
      const failing = context.findings.filter((finding) => finding.id === 'sandbox-creation-failing' && finding.severity !== 'info');
      if (events.length === 0)
        return knowsEvents(context.facts)
          ? outcome('ok', 'No event tells of trouble with its network (events live one hour).')
          : outcome('unknown', 'No events were read; they live one hour.');
      return outcome(
        failing.length > 0 ? 'attention' : 'ok',
        failing[0]?.title ?? `${events.length === 1 ? 'one event' : `${events.length} events`}, none about addresses`,
        events.slice(-MOST).map(eventLine),
      );
    },
  },
  {
    id: 'list-pod-ips',
    title: 'All pods’ addresses',
    kubectl: ({ pod, subject }) =>
      `kubectl get pods -A -o wide${pod?.ips[0] ? ` | grep -w ${pod.ips[0]}` : subject.kind === 'Address' ? ` | grep -w ${subject.address}` : ''}`,
    look: addresses,
  },
  {
    id: 'cni-status',
    title: 'CNI pods',
    kubectl: ({ facts }) => {
      const agent = facts.cnis.flatMap((cni) => cni.agents).find((candidate) => candidate.workload);
      return `kubectl -n ${agent?.workload?.namespace ?? 'kube-system'} get pods -o wide${agent ? ` | grep ${agent.name}` : ''}`;
    },
    look: cniStatus,
  },
  {
    id: 'cni-logs',
    title: 'CNI logs',
    kubectl: ({ facts, pod }) => {
      const agent = facts.cnis.flatMap((cni) => cni.agents).find((candidate) => candidate.kind === 'node');
      const row = agent?.pods.find((candidate) => facts.pods.pod(candidate).node === pod?.node) ?? agent?.pods[0];
      const on = row === undefined ? undefined : facts.pods.pod(row);
      return on
        ? `kubectl -n ${on.namespace} logs ${on.name} --all-containers --tail=2000 --timestamps`
        : 'kubectl -n kube-system logs -l k8s-app=CNI --tail=2000';
    },
    look: (context) => {
      const { facts } = context;
      const lines = facts.signals.filter((signal) => signal.evidence.source === 'log').toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
      const unread = facts.gaps.filter((gap) => gap.verb === 'log' || gap.resource === 'pods/log');
      if (lines.length > 0)
        return outcome(
          lines.some((signal) => signal.severity === 'error') ? 'attention' : 'ok',
          `${lines.length} telling ${lines.length === 1 ? 'line' : 'lines'}`,
          lines.slice(0, MOST).map((signal) => signal.evidence),
        );
      const silent = facts.cnis.some((cni) => cni.agents.length > 0);
      if (!silent) return outcome('unknown', 'No CNI whose logs the API shows.');
      if (unread.length > 0 && unread.length >= facts.cnis.flatMap((cni) => cni.agents).length)
        return outcome('unknown', `${plural(unread.length, 'log')} could not be read.`);
      return outcome('ok', 'Nothing about exhaustion, conflicts or ranges in what was read.');
    },
  },
  {
    id: 'cluster-cidrs',
    title: 'Pod CIDRs of the cluster',
    kubectl: () => 'kubectl get nodes -o custom-columns=NAME:.metadata.name,IP:.status.addresses[0].address,PODCIDRS:.spec.podCIDRs',
    look: cidrs,
  },
];

/** Every step with its outcome. */
export const runPlaybook = (context: Context): Step[] =>
  STEPS.map((step) => ({ id: step.id, title: step.title, kubectl: step.kubectl(context), ...step.look(context) }));

function describe({ facts, subject, pod, findings }: Context): Outcome {
  if (pod) {
    const node = facts.node(pod.node);
    const klass = classOf(facts, pod);
    const { containers } = pod;
    const lines: Evidence[] = [
      podEvidence(pod, `; ${klass}`),
      {
        source: 'pod',
        ref: `pod/${pod.namespace}/${pod.name}`,
        text: `${containers.running} ${containers.running === 1 ? 'container runs' : 'containers run'}, ${containers.waiting} wait${containers.waitingReason ? ` (${containers.waitingReason})` : ''}, ${plural(containers.restarts, 'restart')}; network: ${pod.hostNetwork ? 'the host’s' : 'its own'}${pod.owner ? `; owner ${pod.owner.kind} ${pod.owner.name}` : ''}`,
      },
      ...(node
        ? [
            {
              source: 'node' as const,
              ref: `node/${node.name}`,
              text: `${node.name}: Ready is ${node.ready}, created ${isoTime(node.created) ?? 'at an unknown time'}, range ${
                facts.nodeRanges
                  .filter((entry) => entry.node === node.name)
                  .map((entry) => entry.range.text)
                  .join(', ') || 'none of its own'
              }`,
            },
          ]
        : []),
    ];
    const waits = pod.ips.length === 0 && pod.phase === 'Pending';
    return outcome(
      waits || klass === 'terminating' || klass === 'unreachable' ? 'attention' : 'ok',
      waits
        ? 'It waits without an address.'
        : `${pod.ips.join(', ') || 'no address'} on ${pod.node || 'no node'}, ${pod.deletion === undefined ? pod.phase : `${pod.phase}, being deleted`}`,
      lines,
    );
  }
  if (subject.kind === 'Node') {
    const node = facts.node(subject.name);
    return node
      ? outcome(node.ready === 'yes' ? 'ok' : 'attention', `${node.name}: Ready is ${node.ready}, ${node.internalIPs.join(', ')}`, [
          {
            source: 'node',
            ref: `node/${node.name}`,
            text: `created ${isoTime(node.created) ?? 'at an unknown time'}, kubelet ${node.kubeletVersion ?? 'unknown'}, ${node.runtime ?? 'runtime unknown'}`,
          },
        ])
      : outcome('unknown', `There is no node ${subject.name}.`);
  }
  if (subject.kind === 'Address') {
    const pods = facts.rowsAt(subject.address).map((row) => facts.pods.pod(row));
    return outcome(
      pods.length > 1 ? 'attention' : 'ok',
      pods.length === 0
        ? `No pod has ${subject.address}.`
        : `${pods.length} ${pods.length === 1 ? 'pod carries' : 'pods carry'} ${subject.address}`,
      pods.slice(0, MOST).map((found) => podEvidence(found, `; ${classOf(facts, found)}`)),
    );
  }
  if (subject.kind === 'Pod') return outcome('unknown', `Pod ${podName(subject)} could not be read.`);
  const worst = findings.find((finding) => finding.severity !== 'info');
  return outcome(
    worst ? 'attention' : 'ok',
    worst ? `No pod was named; the worst finding is: ${worst.title}` : 'No pod was named, and nothing is wrong.',
    worst?.evidence.slice(0, 4),
  );
}

function relevantEvents({ facts, subject, pod }: Context): EventFact[] {
  if (subject.kind === 'Pod')
    return facts.events.filter(
      (event) =>
        event.object.kind === 'Pod' &&
        event.object.namespace === subject.namespace &&
        event.object.name === subject.name &&
        (event.object.uid === '' || pod === undefined || event.object.uid === pod.uid),
    );
  if (subject.kind === 'Node') return facts.events.filter((event) => event.object.kind === 'Node' && event.object.name === subject.name);
  return facts.events.filter((event) => event.reason === 'FailedCreatePodSandBox');
}

const eventLine = (event: EventFact): Evidence => ({
  source: 'event',
  ref: `${event.object.kind.toLowerCase()}/${event.object.namespace}/${event.object.name}`,
  ...(isoTime(event.last) ? { at: isoTime(event.last)! } : {}),
  text: `${event.type === 'Normal' ? '' : `${event.type}: `}${event.reason}: ${event.message.slice(0, 300)}${event.count > 1 ? ` (${event.count} times)` : ''}`,
});

function addresses({ facts, findings }: Context): Outcome {
  const conflicts = findings.filter((finding) => finding.severity === 'error' && /duplicate|holder|equals|static/.test(finding.id));
  let all = 0;
  for (const pod of eachPod(facts.pods)) all += pod.hostNetwork ? 0 : pod.ips.length;
  const shared = countHarmless(facts);
  if (facts.pods.size === 0) return outcome('unknown', 'No pods were read.');
  if (conflicts.length === 0)
    return outcome('ok', `No address is held twice among ${all} of ${facts.pods.size} pods; ${shared} are shared and fine.`);
  return outcome(
    'attention',
    `${conflicts.length} ${conflicts.length === 1 ? 'address is' : 'addresses are'} held twice; ${shared} more are shared and fine`,
    conflicts
      .slice(0, 6)
      .flatMap((finding) => [{ source: 'arithmetic' as const, ref: finding.id, text: finding.title }, ...finding.evidence.slice(0, 3)]),
  );
}

function cniStatus({ facts, findings }: Context): Outcome {
  const cnis = facts.cnis.filter((cni) => cni.role !== 'leftover');
  if (cnis.length === 0) return outcome('unknown', 'No CNI that is known was recognised.');
  const sick = sickAgents(facts);
  const trouble = findings.filter(
    (finding) => /^(?:cni-|multiple-cnis)/.test(finding.id) && finding.id !== 'cni-log-error' && finding.severity !== 'info',
  );
  const lines = cnis.flatMap((cni): Evidence[] => [
    {
      source: 'workload',
      ref: cni.evidence[0]?.ref ?? cni.id,
      text: `${cni.title}${cni.versions.length > 0 ? ` ${cni.versions.join(', ')}` : ''} (${cni.role}, ${cni.ipam}), recognised with ${cni.confidence} confidence`,
    },
    ...cni.agents.map((agent): Evidence => {
      const ill = sick.filter((entry) => entry.agent === agent).length;
      return {
        source: 'workload',
        ref: agent.workload ? `${agent.workload.kind.toLowerCase()}/${agent.workload.namespace}/${agent.name}` : agent.name,
        text: `${agent.name}: ${agent.pods.length - ill} of ${agent.pods.length} work`,
      };
    }),
  ]);
  return outcome(
    trouble.length > 0 ? 'attention' : 'ok',
    trouble[0]?.title ?? cnis.map((cni) => `${cni.title}${cni.versions[0] ? ` ${cni.versions[0]}` : ''}`).join(', '),
    [
      ...sick.slice(0, 6).map((entry): Evidence => ({
        source: 'pod',
        ref: `pod/${entry.pod.namespace}/${entry.pod.name}`,
        text: `${entry.pod.name} on ${entry.pod.node}: ${entry.why}`,
      })),
      ...lines.slice(0, MOST),
    ],
  );
}

function cidrs({ facts, findings }: Context): Outcome {
  const trouble = findings.filter(
    (finding) => /range|pools|cidr|blocks/.test(finding.id) && finding.severity !== 'info' && !finding.id.startsWith('pod-ip'),
  );
  const ranges = podRanges(facts);
  const lines: Evidence[] = [
    ...trouble.slice(0, 4).flatMap((finding) => finding.evidence.slice(0, 2)),
    ...facts.clusterRanges.slice(0, 6).map((entry): Evidence => ({
      source: 'configmap',
      ref: entry.ref,
      text: `${entry.purpose === 'pod' ? 'pod' : 'Service'} range ${entry.range.text} (${entry.basis}, ${entry.ref})`,
    })),
    ...serviceRanges(facts)
      .filter((entry) => entry.basis === 'observed')
      .map((entry): Evidence => ({
        source: 'arithmetic',
        ref: entry.ref,
        text: `Service range ${entry.range.text}, as the ClusterIPs in use show`,
      })),
    ...facts.pools.slice(0, 4).map((pool): Evidence => ({
      source: 'crd',
      ref: pool.ref,
      text: `pool ${pool.name}: ${pool.ranges.map((range) => range.text).join(', ')}${pool.used === undefined || pool.capacity === undefined ? '' : `, ${pool.used} of ${pool.capacity} used`}`,
    })),
  ];
  if (trouble.length > 0) return outcome('attention', trouble[0]!.title, lines);
  if (facts.addressing === 'node-network')
    return outcome('ok', 'Pods have addresses of the nodes’ network; there are no ranges to compare.', lines);
  if (ranges.length === 0) return outcome('unknown', 'No pod range could be read.', lines);
  const perNode = facts.nodeRanges.length;
  return outcome(
    'ok',
    perNode > 0
      ? `${perNode} node ranges, all disjoint`
      : `${facts.pools.length} ${facts.pools.length === 1 ? 'pool' : 'pools'}, disjoint from each other, from the nodes and from the Services`,
    lines,
  );
}
