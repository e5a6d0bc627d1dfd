import { type RecordedUnder, type Unrecorded, recordedUnder, unrecorded } from '../derived/usage.ts';
import { type ClusterFacts, POD_NETWORK } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { podName } from '../model/pod-table.ts';
import { affectedBy, confidenceFor, finding, liveParties, plural, podEvidence, podHolder } from './common.ts';
import type { Detection } from './detection.ts';

/** Beyond this many, single findings would hide that there is one cause. */
const SINGLE = 10;

export const ipamInUseNotAllocated: Detection = {
  id: 'ipam-in-use-not-allocated',
  explains: {
    title: 'A live pod’s address is free in the allocator’s eyes',
    meaning: 'The pod uses an address out of a pool, and no record keeps it for the pod. The next pod may get it.',
    arises:
      'The store was deleted and made anew, a collector freed the record by mistake, the pod comes from a former CNI, or the record names another pod or node.',
    tellApart:
      'Addresses given by an annotation that bypasses IPAM are unrecorded by design. A pod that started this moment may be ahead of its record.',
    action: 'Recreate the pods concerned, oldest allocator first, so that they get recorded addresses.',
    sources: ['projectcalico/node#254', 'projectcalico/calico#11755', 'projectcalico/calico#2730', 'k8snetworkplumbingwg/whereabouts#162'],
  },
  *find(facts) {
    const all = unrecorded(facts);
    const contested = (entry: Unrecorded): boolean =>
      entry.recordedFor !== undefined ||
      liveParties(
        facts,
        facts.rowsAt(entry.address).map((row) => facts.pods.pod(row)),
      ).length > 1 ||
      facts.signals.some((signal) => signal.pod !== undefined && signal.addresses.includes(entry.address));
    const single = all.length <= SINGLE ? all : all.filter(contested).slice(0, SINGLE);
    for (const entry of single) yield one(facts, entry);
    for (const group of recordedUnder(facts)) if (!group.whole) yield misattributed(facts, group);
    const rest = all.filter((entry) => !single.includes(entry));
    if (rest.length === 0) return;
    const pods = rest.map((entry) => facts.pods.pod(entry.row));
    yield finding(
      'ipam-in-use-not-allocated',
      'error',
      'likely',
      `${plural(rest.length, 'more live pod')} with an address that no record keeps`,
      {
        network: rest[0]!.network,
        // The store is at fault, not these pods: they are counted, and shown as examples only.
        nodes: [...new Set(pods.map((pod) => pod.node))],
        evidence: rest.slice(0, 6).map((entry) => ({
          source: 'pod' as const,
          ref: `pod/${podName(facts.pods.pod(entry.row))}`,
          text: `${podName(facts.pods.pod(entry.row))} has ${entry.address}; ${entry.where} has no record of it`,
        })),
      },
    );
  },
};

/** Kept for now, under a wrong name: the records of a node's pods name another. */
function misattributed(facts: ClusterFacts, { node, under, rows, ref }: RecordedUnder): Finding {
  const pods = rows.map((row) => facts.pods.pod(row));
  return finding(
    'ipam-in-use-not-allocated',
    'warning',
    'confirmed',
    `The records of ${plural(pods.length, 'live pod')} on ${node} name ${facts.node(under) ? 'another node' : 'a node that is not there'}, ${under}`,
    {
      network: POD_NETWORK,
      nodes: [node, under],
      evidence: [
        { source: 'crd', ref, text: `${ref}: node ${under}` },
        ...pods.slice(0, 4).map((pod) => ({
          source: 'pod' as const,
          ref: `pod/${podName(pod)}`,
          text: `${podName(pod)} runs on ${pod.node} with ${pod.ips.join(', ')}, recorded for ${under}`,
        })),
      ],
    },
  );
}

function one(facts: ClusterFacts, entry: Unrecorded): Finding {
  const pod = facts.pods.pod(entry.row);
  const record = entry.recordedFor?.pod
    ? `it is recorded for ${entry.recordedFor.pod.namespace}/${entry.recordedFor.pod.name}`
    : 'it is not recorded at all';
  return finding(
    'ipam-in-use-not-allocated',
    'error',
    confidenceFor(facts, [pod]),
    `${entry.address} of ${podName(pod)} is not its own in the allocator’s records`,
    {
      address: entry.address,
      network: entry.network,
      holders: [podHolder(facts, pod)],
      nodes: [pod.node],
      evidence: [
        podEvidence(pod),
        { source: 'crd', ref: entry.recordedFor?.ref ?? entry.where, text: `${entry.address} lies in ${entry.where}, but ${record}` },
      ],
      affects: affectedBy(facts, entry.address),
    },
  );
}
