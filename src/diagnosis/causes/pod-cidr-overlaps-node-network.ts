import { type CauseRule, conflictsIn, of, proof } from '../investigation.ts';

export const podCidrOverlapsNodeNetwork: CauseRule = {
  id: 'pod-cidr-overlaps-node-network',
  explains: {
    title: 'Pod range and node network overlap',
    meaning:
      'Nodes have addresses inside the pod range. Routes for pods swallow traffic for nodes; time-outs to the API server and to Services are the consequence.',
    arises: 'A CNI’s default range in a network with the same numbers.',
    tellApart: 'In VPC networks it is the design. A node whose only such address is its own tunnel’s has a wrong node IP.',
    action: 'Move the pods to a disjoint range.',
    sources: ['projectcalico/calico#1401', 'cilium/cilium#42383', 'k3s-io/k3s#588'],
  },
  weigh(investigation) {
    const found = of(investigation, 'pod-range-overlaps-node-network');
    if (found.length === 0)
      return investigation.facts.nodes.length > 0 && investigation.facts.addressing !== 'node-network'
        ? { not: 'no node address lies in a pod range' }
        : undefined;
    const broken = found.filter((finding) => finding.severity === 'error');
    const nodes = found.flatMap((finding) => finding.nodes);
    const effects = [
      ...found.flatMap((finding) => conflictsIn(investigation, { ...finding, nodes: [] })),
      ...of(investigation, ['pod-ip-equals-node-ip', 'cni-agent-unhealthy', 'sandbox-creation-failing', 'cni-log-error']).filter(
        (finding) => broken.length > 0 || finding.nodes.some((node) => nodes.includes(node)),
      ),
    ];
    return {
      confidence: broken.length > 0 ? 'certain' : 'possible',
      summary: `${found[0]!.title}.`,
      decisive: proof(found),
      explains: broken.length > 0 ? [...found, ...effects] : found,
    };
  },
  remedy({ facts }, found) {
    const calico = facts.cnis.some((cni) => cni.id === 'calico' && cni.role === 'primary');
    const pool = found.explains.flatMap((finding) => finding.ranges).find((range) => range.source?.startsWith('ippool/'));
    return [
      { text: 'Choose a range that overlaps neither the nodes’ networks nor the Services.', risk: 'none' },
      ...(calico && pool
        ? [
            {
              text: 'Add it as a second IPPool, then stop the old one from giving addresses.',
              command: `kubectl patch ippools.crd.projectcalico.org ${pool.source!.slice('ippool/'.length)} --type merge -p '{"spec":{"disabled":true}}'`,
              precondition: 'the new IPPool is there',
              risk: 'none' as const,
            },
            {
              text: 'Recreate the pods node by node; then delete the old pool.',
              precondition: 'no pod has an address of it',
              risk: 'disruptive' as const,
            },
          ]
        : [
            {
              text: 'Reconfigure the CNI’s range (cluster-pool list, net-conf.json, --cluster-cidr) and recreate nodes’ ranges and pods; a small or new cluster is rebuilt faster than moved.',
              risk: 'disruptive' as const,
            },
          ]),
    ];
  },
  warnings: ['Do not debug Services or kube-proxy first: their time-outs are the effect.'],
  verify: () => ['kubectl ipconflict scan -A'],
};
