/** The finding ids of the public interface. An id never changes its meaning. */
export const FINDING_IDS = [
  'duplicate-pod-ip',
  'duplicate-secondary-ip',
  'pod-ip-equals-node-ip',
  'pod-ip-equals-service-ip',
  'pod-ip-equals-infrastructure-ip',
  'pod-ip-in-other-node-range',
  'pod-ip-outside-pod-ranges',
  'pod-ip-in-runtime-default-range',
  'terminating-holder',
  'stale-holder',
  'overlapping-node-ranges',
  'overlapping-pools',
  'overlapping-ipam-blocks',
  'pod-range-overlaps-node-network',
  'pod-range-overlaps-service-range',
  'node-range-missing',
  'node-range-outside-cluster-cidr',
  'cluster-cidr-mismatch',
  'pool-exhausted',
  'pool-nearly-full',
  'node-ranges-exhausted',
  'ipam-leak',
  'ipam-double-allocation',
  'ipam-in-use-not-allocated',
  'ipam-orphan-block',
  'cni-agent-unhealthy',
  'cni-agent-missing',
  'multiple-cnis',
  'cni-version-skew',
  'cni-log-error',
  'sandbox-creation-failing',
  'duplicate-node-identity',
  'duplicate-node-ip',
  'static-ip-conflict',
  'per-node-ipam-on-shared-network',
  'duplicate-service-ip',
  'stale-endpoint',
  'benign-sharing',
] as const;

export type FindingId = (typeof FINDING_IDS)[number];
export type Severity = 'error' | 'warning' | 'info';
export type FindingConfidence = 'confirmed' | 'likely' | 'possible';

export type HolderKind = 'Pod' | 'Node' | 'Tunnel' | 'Service' | 'LoadBalancer' | 'Egress' | 'Allocation';
export type HolderClass =
  | 'live'
  | 'terminating'
  | 'released'
  | 'finished'
  | 'unreachable'
  | 'host'
  | 'migrating'
  | 'virtual'
  | 'pending'
  | 'node'
  | 'tunnel'
  | 'service'
  | 'loadbalancer'
  | 'egress'
  | 'allocation';

/** Somebody who holds an address, and how. */
export type Holder = {
  readonly kind: HolderKind;
  readonly namespace?: string;
  /** A Tunnel is named after its node. */
  readonly name: string;
  readonly uid?: string;
  readonly node?: string;
  readonly interface?: string;
  readonly class: HolderClass;
  /** RFC 3339. */
  readonly since?: string;
  /** Whose address it rightly is, where that can be told. */
  readonly role?: 'owner' | 'intruder' | 'unknown';
};

/** One piece of proof: what was seen, where, and when. */
export type Evidence = {
  readonly source:
    | 'pod'
    | 'node'
    | 'service'
    | 'endpointslice'
    | 'event'
    | 'log'
    | 'configmap'
    | 'workload'
    | 'crd'
    | 'arithmetic'
    | 'operator';
  /** The object or log it stands in: `pod/shop/cart-x2k4p`, `log/kube-system/calico-node-abc/calico-node`. */
  readonly ref: string;
  /** RFC 3339. */
  readonly at?: string;
  readonly text: string;
};

/** A range that a finding is about, and where it is written. */
export type FindingRange = { readonly cidr: string; readonly node?: string; readonly pool?: string; readonly source?: string };

export type Finding = {
  readonly id: FindingId;
  readonly severity: Severity;
  readonly confidence: FindingConfidence;
  readonly title: string;
  readonly address?: string;
  /** The network the address belongs to: `pod` for the pod network, else the network attachment's name. */
  readonly network?: string;
  readonly holders: readonly Holder[];
  readonly ranges: readonly FindingRange[];
  readonly nodes: readonly string[];
  readonly evidence: readonly Evidence[];
  /** Services and EndpointSlices that carry the address. */
  readonly affects: readonly string[];
};

const RANK: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** Worst first; then in the order of FINDING_IDS; then by address, so that output is stable whatever the order of objects. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    RANK[a.severity] - RANK[b.severity] ||
    FINDING_IDS.indexOf(a.id) - FINDING_IDS.indexOf(b.id) ||
    compareText(a.address ?? '', b.address ?? '') ||
    compareText(a.title, b.title)
  );
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether a finding is at or above a severity. */
export const reaches = (finding: Finding, threshold: Severity | 'never'): boolean =>
  threshold !== 'never' && RANK[finding.severity] <= RANK[threshold];

/** RFC 3339 text of a time in milliseconds, or nothing. */
export const isoTime = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString().replace('.000Z', 'Z');
