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
export function blocksByNode(facts: ClusterFacts): Map<string, ReadonlySet<string>> {
  const live = livePodsByNode(facts);
  const blocksOn = (node: string): Set<string> => new Set(live.on(node).flatMap((pod) => pod.ips.slice(0, 1).map(blockOf)));
  return new Map(live.nodes().map((node) => [node, blocksOn(node)]));
}

/** Whether every other node that has pods keeps to one block of its own: then nodes have ranges, and these have one together by mistake. */
export function othersHaveTheirOwn(blocks: ReadonlyMap<string, ReadonlySet<string>>, nodes: readonly string[], block: string): boolean {
  const others = [...blocks].filter(([node]) => !nodes.includes(node));
  return others.length > 0 && others.every(([, own]) => own.size === 1 && !own.has(block));
}
