import { prefixLength } from '../ip/range.ts';
import { type ClusterFacts, POD_NETWORK } from '../model/facts.ts';
import { rangelessByLog } from '../derived/agents.ts';
import { knowsNodes } from '../derived/holders.ts';
import { rangeCapacity, serviceRanges } from '../derived/ranges.ts';
import { finding, some } from './common.ts';
import type { Detection } from './detection.ts';

export const nodeRangesExhausted: Detection = {
  id: 'node-ranges-exhausted',
  explains: {
    title: 'The cluster has no range left for another node',
    meaning: 'The cluster range, cut into node ranges of the configured size, is used up: the newest node gets none.',
    arises: 'More nodes than ranges: a small cluster CIDR, a large mask, or ranges held by Node objects that are long dead.',
    tellApart:
      'The event CIDRNotAvailable is noise where the CNI has its own pools. If ranges are free and nodes still have none, the allocator is off.',
    action: 'Add a second cluster CIDR or free the ranges of dead nodes. Do not write a range onto the node by hand.',
    sources: ['kubernetes/kubernetes#85866', 'cilium/cilium#41130', 'cloudnativelabs/kube-router#320'],
  },
  *find(facts) {
    const missing = missingNodes(facts);
    for (const pool of facts.pools) {
      if (pool.gives !== 'node-ranges' || pool.capacity === undefined || (pool.used ?? 0) < pool.capacity || missing.length === 0) continue;
      yield finding(
        'node-ranges-exhausted',
        'error',
        'confirmed',
        `${pool.name} has ${pool.capacity} node ranges, all taken; ${some(missing)} got none`,
        {
          network: POD_NETWORK,
          nodes: missing,
          ranges: pool.ranges.map((range) => ({ cidr: range.text, pool: pool.name, source: pool.ref })),
          evidence: [
            {
              source: 'arithmetic',
              ref: pool.ref,
              text: `${pool.ranges.map((range) => range.text).join(', ')} in pieces of /${pool.blockSize} make ${pool.capacity} ranges; ${knowsNodes(facts) ? `${facts.nodes.length} nodes want one` : `${pool.used} are taken`}`,
            },
            ...said(facts),
          ],
        },
      );
      return;
    }
    const refused = facts.signals.filter(
      (signal) =>
        signal.means === 'node-ranges-exhausted' &&
        signal.cni !== 'kubernetes' &&
        signal.node !== undefined &&
        missing.includes(signal.node),
    );
    if (refused.length > 0) {
      yield finding('node-ranges-exhausted', 'error', 'likely', `The CNI says that no node range is left; ${some(missing)} got none`, {
        network: POD_NETWORK,
        nodes: missing,
        evidence: refused.slice(0, 3).map((signal) => signal.evidence),
      });
      return;
    }
    if (facts.addressing !== 'node-range' || !facts.nodeRanges.some((entry) => entry.source === 'spec.podCIDRs') || missing.length === 0)
      return;
    const used = facts.nodeRanges.filter((entry) => entry.network === POD_NETWORK && entry.range.family === 4);
    const mask = facts.nodeIpam.maskSize4 ?? (used[0] ? prefixLength(used[0].range) : 24) ?? 24;
    const cluster = facts.clusterRanges.find(
      (entry) => entry.purpose === 'pod' && entry.range.family === 4 && entry.basis !== 'kube-proxy',
    );
    const signals = said(facts);
    if (cluster) {
      const capacity = rangeCapacity(
        cluster.range,
        mask,
        serviceRanges(facts).map((entry) => entry.range),
      );
      const taken = new Set(used.map((entry) => entry.range.text)).size;
      if (taken < capacity) return;
      yield finding(
        'node-ranges-exhausted',
        'error',
        'confirmed',
        `${cluster.range.text} has ${capacity} node ranges of /${mask}, all taken; ${some(missing)} got none`,
        {
          network: POD_NETWORK,
          nodes: missing,
          ranges: [{ cidr: cluster.range.text, source: cluster.ref }],
          evidence: [
            {
              source: 'arithmetic',
              ref: cluster.ref,
              text: `${cluster.range.text} (${cluster.ref}) in pieces of /${mask} makes ${capacity} ranges; ${taken} are taken`,
            },
            ...signals,
          ],
        },
      );
    } else if (signals.length > 0) {
      yield finding(
        'node-ranges-exhausted',
        'error',
        'likely',
        `The allocator says that no node range is left; ${some(missing)} got none`,
        { network: POD_NETWORK, nodes: missing, evidence: signals },
      );
    }
  },
};

function missingNodes(facts: ClusterFacts): string[] {
  const served = new Set(facts.nodeRanges.filter((entry) => entry.network === POD_NETWORK).map((entry) => entry.node));
  return [
    ...facts.nodes.filter((node) => !served.has(node.name) && !node.virtual && node.deletion === undefined).map((node) => node.name),
    ...rangelessByLog(facts).map(({ node }) => node),
  ];
}

const said = (facts: ClusterFacts): ReturnType<typeof finding>['evidence'][number][] =>
  facts.signals
    .filter((signal) => signal.means === 'node-ranges-exhausted')
    .slice(0, 3)
    .map((signal) => signal.evidence);
