import { finding } from './common.ts';
import type { Detection } from './detection.ts';

const DAY_MS = 24 * 3_600_000;

/** Meanings that other findings already tell, with the state behind them. */
const TOLD_ELSEWHERE = new Set([
  'pool-exhausted',
  'node-range-exhausted',
  'node-ranges-exhausted',
  'node-range-missing',
  'cni-not-initialised',
  'agent-not-running',
  'release-failed',
]);

export const cniLogError: Detection = {
  id: 'cni-log-error',
  explains: {
    title: 'A CNI component reports trouble with addresses',
    meaning: 'A log line, event or status field says something that bears on addresses. It is history until the state agrees.',
    arises: 'Many causes; the meaning stands beside each line.',
    tellApart: 'Optimistic-locking conflicts, retries and the normal collection of leaked addresses are not reported.',
    action: 'Compare with the findings about the state; a line alone is a hint.',
    sources: ['the source file named with each line'],
  },
  *find(facts) {
    const lines = facts.signals.filter(
      (signal) =>
        signal.severity === 'error' &&
        !TOLD_ELSEWHERE.has(signal.means) &&
        signal.pod === undefined &&
        (signal.at === undefined || facts.now - signal.at < DAY_MS),
    );
    for (const [means, group] of Map.groupBy(lines, (signal) => signal.means)) {
      yield finding('cni-log-error', 'warning', 'possible', `${group[0]!.cni} says: ${MEANINGS[means] ?? means}`, {
        nodes: [...new Set(group.map((signal) => signal.node).filter((node) => node !== undefined))],
        evidence: group.slice(0, 5).map((signal) => signal.evidence),
      });
    }
  },
};

const MEANINGS: Readonly<Record<string, string>> = {
  'range-outside-cluster': 'a node’s range lies outside the cluster range',
  'range-on-two-nodes': 'two nodes have one range',
  'two-range-allocators': 'somebody else wrote a node’s range',
  'bridge-keeps-old-range': 'a bridge keeps the gateway of a former range',
  'no-pool': 'no enabled pool is meant for a node or a pod',
  'agent-misconfigured': 'its configuration does not fit this machine',
  'agent-cannot-reach-api': 'it cannot reach the API server',
  'address-taken': 'an address asked for is already given',
  'route-taken': 'a route for the address already points at another pod',
  'node-address-taken': 'another node already uses this node’s address',
  'duplicate-seen': 'it found an address twice',
  'overlap-seen': 'it found overlapping ranges',
  'state-lost': 'its state is gone',
  'state-inconsistent': 'its records contradict each other',
  'live-address-freed': 'it freed an address that may be in use',
  'allocator-started-empty': 'it started without knowing the pods that were there',
  'identity-clash': 'two nodes have one identity',
  'address-not-in-pool': 'an address lies in no pool',
  'version-mismatch': 'its parts are of different versions',
  'service-address-clash': 'a ClusterIP was given twice',
};
