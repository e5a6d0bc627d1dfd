import { EVERY_NODE, restarts, type Restart } from '../../derived/agents.ts';
import { since } from '../../derived/holders.ts';
import { recordedUnder, unrecorded } from '../../derived/usage.ts';
import type { ClusterFacts, Signal } from '../../model/facts.ts';
import { type Evidence, type Finding, isoTime } from '../../model/finding.ts';
import { type Pod, podName } from '../../model/pod-table.ts';
import type { RemedyStep } from '../../model/report.ts';
import { refusedAddress } from './infrastructure-address-conflict.ts';
import { type CauseRule, type Investigation, deletePod, moveIntruders, of, podOf, proof, verifyAddresses } from '../investigation.ts';

/** An allocator that forgot gives an address again soon after it started, not days later. */
const AFTER_RESTART_MS = 6 * 3_600_000;
const SOON_MS = 3 * 60_000;
const LOST: ReadonlySet<Signal['means']> = new Set(['state-lost', 'allocator-started-empty', 'live-address-freed', 'state-inconsistent']);

const STATE_REFUSALS: ReadonlySet<Signal['means']> = new Set([
  'state-inconsistent',
  'state-lost',
  'route-taken',
  'address-taken',
  'duplicate-seen',
]);

export const ipamStateCorrupt: CauseRule = {
  id: 'ipam-state-corrupt',
  explains: {
    title: 'The allocator’s records were lost or are wrong',
    meaning:
      'Addresses in use are free in the allocator’s eyes, because its store was wiped, restored, cleaned by mistake, or contradicts itself; they are given out again.',
    arises:
      'A restart with state on a volatile disk or an empty cache, deleted CRDs, a collector that took a live record for leaked, two claims to one block.',
    tellApart:
      'Pairs on one node, the younger born after a restart there; or live pods missing in records that are complete for everybody else. Two starts in the same second are a race; missing records of pods without the CNI’s mark are a former CNI’s.',
    action: 'Stop what frees or forgets, recreate the pods that are not on record, keep the records of those that are.',
    sources: [
      'kubernetes/kubernetes#43910',
      'aws/amazon-vpc-cni-k8s#711',
      'projectcalico/node#254',
      'projectcalico/calico#13538',
      'weaveworks/weave#3310',
    ],
  },
  weigh(investigation) {
    return (
      [
        storeWiped,
        freed,
        blocks,
        contradictory,
        forgotten,
        unprotected,
        lingeringOwner,
        misattributed,
        refused,
        behindTheCloud,
        commonRestart,
      ]
        .map((test) => test(investigation))
        .find((found) => found !== undefined) ?? notCorrupt(investigation)
    );
  },
  remedy({ facts }, found) {
    const pairs = found.explains.filter((finding) => finding.id === 'duplicate-pod-ip' || finding.id === 'duplicate-secondary-ip');
    const claim = found.explains.find((finding) => finding.id === 'overlapping-ipam-blocks');
    const record =
      claim && facts.blocks.find((block) => block.kind === 'record' && claim.ranges.some((range) => range.source === block.ref));
    const stale = claim?.ranges.filter((range) => range.source?.startsWith('blockaffinity/') && range.node !== record?.node) ?? [];
    const reconciler = facts.workloads.find((workload) => workload.kind === 'CronJob' && /ip-reconciler/.test(workload.name));
    const wiped = facts.stores.length > 0 && found.decisive.some((evidence) => evidence.ref.startsWith('customresourcedefinition/'));
    return [
      ...(reconciler && !reconciler.suspended
        ? [
            {
              text: 'Stop the reconciler until it is upgraded, so that it frees nothing more.',
              command: `kubectl -n ${reconciler.namespace} patch cronjob ${reconciler.name} -p '{"spec":{"suspend":true}}'`,
              risk: 'none' as const,
            },
          ]
        : []),
      ...stale.slice(0, 3).map((range) => ({
        text: `Delete the claim of ${range.node} that the block does not name; the block itself stays.`,
        command: `kubectl delete blockaffinities.crd.projectcalico.org ${range.source!.slice('blockaffinity/'.length)}`,
        precondition: `the IPAMBlock ${range.cidr} names another node`,
        risk: 'disruptive' as const,
      })),
      ...moveIntruders(pairs),
      ...moveUnrecorded(facts, found.explains),
      ...recordedUnder(facts)
        .filter(({ whole }) => !whole)
        .slice(0, 2)
        .flatMap(({ node, under }) => [
          {
            text: `On ${node}: mend the node name in the CNI’s configuration (it says ${under}), then restart the agent there, which writes it anew.`,
            command: 'grep -r nodename /etc/cni/net.d /var/lib/calico/nodename',
            risk: 'none' as const,
          },
          {
            text: `Recreate the pods of ${node} that are recorded under ${under}.`,
            precondition: 'the name is mended',
            risk: 'disruptive' as const,
          },
        ]),
      ...(wiped
        ? [
            {
              text: 'Recreate every pod that is older than the store, node by node, so that each address is on record again.',
              command: 'kubectl get pods -A --sort-by=.metadata.creationTimestamp -o wide',
              precondition: 'one node at a time',
              risk: 'disruptive' as const,
            },
          ]
        : []),
      ...(pairs.some((finding) => new Set(finding.nodes).size === 1)
        ? [
            {
              text: 'See that the allocator’s directory on the node survives restarts (/var/lib/cni, /var/run/aws-node, the agent’s host mounts).',
              risk: 'none' as const,
            },
          ]
        : []),
    ];
  },
  warnings: [
    'Do not delete IPAM blocks, the state directory of a node that runs pods, or the CRDs: that is how addresses in use become free.',
    'Do not delete the owner of the address: the one on record is right.',
  ],
  verify: (_investigation, found) => ['kubectl ipconflict scan -A', ...verifyAddresses(found.explains)],
};

const pairsOf = (investigation: Investigation): Finding[] => of(investigation, ['duplicate-pod-ip', 'duplicate-secondary-ip'], ['error']);

/** The store is younger than pods that today's CNI plumbed: it was deleted and made anew (calico/node#254). */
function storeWiped(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const { facts } = investigation;
  const missing = unrecorded(facts).filter((entry) => facts.plumbed(entry.row) !== 'no');
  const store = facts.stores.find((candidate) =>
    missing.some((entry) => (since(facts.pods.pod(entry.row)) ?? Infinity) < candidate.created),
  );
  const older = store ? missing.filter((entry) => (since(facts.pods.pod(entry.row)) ?? Infinity) < store.created) : [];
  if (!store || older.length < 2) return undefined;
  return {
    confidence: 'certain',
    summary: `The IPAM store was made anew ${isoTime(store.created)}; ${older.length} live pods are older and not in it.`,
    decisive: [
      { source: 'crd', ref: store.ref, at: isoTime(store.created)!, text: `${store.text} ${isoTime(store.created)}` },
      ...older.slice(0, 3).map((entry) => podProof(facts.pods.pod(entry.row), `has ${entry.address}, and no record`)),
      ...proof(pairsOf(investigation), 3),
    ],
    explains: [
      ...of(investigation, ['ipam-in-use-not-allocated', 'sandbox-creation-failing', 'cni-log-error', 'pod-ip-equals-infrastructure-ip']),
      ...pairsOf(investigation),
    ],
  };
}

/** A component says that it freed an address, or started without knowing its pods, and the address or pod is one in question. */
function freed(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const { facts } = investigation;
  const pairs = [
    ...pairsOf(investigation),
    ...of(investigation, ['ipam-in-use-not-allocated', 'pod-ip-equals-infrastructure-ip'], ['error']),
  ];
  const told = facts.signals.filter((signal) => LOST.has(signal.means));
  const hits = pairs.flatMap((finding) => {
    const signals = told.filter(
      (signal) =>
        (finding.address !== undefined && signal.addresses.includes(finding.address)) ||
        finding.holders.some((holder) => signal.podsNamed.some((pod) => pod.name === holder.name && pod.namespace === holder.namespace)),
    );
    return signals.length > 0 ? [{ finding, signals }] : [];
  });
  if (hits.length > 0) {
    const signals = hits.flatMap((hit) => hit.signals);
    return {
      confidence: hits.some((hit) => hit.signals.some((signal) => signal.severity === 'error' || signal.means === 'live-address-freed'))
        ? 'certain'
        : 'likely',
      summary: `${hits[0]!.finding.address ?? 'An address'} was freed or forgotten while a pod used it, and given out again.`,
      decisive: [
        ...distinctEvidence(signals).slice(0, 3),
        ...proof(
          hits.map((hit) => hit.finding),
          4,
        ),
      ],
      explains: [...pairs, ...of(investigation, 'cni-log-error')],
    };
  }
  // Ring and peer stores (Weave) and others say it of themselves, without naming an address.
  const general = told.filter((signal) => signal.severity === 'error' && signal.means !== 'live-address-freed');
  const nodes = new Set(general.map((signal) => signal.node));
  const touched = pairs.filter(
    (finding) => finding.nodes.some((node) => nodes.has(node)) || general.some((signal) => signal.node === undefined),
  );
  if (general.length === 0) return undefined;
  if (touched.length === 0) {
    // No pair yet: what the allocator says of itself today is the warning before it.
    const said = of(investigation, 'cni-log-error').filter((finding) =>
      finding.evidence.some((evidence) => general.some((signal) => signal.evidence.text === evidence.text)),
    );
    if (said.length === 0) return undefined;
    return {
      confidence: 'likely',
      summary: 'The allocator says that its state is lost or contradicts itself; no address is held twice yet.',
      decisive: distinctEvidence(general).slice(0, 4),
      explains: said,
    };
  }
  return {
    confidence: 'likely',
    summary: `The allocator says that its state is lost or contradicts itself, on a node with ${touched.length === 1 ? 'the pair' : `${touched.length} pairs`}.`,
    decisive: [...distinctEvidence(general).slice(0, 3), ...proof(touched, 3)],
    explains: [...touched, ...of(investigation, 'cni-log-error')],
  };
}

/** Blocks that contain each other, or a claim that contradicts the record, with one pool behind them. */
function blocks(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const found = of(investigation, 'overlapping-ipam-blocks', ['error']);
  if (found.length === 0 || of(investigation, 'overlapping-pools', ['error']).length > 0) return undefined;
  return {
    confidence: pairsOf(investigation).length > 0 ? 'certain' : 'likely',
    summary: `${found[0]!.title}.`,
    decisive: [...proof(found), ...proof(pairsOf(investigation), 2)],
    explains: [...found, ...pairsOf(investigation), ...of(investigation, ['ipam-in-use-not-allocated', 'ipam-double-allocation'])],
  };
}

/** One store, no overlap in it, and two records of one address: the store contradicts itself. */
function contradictory(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const found = of(investigation, 'ipam-double-allocation', ['error']);
  if (found.length === 0 || of(investigation, ['overlapping-pools', 'overlapping-ipam-blocks'], ['error']).length > 0) return undefined;
  const pairs = pairsOf(investigation).filter((pair) => found.some((finding) => finding.address === pair.address));
  return {
    confidence: 'likely',
    summary: `The store has two records of ${found[0]!.address}, and both pods use it.`,
    decisive: [...proof(found), ...proof(pairs, 2)],
    explains: [...found, ...pairs],
  };
}

/** Pairs on one node, of which the younger was born soon after the allocator there started anew, and the older before. */
function forgotten(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const { facts } = investigation;
  const all = restarts(facts);
  const hits = pairsOf(investigation).flatMap((finding) => {
    const pods = finding.holders
      .map((holder) => podOf(investigation, holder))
      .filter((pod) => pod !== undefined)
      .toSorted((a, b) => (since(a) ?? 0) - (since(b) ?? 0));
    const [older, younger] = [pods[0], pods.at(-1)];
    if (!older || !younger || older === younger) return [];
    const [first, second] = [since(older) ?? 0, since(younger) ?? 0];
    const restart = all
      .filter(
        (entry) =>
          (entry.node === EVERY_NODE || (entry.node === younger.node && older.node === younger.node)) &&
          entry.at > first &&
          entry.at - 15_000 <= second &&
          second - entry.at < AFTER_RESTART_MS,
      )
      .toSorted((a, b) => Math.abs(second - a.at) - Math.abs(second - b.at))[0];
    return restart ? [{ finding, restart, soon: second - restart.at < SOON_MS }] : [];
  });
  if (hits.length === 0) return undefined;
  const sure = hits.length > 1 || hits.some((hit) => hit.soon);
  return {
    confidence: sure ? 'likely' : 'possible',
    summary: `${hits.some((hit) => hit.restart.node === EVERY_NODE) ? 'The cluster’s allocator' : `On ${[...new Set(hits.map((hit) => hit.restart.node))].join(', ')} the allocator`} started anew and gave addresses of running pods out again.`,
    decisive: [
      ...hits.slice(0, 2).map((hit) => restartProof(hit.restart)),
      ...proof(
        hits.map((hit) => hit.finding),
        4,
      ),
      ...distinctEvidence(facts.signals.filter((signal) => LOST.has(signal.means))).slice(0, 2),
    ],
    explains: [
      ...hits.map((hit) => hit.finding),
      ...pairsOf(investigation).filter((finding) =>
        hits.some((hit) => hit.restart.node === EVERY_NODE || finding.nodes.includes(hit.restart.node)),
      ),
      ...of(investigation, 'cni-log-error'),
    ],
    against: ['the allocator’s files are on the node; that they were lost is inferred from the times'],
    missing:
      hits[0]!.restart.node === EVERY_NODE
        ? ['the allocator’s log from its start on']
        : [`on ${hits[0]!.restart.node}: ls -lt /var/lib/cni/networks/*`],
  };
}

/** Records that name another node than their pods run on: a collector will take them for leaked (calico#13538). */
function misattributed(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const { facts } = investigation;
  const groups = recordedUnder(facts).filter(({ whole }) => !whole);
  const explains = of(investigation, 'ipam-in-use-not-allocated', ['warning']).filter((finding) =>
    groups.some(({ node, under }) => finding.nodes.includes(node) && finding.nodes.includes(under)),
  );
  if (explains.length === 0) return undefined;
  const { node, under, rows } = groups[0]!;
  return {
    confidence: 'likely',
    summary: `${rows.length} live pods of ${node} are recorded under ${under}: the plugin there goes by another node’s name, and a collector will take their addresses for leaked.`,
    decisive: proof(explains),
    explains,
    missing: [`on ${node}: grep nodename /etc/cni/net.d/*; cat /var/lib/calico/nodename`],
  };
}

/** A sandbox fails because the allocator or the node’s network state contradicts itself: the route or endpoint of a former pod is still there. */
function refused(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const { facts } = investigation;
  const told = facts.signals.filter(
    (signal) => signal.pod !== undefined && STATE_REFUSALS.has(signal.means) && !refusedAddress(facts, signal),
  );
  const failing = of(investigation, 'sandbox-creation-failing').filter((finding) =>
    told.some((signal) => finding.holders.some((holder) => holder.namespace === signal.pod!.namespace && holder.name === signal.pod!.name)),
  );
  if (failing.length === 0) return undefined;
  const sure = told.some((signal) => signal.means === 'state-inconsistent' || signal.means === 'state-lost');
  const node = failing[0]!.nodes[0] ?? 'the node';
  return {
    confidence: sure ? 'likely' : 'possible',
    summary: `A pod on ${node} is refused its address, because the state there still has it for another.`,
    decisive: [...distinctEvidence(told).slice(0, 3), ...proof(failing, 2)],
    explains: failing,
    against: ['the state is on the node; the API shows only the refusal'],
    missing: [`on ${node}: ip route; crictl pods (which sandbox still has the address?)`],
  };
}

/** In a cloud network the cloud gives an address once; a pair means that the agent on a node is behind the cloud, or lost its memory (amazon-vpc-cni-k8s#3019). */
function behindTheCloud(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const { facts } = investigation;
  const pairs = pairsOf(investigation).filter((finding) => finding.network === 'pod' && !startedTogether(investigation, finding));
  if (facts.addressing !== 'node-network' || pairs.length === 0 || of(investigation, 'pod-ip-in-runtime-default-range').length > 0)
    return undefined;
  return {
    confidence: 'possible',
    summary: `${pairs[0]!.address} is held twice in a network where the cloud gives each address once: an agent’s memory disagrees with the cloud.`,
    decisive: proof(pairs, 4),
    explains: pairs,
    against: ['the agent’s records and the cloud’s are not in the API'],
    missing: [
      `on ${pairs[0]!.nodes[0] ?? 'the node'}: the agent’s own log (on AWS /var/log/aws-routed-eni/ipamd.log), and the addresses of its interfaces in the cloud`,
    ],
  };
}

/** Containers of unrelated pods of the node that ended in one minute show a restart that no event remembers (flannel#721). */
function commonRestart(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const { facts } = investigation;
  const pairs = pairsOf(investigation).filter((finding) => finding.network === 'pod' && new Set(finding.nodes).size === 1);
  if (pairs.length < 2) return undefined;
  const node = pairs[0]!.nodes[0]!;
  const onNode = pairs.filter((finding) => finding.nodes.includes(node));
  if (onNode.length < pairs.length) return undefined;
  const ends = new Map<number, Set<string>>();
  for (let row = 0; row < facts.pods.size; row++) {
    const pod = facts.pods.pod(row);
    if (pod.node !== node || pod.containers.restarts === 0 || pod.containers.lastFinished === undefined) continue;
    const minute = Math.floor(pod.containers.lastFinished / 120_000);
    ends.set(minute, (ends.get(minute) ?? new Set()).add(pod.owner?.uid ?? pod.uid));
  }
  const [minute, owners] = [...ends].toSorted((a, b) => b[1].size - a[1].size)[0] ?? [0, new Set<string>()];
  const certain = owners.size >= 3;
  return {
    confidence: 'possible',
    summary: `${onNode.length} pairs on ${node} alone: its own allocator gave addresses twice${certain ? `, after containers of ${owners.size} workloads ended together at ${isoTime(minute * 120_000)}` : ''}.`,
    decisive: proof(onNode),
    explains: onNode,
    against: ['no event shows that the allocator restarted or lost its files'],
    missing: [`on ${node}: ls -lt /var/lib/cni/networks/*; journalctl -u kubelet -u containerd`],
  };
}

/** Live pods that the CNI plumbed and its complete records do not keep, or keep for somebody else. */
function unprotected(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const { facts } = investigation;
  const missing = unrecorded(facts).filter((entry) => facts.plumbed(entry.row) !== 'no');
  const reconciler = facts.workloads.find(
    (workload) => workload.kind === 'CronJob' && workload.lastScheduled !== undefined && /reconcil/.test(workload.name),
  );
  const contested = missing.filter((entry) => entry.recordedFor !== undefined);
  const relevant = contested.length > 0 ? contested : missing;
  if (relevant.length === 0) return undefined;
  const swept =
    reconciler &&
    relevant.some((entry) => {
      const start = since(facts.pods.pod(entry.row)) ?? 0;
      return start < reconciler.lastScheduled! && facts.now - reconciler.lastScheduled! < 24 * 3_600_000;
    });
  const pairs = pairsOf(investigation).filter((finding) => relevant.some((entry) => entry.address === finding.address));
  // Two writers that start together overwrite each other: that is a race, the store is sound.
  if (pairs.length > 0 && !swept && pairs.every((finding) => startedTogether(investigation, finding))) return undefined;
  return {
    confidence: swept || contested.length > 0 ? 'likely' : 'possible',
    summary: `${relevant.length} live pods use addresses that their allocator’s records do not keep for them.`,
    decisive: [
      ...relevant
        .slice(0, 3)
        .map((entry) =>
          podProof(
            facts.pods.pod(entry.row),
            `has ${entry.address}; ${entry.recordedFor?.pod ? `the record names ${entry.recordedFor.pod.namespace}/${entry.recordedFor.pod.name}` : `${entry.where} has no record of it`}`,
          ),
        ),
      ...(swept
        ? [
            {
              source: 'workload' as const,
              ref: `cronjob/${reconciler.namespace}/${reconciler.name}`,
              text: `${reconciler.name} ran ${isoTime(reconciler.lastScheduled)}, between the two`,
            },
          ]
        : []),
      ...proof(pairs, 2),
    ],
    explains: [...of(investigation, ['ipam-in-use-not-allocated', 'ipam-orphan-block', 'sandbox-creation-failing']), ...pairs],
  };
}

/** A finished pod still carries the address that two live pods of its node hold: its late removal freed it (ovn-kubernetes#3919). */
function lingeringOwner(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const { facts } = investigation;
  const hits = pairsOf(investigation)
    .filter((finding) => finding.network === 'pod' && new Set(finding.nodes).size === 1)
    .flatMap((finding) => {
      const finished = facts
        .rowsAt(finding.address ?? '')
        .map((row) => facts.pods.pod(row))
        .filter((pod) => (pod.phase === 'Succeeded' || pod.phase === 'Failed') && finding.nodes.includes(pod.node));
      return finished.length > 0 && !startedTogether(investigation, finding) ? [{ finding, finished }] : [];
    });
  if (hits.length === 0) return undefined;
  return {
    confidence: 'likely',
    summary: `${hits[0]!.finding.address} was freed on behalf of a finished pod that had it before, while a live pod used it.`,
    decisive: [
      ...hits
        .flatMap((hit) => hit.finished)
        .slice(0, 2)
        .map((pod) => podProof(pod, `is ${pod.phase} and had ${pod.ips.join(', ')}`)),
      ...proof(
        hits.map((hit) => hit.finding),
        4,
      ),
    ],
    explains: hits.map((hit) => hit.finding),
  };
}

function startedTogether(investigation: Investigation, finding: Finding): boolean {
  const starts = finding.holders
    .map((holder) => podOf(investigation, holder))
    .filter((pod) => pod !== undefined)
    .map((pod) => since(pod) ?? 0);
  return starts.length > 1 && Math.max(...starts) - Math.min(...starts) < 30_000;
}

function notCorrupt(investigation: Investigation): ReturnType<CauseRule['weigh']> {
  const { facts } = investigation;
  if (facts.recordedNetworks.includes('pod') && unrecorded(facts).length === 0)
    return { not: 'every live address is on record for its own pod' };
  return pairsOf(investigation).length > 0
    ? { not: 'no restart lies between the two, and nothing says that the store was lost' }
    : undefined;
}

/** Live pods that no record protects: each holds the next address to be given out twice. */
function moveUnrecorded(facts: ClusterFacts, explained: readonly Finding[]): RemedyStep[] {
  if (!explained.some((finding) => finding.id === 'ipam-in-use-not-allocated')) return [];
  const paired = new Set(explained.filter((finding) => finding.id !== 'ipam-in-use-not-allocated').map((finding) => finding.address));
  const pods = unrecorded(facts)
    .filter((entry) => facts.plumbed(entry.row) !== 'no' && !paired.has(entry.address))
    .map((entry) => facts.pods.pod(entry.row));
  return pods.slice(0, 4).map((pod) => ({
    text: `Recreate ${podName(pod)}: its address is on nobody’s record and would be given out again.`,
    command: deletePod(pod.namespace, pod.name),
    risk: 'disruptive' as const,
  }));
}

const podProof = (pod: Pod, text: string): Evidence => ({
  source: 'pod',
  ref: `pod/${podName(pod)}`,
  text: `${podName(pod)} (since ${isoTime(since(pod)) ?? 'an unknown time'}) ${text}`,
});
const restartProof = (restart: Restart): Evidence => ({
  source: restart.source,
  ref: restart.ref,
  at: isoTime(restart.at)!,
  text: restart.text,
});
const distinctEvidence = (signals: readonly Signal[]): Evidence[] => [
  ...new Map(signals.map((signal) => [signal.evidence.text, signal.evidence])).values(),
];
