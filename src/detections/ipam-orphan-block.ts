import { parseAddress } from '../ip/address.ts';
import { knowsNodes } from '../derived/holders.ts';
import { contains } from '../ip/range.ts';
import { podsWhere, podName } from '../model/pod-table.ts';
import { finding, isLive, plural, some } from './common.ts';
import type { Detection } from './detection.ts';

export const ipamOrphanBlock: Detection = {
  id: 'ipam-orphan-block',
  explains: {
    title: 'A block belongs to a node that does not exist',
    meaning: 'A piece of the pool is kept for a node that is gone. If live pods have addresses of it, the allocator may clean them away.',
    arises: 'A node was removed or renamed and its affinity stayed; a node’s CNI identity differs from its Node name.',
    tellApart: 'An empty block of a removed node is only waste, and is collected in time.',
    action: 'If live pods use it, check the CNI’s node name on their node before anything is cleaned.',
    sources: ['projectcalico/calico kube-controllers/pkg/controllers/node/ipam.go', 'projectcalico/calico#13538'],
  },
  *find(facts) {
    if (!knowsNodes(facts)) return;
    const orphans = facts.blocks.filter(
      (block) => block.kind === 'record' && block.node !== undefined && facts.node(block.node) === undefined,
    );
    for (const [node, blocks] of Map.groupBy(orphans, (block) => block.node!)) {
      const pods = podsWhere(
        facts.pods,
        (pod) =>
          isLive(facts, pod) &&
          pod.ips.some((ip) => {
            const address = parseAddress(ip);
            return address !== undefined && blocks.some((block) => contains(block.range, address));
          }),
      );
      yield finding(
        'ipam-orphan-block',
        pods.length > 0 ? 'warning' : 'info',
        'confirmed',
        `${plural(blocks.length, 'block')} of ${node}, which is no node${pods.length > 0 ? `; ${plural(pods.length, 'live pod')} use it` : ''}`,
        {
          network: 'pod',
          nodes: [...new Set(pods.map((pod) => pod.node))],
          ranges: blocks.map((block) => ({ cidr: block.range.text, node, source: block.ref })),
          evidence: [
            ...blocks
              .slice(0, 4)
              .map((block) => ({ source: 'crd' as const, ref: block.ref, text: `${block.ref}: ${block.range.text}, affinity of ${node}` })),
            ...(pods.length > 0 ? [{ source: 'pod' as const, ref: 'pods', text: `in use by ${some(pods.map(podName))}` }] : []),
          ],
        },
      );
    }
  },
};
