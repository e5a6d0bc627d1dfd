import { type Range, parseRange } from '../ip/range.ts';
import type { BaseFacts, Workload } from '../model/facts.ts';
import { flag, list, text, texts } from '../model/json.ts';
import { type ListNeed, listOf } from '../model/need.ts';
import { metaOf } from '../model/object-ref.ts';
import { CONFIG_MAPS, custom } from '../model/resource.ts';

/** Addresses that a load balancer in the cluster gives to Services. No CNI knows of them. */
export type BalancerPool = { readonly name: string; readonly ref: string; readonly ranges: readonly Range[] };

const METALLB_POOLS = custom('metallb.io', 'IPAddressPool', 'ipaddresspools', ['v1beta1'], true);
const CILIUM_POOLS = custom('cilium.io', 'CiliumLoadBalancerIPPool', 'ciliumloadbalancerippools', ['v2', 'v2alpha1']);

/** MetalLB's own name for its ConfigMap. */
export const METALLB_CONFIG = 'config';

/** The pools, where there are such kinds; before 0.13 MetalLB had a ConfigMap. */
export function balancerNeeds(facts: BaseFacts): ListNeed[] {
  const undecided = ['overlapping-pools'];
  const kinds = [METALLB_POOLS, CILIUM_POOLS].filter((resource) => facts.serves(resource) === 'yes');
  const old = kinds.includes(METALLB_POOLS) ? [] : facts.workloads.filter(isMetallb);
  const maps = new Map(old.map(({ namespace, args }) => [`${namespace}/${configOf(args)}`, { namespace, name: configOf(args) }]));
  return [...kinds.map((kind) => listOf(kind, undecided)), ...[...maps.values()].map((map) => listOf(CONFIG_MAPS, undecided, map))];
}

const isMetallb = ({ images }: Workload): boolean => images.some((image) => /metallb[/-](?:controller|speaker)/.test(image));
const configOf = (args: readonly string[]): string => args.map((word) => /^--?config=(.+)/.exec(word)?.[1]).find(Boolean) ?? METALLB_CONFIG;

export function balancerPools(facts: BaseFacts): BalancerPool[] {
  const pools = [
    ...facts.objects(METALLB_POOLS).map((pool) => ({ pool, ref: 'ipaddresspool', words: texts(pool, 'spec', 'addresses') })),
    ...facts
      .objects(CILIUM_POOLS)
      .filter((pool) => flag(pool, 'spec', 'disabled') !== true)
      .map((pool) => ({
        pool,
        ref: 'ciliumloadbalancerippool',
        // `cidrs` until Cilium 1.16.
        words: [...list(pool, 'spec', 'blocks'), ...list(pool, 'spec', 'cidrs')].map(
          (block) => text(block, 'cidr') ?? `${text(block, 'start')}-${text(block, 'stop') ?? text(block, 'start')}`,
        ),
      })),
  ].map(({ pool, ref, words }) => {
    const { namespace, name } = metaOf(pool);
    return { name, ref: `${ref}/${namespace === '' ? '' : `${namespace}/`}${name}`, words };
  });
  const maps = facts.configMaps.flatMap(({ namespace, name, data }) =>
    Object.values(data)
      .filter((value) => /^address-pools:/m.test(value))
      .map((value) => ({ name, ref: `configmap/${namespace}/${name}`, words: value.match(WRITTEN) ?? [] })),
  );
  return [...pools, ...maps].map(({ words, ...pool }) => ({
    ...pool,
    ranges: words.map((word) => parseRange(word)).filter((range) => range !== undefined),
  }));
}

/** `a/len` or `a-b` within a line. */
const WRITTEN = /[\da-f:.]+(?:\/\d+| *- *[\da-f:.]+)/gi;
