import type { ConfigMapFact, Workload } from '../model/facts.ts';
import { imagesOf, steadySet } from '../model/steady-set.ts';
import { type Json, at, flag, list, metaOf, number, text, textRecord, texts, time } from './read.ts';

/** Reads a DaemonSet, Deployment, StatefulSet or CronJob: what its pods run, and how many there are. */
export function readWorkload(object: Json, kind: Workload['kind']): Workload {
  const template = kind === 'CronJob' ? at(object, 'spec', 'jobTemplate', 'spec', 'template') : at(object, 'spec', 'template');
  const main = list(template, 'spec', 'containers');
  const env = main.flatMap((container) => list(container, 'env'));
  return {
    kind,
    ...metaOf(object),
    images: imagesOf(template),
    env: Object.fromEntries(env.map((entry) => [text(entry, 'name') ?? '', text(entry, 'value') ?? ''])),
    args: main.flatMap((container) => [...texts(container, 'command'), ...texts(container, 'args')]),
    configMaps: list(template, 'spec', 'volumes')
      .map((volume) => text(volume, 'configMap', 'name'))
      .filter((name) => name !== undefined),
    podLabels: textRecord(template, 'metadata', 'labels'),
    podAnnotations: textRecord(template, 'metadata', 'annotations'),
    nodeSelector: textRecord(template, 'spec', 'nodeSelector'),
    desired: number(object, 'status', 'desiredNumberScheduled') ?? number(object, 'spec', 'replicas'),
    ready: number(object, 'status', 'numberReady') ?? number(object, 'status', 'readyReplicas'),
    updated: number(object, 'status', 'updatedNumberScheduled') ?? number(object, 'status', 'updatedReplicas'),
    steady: kind === 'DaemonSet' && steadySet(object) !== undefined,
    updateStrategy: text(object, 'spec', 'updateStrategy', 'type') ?? text(object, 'spec', 'strategy', 'type'),
    lastScheduled: time(object, 'status', 'lastScheduleTime'),
    suspended: flag(object, 'spec', 'suspend') ?? false,
  };
}

/** Reads a ConfigMap. */
export function readConfigMap(object: Json): ConfigMapFact {
  const { namespace, name, created } = metaOf(object);
  return { namespace, name, created, data: textRecord(object, 'data'), annotations: textRecord(object, 'metadata', 'annotations') };
}
