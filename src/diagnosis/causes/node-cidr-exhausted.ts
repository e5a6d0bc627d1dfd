import { knowsNodes } from '../../derived/holders.ts';
import { type CauseRule, effectsOn, of, proof } from '../investigation.ts';

export const nodeCidrExhausted: CauseRule = {
  id: 'node-cidr-exhausted',
  explains: {
    title: 'No range is left for another node',
    meaning:
      'The cluster range in pieces of the configured size has fewer pieces than there are nodes. The newest nodes get none; nothing is held twice.',
    arises: 'A small cluster range, large pieces, or Node objects that keep ranges though their machines are gone.',
    tellApart: 'Free ranges beside nodes without one mean that the allocator does not work (node-cidr-missing).',
    action: 'Add another cluster range, or free the ranges of nodes that no longer exist.',
    sources: ['kubernetes/kubernetes#85866', 'cilium/cilium#41130', 'cloudnativelabs/kube-router#320'],
  },
  weigh(investigation) {
    const found = of(investigation, 'node-ranges-exhausted', ['error']);
    if (found.length === 0)
      return of(investigation, 'node-range-missing').length > 0 && knowsNodes(investigation.facts)
        ? { not: 'node ranges are still free' }
        : undefined;
    const nodes = found.flatMap((finding) => finding.nodes);
    return {
      confidence: found.some((finding) => finding.confidence === 'confirmed') ? 'certain' : 'likely',
      summary: `${found[0]!.title}.`,
      decisive: proof(found),
      explains: [...found, ...effectsOn(investigation, nodes)],
    };
  },
  remedy({ facts }) {
    const cilium = facts.cnis.find((cni) => cni.id === 'cilium' && cni.role === 'primary');
    const dead = facts.nodes.filter((node) => node.unreachable);
    return [
      ...dead.slice(0, 3).map((node) => ({
        text: `Delete ${node.name} if its machine is gone: that frees its range.`,
        command: `kubectl delete node ${node.name}`,
        precondition: 'the machine is off for good',
        risk: 'disruptive' as const,
      })),
      cilium
        ? {
            text: 'Add a second range to the operator’s list (clusterPoolIPv4PodCIDRList); ranges and mask that are in use must not be changed.',
            command: 'helm upgrade cilium cilium/cilium --reuse-values --set ipam.operator.clusterPoolIPv4PodCIDRList="{OLD,NEW}"',
            precondition: 'NEW overlaps neither nodes nor Services',
            risk: 'none',
          }
        : {
            text: 'Widen what the controller hands out: a second cluster CIDR where the controller supports it; a smaller piece for each node only in a new cluster.',
            precondition: 'the new range overlaps neither nodes nor Services',
            risk: 'none',
          },
    ];
  },
  warnings: ['Do not write a range onto the node by hand; do not change the mask of a living cluster (kubernetes#90922).'],
  verify: () => ['kubectl get nodes -o custom-columns=NAME:.metadata.name,PODCIDRS:.spec.podCIDRs', 'kubectl ipconflict scan -A'],
};
