import type { Layout } from './layout.ts';
import { onlySomeNamespaces } from './layout.ts';

/**
 * `kubectl cluster-info dump`: to stdout (logs between START and END marks, which the content reader knows), or as a folder, where a pod's
 * `logs.txt` has the same marks. kubernetes/kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go
 */
export const clusterInfoDump: Layout = {
  id: 'cluster-info-dump',
  title: 'kubectl cluster-info dump',
  marker: /(?:^|\/)[^/]+\/replication-controllers\.(?:json|yaml|txt)$/,
  covers: (path) => /^(?:(?!namespaces\/|cluster-resources\/).)*?(?:^|\/)(?!core\/)([^/]+)\/pods\.(?:json|yaml|txt)$/.exec(path)?.[1],
  finish: (into) => {
    if (into.podNamespaces.size > 2) return;
    const names = [...into.podNamespaces].toSorted();
    onlySomeNamespaces(
      into,
      `this dump holds the pods of ${names.join(' and ') || 'no namespace'} only: without --all-namespaces, cluster-info dump leaves the others out`,
    );
  },
};
