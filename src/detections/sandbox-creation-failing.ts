import { isSettling } from '../derived/agents.ts';
import { failingSandboxes } from '../derived/sandboxes.ts';
import { podName } from '../model/pod-table.ts';
import { finding, plural, podHolder, some } from './common.ts';
import type { Detection } from './detection.ts';

/** A first failure while a node or an agent starts is normal. */
const TRANSIENT_MS = 45_000;
const PASSING: ReadonlySet<string> = new Set(['agent-not-running', 'cni-not-initialised', 'agent-cannot-reach-api', 'unknown']);

export const sandboxCreationFailing: Detection = {
  id: 'sandbox-creation-failing',
  explains: {
    title: 'Pods cannot get a network',
    meaning:
      'The kubelet tries to create the pod’s sandbox, and the CNI refuses or fails. The pod waits in ContainerCreating without an address.',
    arises: 'Exhausted or leaked ranges, an agent that does not run, a range that changed under the node, an address already taken.',
    tellApart:
      'Failures of images, cgroups, host ports or sandbox names have the same reason in the event and nothing to do with addresses.',
    action: 'Read the innermost message; `check POD` says what it means here.',
    sources: ['kubernetes pkg/kubelet/kuberuntime/kuberuntime_manager.go', 'containernetworking/cni libcni/api.go'],
  },
  *find(facts) {
    const failing = failingSandboxes(facts);
    for (const [means, group] of Map.groupBy(failing, (entry) => entry.means ?? 'unknown')) {
      const pods = [...new Map(group.map((entry) => [podName(entry.pod), entry.pod])).values()];
      const lasting =
        !PASSING.has(means) ||
        group.some(
          (entry) =>
            (entry.event.count > 1 || facts.now - (entry.pod.created ?? facts.now) > TRANSIENT_MS) && !isSettling(facts, entry.pod.node),
        );
      yield finding(
        'sandbox-creation-failing',
        lasting ? 'error' : 'warning',
        'confirmed',
        `${plural(pods.length, 'pod')} cannot get a network${means === 'unknown' ? '' : ` (${means})`}: ${some(pods.map(podName))}`,
        {
          holders: pods.map((pod) => podHolder(facts, pod)),
          nodes: [...new Set(pods.map((pod) => pod.node))],
          evidence: [...new Map(group.map((entry) => [podName(entry.pod), entry])).values()].slice(0, 4).map(({ event }) => ({
            source: 'event' as const,
            ref: `pod/${event.object.namespace}/${event.object.name}`,
            ...(event.last === undefined ? {} : { at: new Date(event.last).toISOString() }),
            text: `${event.reason}: ${event.message.slice(0, 400)}${event.count > 1 ? ` (${event.count} times)` : ''}`,
          })),
        },
      );
    }
  },
};
