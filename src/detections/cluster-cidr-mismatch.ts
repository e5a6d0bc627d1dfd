import { covers, overlaps, sameRange } from '../ip/range.ts';
import { type ClusterFacts, type ClusterRange, type NodeRange, POD_NETWORK } from '../model/facts.ts';
import { finding } from './common.ts';
import type { Detection } from './detection.ts';

export const clusterCidrMismatch: Detection = {
  id: 'cluster-cidr-mismatch',
  explains: {
    title: 'The CNI, the nodes and the controller disagree about the pod range',
    meaning:
      'The range that the CNI is configured with, the ranges that nodes hold, and the controller’s cluster CIDR do not fit together.',
    arises:
      'The CNI’s manifest kept its default (flannel’s 10.244.0.0/16) while the cluster was made with another range, or one of the two was changed later.',
    tellApart:
      'An IPPool of Calico outside the kubeadm podSubnet works; it only affects masquerading. If a single node lies outside, see node-range-outside-cluster-cidr.',
    action: 'Make the CNI’s configuration name the range that the nodes really have, then restart its agents.',
    sources: ['flannel-io/flannel pkg/subnet/kube/kube.go', 'kubernetes/kubernetes#50305', 'tigera/operator#1512'],
  },
  *find(facts) {
    const stated = facts.clusterRanges.filter((entry) => entry.purpose === 'pod' && entry.basis !== 'kube-proxy');
    const cni = stated.filter((entry) => entry.basis === 'cni');
    // The controller's range concerns only CNIs that take their ranges from Node.spec.podCIDRs.
    const others = facts.nodeRanges.some((entry) => entry.source === 'spec.podCIDRs')
      ? stated.filter((entry) => entry.basis !== 'cni')
      : [];
    const refused = refusedByController(facts, others);
    if (refused) {
      yield mismatch(
        'error',
        `The controller’s ${refused.flags.map((entry) => entry.range.text).join(', ')} does not hold the nodes’ ranges`,
        [...refused.flags, ...cni.slice(0, 2)],
        refused.outside.map((entry) => ({ node: entry.node, cidr: entry.range.text, ref: entry.ref })),
      );
      return;
    }
    for (const configured of cni) {
      const family = facts.nodeRanges.filter((entry) => entry.network === POD_NETWORK && entry.range.family === configured.range.family);
      const siblings = cni.filter((entry) => entry.range.family === configured.range.family);
      const outside = family.filter((entry) => !siblings.some((sibling) => covers(sibling.range, entry.range)));
      const majority = outside.length * 2 > family.length;
      const rival = others.find(
        (entry) => entry.range.family === configured.range.family && !siblings.some((sibling) => overlaps(sibling.range, entry.range)),
      );
      if (facts.addressing === 'node-range' && majority) {
        yield mismatch(
          'error',
          `Nodes have ranges outside the CNI’s ${configured.range.text}`,
          [configured, ...(rival ? [rival] : [])],
          outside.map((entry) => ({ node: entry.node, cidr: entry.range.text, ref: entry.ref })),
        );
        return;
      }
      if (facts.addressing === 'node-range' && rival) {
        yield mismatch(
          'warning',
          `The CNI’s ${configured.range.text} and the controller’s ${rival.range.text} do not overlap`,
          [configured, rival],
          [],
        );
        return;
      }
    }
    const flags = others.filter((entry) => entry.basis === 'flag');
    const contrary = flags.find((entry) =>
      flags.some(
        (other) =>
          other.range.family === entry.range.family &&
          !sameRange(other.range, entry.range) &&
          other.ref !== entry.ref &&
          flags.filter((third) => third.ref === other.ref).every((third) => !sameRange(third.range, entry.range)),
      ),
    );
    if (contrary && facts.addressing === 'node-range')
      yield mismatch('warning', 'Replicas of the control plane have different cluster CIDRs', flags, []);
  },
};

/** A controller whose range does not hold most nodes' ranges cannot start, or serves no further node (kubernetes#82773). Its log says so, or a node waits. */
function refusedByController(
  facts: ClusterFacts,
  stated: readonly ClusterRange[],
): { flags: ClusterRange[]; outside: NodeRange[] } | undefined {
  if (facts.nodeIpam.allocates !== 'yes') return undefined;
  const entries = facts.nodeRanges.filter((entry) => entry.network === POD_NETWORK && entry.source === 'spec.podCIDRs');
  const served = new Set(entries.map((entry) => entry.node));
  const said = facts.signals.some((signal) => signal.means === 'range-outside-cluster');
  const waiting = facts.nodes.some((node) => !served.has(node.name) && !node.virtual && node.deletion === undefined && node.ready === 'no');
  if (!said && !waiting) return undefined;
  for (const family of [4, 6] as const) {
    const flags = stated.filter((entry) => entry.basis === 'flag' && entry.range.family === family);
    const own = entries.filter((entry) => entry.range.family === family);
    const outside = own.filter((entry) => !flags.some((flag) => covers(flag.range, entry.range)));
    if (flags.length > 0 && outside.length * 2 > own.length) return { flags, outside };
  }
  return undefined;
}

function mismatch(
  severity: 'error' | 'warning',
  title: string,
  stated: readonly ClusterRange[],
  outside: readonly { node: string; cidr: string; ref: string }[],
): ReturnType<typeof finding> {
  return finding('cluster-cidr-mismatch', severity, 'confirmed', title, {
    network: POD_NETWORK,
    nodes: outside.map((entry) => entry.node),
    ranges: [
      ...stated.map((entry) => ({ cidr: entry.range.text, source: entry.ref })),
      ...outside.map((entry) => ({ cidr: entry.cidr, node: entry.node, source: entry.ref })),
    ],
    evidence: [
      ...stated.map((entry) => ({
        source: entry.basis === 'flag' ? ('pod' as const) : ('configmap' as const),
        ref: entry.ref,
        text: `${entry.ref} (${entry.basis}): ${entry.range.text}`,
      })),
      ...outside.slice(0, 5).map((entry) => ({ source: 'node' as const, ref: entry.ref, text: `${entry.node} has ${entry.cidr}` })),
    ],
  });
}
