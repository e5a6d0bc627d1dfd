import { Daemons } from '../../src/files/daemons.ts';
import { fits } from '../../src/files/reader.ts';
import { type Json, text } from '../../src/model/json.ts';
import { logKey, wholeOf } from '../../src/model/need.ts';
import type { Reader } from '../../src/model/reader.ts';
import { PODS, objectKey, resourceKey, resourceName } from '../../src/model/resource.ts';
import type { Material } from './examine-capture.ts';

/** A reader of objects in memory, so that thousands of changed captures can be examined in seconds. */
export function memoryReader({ objects, logs }: Material): Reader {
  const byKind = Map.groupBy(objects, (object) => objectKey(object) ?? '');
  byKind.delete('');
  const pods = resourceKey(PODS);
  const daemons = new Daemons();
  for (const pod of byKind.get(pods) ?? []) daemons.note(pod);
  const nodes = (byKind.get('/Node') ?? []).map((node) => text(node, 'metadata', 'name') ?? '');
  const gaps = daemons.gaps(byKind.get('apps/DaemonSet') ?? [], new Set(nodes));
  return {
    source: () => ({ kind: 'files', files: [], kubernetesVersion: undefined, partial: true }),
    served: async () => new Set(byKind.keys()),
    read: async (needs, into) => {
      for (const gap of gaps.splice(0)) into.gap(gap);
      for (const need of needs) {
        if (need.kind === 'log') {
          const { namespace, pod, container, previous } = need;
          const text = logs.get(logKey(need).slice('log|'.length));
          if (text === undefined)
            into.missing(wholeOf(need), {
              what: `log of ${namespace}/${pod}`,
              verb: 'log',
              resource: 'pods/log',
              namespace,
              reason: 'absent',
              message: 'the capture does not hold this log',
            });
          else into.log(need, { namespace, pod, container, previous, text, cut: false });
          continue;
        }
        const key = resourceKey(need.resource);
        const found = byKind.get(key);
        if (found === undefined) {
          into.missing(wholeOf(need), {
            what: resourceName(need.resource),
            verb: 'read',
            resource: resourceName(need.resource),
            reason: 'absent',
            message: `the capture holds no ${need.resource.kind}`,
          });
          continue;
        }
        const fitting: Json[] = found.filter((object) => fits(object, need));
        if (key === pods) for (const pod of fitting) into.pods.add(pod);
        into.answer(wholeOf(need), fitting);
      }
    },
    close: () => {},
  };
}
