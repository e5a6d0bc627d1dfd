import type { Layout } from './layout.ts';
import { logAt, onlySomeNamespaces, stateTime, uncovered } from './layout.ts';

const PLATFORM = /^(?:openshift.*|kube-.*|default|hypershift|assisted-.*)$/;

/** OpenShift's `oc adm must-gather` and `oc adm inspect`, however deep the image folders nest. openshift/oc pkg/cli/admin/{inspect,mustgather} */
export const mustGather: Layout = {
  id: 'must-gather',
  title: 'OpenShift must-gather',
  marker: /(?:^|\/)(?:cluster-scoped-resources\/|namespaces\/[^/]+\/(?:core|apps|pods)\/)/,
  logOf: logAt(
    /(?:^|\/)namespaces\/(?<ns>[^/]+)\/pods\/(?<pod>[^/]+)\/(?<container>[^/]+)\/[^/]+\/logs\/(?<which>current|previous)\.log$/,
    (found) => found['which'] === 'previous',
  ),
  note: (path) => {
    if (/(?:^|\/)timestamp$/.test(path)) {
      // Go's time.String(): `2021-08-03 09:26:39.812571965 +0000 UTC m=+0.123456`; the first line is the start.
      return (text, into) => {
        const [, day, time, zone] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d{4})/.exec(text.split('\n')[0] ?? '') ?? [];
        if (day !== undefined) stateTime(into, `${day}T${time!.slice(0, 12)}${zone!.slice(0, 3)}:${zone!.slice(3)}`);
      };
    }
    return undefined;
  },
  covers: (path) => /(?:^|\/)namespaces\/([^/]+)\//.exec(path)?.[1],
  skip: /(?:^|(?<!(?:^|\/)namespaces)\/)(?:host_service_logs|monitoring|etcd_info|insights-data|audit_logs|static-pods|network_logs\/[^/]+_(?:nbdb|sbdb)[^/]*|rotated)\/|(?:^|\/)(?:version|event-filter\.html|gather\.logs|must-gather\.logs?|[^/]*\.insecure\.log)$/,
  finish: (into) => {
    // The platform's own are always collected; one that is not here has no pods.
    const missing = uncovered(into).filter((name) => !PLATFORM.test(name));
    if (missing.length > 0) {
      const shown = missing.slice(0, 5).join(', ');
      onlySomeNamespaces(
        into,
        `this must-gather leaves out the pods of ${shown}${missing.length > 5 ? ` and ${missing.length - 5} more namespaces` : ''}`,
      );
    } else if ([...into.podNamespaces].every((name) => PLATFORM.test(name)))
      onlySomeNamespaces(
        into,
        'this must-gather holds the pods of the platform only; `oc adm inspect ns/NAME` collects those of a namespace',
      );
  },
};
