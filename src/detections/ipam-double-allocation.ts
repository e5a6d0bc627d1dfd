import { virtualMachineOf } from '../model/pod-table.ts';
import { confidenceFor, finding, isLive, podHolder } from './common.ts';
import type { Detection } from './detection.ts';

export const ipamDoubleAllocation: Detection = {
  id: 'ipam-double-allocation',
  explains: {
    title: 'The allocator’s store has one address for two owners',
    meaning: 'Two records give the same address to different pods: the store contradicts itself, and both pods are right to use it.',
    arises: 'Overlapping blocks or pools, each with a record of its own; an edited or restored store.',
    tellApart: 'Two records of one pod (dual stack, one handle) are normal.',
    action: 'Find which blocks or pools overlap; recreate the younger pod after they are disjoint.',
    sources: ['projectcalico/libcalico-go#1377', 'projectcalico/calico#8446'],
  },
  *find(facts) {
    const groups = Map.groupBy(
      facts.allocations.filter((allocation) => allocation.pod),
      (allocation) => `${allocation.network}|${allocation.address}`,
    );
    for (const records of groups.values()) {
      const owners = new Set(records.map((record) => `${record.pod!.namespace}/${record.pod!.name}`));
      if (owners.size < 2) continue;
      const { address, network } = records[0]!;
      const recorded = records.flatMap((record) => {
        const row = facts.pods.find(record.pod!.namespace, record.pod!.name);
        return row === undefined ? [] : [facts.pods.pod(row)];
      });
      const pods = recorded.filter((pod) => isLive(facts, pod));
      // A virtual machine that migrates has a record for each of its two pods, and the one it left stays until its pod is removed.
      const machines = new Set(recorded.map((pod) => virtualMachineOf(pod)));
      if (recorded.length === owners.size && machines.size === 1 && !machines.has(undefined)) continue;
      yield finding(
        'ipam-double-allocation',
        pods.length > 1 ? 'error' : 'warning',
        confidenceFor(facts, pods),
        `${address} is recorded for ${[...owners].join(' and ')}`,
        {
          address,
          network,
          holders: [
            ...pods.map((pod) => podHolder(facts, pod)),
            ...records.map((record) => ({ kind: 'Allocation' as const, name: record.ref, class: 'allocation' as const })),
          ],
          nodes: [
            ...new Set([...pods.map((pod) => pod.node), ...records.flatMap((record) => (record.node === undefined ? [] : [record.node]))]),
          ],
          evidence: records.map((record) => ({
            source: 'crd' as const,
            ref: record.ref,
            text: `${record.ref}: ${address} for ${record.pod!.namespace}/${record.pod!.name}`,
          })),
        },
      );
    }
  },
};
