import { createHash } from 'node:crypto';
import { Failure } from '../model/failure.ts';
import { type Json, isRecord, text } from '../model/json.ts';
import { Collection } from './collection.ts';
import { ContentReader, type ListKind, listKindOf } from './content.ts';
import { type Entry, asUtf8, tail } from './entry.ts';
import { LAYOUTS } from './layouts/index.ts';
import { refused } from './layouts/layout.ts';
import { LIMITS, type Limits, Opener } from './open.ts';

/** What a caller may want to see or set while files are read. */
export type LoadHooks = {
  /** Every pod as it comes, before it becomes a row; a pod may come twice, and the later one counts. */
  readonly onPod?: (pod: Json) => void;
  readonly limits?: Limits;
};

const NOTE_BYTES = 1024 * 1024;
const SERVER_VERSION = /^Server Version:\s*(?:version\.Info\{.*GitVersion:"([^"]+)"|(v\d[\w.+-]*))/;
const SERVER_ERROR = /^Error from server \((\w+)\): (?:([\w.]+) is forbidden|.*)/;

/** Reads files, folders and archives of whatever layout, or standard input (`-`). Throws a Failure where nothing was of use. */
export async function loadFiles(paths: readonly string[], hooks: LoadHooks = {}): Promise<Collection> {
  const collection = new Collection(hooks.onPod);
  const opener = new Opener(
    (entry) => readEntry(entry, collection),
    (trouble) => collection.trouble(trouble),
    hooks.limits ?? LIMITS,
  );
  for (const path of paths) await opener.open(path);
  collection.finish();
  for (const layout of LAYOUTS) if (collection.layouts.has(layout.id)) layout.finish?.(collection);
  if (collection.isEmpty) {
    const worst = collection.troubles.find((trouble) => trouble.kind !== 'useless') ?? collection.troubles[0];
    throw new Failure(
      `${paths.join(', ')} ${paths.length === 1 ? 'holds' : 'hold'} no Kubernetes objects.`,
      worst ? `${worst.file}: ${worst.why}.` : 'There is nothing in it.',
      'Give the output of `kubectl get -o yaml` or `-o json`, a dump or must-gather, a folder or archive of such files.',
    );
  }
  return collection;
}

async function readEntry(entry: Entry, into: Collection): Promise<void> {
  const { path, shown } = entry;
  for (const layout of LAYOUTS) {
    if (layout.marker?.test(path) === true) into.layouts.add(layout.id);
    const namespace = layout.covers?.(path);
    if (namespace !== undefined) into.podNamespaces.add(namespace);
  }
  for (const layout of LAYOUTS) {
    const claim = layout.logOf?.(path);
    if (claim !== undefined) {
      if (!(await into.logs.add(claim, entry.bytes, entry.local)))
        into.trouble({ file: shown, why: 'there are too many logs to keep', kind: 'truncated' });
      return;
    }
    const note = layout.note?.(path);
    if (note !== undefined) return note((await tail(entry.bytes, NOTE_BYTES)).text, into, shown);
    if (layout.skip?.test(path) === true && (layout.marker === undefined || into.layouts.has(layout.id))) return drain(entry.bytes);
  }
  const sums = checksumsOf(into);
  const hash = sums === undefined ? undefined : createHash('sha256');
  const utf8 = await asUtf8(hash === undefined ? entry.bytes : hashed(entry.bytes, hash));
  if (utf8 === undefined) return into.trouble({ file: shown, why: 'it is no text', kind: 'useless' });
  await readObjects(entry, utf8, into);
  const stated = sums === undefined ? undefined : Object.entries(sums).find(([name]) => path === name || path.endsWith(`/${name}`))?.[1];
  if (stated !== undefined && hash !== undefined && text(stated, 'sha256') !== hash.digest('hex'))
    into.trouble({ file: shown, why: 'it was changed after the capture was made (its checksum differs)', kind: 'malformed' });
}

async function readObjects({ path, shown }: Entry, utf8: AsyncIterable<Buffer>, into: Collection): Promise<void> {
  let used = false;
  let lines = 0;
  /** Items without a kind of a list that states its kind after them. */
  let held: Json[] = [];
  const take = (object: Json, kind: ListKind | undefined): void => {
    if (into.add(object, shown, kind)) used = true;
    else if (kind === undefined && isRecord(object) && isRecord(object['metadata'])) held.push(object);
  };
  const reader = new ContentReader({
    item: take,
    whole: (value, hadItems) => {
      const kind = listKindOf(value);
      const isList =
        hadItems || (kind?.kind.endsWith('List') === true && isRecord(value) && (value['items'] === null || value['items'] === undefined));
      if (isList || (isRecord(value) && Array.isArray(value['items']))) {
        const known = kind === undefined || kind.kind === 'List' ? kindOfFile(path) : kind;
        for (const object of held) if (into.add(object, shown, known)) used = true;
        held = [];
        into.sawList(known);
        if (known !== undefined) used = true;
      }
      if (hadItems || value === null || value === undefined) return;
      if (into.add(value, shown) || LAYOUTS.some((layout) => layout.document?.(value, path, into))) used = true;
      else if (noteVersion(value, into)) used = true;
    },
    poor: (object) => {
      used = true;
      into.addPoor(object);
    },
    log: (pod, content) => {
      used = true;
      into.layouts.add('cluster-info-dump');
      into.logs.addText({ ...pod, previous: false }, content.join('\n'));
    },
    chatter: (line) => {
      if (line.trim() !== '') lines++;
      const version = SERVER_VERSION.exec(line);
      if (version) {
        into.kubernetesVersion ??= version[1] ?? version[2];
        used = true;
      }
      const error = SERVER_ERROR.exec(line);
      if (error) {
        used = true;
        refused(into, error[2] ?? kindOfFile(path)?.kind ?? shown, line);
      }
      if (line.startsWith('No resources found')) {
        into.sawList(kindOfFile(path));
        used = true;
      }
    },
    broken: (why) => into.trouble({ file: shown, why, kind: /ends in the middle/.test(why) ? 'truncated' : 'malformed' }),
  });
  const before = into.troubles.length;
  await reader.read(utf8);
  if (!used && into.troubles.length === before)
    into.trouble({
      file: shown,
      why: lines === 0 && held.length === 0 ? 'it is empty' : 'it holds no Kubernetes objects',
      kind: 'useless',
    });
}

/** `kubectl version -o json`, `/version`. */
function noteVersion(value: Json, into: Collection): boolean {
  const version = text(value, 'serverVersion', 'gitVersion') ?? text(value, 'info', 'gitVersion') ?? text(value, 'gitVersion');
  if (version === undefined) return false;
  into.kubernetesVersion ??= version;
  return true;
}

const KINDS: Readonly<Record<string, ListKind>> = {
  pods: { kind: 'PodList', apiVersion: 'v1' },
  nodes: { kind: 'NodeList', apiVersion: 'v1' },
  services: { kind: 'ServiceList', apiVersion: 'v1' },
  events: { kind: 'EventList', apiVersion: 'v1' },
  configmaps: { kind: 'ConfigMapList', apiVersion: 'v1' },
  namespaces: { kind: 'NamespaceList', apiVersion: 'v1' },
  daemonsets: { kind: 'DaemonSetList', apiVersion: 'apps/v1' },
  deployments: { kind: 'DeploymentList', apiVersion: 'apps/v1' },
  statefulsets: { kind: 'StatefulSetList', apiVersion: 'apps/v1' },
  endpointslices: { kind: 'EndpointSliceList', apiVersion: 'discovery.k8s.io/v1' },
};

/** What a file must be about, where nothing in it says so: `services.json`, `k8s-services-20220913-120000.yaml`. */
function kindOfFile(path: string): ListKind | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/^k8s-/, '');
  return KINDS[/^([a-z]+)/.exec(name)?.[1] ?? ''];
}

/** Checksums that an own capture states of its files. */
function checksumsOf(into: Collection): Readonly<Record<string, Json>> | undefined {
  const files = into.own[0]?.object['files'];
  return isRecord(files) ? files : undefined;
}

async function* hashed(bytes: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

async function drain(bytes: AsyncIterable<Buffer>): Promise<void> {
  // An archive goes on only after each of its files was read; a file of a folder needs no reading.
  const iterator = bytes[Symbol.asyncIterator]();
  await iterator.return?.();
}
