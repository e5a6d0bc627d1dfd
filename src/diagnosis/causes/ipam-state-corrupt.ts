import { unrecorded, recordedUnder } from '../../derived/usage.ts';
import { sameRange } from '../../ip/range.ts';
import type { Block, ClusterFacts } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import { podName } from '../../model/pod-table.ts';
import type { RemedyStep } from '../../model/report.ts';
import { type CauseRule, type Investigation, type Weighed, deletePod, moveIntruders, verifyAddresses } from '../investigation.ts';
import { forgotten, freed, refused } from '../lost-state/allocator.ts';
import { behindTheCloud, commonRestart, lingeringOwner } from '../lost-state/circumstances.ts';
import { pairsOf } from '../lost-state/proofs.ts';
import { blocks, contradictory, misattributed, storeWiped, unprotected } from '../lost-state/records.ts';

export const ipamStateCorrupt: CauseRule = {
  id: 'ipam-state-corrupt',
  explains: {
    title: 'The allocator’s records were lost or are wrong',
    meaning:
      'Addresses in use are free in the allocator’s eyes, because its store was wiped, restored, cleaned by mistake, or contradicts itself; they are given out again.',
    arises:
      'A restart with state on a volatile disk or an empty cache, deleted CRDs, a collector that took a live record for leaked, two claims to one block.',
    tellApart:
      'Pairs on one node, the younger born after a restart there; or live pods missing in records that are complete for everybody else. Two starts in the same second are a race; missing records of pods without the CNI’s mark are a former CNI’s.',
    action: 'Stop what frees or forgets, recreate the pods that are not on record, keep the records of those that are.',
    sources: [
      'kubernetes/kubernetes#43910',
      'aws/amazon-vpc-cni-k8s#711',
      'projectcalico/node#254',
      'projectcalico/calico#13538',
      'weaveworks/weave#3310',
    ],
  },
  weigh(investigation) {
    return (
      [
        storeWiped,
        freed,
        blocks,
        contradictory,
        forgotten,
        unprotected,
        lingeringOwner,
        misattributed,
        refused,
        behindTheCloud,
        commonRestart,
      ]
        .map((test) => test(investigation))
        .find((found) => found !== undefined) ?? notCorrupt(investigation)
    );
  },
  remedy({ facts }, found) {
    const pairs = found.explains.filter((finding) => finding.id === 'duplicate-pod-ip' || finding.id === 'duplicate-secondary-ip');
    const claim = found.explains.find((finding) => finding.id === 'overlapping-ipam-blocks');
    const record =
      claim && facts.blocks.find((block) => block.kind === 'record' && claim.ranges.some((range) => range.source === block.ref));
    const stale = claim?.ranges.filter((range) => range.source?.startsWith('blockaffinity/') && range.node !== record?.node) ?? [];
    const younger = claim && youngerBlock(facts, claim);
    const reconciler = facts.workloads.find((workload) => workload.kind === 'CronJob' && /ip-reconciler/.test(workload.name));
    const wiped = facts.stores.length > 0 && found.decisive.some((evidence) => evidence.ref.startsWith('customresourcedefinition/'));
    return [
      ...(reconciler && !reconciler.suspended
        ? [
            {
              text: 'Stop the reconciler until it is upgraded, so that it frees nothing more.',
              command: `kubectl -n ${reconciler.namespace} patch cronjob ${reconciler.name} -p '{"spec":{"suspend":true}}'`,
              risk: 'none' as const,
            },
          ]
        : []),
      ...stale.slice(0, 3).map((range) => ({
        text: `Delete the claim of ${range.node} that the block does not name; the block itself stays.`,
        command: `kubectl delete blockaffinities.crd.projectcalico.org ${range.source!.slice('blockaffinity/'.length)}`,
        precondition: `the IPAMBlock ${range.cidr} names another node`,
        risk: 'disruptive' as const,
      })),
      ...(younger ? retire(facts, younger) : []),
      ...(younger?.node === undefined ? moveIntruders(pairs) : []),
      ...moveUnrecorded(facts, found.explains),
      ...recordedUnder(facts)
        .filter(({ whole }) => !whole)
        .slice(0, 2)
        .flatMap(({ node, under }) => [
          {
            text: `On ${node}: mend the node name in the CNI’s configuration (it says ${under}), then restart the agent there, which writes it anew.`,
            command: 'grep -r nodename /etc/cni/net.d /var/lib/calico/nodename',
            risk: 'none' as const,
          },
          {
            text: `Recreate the pods of ${node} that are recorded under ${under}.`,
            precondition: 'the name is mended',
            risk: 'disruptive' as const,
          },
        ]),
      ...(wiped
        ? [
            {
              text: 'Recreate every pod that is older than the store, node by node, so that each address is on record again.',
              command: 'kubectl get pods -A --sort-by=.metadata.creationTimestamp -o wide',
              precondition: 'one node at a time',
              risk: 'disruptive' as const,
            },
          ]
        : []),
      ...(pairs.some((finding) => new Set(finding.nodes).size === 1)
        ? [
            {
              text: 'See that the allocator’s directory on the node survives restarts (/var/lib/cni, /var/run/aws-node, the agent’s host mounts).',
              risk: 'none' as const,
            },
          ]
        : []),
    ];
  },
  warnings: [
    'Do not delete IPAM blocks that record pods, the state directory of a node that runs pods, or the CRDs: that is how addresses in use become free.',
    'Do not delete the owner of the address: where one pod is on record, that one is right.',
  ],
  verify: (_investigation, found) => ['kubectl ipconflict scan -A', ...verifyAddresses(found.explains)],
};

/** Of blocks that cover each other, the one that came later. */
function youngerBlock(facts: ClusterFacts, claim: Finding): Block | undefined {
  const records = facts.blocks.filter((block) => block.kind === 'record' && claim.ranges.some((range) => range.source === block.ref));
  return records.length < 2 ? undefined : records.toSorted((a, b) => (b.created ?? 0) - (a.created ?? 0))[0];
}

/** Empties a block that lies over another, so that what is recreated gets no address out of it again (calico#10778). */
function retire(facts: ClusterFacts, { range, ref, node }: Block): RemedyStep[] {
  const affinity = facts.blocks.find((block) => block.kind === 'claim' && block.node === node && sameRange(block.range, range));
  const objects = [
    affinity?.ref.replace(/^blockaffinity/, 'blockaffinities.crd.projectcalico.org'),
    ref.replace(/^ipamblock/, 'ipamblocks.crd.projectcalico.org'),
  ];
  return [
    ...(node === undefined
      ? []
      : [
          {
            text: `Empty ${node}, whose block ${range.text} is the younger: nothing more is given out of it.`,
            command: `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data`,
            risk: 'disruptive' as const,
          },
        ]),
    {
      text: `Delete the block ${range.text} with its claim${node === undefined ? '' : `, then let ${node} take pods again (kubectl uncordon ${node})`}.`,
      command: `kubectl delete ${objects.filter((object) => object !== undefined).join(' ')}`,
      precondition: 'the block records no pod any more (spec.allocations)',
      risk: 'disruptive',
    },
  ];
}

function notCorrupt(investigation: Investigation): Weighed {
  const { facts } = investigation;
  if (facts.recordedNetworks.includes('pod') && unrecorded(facts).length === 0)
    return { not: 'every live address is on record for its own pod' };
  return pairsOf(investigation).length > 0
    ? { not: 'no restart lies between the two, and nothing says that the store was lost' }
    : undefined;
}

/** Live pods that no record protects: each holds the next address to be given out twice. */
function moveUnrecorded(facts: ClusterFacts, explained: readonly Finding[]): RemedyStep[] {
  if (!explained.some((finding) => finding.id === 'ipam-in-use-not-allocated')) return [];
  const paired = new Set(explained.filter((finding) => finding.id !== 'ipam-in-use-not-allocated').map((finding) => finding.address));
  const pods = unrecorded(facts)
    .filter((entry) => facts.plumbed(entry.row) !== 'no' && !paired.has(entry.address))
    .map((entry) => facts.pods.pod(entry.row));
  return pods.slice(0, 4).map((pod) => ({
    text: `Recreate ${podName(pod)}: its address is on nobody’s record and would be given out again.`,
    command: deletePod(pod.namespace, pod.name),
    risk: 'disruptive' as const,
  }));
}
