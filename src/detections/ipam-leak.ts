import { type ClusterFacts, type Pool } from '../model/facts.ts';
import type { Evidence, Finding } from '../model/finding.ts';
import { fullRanges, leaks, nodeUsage, poolOf, rangeNamedIn, type Leak } from '../derived/usage.ts';
import { finding, plural } from './common.ts';
import type { Detection } from './detection.ts';

/** A range that calls itself full with fewer living pods than this share of its size is full of the dead. */
const PODS_SHARE = 0.85;
const MANY = 0.1;

export const ipamLeak: Detection = {
  id: 'ipam-leak',
  explains: {
    title: 'Addresses stay allocated to pods that are gone',
    meaning: 'The allocator keeps addresses for nobody. When enough of them have leaked, the pool looks full while few pods live.',
    arises: 'CNI DEL never ran or failed: a runtime crash, a node reboot, a runtime migration, a reconciler that is missing or broken.',
    tellApart:
      'In a pool that is really full every record belongs to a living pod. A StatefulSet’s sticky address or a retained one is kept on purpose.',
    action:
      'Release the dead records only, with the CNI’s own tool; on a node, drain it before its state directory is cleaned. Enlarging the pool does not help for long.',
    sources: ['containerd/cri#948', 'containernetworking/plugins#498', 'projectcalico/calico#5339', 'k8snetworkplumbingwg/whereabouts#176'],
  },
  *find(facts) {
    yield* leakedRecords(facts);
    if (facts.podsComplete) yield* leakedFiles(facts);
  },
};

/** Records in the API whose pod is gone. */
function* leakedRecords(facts: ClusterFacts): Generator<Finding> {
  const pool = poolOf(facts);
  const complains = facts.signals.some((signal) => signal.means === 'pool-exhausted');
  for (const [where, group] of Map.groupBy(leaks(facts), (leak) => pool(leak.allocation))) {
    const full = where?.capacity !== undefined && (where.used ?? 0) >= where.capacity;
    const share = where?.capacity ? group.length / where.capacity : 0;
    const severity = full || (complains && share > MANY) ? 'error' : share > MANY ? 'warning' : 'info';
    yield finding(
      'ipam-leak',
      severity,
      'confirmed',
      `${plural(group.length, 'address')} of ${where?.name ?? 'an unknown pool'} ${group.length === 1 ? 'is' : 'are'} allocated to pods that are gone`.replace(
        'addresss',
        'addresses',
      ),
      {
        network: where?.network ?? group[0]!.allocation.network,
        ranges: where ? where.ranges.map((range) => ({ cidr: range.text, pool: where.name, source: where.ref })) : [],
        evidence: [...(where ? [usageEvidence(where)] : []), ...group.slice(0, 6).map(leakEvidence)],
      },
    );
  }
}

const usageEvidence = (pool: Pool): Evidence => ({
  source: 'crd',
  ref: pool.ref,
  text: `${pool.ref}: ${pool.used ?? '?'} of ${pool.capacity ?? '?'} addresses allocated`,
});
const leakEvidence = ({ allocation, why }: Leak): Evidence => ({
  source: 'crd',
  ref: allocation.ref,
  text: `${allocation.ref}: ${allocation.address} is kept, but ${why}`,
});

/** host-local keeps its records in files on the node: what shows is a full range beside few pods. */
function* leakedFiles(facts: ClusterFacts): Generator<Finding> {
  const usage = nodeUsage(facts);
  for (const [node, signals] of fullRanges(facts)) {
    const entry = usage.find(
      (candidate) =>
        candidate.node === node &&
        signals.some((signal) => {
          const named = rangeNamedIn(signal);
          return (
            named === undefined ||
            (named.family === candidate.range.family && named.first <= candidate.range.last && candidate.range.first <= named.last)
          );
        }),
    );
    const used = entry?.used() ?? 0;
    if (!entry || used >= entry.capacity * PODS_SHARE) continue;
    const restarts = facts.signals.filter((signal) => signal.means === 'release-failed' && signal.node === node);
    yield finding(
      'ipam-leak',
      'error',
      'likely',
      `${entry.range.text} of ${node} is said to be full, but only ${used} of ${entry.capacity} addresses are in use`,
      {
        network: 'pod',
        nodes: [node],
        ranges: [{ cidr: entry.range.text, node, source: entry.ref }],
        evidence: [
          {
            source: 'arithmetic',
            ref: `node/${node}`,
            text: `${used} live pods have an address in ${entry.range.text}, which has ${entry.capacity} to give`,
          },
          ...signals.slice(0, 2).map((signal) => signal.evidence),
          ...restarts.slice(0, 2).map((signal) => signal.evidence),
        ],
      },
    );
  }
}
