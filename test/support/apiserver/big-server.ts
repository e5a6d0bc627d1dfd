import { parseArgs } from 'node:util';
import type { Collection } from './collection.ts';
import { objectCollection } from './collection.ts';
import { type BigCluster, bigCluster } from './generate.ts';
import { type ServedKind, kindsOf } from './kinds.ts';
import { serveKinds } from './server.ts';
import { type Family, familyCollection } from './template.ts';

/**
 * `node test/support/apiserver/big-server.ts --pods 150000 [--dual] [--pairs 3] [--port P] [--delay 300]`: serves a generated cluster; prints its URL,
 * the planted conflicts, the path of a kubeconfig, and `listening`. It holds no pod: each is painted from a template while it is sent,
 * which costs some two microseconds where a real server encodes for 40. So it shows what a client does, and nothing of what a server does.
 */
const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '10000' },
    dual: { type: 'boolean', default: false },
    pairs: { type: 'string', default: '3' },
    port: { type: 'string', default: '0' },
    /** Milliseconds before each answer. */
    delay: { type: 'string', default: '0' },
  },
});
const now = Date.now();
const cluster = bigCluster({ pods: Number(values.pods), dual: values.dual, pairs: Number(values.pairs), now });
const server = await serveKinds(kindsFor(cluster), { delayMs: Number(values.delay) }, Number(values.port));
process.stdout.write(`${server.url}\n${JSON.stringify(cluster.conflicts())}\n${server.kubeconfig}\nlistening\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (server.close(), process.exit(0)));

function kindsFor({ pods, nodes, deployments, services, others, onNode }: BigCluster): ServedKind[] {
  const families: Readonly<Record<string, Family>> = { Pod: pods, Node: nodes, Deployment: deployments, Service: services };
  return kindsOf(others()).map(({ resource, builtIn, objects }) => {
    const { group, kind, versions } = resource;
    const named = { group, version: versions[0]!, kind, builtIn };
    const family = families[kind];
    const collection: Collection =
      family === undefined
        ? objectCollection(named, objects, now)
        : familyCollection(named, family, now, kind === 'Pod' ? onNode : undefined);
    return { resource, builtIn, collection };
  });
}
