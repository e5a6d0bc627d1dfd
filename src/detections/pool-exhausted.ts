import { failingSandboxes } from '../derived/sandboxes.ts';
import { type ClusterFacts, POD_NETWORK, type Pool, type Signal } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { rangeSize } from '../ip/range.ts';
import { fullRanges, nodeUsage, rangeNamedIn } from '../derived/usage.ts';
import { podName } from '../model/pod-table.ts';
import { finding, plural, podHolder, some } from './common.ts';
import type { Detection } from './detection.ts';

/** Above this share of a range in use, a message that it is full is taken at its word; below, the rest has leaked. */
const REALLY_FULL = 0.9;

export const poolExhausted: Detection = {
  id: 'pool-exhausted',
  explains: {
    title: 'A pool, block or node range has no free address',
    meaning: 'Pods that need an address of it wait. Nothing is held twice because of that in a sound allocator.',
    arises:
      'More pods than addresses; a node range too small for the pods packed on the node; more nodes than blocks; every pool is disabled, or kept for other nodes.',
    tellApart:
      'Count live pods against the size: far fewer pods than addresses means that addresses leaked. Free addresses without a free block let pods start on borrowed addresses, which is a warning.',
    action: 'Add a pool or a wider range. Never clean the allocator’s state under running pods.',
    sources: ['projectcalico/calico#3246', 'containernetworking/plugins host-local', 'cilium/cilium#9793'],
  },
  *find(facts) {
    for (const pool of facts.pools) {
      if (
        !pool.enabled ||
        pool.capacity === undefined ||
        pool.used === undefined ||
        pool.gives !== 'addresses' ||
        pool.used < pool.capacity
      )
        continue;
      yield finding(
        'pool-exhausted',
        'error',
        'confirmed',
        `Pool ${pool.name} is full: ${pool.used} of ${pool.capacity} addresses`,
        poolParts(pool, `${pool.used} of ${pool.capacity} addresses are allocated`),
      );
    }
    yield* withoutPool(facts);
    yield* blocklessNodes(facts);
    yield* fullNodes(facts);
    const named = facts.signals.filter(
      (signal) => signal.means === 'pool-exhausted' && signal.severity === 'error' && !asksByHand(facts, signal),
    );
    const anyFull = facts.pools.some((pool) => pool.capacity !== undefined && (pool.used ?? 0) >= pool.capacity);
    if (named.length > 0 && !anyFull) {
      yield finding('pool-exhausted', 'error', 'likely', 'The allocator says that it has no free address', {
        nodes: [...new Set(named.map((signal) => signal.node).filter((node) => node !== undefined))],
        ranges: [...new Set(named.flatMap((signal) => signal.ranges))].slice(0, 4).map((cidr) => ({ cidr, source: 'message' })),
        evidence: named.slice(0, 4).map((signal) => signal.evidence),
      });
    }
  },
};

const poolParts = (pool: Pool, text: string): Parameters<typeof finding>[4] => ({
  network: pool.network,
  nodes: pool.node === undefined ? [] : [pool.node],
  ranges: pool.ranges.map((range) => ({ cidr: range.text, pool: pool.name, source: pool.ref })),
  evidence: [{ source: 'crd', ref: pool.ref, text: `${pool.ref}: ${text}` }],
});

/** Pods that wait because no pool gives them anything: all are disabled, or kept for others. */
function* withoutPool(facts: ClusterFacts): Generator<Finding> {
  const waiting = failingSandboxes(facts).filter(({ means }) => means === 'no-pool');
  if (waiting.length === 0) return;
  const pods = [...new Map(waiting.map(({ pod }) => [podName(pod), pod])).values()];
  const pools = facts.pools.filter((pool) => pool.network === POD_NETWORK || pool.only !== undefined);
  const closed = pools.filter((pool) => !pool.enabled || pool.only !== undefined);
  yield finding(
    'pool-exhausted',
    'error',
    closed.length === pools.length && pools.length > 0 ? 'confirmed' : 'likely',
    `No enabled pool is meant for ${plural(pods.length, 'pod')} that ${pods.length === 1 ? 'waits' : 'wait'}: ${some(pods.map(podName))}`,
    {
      network: POD_NETWORK,
      holders: pods.map((pod) => podHolder(facts, pod)),
      nodes: [...new Set(pods.map((pod) => pod.node))],
      ranges: closed.slice(0, 4).flatMap((pool) => pool.ranges.map((range) => ({ cidr: range.text, pool: pool.name, source: pool.ref }))),
      evidence: [
        ...waiting.slice(0, 2).map(({ event: { object, message } }) => ({
          source: 'event' as const,
          ref: `pod/${object.namespace}/${object.name}`,
          text: message.slice(0, 400),
        })),
        ...pools.slice(0, 4).map((pool) => ({
          source: 'crd' as const,
          ref: pool.ref,
          text: `${pool.ref}: ${pool.ranges.map(({ text }) => text).join(', ')}, ${pool.enabled ? `enabled${pool.only === undefined ? '' : `, only for ${pool.only}`}` : 'disabled'}`,
        })),
      ],
    },
  );
}

/** Every block is some node's, and there are nodes that own none: their pods live on borrowed addresses (calico#3246). */
function* blocklessNodes(facts: ClusterFacts): Generator<Finding> {
  for (const pool of facts.pools) {
    if (
      !pool.enabled ||
      pool.blocks === undefined ||
      pool.blocksUsed === undefined ||
      pool.blocksUsed < pool.blocks ||
      (pool.used ?? 0) >= (pool.capacity ?? Infinity)
    )
      continue;
    const owners = new Set(facts.blocks.map((block) => block.node));
    const without = facts.nodes.filter((node) => !node.virtual && !owners.has(node.name) && node.deletion === undefined);
    if (without.length === 0) continue;
    yield finding('pool-exhausted', 'warning', 'confirmed', `Pool ${pool.name} has no free block for ${plural(without.length, 'node')}`, {
      ...poolParts(
        pool,
        `${pool.blocksUsed} of ${pool.blocks} blocks are taken, ${pool.used ?? '?'} of ${pool.capacity ?? '?'} addresses are in use`,
      ),
      nodes: without.map((node) => node.name),
    });
  }
}

/** Nodes whose own range is full of living pods. */
function* fullNodes(facts: ClusterFacts): Generator<Finding> {
  const signals = fullRanges(facts);
  const usage = nodeUsage(facts);
  for (const { node, range, ref, capacity, ...count } of usage) {
    const said =
      signals.get(node)?.filter((signal) => {
        const named = rangeNamedIn(signal);
        return named === undefined || (named.family === range.family && named.first <= range.last && range.first <= named.last);
      }) ?? [];
    const full = said.length > 0 ? capacity * REALLY_FULL : capacity;
    if (count.usedAtMost() < full || count.used() < full) continue;
    const used = count.used();
    yield finding(
      'pool-exhausted',
      'error',
      said.length > 0 ? 'confirmed' : 'likely',
      `The range ${range.text} of ${node} is full: ${used} live pods of ${capacity} addresses`,
      {
        network: 'pod',
        nodes: [node],
        ranges: [{ cidr: range.text, node, source: ref }],
        evidence: [
          {
            source: 'arithmetic',
            ref: `node/${node}`,
            text: `${used} live pods have an address in ${range.text}, which has ${capacity} to give`,
          },
          ...said.slice(0, 2).map((signal) => signal.evidence),
        ],
      },
    );
  }
  // A range that only the message names, on a node whose range is not in the API.
  for (const [node, said] of signals) {
    if (usage.some((entry) => entry.node === node)) continue;
    const range = rangeNamedIn(said[0]!);
    yield finding('pool-exhausted', 'error', 'possible', `${node} says that its range is full`, {
      network: 'pod',
      nodes: [node],
      ranges: range ? [{ cidr: range.text, node, source: 'message' }] : [],
      evidence: [
        ...said.slice(0, 2).map((signal) => signal.evidence),
        ...(range
          ? [
              {
                source: 'arithmetic' as const,
                ref: `node/${node}`,
                text: `${range.text} has ${Number(rangeSize(range))} addresses; how many are in use cannot be told from the API`,
              },
            ]
          : []),
      ],
    });
  }
}

/** "No available address" for an address asked for by hand says that this one is taken, not that the pool is full. */
const asksByHand = (facts: ClusterFacts, signal: Signal): boolean =>
  [...(signal.pod ? [signal.pod] : []), ...signal.podsNamed].some((pod) =>
    facts.staticRequests.some((request) => request.pod?.namespace === pod.namespace && request.pod.name === pod.name),
  );
