import { gzipSync, deflateRawSync, crc32 } from 'node:zlib';
import { dump } from 'js-yaml';
import { pack } from 'tar-stream';
import { type Json, type JsonRecord, record, text } from '../../src/model/json.ts';

/** A cluster to be written down in one layout or another. Logs by `namespace/pod/container[.previous]`. */
export type Cluster = { readonly objects: readonly Json[]; readonly logs: ReadonlyMap<string, string> };
export type Files = Map<string, string | Buffer>;

const kindOf = (object: Json): string => text(object, 'kind') ?? '';
const namespaceOf = (object: Json): string | undefined => text(object, 'metadata', 'namespace');
const nameOf = (object: Json): string => text(object, 'metadata', 'name') ?? '';
const groupOf = (object: Json): string => (text(object, 'apiVersion')?.includes('/') ? text(object, 'apiVersion')!.split('/')[0]! : 'core');
const pluralOf = (object: Json): string => {
  const kind = kindOf(object).toLowerCase();
  return kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : kind.endsWith('s') ? `${kind}es` : `${kind}s`;
};
const bare = (object: Json): JsonRecord => {
  const { apiVersion: _, kind: __, ...rest } = record({ object }, 'object');
  return rest;
};

export const singleList = ({ objects }: Cluster): string =>
  JSON.stringify({ apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } }, undefined, 4);

const logParts = (ref: string): { namespace: string; pod: string; container: string; previous: boolean } => {
  const [namespace = '', pod = '', last = ''] = ref.split('/');
  return { namespace, pod, container: last.replace(/\.previous$/, ''), previous: last.endsWith('.previous') };
};

export function ownLayout({ objects, logs }: Cluster): Files {
  const files: Files = new Map([['cluster.yaml', objects.map((object) => dump(object)).join('---\n')]]);
  for (const [ref, content] of logs) files.set(`logs/${ref}.log`, content);
  return files;
}

export function mustGather({ objects, logs }: Cluster): Files {
  const root = 'must-gather.local.123/quay-io-openshift-release-dev-sha256-0123/';
  const files: Files = new Map([[`${root}version`, 'must-gather\n4.16.0\n']]);
  const byFile = Map.groupBy(objects, (object) => {
    const namespace = namespaceOf(object);
    if (namespace === undefined)
      return `cluster-scoped-resources/${groupOf(object)}/${pluralOf(object)}/${nameOf(object).replaceAll(':', '-')}.yaml`;
    return `namespaces/${namespace}/${groupOf(object)}/${pluralOf(object)}.yaml`;
  });
  for (const [file, those] of byFile) {
    const first = those[0]!;
    const list = { apiVersion: text(first, 'apiVersion'), items: those, kind: `${kindOf(first)}List`, metadata: {} };
    files.set(root + file, `---\n${dump(file.startsWith('namespaces/') ? list : first)}`);
  }
  for (const [ref, content] of logs) {
    const { namespace, pod, container, previous } = logParts(ref);
    files.set(
      `${root}namespaces/${namespace}/pods/${pod}/${container}/${container}/logs/${previous ? 'previous' : 'current'}.log`,
      content,
    );
  }
  return files;
}

const DUMPED = ['Event', 'ReplicationController', 'Service', 'DaemonSet', 'Deployment', 'ReplicaSet', 'Pod'];
const namespacesOf = (objects: readonly Json[]): string[] =>
  [...new Set(objects.map(namespaceOf).filter((name) => name !== undefined))].toSorted();
const typedList = (kind: string, items: readonly Json[]): string =>
  `${JSON.stringify({ kind: `${kind}List`, apiVersion: ['DaemonSet', 'Deployment', 'ReplicaSet'].includes(kind) ? 'apps/v1' : 'v1', metadata: { resourceVersion: '1' }, items: items.map(bare) }, undefined, 4)}\n`;

function* podLogs({ logs }: Cluster, namespace: string, pod: string): Generator<string> {
  for (const [ref, content] of logs) {
    const log = logParts(ref);
    if (log.namespace !== namespace || log.pod !== pod || log.previous) continue;
    yield `==== START logs for container ${log.container} of pod ${namespace}/${pod} ====\n${content}==== END logs for container ${log.container} of pod ${namespace}/${pod} ====\n`;
  }
}

export function clusterInfoStdout(cluster: Cluster): string {
  const { objects } = cluster;
  const parts = [
    typedList(
      'Node',
      objects.filter((object) => kindOf(object) === 'Node'),
    ),
  ];
  for (const namespace of namespacesOf(objects)) {
    const here = objects.filter((object) => namespaceOf(object) === namespace);
    for (const kind of DUMPED)
      parts.push(
        typedList(
          kind,
          here.filter((object) => kindOf(object) === kind),
        ),
      );
    for (const pod of here.filter((object) => kindOf(object) === 'Pod')) parts.push(...podLogs(cluster, namespace, nameOf(pod)));
  }
  return parts.join('');
}

export function clusterInfoFolder(cluster: Cluster): Files {
  const { objects } = cluster;
  const files: Files = new Map([
    [
      'nodes.json',
      typedList(
        'Node',
        objects.filter((object) => kindOf(object) === 'Node'),
      ),
    ],
  ]);
  for (const namespace of namespacesOf(objects)) {
    const here = objects.filter((object) => namespaceOf(object) === namespace);
    for (const kind of DUMPED) {
      const name = kind === 'ReplicationController' ? 'replication-controllers' : `${kind.toLowerCase()}s`;
      files.set(
        `${namespace}/${name}.json`,
        typedList(
          kind,
          here.filter((object) => kindOf(object) === kind),
        ),
      );
    }
    for (const pod of here.filter((object) => kindOf(object) === 'Pod'))
      files.set(`${namespace}/${nameOf(pod)}/logs.txt`, [...podLogs(cluster, namespace, nameOf(pod))].join(''));
  }
  return files;
}

export function ciliumSysdump({ objects, logs }: Cluster): Files {
  const stamp = '20260102-030405';
  const root = `cilium-sysdump-${stamp}/`;
  const files: Files = new Map([[`${root}cilium-sysdump.log`, 'all fine\n']]);
  for (const [kind, those] of Map.groupBy(objects, kindOf)) {
    const core = ['Node', 'Pod', 'Service', 'Event', 'Namespace', 'EndpointSlice'].includes(kind);
    const name = core
      ? `k8s-${kind.toLowerCase()}s`
      : kind.startsWith('Cilium')
        ? `${kind.toLowerCase()}s`
        : `extra-${kind.toLowerCase()}s`;
    const items = core ? those.map(bare) : those;
    files.set(`${root}${name}-${stamp}.yaml`, dump({ apiVersion: text(those[0], 'apiVersion'), items, kind: `${kind}List`, metadata: {} }));
  }
  for (const [ref, content] of logs) {
    const { pod, container, previous } = logParts(ref);
    files.set(`${root}logs-${pod}-${container}-${stamp}${previous ? '-prev' : ''}.log`, content);
  }
  return files;
}

export function troubleshoot({ objects, logs }: Cluster): Files {
  const root = 'support-bundle-2026-01-02T03_04_05/';
  const files: Files = new Map([
    [`${root}version.yaml`, 'apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nspec:\n  versionNumber: 0.50.0\n'],
  ]);
  for (const [kind, those] of Map.groupBy(objects, kindOf)) {
    const custom = /\.(?!k8s\.io)/.test(groupOf(those[0])) && !groupOf(those[0]).endsWith('.k8s.io');
    for (const [namespace, here] of Map.groupBy(those, namespaceOf)) {
      const base = custom ? `custom-resources/${pluralOf(those[0])}.${groupOf(those[0])}` : `cluster-resources/${pluralOf(those[0])}`;
      const content = custom ? here : { kind: `${kind}List`, apiVersion: text(those[0], 'apiVersion'), metadata: {}, items: here };
      files.set(`${root}${base}${namespace === undefined ? '' : `/${namespace}`}.json`, JSON.stringify(content, undefined, 2));
    }
  }
  for (const [ref, content] of logs) {
    const { namespace, pod, container, previous } = logParts(ref);
    files.set(`${root}cluster-resources/pods/logs/${namespace}/${pod}/${container}${previous ? '-previous' : ''}.log`, content);
  }
  return files;
}

/** What `kubectl get pods -A -o wide` prints. */
export function widePods({ objects }: Cluster): string {
  const rows = objects
    .filter((object) => kindOf(object) === 'Pod')
    .map((pod) => [
      namespaceOf(pod) ?? '',
      nameOf(pod),
      '1/1',
      statusOf(pod),
      '4 (67s ago)',
      '12d',
      text(pod, 'status', 'podIP') ?? '<none>',
      text(pod, 'spec', 'nodeName') ?? '<none>',
      '<none>',
      '<none>',
    ]);
  const table = [['NAMESPACE', 'NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return (
    table
      .map((row) =>
        row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('   ')
          .trimEnd(),
      )
      .join('\n') + '\n'
  );
}

function statusOf(pod: Json): string {
  if (text(pod, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  const phase = text(pod, 'status', 'phase') ?? 'Unknown';
  return phase === 'Succeeded' ? 'Completed' : phase === 'Failed' ? 'Evicted' : phase;
}

/** A .tar.gz of files. */
export async function tgz(files: Files): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of files) archive.entry({ name }, content as string);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

/** A .zip of files. */
export function zip(files: Files): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of files) {
    const name = Buffer.from(path);
    const data = Buffer.from(content as string);
    const packed = deflateRawSync(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    bodies.push(Buffer.from('PK\u0003\u0004'), common, name, packed);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), common, end, name);
    offset += 4 + common.length + name.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const tail = Buffer.alloc(18);
  tail.writeUInt16LE(files.size, 4);
  tail.writeUInt16LE(files.size, 6);
  tail.writeUInt32LE(central.length, 8);
  tail.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, central, Buffer.from('PK\u0005\u0006'), tail]);
}
