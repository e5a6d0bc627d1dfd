import { contains, rangeIndex } from '../ip/range.ts';
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
  let inside = 0;
  let all = 0;
  for (const pod of eachPod(facts.pods)) {
    const address = pod.hostNetwork || pod.phase !== 'Running' ? undefined : parseAddress(pod.ips[0]);
    if (!address) continue;
    all++;
    if (lookUp(address).some((entry) => contains(entry.range, address))) inside++;
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
