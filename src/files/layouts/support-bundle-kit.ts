import type { Layout } from './layout.ts';
import { logAt, onlySomeNamespaces, refused, stateTime } from './layout.ts';

/** Harvester's and Longhorn's bundles: the platform's namespaces only. rancher/support-bundle-kit pkg/manager */
export const supportBundleKit: Layout = {
  id: 'support-bundle-kit',
  title: 'Harvester or Longhorn support bundle',
  marker: /(?:^|\/)yamls\/(?:cluster|namespaced|kubernetes)\//,
  logOf: logAt(
    /(?:^|\/)logs\/(?<ns>[^/]+)\/(?<pod>[^/]+)\/(?<container>[^/]+?)\.log(?<previous>\.1)$/,
    (found) => found['previous'] !== undefined,
  ),
  note: (path) => {
    if (/(?:^|\/)metadata\.yaml$/.test(path))
      return (text, into) => {
        stateTime(into, /^bundlecreatedat:\s*"?([^"\s]+)/m.exec(text)?.[1]);
        into.kubernetesVersion ??= /^kubernetesversion:\s*"?(v[^"\s]+)/m.exec(text)?.[1];
      };
    if (/(?:^|\/)bundleGenerationError\.log$/.test(path))
      return (text, into) => {
        for (const line of text
          .split('\n')
          .filter((found) => found.trim() !== '')
          .slice(0, 20))
          refused(into, 'support bundle', line.trim());
      };
    return undefined;
  },
  skip: /(?:^|\/)(?:yamls\/longhorn|external)\//,
  finish: (into) =>
    onlySomeNamespaces(into, 'a Harvester or Longhorn bundle holds the pods of the platform only; add `kubectl get pods -A -o yaml`'),
};
