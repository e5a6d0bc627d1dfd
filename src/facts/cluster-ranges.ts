import { parseRange } from '../ip/range.ts';
import type { BaseFacts, ClusterRange, ConfigMapFact, NodeIpamFact, NodeFact } from '../model/facts.ts';
import { once } from '../model/once.ts';
import { type Pod, type PodTable, podName, podsNamed } from '../model/pod-table.ts';
import { type Json, parseJson, texts } from './read.ts';

type Input = {
  readonly pods: PodTable;
  readonly nodes: readonly NodeFact[];
  readonly serviceCIDRs: readonly Json[];
  readonly configMap: BaseFacts['configMap'];
  readonly openshiftNetworks: readonly Json[];
};

/** The value of `--name=value` or `--name value` among arguments. */
function argument(args: readonly string[], name: string): string | undefined {
  const flagged = new RegExp(`^--?${name}(?:=(.*))?$`, 's');
  for (const [i, word] of args.entries()) {
    const match = flagged.exec(word);
    if (match) return match[1] ?? args[i + 1];
    // A whole command line in one word, as `sh -c "kube-controller-manager --cluster-cidr=…"`.
    const inside = new RegExp(`(?:^|\\s)--?${name}[= ](\\S+)`).exec(word);
    if (inside && /\s/.test(word)) return inside[1]?.replaceAll(/^["']|["']$/g, '');
  }
  return undefined;
}

const CONTROL_PLANE = /kube-apiserver|controller-manager|^k3s|^rke2/;

/** Pods of the control plane, with their arguments. Few pods have arguments that were kept; of cells, the name has to tell. */
const controlPlane = once((pods: PodTable): readonly Pod[] => podsNamed(pods, CONTROL_PLANE, (pod) => pod.args.length > 0));

/** Every statement about the cluster's pod and Service ranges, the most trustworthy first. */
export function readClusterRanges(input: Input): ClusterRange[] {
  const found: ClusterRange[] = [];
  const add = (purpose: ClusterRange['purpose'], basis: ClusterRange['basis'], ref: string, value: string | undefined): void => {
    for (const part of (value ?? '').split(/[\s,]+/)) {
      const range = parseRange(part);
      if (range) found.push({ purpose, basis, ref, range });
    }
  };
  for (const cidr of input.serviceCIDRs) add('service', 'object', `servicecidr/${nameOf(cidr)}`, texts(cidr, 'spec', 'cidrs').join(','));
  for (const pod of controlPlane(input.pods)) {
    if (!/kube-(?:controller-manager|apiserver)|cloud-controller-manager|^k3s|^rke2/.test(pod.name)) continue;
    add('service', 'flag', `pod/${podName(pod)}`, argument(pod.args, 'service-cluster-ip-range') ?? argument(pod.args, 'service-cidr'));
    add('pod', 'flag', `pod/${podName(pod)}`, argument(pod.args, 'cluster-cidr'));
  }
  for (const node of input.nodes) {
    const args = parseJson(node.annotations['k3s.io/node-args'] ?? node.annotations['rke2.io/node-args']);
    const words = texts({ args }, 'args');
    if (words.length === 0) continue;
    add('pod', 'flag', `node/${node.name}`, argument(words, 'cluster-cidr'));
    add('service', 'flag', `node/${node.name}`, argument(words, 'service-cidr'));
  }
  for (const network of input.openshiftNetworks) {
    for (const field of ['spec', 'status']) {
      const part = (network as Record<string, Json>)[field];
      const clusterNetwork = (part as { clusterNetwork?: Json[] } | undefined)?.clusterNetwork;
      if (Array.isArray(clusterNetwork)) {
        for (const entry of clusterNetwork) add('pod', 'object', 'network/cluster', (entry as { cidr?: string }).cidr);
      }
      add('service', 'object', 'network/cluster', texts(part, 'serviceNetwork').join(','));
    }
  }
  const kubeadm = input.configMap('kube-system', 'kubeadm-config');
  if (kubeadm) {
    add('pod', 'kubeadm', 'configmap/kube-system/kubeadm-config', yamlScalar(kubeadm, 'ClusterConfiguration', 'podSubnet'));
    add('service', 'kubeadm', 'configmap/kube-system/kubeadm-config', yamlScalar(kubeadm, 'ClusterConfiguration', 'serviceSubnet'));
  }
  const proxy = input.configMap('kube-system', 'kube-proxy');
  if (proxy) add('pod', 'kube-proxy', 'configmap/kube-system/kube-proxy', yamlScalar(proxy, 'config.conf', 'clusterCIDR'));
  const seen = new Set<string>();
  return found.filter((entry) => {
    const key = `${entry.purpose}|${entry.basis}|${entry.range.text}|${entry.basis === 'flag' ? '' : entry.ref}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** One scalar of a small YAML document inside a ConfigMap. A YAML parser would be heavy for a single unique key. */
function yamlScalar(configMap: ConfigMapFact, entry: string, key: string): string | undefined {
  const match = new RegExp(`^\\s*${key}:\\s*["']?([^"'\\n#]+)`, 'm').exec(configMap.data[entry] ?? '');
  return match?.[1]?.trim();
}

const nameOf = (object: Json): string => (object as { metadata?: { name?: string } }).metadata?.name ?? '';

/** Whether a controller hands out Node.spec.podCIDRs, and with which mask. Managed control planes do not show theirs: unknown. */
export function readNodeIpam(pods: PodTable): NodeIpamFact {
  const allocators: { pod: string; args: string }[] = [];
  let seen = false;
  let maskSize4: number | undefined;
  let maskSize6: number | undefined;
  for (const pod of controlPlane(pods)) {
    if (!/controller-manager/.test(pod.name)) continue;
    const allocate = argument(pod.args, 'allocate-node-cidrs');
    if (/kube-controller-manager/.test(pod.name)) seen = true;
    const mask = argument(pod.args, 'node-cidr-mask-size');
    maskSize4 ??= numeric(argument(pod.args, 'node-cidr-mask-size-ipv4') ?? mask);
    maskSize6 ??= numeric(argument(pod.args, 'node-cidr-mask-size-ipv6'));
    if (allocate === 'true' || (allocate !== undefined && allocate !== 'false')) {
      allocators.push({ pod: podName(pod), args: `--allocate-node-cidrs=true --cluster-cidr=${argument(pod.args, 'cluster-cidr') ?? ''}` });
    }
  }
  return { allocates: allocators.length > 0 ? 'yes' : seen ? 'no' : 'unknown', allocators, maskSize4, maskSize6 };
}

const numeric = (value: string | undefined): number | undefined => {
  const parsed = Number(value);
  return value !== undefined && Number.isInteger(parsed) ? parsed : undefined;
};
