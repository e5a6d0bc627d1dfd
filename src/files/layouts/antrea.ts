import type { Layout } from './layout.ts';
import { refused } from './layout.ts';

/** `antctl supportbundle`: objects without kinds in one stream, and the agents' logs by node. antrea-io/antrea pkg/antctl/raw/supportbundle */
export const antrea: Layout = {
  id: 'antrea',
  title: 'Antrea support bundle',
  marker: /(?:^|\/)(?:clusterinfo|agentinfo|controllerinfo)$/,
  note: (path) =>
    /(?:^|\/)failed_nodes$/.test(path)
      ? (text, into) => {
          for (const line of text
            .split('\n')
            .filter((found) => found.trim() !== '')
            .slice(0, 20))
            refused(into, 'Antrea agents', line.trim());
        }
      : undefined,
  skip: /(?:^|\/)(?:flows|groups|ovsports|memberlist|iptables|ipset|link|route|address|goroutine|heap)$|(?:^|\/)logs\/(?:agent|ovs|controller)\//,
};
