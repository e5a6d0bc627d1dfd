import type { Finding } from './finding.ts';
import type { Gap } from './gap.ts';
import type { ReportSource, Status } from './report.ts';

/** One side of a comparison. */
export type ComparedState = {
  readonly source: ReportSource;
  readonly readAt: string;
  readonly status: Status;
  readonly pods: number;
  readonly nodes: number;
  readonly errors: number;
  readonly gaps: readonly Gap[];
};

/** A pod whose addresses changed, or an address that changed its pod. */
export type MovedAddress = {
  readonly kind: 'pod' | 'address';
  readonly pod?: string;
  readonly address?: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
};

export type RangeChange = {
  /** `node worker-1`, `pool default`, `pod range of the cluster`. */
  readonly owner: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
};

/** What `diff` reports: errors and warnings that are new, gone, or the same. */
export type Comparison = {
  readonly apiVersion: 'ipconflict/v1';
  readonly kind: 'ComparisonReport';
  readonly status: Status;
  readonly exitCode: number;
  readonly tool: { readonly version: string };
  readonly before: ComparedState;
  readonly after: ComparedState;
  readonly new: readonly Finding[];
  readonly gone: readonly Finding[];
  readonly same: readonly Finding[];
  readonly moved: readonly MovedAddress[];
  readonly ranges: readonly RangeChange[];
};
