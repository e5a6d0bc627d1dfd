import { contains, overlappingPairs, sameRange } from '../ip/range.ts';
import { parseAddress } from '../ip/address.ts';
import type { Block, ClusterFacts } from '../model/facts.ts';
import { isoTime } from '../model/finding.ts';
import { eachPod } from '../model/pod-table.ts';
import { unrecorded } from '../derived/usage.ts';
import { finding, isLive, some } from './common.ts';
import type { Detection } from './detection.ts';

/** Claims are made and given up all the time; one that contradicts the record for this long is stale. */
const SETTLED_MS = 60_000;
/** A claim that is still pending proves nothing while it is young. */
const PENDING_MS = 3_600_000;

export const overlappingIpamBlocks: Detection = {
  id: 'overlapping-ipam-blocks',
  explains: {
    title: 'Two nodes own the same piece of a pool',
    meaning: 'IPAM blocks contain each other, or two nodes claim one block. Both nodes hand out its addresses and both announce its route.',
    arises:
      'A pool was recreated with another block size while old blocks lived on; two pools overlap; a claim race left a stale affinity.',
    tellApart:
      'Borrowing is no overlap: a pod of one node may rightly hold an address out of another node’s block. A pending claim that is seconds old is normal.',
    action: 'Delete the affinity that the block does not name, never the block itself: it holds the records of running pods.',
    sources: ['projectcalico/calico#6001', 'projectcalico/calico#8446', 'projectcalico/libcalico-go#1377'],
  },
  *find(facts) {
    const records = facts.blocks.filter((block) => block.kind === 'record');
    for (const [a, b] of overlappingPairs(records, (block) => block.range)) {
      if (a.ref === b.ref) continue;
      yield finding(
        'overlapping-ipam-blocks',
        'error',
        'confirmed',
        `Blocks ${a.range.text} and ${b.range.text} cover the same addresses`,
        parts(facts, [a, b]),
      );
    }
    const claims = Map.groupBy(
      facts.blocks.filter((block) => block.kind === 'claim'),
      (block) => block.range.text,
    );
    for (const rivals of claims.values()) {
      const nodes = new Set(rivals.map((claim) => claim.node));
      if (nodes.size < 2) continue;
      const record = records.find((block) => sameRange(block.range, rivals[0]!.range));
      const stale = record ? rivals.filter((claim) => claim.node !== record.node) : rivals.slice(1);
      const settled = stale.some(
        (claim) => facts.now - (claim.created ?? 0) > (claim.state === 'confirmed' ? SETTLED_MS : PENDING_MS) || usesIt(facts, claim),
      );
      yield finding(
        'overlapping-ipam-blocks',
        settled ? 'error' : 'info',
        'confirmed',
        `Block ${rivals[0]!.range.text} is claimed by ${some([...nodes].map(String))}`,
        parts(facts, record ? [record, ...rivals] : rivals),
      );
    }
  },
};

function parts(facts: ClusterFacts, blocks: readonly Block[]): Parameters<typeof finding>[4] {
  const nodes = [...new Set(blocks.map((block) => block.node).filter((node) => node !== undefined))];
  const inside = (node: string): number => {
    let count = 0;
    for (const pod of eachPod(facts.pods)) {
      if (pod.node !== node || !isLive(facts, pod)) continue;
      const address = parseAddress(pod.ips[0]);
      if (address && blocks.some((block) => contains(block.range, address))) count++;
    }
    return count;
  };
  return {
    network: 'pod',
    nodes,
    ranges: [...new Map(blocks.map((block) => [`${block.range.text}|${block.node}`, block])).values()].map((block) => ({
      cidr: block.range.text,
      ...(block.node === undefined ? {} : { node: block.node }),
      source: block.ref,
    })),
    evidence: [
      ...blocks.map((block) => ({
        source: 'crd' as const,
        ref: block.ref,
        ...(isoTime(block.created) ? { at: isoTime(block.created)! } : {}),
        text: `${block.ref}: ${block.range.text}, ${block.kind === 'record' ? 'affinity' : `claim (${block.state})`} of ${block.node ?? 'no node'}`,
      })),
      ...nodes.map((node) => ({
        source: 'arithmetic' as const,
        ref: `node/${node}`,
        text: `${inside(node)} live pods of ${node} have an address in it`,
      })),
    ],
  };
}

/** Pods of the claiming node have addresses of the block that no record keeps for them: it hands them out. */
const usesIt = (facts: ClusterFacts, claim: Block): boolean =>
  unrecorded(facts).some((entry) => {
    const address = parseAddress(entry.address);
    return address !== undefined && contains(claim.range, address) && facts.pods.pod(entry.row).node === claim.node;
  });
