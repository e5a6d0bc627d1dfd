import { describeHarmless, idleReason, isHarmless, migrating, ownAddress } from '../derived/harmless-sharing.ts';
import type { ClusterFacts } from '../model/facts.ts';
import { type Evidence, type Finding, compareText } from '../model/finding.ts';
import { type Sharing, finding, podHolder, sharedBeyondHosts } from './common.ts';
import type { Detection } from './detection.ts';

/** More shared addresses than this are told together: each by itself, they would bury what matters. */
const MANY = 50;

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
    const harmless = sharedBeyondHosts(facts).filter((sharing) => isHarmless(facts, sharing));
    if (harmless.length > MANY) yield together(facts, harmless);
    else for (const sharing of harmless) yield oneAddress(facts, sharing);
  },
};

function oneAddress(facts: ClusterFacts, sharing: Sharing): Finding {
  const { address, network, pods } = sharing;
  const own = ownAddress(pods);
  const machines = migrating(facts, own);
  const { title, evidence } = describeHarmless(facts, sharing);
  return finding('benign-sharing', 'info', 'confirmed', title, {
    address,
    network,
    holders: own.map((pod) => podHolder(facts, pod, undefined, machines.includes(pod) ? 'migrating' : undefined)),
    nodes: [...new Set(own.map((pod) => pod.node))],
    evidence,
  });
}

/** No more than what the first look at a pod shows: to name every one of a thousand would mean to read them all. */
function together(facts: ClusterFacts, harmless: readonly Sharing[]): Finding {
  const sorted = harmless.toSorted((a, b) => compareText(a.address, b.address) || compareText(a.network, b.network));
  const example = ({ address, members }: Sharing): Evidence => {
    const names = ownAddress(members).flatMap((pod) => {
      const reason = idleReason(facts, pod);
      return reason === undefined ? [] : [`${pod.name} on ${pod.node || 'no node'} ${reason}`];
    });
    return {
      source: 'pod',
      ref: `pods at ${address}`,
      text: names.toSorted(compareText).slice(0, 2).join('; ') || 'a virtual machine migrates',
    };
  };
  return finding(
    'benign-sharing',
    'info',
    'confirmed',
    `${harmless.length} addresses stand on several pods, at most one of which uses each`,
    {
      network: sorted[0]!.network,
      evidence: sorted.slice(0, 5).map((sharing) => example(sharing)),
    },
  );
}
