import { since } from '../../derived/holders.ts';
import type { Signal } from '../../model/facts.ts';
import { type Evidence, type Finding, isoTime } from '../../model/finding.ts';
import { type Pod, podName } from '../../model/pod-table.ts';
import { type Investigation, of, podOf } from '../investigation.ts';

/** Addresses held twice, on whatever network. */
export const pairsOf = (investigation: Investigation): Finding[] =>
  of(investigation, ['duplicate-pod-ip', 'duplicate-secondary-ip'], ['error']);

/** Whether all holders started within seconds of each other: that is a race of sound allocators. */
export function startedTogether(investigation: Investigation, finding: Finding): boolean {
  const starts = finding.holders
    .map((holder) => podOf(investigation, holder))
    .filter((pod) => pod !== undefined)
    .map((pod) => since(pod) ?? 0);
  return starts.length > 1 && Math.max(...starts) - Math.min(...starts) < 30_000;
}

export const podProof = (pod: Pod, text: string): Evidence => ({
  source: 'pod',
  ref: `pod/${podName(pod)}`,
  text: `${podName(pod)} (since ${isoTime(since(pod)) ?? 'an unknown time'}) ${text}`,
});

/** What the signals rest on, each once. */
export const distinctEvidence = (signals: readonly Signal[]): Evidence[] => [
  ...new Map(signals.map((signal) => [signal.evidence.text, signal.evidence])).values(),
];
