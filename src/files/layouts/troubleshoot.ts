import { type Json, isRecord, parseJson, text } from '../../model/json.ts';
import type { Layout } from './layout.ts';
import { logAt, refused } from './layout.ts';

/** Replicated's Troubleshoot support bundles (kURL, k0s, Embedded Cluster …). replicatedhq/troubleshoot pkg/{collect,constants} */
export const troubleshoot: Layout = {
  id: 'troubleshoot',
  title: 'Troubleshoot support bundle',
  marker: /(?:^|\/)cluster-resources\/(?:nodes\.json|pods\/[^/]+\.json)$/,
  logOf: logAt(
    /(?:^|\/)cluster-resources\/pods\/logs\/(?<ns>[^/]+)\/(?<pod>[^/]+)\/(?<container>[^/]+?)(?<previous>-previous)?\.log$/,
    (found) => found['previous'] !== undefined,
  ),
  note: (path) => {
    const of = /(?:^|\/)cluster-resources\/([\w-]+)-errors\.json$/.exec(path)?.[1];
    if (of !== undefined)
      return (content, into) => {
        for (const message of messagesIn(parseJson(content))) refused(into, of, message);
      };
    if (/(?:^|\/)cluster-info\/cluster_version\.json$/.test(path))
      return (content, into) => {
        into.kubernetesVersion ??= text(parseJson(content), 'info', 'gitVersion');
      };
    return undefined;
  },
  skip: /(?:^|\/)(?:cluster-resources\/(?:auth-cani-list|roles|rolebindings|clusterroles|clusterrolebindings|pvcs|limitranges|resource-quotas|groups\.json|resources\.json)|host-collectors\/|remote-collectors\/|analysis\.json$|execution-data\/|[^/]*-logs-errors\.log$)/,
};

const messagesIn = (value: Json): string[] =>
  (Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []).flatMap((entry: Json) =>
    typeof entry === 'string' ? [entry] : messagesIn(entry),
  );
