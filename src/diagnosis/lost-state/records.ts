import { since } from '../../derived/holders.ts';
import { recordedUnder, unrecorded } from '../../derived/usage.ts';
import { isoTime } from '../../model/finding.ts';
import { type Investigation, type Weighed, of, proof } from '../investigation.ts';
import { pairsOf, podProof, startedTogether } from './proofs.ts';

/** The store is younger than pods that today's CNI plumbed: it was deleted and made anew (calico/node#254). */
export function storeWiped(investigation: Investigation): Weighed {
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

/** Blocks that contain each other, or a claim that contradicts the record, with one pool behind them. */
export function blocks(investigation: Investigation): Weighed {
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
export function contradictory(investigation: Investigation): Weighed {
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

/** Live pods that the CNI plumbed and its complete records do not keep, or keep for somebody else. */
export function unprotected(investigation: Investigation): Weighed {
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

/** Records that name another node than their pods run on: a collector will take them for leaked (calico#13538). */
export function misattributed(investigation: Investigation): Weighed {
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
