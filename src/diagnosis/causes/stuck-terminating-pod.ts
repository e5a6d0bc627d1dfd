import { podName } from '../../model/pod-table.ts';
import { type CauseRule, of, podOf, proof, verifyAddresses } from '../investigation.ts';

export const stuckTerminatingPod: CauseRule = {
  id: 'stuck-terminating-pod',
  explains: {
    title: 'A pod that will not go away still holds its address',
    meaning: 'The address was given on when the pod was deleted, but its containers still run, or nobody can say whether they do.',
    arises: 'A runtime that lost track of a container; a node that died with its pods.',
    tellApart:
      'With the node Ready and containers running both are on the wire. On a silent node it is a conflict only if that machine still runs.',
    action: 'End the containers first, then remove the pod object.',
    sources: ['aws/amazon-vpc-cni-k8s#1091', 'kubernetes/kubernetes#135266', 'linkerd/linkerd2#5939'],
  },
  weigh(investigation) {
    const held = of(investigation, 'terminating-holder');
    const stale = of(investigation, 'stale-holder');
    const real = held.filter((finding) => finding.severity === 'error');
    if (held.length === 0 && stale.length === 0)
      return of(investigation, 'duplicate-pod-ip').length > 0 ? { not: 'none of the holders is being deleted' } : undefined;
    const found = [...held, ...stale];
    return {
      // Within its grace period, or without a word on when it was deleted, a pod may yet go by itself.
      confidence: real.length > 0 ? 'certain' : stale.length > 0 ? 'likely' : 'possible',
      summary: `${(real[0] ?? found[0])!.title}.`,
      decisive: proof(real.length > 0 ? real : found),
      explains: found,
    };
  },
  remedy(investigation, found) {
    const holders = found.explains.flatMap((finding) =>
      finding.holders.filter((holder) => holder.class === 'terminating' || holder.class === 'unreachable'),
    );
    return holders.slice(0, 3).flatMap((holder) => {
      const pod = podOf(investigation, holder);
      const name = pod ? podName(pod) : `${holder.namespace}/${holder.name}`;
      if (holder.class === 'unreachable')
        return [
          {
            text: `Make sure that the machine of ${holder.node} is off; then take the node out of service, and its pods go.`,
            command: `kubectl taint node ${holder.node} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`,
            precondition: 'the machine is powered off or cut off for good',
            risk: 'data-loss' as const,
          },
        ];
      return [
        {
          text: `On ${holder.node}: end the containers of ${name} that still run.`,
          command: `crictl ps --label io.kubernetes.pod.name=${holder.name} -q | xargs -r crictl stop`,
          risk: 'disruptive' as const,
        },
        {
          text: 'Then remove the pod object.',
          command: `kubectl -n ${holder.namespace} delete pod ${holder.name} --grace-period=0 --force`,
          precondition: 'its containers have ended',
          risk: 'data-loss' as const,
        },
      ];
    });
  },
  warnings: [
    'Do not force-delete first: the object goes, the container and its address stay.',
    'Do not dismiss a holder only because it is Terminating.',
  ],
  verify: (_investigation, found) => verifyAddresses(found.explains),
};
