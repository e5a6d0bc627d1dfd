import { parseAddress } from '../../src/ip/address.ts';
import type { Json } from '../../src/model/json.ts';
import type { Material } from './examine-capture.ts';

type Meta = { readonly name?: string; readonly namespace?: string; readonly ownerReferences?: { kind: string; name: string }[] };
type Object = { readonly kind?: string; readonly metadata?: Meta };

/** Namespaces that software installs itself into: their names, and the names in them, are known ones. */
const KNOWN =
  /^(?:kube-|default$|calico|tigera|cilium|openshift|ovn|weave|antrea|metallb|multus|istio|spiderpool|kubevirt|cattle|rook|whereabouts)/;
const ADDRESS = /(?<![\w.]|[a-z]-)(\d{1,3}(?:\.\d{1,3}){3})(\/\d{1,2})?(?![\w.])/g;
const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * The same cluster under other names and in another private range: namespaces, pods, nodes and workloads renamed, the second octet of
 * 10.0.0.0/8 and 100.64.0.0/10 changed by one bit, which keeps every prefix relation. Ranges that mean something by themselves stay.
 */
export function renamed(material: Material): { readonly material: Material; readonly words: (words: string) => string } {
  const objects = material.objects as readonly Object[];
  const whole = JSON.stringify(material.objects) + [...material.logs.values()].join('\n');
  // 10.85 and 10.88 are defaults of runtimes, 10.21 and 10.24 would become them; Weave and k3s have default ranges that are stated nowhere.
  const moves =
    !/(?<![\w.])10\.(?:85|88|21|24)\./.test(whole) &&
    (!whole.includes('weave') || whole.includes('IPALLOC_RANGE')) &&
    (!whole.includes('k3s.io/node-args') || whole.includes('cluster-cidr'));
  const names = new Map<string, string>();
  const pairs = new Map<string, string>();
  const namespaces = new Map<string, string>();
  const workloads = new Map<string, string>();
  const exact = new Map<string, string>();
  const inside = objects.filter((object) => object.metadata?.namespace !== undefined && !KNOWN.test(object.metadata.namespace));
  for (const { metadata } of inside)
    if (!namespaces.has(metadata!.namespace!)) namespaces.set(metadata!.namespace!, `tenant-${namespaces.size + 1}`);
  for (const { kind, metadata } of inside)
    if ((kind === 'Deployment' || kind === 'StatefulSet') && metadata?.name)
      workloads.set(`${metadata.namespace!}/${metadata.name}`, `load-${workloads.size + 1}`);
  for (const { kind, metadata } of objects)
    if (
      kind === 'Node' &&
      metadata?.name &&
      !/\d+[.-]\d+[.-]\d+[.-]\d+/.test(metadata.name) &&
      !/^(?:fargate-|virtual-kubelet$)/.test(metadata.name)
    )
      names.set(metadata.name, `machine-${names.size + 1}`);
  // Objects named after a pod (CiliumEndpoint) follow it.
  for (const [index, { kind, metadata }] of inside.toSorted((a, b) => Number(b.kind === 'Pod') - Number(a.kind === 'Pod')).entries()) {
    const { name, namespace } = metadata as { name: string; namespace: string };
    if (kind === 'Pod') exact.set(name, exact.get(name) ?? `unit-${index}`);
    if (kind === 'Pod' && /[\d-]/.test(name)) names.set(name, exact.get(name)!);
    if (pairs.has(`${namespace}/${name}`)) continue;
    const other = kind === 'Pod' ? exact.get(name)! : (workloads.get(`${namespace}/${name}`) ?? name);
    pairs.set(`${namespace}/${name}`, `${namespaces.get(namespace)!}/${other}`);
  }
  const alternatives = [...pairs.keys(), ...names.keys()].toSorted((a, b) => b.length - a.length).map(escape);
  const pattern = alternatives.length === 0 ? /(?!)/g : new RegExp(`(?<![A-Za-z0-9])(?:${alternatives.join('|')})(?![A-Za-z0-9])`, 'g');
  const inText = (text: string): string =>
    move(text.replaceAll(pattern, (found) => pairs.get(found) ?? names.get(found)!)).replaceAll(
      /("namespace":\s*")([^"]+)"/g,
      (match, head: string, name: string) => (namespaces.has(name) ? `${head}${namespaces.get(name)!}"` : match),
    );

  function move(text: string): string {
    if (!moves) return text;
    return text.replaceAll(ADDRESS, (found, address: string, prefix: string | undefined) => {
      const octets = address.split('.').map(Number);
      if (octets.some((octet) => octet > 255)) return found;
      const bit = octets[0] === 10 ? 64 : octets[0] === 100 && octets[1]! >= 64 && octets[1]! < 128 ? 8 : 0;
      const length = prefix === undefined ? 32 : Number(prefix.slice(1));
      const network = prefix !== undefined && hostBits(octets, length) === 0;
      // A range shorter than the bit keeps its text; the addresses in it still move inside it.
      if (bit === 0 || (network && length < (bit === 64 ? 10 : 13))) return found;
      return `${octets[0]}.${octets[1]! ^ bit}.${octets[2]}.${octets[3]}${prefix ?? ''}`;
    });
  }

  const value = (found: Json, path: readonly string[]): Json => {
    if (typeof found === 'string') {
      const key = path.at(-1);
      if (key === 'namespace' || (key === 'name' && path.at(-2) === 'namespace')) return namespaces.get(found) ?? found;
      if (
        (key === 'podName' || key === 'pod' || (key === 'name' && (path.at(-2) === 'targetRef' || path.at(-2) === 'involvedObject'))) &&
        exact.has(found)
      )
        return exact.get(found)!;
      return inText(found);
    }
    if (Array.isArray(found)) return found.map((entry) => value(entry as Json, path));
    if (found !== null && typeof found === 'object')
      return Object.fromEntries(
        Object.entries(found).map(([key, entry]) => [parseAddress(key) ? move(key) : key, value(entry as Json, [...path, key])]),
      ) as Json;
    return found;
  };
  const changed = material.objects.map((object): Json => {
    const { kind, metadata } = object as Object;
    const copy = value(object, []) as {
      metadata?: { name?: string; namespace?: string; ownerReferences?: { kind: string; name: string }[] };
    };
    if (kind === 'Namespace' && metadata?.name !== undefined && copy.metadata)
      copy.metadata.name = namespaces.get(metadata.name) ?? metadata.name;
    const namespace = metadata?.namespace ?? '';
    if ((kind === 'Deployment' || kind === 'StatefulSet') && copy.metadata)
      copy.metadata.name = workloads.get(`${namespace}/${metadata?.name ?? ''}`) ?? copy.metadata.name!;
    if (kind === 'Pod' && copy.metadata && metadata?.name !== undefined)
      copy.metadata.name = pairs.get(`${namespace}/${metadata.name}`)?.split('/')[1] ?? copy.metadata.name!;
    for (const [index, owner] of (metadata?.ownerReferences ?? []).entries()) {
      const target = copy.metadata?.ownerReferences?.[index];
      const workload = [...workloads.keys()].find(
        (key) =>
          key === `${namespace}/${owner.name}` || (owner.kind === 'ReplicaSet' && `${namespace}/${owner.name}`.startsWith(`${key}-`)),
      );
      if (target && workload) target.name = owner.name.replace(workload.split('/')[1]!, workloads.get(workload)!);
    }
    return copy as Json;
  });
  const logs = new Map(
    [...material.logs].map(([ref, text]) => [
      ref.split('/').length === 3 ? `${inText(ref.split('/').slice(0, 2).join('/'))}/${ref.split('/')[2]!}` : ref,
      inText(text),
    ]),
  );
  return { material: { objects: changed, logs }, words: inText };
}

function hostBits(octets: readonly number[], length: number): number {
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return value % 2 ** (32 - length);
}
