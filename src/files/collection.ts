import { Failure } from '../model/failure.ts';
import type { Gap } from '../model/gap.ts';
import { canonicalAddress } from '../ip/address.ts';
import { type Json, type JsonRecord, at, isRecord, list, text } from '../model/json.ts';
import { PodTableBuilder } from '../model/pod-table.ts';
import { objectKey } from '../model/resource.ts';
import { type ListKind, listKindOf } from './content.ts';
import { Daemons } from './daemons.ts';
import type { Trouble } from './entry.ts';
import { LogStore } from './logs.ts';
import { isHidden, isUnread, normalise, slim, statedAddresses } from './normalise.ts';
import { newestTime } from './times.ts';

const POD_KEY = '/Pod';
const NODE_KEY = '/Node';
const DAEMON_SET_KEY = 'apps/DaemonSet';

/** What an own capture says about how it was read. */
export type OwnMetadata = { readonly object: JsonRecord; readonly file: string };

/**
 * Everything that files gave so far: pods in their table, other objects by kind, logs, and what could not be understood.
 * Of two copies of one object the newest resourceVersion stays; one that was guessed from text yields to any real one.
 */
export class Collection {
  readonly pods = new PodTableBuilder();
  readonly logs = new LogStore();
  readonly troubles: Trouble[] = [];
  readonly gaps: Gap[] = [];
  /** Ids of the layouts that files were recognised as parts of. */
  readonly layouts = new Set<string>();
  readonly own: OwnMetadata[] = [];
  /** Kinds that were there, also with no object. */
  readonly seen = new Set<string>();
  /** Namespaces that hold a pod, or an answer that there is none. */
  readonly podNamespaces = new Set<string>();
  /** When the dump says it was made, and the newest time its objects state. */
  stated: number | undefined;
  newest = 0;
  kubernetesVersion: string | undefined;
  readonly #onPod: ((pod: Json) => void) | undefined;
  readonly #objects = new Map<string, Map<string, JsonRecord>>();
  readonly #podVersions = new Map<string, number>();
  readonly #textPods = new Map<string, JsonRecord>();
  readonly #nodeAddresses = new Map<string, Set<string>>();
  readonly #clusters = new Map<string, string>();
  readonly #nodeUids = new Map<string, { uid: string; file: string }>();
  readonly #daemons = new Daemons();
  #sameNodes = 0;
  #otherNodes: { name: string; files: [string, string] }[] = [];
  #hidden = 0;
  #textOnly = 0;

  constructor(onPod?: (pod: Json) => void) {
    this.#onPod = onPod;
  }

  /** Objects other than pods, by kind. */
  get objects(): ReadonlyMap<string, ReadonlyMap<string, JsonRecord>> {
    return this.#objects;
  }

  /** Whether anything of use was found. */
  get isEmpty(): boolean {
    return this.#objects.size === 0 && this.pods.size === 0 && this.seen.size === 0;
  }

  /** Takes an object of a file; false when it is none. Lists within lists are opened. */
  add(raw: Json, file: string, listKind?: ListKind): boolean {
    if (isRecord(raw) && text(raw, 'kind')?.endsWith('List') === true && Array.isArray(raw['items'])) {
      const kind = listKindOf(raw);
      for (const item of raw['items']) this.add(item, file, kind);
      this.sawList(kind);
      return true;
    }
    if (isRecord(raw) && raw['kind'] === 'Capture' && String(raw['apiVersion']).startsWith('ipconflict/')) {
      this.own.push({ object: raw, file });
      return true;
    }
    const object = normalise(raw, listKind);
    const key = object === undefined ? undefined : objectKey(object);
    if (object === undefined || key === undefined) return false;
    this.seen.add(key);
    this.newest = newestTime(object, this.newest);
    this.#checkCluster(object, key, file);
    if (statedAddresses(object).some(isHidden)) this.#hidden++;
    if (key === POD_KEY) this.#addPod(object);
    else if (!isUnread(text(object, 'kind') ?? '')) this.#addObject(key, slim(object));
    return true;
  }

  /** A list was there, with or without items: an answer either way. */
  sawList(kind: ListKind | undefined): void {
    if (kind === undefined || kind.kind === 'List') return;
    const key = objectKey({ apiVersion: kind.apiVersion ?? 'v1', kind: kind.kind.replace(/List$/, '') });
    if (key !== undefined) this.seen.add(key);
  }

  /** An object guessed from text. */
  addPoor(object: Json): void {
    const key = objectKey(object);
    if (!isRecord(object) || key === undefined) return;
    const name = nameOf(object);
    if (key === POD_KEY) {
      this.seen.add(key);
      if (!this.#textPods.has(name) || list(object, 'spec', 'containers').length > 0) this.#textPods.set(name, object);
      return;
    }
    for (const address of list(object, 'status', 'addresses')) this.#noteNodeAddress(nameOf(object), text(address, 'address'));
    if (key.endsWith('/NodeRow')) return;
    const known = this.#objects.get(key)?.get(name);
    if (known !== undefined) return;
    this.seen.add(key);
    this.#addObject(key, object);
  }

  trouble(trouble: Trouble): void {
    this.troubles.push(trouble);
  }

  /** Everything has been read: what was held back is settled. Throws when the files are of two clusters. */
  finish(): void {
    if (this.#otherNodes.length > this.#sameNodes) {
      const { name, files } = this.#otherNodes[0]!;
      this.#twoClusters(`node ${name} has another uid in ${files[0]} than in ${files[1]}`);
    }
    this.#addTextPods();
    const nodes = [...(this.#objects.get(NODE_KEY)?.keys() ?? [])].map((name) => name.slice(1));
    this.gaps.push(...this.#daemons.gaps(this.#objects.get(DAEMON_SET_KEY)?.values() ?? [], new Set(nodes)));
    if (this.#hidden > 0) {
      this.gaps.push({
        what: 'addresses',
        verb: 'read',
        resource: 'pods',
        reason: 'absent',
        message: `${this.#hidden} pods or nodes show a placeholder where their address stood: whoever made this dump has hidden them`,
        blocks: ['duplicate-pod-ip', 'duplicates-confirmed'],
        essential: true,
      });
    }
    if (this.#textOnly > 0) {
      this.gaps.push({
        what: 'details of pods',
        verb: 'read',
        resource: 'pods',
        reason: 'absent',
        message: `${this.#textOnly} pods are known from text only: one address each, and no word on host network or uid`,
        blocks: ['duplicates-confirmed', 'benign-sharing'],
        essential: false,
      });
    }
  }

  #addObject(key: string, object: JsonRecord): void {
    const ofKind = this.#objects.get(key) ?? new Map<string, JsonRecord>();
    this.#objects.set(key, ofKind);
    const name = nameOf(object);
    const known = ofKind.get(name);
    if (known === undefined || resourceVersion(object) >= resourceVersion(known)) ofKind.set(name, object);
    if (key === NODE_KEY)
      for (const address of list(object, 'status', 'addresses')) this.#noteNodeAddress(name.slice(1), text(address, 'address'));
  }

  #addPod(pod: JsonRecord): void {
    const name = nameOf(pod);
    const version = resourceVersion(pod);
    const known = this.#podVersions.get(name);
    if (known !== undefined && known > version) return;
    this.#podVersions.set(name, version);
    this.podNamespaces.add(text(pod, 'metadata', 'namespace') ?? 'default');
    this.#daemons.note(pod);
    this.#onPod?.(pod);
    this.pods.add(pod);
  }

  #noteNodeAddress(node: string, address: string | undefined): void {
    const canonical = canonicalAddress(address);
    const name = node.replace(/^\//, '');
    if (canonical === undefined) return;
    const known = this.#nodeAddresses.get(name) ?? new Set<string>();
    this.#nodeAddresses.set(name, known.add(canonical));
  }

  /** Pods from text where nothing better is known. Text does not say who is on the host's network: the node's own address does. */
  #addTextPods(): void {
    const fresh = [...this.#textPods].filter(([name]) => !this.#podVersions.has(name)).map(([, pod]) => pod);
    for (const pod of fresh) {
      const node = text(pod, 'spec', 'nodeName');
      const ip = canonicalAddress(text(pod, 'status', 'podIP'));
      if (
        node !== undefined &&
        ip !== undefined &&
        (HOST_POD.test(text(pod, 'metadata', 'name') ?? '') || at(pod, 'spec', 'hostNetwork') === true)
      )
        this.#noteNodeAddress(node, ip);
    }
    for (const pod of fresh) {
      const node = text(pod, 'spec', 'nodeName') ?? '';
      const ip = canonicalAddress(text(pod, 'status', 'podIP')) ?? '';
      const host = this.#nodeAddresses.get(node)?.has(ip) === true;
      const deleted = at(pod, 'metadata', 'deletionTimestamp') === 'now';
      const metadata = {
        ...(pod['metadata'] as JsonRecord),
        ...(deleted ? { deletionTimestamp: new Date(this.stated ?? (this.newest || Date.now())).toISOString() } : {}),
      };
      this.#addPod({ ...pod, metadata, spec: { ...(pod['spec'] as JsonRecord), ...(host ? { hostNetwork: true } : {}) } });
    }
    this.#textOnly = fresh.length;
  }

  #checkCluster(object: JsonRecord, key: string, file: string): void {
    const uid = text(object, 'metadata', 'uid');
    if (uid === undefined || /^x+$/i.test(uid)) return;
    const name = text(object, 'metadata', 'name')!;
    if (key === '/Namespace' && name === 'kube-system') {
      const known = [...this.#clusters].find(([other]) => other !== uid);
      if (known) this.#twoClusters(`namespace kube-system has another uid in ${file} than in ${known[1]}`);
      this.#clusters.set(uid, file);
    }
    if (key !== NODE_KEY) return;
    const known = this.#nodeUids.get(name);
    if (known === undefined) this.#nodeUids.set(name, { uid, file });
    else if (known.uid === uid) this.#sameNodes++;
    else this.#otherNodes.push({ name, files: [file, known.file] });
  }

  #twoClusters(why: string): never {
    throw new Failure(
      'These files are of two clusters, and cannot be judged as one.',
      `${why}.`,
      'Give the files of one cluster; `diff` compares two captures.',
    );
  }
}

/** Pods that always run on the host's network, so that their address is their node's. */
const HOST_POD =
  /^(?:kube-(?:proxy|apiserver|controller-manager|scheduler|flannel|router|vip)|etcd|calico-node|canal|cilium-(?!operator)|weave-net|aws-node|antrea-agent|ovnkube-node|kindnet|node-exporter|kube-multus)/;

const nameOf = (object: Json): string => `${text(object, 'metadata', 'namespace') ?? ''}/${text(object, 'metadata', 'name') ?? ''}`;

const resourceVersion = (object: Json): number => Number(text(object, 'metadata', 'resourceVersion') ?? 0) || 0;
