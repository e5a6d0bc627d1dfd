import { type Json, type JsonRecord, isRecord } from '../model/json.ts';
import { AddressMap } from './addresses.ts';
import { NameMap } from './names.ts';

export type RedactMode = 'names' | 'addresses' | 'all';

const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?(?![\w]|\.\d)/g;
const IPV6 = /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:\/\d{1,3})?(?![\w:])/gi;
const DASHED4 = /(?<!\d)\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}(?!\d)/g;
const DASHED6 = /(?<![\w])(?:[0-9a-f]{1,4}-{1,2}){2,7}[0-9a-f]{0,4}(?![\w])/gi;
const MAC = /(?<![\w:-])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![\w:])/gi;
/** Fields whose values are words of the API, never names. */
const VOCABULARY = new Set(
  'apiVersion kind type reason phase protocol operator effect restartPolicy operation manager fieldsType scope ipFamilies ipFamilyPolicy internalTrafficPolicy externalTrafficPolicy sessionAffinity updateStrategy resourceVersion creationTimestamp addressType verb plural group resource file sha256'.split(
    ' ',
  ),
);
const PUBLIC_IMAGE =
  /calico|tigera|cilium|flannel|weave|antrea|ovn|multus|whereabouts|spiderpool|kindnet|kube-router|amazon-k8s-cni|azure|coredns|kube-|etcd|pause|metrics-server|hyperkube|k3s|rke2|sdn|cni/;
const PUBLIC_REGISTRY =
  /^(?:docker\.io|quay\.io|ghcr\.io|gcr\.io|k8s\.gcr\.io|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws|[\w-]+\.pkg\.dev)$/;
const FREE = new Set(['message', 'note', 'text', 'what']);

/** Replaces names and addresses in objects, logs and file names, everywhere alike. First everything is noted, then settled, then replaced. */
export class Redactor {
  readonly #mode: RedactMode;
  readonly #addresses = new AddressMap();
  readonly #names: NameMap;
  readonly #macs = new Map<string, string>();
  readonly #images = new Map<string, string>();
  readonly #keep: ReadonlySet<string>;

  constructor(mode: RedactMode, keep: ReadonlySet<string>) {
    this.#mode = mode;
    this.#keep = keep;
    this.#names = new NameMap(keep);
  }

  noteObject(object: Json): void {
    this.#names.add(object);
  }

  noteText(text: string): void {
    for (const [match] of text.matchAll(IPV4)) this.#addresses.add(match);
    for (const [match] of text.matchAll(IPV6)) this.#addresses.add(match);
  }

  settle(random: () => number): void {
    this.#addresses.settle(random);
    this.#names.settle();
  }

  /** A value of any shape, with keys and all. */
  value(value: Json, key = ''): Json {
    if (typeof value === 'string') return this.#string(value, key);
    if (Array.isArray(value)) return value.map((item: Json) => this.value(item, key));
    if (!isRecord(value)) return value;
    const fields = key === 'f:status' || key === 'fieldsV1' ? (JSON.parse(this.text(JSON.stringify(value), false)) as JsonRecord) : value;
    return Object.fromEntries(
      Object.entries(fields).map(([name, inner]) => [this.#hasName(name) ? this.text(name, false) : name, this.value(inner, name)]),
    );
  }

  /** A line of a log, a message, a name. */
  text(text: string, free = true): string {
    const named = this.#mode === 'addresses' ? text : this.#names.replace(text, free);
    return this.#mode === 'names' ? named : this.#withoutAddresses(named);
  }

  /** What was replaced by what: it stays with the user. */
  mapping(): JsonRecord {
    return {
      ...(this.#mode === 'addresses' ? {} : { names: Object.fromEntries(this.#names.entries()), images: Object.fromEntries(this.#images) }),
      ...(this.#mode === 'names' ? {} : { addresses: Object.fromEntries(this.#addresses.entries()), macs: Object.fromEntries(this.#macs) }),
    };
  }

  #string(value: string, key: string): string {
    if (VOCABULARY.has(key)) return value;
    if ((key === 'image' || key === 'imageID') && this.#mode !== 'addresses') return this.#withoutAddresses(this.#image(value));
    // JSON within a string keeps its keys: `{"ips":["10.1.2.3"],"name":"default"}`.
    return this.text(value, FREE.has(key) || value.length > 80);
  }

  /** Keys that hold names or addresses: allocations by address, labels of somebody's own. */
  #hasName(key: string): boolean {
    return /[./:]/.test(key)
      ? !/^[\w.-]+\.(?:io|org|com|sh)(?:\/|$)/.test(key) || /\d+[.-]\d+[.-]\d+[.-]\d+/.test(key)
      : this.#names.replace(key, true) !== key && /[-\d]/.test(key);
  }

  #image(image: string): string {
    const known = this.#images.get(image);
    if (known !== undefined) return known;
    const [, registry, path] = /^([\w.-]+(?::\d+)?(?=\/)(?:(?<=[.:].*)|(?<=localhost)))\/(.*)$/.exec(image) ?? [
      undefined,
      undefined,
      image,
    ];
    const start = registry === undefined || PUBLIC_REGISTRY.test(registry) ? registry : 'registry.invalid';
    const tag = /(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$/.exec(path!)?.[0] ?? '';
    const name =
      PUBLIC_IMAGE.test(path!) || this.#keep.has(path!)
        ? path!.slice(path!.lastIndexOf('/', PUBLIC_IMAGE.exec(path!)?.index ?? 0) + 1)
        : `image-${this.#images.size + 1}${tag.replace(/@sha256.*/, '')}`;
    const middle = PUBLIC_IMAGE.test(path!) && start !== 'registry.invalid' ? path! : name;
    const result = [start, middle].filter((part) => part !== undefined).join('/');
    this.#images.set(image, result);
    return result;
  }

  #withoutAddresses(text: string): string {
    if (this.#mode === 'names') return text;
    const replaced = text
      .replaceAll(MAC, (mac) => this.#mac(mac))
      .replaceAll(IPV4, (match) => this.#addresses.map(match) ?? match)
      .replaceAll(DASHED4, (match) => {
        const dotted = match.replaceAll('-', '.');
        return this.#addresses.has(dotted) ? (this.#addresses.map(dotted) ?? dotted).replaceAll('.', '-') : match;
      });
    return replaced
      .replaceAll(IPV6, (match) => this.#addresses.map(match) ?? match)
      .replaceAll(DASHED6, (match) => {
        const colons = match.replaceAll('-', ':');
        return this.#addresses.has(colons) ? (this.#addresses.map(colons) ?? colons).replaceAll(':', '-') : match;
      });
  }

  /** Many a MAC holds its pod's address in its last four bytes. */
  #mac(mac: string): string {
    const key = mac.toLowerCase();
    if (/^(?:00:){5}00$|^(?:ff:){5}ff$/.test(key)) return mac;
    const known = this.#macs.get(key);
    if (known !== undefined) return known;
    const made = `02:00:${(this.#macs.size + 1).toString(16).padStart(8, '0').match(/../g)!.join(':')}`;
    this.#macs.set(key, made);
    return made;
  }
}
