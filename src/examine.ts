import { eachPod } from './model/pod-table.ts';
import { diagnose, type Overrides } from './diagnosis/diagnose.ts';
import { isLive, countHarmless } from './derived/holders.ts';
import type { ClusterFacts } from './model/facts.ts';
import { compareFindings, type Finding, isoTime, reaches, type Severity } from './model/finding.ts';
import type { CniSummary, DiagnosisReport, ReportSource, ScanReport, Status, Subject } from './model/report.ts';
import type { Snapshot } from './model/snapshot.ts';
import { findAll } from './findings.ts';
import { runPlaybook } from './playbook/steps.ts';
import { understand } from './understand.ts';

export type Threshold = Severity | 'never';

/** What is reported: which namespaces and pods, and from which severity on the exit code is 1. What is compared is always everything. */
export type ExamineOptions = {
  readonly toolVersion: string;
  readonly failOn: Threshold;
  readonly namespaces: readonly string[] | 'all';
  readonly selector?: string;
  /** Whether a pod is reported about, where a selector limits it. */
  readonly selects?: (labels: Readonly<Record<string, string>>) => boolean;
};

/** A snapshot → what `scan` reports. */
export function examineScan(snapshot: Snapshot, options: ExamineOptions): ScanReport {
  const facts = understand(snapshot);
  const findings = withinScope(facts, allFindings(facts), options);
  return { kind: 'ScanReport', ...base(snapshot, facts, findings, options), ...overview(facts, findings, options) };
}

/** A snapshot and what was asked → what `check` reports: steps, trail and verdict. Overrides are answers of the operator. */
export function examineCheck(snapshot: Snapshot, subject: Subject, options: ExamineOptions, overrides: Overrides = {}): DiagnosisReport {
  const facts = understand(snapshot);
  const findings = allFindings(facts);
  const row = subject.kind === 'Pod' ? facts.pods.find(subject.namespace, subject.name) : undefined;
  const steps = runPlaybook({ facts, findings, subject, pod: row === undefined ? undefined : facts.pods.pod(row) });
  return {
    kind: 'DiagnosisReport',
    ...base(snapshot, facts, findings, options),
    ...overview(facts, findings, options),
    subject,
    steps,
    ...diagnose(facts, findings, subject, overrides),
  };
}

/** Every finding, worst first. */
export const allFindings = (facts: ClusterFacts): Finding[] => findAll(facts).toSorted(compareFindings);

/** Status and exit code: a finding at the threshold outranks a gap, and an essential gap forbids "clean". */
export function base(
  snapshot: Snapshot,
  facts: ClusterFacts,
  findings: readonly Finding[],
  options: Pick<ExamineOptions, 'failOn' | 'toolVersion'>,
): Pick<ScanReport, 'apiVersion' | 'status' | 'exitCode' | 'tool' | 'source' | 'readAt' | 'findings' | 'gaps'> {
  const failed = findings.some((finding) => reaches(finding, options.failOn));
  const incomplete = facts.gaps.some((gap) => gap.essential);
  const status: Status = failed ? 'conflict' : incomplete ? 'incomplete' : 'clean';
  return {
    apiVersion: 'ipconflict/v1',
    status,
    exitCode: failed ? 1 : incomplete ? 3 : 0,
    tool: { version: options.toolVersion },
    source: sourceOf(snapshot),
    readAt: isoTime(snapshot.now) ?? '',
    findings,
    gaps: facts.gaps,
  };
}

function sourceOf({ source }: Snapshot): ReportSource {
  const version = source.kubernetesVersion === undefined ? {} : { kubernetesVersion: source.kubernetesVersion };
  return source.kind === 'cluster' ? { context: source.context, server: source.server, ...version } : { files: source.files, ...version };
}

function overview(
  facts: ClusterFacts,
  findings: readonly Finding[],
  options: ExamineOptions,
): Pick<ScanReport, 'scope' | 'summary' | 'cni'> {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  let addresses = 0;
  for (const pod of eachPod(facts.pods)) if (isLive(facts, pod)) addresses += pod.ips.length;
  return {
    scope: { namespaces: options.namespaces, ...(options.selector === undefined ? {} : { selector: options.selector }) },
    summary: {
      pods: facts.pods.size,
      addresses,
      nodes: facts.nodes.length,
      errors: count('error'),
      warnings: count('warning'),
      infos: count('info'),
      shared: countHarmless(facts),
    },
    cni: facts.cnis.map((cni): CniSummary => ({
      id: cni.id,
      title: cni.title,
      ...(cni.versions[0] === undefined ? {} : { version: cni.versions.join(', ') }),
      confidence: cni.confidence,
      role: cni.role,
      ipam: cni.ipam,
    })),
  };
}

/** `-n` and `-l` limit what is reported: findings without pods concern everybody; others are kept if one holder is within. */
function withinScope(facts: ClusterFacts, findings: readonly Finding[], options: ExamineOptions): Finding[] {
  const { namespaces, selects } = options;
  if (namespaces === 'all' && selects === undefined) return [...findings];
  return findings.filter((finding) => {
    const named = finding.holders.filter((holder) => holder.namespace !== undefined);
    if (named.length === 0) return true;
    return named.some((holder) => {
      if (namespaces !== 'all' && !namespaces.includes(holder.namespace!)) return false;
      if (!selects || holder.kind !== 'Pod') return true;
      const row = facts.pods.find(holder.namespace!, holder.name);
      return row !== undefined && selects(facts.pods.pod(row).labels);
    });
  });
}
