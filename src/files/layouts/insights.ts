import type { Layout } from './layout.ts';
import { logAt, onlySomeNamespaces } from './layout.ts';

/** OpenShift's Insights archive: unhealthy and operator pods only. openshift/insights-operator docs/gathered-data.md */
export const insights: Layout = {
  id: 'insights',
  title: 'OpenShift Insights archive',
  marker: /(?:^|\/)(?:insights-operator\/gathers\.json|config\/pod\/[^/]+\/[^/]+\.json)$/,
  logOf: logAt(
    /(?:^|\/)config\/pod\/(?<ns>[^/]+)\/logs\/(?<pod>[^/]+)\/(?<container>[^/]+)_(?<which>current|previous)\.log$/,
    (found) => found['which'] === 'previous',
  ),
  finish: (into) => onlySomeNamespaces(into, 'an Insights archive holds unhealthy pods only, never all'),
};
