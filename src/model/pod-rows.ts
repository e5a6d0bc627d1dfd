import { canonicalAddress } from '../ip/address.ts';
import { grown } from './growing.ts';
import type { ContainerSummary, Phase, Pod } from './pod-table.ts';
import { TextList, Texts, Words, listedTexts } from './texts.ts';
import { KUBE_VIP } from './virtual-address.ts';

const PHASES: readonly Phase[] = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];
const UNKNOWN_PHASE = PHASES.indexOf('Unknown');
const SUCCEEDED = PHASES.indexOf('Succeeded');
/** The number of a phase; of a word that is none, the first. */
export const phaseNumber = (phase: string): number => Math.max(0, PHASES.indexOf(phase as Phase));

/** Where it stands for a text: there is none. */
export const NO_TEXT = 0;
const NO_NUMBER = Number.NaN;
const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);
const orNone = (text: string): string | undefined => (text === '' ? undefined : text);

const NETWORK_ANNOTATION = /cni|network|ovn|calico|cilium|kubevirt|ipam|antrea|spidernet|aliyun|kube-router|vpc\.amazonaws|multus/i;

/** Whether networking software writes or reads annotations of this key. */
export const isNetworkAnnotation = (key: string): boolean => NETWORK_ANNOTATION.test(key);

/** Lists of texts, and what each of them means to a pod. Pods of one workload share theirs: what is made of one is made once. */
class Lists<Value> {
  readonly #texts = new Texts();
  readonly #make: (texts: readonly string[]) => Value;
  readonly #made: Value[] | undefined;
  #last = NO_TEXT;

  constructor(make: (texts: readonly string[]) => Value, kept: 'kept' | 'made anew' = 'kept') {
    this.#make = make;
    this.#made = kept === 'kept' ? [] : undefined;
    this.#texts.number(NOTHING, 0, 0);
  }

  number({ bytes, length }: TextList): number {
    // Pods come by their names, so that the one before is mostly one of the same workload.
    if (!this.#texts.is(this.#last, bytes, length)) this.#last = this.#texts.number(bytes, 0, length);
    return this.#last;
  }

  value(list: number): Value {
    const made = this.#made?.[list];
    if (made !== undefined) return made;
    const value = this.#make(listedTexts(this.#texts.bytes(list)));
    if (this.#made) this.#made[list] = value;
    return value;
  }
}

function recordOf(texts: readonly string[]): Readonly<Record<string, string>> {
  const found: [string, string][] = [];
  for (let i = 0; i < texts.length; i += 2) found.push([texts[i]!, texts[i + 1]!]);
  return Object.fromEntries(found);
}

const ownerOf = ([kind = '', name = '', uid = '']: readonly string[]): Pod['owner'] => (name === '' ? undefined : { kind, name, uid });
const themselves = (texts: readonly string[]): readonly string[] => texts;

/** The texts of all pods. A row holds their numbers. */
export class PodTexts {
  /** `namespace/name` of the pods: the number is the row. */
  readonly keys = new Texts();
  /** Not looked for, so equal ones may be here twice. */
  readonly uids = new Texts();
  /** What many pods share: namespaces, nodes, reasons. */
  readonly words = new Words();
  /** Canonical. */
  readonly addresses = new Words();
  readonly labels = new Lists(recordOf);
  readonly images = new Lists(themselves);
  readonly owners = new Lists(ownerOf, 'made anew');
  readonly annotations = new Lists(recordOf, 'made anew');
  readonly args = new Lists(themselves, 'made anew');
  /** What is known of words. */
  readonly #canonical = new Map<number, number>();
  readonly #ofNetwork = new Map<number, boolean>();
  readonly #ofKubeVip = new Map<number, boolean>();

  constructor() {
    for (const store of [this.uids, this.words, this.addresses]) store.number(NOTHING, 0, 0);
  }

  /** The word that is the canonical spelling of an address. */
  canonical(word: number): number {
    let canonical = this.#canonical.get(word);
    if (canonical === undefined) {
      canonical = this.words.numberOf(canonicalAddress(this.words.text(word)) ?? '');
      this.#canonical.set(word, canonical);
    }
    return canonical;
  }

  /** Whether networking software writes or reads annotations of this key. */
  isNetworkAnnotation(word: number): boolean {
    return this.#known(this.#ofNetwork, word, isNetworkAnnotation);
  }

  /** Whether an image is kube-vip's. */
  isKubeVip(word: number): boolean {
    return this.#known(this.#ofKubeVip, word, (image) => image.includes(KUBE_VIP));
  }

  #known(words: Map<number, boolean>, word: number, test: (text: string) => boolean): boolean {
    let passes = words.get(word);
    if (passes === undefined) words.set(word, (passes = test(this.words.text(word))));
    return passes;
  }
}

const NOTHING = Buffer.alloc(0);

/**
 * A pod on its way into the table: whoever reads one, from JSON or from protobuf, fills it in. Texts are numbers of the stores, times
 * milliseconds since the epoch; NaN and NO_TEXT where there is none.
 */
export class PodDraft {
  readonly texts: PodTexts;
  /** `namespace/name`, the letters only. */
  readonly key = new TextList();
  readonly labels = new TextList();
  readonly annotations = new TextList();
  /** Of every container and init container: `name=image`. */
  readonly images = new TextList();
  readonly args = new TextList();
  /** Kind, name, uid. */
  readonly owner = new TextList();
  /** Numbers of addresses. */
  readonly ips: number[] = [];
  namespace = NO_TEXT;
  uid = NO_TEXT;
  node = NO_TEXT;
  hostIP = NO_TEXT;
  reason = NO_TEXT;
  waitingReason = NO_TEXT;
  phase = UNKNOWN_PHASE;
  hostNetwork = false;
  ready: boolean | undefined;
  running = 0;
  terminated = 0;
  waiting = 0;
  restarts = 0;
  lastExitCode = NO_NUMBER;
  lastFinished = NO_NUMBER;
  lastStarted = NO_NUMBER;
  created = NO_NUMBER;
  started = NO_NUMBER;
  deletion = NO_NUMBER;

  constructor(texts: PodTexts) {
    this.texts = texts;
  }

  clear(): this {
    for (const list of [this.key, this.labels, this.annotations, this.images, this.args, this.owner]) list.clear();
    this.ips.length = 0;
    this.namespace = this.uid = this.node = this.hostIP = this.reason = this.waitingReason = NO_TEXT;
    this.phase = UNKNOWN_PHASE;
    this.hostNetwork = false;
    this.ready = undefined;
    this.running = this.terminated = this.waiting = this.restarts = 0;
    this.lastExitCode = this.lastFinished = this.lastStarted = this.created = this.started = this.deletion = NO_NUMBER;
    return this;
  }
}

/** Rises whenever a row changes. */
type Version = { number: number };

/** Numbers by row. */
class Column {
  #values = new Uint32Array(1 << 8);
  readonly #version: Version;

  constructor(version: Version) {
    this.#version = version;
  }

  get(row: number): number {
    return this.#values[row]!;
  }

  set(row: number, value: number): void {
    if (row >= this.#values.length) this.#values = grown(this.#values, row + 1);
    if (this.#values[row] === value) return;
    this.#values[row] = value;
    this.#version.number++;
  }
}

/** Times by row, in milliseconds since the epoch; kept as seconds, which is all that the API tells. NaN where there is none. */
class Times {
  readonly #seconds: Column;

  constructor(version: Version) {
    this.#seconds = new Column(version);
  }

  get(row: number): number {
    const seconds = this.#seconds.get(row);
    return seconds === 0 ? NO_NUMBER : (seconds - 1) * SECOND;
  }

  set(row: number, time: number): void {
    this.#seconds.set(row, Number.isNaN(time) ? 0 : Math.max(0, Math.floor(time / SECOND)) + 1);
  }
}

const SECOND = 1000;

const COUNT_BITS = 10;
const MOST = (1 << COUNT_BITS) - 1;
const HOST_NETWORK = 8;
const READINESS_SHIFT = 4;
const READINESS = [undefined, false, true] as const;

/** Pods by columns of numbers: a row takes some two hundred bytes, with its texts. */
export class PodRows {
  readonly texts = new PodTexts();
  readonly #version: Version = { number: 0 };
  readonly columns = {
    namespace: new Column(this.#version),
    uid: new Column(this.#version),
    node: new Column(this.#version),
    hostIP: new Column(this.#version),
    reason: new Column(this.#version),
    owner: new Column(this.#version),
    labels: new Column(this.#version),
    annotations: new Column(this.#version),
    args: new Column(this.#version),
    images: new Column(this.#version),
    waitingReason: new Column(this.#version),
    restarts: new Column(this.#version),
    /** How many containers run, have ended, and wait. */
    counts: new Column(this.#version),
    /** Phase in the low three bits, then host network, then readiness. */
    flags: new Column(this.#version),
    ip: new Column(this.#version),
    secondIP: new Column(this.#version),
    /** A word. */
    lastExitCode: new Column(this.#version),
    lastFinished: new Times(this.#version),
    lastStarted: new Times(this.#version),
    created: new Times(this.#version),
    started: new Times(this.#version),
    deletion: new Times(this.#version),
  };
  /** The addresses of pods that have more than two, from the third on. */
  readonly #furtherIPs = new Map<number, readonly number[]>();

  get size(): number {
    return this.texts.keys.size;
  }

  /** Rises whenever a row changes. */
  get version(): number {
    return this.#version.number;
  }

  /** Adds a pod, or replaces the one of its name; gives its row. */
  put(pod: PodDraft): number {
    const { texts, columns } = this;
    const before = this.size;
    const row = texts.keys.number(pod.key.bytes, 0, pod.key.length);
    if (row === before) this.#version.number++;
    else if (texts.uids.compare(pod.uid, columns.uid.get(row)) === 0) pod.uid = columns.uid.get(row);
    columns.namespace.set(row, pod.namespace);
    columns.uid.set(row, pod.uid);
    columns.node.set(row, pod.node);
    columns.hostIP.set(row, pod.hostIP);
    columns.reason.set(row, pod.reason);
    columns.owner.set(row, texts.owners.number(pod.owner));
    columns.labels.set(row, texts.labels.number(pod.labels));
    columns.annotations.set(row, texts.annotations.number(pod.annotations));
    columns.args.set(row, texts.args.number(pod.args));
    columns.images.set(row, texts.images.number(pod.images));
    columns.waitingReason.set(row, pod.waitingReason);
    columns.restarts.set(row, Math.max(0, pod.restarts));
    columns.counts.set(
      row,
      Math.min(pod.running, MOST) | (Math.min(pod.terminated, MOST) << COUNT_BITS) | (Math.min(pod.waiting, MOST) << (2 * COUNT_BITS)),
    );
    columns.flags.set(row, pod.phase | (pod.hostNetwork ? HOST_NETWORK : 0) | (READINESS.indexOf(pod.ready) << READINESS_SHIFT));
    this.#putAddresses(row, pod.ips);
    columns.lastExitCode.set(row, Number.isNaN(pod.lastExitCode) ? NO_TEXT : texts.words.numberOf(String(pod.lastExitCode)));
    columns.lastFinished.set(row, pod.lastFinished);
    columns.lastStarted.set(row, pod.lastStarted);
    columns.created.set(row, pod.created);
    columns.started.set(row, pod.started);
    columns.deletion.set(row, pod.deletion);
    return row;
  }

  #putAddresses(row: number, ips: readonly number[]): void {
    this.columns.ip.set(row, ips[0] ?? NO_TEXT);
    this.columns.secondIP.set(row, ips[1] ?? NO_TEXT);
    if (ips.length < 3 && !this.#furtherIPs.has(row)) return;
    const further = ips.slice(2);
    if (further.join() === (this.#furtherIPs.get(row)?.join() ?? '')) return;
    this.#furtherIPs.set(row, further);
    this.#version.number++;
  }

  /** A pod is gone: it holds nothing any more. */
  end(row: number): void {
    this.#putAddresses(row, []);
    this.columns.flags.set(row, (this.columns.flags.get(row) & ~7) | SUCCEEDED);
  }

  /** Where a pod stands, or undefined. */
  find(namespace: string, name: string): number | undefined {
    return this.texts.keys.find(`${namespace}/${name}`);
  }

  /** A pod as others see it: `row` is its number among those. */
  pod(at: number, row = at): Pod {
    return new Row(this, at, row);
  }

  /** Shows the numbers of a row's addresses, the first one first. */
  eachIP(row: number, show: (number: number) => void): void {
    const { ip, secondIP } = this.columns;
    if (ip.get(row) === NO_TEXT) return;
    show(ip.get(row));
    if (secondIP.get(row) === NO_TEXT) return;
    show(secondIP.get(row));
    this.#furtherIPs.get(row)?.forEach(show);
  }
}

const EMPTY: readonly string[] = [];

class Row implements Pod {
  readonly screened = false;
  readonly #rows: PodRows;
  readonly #at: number;
  readonly row: number;

  constructor(rows: PodRows, at: number, row: number) {
    this.#rows = rows;
    this.#at = at;
    this.row = row;
  }

  #word(column: Column): string {
    return this.#rows.texts.words.text(column.get(this.#at));
  }

  get namespace(): string {
    return this.#word(this.#rows.columns.namespace);
  }
  get name(): string {
    const { texts } = this.#rows;
    return texts.keys.text(this.#at, texts.words.length(this.#rows.columns.namespace.get(this.#at)) + 1);
  }
  get uid(): string {
    const { texts } = this.#rows;
    return orNone(texts.uids.text(this.#rows.columns.uid.get(this.#at))) ?? texts.keys.text(this.#at);
  }
  get node(): string {
    return this.#word(this.#rows.columns.node);
  }
  get phase(): Phase {
    return PHASES[this.#rows.columns.flags.get(this.#at) & 7]!;
  }
  get reason(): string | undefined {
    return orNone(this.#word(this.#rows.columns.reason));
  }
  get hostNetwork(): boolean {
    return (this.#rows.columns.flags.get(this.#at) & HOST_NETWORK) !== 0;
  }
  get ips(): readonly string[] {
    const { addresses } = this.#rows.texts;
    const first = this.#rows.columns.ip.get(this.#at);
    if (first === NO_TEXT) return EMPTY;
    if (this.#rows.columns.secondIP.get(this.#at) === NO_TEXT) return [addresses.text(first)];
    const ips: string[] = [];
    this.#rows.eachIP(this.#at, (number) => ips.push(addresses.text(number)));
    return ips;
  }
  get hostIP(): string | undefined {
    return orNone(this.#word(this.#rows.columns.hostIP));
  }
  get created(): number | undefined {
    return known(this.#rows.columns.created.get(this.#at));
  }
  get started(): number | undefined {
    return known(this.#rows.columns.started.get(this.#at));
  }
  get deletion(): number | undefined {
    return known(this.#rows.columns.deletion.get(this.#at));
  }
  get leaving(): boolean {
    return this.deletion !== undefined;
  }
  get ready(): boolean | undefined {
    return READINESS[this.#rows.columns.flags.get(this.#at) >> READINESS_SHIFT];
  }
  get owner(): Pod['owner'] {
    return this.#rows.texts.owners.value(this.#rows.columns.owner.get(this.#at));
  }
  get containers(): ContainerSummary {
    const counts = this.#rows.columns.counts.get(this.#at);
    const exitCode = orNone(this.#word(this.#rows.columns.lastExitCode));
    return {
      running: counts & MOST,
      terminated: (counts >> COUNT_BITS) & MOST,
      waiting: counts >> (2 * COUNT_BITS),
      restarts: this.#rows.columns.restarts.get(this.#at),
      waitingReason: orNone(this.#word(this.#rows.columns.waitingReason)),
      lastFinished: known(this.#rows.columns.lastFinished.get(this.#at)),
      lastStarted: known(this.#rows.columns.lastStarted.get(this.#at)),
      lastExitCode: exitCode === undefined ? undefined : Number(exitCode),
      images: this.#rows.texts.images.value(this.#rows.columns.images.get(this.#at)),
    };
  }
  get labels(): Readonly<Record<string, string>> {
    return this.#rows.texts.labels.value(this.#rows.columns.labels.get(this.#at));
  }
  get annotations(): Readonly<Record<string, string>> {
    const list = this.#rows.columns.annotations.get(this.#at);
    return list === NO_TEXT ? NO_ANNOTATIONS : this.#rows.texts.annotations.value(list);
  }
  get args(): readonly string[] {
    const list = this.#rows.columns.args.get(this.#at);
    return list === NO_TEXT ? EMPTY : this.#rows.texts.args.value(list);
  }
}

const NO_ANNOTATIONS: Readonly<Record<string, string>> = {};
