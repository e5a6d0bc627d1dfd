import { parseAddress } from '../../ip/address.ts';
import { contains, parseRange } from '../../ip/range.ts';
import { pluginType } from '../../model/sandbox-failure.ts';
import { since } from '../../derived/holders.ts';
import { misplacedPods, predatesCni } from '../../derived/membership.ts';
import { blockOf, blocksByNode, othersHaveTheirOwn } from '../../derived/observed-blocks.ts';
import { type CauseRule, type Investigation, type Weighed, moveIntruders, of, podOf, proof, verifyAddresses } from '../investigation.ts';

/** Docker takes further networks out of these when 172.17.0.0/16 is in use; the number says nothing, the place does. */
const DOCKER_POOLS = ['172.16.0.0/12', '192.168.0.0/16'].map((text) => parseRange(text)!);

export const cniBypassed: CauseRule = {
  id: 'cni-bypassed',
  explains: {
    title: 'The container runtime plumbs pods, not the CNI',
    meaning:
      'Pods hang on a bridge of the container runtime, or were plumbed by a sample configuration of it. Each node counts the same small range from the bottom.',
    arises: 'cri-dockerd without its CNI flags, a sample file that sorts before the CNI’s in /etc/cni/net.d, no CNI at all.',
    tellApart:
      'The CNI’s agents are healthy and its store is nearly empty; the addresses are in no pool, or outside the pod’s own node’s range while all ranges are disjoint.',
    action: 'Mend the runtime’s configuration on the nodes, then recreate the pods.',
    sources: ['projectcalico/calico#6243', 'flannel-io/flannel#1437', 'cri-o/cri-o#5549', 'kubernetes/minikube#7589'],
  },
  weigh(investigation) {
    const { facts } = investigation;
    const onDefault = of(investigation, 'pod-ip-in-runtime-default-range', ['error']);
    const conflicts = of(investigation, ['duplicate-pod-ip'], ['error']);
    if (onDefault.length > 0) {
      const addresses = new Set(onDefault.flatMap((finding) => finding.holders.map((holder) => `${holder.namespace}/${holder.name}`)));
      const effects = conflicts.filter((finding) => finding.holders.some((holder) => addresses.has(`${holder.namespace}/${holder.name}`)));
      const healthy = facts.cnis.filter((cni) => cni.role === 'primary');
      return {
        confidence: 'certain',
        summary: `${onDefault[0]!.ranges[0]?.cidr ?? 'The range'} is ${onDefault[0]!.ranges[0]?.source ?? 'a runtime’s default'}: these pods were not plumbed by ${healthy[0]?.title ?? 'a CNI'}.`,
        decisive: [
          ...proof(onDefault),
          ...(healthy[0]
            ? [
                {
                  source: 'workload' as const,
                  ref: healthy[0].evidence[0]?.ref ?? 'daemonset',
                  text: `${healthy[0].title} is installed (${healthy[0].evidence[0]?.text ?? 'recognised'}) and has no record of these addresses`,
                },
              ]
            : []),
        ],
        explains: [...onDefault, ...effects],
      };
    }
    return (
      elsewhere(investigation) ??
      foreignBridge(investigation) ??
      noCni(investigation) ??
      (facts.cnis.some((cni) => cni.role === 'primary') && conflicts.length > 0
        ? { not: 'the addresses are out of the CNI’s own ranges, none of a runtime' }
        : undefined)
    );
  },
  remedy({ facts }, found) {
    const nodes = [
      ...new Set(
        found.explains.flatMap((finding) =>
          finding.holders.filter((holder) => holder.role === 'intruder' || finding.id !== 'duplicate-pod-ip').map((holder) => holder.node),
        ),
      ),
    ].filter((node) => node !== undefined);
    const docker = nodes.some((name) => facts.node(name)?.runtime?.startsWith('docker://'));
    const crio = nodes.some((name) => facts.node(name)?.runtime?.startsWith('cri-o://'));
    return [
      docker
        ? {
            text: `On ${nodes.slice(0, 3).join(', ') || 'the nodes'}: start cri-dockerd with the CNI, then restart it and the kubelet.`,
            command: 'cri-dockerd --network-plugin=cni --cni-bin-dir=/opt/cni/bin --cni-conf-dir=/etc/cni/net.d',
            risk: 'disruptive',
          }
        : {
            text: `On ${nodes.slice(0, 3).join(', ') || 'the nodes'}: see which file sorts first, and take the runtime’s sample away; then restart the runtime.`,
            command: `ls /etc/cni/net.d && mv /etc/cni/net.d/${crio ? '100-crio-bridge.conf*' : '10-containerd-net.conflist'} /root/ && systemctl restart ${crio ? 'crio' : 'containerd'}`,
            precondition: 'the CNI’s own configuration file is there',
            risk: 'disruptive',
          },
      ...(facts.cnis.some((cni) => cni.role === 'primary')
        ? []
        : [{ text: 'Install a CNI: none is to be seen in this cluster.', risk: 'disruptive' as const }]),
      ...moveIntruders(
        found.explains.filter((finding) => finding.id === 'duplicate-pod-ip' || finding.id === 'pod-ip-in-other-node-range'),
        3,
      ),
      {
        text: 'Recreate every pod of these nodes that does not use the host network.',
        precondition: 'the configuration is mended',
        risk: 'disruptive',
      },
    ];
  },
  warnings: ['Do not reinstall the CNI or repair its IPAM: it was never asked for these addresses.'],
  verify: (_investigation, found) => ['kubectl get pods -A -o wide', ...verifyAddresses(found.explains)],
};

/** A pod outside its own node's range although all ranges are disjoint and the agent works: another configuration sorts first. */
function elsewhere(investigation: Investigation): Weighed {
  const { facts } = investigation;
  const misplaced = of(investigation, 'pod-ip-in-other-node-range', ['error']);
  if (misplaced.length === 0 || of(investigation, 'overlapping-node-ranges', ['error']).length > 0) return undefined;
  const young = misplaced.filter((finding) =>
    finding.holders.every((holder) => {
      const pod = podOf(investigation, holder);
      return pod === undefined || (since(pod) ?? 0) >= (facts.node(pod.node)?.created ?? 0);
    }),
  );
  if (young.length === 0) return undefined;
  const types = new Set(facts.events.map((event) => pluginType(event.message)).filter((type) => type !== undefined));
  const effects = of(investigation, 'duplicate-pod-ip', ['error']).filter((finding) =>
    young.some(
      (other) =>
        other.address === finding.address || other.holders.some((holder) => finding.holders.some((party) => party.name === holder.name)),
    ),
  );
  return {
    confidence: 'likely',
    summary: `${young[0]!.title}, although all node ranges are disjoint: another configuration than the CNI’s plumbed it.`,
    decisive: [
      ...proof(young),
      ...[...types].slice(0, 2).map((type) => ({ source: 'event' as const, ref: 'events', text: `events name plugin type="${type}"` })),
    ],
    explains: [...young, ...effects],
    missing: [`on ${young[0]!.holders[0]?.node ?? 'the node'}: ls /etc/cni/net.d (the first name wins)`],
  };
}

/** Pairs over several nodes whose address is out of every range of the cluster: each node plumbs some pods on a bridge of its own. */
function foreignBridge(investigation: Investigation): Weighed {
  const { facts } = investigation;
  if (of(investigation, 'multiple-cnis', ['error']).length > 0) return undefined;
  const strangers = new Set(
    misplacedPods(facts)
      .filter((entry) => entry.in.kind === 'outside' && predatesCni(facts, entry.pod) === 'no')
      .map(({ address }) => address.text),
  );
  const pairs = of(investigation, ['duplicate-pod-ip'], ['error']).filter(
    (finding) => strangers.has(finding.address ?? '') && new Set(finding.nodes).size > 1,
  );
  if (pairs.length === 0) return undefined;
  return {
    confidence: pairs.length > 1 ? 'likely' : 'possible',
    summary: `${pairs[0]!.address} is out of every pod range of the cluster, and several nodes gave it: each plumbs these pods on a bridge of its own.`,
    decisive: proof(pairs),
    explains: [...pairs, ...of(investigation, 'pod-ip-outside-pod-ranges')],
    missing: [`on ${pairs[0]!.nodes[0] ?? 'the node'}: ls /etc/cni/net.d (the first name wins); ip -br addr`],
  };
}

/** No CNI at all, and the same low numbers on several nodes: every node uses the runtime's bridge. */
function noCni(investigation: Investigation): Weighed {
  const { facts } = investigation;
  if (facts.cnis.some((cni) => cni.role === 'primary' && cni.agents.length > 0)) return undefined;
  const conflicts = of(investigation, 'duplicate-pod-ip', ['error']).filter((finding) => {
    const address = parseAddress(finding.address);
    const insideRanges = address !== undefined && facts.nodes.some((node) => node.podCIDRs.some((range) => contains(range, address)));
    return new Set(finding.nodes).size > 1 && !insideRanges;
  });
  const ofRuntime = conflicts.filter((finding) => {
    const address = parseAddress(finding.address);
    return address !== undefined && DOCKER_POOLS.some((range) => contains(range, address));
  });
  const hasRanges = facts.nodes.some((node) => node.podCIDRs.length > 0);
  const found = ofRuntime.length > 0 ? ofRuntime : hasRanges ? conflicts : [];
  if (found.length === 0) return undefined;
  // A runtime's bridge counts one range on every node. Where the other nodes have ranges of their own, two have one by mistake (flannel#1343).
  const blocks = blocksByNode(facts);
  if (!hasRanges && blocks.size > 3 && found.every((finding) => othersHaveTheirOwn(blocks, finding.nodes, blockOf(finding.address))))
    return { not: 'the other nodes have ranges of their own, which a runtime’s bridge does not give' };
  return {
    confidence: 'likely',
    summary: 'No CNI is to be seen, and pods of several nodes have the same low addresses: each node uses its runtime’s own bridge.',
    decisive: [
      ...proof(found),
      {
        source: 'workload',
        ref: 'daemonsets',
        text: `none of ${facts.workloads.filter((workload) => workload.kind === 'DaemonSet').length} DaemonSets is a CNI that is known`,
      },
    ],
    explains: found,
    missing: ['on a node: ls /etc/cni/net.d'],
  };
}
