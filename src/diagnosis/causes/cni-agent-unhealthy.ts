import { knowsNodes } from '../../derived/holders.ts';
import { type CauseRule, of, proof } from '../investigation.ts';

export const cniAgentUnhealthy: CauseRule = {
  id: 'cni-agent-unhealthy',
  explains: {
    title: 'The CNI’s agents do not work',
    meaning: 'Where the agent fails or is missing, pods get no address and records are not kept.',
    arises:
      'A configuration that does not fit the machine, no way to the API server, missing rights, a node that the DaemonSet does not reach.',
    tellApart:
      'Agents also crash because of something deeper: no range, a full pool, an overlapping network, an identity held twice. Then that is the cause.',
    action: 'Read the agent’s previous log and mend what it names.',
    sources: ['projectcalico/calico#2166', 'projectcalico/calico#6432'],
  },
  weigh(investigation) {
    const { facts } = investigation;
    const found = of(investigation, ['cni-agent-unhealthy', 'cni-agent-missing']);
    const errors = found.filter((finding) => finding.severity === 'error');
    const silent = facts.signals.filter((signal) => signal.means === 'agent-not-running' && signal.severity === 'error');
    const sandboxes = of(investigation, 'sandbox-creation-failing').filter(
      (finding) =>
        /agent-not-running|cni-not-initialised|agent-cannot-reach-api|agent-misconfigured/.test(finding.title) ||
        finding.nodes.some((node) => errors.some((error) => error.nodes.includes(node))),
    );
    if (found.length === 0) {
      if (sandboxes.length > 0)
        return {
          confidence: 'likely',
          summary: `${sandboxes[0]!.title}: ${/agent-misconfigured/.test(sandboxes[0]!.title) ? 'its configuration has no addresses for them' : 'the agent did not answer there'}.`,
          decisive: [...proof(sandboxes), ...silent.slice(0, 2).map((signal) => signal.evidence)],
          explains: sandboxes,
          against: [/agent-misconfigured/.test(sandboxes[0]!.title) ? 'the agents themselves work' : 'the agent’s pod looks healthy now'],
        };
      const agents = facts.cnis.flatMap((cni) => cni.agents).filter((agent) => agent.kind === 'node');
      return agents.length > 0
        ? { not: `${agents.map((agent) => `${agent.pods.length} of ${agent.name}`).join(', ')} pods work` }
        : undefined;
    }
    const nodes = new Set(found.flatMap((finding) => finding.nodes));
    const reasons = facts.signals.filter(
      (signal) =>
        (signal.means === 'agent-misconfigured' || signal.means === 'agent-cannot-reach-api') &&
        (signal.node === undefined || nodes.has(signal.node)),
    );
    return {
      confidence:
        errors.length === 0
          ? 'possible'
          : // Without the nodes, what lies deeper (no range, an address of another) cannot be told.
            knowsNodes(facts) && (reasons.length > 0 || sandboxes.length > 0)
            ? 'certain'
            : 'likely',
      summary: `${(errors[0] ?? found[0])!.title}.`,
      decisive: [
        ...reasons.slice(0, 2).map((signal) => signal.evidence),
        ...proof(errors.length > 0 ? errors : found),
        ...proof(sandboxes, 2),
      ],
      explains: errors.length > 0 ? [...found, ...sandboxes, ...of(investigation, 'cni-log-error')] : found,
      ...(reasons.length === 0 ? { missing: ['the previous log of the failing container (kubectl logs --previous)'] } : {}),
    };
  },
  remedy(investigation, found) {
    const sick = found.explains.find((finding) => finding.id === 'cni-agent-unhealthy');
    const pod = sick?.holders[0];
    const misconfigured = investigation.facts.signals.find(
      (signal) => signal.means === 'agent-misconfigured' && /auto-?detect|valid host interfaces|interface/i.test(signal.evidence.text),
    );
    const workload = investigation.facts.cnis
      .flatMap((cni) => cni.agents)
      .find((agent) => agent.workload && sick?.title.includes(agent.name))?.workload;
    return [
      ...(pod
        ? [
            {
              text: 'See why it fails.',
              command: `kubectl -n ${pod.namespace} logs ${pod.name} --all-containers --previous --tail=100`,
              risk: 'none' as const,
            },
          ]
        : []),
      ...(misconfigured && workload
        ? [
            {
              text: 'Use a way to find the node’s address that fits all machines.',
              command: `kubectl -n ${workload.namespace} set env ${workload.kind.toLowerCase()}/${workload.name} IP_AUTODETECTION_METHOD=kubernetes-internal-ip`,
              precondition: 'the nodes’ InternalIPs are right',
              risk: 'disruptive' as const,
            },
          ]
        : []),
      ...(found.explains.some((finding) => finding.id === 'cni-agent-missing')
        ? [
            {
              text: 'See why the DaemonSet has no pod there (taints, selectors, room).',
              command: `kubectl describe node ${found.explains.find((finding) => finding.id === 'cni-agent-missing')!.nodes[0]}`,
              risk: 'none' as const,
            },
          ]
        : []),
      sick === undefined && found.explains.every((finding) => /agent-misconfigured/.test(finding.title))
        ? {
            text: 'Mend what the message names. Waiting pods then get their addresses by themselves.',
            risk: 'none',
          }
        : { text: 'When the agent works, waiting pods get their addresses by themselves.', risk: 'none' },
    ];
  },
  warnings: ['Do not make files by hand that the agent writes (/var/lib/calico/nodename, /run/flannel/subnet.env): they are the effect.'],
  verify: (_investigation, found) => {
    const finding = found.explains[0];
    const namespace = finding?.holders[0]?.namespace ?? 'kube-system';
    return [`kubectl -n ${namespace} get pods -o wide`];
  },
};
