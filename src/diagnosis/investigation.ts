import { parseAddress } from '../ip/address.ts';
import { contains, parseRange } from '../ip/range.ts';
import { recordedUnder, unrecorded } from '../derived/usage.ts';
import type { Explanation } from '../model/explanation.ts';
import type { ClusterFacts } from '../model/facts.ts';
import type { Evidence, Finding, FindingId } from '../model/finding.ts';
import type { Pod } from '../model/pod-table.ts';
import type { CauseId, Certainty, RemedyStep, Subject } from '../model/report.ts';

/** What a diagnosis looks at: the facts, what was found wrong, and what the question is about. */
export type Investigation = {
  readonly facts: ClusterFacts;
  readonly findings: readonly Finding[];
  readonly subject: Subject;
  /** The pod asked about, and what belongs to it. */
  readonly pod: Pod | undefined;
  readonly focus: { readonly nodes: ReadonlySet<string>; readonly addresses: ReadonlySet<string>; readonly pods: ReadonlySet<string> };
};

/** A cause as it fits this cluster: how sure, on what proof, and which findings it accounts for. */
export type CauseCase = {
  readonly confidence: Certainty;
  readonly summary: string;
  readonly decisive: readonly Evidence[];
  readonly explains: readonly Finding[];
  /** What speaks against it, or is not known. */
  readonly against?: readonly string[];
  /** How to learn what would decide it. */
  readonly missing?: readonly string[];
};

/** Why a cause that looks plausible is not it. */
export type RuledOut = { readonly not: string };

/** A case for a cause, a reason against it, or nothing that speaks of it. */
export type Weighed = CauseCase | RuledOut | undefined;

/** One leaf of the tree: when it is the cause, and what to do then. */
export type CauseRule = {
  readonly id: CauseId;
  readonly explains: Explanation;
  readonly weigh: (investigation: Investigation) => Weighed;
  /** Ordered steps for this cluster, the least disruptive first. */
  readonly remedy: (investigation: Investigation, found: CauseCase) => readonly RemedyStep[];
  /** What people do wrong here. */
  readonly warnings?: readonly string[];
  readonly verify?: (investigation: Investigation, found: CauseCase) => readonly string[];
};

export const isCase = (found: Weighed): found is CauseCase => found !== undefined && 'confidence' in found;

/** Findings of the given ids, at or above a severity. */
export function of(
  investigation: Investigation,
  ids: FindingId | readonly FindingId[],
  severities: readonly Finding['severity'][] = ['error', 'warning'],
): Finding[] {
  const wanted = new Set<string>([ids].flat());
  return investigation.findings.filter((finding) => wanted.has(finding.id) && severities.includes(finding.severity));
}

const CONFLICTS: readonly FindingId[] = [
  'duplicate-pod-ip',
  'duplicate-secondary-ip',
  'terminating-holder',
  'ipam-double-allocation',
  'ipam-in-use-not-allocated',
];

/** Duplicates whose address lies in one of the ranges, or whose pods run on one of the nodes, that another finding is about. */
export function conflictsIn(investigation: Investigation, cause: Finding): Finding[] {
  const ranges = cause.ranges.map((range) => parseRange(range.cidr)).filter((range) => range !== undefined);
  return of(investigation, CONFLICTS).filter((finding) => {
    if (finding.address === undefined) return false;
    const address = parseAddress(finding.address);
    return (
      address !== undefined &&
      ranges.some((range) => contains(range, address)) &&
      (cause.nodes.length === 0 || finding.nodes.some((node) => cause.nodes.includes(node)))
    );
  });
}

/** Conflicts about one address in one network. */
export const conflictsAt = (investigation: Investigation, address: string | undefined, network: string | undefined): Finding[] =>
  of(investigation, [...CONFLICTS, 'static-ip-conflict', 'stale-holder']).filter(
    (finding) => finding.address === address && (network === undefined || finding.network === network),
  );

/** Failing sandboxes and agents on given nodes: often the effect of something else there. */
export const effectsOn = (investigation: Investigation, nodes: readonly string[]): Finding[] =>
  of(investigation, ['sandbox-creation-failing', 'cni-agent-unhealthy', 'cni-agent-missing', 'node-range-missing', 'cni-log-error']).filter(
    (finding) => finding.nodes.some((node) => nodes.includes(node)),
  );

/** Whether a finding touches what was asked about. A question about the whole cluster touches everything. */
export function isAbout(investigation: Investigation, finding: Finding): boolean {
  const { focus, subject } = investigation;
  if (subject.kind === 'Cluster') return true;
  if (subject.kind === 'Node' && finding.nodes.includes(subject.name)) return true;
  if (finding.address !== undefined && focus.addresses.has(finding.address)) return true;
  if (finding.holders.some((holder) => holder.namespace !== undefined && focus.pods.has(`${holder.namespace}/${holder.name}`))) return true;
  if (countsIn(investigation, finding)) return true;
  if (subject.kind === 'Service' && finding.affects.includes(`service/${subject.namespace}/${subject.name}`)) return true;
  if (
    subject.kind === 'Service' &&
    finding.holders.some((holder) => holder.namespace === subject.namespace && holder.name === subject.name)
  )
    return true;
  return false;
}

/** Of many pods without a record a finding shows examples only; the one asked about may be another of them. */
const countsIn = ({ facts, pod }: Investigation, finding: Finding): boolean =>
  finding.id === 'ipam-in-use-not-allocated' &&
  finding.address === undefined &&
  pod !== undefined &&
  (finding.severity === 'error' ? unrecorded(facts) : recordedUnder(facts).flatMap(({ rows }) => rows.map((row) => ({ row })))).some(
    ({ row }) => row === pod.row,
  );

/** Whether a finding concerns the surroundings of what was asked about: its node, or a range that holds its address. */
export function isNear(investigation: Investigation, finding: Finding): boolean {
  const { focus } = investigation;
  if (isAbout(investigation, finding)) return true;
  // One address of a node is no matter of the others there.
  if (finding.address === undefined && finding.nodes.some((node) => focus.nodes.has(node))) return true;
  const addresses = [...focus.addresses].map((address) => parseAddress(address)).filter((address) => address !== undefined);
  return finding.ranges.some((entry) => {
    const range = parseRange(entry.cidr);
    return range !== undefined && addresses.some((address) => contains(range, address));
  });
}

/** The first few pieces of proof of some findings. */
export const proof = (findings: readonly Finding[], most = 6): Evidence[] => {
  const seen = new Set<string>();
  const all = findings.flatMap((finding) => finding.evidence.slice(0, 4));
  return all.filter((evidence) => !seen.has(evidence.text) && seen.add(evidence.text)).slice(0, most);
};

/** The pod that a finding names as holder, if it is in the table. */
export function podOf({ facts }: Investigation, holder: { readonly namespace?: string; readonly name: string }): Pod | undefined {
  const row = facts.pods.find(holder.namespace ?? '', holder.name);
  return row === undefined ? undefined : facts.pods.pod(row);
}

/** `kubectl -n NS delete pod NAME`. */
export const deletePod = (namespace: string, name: string): string => `kubectl -n ${namespace} delete pod ${name}`;

/** Steps that move the pods which wrongly hold an address, never its owner. */
export function moveIntruders(findings: readonly Finding[], most = 4, precondition?: string): RemedyStep[] {
  const intruders = findings.flatMap((finding) => {
    const named = finding.holders.filter((holder) => holder.kind === 'Pod' && holder.role === 'intruder');
    // Where the owner cannot be told, the younger goes.
    const pods = finding.holders.filter((holder) => holder.kind === 'Pod').toSorted((a, b) => (a.since ?? '').localeCompare(b.since ?? ''));
    return named.length > 0 ? named : pods.slice(1);
  });
  const distinct = [...new Map(intruders.map((holder) => [`${holder.namespace}/${holder.name}`, holder])).values()];
  const steps: RemedyStep[] = distinct.slice(0, most).map((holder) => ({
    text: `Recreate ${holder.namespace}/${holder.name}: it gets another address, and the rightful holder is left alone.`,
    command: deletePod(holder.namespace ?? 'default', holder.name),
    ...(precondition === undefined ? {} : { precondition }),
    risk: 'disruptive',
  }));
  if (distinct.length > most)
    steps.push({
      text: `Do the same with ${distinct.length - most} more (kubectl ipconflict scan -A -o name lists them).`,
      risk: 'disruptive',
    });
  return steps;
}

export const verifyAddresses = (findings: readonly Finding[]): string[] =>
  [...new Set(findings.map((finding) => finding.address).filter((address) => address !== undefined))]
    .slice(0, 3)
    .map((address) => `kubectl ipconflict ip ${address}`);
