import { rangeIndex } from '../ip/range.ts';
import { within } from '../ip/within.ts';
import { parseAddress } from '../ip/address.ts';
import type { BaseFacts, CniFacts, Recognition } from '../model/facts.ts';
import { eachPod } from '../model/pod-table.ts';
import type { CniProfile } from './cni-profile.ts';
import { podCidrRanges } from './pod-cidrs.ts';

/**
 * kubenet, or a bridge with host-local configured on each node: no agent to be seen, recognised by the pods themselves,
 * most of which have addresses out of some node's spec.podCIDRs. The last resort: asked only where no other CNI hands out addresses.
 */
function recognise(facts: BaseFacts): Recognition | undefined {
  const ranges = podCidrRanges(facts);
  if (ranges.length === 0) return undefined;
  const lookUp = rangeIndex(ranges, (entry) => entry.range);
  const byNode = new Map(
    [...Map.groupBy(ranges, (entry) => entry.node)].map(([node, own]) => [node, within(own.map(({ range }) => range))]),
  );
  const isInside = (ip: string, node: string): boolean => {
    const address = byNode.get(node)?.(ip) ? undefined : parseAddress(ip);
    return address === undefined || lookUp(address).length > 0;
  };
  let inside = 0;
  let all = 0;
  for (const pod of eachPod(facts.pods)) {
    const [ip] = pod.phase !== 'Running' || pod.hostNetwork ? [] : pod.ips;
    if (ip === undefined) continue;
    all++;
    if (isInside(ip, pod.node)) inside++;
  }
  if (inside === 0 || inside * 2 < all) return undefined;
  return {
    id: 'host-local',
    title: 'kubenet or bridge with host-local',
    versions: [],
    confidence: 'low',
    role: 'primary',
    ipam: 'host-local',
    evidence: [
      {
        source: 'arithmetic',
        ref: 'nodes',
        text: `${inside} of ${all} pod addresses lie in a node's spec.podCIDRs, and no CNI agent is to be seen`,
      },
    ],
    agents: [],
    since: undefined,
  };
}

const interpret = (_recognition: Recognition, facts: BaseFacts): Partial<CniFacts> => ({
  addressing: 'node-range',
  nodeRanges: podCidrRanges(facts),
});

export const hostLocal: CniProfile = { id: 'host-local', title: 'kubenet or bridge with host-local', recognise, interpret, signatures: [] };
