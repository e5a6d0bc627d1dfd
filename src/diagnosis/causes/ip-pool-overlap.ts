import { parseAddress } from '../../ip/address.ts';
import { contains, parseRange } from '../../ip/range.ts';
import type { Finding } from '../../model/finding.ts';
import { type CauseRule, conflictsIn, moveIntruders, of, proof, verifyAddresses } from '../investigation.ts';

export const ipPoolOverlap: CauseRule = {
  id: 'ip-pool-overlap',
  explains: {
    title: 'Two pools or subnets cover the same addresses',
    meaning: 'Two configured pools of one network overlap. Each hands out addresses without seeing the other’s records.',
    arises: 'A pool was added inside another one, with another block size, past the CNI’s own check.',
    tellApart:
      'With a single pool and nested blocks it is the store (ipam-state-corrupt). Pools of different VPCs or VLANs may repeat addresses.',
    action: 'Make the pools disjoint: disable the younger, give its workloads another, recreate its pods.',
    sources: ['projectcalico/calico#3589', 'projectcalico/calico#10778', 'kubeovn/kube-ovn#6489'],
  },
  weigh(investigation) {
    const [balancers, overlaps] = [true, false].map((wanted) =>
      of(investigation, 'overlapping-pools').filter((finding) => isBalancers(finding) === wanted),
    ) as [Finding[], Finding[]];
    if (overlaps.length === 0 && balancers.length > 0) {
      const given = of(investigation, 'pod-ip-equals-service-ip').filter((finding) =>
        balancers.some((pool) => holds(pool, finding.address)),
      );
      return {
        confidence: balancers.some((finding) => finding.severity === 'error') ? 'certain' : 'likely',
        summary: `${balancers[0]!.title}: Services are to get what others have.`,
        decisive: proof([...balancers, ...given]),
        explains: [...balancers, ...given],
      };
    }
    if (overlaps.length === 0) return investigation.facts.pools.length > 1 ? { not: 'the pools are disjoint' } : undefined;
    const effects = [
      ...overlaps.flatMap((overlap) => conflictsIn(investigation, { ...overlap, nodes: [] })),
      ...of(investigation, ['overlapping-ipam-blocks', 'ipam-double-allocation']),
    ];
    return {
      confidence: 'certain',
      summary: `${overlaps[0]!.title}: each gives addresses that the other may have given.`,
      decisive: [...proof(overlaps), ...proof(effects, 3)],
      explains: [...overlaps, ...effects],
    };
  },
  remedy({ facts }, found) {
    const balancer = found.explains.find(isBalancers);
    if (balancer)
      return [
        {
          text: `Leave these addresses out of the load balancer’s pool ${balancer.holders[0]!.name}; Services that have one of them get another.`,
          command: `kubectl edit ${balancer.evidence[0]!.ref.replace(/^(\w+)\/(.+)\/(.+)$/, '$1 -n $2 $3').replace('/', ' ')}`,
          precondition: 'names and firewalls that know the old addresses are changed',
          risk: 'disruptive',
        },
      ];
    const names = found.explains.find((finding) => finding.id === 'overlapping-pools')?.ranges.map((range) => range.pool) ?? [];
    const younger = facts.pools
      .filter((pool) => names.includes(pool.name))
      .toSorted((a, b) => (a.created ?? 0) - (b.created ?? 0))
      .at(-1);
    const isCalico = younger?.ref.startsWith('ippool/') && facts.cnis.some((cni) => cni.id === 'calico');
    return [
      { text: `Add a pool that overlaps nothing for the workloads of ${younger?.name ?? 'the younger pool'}.`, risk: 'none' },
      {
        text: `Stop ${younger?.name ?? 'the younger pool'} from giving addresses; those given stay valid.`,
        ...(isCalico
          ? { command: `kubectl patch ippools.crd.projectcalico.org ${younger!.name} --type merge -p '{"spec":{"disabled":true}}'` }
          : {}),
        precondition: 'the new pool is there',
        risk: 'none',
      },
      ...moveIntruders(found.explains.filter((finding) => finding.id === 'duplicate-pod-ip')),
      {
        text: 'Recreate the remaining pods that have addresses of the disabled pool, then delete it.',
        precondition: 'no pod has an address of it any more',
        risk: 'disruptive',
      },
    ];
  },
  warnings: ['Do not delete IPAM blocks or the older pool: they hold the records of running pods.'],
  verify: (_investigation, found) => ['kubectl ipconflict scan -A', ...verifyAddresses(found.explains)],
};

/** The pool of a load balancer, which no CNI gives pods addresses from. */
export const isBalancers = (finding: Finding): boolean =>
  finding.id === 'overlapping-pools' && finding.holders.some((holder) => holder.kind === 'LoadBalancer');

/** Whether the pool that a finding is about holds an address. */
export function holds(finding: Finding, ip: string | undefined): boolean {
  const address = parseAddress(ip);
  const own = finding.ranges.filter(({ pool }) => pool !== undefined).map(({ cidr }) => parseRange(cidr));
  return address !== undefined && own.some((range) => range !== undefined && contains(range, address));
}
