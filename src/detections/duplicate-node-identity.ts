import type { ClusterFacts, NodeFact, Signal } from '../model/facts.ts';
import type { Evidence, Finding } from '../model/finding.ts';
import { recordedUnder } from '../derived/usage.ts';
import { finding, plural, sharedBeyondHosts, some } from './common.ts';
import type { Detection } from './detection.ts';

export const duplicateNodeIdentity: Detection = {
  id: 'duplicate-node-identity',
  explains: {
    title: 'Two nodes have one identity',
    meaning:
      'Machines that the CNI takes for one node: equal machine id, peer name, tunnel address or MAC. They use one range, one tunnel, or each other’s records.',
    arises:
      'A virtual machine was cloned with its machine id, product UUID or CNI state; an interface with the same address on every machine was detected.',
    tellApart:
      'Equal machine ids alone harm nothing with most CNIs; borrowing (a pod recorded under its own node in another’s block) is no identity clash.',
    action: 'Give the younger machine an identity of its own, remove its CNI state, restart its agent, recreate its pods.',
    sources: ['weaveworks/weave#3793', 'projectcalico/calico#3097', 'kubernetes/kubernetes#90072', 'flannel-io/flannel Documentation'],
  },
  *find(facts) {
    const groups = new Map<string, { nodes: Set<string>; evidence: Evidence[]; cni: boolean }>();
    const add = (nodes: readonly string[], evidence: Evidence, cni: boolean): void => {
      const key = [...nodes].toSorted().join(' ');
      const group = groups.get(key) ?? { nodes: new Set(nodes), evidence: [], cni: false };
      group.evidence.push(evidence);
      group.cni ||= cni;
      groups.set(key, group);
    };
    for (const same of Map.groupBy(facts.identities, (identity) => `${identity.what}|${identity.value}`).values()) {
      const nodes = [...new Set(same.map((identity) => identity.node))].filter((name) => facts.node(name)?.virtual === false);
      if (nodes.length > 1)
        add(nodes, { source: 'node', ref: same[0]!.ref, text: `${same[0]!.what} ${same[0]!.value} on ${some(nodes, 5)}` }, true);
    }
    const machine: [string, (node: NodeFact) => string | undefined][] = [
      ['systemUUID', (node) => node.systemUUID],
      ['machineID', (node) => node.machineID],
    ];
    for (const [what, idOf] of machine) {
      for (const [id, nodes] of Map.groupBy(
        facts.nodes.filter((node) => !node.virtual && isTelling(idOf(node))),
        (node) => idOf(node)!,
      )) {
        const names = nodes.map((node) => node.name);
        if (names.length > 1)
          add(names, { source: 'node', ref: `node/${names[0]}`, text: `status.nodeInfo.${what} ${id} on ${some(names, 5)}` }, false);
      }
    }
    for (const { node, under, rows, ref, whole } of recordedUnder(facts)) {
      if (!whole) continue;
      const text = `${node} owns no block; the addresses of its ${plural(rows.length, 'pod')} are recorded under ${under}`;
      add([node, under], { source: 'crd', ref, text }, true);
    }
    for (const [id, same] of saidIdentities(facts)) {
      const nodes = [...new Set(same.map((signal) => signal.node!))];
      if (nodes.length > 1)
        add(nodes, { ...same[0]!.evidence, text: `${id} is the name of ${some(nodes, 5)}: ${same[0]!.evidence.text}` }, true);
    }
    for (const alternating of alternatingNodes(facts)) yield alternating;
    for (const { nodes, evidence, cni } of groups.values()) yield describe(facts, [...nodes], evidence, cni);
  },
};

/** Agents that say their own name is another's, by that name (a MAC or an id): each says it in its own log. */
const saidIdentities = (facts: ClusterFacts): Map<string, Signal[]> =>
  Map.groupBy(
    facts.signals.filter((signal) => signal.means === 'identity-clash' && signal.node !== undefined && facts.node(signal.node)),
    (signal) => /[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f-]{32,36}/i.exec(signal.evidence.text)?.[0].toLowerCase() ?? signal.node!,
  );

/** All zeros, or a word that a vendor left in the firmware, identify nobody. */
const isTelling = (id: string | undefined): boolean =>
  id !== undefined && id.length >= 16 && !/^[0-]+$/.test(id) && !/^(?:03000200-0400|not settable)/i.test(id);

function describe(facts: ClusterFacts, nodes: readonly string[], evidence: Evidence[], cni: boolean): Finding {
  const shared = sharedBeyondHosts(facts).filter(
    ({ live }) => live.length > 1 && nodes.filter((node) => live.some((pod) => pod.node === node)).length > 1,
  );
  const clashes = facts.signals.filter((signal) => signal.means === 'identity-clash');
  const harmful = cni || shared.length > 0 || clashes.length > 0;
  return finding('duplicate-node-identity', harmful ? 'error' : 'info', 'confirmed', `${some(nodes, 4)} have one identity`, {
    nodes,
    evidence: [
      ...evidence,
      ...(shared.length > 0
        ? [
            {
              source: 'arithmetic' as const,
              ref: 'pods',
              text: `${shared.length} addresses are held on both: ${some(shared.map(({ address }) => address))}`,
            },
          ]
        : []),
      ...clashes.slice(0, 3).map((signal) => signal.evidence),
    ],
  });
}

const HOUR_MS = 3_600_000;

/** One Node object that two machines write: "rebooted" again and again, with boot ids that come back (k3s#532). A real machine never has a former boot id again. */
function* alternatingNodes(facts: ClusterFacts): Generator<Finding> {
  const reboots = facts.events.filter(
    (event) => event.object.kind === 'Node' && event.reason === 'Rebooted' && facts.now - (event.last ?? 0) < HOUR_MS,
  );
  for (const [node, events] of Map.groupBy(reboots, (event) => event.object.name)) {
    const ids = new Set(events.map((event) => /boot id: (\S+)/.exec(event.message)?.[1]).filter((id) => id !== undefined));
    const sightings = events.reduce((sum, event) => sum + event.count, 0);
    if (ids.size < 2 || sightings <= ids.size) continue;
    yield finding('duplicate-node-identity', 'error', 'likely', `Two machines write the Node ${node}: its boot id goes back and forth`, {
      nodes: [node],
      evidence: events.slice(0, 4).map((event) => ({
        source: 'event' as const,
        ref: `node/${node}`,
        ...(event.last === undefined ? {} : { at: new Date(event.last).toISOString() }),
        text: `${event.message.slice(0, 200)} (${event.count} times)`,
      })),
    });
  }
}
