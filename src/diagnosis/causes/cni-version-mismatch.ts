import { restarts } from '../../derived/agents.ts';
import { type CauseRule, moveIntruders, of, proof, verifyAddresses } from '../investigation.ts';

export const cniVersionMismatch: CauseRule = {
  id: 'cni-version-mismatch',
  explains: {
    title: 'CNI versions that do not go together',
    meaning: 'Agents or plugins of different releases keep records in different ways, so that one releases what the other gave.',
    arises: 'An update that stopped half way (OnDelete), a node left out, a release with a known regression.',
    tellApart: 'A short rollout with mixed tags and no pair is normal. Where one version runs everywhere, look at the allocator’s state.',
    action: 'Finish the rollout on every node; recreate the younger pod of each pair.',
    sources: ['projectcalico/calico#1406', 'projectcalico/calico#1542', 'projectcalico/calico#8131'],
  },
  weigh(investigation) {
    const { facts } = investigation;
    const skew = of(investigation, 'cni-version-skew', ['warning']);
    const said = facts.signals.filter((signal) => signal.means === 'version-mismatch');
    if (skew.length === 0 && said.length === 0)
      return facts.cnis.some((cni) => cni.agents.some((agent) => agent.kind === 'node' && agent.pods.length > 1))
        ? { not: 'one CNI version runs on all nodes' }
        : undefined;
    const refusedBy = of(investigation, 'sandbox-creation-failing').filter((finding) => /version-mismatch/.test(finding.title));
    if (refusedBy.length > 0)
      return {
        confidence: 'certain',
        summary: 'The runtime and the CNI plugin do not speak the same version of CNI.',
        decisive: [...said.slice(0, 3).map((signal) => signal.evidence), ...proof(refusedBy, 3)],
        explains: [...refusedBy, ...skew],
      };
    const older = new Set(skew.flatMap((finding) => finding.nodes));
    const pairs = of(investigation, ['duplicate-pod-ip'], ['error']);
    const there = pairs.filter((finding) => finding.nodes.some((node) => older.has(node)));
    // A restart on the node explains a pair on it better than a mere difference of versions.
    const restarted = new Set(restarts(facts).map((restart) => restart.node));
    const statefulSet = there.some((finding) =>
      finding.holders.some(
        (holder) =>
          holder.namespace !== undefined &&
          facts.pods.pod(facts.pods.find(holder.namespace, holder.name) ?? 0).owner?.kind === 'StatefulSet',
      ),
    );
    if (there.length === 0)
      return {
        confidence: 'possible',
        summary: `${skew[0]?.title ?? 'CNI components of different versions'}.`,
        decisive: [...proof(skew), ...said.slice(0, 2).map((signal) => signal.evidence)],
        explains: skew,
        against: ['no pair is on a node with the other version'],
      };
    const alone = !there.some((finding) => finding.nodes.some((node) => restarted.has(node))) || statefulSet;
    return {
      confidence: alone ? 'likely' : 'possible',
      summary: `${skew[0]!.title}; the pair is on a node with the odd version.`,
      decisive: [...proof(skew), ...proof(there, 3)],
      explains: [...skew, ...there],
    };
  },
  remedy({ facts }, found) {
    const agent = facts.cnis
      .flatMap((cni) => cni.agents)
      .find(
        (candidate) =>
          candidate.kind === 'node' && candidate.workload && found.explains.some((finding) => finding.title.startsWith(candidate.name)),
      )?.workload;
    const nodes = found.explains.find((finding) => finding.id === 'cni-version-skew')?.nodes ?? [];
    return [
      ...(agent?.updateStrategy === 'OnDelete'
        ? nodes.slice(0, 6).map((node) => ({
            text: `Replace the agent on ${node} (the DaemonSet updates on delete only).`,
            command: `kubectl -n ${agent.namespace} delete pod --field-selector spec.nodeName=${node} -l ${Object.entries(agent.podLabels)
              .slice(0, 1)
              .map(([key, value]) => `${key}=${value}`)
              .join(',')}`,
            risk: 'disruptive' as const,
          }))
        : [
            {
              text: 'Finish the rollout.',
              ...(agent ? { command: `kubectl -n ${agent.namespace} rollout status daemonset/${agent.name}` } : {}),
              risk: 'none' as const,
            },
          ]),
      ...moveIntruders(found.explains.filter((finding) => finding.id === 'duplicate-pod-ip')),
    ];
  },
  warnings: ['Do not roll back in the middle: the older version knows nothing of what the newer one gave.'],
  verify: (_investigation, found) => verifyAddresses(found.explains),
};
