import { misplacedPods } from '../../derived/membership.ts';
import { since } from '../../derived/holders.ts';
import { isoTime } from '../../model/finding.ts';
import { podName } from '../../model/pod-table.ts';
import { type CauseRule, effectsOn, of, proof } from '../investigation.ts';

const MARGIN_MS = 5 * 60_000;

export const nodeReregistered: CauseRule = {
  id: 'node-reregistered',
  explains: {
    title: 'A node came back with another range and kept the old one',
    meaning:
      'The Node object was deleted and made anew, with another range; pods, bridge or state on the machine still have the former one. The former range is free and may be given to the next node.',
    arises:
      'kubectl delete node with a kubelet that registered again, a name reused by a replacement, a lease that went to another node during an outage.',
    tellApart:
      'Pods are older than their Node object and outside its range, inside the CNI’s own numbers: no second CNI, and the range is nearly empty.',
    action: 'Drain the node, remove the stale bridge (or reboot), recreate its pods.',
    sources: ['cloudnativelabs/kube-router#496', 'deckhouse/deckhouse#1793', 'ovn-org/ovn-kubernetes#2119'],
  },
  weigh(investigation) {
    const { facts } = investigation;
    const stale = facts.signals.filter((signal) => signal.means === 'bridge-keeps-old-range');
    const misplaced = misplacedPods(facts).filter((entry) => {
      const node = facts.node(entry.pod.node);
      return (
        entry.in.kind !== 'runtime-default' && node?.created !== undefined && (since(entry.pod) ?? Infinity) < node.created - MARGIN_MS
      );
    });
    const nodes = [
      ...new Set([...misplaced.map((entry) => entry.pod.node), ...stale.map((signal) => signal.node).filter((node) => node !== undefined)]),
    ];
    if (nodes.length === 0) return undefined;
    const oldest = misplaced.toSorted((a, b) => (since(a.pod) ?? 0) - (since(b.pod) ?? 0))[0];
    const findings = of(investigation, ['pod-ip-outside-pod-ranges', 'pod-ip-in-other-node-range', 'duplicate-pod-ip']).filter((finding) =>
      finding.nodes.some((node) => nodes.includes(node)),
    );
    return {
      confidence: misplaced.length > 0 ? 'certain' : 'likely',
      summary: `${nodes[0]} registered again and got another range; ${misplaced.length > 0 ? `${misplaced.length} of its pods still have addresses of the former one` : 'its bridge still has the former one'}.`,
      decisive: [
        ...nodes.slice(0, 2).map((name) => ({
          source: 'node' as const,
          ref: `node/${name}`,
          text: `${name} was created ${isoTime(facts.node(name)?.created) ?? 'at an unknown time'}, its range is ${
            facts.nodeRanges
              .filter((entry) => entry.node === name)
              .map((entry) => entry.range.text)
              .join(', ') || 'none'
          }`,
        })),
        ...(oldest
          ? [
              {
                source: 'pod' as const,
                ref: `pod/${podName(oldest.pod)}`,
                text: `${podName(oldest.pod)} on ${oldest.pod.node} is from ${isoTime(since(oldest.pod))} and has ${oldest.address.text}`,
              },
            ]
          : []),
        ...stale.slice(0, 2).map((signal) => signal.evidence),
        ...proof(findings, 2),
      ],
      explains: [...findings, ...effectsOn(investigation, nodes)],
    };
  },
  remedy({ facts }, found) {
    const name = found.explains.flatMap((finding) => finding.nodes)[0] ?? 'NODE';
    const bridge =
      facts.signals
        .filter((signal) => signal.means === 'bridge-keeps-old-range')
        .map((signal) => /"([\w.-]+)" already has an IP address/.exec(signal.evidence.text)?.[1])
        .find((found) => found !== undefined) ?? 'cni0';
    return [
      {
        text: `Drain ${name}.`,
        command: `kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data`,
        precondition: 'the other nodes have room',
        risk: 'disruptive',
      },
      {
        text: `On ${name}: remove the bridge with the old gateway, or reboot the machine.`,
        command: `ip link delete ${bridge}`,
        precondition: 'it is drained: pods on the bridge lose their network',
        risk: 'disruptive',
      },
      { text: 'Let pods onto it again.', command: `kubectl uncordon ${name}`, risk: 'none' },
    ];
  },
  warnings: [
    'Do not look for a second CNI: the address is out of this CNI’s own numbers.',
    'Do not enlarge the range: it is nearly empty.',
  ],
  verify: (_investigation, found) => [
    `kubectl get pods -A -o wide --field-selector spec.nodeName=${found.explains.flatMap((finding) => finding.nodes)[0] ?? 'NODE'}`,
    'kubectl ipconflict scan -A',
  ],
};
