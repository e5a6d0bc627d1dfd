import { EVERY_NODE, restarts, type Restart } from '../../derived/agents.ts';
import { since } from '../../derived/holders.ts';
import type { Signal } from '../../model/facts.ts';
import { type Evidence, isoTime } from '../../model/finding.ts';
import { refusedAddress } from '../causes/infrastructure-address-conflict.ts';
import { type Investigation, type Weighed, of, podOf, proof } from '../investigation.ts';
import { distinctEvidence, pairsOf } from './proofs.ts';

/** An allocator that forgot gives an address again soon after it started, not days later. */
const AFTER_RESTART_MS = 6 * 3_600_000;
const SOON_MS = 3 * 60_000;
const LOST: ReadonlySet<Signal['means']> = new Set(['state-lost', 'allocator-started-empty', 'live-address-freed', 'state-inconsistent']);

const STATE_REFUSALS: ReadonlySet<Signal['means']> = new Set([
  'state-inconsistent',
  'state-lost',
  'route-taken',
  'address-taken',
  'duplicate-seen',
]);

/** A component says that it freed an address, or started without knowing its pods, and the address or pod is one in question. */
export function freed(investigation: Investigation): Weighed {
  const { facts } = investigation;
  const pairs = [
    ...pairsOf(investigation),
    ...of(investigation, ['ipam-in-use-not-allocated', 'pod-ip-equals-infrastructure-ip'], ['error']),
  ];
  const told = facts.signals.filter((signal) => LOST.has(signal.means));
  const hits = pairs.flatMap((finding) => {
    const signals = told.filter(
      (signal) =>
        (finding.address !== undefined && signal.addresses.includes(finding.address)) ||
        finding.holders.some((holder) => signal.podsNamed.some((pod) => pod.name === holder.name && pod.namespace === holder.namespace)),
    );
    return signals.length > 0 ? [{ finding, signals }] : [];
  });
  if (hits.length > 0) {
    const signals = hits.flatMap((hit) => hit.signals);
    return {
      confidence: hits.some((hit) => hit.signals.some((signal) => signal.severity === 'error' || signal.means === 'live-address-freed'))
        ? 'certain'
        : 'likely',
      summary: `${hits[0]!.finding.address ?? 'An address'} was freed or forgotten while a pod used it, and given out again.`,
      decisive: [
        ...distinctEvidence(signals).slice(0, 3),
        ...proof(
          hits.map((hit) => hit.finding),
          4,
        ),
      ],
      explains: [...pairs, ...of(investigation, 'cni-log-error')],
    };
  }
  // Ring and peer stores (Weave) and others say it of themselves, without naming an address.
  const general = told.filter((signal) => signal.severity === 'error' && signal.means !== 'live-address-freed');
  const nodes = new Set(general.map((signal) => signal.node));
  const touched = pairs.filter(
    (finding) => finding.nodes.some((node) => nodes.has(node)) || general.some((signal) => signal.node === undefined),
  );
  if (general.length === 0) return undefined;
  if (touched.length === 0) {
    // No pair yet: what the allocator says of itself today is the warning before it.
    const said = of(investigation, 'cni-log-error').filter((finding) =>
      finding.evidence.some((evidence) => general.some((signal) => signal.evidence.text === evidence.text)),
    );
    if (said.length === 0) return undefined;
    return {
      confidence: 'likely',
      summary: 'The allocator says that its state is lost or contradicts itself; no address is held twice yet.',
      decisive: distinctEvidence(general).slice(0, 4),
      explains: said,
    };
  }
  return {
    confidence: 'likely',
    summary: `The allocator says that its state is lost or contradicts itself, on a node with ${touched.length === 1 ? 'the pair' : `${touched.length} pairs`}.`,
    decisive: [...distinctEvidence(general).slice(0, 3), ...proof(touched, 3)],
    explains: [...touched, ...of(investigation, 'cni-log-error')],
  };
}

/** Pairs on one node, of which the younger was born soon after the allocator there started anew, and the older before. */
export function forgotten(investigation: Investigation): Weighed {
  const { facts } = investigation;
  const all = restarts(facts);
  const hits = pairsOf(investigation).flatMap((finding) => {
    const pods = finding.holders
      .map((holder) => podOf(investigation, holder))
      .filter((pod) => pod !== undefined)
      .toSorted((a, b) => (since(a) ?? 0) - (since(b) ?? 0));
    const [older, younger] = [pods[0], pods.at(-1)];
    if (!older || !younger || older === younger) return [];
    const [first, second] = [since(older) ?? 0, since(younger) ?? 0];
    const restart = all
      .filter(
        (entry) =>
          (entry.node === EVERY_NODE || (entry.node === younger.node && older.node === younger.node)) &&
          entry.at > first &&
          entry.at - 15_000 <= second &&
          second - entry.at < AFTER_RESTART_MS,
      )
      .toSorted((a, b) => Math.abs(second - a.at) - Math.abs(second - b.at))[0];
    return restart ? [{ finding, restart, soon: second - restart.at < SOON_MS }] : [];
  });
  if (hits.length === 0) return undefined;
  const sure = hits.length > 1 || hits.some((hit) => hit.soon);
  return {
    confidence: sure ? 'likely' : 'possible',
    summary: `${hits.some((hit) => hit.restart.node === EVERY_NODE) ? 'The cluster’s allocator' : `On ${[...new Set(hits.map((hit) => hit.restart.node))].join(', ')} the allocator`} started anew and gave addresses of running pods out again.`,
    decisive: [
      ...hits.slice(0, 2).map((hit) => restartProof(hit.restart)),
      ...proof(
        hits.map((hit) => hit.finding),
        4,
      ),
      ...distinctEvidence(facts.signals.filter((signal) => LOST.has(signal.means))).slice(0, 2),
    ],
    explains: [
      ...hits.map((hit) => hit.finding),
      ...pairsOf(investigation).filter((finding) =>
        hits.some((hit) => hit.restart.node === EVERY_NODE || finding.nodes.includes(hit.restart.node)),
      ),
      ...of(investigation, 'cni-log-error'),
    ],
    against: ['the allocator’s files are on the node; that they were lost is inferred from the times'],
    missing:
      hits[0]!.restart.node === EVERY_NODE
        ? ['the allocator’s log from its start on']
        : [`on ${hits[0]!.restart.node}: ls -lt /var/lib/cni/networks/*`],
  };
}

/** A sandbox fails because the allocator or the node’s network state contradicts itself: the route or endpoint of a former pod is still there. */
export function refused(investigation: Investigation): Weighed {
  const { facts } = investigation;
  const told = facts.signals.filter(
    (signal) => signal.pod !== undefined && STATE_REFUSALS.has(signal.means) && !refusedAddress(facts, signal),
  );
  const failing = of(investigation, 'sandbox-creation-failing').filter((finding) =>
    told.some((signal) => finding.holders.some((holder) => holder.namespace === signal.pod!.namespace && holder.name === signal.pod!.name)),
  );
  if (failing.length === 0) return undefined;
  const sure = told.some((signal) => signal.means === 'state-inconsistent' || signal.means === 'state-lost');
  const node = failing[0]!.nodes[0] ?? 'the node';
  return {
    confidence: sure ? 'likely' : 'possible',
    summary: `A pod on ${node} is refused its address, because the state there still has it for another.`,
    decisive: [...distinctEvidence(told).slice(0, 3), ...proof(failing, 2)],
    explains: failing,
    against: ['the state is on the node; the API shows only the refusal'],
    missing: [`on ${node}: ip route; crictl pods (which sandbox still has the address?)`],
  };
}

const restartProof = (restart: Restart): Evidence => ({
  source: restart.source,
  ref: restart.ref,
  at: isoTime(restart.at)!,
  text: restart.text,
});
