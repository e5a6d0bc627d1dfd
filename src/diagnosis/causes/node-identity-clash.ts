import { knowsNodes } from '../../derived/holders.ts';
import { type CauseRule, conflictsAt, of, proof } from '../investigation.ts';

export const nodeIdentityClash: CauseRule = {
  id: 'node-identity-clash',
  explains: {
    title: 'Two machines have one identity',
    meaning: 'The CNI (or the cluster) takes two machines for one: they use one range, one tunnel address, or each other’s records.',
    arises: 'A cloned machine with its machine id or CNI state, equal hostnames, an interface that has the same address everywhere.',
    tellApart:
      'A pod that borrows an address is recorded under its own node; here it is recorded under the sibling’s name, or both nodes count the same range.',
    action: 'Give the younger machine an identity of its own.',
    sources: ['weaveworks/weave#3793', 'projectcalico/calico#3097', 'k3s-io/k3s#532', 'projectcalico/calico#2521'],
  },
  weigh(investigation) {
    const { facts } = investigation;
    // A node and a load balancer that have one address are no two machines.
    const found = of(investigation, ['duplicate-node-identity', 'duplicate-node-ip'], ['error']).filter(({ holders }) =>
      holders.every(({ kind }) => kind !== 'LoadBalancer'),
    );
    const said = facts.signals.filter((signal) => signal.means === 'node-address-taken' || signal.means === 'identity-clash');
    if (found.length === 0) {
      if (said.some((signal) => signal.means === 'node-address-taken')) {
        const nodes = said.map((signal) => signal.node).filter((node) => node !== undefined);
        return {
          confidence: 'likely',
          summary: 'The CNI found one node address on two nodes, and its agent refuses to start.',
          decisive: said.slice(0, 3).map((signal) => signal.evidence),
          explains: of(investigation, ['cni-agent-unhealthy', 'cni-agent-missing', 'sandbox-creation-failing', 'cni-log-error']).filter(
            (finding) => nodes.length === 0 || finding.nodes.some((node) => nodes.includes(node)),
          ),
        };
      }
      const clashing = said.flatMap((signal) => (signal.node === undefined ? [] : [signal.node]));
      if (clashing.length > 0)
        return {
          confidence: 'likely',
          summary: 'An agent says that another node has its name: the network takes two machines for one.',
          decisive: said.slice(0, 3).map((signal) => signal.evidence),
          explains: of(investigation, ['duplicate-pod-ip', 'cni-agent-unhealthy', 'cni-log-error', 'sandbox-creation-failing']).filter(
            (finding) => finding.nodes.some((node) => clashing.includes(node)),
          ),
        };
      return facts.nodes.length > 1 && knowsNodes(facts) ? { not: 'no two nodes share an identity that the CNI goes by' } : undefined;
    }
    const nodes = new Set(found.flatMap((finding) => finding.nodes));
    const effects = [
      ...of(investigation, [
        'duplicate-pod-ip',
        'overlapping-node-ranges',
        'cni-agent-unhealthy',
        'pod-ip-equals-infrastructure-ip',
        'cni-log-error',
      ]).filter((finding) => finding.nodes.length > 0 && finding.nodes.every((node) => nodes.has(node))),
      ...found.flatMap((finding) => conflictsAt(investigation, finding.address, finding.network)),
    ];
    return {
      confidence: 'certain',
      summary: `${found[0]!.title}.`,
      decisive: [...proof(found), ...said.slice(0, 2).map((signal) => signal.evidence)],
      explains: [...found, ...effects],
    };
  },
  remedy({ facts }, found) {
    const names =
      found.explains.find((finding) => finding.id === 'duplicate-node-identity' || finding.id === 'duplicate-node-ip')?.nodes ??
      found.explains.flatMap((finding) => finding.nodes);
    const younger =
      names
        .map((name) => facts.node(name))
        .filter((node) => node !== undefined)
        .toSorted((a, b) => (a.created ?? 0) - (b.created ?? 0))
        .at(-1)?.name ?? 'NODE';
    const weave = facts.cnis.some((cni) => cni.id === 'weave' && cni.role === 'primary');
    const calico = facts.cnis
      .find((cni) => cni.id === 'calico' && cni.role === 'primary')
      ?.agents.find((agent) => agent.kind === 'node')?.workload;
    return [
      {
        text: `Drain ${younger}, the younger of the two.`,
        command: `kubectl drain ${younger} --ignore-daemonsets --delete-emptydir-data`,
        precondition: 'the other nodes have room',
        risk: 'disruptive',
      },
      {
        text: `On ${younger}: make a new machine id (and product UUID, hostname or node address, whichever is equal).`,
        command: 'rm /etc/machine-id && systemd-machine-id-setup',
        precondition: `it is drained, and you are on ${younger}`,
        risk: 'disruptive',
      },
      ...(weave
        ? [
            {
              text: `On ${younger}: remove Weave’s peer state, then reboot.`,
              command: 'rm /var/lib/weave/weave-netdata.db && reboot',
              precondition: 'it is drained: running pods would lose their addresses',
              risk: 'disruptive' as const,
            },
          ]
        : []),
      ...(calico
        ? [
            {
              text: `On ${younger}: remove the cloned name, then restart its agent.`,
              command: `rm /var/lib/calico/nodename && kubectl -n ${calico.namespace} delete pod -l k8s-app=calico-node --field-selector spec.nodeName=${younger}`,
              precondition: 'it is drained',
              risk: 'disruptive' as const,
            },
          ]
        : []),
      {
        text: `Let pods onto it again; those that ran there get addresses of their own.`,
        command: `kubectl uncordon ${younger}`,
        risk: 'none',
      },
    ];
  },
  warnings: ['Do not repair IPAM records or restart the CNI everywhere: the next pod on the clone makes the next duplicate.'],
  verify: () => [
    'kubectl get nodes -o custom-columns=NAME:.metadata.name,MACHINE:.status.nodeInfo.machineID,UUID:.status.nodeInfo.systemUUID',
    'kubectl ipconflict scan -A',
  ],
};
