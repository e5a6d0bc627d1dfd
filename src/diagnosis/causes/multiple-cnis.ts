import { unrecorded } from '../../derived/usage.ts';
import { since } from '../../derived/holders.ts';
import { predatesCni } from '../../derived/membership.ts';
import { isoTime } from '../../model/finding.ts';
import { podName } from '../../model/pod-table.ts';
import { DAEMON_SETS } from '../../model/resource.ts';
import { pluginOwner, pluginType } from '../../model/sandbox-failure.ts';
import {
  type CauseRule,
  type Investigation,
  type Weighed,
  deletePod,
  isAbout,
  of,
  podOf,
  proof,
  verifyAddresses,
} from '../investigation.ts';

export const multipleCnis: CauseRule = {
  id: 'multiple-cnis',
  explains: {
    title: 'Two address managers hand out pod addresses',
    meaning: 'Two CNIs give addresses out of the same numbers, now or one after the other, and neither knows what the other gave.',
    arises: 'A full CNI applied over another, a migration in the same range that left pods from before running.',
    tellApart:
      'Canal, policy-only Calico, chained Cilium and Multus are designed pairs. After a store was wiped, the pods carry the marks of today’s CNI; pods of a former CNI do not.',
    action: 'Finish the migration: recreate every pod that the other CNI plumbed.',
    sources: ['projectcalico/calico#6161', 'projectcalico/calico#2730', 'cozystack/cozystack#3740'],
  },
  weigh(investigation) {
    const { facts } = investigation;
    const found = of(investigation, 'multiple-cnis');
    const strangers = formerPods(investigation);
    const conflicts = of(investigation, [
      'duplicate-pod-ip',
      'ipam-in-use-not-allocated',
      'sandbox-creation-failing',
      'pod-ip-in-other-node-range',
      'pod-ip-outside-pod-ranges',
    ]);
    if (found.length > 0) {
      const both = found.some((finding) => finding.severity === 'error');
      return {
        confidence: both ? 'certain' : 'possible',
        summary: `${found[0]!.title}.`,
        decisive: [...proof(found), ...strangerProof(strangers), ...proof(of(investigation, 'duplicate-pod-ip'), 3)],
        explains: both ? [...found, ...conflicts, ...of(investigation, 'ipam-double-allocation')] : found,
      };
    }
    if (strangers.length > 0) {
      const touched = conflicts.filter(
        (finding) => finding.id !== 'sandbox-creation-failing' || facts.signals.some((signal) => signal.means === 'route-taken'),
      );
      const cni = facts.cnis.find((candidate) => candidate.role === 'primary');
      const left = facts.cnis.filter((candidate) => candidate.role === 'leftover');
      return {
        confidence: strangers.every(({ old }) => old) ? 'certain' : 'likely',
        summary: `${strangers.length} live pods were plumbed by a former CNI${left.length > 0 ? ` (${left.map((candidate) => candidate.title).join(', ')} left traces)` : ''}; ${cni?.title ?? 'today’s CNI'} does not know their addresses and gives them out again.`,
        decisive: strangerProof(strangers),
        explains: touched,
      };
    }
    const left = calledByName(investigation) ?? beforeTheCni(investigation);
    if (left) return left;
    if (facts.cnis.filter((cni) => cni.role === 'primary').length === 1)
      return { not: `only ${facts.cnis.find((cni) => cni.role === 'primary')!.title} is seen to hand out addresses` };
    return undefined;
  },
  remedy(investigation, found) {
    const strangers = formerPods(investigation);
    const named = strangers.filter(({ pod }) =>
      found.explains.some((finding) => finding.holders.some((holder) => holder.name === pod.name)),
    );
    return [
      ...(calledByName(investigation)
        ? [
            {
              text: `On ${[...new Set(found.explains.flatMap((finding) => finding.nodes))].slice(0, 3).join(', ')}: move the file of the CNI that is gone out of /etc/cni/net.d; the waiting pods then start by themselves.`,
              command: 'ls -l /etc/cni/net.d',
              precondition: 'the file of the CNI that stays is there',
              risk: 'disruptive' as const,
            },
          ]
        : []),
      ...(found.explains.some((finding) => finding.id === 'multiple-cnis')
        ? [
            {
              text: 'Decide which CNI stays; on every node remove the other’s file from /etc/cni/net.d, then delete its DaemonSet.',
              precondition: 'you know which one plumbed most pods',
              risk: 'disruptive' as const,
            },
          ]
        : []),
      ...(named.length > 0 ? named : strangers).slice(0, 4).map(({ pod }) => ({
        text: `Recreate ${podName(pod)}: it gets an address that the CNI keeps a record of.`,
        command: deletePod(pod.namespace, pod.name),
        risk: 'disruptive' as const,
      })),
      {
        text: 'Recreate every other pod from before the change, node by node.',
        precondition: 'only one CNI configuration is left on the node',
        risk: 'disruptive',
      },
    ];
  },
  warnings: ['Do not restart or reinstall a CNI, and do not repair its records: both do what they should with what they know.'],
  verify: (_investigation, found) => ['kubectl ipconflict scan -A', ...verifyAddresses(found.explains)],
};

/** Sandboxes that fail in the binary of a CNI that has no agent here, while another one works: its configuration file was left behind and sorts first. */
function calledByName(investigation: Investigation): Weighed {
  const { facts } = investigation;
  const here = new Set(facts.cnis.filter((cni) => cni.role !== 'leftover').map((cni) => cni.id));
  const main = facts.cnis.find((cni) => cni.role === 'primary' && cni.agents.length > 0);
  if (!main || facts.read(DAEMON_SETS) !== 'yes') return undefined;
  const events = facts.events.filter((event) => {
    const owner = pluginOwner(event.message);
    return owner !== undefined && !here.has(owner);
  });
  const explains = of(investigation, 'sandbox-creation-failing').filter((finding) =>
    finding.holders.some((holder) => events.some(({ object }) => object.namespace === holder.namespace && object.name === holder.name)),
  );
  if (explains.length === 0) return undefined;
  const plugin = pluginType(events[0]!.message)!;
  const nodes = [...new Set(explains.flatMap((finding) => finding.nodes))];
  return {
    confidence: 'likely',
    summary: `The runtime calls ${plugin}, whose CNI has no agent here; ${main.title} hands out the addresses of this cluster.`,
    decisive: [
      ...proof(explains, 3),
      ...main.evidence.slice(0, 1).map((evidence) => ({ ...evidence, text: `${main.title} is installed (${evidence.text})` })),
    ],
    explains,
    missing: [`on ${nodes.slice(0, 3).join(', ')}: ls /etc/cni/net.d (the first name wins)`],
  };
}

/** Pairs whose older side was there before today's CNI, which leaves no mark on pods: a former CNI gave it the address, and this one cannot know. */
function beforeTheCni(investigation: Investigation): Weighed {
  const { facts } = investigation;
  const cni = facts.cnis.find((candidate) => candidate.role === 'primary');
  const traces = facts.cnis.filter((candidate) => candidate.role === 'leftover');
  const explains = of(investigation, 'duplicate-pod-ip', ['error']).filter((finding) => {
    const pods = finding.holders
      .map((holder) => podOf(investigation, holder))
      .filter((pod) => pod !== undefined)
      .toSorted((a, b) => (since(a) ?? 0) - (since(b) ?? 0));
    const [older, younger] = [pods[0], pods.at(-1)];
    return (
      older !== undefined &&
      younger !== undefined &&
      predatesCni(facts, older) === 'yes' &&
      predatesCni(facts, younger) === 'no' &&
      facts.plumbed(older.row) !== 'yes'
    );
  });
  if (!cni || explains.length === 0) return undefined;
  const created = isoTime(cni.since);
  return {
    confidence: traces.length > 0 ? 'likely' : 'possible',
    summary: `One side of each pair is older than ${cni.title}${traces.length > 0 ? ` (${traces.map((candidate) => candidate.title).join(', ')} left traces)` : ''}: a former CNI gave it the address, and ${cni.title} gave it again.`,
    decisive: [
      ...cni.evidence
        .slice(0, 1)
        .map((evidence) => ({ ...evidence, ...(created ? { at: created, text: `${evidence.text}, created ${created}` } : {}) })),
      ...proof(explains, 4),
    ],
    explains,
    against: [`${cni.title} leaves no mark on pods; that it did not plumb the older ones is inferred from the times`],
  };
}

/** Live pods in the pool that no record knows, without the mark that today's CNI leaves on each pod it plumbs: somebody else gave the address. */
function formerPods(
  investigation: Investigation,
): { pod: ReturnType<Investigation['facts']['pods']['pod']>; address: string; old: boolean }[] {
  const { facts } = investigation;
  const installed = facts.cnis.find((cni) => cni.role === 'primary')?.since;
  return unrecorded(facts)
    .filter((entry) => entry.network === 'pod' && facts.plumbed(entry.row) === 'no')
    .map((entry) => {
      const pod = facts.pods.pod(entry.row);
      return { pod, address: entry.address, old: installed !== undefined && (since(pod) ?? Infinity) < installed };
    })
    .toSorted((a, b) => Number(isSubject(investigation, b.address)) - Number(isSubject(investigation, a.address)));
}

const isSubject = (investigation: Investigation, address: string): boolean =>
  investigation.findings.some((finding) => finding.address === address && isAbout(investigation, finding));

const strangerProof = (strangers: ReturnType<typeof formerPods>): ReturnType<typeof proof> =>
  strangers.slice(0, 4).map(({ pod, address, old }) => ({
    source: 'pod',
    ref: `pod/${podName(pod)}`,
    text: `${podName(pod)} has ${address} since ${isoTime(since(pod)) ?? 'an unknown time'}, without the CNI’s mark and without a record${old ? '; it is older than the CNI' : ''}`,
  }));
