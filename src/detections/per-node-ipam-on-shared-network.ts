import { podName } from '../model/pod-table.ts';
import { finding, isLive, plural, podHolder, some } from './common.ts';
import type { Detection } from './detection.ts';

export const perNodeIpamOnSharedNetwork: Detection = {
  id: 'per-node-ipam-on-shared-network',
  explains: {
    title: 'An allocator that knows one node serves a network that spans nodes',
    meaning: 'The network attachment uses host-local: each node counts its own addresses from the bottom of the same range, on one wire.',
    arises: 'A NetworkAttachmentDefinition copied from a single-node example.',
    tellApart: 'A bridge without uplink is a network of its own on each node; there host-local is right.',
    action: 'Use an allocator for the whole cluster (Whereabouts, DHCP), or a range for each node; then recreate the pods.',
    sources: ['k8snetworkplumbingwg/ovs-cni#222', 'k8snetworkplumbingwg/multus-cni#52', 'k8snetworkplumbingwg/multus-cni#1150'],
  },
  *find(facts) {
    for (const network of facts.networks) {
      if (network.ipam !== 'host-local' || network.shared === 'no') continue;
      const attachments = facts.attachments.filter(
        (attachment) => attachment.network === network.name && isLive(facts, facts.pods.pod(attachment.row)),
      );
      const nodes = [...new Set(attachments.map((attachment) => facts.pods.pod(attachment.row).node))];
      if (nodes.length < 2) continue;
      const clash = [...Map.groupBy(attachments, (attachment) => attachment.address).values()].filter(
        (group) => new Set(group.map((attachment) => attachment.row)).size > 1,
      );
      if (network.shared === 'unknown' && clash.length === 0) continue;
      const pods = clash.flat().map((attachment) => facts.pods.pod(attachment.row));
      yield finding(
        'per-node-ipam-on-shared-network',
        clash.length > 0 ? 'error' : 'warning',
        network.shared === 'yes' ? 'confirmed' : 'likely',
        `${network.name} uses host-local on ${plural(nodes.length, 'node')}: each counts for itself`,
        {
          network: network.name,
          holders: pods.map((pod) => podHolder(facts, pod)),
          nodes,
          ranges: network.ranges.map((range) => ({ cidr: range.text, source: network.ref })),
          evidence: [
            {
              source: 'crd',
              ref: network.ref,
              text: `${network.ref}: type ${network.plugin}, ipam host-local${network.ranges.length > 0 ? `, ${network.ranges.map((range) => range.text).join(', ')}` : ''}`,
            },
            { source: 'arithmetic', ref: network.ref, text: `in use by pods on ${some(nodes)}` },
            ...clash.slice(0, 3).map((group) => ({
              source: 'pod' as const,
              ref: `pod/${podName(facts.pods.pod(group[0]!.row))}`,
              text: `${group[0]!.address} on ${some(group.map((attachment) => podName(facts.pods.pod(attachment.row))))}`,
            })),
          ],
        },
      );
    }
  },
};
