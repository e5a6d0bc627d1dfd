import { nodeUsage } from '../derived/usage.ts';
import { finding } from './common.ts';
import type { Detection } from './detection.ts';

const NEARLY = 0.9;
/** Below this size a few pods make nine tenths; it says nothing. */
const WORTH_COUNTING = 16;

export const poolNearlyFull: Detection = {
  id: 'pool-nearly-full',
  explains: {
    title: 'A pool or node range is nearly used up',
    meaning: 'Nine tenths or more of the addresses are taken, or no free block is left for the next node.',
    arises: 'Growth; or leaks, if fewer pods live than addresses are taken.',
    tellApart: 'A pool without a free block may still have most of its addresses free: nodes then borrow from each other.',
    action: 'Add a pool before it is full.',
    sources: ['projectcalico/calico#2612'],
  },
  *find(facts) {
    for (const pool of facts.pools) {
      if (!pool.enabled || pool.gives !== 'addresses' || pool.used === undefined || pool.capacity === undefined) continue;
      const share = pool.used / pool.capacity;
      const percent = Math.floor(share * 100);
      const base = {
        network: pool.network,
        ranges: pool.ranges.map((range) => ({ cidr: range.text, pool: pool.name, source: pool.ref })),
        evidence: [{ source: 'crd' as const, ref: pool.ref, text: `${pool.ref}: ${pool.used} of ${pool.capacity} addresses in use` }],
      };
      if (share >= NEARLY && share < 1 && pool.capacity >= WORTH_COUNTING)
        yield finding(
          'pool-nearly-full',
          'warning',
          'confirmed',
          `Pool ${pool.name} is ${percent} % used: ${pool.used} of ${pool.capacity}`,
          base,
        );
      else if (share < NEARLY && pool.blocks !== undefined && pool.blocksUsed !== undefined && pool.blocksUsed >= pool.blocks) {
        yield finding(
          'pool-nearly-full',
          'info',
          'confirmed',
          `Pool ${pool.name} has no free block, ${percent} % of its addresses are used`,
          {
            ...base,
            evidence: [...base.evidence, { source: 'crd', ref: pool.ref, text: `${pool.blocksUsed} of ${pool.blocks} blocks are taken` }],
          },
        );
      }
    }
    for (const { node, range, ref, capacity, ...count } of nodeUsage(facts)) {
      if (capacity < WORTH_COUNTING || count.usedAtMost() / capacity < NEARLY) continue;
      const used = count.used();
      if (used / capacity < NEARLY || used >= capacity) continue;
      yield finding(
        'pool-nearly-full',
        'warning',
        'confirmed',
        `The range ${range.text} of ${node} is ${Math.floor((used / capacity) * 100)} % used`,
        {
          network: 'pod',
          nodes: [node],
          ranges: [{ cidr: range.text, node, source: ref }],
          evidence: [{ source: 'arithmetic', ref: `node/${node}`, text: `${used} live pods of ${capacity} addresses` }],
        },
      );
    }
  },
};
