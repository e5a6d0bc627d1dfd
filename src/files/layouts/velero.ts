import type { Layout } from './layout.ts';
import { stateTime } from './layout.ts';
import { parseJson, text } from '../../model/json.ts';

/** A Velero backup: one object in each file, twice over (a preferred version beside the plain one). velero.io docs, output file format 1.1 */
export const velero: Layout = {
  id: 'velero',
  title: 'Velero backup',
  marker: /(?:^|\/)resources\/[\w.-]+\/(?:cluster|namespaces)\//,
  note: (path) =>
    /(?:^|\/)velero-backup\.json$/.test(path)
      ? (content, into) => stateTime(into, text(parseJson(content), 'status', 'startTimestamp'))
      : /(?:^|\/)metadata\/version$/.test(path)
        ? () => {}
        : undefined,
  skip: /(?:^|\/)resources\/[\w.-]+\/[\w.-]+-preferredversion\//,
};
