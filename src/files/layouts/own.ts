import type { Layout } from './layout.ts';
import { logAt, refused, stateTime } from './layout.ts';

/** This program's captures, the output of its `capture --print-kubectl`, and folders that people lay out likewise. */
export const own: Layout = {
  id: 'own',
  title: 'capture of kubectl-ipconflict',
  marker: /(?:^|\/)capture\.json$/,
  logOf: logAt(
    /(?:^|\/)logs\/(?<ns>[^/]+)\/(?<pod>[^/]+)\/(?<container>[^/]+?)(?<previous>\.previous)?\.log$/,
    (found) => found['previous'] !== undefined,
  ),
  note: (path) => {
    if (/(?:^|\/)capture-time$/.test(path)) return (text, into) => stateTime(into, text.trim());
    // What the script's commands wrote to stderr.
    const of = /(?:^|\/)objects\/([\w.-]+)\.err$/.exec(path)?.[1];
    if (of === undefined) return path.endsWith('.log.err') ? () => {} : undefined;
    return (text, into) => {
      if (text.trim() !== '' && !/doesn't have a resource type|No resources found/.test(text))
        refused(into, of, text.trim().split('\n')[0]!);
    };
  },
};
