import { type Json, flag, list, text } from '../model/json.ts';

/** Names of software that anybody may know: what the diagnosis recognises a cluster's parts by. */
const PUBLIC =
  /^(?:default|kube-(?:system|public|node-lease|proxy|apiserver|controller-manager|scheduler|dns|flannel[\w-]*|router|ovn[\w-]*|multus[\w-]*|vip|bridge)|openshift[\w-]*|calico[\w-]*|tigera[\w-]*|cilium(?:-operator|-config|-envoy)?|[\w-]*flannel[\w-]*|weave[\w-]*|antrea[\w-]*|ovn[\w-]*|ovs[\w-]*|[\w-]*multus[\w-]*|[\w-]*whereabouts[\w-]*|spiderpool[\w-]*|kindnet|[\w-]*canal[\w-]*|aws-node|azure-(?:cns|cni|npm|ip-masq-agent)[\w-]*|anetd|sdn[\w-]*|coredns|etcd|kubernetes|default-ipv[46]-ippool|[\w-]*controller-manager|typha|rke2-(?:cilium|calico|canal|multus|whereabouts)[\w-]*)$/;
const STATIC_POD = /^(kube-apiserver|kube-controller-manager|kube-scheduler|etcd|cloud-controller-manager|kube-proxy|kube-vip)-(.+)$/;
/** Words of every log: a name that is one is replaced only where it stands as a name. */
const WORDS = new Set(
  'node nodes pod pods service services ip ips host network networks ipam cni api server default system agent controller manager range cidr pool pools block blocks subnet address name names container containers error failed log logs kubelet docker plugin interface route gateway tunnel range cluster config event info proxy policy daemon set status type kind data key value image config state control get list in of to a the for on'.split(
    ' ',
  ),
);
const ADDRESS_IN_NAME = /\d{1,3}[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3}/;
const SEGMENT = /[A-Za-z0-9]+|[^A-Za-z0-9]/g;

/** Replaces the names of objects, wherever they stand: alone, as parts of other names, in the middle of a line. Equal names stay equal. */
export class NameMap {
  readonly #names = new Map<string, string>();
  readonly #pods: { name: string; base: string | undefined; node: string | undefined }[] = [];
  /** Names that controllers made of another and a random end. */
  readonly #generated = new Set<string>();
  readonly #wanted = new Map<string, Set<string>>();
  readonly #keep: ReadonlySet<string>;
  /** Names by their first segment, the longest first. */
  readonly #byStart = new Map<string, { segments: string[]; image: string }[]>();

  /** `keep` holds the names of agents that were recognised in this very cluster. */
  constructor(keep: ReadonlySet<string>) {
    this.#keep = keep;
  }

  /** Notes an object's name, and the names it brings. */
  add(object: Json): void {
    const kind = text(object, 'kind') ?? '';
    const name = text(object, 'metadata', 'name');
    if (name === undefined || ['Event', 'CustomResourceDefinition', 'ConfigMap'].includes(kind)) return;
    this.#want('namespace', text(object, 'metadata', 'namespace'));
    const owners = list(object, 'metadata', 'ownerReferences');
    const owner = owners.find((one) => flag(one, 'controller')) ?? owners[0];
    const ownerName = text(owner, 'name');
    if (kind === 'Pod') {
      const base =
        ownerName === undefined || text(owner, 'kind') === 'Node'
          ? undefined
          : text(owner, 'kind') === 'ReplicaSet'
            ? ownerName.replace(/-[a-z0-9]{4,}$/, '')
            : ownerName;
      this.#want('workload', base);
      this.#want('node', text(object, 'spec', 'nodeName'));
      if (ownerName !== undefined && text(owner, 'kind') === 'ReplicaSet' && base !== ownerName) this.#generated.add(ownerName);
      this.#pods.push({ name, base, node: text(object, 'spec', 'nodeName') });
      for (const container of list(object, 'spec', 'containers')) this.#want('container', text(container, 'name'));
      return;
    }
    if (kind === 'EndpointSlice' || kind === 'ReplicaSet') {
      const base = name.replace(/-[a-z0-9]{4,}$/, '');
      if (base !== name) {
        this.#want('workload', base);
        this.#generated.add(name);
        return;
      }
    }
    this.#want(kind === 'Node' || kind === 'CiliumNode' ? 'node' : kind.toLowerCase(), name);
    if (text(owner, 'kind') !== 'ReplicaSet') this.#want('workload', ownerName);
    if (kind === 'Node')
      for (const address of list(object, 'status', 'addresses'))
        if (/DNS|Hostname/.test(text(address, 'type') ?? '')) this.#want('node', text(address, 'address'));
  }

  /** Fixes the replacements, in the order of the names, so that what is sorted by name stays so. */
  settle(): void {
    for (const [kind, names] of this.#wanted)
      for (const [i, name] of [...names].toSorted().entries())
        if (!this.#names.has(name)) this.#names.set(name, `${kind}-${String(i + 1).padStart(4, '0')}x`);
    for (const [i, name] of [...this.#generated].toSorted().entries()) {
      const base = name.replace(/-[a-z0-9]{4,}$/, '');
      if (!this.#names.has(name)) this.#names.set(name, `${this.#names.get(base) ?? base}-${String(i + 1).padStart(4, '0')}g`);
    }
    const counts = new Map<string, number>();
    for (const { name, base, node } of this.#pods.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const fixed = STATIC_POD.exec(name);
      if (fixed && (fixed[2] === node || this.#names.has(fixed[2]!))) {
        this.#names.set(name, `${fixed[1]}-${this.#names.get(fixed[2]!) ?? fixed[2]!}`);
        continue;
      }
      const start = base === undefined ? 'pod' : (this.#names.get(base) ?? base);
      const count = (counts.get(start) ?? 0) + 1;
      counts.set(start, count);
      this.#names.set(name, `${start}-${String(count).padStart(5, '0')}p`);
    }
    for (const [name, image] of this.#names) {
      const segments = name.match(SEGMENT) ?? [];
      const known = this.#byStart.get(segments[0] ?? '') ?? [];
      this.#byStart.set(segments[0] ?? '', [...known, { segments, image }]);
    }
    for (const known of this.#byStart.values()) known.sort((a, b) => b.segments.length - a.segments.length);
  }

  /** A text with every name in it replaced. `free` is the text of people and programs, where a common word is no name. */
  replace(value: string, free: boolean): string {
    const whole = this.#names.get(value);
    if (whole !== undefined) return whole;
    const parts = value.match(SEGMENT);
    if (parts === null) return value;
    let result = '';
    for (let i = 0; i < parts.length;) {
      const found = this.#byStart.get(parts[i]!)?.find(({ segments }) => segments.every((segment, j) => parts[i + j] === segment));
      if (found === undefined || (found.segments.length === 1 && !this.#standsAsName(parts, i, free))) {
        result += parts[i]!;
        i++;
        continue;
      }
      result += found.image;
      i += found.segments.length;
    }
    return result;
  }

  entries(): [string, string][] {
    return [...this.#names];
  }

  #standsAsName(parts: readonly string[], i: number, free: boolean): boolean {
    if (!WORDS.has(parts[i]!)) return true;
    const [before, after] = [parts[i - 1], parts[i + 1]];
    if (!free) return (before === undefined || /[:/@=."{]/.test(before)) && (after === undefined || /[:/,."}]/.test(after));
    return before === '"' || (after === '/' && before !== '/' && /^[a-z]/.test(parts[i + 2] ?? ''));
  }

  #want(kind: string, name: string | undefined): void {
    if (name === undefined || name === '' || name.length < 2 || PUBLIC.test(name) || this.#keep.has(name)) return;
    if (kind !== 'node' && kind !== 'namespace' && ADDRESS_IN_NAME.test(name)) return;
    if (kind === 'container' && WORDS.has(name)) return;
    const known = this.#wanted.get(kind) ?? new Set<string>();
    this.#wanted.set(kind, known.add(name));
  }
}
