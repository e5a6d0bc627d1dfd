import { covers } from '../../ip/range.ts';
import { POD_NETWORK } from '../../model/facts.ts';
import { type CauseRule, effectsOn, of, proof } from '../investigation.ts';

export const clusterCidrMismatch: CauseRule = {
  id: 'cluster-cidr-mismatch',
  explains: {
    title: 'CNI, nodes and controller disagree about the pod range',
    meaning:
      'A node’s range, the CNI’s configured network and the controller’s cluster CIDR do not fit together. The controller may refuse to start, the CNI may refuse the node, or packets are not routed.',
    arises: 'The cluster CIDR was changed on a living cluster, a manifest kept its default, or a range was written by hand.',
    tellApart: 'Nodes without a range while ranges are free and a controller crashes are an effect of this, not node-cidr-missing.',
    action: 'Bring the odd one back: rejoin the node with a range of the cluster, or correct the CNI’s network.',
    sources: ['kubernetes/kubernetes#75461', 'kubernetes/kubernetes#82773', 'flannel-io/flannel pkg/subnet/kube/kube.go'],
  },
  weigh(investigation) {
    const found = of(investigation, ['node-range-outside-cluster-cidr', 'cluster-cidr-mismatch'], ['error']);
    const said = investigation.facts.signals.filter((signal) => signal.means === 'range-outside-cluster');
    const latent = of(investigation, 'cluster-cidr-mismatch', ['warning']);
    // Nodes that have their ranges keep them; the next one will not get any that fits.
    if (found.length === 0 && latent.length > 0)
      return { confidence: 'likely', summary: `${latent[0]!.title}.`, decisive: proof(latent), explains: latent };
    if (found.length === 0)
      return said.length === 0
        ? undefined
        : {
            confidence: 'possible',
            summary: 'A component says that a node’s range lies outside the cluster range.',
            decisive: said.slice(0, 2).map((signal) => signal.evidence),
            explains: of(investigation, 'cni-log-error'),
            against: ['the objects that were read agree with each other'],
          };
    const nodes = found.flatMap((finding) => finding.nodes);
    // The controller serves no further node while it cannot place this one, so nodes without a range are its effect.
    const missing = of(investigation, ['node-range-missing', 'cni-agent-missing']);
    return {
      confidence: 'certain',
      summary: `${found[0]!.title}.`,
      decisive: [...said.slice(0, 2).map((signal) => signal.evidence), ...proof(found)],
      explains: [...found, ...missing, ...effectsOn(investigation, [...nodes, ...missing.flatMap((finding) => finding.nodes)])],
    };
  },
  remedy({ facts }, found) {
    const mismatch = found.explains.find((finding) => finding.id === 'cluster-cidr-mismatch');
    const odd = found.explains.find((finding) => finding.id === 'node-range-outside-cluster-cidr');
    const flannel = facts.configMaps.find((map) => map.name === 'kube-flannel-cfg');
    // Where the CNI's range holds the nodes' ranges, the controller is the odd one.
    const ranges = facts.nodeRanges.filter((entry) => entry.network === POD_NETWORK);
    const former = facts.clusterRanges.find(
      (entry) =>
        entry.purpose === 'pod' &&
        entry.basis !== 'flag' &&
        mismatch?.nodes.some((node) => ranges.some((own) => own.node === node && covers(entry.range, own.range))),
    );
    if (mismatch && former)
      return [
        {
          text: 'Give the controller that allocates ranges its former range back (kube-controller-manager: /etc/kubernetes/manifests/kube-controller-manager.yaml).',
          command: `--cluster-cidr=${former.range.text}`,
          precondition: `${former.range.text} is the range that is meant; a move to another one needs every node deleted and joined anew`,
          risk: 'none',
        },
        { text: 'It starts again by itself, and serves the nodes that wait.', risk: 'none' },
      ];
    if (mismatch) {
      return [
        {
          text: 'Write the range that the nodes really have into the CNI’s configuration.',
          ...(flannel ? { command: `kubectl -n ${flannel.namespace} edit configmap ${flannel.name}` } : {}),
          precondition: 'the controller’s --cluster-cidr is the range that is meant',
          risk: 'disruptive',
        },
        {
          text: 'Restart the agents.',
          ...(flannel ? { command: `kubectl -n ${flannel.namespace} rollout restart daemonset` } : {}),
          risk: 'disruptive',
        },
      ];
    }
    return (odd?.nodes ?? []).slice(0, 3).flatMap((node) => [
      { text: `Drain ${node}.`, command: `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data`, risk: 'disruptive' as const },
      {
        text: `Delete ${node} and let it register again, so that it gets a range of the cluster.`,
        command: `kubectl delete node ${node}`,
        precondition: 'it is drained',
        risk: 'disruptive' as const,
      },
    ]);
  },
  warnings: ['Do not restart the CNI to cure a controller that crashes; do not patch ranges onto the waiting nodes.'],
  verify: () => ['kubectl -n kube-system get pods -l component=kube-controller-manager', 'kubectl ipconflict scan -A'],
};
