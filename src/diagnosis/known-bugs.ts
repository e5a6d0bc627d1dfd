import type { ClusterFacts } from '../model/facts.ts';
import type { CauseId, KnownBug } from '../model/report.ts';
import type { CauseCase, Investigation } from './investigation.ts';
import { restarts } from '../derived/agents.ts';
import { compareVersions } from '../model/version.ts';

/** A published bug: whom it concerns, in which releases, and by what it is recognised beyond the version. */
type Entry = KnownBug & {
  /** Id of a CNI, or `kubernetes`. */
  readonly component: string;
  /** First affected and first fixed version; either may be open. */
  readonly releases: readonly (readonly [from: string | undefined, to: string | undefined])[];
  readonly causes: readonly CauseId[];
  /** For images that are tagged by date: the day the fix was merged. */
  readonly mended?: string;
  /** What must be seen besides: a version alone is never proof. */
  readonly signature?: (investigation: Investigation, found: CauseCase) => boolean;
};

const overlapIn = (found: CauseCase): readonly string[] =>
  found.explains.filter((finding) => finding.id === 'overlapping-node-ranges').flatMap((finding) => finding.nodes);
const mentions = (facts: ClusterFacts, cni: string, ipam: string): boolean =>
  facts.cnis.some((candidate) => candidate.id === cni && candidate.ipam === ipam);

const BUGS: readonly Entry[] = [
  {
    id: 'kubernetes/kubernetes#127792',
    component: 'kubernetes',
    releases: [['1.31.0', '1.31.4']],
    causes: ['node-cidr-overlap'],
    affected: '1.31.0–1.31.3',
    fixed: '1.31.4',
    text: 'The controller manager releases a node’s podCIDR as soon as its deletion begins, while a finalizer keeps the node and its pods running.',
    signature: (investigation, found) => overlapIn(found).some((name) => investigation.facts.node(name)?.deletion !== undefined),
  },
  {
    id: 'cilium/cilium#21482',
    component: 'cilium',
    releases: [
      ['1.11.0', '1.11.11'],
      ['1.12.0', '1.12.4'],
    ],
    causes: ['node-cidr-overlap'],
    affected: '1.11.0–1.11.10, 1.12.0–1.12.3',
    fixed: '1.11.11',
    text: 'Nodes that join while the operator is down get ranges that are already in use.',
    signature: ({ facts }) => mentions(facts, 'cilium', 'cluster-pool'),
  },
  {
    id: 'cilium/cilium#44832',
    component: 'cilium',
    releases: [
      ['1.17.0', '1.17.15'],
      ['1.18.0', '1.18.9'],
      ['1.19.0', '1.19.3'],
    ],
    causes: ['node-cidr-overlap'],
    affected: '1.17 < 1.17.15, 1.18 < 1.18.9, 1.19 < 1.19.3',
    fixed: '1.17.15',
    text: 'In dual stack an operator restart with a duplicate IPv6 range frees the IPv4 range.',
    signature: ({ facts }) => mentions(facts, 'cilium', 'cluster-pool') && facts.nodeRanges.some((entry) => entry.range.family === 6),
  },
  {
    id: 'cilium/cilium#41986',
    component: 'cilium',
    releases: [[undefined, '1.19.0']],
    causes: ['node-cidr-overlap', 'ip-pool-overlap'],
    affected: '< 1.19.0',
    fixed: '1.19.0',
    text: 'A pool that is shrunk or deleted and added again gives ranges in use to other nodes.',
    signature: ({ facts }) => mentions(facts, 'cilium', 'multi-pool'),
  },
  {
    id: 'projectcalico/calico#3589',
    component: 'calico',
    releases: [[undefined, '3.23.0']],
    causes: ['infrastructure-address-conflict', 'ipam-state-corrupt'],
    affected: '≤ v3.22',
    fixed: 'v3.23 detects and re-allocates',
    text: 'The tunnel address of a node that was deleted and came back under its name is freed and given to a pod.',
    signature: (_, found) => found.explains.some((finding) => finding.id === 'pod-ip-equals-infrastructure-ip'),
  },
  {
    id: 'projectcalico/calico#5044',
    component: 'calico',
    releases: [['3.20.0', '3.21.0']],
    causes: ['ipam-state-corrupt'],
    affected: 'v3.20.x',
    fixed: 'v3.21',
    text: 'The garbage collector frees addresses of live dual-stack pods.',
    signature: ({ facts }) =>
      facts.pools.some((pool) => pool.ranges.some((range) => range.family === 6)) &&
      facts.signals.some((signal) => signal.means === 'live-address-freed'),
  },
  {
    id: 'projectcalico/calico#13538',
    component: 'calico',
    releases: [['3.22.0', undefined]],
    causes: ['ipam-state-corrupt'],
    affected: '≥ v3.22, open',
    fixed: 'not yet',
    text: 'An allocation recorded under the wrong node name is taken for leaked, although its pod runs.',
    signature: ({ facts }) =>
      facts.signals.some((signal) => signal.means === 'live-address-freed' && /rescheduled/.test(signal.evidence.text)),
  },
  {
    id: 'projectcalico/calico#1406',
    component: 'calico',
    releases: [[undefined, '3.0.0']],
    causes: ['cni-version-mismatch'],
    affected: 'cni-plugin < 1.11.2, on any node',
    fixed: 'cni-plugin 1.11.2 on every node',
    text: 'Handles by pod name: a late release of a StatefulSet pod’s former sandbox frees the new one’s address.',
  },
  {
    id: 'aws/amazon-vpc-cni-k8s#711',
    component: 'aws-vpc-cni',
    releases: [[undefined, '1.6.0']],
    causes: ['ipam-state-corrupt'],
    affected: '< 1.6.0',
    fixed: '1.6.0',
    text: 'After a restart ipamd finds no local pods and gives their addresses out again.',
  },
  {
    id: 'aws/amazon-vpc-cni-k8s#3019',
    component: 'aws-vpc-cni',
    releases: [['1.6.0', '1.18.4']],
    causes: ['ipam-state-corrupt'],
    affected: '< 1.18.4',
    fixed: '1.18.4',
    text: 'Stale instance metadata makes ipamd release addresses in use.',
    signature: ({ facts }) => facts.signals.some((signal) => signal.cni === 'aws-vpc-cni' && signal.means === 'state-inconsistent'),
  },
  {
    id: 'Azure/azure-container-networking#1259',
    component: 'azure-cns',
    releases: [[undefined, '1.4.19']],
    causes: ['ipam-state-corrupt'],
    affected: '< 1.4.19',
    fixed: '1.4.19',
    text: 'A restart of CNS gives addresses in use out again.',
  },
  {
    id: 'ovn-org/ovn-kubernetes#3919',
    component: 'ovn-kubernetes',
    mended: '2023-10-10',
    releases: [[undefined, '1.0.0']],
    causes: ['ipam-state-corrupt'],
    affected: '< 1.0.0',
    fixed: '1.0.0',
    text: 'At start a completed pod is taken for the owner of its former address; deleting it frees a running pod’s address.',
  },
  {
    id: 'ovn-org/ovn-kubernetes@192f575',
    component: 'ovn-kubernetes',
    releases: [[undefined, '1.1.0']],
    causes: ['node-cidr-overlap'],
    affected: '< 1.1.0',
    fixed: '1.1.0',
    text: 'A node gets the subnet that another has for the hybrid overlay.',
    signature: ({ facts }, found) =>
      overlapIn(found).some((name) => facts.nodeRanges.some((entry) => entry.node === name && entry.beside === true)),
  },
  {
    id: 'k8snetworkplumbingwg/whereabouts#110',
    component: 'whereabouts',
    releases: [[undefined, '0.5.1']],
    causes: ['allocation-race'],
    affected: '< 0.5.1 (reported again with 0.6.3)',
    fixed: '0.5.1',
    text: 'Concurrent allocations write one pool without a lock that holds.',
  },
  {
    id: 'k8snetworkplumbingwg/whereabouts#176',
    component: 'whereabouts',
    releases: [[undefined, '0.8.0']],
    causes: ['ipam-state-corrupt'],
    affected: '< 0.8.0',
    fixed: '0.8.0',
    text: 'The reconciler lists pods before allocations and releases the address of a pod created in between.',
    // A pool that is younger than its pods was made anew: that is another story.
    signature: ({ facts }, found) =>
      found.explains.every((finding) =>
        facts.pools
          .filter((pool) => pool.network === finding.network && pool.created !== undefined)
          .every((pool) => finding.holders.every((holder) => holder.since === undefined || pool.created! <= Date.parse(holder.since))),
      ),
  },
  {
    id: 'spidernet-io/spiderpool#2526',
    component: 'spiderpool',
    releases: [[undefined, '1.0.0']],
    causes: ['ipam-state-corrupt'],
    affected: '< 1.0.0',
    fixed: '1.0.0',
    text: 'The collector releases the address of a StatefulSet pod that was made anew under its name.',
    signature: ({ facts }) => facts.signals.some((signal) => signal.cni === 'spiderpool' && signal.means === 'live-address-freed'),
  },
  {
    id: 'kubernetes/kubernetes#109414',
    component: 'kubernetes',
    releases: [['1.22.0', '1.25.0']],
    causes: ['stale-endpoints'],
    affected: '1.22.0–1.24',
    fixed: '1.25.0',
    text: 'Pods that ended keep their address and stay in EndpointSlices.',
  },
  {
    id: 'kubeovn/kube-ovn#6489',
    component: 'kube-ovn',
    releases: [['1.13.0', '1.16.0']],
    causes: ['ip-pool-overlap'],
    affected: '1.13.0–1.15.x',
    fixed: '1.16.0',
    text: 'Overlapping subnets are noticed and accepted all the same.',
  },
  {
    id: 'kubeovn/kube-ovn#4304',
    component: 'kube-ovn',
    releases: [['1.13.0', '1.14.0']],
    causes: ['static-ip-conflict'],
    affected: '1.13',
    fixed: 'not known',
    text: 'One static address on two pods is accepted when both were made while the controller was down.',
  },
  {
    id: 'antrea-io/antrea#8239',
    component: 'antrea',
    releases: [
      ['1.15.0', '2.5.3'],
      ['2.6.0', '2.6.3'],
    ],
    causes: ['ipam-state-corrupt'],
    affected: '1.15.0–2.5.2, 2.6.0–2.6.2',
    fixed: '2.5.3, 2.6.3, 2.7.0',
    text: 'The agent’s clean-up at start releases addresses in use.',
    signature: ({ facts }, found) =>
      facts.signals.some((signal) => signal.cni === 'antrea' && signal.means === 'live-address-freed') ||
      restarts(facts).some((restart) => found.explains.some((finding) => finding.nodes.includes(restart.node))),
  },
  {
    id: 'antrea-io/antrea#7893',
    component: 'antrea',
    releases: [[undefined, '2.7.0']],
    causes: ['node-cidr-overlap'],
    affected: '< 2.7.0',
    fixed: '2.7.0',
    text: 'Node churn leaves two nodes with one podCIDR.',
  },
];

/** The published bug that fits a verdict: cause, release and signature must all agree. */
export function knownBug(investigation: Investigation, cause: CauseId, found: CauseCase): KnownBug | undefined {
  const entry = BUGS.find(
    (bug) =>
      bug.causes.includes(cause) &&
      versionsOf(investigation.facts, bug.component).some((version) => isAffected(bug, version)) &&
      (bug.signature?.(investigation, found) ?? true),
  );
  return entry && { id: entry.id, affected: entry.affected, fixed: entry.fixed, text: entry.text };
}

const versionsOf = (facts: ClusterFacts, component: string): readonly string[] =>
  component === 'kubernetes'
    ? [facts.kubernetesVersion ?? facts.nodes[0]?.kubeletVersion ?? ''].map((version) => version.replace(/^v/, '')).filter(Boolean)
    : facts.cnis.filter((cni) => cni.id === component && cni.role !== 'leftover').flatMap((cni) => cni.versions);

const DATE = /^\d{4}-\d{2}/;

function isAffected(bug: Entry, version: string): boolean {
  if (DATE.test(version)) return bug.mended !== undefined && version < bug.mended;
  return bug.releases.some(
    ([from, to]) => (from === undefined || compareVersions(version, from) >= 0) && (to === undefined || compareVersions(version, to) < 0),
  );
}
