import { type Json, text } from '../model/json.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { objectText } from '../report/object-text.ts';

/** The whole object or log that a reference of the evidence names, as far as it was read: `pod/NS/NAME`, `node/NAME`, `log/NS/POD/CONTAINER`. */
export function rawText(snapshot: Snapshot, ref: string): string | undefined {
  const [kind, ...path] = ref.split(/[ ,]/)[0]!.split('/');
  if (kind === 'log') return logText(snapshot, path);
  if (kind === undefined || path.length === 0 || path.length > 2) return undefined;
  const [namespace, name] = path.length === 2 ? [path[0]!, path[1]!] : ['', path[0]!];
  if (kind === 'pod') return podText(snapshot, namespace, name);
  for (const answer of snapshot.answers.values()) {
    if (!('objects' in answer)) continue;
    const found = answer.objects.find(
      (object) =>
        text(object, 'kind')?.toLowerCase() === kind.toLowerCase() &&
        text(object, 'metadata', 'name') === name &&
        (text(object, 'metadata', 'namespace') ?? '') === namespace,
    );
    if (found !== undefined) return objectText(found);
  }
  return undefined;
}

function logText(snapshot: Snapshot, [namespace, pod, container]: readonly string[]): string | undefined {
  const logs = [...snapshot.logs.values()].filter(
    (log) =>
      log.namespace === namespace &&
      log.pod === pod &&
      (container === undefined || `${log.container}${log.previous ? '.previous' : ''}` === container || log.container === container),
  );
  const parts = logs.map(
    (log) =>
      `==> ${log.namespace}/${log.pod} ${log.container}${log.previous ? ' (previous)' : ''}${log.cut ? ', earlier lines were left out' : ''}\n${log.text.trimEnd()}`,
  );
  return parts.length === 0 ? undefined : parts.join('\n\n');
}

/** Of pods only what matters here is kept in memory. */
function podText(snapshot: Snapshot, namespace: string, name: string): string | undefined {
  const row = snapshot.pods.find(namespace, name);
  if (row === undefined || row >= snapshot.pods.size) return undefined;
  const pod = snapshot.pods.pod(row);
  const iso = (time: number | undefined): string | undefined => (time === undefined ? undefined : new Date(time).toISOString());
  const kept: Json = {
    namespace: pod.namespace,
    name: pod.name,
    uid: pod.uid,
    node: pod.node,
    phase: pod.phase,
    reason: pod.reason,
    addresses: [...pod.ips],
    hostNetwork: pod.hostNetwork,
    created: iso(pod.created),
    deletion: iso(pod.deletion),
    owner: pod.owner,
    containers: pod.containers,
    labels: pod.labels,
    annotations: pod.annotations,
  };
  return `# What was kept of the pod; the whole of it:\n# kubectl -n ${namespace} get pod ${name} -o yaml\n${objectText(JSON.parse(JSON.stringify(kept)) as Json)}`;
}
