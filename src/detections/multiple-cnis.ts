import type { ClusterFacts, Recognition } from '../model/facts.ts';
import { isoTime } from '../model/finding.ts';
import { finding, sharedBeyondHosts } from './common.ts';
import type { Detection } from './detection.ts';

export const multipleCnis: Detection = {
  id: 'multiple-cnis',
  explains: {
    title: 'Two address managers are at work',
    meaning: 'Two CNIs that each hand out pod addresses are installed and run on the same nodes. Neither knows the other’s addresses.',
    arises:
      'A full manifest was applied “for NetworkPolicy”, a migration was left half done, an old DaemonSet survived a move to another namespace.',
    tellApart:
      'Designed pairs are fine: Canal, Calico policy-only beside a cloud CNI, Cilium chained, Multus and IPAM helpers. A DaemonSet without pods, CRDs and ConfigMaps that remained prove nothing.',
    action: 'Decide for one, finish the migration, and recreate every pod that the other plumbed. Do not repair IPAM records first.',
    sources: ['projectcalico/calico#6161', 'projectcalico/calico#2730', 'openshift/installer#250'],
  },
  *find(facts) {
    const primaries = facts.cnis.filter((cni) => cni.role === 'primary' && cni.agents.some((agent) => agent.kind === 'node'));
    const twins = primaries.flatMap((cni) => cni.agents.filter((agent) => agent.kind === 'node' && agent.pods.length > 0));
    if (primaries.length > 1) {
      yield describe(
        facts,
        primaries,
        `${primaries.map((cni) => cni.title).join(' and ')} both hand out pod addresses`,
        commonNodes(facts, primaries),
      );
    } else if (
      twins.length > 1 &&
      new Set(twins.map((agent) => agent.workload?.namespace)).size > 1 &&
      sameNode(
        facts,
        twins.map((agent) => agent.pods),
      )
    ) {
      yield describe(
        facts,
        primaries,
        `${primaries[0]!.title} runs twice, in ${twins.map((agent) => agent.workload?.namespace).join(' and ')}`,
        [],
      );
    }
  },
};

function describe(facts: ClusterFacts, cnis: readonly Recognition[], title: string, nodes: readonly string[]): ReturnType<typeof finding> {
  const clash = sharedBeyondHosts(facts).some(({ live }) => live.length > 1);
  // A configuration that was not read may make one of them a helper of the other.
  const certain = cnis.every((cni) => cni.ipam !== 'unknown');
  const severity = clash || (certain && nodes.length > 0) ? 'error' : 'warning';
  return finding('multiple-cnis', severity, certain ? 'confirmed' : 'possible', title, {
    nodes: [...nodes],
    evidence: [
      ...cnis.flatMap((cni) =>
        cni.evidence.map((evidence) => ({
          ...evidence,
          ...(cni.since === undefined ? {} : { at: isoTime(cni.since)! }),
          text: `${cni.title} (${cni.ipam}): ${evidence.text}${cni.since === undefined ? '' : `, created ${isoTime(cni.since)}`}`,
        })),
      ),
      ...facts.pools.slice(0, 2).map((pool) => ({
        source: 'crd' as const,
        ref: pool.ref,
        text: `pool ${pool.name}: ${pool.ranges.map((range) => range.text).join(', ')}`,
      })),
      ...facts.clusterRanges
        .filter((range) => range.basis === 'cni')
        .slice(0, 2)
        .map((range) => ({ source: 'configmap' as const, ref: range.ref, text: `${range.ref}: ${range.range.text}` })),
    ],
  });
}

const nodesOf = (facts: ClusterFacts, rows: readonly number[]): Set<string> => new Set(rows.map((row) => facts.pods.pod(row).node));

/** Nodes on which an agent of every one of them runs. */
function commonNodes(facts: ClusterFacts, cnis: readonly Recognition[]): string[] {
  const sets = cnis.map((cni) =>
    nodesOf(
      facts,
      cni.agents.filter((agent) => agent.kind === 'node').flatMap((agent) => [...agent.pods]),
    ),
  );
  return [...sets[0]!].filter((node) => sets.every((set) => set.has(node)));
}

const sameNode = (facts: ClusterFacts, rows: readonly (readonly number[])[]): boolean => {
  const [first, ...others] = rows.map((set) => nodesOf(facts, set));
  return first !== undefined && [...first].some((node) => others.some((set) => set.has(node)));
};
