import type { Layout } from './layout.ts';
import { refused } from './layout.ts';

/** `cilium sysdump`: a flat folder, the time of the start in every name (local, without a zone: no use as "now"). cilium/cilium cilium-cli/sysdump */
export const ciliumSysdump: Layout = {
  id: 'cilium-sysdump',
  title: 'Cilium sysdump',
  marker: /(?:^|\/)(?:cilium-sysdump\.log|k8s-nodes-\d{8}-\d{6}\.yaml|cilium(?:nodes|endpoints)-\d{8}-\d{6}\.yaml)$/,
  logOf: (path) => {
    // Pod and container names both hold dashes: the list of pods tells them apart.
    const [, stem, previous] = /(?:^|\/)logs-(.+?)-\d{8}-\d{6}(-prev)?\.log$/.exec(path) ?? [];
    return stem === undefined ? undefined : { stem, previous: previous !== undefined };
  },
  note: (path) => {
    if (/(?:^|\/)cilium-sysdump\.log$/.test(path))
      return (text, into) => {
        for (const [, what, why] of text.matchAll(/\[\d+\] Collecting ([^:\n]+): (failed [^\n]+)/g)) refused(into, what!, why!);
      };
    if (/(?:^|\/)k8s-version-[^/]*\.txt$/.test(path))
      return (text, into) => {
        into.kubernetesVersion ??= /GitVersion:\s*"([^"]+)"/.exec(text)?.[1];
      };
    return undefined;
  },
  skip: /(?:^|\/)(?:cilium-bugtool-[^/]+\/|hubble-flows-|tetragon|k8s-metrics-|cniconf-|k8s-events-[^/]*\.html|k8s-pods-[^/]*\.txt)/,
};
