import type { Layout } from './layout.ts';

/** Rancher's log collector: one archive for each node, tables and descriptions as text. rancherlabs/support-tools collection/rancher/v2.x/logs-collector */
export const rancher: Layout = {
  id: 'rancher',
  title: 'Rancher log collector',
  marker: /(?:^|\/)(?:rke2|k3s|rke|kubeadm)\/kubectl\/(?:pods|nodes)$/,
  logOf: (path) => {
    const [, stem, previous] = /(?:^|\/)(?:rke2|k3s|rke|kubeadm)\/podlogs\/([^/]+?)(-previous)?$/.exec(path) ?? [];
    return stem === undefined ? undefined : { stem, previous: previous !== undefined };
  },
  skip: /(?:^|\/)(?:systeminfo|networking|journald|systemlogs|crictl|certs|etcd|static-pods)\//,
};
