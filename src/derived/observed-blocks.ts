import { parseAddress } from '../ip/address.ts';
import { cidr } from '../ip/range.ts';
import type { ClusterFacts } from '../model/facts.ts';
import { livePodsByNode } from './holders.ts';

/** The /24 (or /64) around an address: the size of range that nodes usually have, where no object states theirs. */
export function blockOf(text: string | undefined): string {
  const address = parseAddress(text);
  return address ? cidr(address, address.family === 4 ? 24 : 64).text : '';
}

/** The blocks that the live pods of each node lie in. */
export const blocksByNode = (facts: ClusterFacts): Map<string, ReadonlySet<string>> =>
  new Map([...livePodsByNode(facts)].map(([node, pods]) => [node, new Set(pods.flatMap((pod) => pod.ips.slice(0, 1).map(blockOf)))]));

/** Whether every other node that has pods keeps to one block of its own: then nodes have ranges, and these have one together by mistake. */
export function othersHaveTheirOwn(blocks: ReadonlyMap<string, ReadonlySet<string>>, nodes: readonly string[], block: string): boolean {
  const others = [...blocks].filter(([node]) => !nodes.includes(node));
  return others.length > 0 && others.every(([, own]) => own.size === 1 && !own.has(block));
}
