import { overlappingPairs } from '../ip/range.ts';
import type { Pool } from '../model/facts.ts';
import { finding } from './common.ts';
import type { Detection } from './detection.ts';

export const overlappingPools: Detection = {
  id: 'overlapping-pools',
  explains: {
    title: 'Two pools cover the same addresses',
    meaning: 'Two configured pools or subnets of one network overlap. Each hands out addresses without looking at the other’s records.',
    arises: 'A pool written straight into the API (kubectl, Helm, GitOps) is not checked for overlap as the CNI’s own tool would.',
    tellApart:
      'Pools of different VPCs or VLANs may repeat addresses. A disabled pool of the same block size beside its successor is a migration. Equal block sizes hide the mistake, for both pools then share the block objects.',
    action: 'Disable the younger pool, give its workloads a disjoint one, recreate the pods that have addresses out of it.',
    sources: ['projectcalico/calico#3589', 'projectcalico/calico#10778', 'kubeovn/kube-ovn#6489'],
  },
  *find(facts) {
    for (const [network, pools] of Map.groupBy(facts.pools, (pool) => pool.network)) {
      const entries = pools.flatMap((pool) => pool.ranges.map((range) => ({ pool, range })));
      const seen = new Set<string>();
      for (const [a, b] of overlappingPairs(entries, (entry) => entry.range)) {
        const key = [a.pool.ref, b.pool.ref].toSorted().join('|');
        if (a.pool.ref === b.pool.ref || seen.has(key)) continue;
        seen.add(key);
        const live = a.pool.enabled && b.pool.enabled;
        const harmful = live || a.pool.blockSize !== b.pool.blockSize;
        yield finding(
          'overlapping-pools',
          harmful ? 'error' : 'info',
          'confirmed',
          `Pools ${a.pool.name} (${a.range.text}) and ${b.pool.name} (${b.range.text}) overlap`,
          {
            network,
            ranges: [a, b].map(({ pool, range }) => ({ cidr: range.text, pool: pool.name, source: pool.ref })),
            evidence: [a, b].map(({ pool, range }) => ({
              source: 'crd' as const,
              ref: pool.ref,
              text: `${pool.ref}: ${range.text}${blockText(pool)}${pool.enabled ? '' : ', disabled'}`,
            })),
          },
        );
      }
    }
  },
};

const blockText = (pool: Pool): string => (pool.blockSize === undefined ? '' : `, blocks of /${pool.blockSize}`);
