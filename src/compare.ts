import { allFindings, base } from './examine.ts';
import type { ClusterFacts } from './model/facts.ts';
import { compareFindings, compareText, type Finding } from './model/finding.ts';
import { eachPod, podName } from './model/pod-table.ts';
import type { Comparison, ComparedState, MovedAddress, RangeChange } from './model/comparison.ts';
import type { Snapshot } from './model/snapshot.ts';
import { understand } from './understand.ts';

/** Two snapshots → what is new, what is gone, what stayed, which addresses changed hands and which ranges changed. */
export function compare(before: Snapshot, after: Snapshot, toolVersion: string): Comparison {
  const [factsBefore, factsAfter] = [understand(before), understand(after)];
  const [then, now] = [factsBefore, factsAfter].map(
    (facts) =>
      new Map(
        allFindings(facts)
          .filter(matters)
          .map((finding) => [keyOf(finding), finding]),
      ),
  );
  const fresh = [...now!].filter(([key]) => !then!.has(key)).map(([, finding]) => finding);
  const gone = [...then!].filter(([key]) => !now!.has(key)).map(([, finding]) => finding);
  const same = [...now!].filter(([key]) => then!.has(key)).map(([, finding]) => finding);
  const newError = fresh.some((finding) => finding.severity === 'error');
  const states = { before: stateOf(before, factsBefore, toolVersion), after: stateOf(after, factsAfter, toolVersion) };
  const incomplete = states.before.status === 'incomplete' || states.after.status === 'incomplete';
  const essential = [factsBefore, factsAfter].some((facts) => facts.gaps.some((gap) => gap.essential));
  return {
    apiVersion: 'ipconflict/v1',
    kind: 'ComparisonReport',
    status: newError ? 'conflict' : incomplete || essential ? 'incomplete' : 'clean',
    exitCode: newError ? 1 : incomplete || essential ? 3 : 0,
    tool: { version: toolVersion },
    ...states,
    new: fresh.toSorted(compareFindings),
    gone: gone.toSorted(compareFindings),
    same: same.toSorted(compareFindings),
    moved: movedAddresses(factsBefore, factsAfter),
    ranges: changedRanges(factsBefore, factsAfter),
  };
}

const matters = (finding: Finding): boolean => finding.severity !== 'info';

/** What a finding is about, whoever holds it now: an address, else ranges, else nodes, else who is named. */
function keyOf(finding: Finding): string {
  const ranges = finding.ranges.map((range) => `${range.cidr}@${range.node ?? range.pool ?? ''}`).toSorted();
  const about =
    finding.address ??
    (ranges.length > 0
      ? ranges.join(',')
      : finding.nodes.length > 0
        ? finding.nodes.toSorted().join(',')
        : finding.holders
            .map((holder) => `${holder.namespace ?? ''}/${holder.name}`)
            .toSorted()
            .join(','));
  return `${finding.id}|${finding.network ?? ''}|${about}`;
}

function stateOf(snapshot: Snapshot, facts: ClusterFacts, toolVersion: string): ComparedState {
  const findings = allFindings(facts);
  const { source, status, readAt, gaps } = base(snapshot, facts, findings, { failOn: 'error', toolVersion });
  return {
    source,
    readAt,
    status,
    pods: facts.pods.size,
    nodes: facts.nodes.length,
    errors: findings.filter((finding) => finding.severity === 'error').length,
    gaps,
  };
}

/** Pods that are there in both with another address, and addresses that another pod has now. */
function movedAddresses(before: ClusterFacts, after: ClusterFacts): MovedAddress[] {
  const moved: MovedAddress[] = [];
  for (const pod of eachPod(after.pods)) {
    if (pod.hostNetwork || pod.ips.length === 0) continue;
    const row = before.pods.find(pod.namespace, pod.name);
    const former = row === undefined ? undefined : before.pods.pod(row);
    if (former !== undefined && former.ips.length > 0 && former.ips.join(',') !== pod.ips.join(',')) {
      moved.push({ kind: 'pod', pod: podName(pod), from: former.ips, to: pod.ips });
    }
    for (const ip of pod.ips) {
      const owners = before
        .rowsAt(ip)
        .map((at) => before.pods.pod(at))
        .filter((owner) => !owner.hostNetwork)
        .map(podName);
      if (owners.length > 0 && !owners.includes(podName(pod)))
        moved.push({ kind: 'address', address: ip, from: owners.toSorted(compareText), to: [podName(pod)] });
    }
  }
  return moved.toSorted((a, b) => compareText(a.pod ?? a.address ?? '', b.pod ?? b.address ?? ''));
}

/** Ranges by whose they are: of nodes, of pools, of the cluster. */
function changedRanges(before: ClusterFacts, after: ClusterFacts): RangeChange[] {
  const [then, now] = [rangesOf(before), rangesOf(after)];
  const owners = [...new Set([...then.keys(), ...now.keys()])].toSorted(compareText);
  return owners.flatMap((owner) => {
    const from = [...(then.get(owner) ?? [])].toSorted(compareText);
    const to = [...(now.get(owner) ?? [])].toSorted(compareText);
    return from.join(',') === to.join(',') ? [] : [{ owner, from, to }];
  });
}

function rangesOf(facts: ClusterFacts): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const add = (owner: string, cidr: string): void => void found.set(owner, (found.get(owner) ?? new Set()).add(cidr));
  for (const { node, range, network } of facts.nodeRanges) add(`node ${node}${network === 'pod' ? '' : ` (${network})`}`, range.text);
  for (const pool of facts.pools) for (const range of pool.ranges) add(`pool ${pool.name}`, range.text);
  for (const { purpose, range, basis } of facts.clusterRanges) if (basis !== 'observed') add(`${purpose} range of the cluster`, range.text);
  return found;
}
