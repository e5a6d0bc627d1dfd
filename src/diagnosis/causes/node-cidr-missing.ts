import { knowsNodes } from '../../derived/holders.ts';
import { type CauseRule, effectsOn, of, proof } from '../investigation.ts';

export const nodeCidrMissing: CauseRule = {
  id: 'node-cidr-missing',
  explains: {
    title: 'Nodes were added without a pod range',
    meaning: 'The CNI gives addresses out of each node’s range, and these nodes have none, although ranges are free.',
    arises: 'The controller that allocates ranges is switched off, lost its flags in an upgrade, or the CNI’s operator did not answer.',
    tellApart:
      'With all ranges taken it is node-cidr-exhausted; with a controller that crashes over another node’s range it is cluster-cidr-mismatch. Agents that crash on such nodes are the effect.',
    action: 'Give the allocator its flags back; it serves the waiting nodes by itself.',
    sources: ['flannel-io/flannel#1099', 'flannel-io/flannel#1224', 'kubernetes/test-infra#8176'],
  },
  weigh(investigation) {
    const { facts } = investigation;
    const missing = of(investigation, 'node-range-missing', ['error']);
    if (missing.length === 0) return facts.addressing === 'node-range' && knowsNodes(facts) ? { not: 'every node has a range' } : undefined;
    const nodes = missing.flatMap((finding) => finding.nodes);
    const off = facts.nodeIpam.allocates === 'no' && facts.nodeRanges.every((entry) => entry.source === 'spec.podCIDRs');
    return {
      confidence: off ? 'certain' : 'likely',
      summary: `${missing[0]!.title}${off ? '; the controller manager runs without --allocate-node-cidrs' : ''}.`,
      decisive: [
        ...proof(missing),
        ...facts.signals
          .filter((signal) => signal.means === 'node-range-missing')
          .slice(0, 2)
          .map((signal) => signal.evidence),
        ...(off
          ? [
              {
                source: 'pod' as const,
                ref: 'pods/kube-controller-manager',
                text: 'no kube-controller-manager has --allocate-node-cidrs=true',
              },
            ]
          : []),
      ],
      explains: [...missing, ...effectsOn(investigation, nodes)],
      ...(off
        ? {}
        : {
            missing: [
              'the arguments of the controller that allocates ranges (kube-controller-manager, cloud controller, or the CNI’s operator)',
            ],
          }),
    };
  },
  remedy({ facts }) {
    const cidr = facts.clusterRanges.find((entry) => entry.purpose === 'pod')?.range.text ?? 'CLUSTER-CIDR';
    const operator = facts.cnis.flatMap((cni) => cni.agents).find((agent) => agent.kind === 'controller' && agent.workload)?.workload;
    if (facts.nodeRanges.some((entry) => entry.ref.startsWith('ciliumnode/')) && operator)
      return [
        {
          text: 'See why the operator does not serve the node, then restart it.',
          command: `kubectl -n ${operator.namespace} rollout restart deployment/${operator.name}`,
          risk: 'none',
        },
      ];
    return [
      {
        text: 'On the control plane, give kube-controller-manager its flags back (/etc/kubernetes/manifests/kube-controller-manager.yaml).',
        command: `--allocate-node-cidrs=true --cluster-cidr=${cidr}`,
        precondition: 'no other controller allocates ranges',
        risk: 'none',
      },
      { text: 'The nodes get their ranges within seconds; agents that crashed over it recover by themselves.', risk: 'none' },
    ];
  },
  warnings: [
    'Do not patch spec.podCIDR by hand: ranges given twice are the usual result (flannel#1549).',
    'Reinstalling the CNI changes nothing.',
  ],
  verify: () => ['kubectl get nodes -o custom-columns=NAME:.metadata.name,PODCIDRS:.spec.podCIDRs'],
};
