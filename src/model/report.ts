import type { Evidence, Finding, FindingId } from './finding.ts';
import type { Gap } from './gap.ts';

/** The leaves of the diagnosis tree. */
export const CAUSE_IDS = [
  'no-conflict',
  'benign-sharing',
  'cni-agent-unhealthy',
  'ip-pool-exhausted',
  'ipam-leak',
  'node-cidr-exhausted',
  'node-cidr-overlap',
  'ip-pool-overlap',
  'cluster-cidr-mismatch',
  'node-cidr-missing',
  'pod-cidr-overlaps-node-network',
  'pod-cidr-overlaps-service-cidr',
  'node-identity-clash',
  'node-reregistered',
  'cni-version-mismatch',
  'static-ip-conflict',
  'multiple-cnis',
  'cni-bypassed',
  'ipam-state-corrupt',
  'allocation-race',
  'infrastructure-address-conflict',
  'stuck-terminating-pod',
  'secondary-ipam-not-cluster-wide',
  'service-ip-conflict',
  'stale-endpoints',
  'inconclusive',
] as const;
export type CauseId = (typeof CAUSE_IDS)[number];

export const STEP_IDS = ['describe-pod', 'pod-events', 'list-pod-ips', 'cni-status', 'cni-logs', 'cluster-cidrs'] as const;
export type StepId = (typeof STEP_IDS)[number];

export const QUESTION_IDS = [
  'events-show-ipam-failure',
  'duplicates-confirmed',
  'cni-unhealthy',
  'pool-exhausted',
  'cidrs-overlap',
  'recent-nodes',
  'version-incompatible',
  'manual-assignment',
  'several-cnis',
  'state-corrupt',
] as const;
export type QuestionId = (typeof QUESTION_IDS)[number];

export type Answer = 'yes' | 'no' | 'unknown';
export type Certainty = 'certain' | 'likely' | 'possible';

/** One step of the playbook, as it turned out. */
export type Step = {
  readonly id: StepId;
  readonly title: string;
  readonly status: 'ok' | 'attention' | 'unknown';
  /** One line: what was looked at, and what was found. */
  readonly summary: string;
  /** The command that shows the same. */
  readonly kubectl: string;
  readonly evidence: readonly Evidence[];
};

/** One answered question on the way to the verdict. */
export type TrailEntry = {
  readonly question: QuestionId;
  readonly asks: string;
  readonly answer: Answer;
  readonly because: string;
  readonly evidence: readonly Evidence[];
  readonly by: 'evidence' | 'operator';
  /** What the evidence says, where the operator says otherwise. */
  readonly proposed?: Answer;
};

export type RemedyStep = {
  readonly text: string;
  readonly command?: string;
  /** What must be true before the step is safe. */
  readonly precondition?: string;
  readonly risk: 'none' | 'disruptive' | 'data-loss';
};

export type KnownBug = { readonly id: string; readonly affected: string; readonly fixed: string; readonly text: string };

export type Verdict = {
  readonly cause: CauseId;
  readonly title: string;
  readonly confidence: Certainty;
  /** One sentence for this cluster. */
  readonly summary: string;
  readonly decisive: readonly Evidence[];
  /** What speaks against it, or what is not known. */
  readonly against: readonly string[];
  readonly ruledOut: readonly { readonly cause: CauseId; readonly because: string }[];
  readonly alternatives: readonly { readonly cause: CauseId; readonly confidence: Certainty; readonly because: string }[];
  readonly knownBug?: KnownBug;
  readonly remedy: readonly RemedyStep[];
  /** What people do wrong here. */
  readonly warnings: readonly string[];
  readonly verify: readonly string[];
  /** How to learn what would decide it, where it is not certain. */
  readonly missing: readonly string[];
  /** Ids of findings the verdict explains. */
  readonly explains: readonly FindingId[];
};

export type Status = 'clean' | 'conflict' | 'incomplete';

export type CniSummary = {
  readonly id: string;
  readonly title: string;
  readonly version?: string;
  readonly confidence: 'high' | 'medium' | 'low';
  readonly role: string;
  readonly ipam: string;
};

export type ReportSource = {
  readonly context?: string;
  readonly server?: string;
  readonly kubernetesVersion?: string;
  readonly files?: readonly string[];
};

type ReportBase = {
  readonly apiVersion: 'ipconflict/v1';
  readonly status: Status;
  readonly exitCode: 0 | 1 | 3;
  readonly tool: { readonly version: string };
  readonly source: ReportSource;
  readonly readAt: string;
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
};

type Overview = {
  readonly scope: { readonly namespaces: readonly string[] | 'all'; readonly selector?: string };
  readonly summary: {
    readonly pods: number;
    readonly addresses: number;
    readonly nodes: number;
    readonly errors: number;
    readonly warnings: number;
    readonly infos: number;
    /** Addresses that more than one pod carries, and that is fine. */
    readonly shared: number;
  };
  readonly cni: readonly CniSummary[];
};

export type ScanReport = ReportBase & Overview & { readonly kind: 'ScanReport' };

/** What `check` was asked about. */
export type Subject =
  | { readonly kind: 'Pod'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'Node'; readonly name: string }
  | { readonly kind: 'Address'; readonly address: string }
  | { readonly kind: 'Service'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'Cluster' };

export type DiagnosisReport = ReportBase &
  Overview & {
    readonly kind: 'DiagnosisReport';
    readonly subject: Subject;
    readonly steps: readonly Step[];
    readonly trail: readonly TrailEntry[];
    readonly verdict: Verdict;
  };

export type AddressReport = ReportBase & {
  readonly kind: 'AddressReport';
  readonly address: string;
  readonly network: string;
  readonly ranges: readonly { readonly cidr: string; readonly what: string; readonly node?: string; readonly pool?: string }[];
  readonly holders: Finding['holders'];
  readonly formerHolders: Finding['holders'];
  readonly usedBy: readonly string[];
  /** IPAM records of the address. */
  readonly records: readonly string[];
};

export type Report = ScanReport | DiagnosisReport | AddressReport;
