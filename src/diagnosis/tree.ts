import { knowsNodes } from '../derived/holders.ts';
import { failingSandboxes, knowsEvents } from '../derived/sandboxes.ts';
import { compareText, type Evidence, isoTime } from '../model/finding.ts';
import type { Answer, CauseId, QuestionId, StepId } from '../model/report.ts';
import { type Investigation, isNear, of, proof } from './investigation.ts';

/** What the evidence says to a question, and why. */
export type Reply = { readonly answer: Answer; readonly because: string; readonly evidence: readonly Evidence[] };

/** One question of the diagnosis. A question that settles causes ends the walk when its answer is yes. */
export type Question = {
  readonly id: QuestionId;
  readonly asks: string;
  /** The playbook step whose evidence it looks at. */
  readonly step: StepId;
  /** The causes that stand behind a yes. */
  readonly settles: readonly CauseId[];
  /** What is seen, whatever it means for the verdict. */
  readonly look: (investigation: Investigation) => Reply;
  /** How to find out where the API cannot tell. */
  readonly ask: (investigation: Investigation) => string;
  readonly leadsTo: Readonly<Record<Answer, QuestionId | 'verdict'>>;
};

const reply = (answer: Answer, because: string, evidence: readonly Evidence[] = []): Reply => ({ answer, because, evidence });
const yesIf = (evidence: readonly Evidence[], yes: string, no: string): Reply =>
  evidence.length > 0 ? reply('yes', yes, evidence) : reply('no', no);
const nodeOf = (investigation: Investigation): string => [...investigation.focus.nodes][0] ?? 'NODE';

/** The runbook’s tree, from top to bottom: every question, what it settles, and where each answer leads. */
export const TREE: readonly Question[] = [
  {
    id: 'events-show-ipam-failure',
    asks: 'Do events show that pods cannot get an address?',
    step: 'pod-events',
    settles: [],
    look: (investigation) => {
      const { facts } = investigation;
      const failing = failingSandboxes(facts).filter(
        ({ pod }) => investigation.subject.kind !== 'Pod' || pod.node === investigation.pod?.node || pod === investigation.pod,
      );
      const evidence = failing.slice(0, 3).map(({ event }): Evidence => ({
        source: 'event',
        ref: `pod/${event.object.namespace}/${event.object.name}`,
        ...(isoTime(event.last) ? { at: isoTime(event.last)! } : {}),
        text: `${event.reason}: ${event.message.slice(0, 300)}`,
      }));
      if (evidence.length > 0)
        return reply(
          'yes',
          `${failing.length} ${failing.length === 1 ? 'event says' : 'events say'} that a sandbox cannot get its network`,
          evidence,
        );
      if (!knowsEvents(facts)) return reply('unknown', 'no events were read; they live one hour, so their absence proves nothing');
      return reply('no', 'no event tells of a failing sandbox (events live one hour)');
    },
    ask: () => 'kubectl get events -A --field-selector reason=FailedCreatePodSandBox --sort-by=.lastTimestamp',
    leadsTo: { yes: 'duplicates-confirmed', no: 'duplicates-confirmed', unknown: 'duplicates-confirmed' },
  },
  {
    id: 'duplicates-confirmed',
    asks: 'Is an address really held twice, and by whom?',
    step: 'list-pod-ips',
    settles: ['service-ip-conflict', 'stuck-terminating-pod', 'stale-endpoints', 'infrastructure-address-conflict', 'benign-sharing'],
    look: (investigation) => {
      const found = of(
        investigation,
        [
          'duplicate-pod-ip',
          'duplicate-secondary-ip',
          'terminating-holder',
          'pod-ip-equals-node-ip',
          'pod-ip-equals-service-ip',
          'pod-ip-equals-infrastructure-ip',
          'duplicate-service-ip',
          'static-ip-conflict',
        ],
        ['error'],
      );
      const near = found.filter((finding) => isNear(investigation, finding));
      const nodes = [...new Set((near.length > 0 ? near : found).flatMap((finding) => finding.nodes))].toSorted(compareText);
      if (found.length > 0)
        return reply(
          'yes',
          `${found.length} ${found.length === 1 ? 'address is' : 'addresses are'} held twice, on ${nodes.slice(0, 4).join(', ') || 'Services'}`,
          proof(near.length > 0 ? near : found, 4),
        );
      if (investigation.facts.pods.size === 0) return reply('unknown', 'no pods were read');
      return reply('no', 'no address is held by two live parties');
    },
    ask: () => 'kubectl get pods -A -o wide --field-selector status.phase=Running | sort -k7',
    leadsTo: { yes: 'cni-unhealthy', no: 'cni-unhealthy', unknown: 'cni-unhealthy' },
  },
  {
    id: 'cni-unhealthy',
    asks: 'Is the CNI itself what fails?',
    step: 'cni-status',
    settles: ['cni-agent-unhealthy'],
    look: (investigation) => {
      const { facts } = investigation;
      const found = of(investigation, ['cni-agent-unhealthy', 'cni-agent-missing']);
      const agents = facts.cnis.filter((cni) => cni.role !== 'leftover').flatMap((cni) => cni.agents);
      if (found.length > 0) return reply('yes', found[0]!.title, proof(found, 4));
      if (agents.length === 0)
        return reply('unknown', facts.cnis.length === 0 ? 'no CNI was recognised' : 'this CNI has no agent that the API shows');
      return reply('no', `${agents.reduce((sum, agent) => sum + agent.pods.length, 0)} agent pods work`);
    },
    ask: (investigation) => `on ${nodeOf(investigation)}: crictl ps -a | grep -i -E 'calico|cilium|flannel|cni'`,
    leadsTo: { yes: 'verdict', no: 'pool-exhausted', unknown: 'pool-exhausted' },
  },
  {
    id: 'pool-exhausted',
    asks: 'Is a pool, a node’s range or the cluster range used up?',
    step: 'cni-logs',
    settles: ['ipam-leak', 'ip-pool-exhausted', 'node-cidr-exhausted'],
    look: (investigation) => {
      const found = of(investigation, ['pool-exhausted', 'ipam-leak', 'node-ranges-exhausted']);
      const near = of(investigation, 'pool-nearly-full');
      if (found.length === 0 && investigation.facts.pools.length === 0 && investigation.facts.nodeRanges.length === 0)
        return reply('unknown', 'the ranges and pools were not readable, and no message speaks of them');
      return yesIf(
        proof(found, 4),
        found[0]?.title ?? '',
        near[0] ? `not yet: ${near[0].title}` : 'every pool and range that was read has room',
      );
    },
    ask: (investigation) => `on ${nodeOf(investigation)}: ls /var/lib/cni/networks/* | wc -l`,
    leadsTo: { yes: 'verdict', no: 'cidrs-overlap', unknown: 'cidrs-overlap' },
  },
  {
    id: 'cidrs-overlap',
    asks: 'Do ranges overlap: nodes’, pools’, the nodes’ network, the Services’?',
    step: 'cluster-cidrs',
    settles: [
      'ip-pool-overlap',
      'node-cidr-overlap',
      'pod-cidr-overlaps-service-cidr',
      'pod-cidr-overlaps-node-network',
      'cluster-cidr-mismatch',
    ],
    look: (investigation) => {
      const { facts } = investigation;
      const found = of(investigation, [
        'overlapping-node-ranges',
        'overlapping-pools',
        'overlapping-ipam-blocks',
        'pod-range-overlaps-node-network',
        'pod-range-overlaps-service-range',
        'cluster-cidr-mismatch',
        'node-range-outside-cluster-cidr',
      ]);
      const ranges = facts.nodeRanges.length + facts.pools.length;
      if (found.length === 0 && ranges === 0 && facts.addressing !== 'node-network')
        return reply('unknown', 'no node’s range and no pool could be read');
      if (found.length === 0 && ranges > 0 && !knowsNodes(facts))
        return reply(
          'unknown',
          `not all nodes were read: of the ${ranges === 1 ? 'one range' : `${ranges} ranges`} that could be compared none overlaps`,
        );
      return yesIf(
        proof(found, 4),
        found[0]?.title ?? '',
        facts.addressing === 'node-network'
          ? 'pods live in the nodes’ network by design, there are no ranges to overlap'
          : ranges === 1
            ? 'the one range that was read overlaps no other'
            : `all ${ranges} ranges that were read are disjoint`,
      );
    },
    ask: (investigation) => `on ${nodeOf(investigation)}: cat /etc/cni/net.d/* /run/flannel/subnet.env; ip route`,
    leadsTo: { yes: 'verdict', no: 'recent-nodes', unknown: 'recent-nodes' },
  },
  {
    id: 'recent-nodes',
    asks: 'Did a node join, come back or get cloned lately?',
    step: 'cluster-cidrs',
    settles: ['node-identity-clash', 'node-reregistered', 'node-cidr-missing'],
    look: (investigation) => {
      const { facts } = investigation;
      const found = of(investigation, ['duplicate-node-identity', 'duplicate-node-ip', 'node-range-missing']);
      const day = facts.now - 24 * 3_600_000;
      const young = facts.nodes.filter((node) => (node.created ?? 0) > day && !node.virtual);
      if (found.length > 0) return reply('yes', found[0]!.title, proof(found, 4));
      if (facts.nodes.length === 0) return reply('unknown', 'no nodes were read');
      // All nodes young means a young cluster, which says nothing.
      if (young.length > 0 && young.length < facts.nodes.length)
        return reply(
          'yes',
          `${young
            .map((node) => node.name)
            .slice(0, 4)
            .join(', ')} joined within a day`,
          young.slice(0, 3).map((node): Evidence => ({
            source: 'node',
            ref: `node/${node.name}`,
            at: isoTime(node.created)!,
            text: `${node.name} was created ${isoTime(node.created)}`,
          })),
        );
      return knowsNodes(facts)
        ? reply('no', 'no node joined within a day, and none shares an identity')
        : reply('unknown', 'not all nodes were read: none of those that were joined within a day or shares an identity');
    },
    ask: () => 'kubectl get nodes --sort-by=.metadata.creationTimestamp',
    leadsTo: { yes: 'version-incompatible', no: 'version-incompatible', unknown: 'version-incompatible' },
  },
  {
    id: 'version-incompatible',
    asks: 'Do CNI versions differ, or is this release known for it?',
    step: 'cni-status',
    settles: ['cni-version-mismatch'],
    look: (investigation) => {
      const found = of(investigation, 'cni-version-skew', ['error', 'warning', 'info']);
      const versions = investigation.facts.cnis.filter((cni) => cni.role !== 'leftover' && cni.versions.length > 0);
      if (found.length === 0 && versions.length === 0) return reply('unknown', 'no version could be read');
      return yesIf(
        proof(found, 3),
        found[0]?.title ?? '',
        versions.map((cni) => `${cni.title} ${cni.versions.join(', ')}`).join('; ') + ' runs everywhere',
      );
    },
    ask: () =>
      'kubectl get pods -A -o custom-columns=NODE:.spec.nodeName,IMAGE:.spec.containers[0].image | grep -i -E "calico|cilium|flannel|cni"',
    leadsTo: { yes: 'manual-assignment', no: 'manual-assignment', unknown: 'manual-assignment' },
  },
  {
    id: 'manual-assignment',
    asks: 'Was the address asked for by hand?',
    step: 'describe-pod',
    settles: ['static-ip-conflict', 'secondary-ipam-not-cluster-wide'],
    look: (investigation) => {
      const { facts, focus } = investigation;
      const found = of(investigation, ['static-ip-conflict', 'per-node-ipam-on-shared-network']);
      const asked = facts.staticRequests.filter((request) => focus.addresses.has(request.address));
      if (facts.pods.size === 0) return reply('unknown', 'no pod could be read');
      return yesIf(
        [
          ...proof(found, 3),
          ...asked.slice(0, 2).map((request): Evidence => ({ source: 'pod', ref: request.ref, text: `${request.ref}: ${request.text}` })),
        ],
        found[0]?.title ?? `${asked.length} requests name the address`,
        `${facts.staticRequests.length === 0 ? 'no annotation or template asks for an address' : 'no request names the address in question'}`,
      );
    },
    ask: () => 'kubectl get pods -A -o yaml | grep -i -E "ipaddrs|ip_address|\\"ips\\""',
    leadsTo: { yes: 'several-cnis', no: 'several-cnis', unknown: 'several-cnis' },
  },
  {
    id: 'several-cnis',
    asks: 'Do several things hand out pod addresses?',
    step: 'cni-status',
    settles: ['multiple-cnis', 'cni-bypassed'],
    look: (investigation) => {
      const { facts } = investigation;
      const found = of(investigation, ['multiple-cnis', 'pod-ip-in-runtime-default-range', 'pod-ip-in-other-node-range']);
      const primary = facts.cnis.filter((cni) => cni.role === 'primary');
      if (found.length > 0) return reply('yes', found[0]!.title, proof(found, 4));
      return primary.length === 0
        ? reply('unknown', 'no CNI that hands out addresses was recognised')
        : reply('no', `only ${primary.map((cni) => cni.title).join(', ')} does (which files lie on the nodes cannot be seen from here)`);
    },
    ask: (investigation) => `on ${nodeOf(investigation)}: ls /etc/cni/net.d`,
    leadsTo: { yes: 'state-corrupt', no: 'state-corrupt', unknown: 'state-corrupt' },
  },
  {
    id: 'state-corrupt',
    asks: 'Is the allocator’s own record lost or wrong?',
    step: 'cni-logs',
    settles: ['ipam-state-corrupt', 'allocation-race'],
    look: (investigation) => {
      const { facts } = investigation;
      const found = of(investigation, [
        'ipam-in-use-not-allocated',
        'ipam-double-allocation',
        'overlapping-ipam-blocks',
        'ipam-orphan-block',
      ]);
      const said = facts.signals.filter((signal) =>
        ['state-lost', 'allocator-started-empty', 'live-address-freed', 'state-inconsistent'].includes(signal.means),
      );
      if (found.length > 0 || said.length > 0)
        return reply('yes', found[0]?.title ?? 'a component says so', [
          ...proof(found, 3),
          ...said.slice(0, 2).map((signal) => signal.evidence),
        ]);
      if (facts.recordedNetworks.length === 0)
        return reply('unknown', 'the allocator’s records are not in the API: they are on the nodes or in the cloud');
      return reply('no', 'the records agree with the pods');
    },
    ask: (investigation) => `on ${nodeOf(investigation)}: ls -lt /var/lib/cni/networks/*; journalctl -u kubelet -u containerd --since -1h`,
    leadsTo: { yes: 'verdict', no: 'verdict', unknown: 'verdict' },
  },
];

export const questionFor = (cause: CauseId): Question | undefined => TREE.find((question) => question.settles.includes(cause));
