import type { HolderClass } from '../model/finding.ts';
import { podName, virtualMachineOf } from '../model/pod-table.ts';
import { classOf, finding, inventedParties, isLive, liveParties, podEvidence, podHolder, sharedAddresses } from './common.ts';
import type { Detection } from './detection.ts';

const WHY: Partial<Record<HolderClass, string>> = {
  finished: 'is finished, its address is history',
  released: 'is being deleted and has given its address back',
  virtual: 'is on a virtual node, its address is not on this wire',
  pending: 'has not started',
};

export const benignSharing: Detection = {
  id: 'benign-sharing',
  explains: {
    title: 'An address is shared, and that is fine',
    meaning: 'More than one pod carries the address, but at most one of them is on the wire with it.',
    arises: 'A Job finished and its address was reused; a pod is on its way out; a virtual machine migrates; a node is virtual.',
    tellApart: 'It turns into a conflict when a deleted pod’s containers keep running, or when two pods are live.',
    action: 'Nothing. `ttlSecondsAfterFinished` keeps lists tidy.',
    sources: ['kubernetes/kubernetes#62935', 'kubernetes/kubernetes#98611', 'kubevirt/kubevirt#16622'],
  },
  *find(facts) {
    for (const { address, network, pods } of sharedAddresses(facts)) {
      const own = pods.filter((pod) => !pod.hostNetwork);
      const live = liveParties(facts, own);
      const idle = own.filter((pod) => ['finished', 'released', 'virtual', 'pending'].includes(classOf(facts, pod)));
      const machines = own.filter((pod) => isLive(facts, pod) && virtualMachineOf(pod) !== undefined);
      const migrating = machines.length > 1 && live.length === 1;
      if (live.length > 1 || inventedParties(facts, own).length > 0 || (idle.length === 0 && !migrating)) continue;
      const reasons = idle.map((pod) => `${podName(pod)} ${WHY[classOf(facts, pod)]}`);
      yield finding(
        'benign-sharing',
        'info',
        'confirmed',
        migrating
          ? `${address} is shared by a virtual machine that migrates`
          : `${address} stands on ${own.length} pods, at most one of which uses it`,
        {
          address,
          network,
          holders: own.map((pod) =>
            migrating && machines.includes(pod) ? podHolder(facts, pod, undefined, 'migrating') : podHolder(facts, pod),
          ),
          nodes: [...new Set(own.map((pod) => pod.node))],
          evidence: [
            ...own.map((pod) => podEvidence(pod)),
            ...reasons.slice(0, 5).map((text) => ({ source: 'pod' as const, ref: `pods at ${address}`, text })),
          ],
        },
      );
    }
  },
};
