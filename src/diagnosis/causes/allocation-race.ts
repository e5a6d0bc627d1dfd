import { since } from '../../derived/holders.ts';
import { misplacedPods } from '../../derived/membership.ts';
import { type Finding, isoTime } from '../../model/finding.ts';
import { type CauseRule, moveIntruders, of, podOf, proof, verifyAddresses } from '../investigation.ts';

/** Chance does not strike the same two nodes again and again: these count from the same start. */
const NO_CHANCE = 3;
const TOGETHER_MS = 5_000;
const SECONDARY_MS = 60_000;

export const allocationRace: CauseRule = {
  id: 'allocation-race',
  explains: {
    title: 'Two allocations won at once',
    meaning: 'The store is sound, but two requests at the same moment got the same address.',
    arises: 'An allocator without a lock that holds, under a burst of new pods.',
    tellApart:
      'Equal start times, one range, no restart in between, no request by hand. With time between the two starts it is lost state.',
    action: 'Recreate one of the pair; upgrade the allocator.',
    sources: ['projectcalico/calicoctl#1295', 'k8snetworkplumbingwg/whereabouts#110'],
  },
  weigh(investigation) {
    const { facts } = investigation;
    // A race needs one store that both asked: the stores of two nodes are two, and an address out of no range is in none.
    const strangers = new Set(misplacedPods(facts).map(({ address }) => address.text));
    const pairs = of(investigation, ['duplicate-pod-ip', 'duplicate-secondary-ip'], ['error']).filter(
      (finding) =>
        finding.id !== 'duplicate-pod-ip' ||
        !(strangers.has(finding.address ?? '') || (facts.addressing === 'node-range' && new Set(finding.nodes).size > 1)),
    );
    const gaps = pairs.map((finding) => {
      const starts = finding.holders
        .map((holder) => podOf(investigation, holder))
        .map((pod) => (pod === undefined ? undefined : since(pod)))
        .filter((start) => start !== undefined);
      return { finding, gap: starts.length > 1 ? Math.max(...starts) - Math.min(...starts) : Infinity, at: Math.max(...starts) };
    });
    const close = gaps.filter(({ finding, gap }) => gap <= (finding.id === 'duplicate-secondary-ip' ? SECONDARY_MS : TOGETHER_MS));
    const together = pairsOfOneNodePair(close.map(({ finding }) => finding));
    if (together !== undefined)
      return {
        not: `${together.pairs} addresses are held by both ${together.nodes.join(' and ')}: they hand out one range, which is no race`,
      };
    if (close.length === 0)
      return gaps.length > 0 && Number.isFinite(gaps[0]!.gap)
        ? { not: `${Math.round(gaps[0]!.gap / 1000)} seconds lie between the two starts` }
        : undefined;
    const recorded = close.some(({ finding }) =>
      facts.allocations.some((allocation) => allocation.address === finding.address && allocation.network === finding.network),
    );
    return {
      confidence: recorded ? 'likely' : 'possible',
      summary: `The pods started together (${isoTime(close[0]!.at) ?? 'at one time'}), and both got ${close[0]!.finding.address}.`,
      decisive: [
        ...proof(
          close.map(({ finding }) => finding),
          4,
        ),
        ...facts.allocations
          .filter((allocation) => allocation.address === close[0]!.finding.address && allocation.network === close[0]!.finding.network)
          .slice(0, 1)
          .map((allocation) => ({
            source: 'crd' as const,
            ref: allocation.ref,
            text: `${allocation.ref} keeps ${allocation.address} for ${allocation.pod ? `${allocation.pod.namespace}/${allocation.pod.name}` : 'one owner'} only: the last writer won`,
          })),
      ],
      explains: [
        ...close.map(({ finding }) => finding),
        ...of(investigation, 'ipam-in-use-not-allocated').filter((finding) =>
          close.some((pair) => pair.finding.address === finding.address),
        ),
      ],
      ...(recorded
        ? {}
        : {
            against: ['a race leaves no trace: it is what remains when state loss, hand-given addresses and overlaps are ruled out'],
            missing: ['the allocator’s own log of that second, on the node'],
          }),
    };
  },
  remedy: (_investigation, found) => [
    ...moveIntruders(found.explains.filter((finding) => finding.id !== 'ipam-in-use-not-allocated')),
    { text: 'Upgrade the allocator to a release that locks across nodes.', risk: 'none' },
  ],
  warnings: ['Do not wipe the store: its records are right but for one.'],
  verify: (_investigation, found) => verifyAddresses(found.explains),
};

/** Several pod addresses, all of them on the same two nodes. */
function pairsOfOneNodePair(findings: readonly Finding[]): { readonly pairs: number; readonly nodes: readonly string[] } | undefined {
  const pairs = findings.filter((finding) => finding.id === 'duplicate-pod-ip');
  const nodes = [...new Set(pairs.flatMap((finding) => finding.nodes))];
  return pairs.length >= NO_CHANCE && nodes.length === 2 && pairs.every((finding) => finding.nodes.length === 2)
    ? { pairs: pairs.length, nodes }
    : undefined;
}
