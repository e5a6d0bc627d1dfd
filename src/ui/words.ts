import type { QuestionId, StepId } from '../model/report.ts';

/** The steps, short enough for a list. */
export const STEP_LABELS: Readonly<Record<StepId, string>> = {
  'describe-pod': 'Describe the pod',
  'pod-events': 'Its events',
  'list-pod-ips': 'All pods’ IPs',
  'cni-status': 'CNI pods',
  'cni-logs': 'CNI logs',
  'cluster-cidrs': 'Pod CIDRs',
};

/** The questions, short enough for a list. */
export const QUESTION_LABELS: Readonly<Record<QuestionId, string>> = {
  'events-show-ipam-failure': 'events show IPAM failure?',
  'duplicates-confirmed': 'duplicates are real?',
  'cni-unhealthy': 'CNI itself fails?',
  'pool-exhausted': 'pool exhausted?',
  'cidrs-overlap': 'ranges overlap?',
  'recent-nodes': 'node came lately?',
  'version-incompatible': 'versions differ?',
  'manual-assignment': 'asked for by hand?',
  'several-cnis': 'several CNIs?',
  'state-corrupt': 'IPAM state wrong?',
};

/** `42,000`. Intl would do the same, and take 14 ms of the first frame. */
export const grouped = (number: number): string => String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');

/** `1 pod`, `2 pods`. */
export const count = (number: number, word: string): string => `${grouped(number)} ${word}${number === 1 ? '' : 's'}`;
