import { canonicalAddress } from '../ip/address.ts';
import type { BaseFacts, ClusterFacts, ConfigMapFact, Workload } from '../model/facts.ts';
import type { Evidence } from '../model/finding.ts';
import { type ListNeed, listOf } from '../model/need.ts';
import { once } from '../model/once.ts';
import { type Pod, type PodTable, podName, readInFull } from '../model/pod-table.ts';
import { CONFIG_MAPS } from '../model/resource.ts';
import { KUBE_VIP, KUBE_VIP_ADDRESS, announces, namesVirtualAddress } from '../model/virtual-address.ts';

/** An address chosen by hand that moves between machines: no allocator of the cluster knows that it is taken. */
export type VirtualAddress = { readonly address: string; readonly evidence: Evidence };

/** What kube-vip, keepalived and the control plane's endpoint say. An endpoint that is a node's own address is no virtual one. */
export function virtualAddresses(facts: ClusterFacts): VirtualAddress[] {
  const ofNodes = new Set(facts.nodes.flatMap((node) => node.internalIPs));
  return distinct([...announced(facts), ...controlPlaneEndpoint(facts)]).filter(({ address }) => !ofNodes.has(address));
}

/** Those that software moves between machines. */
export const announcedAddresses = (facts: ClusterFacts): VirtualAddress[] => distinct(announced(facts));

const announced = (facts: ClusterFacts): VirtualAddress[] => [
  ...facts.workloads.flatMap(ofWorkload),
  ...staticPods(facts.pods).flatMap(ofPod),
  ...facts.configMaps.flatMap(keepalived),
];

const distinct = (found: readonly VirtualAddress[]): VirtualAddress[] => [
  ...new Map(found.toReversed().map((entry) => [entry.address, entry])).values(),
];

function ofWorkload(workload: Workload): VirtualAddress[] {
  if (!workload.images.some(announces)) return [];
  const ref = `${workload.kind.toLowerCase()}/${workload.namespace}/${workload.name}`;
  return Object.entries(workload.env)
    .filter(([name]) => namesVirtualAddress(name))
    .flatMap(([name, value]) =>
      namedIn(value).map((address) => ({ address, evidence: { source: 'pod', ref, text: `${ref}: ${name}=${value}` } })),
    );
}

/** Pods of kube-vip. Of those of which only cells were read, the name has to tell. */
const staticPods = once((pods: PodTable): readonly Pod[] => {
  const found: Pod[] = [];
  for (const pod of readInFull(pods))
    if (pod.hostNetwork && pod.containers.images.some((image) => image.includes(KUBE_VIP))) found.push(pod);
  for (const row of pods.screening?.fitting(/^kube-vip/) ?? []) if (pods.pod(row).hostNetwork) found.push(pods.pod(row));
  return found;
});

function ofPod(pod: Pod): VirtualAddress[] {
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return [];
  const ref = `pod/${podName(pod)}`;
  return pod.args.flatMap((word) => {
    const equals = word.indexOf('=');
    if (!KUBE_VIP_ADDRESS.test(word.slice(0, equals))) return [];
    return namedIn(word.slice(equals + 1)).map((address) => ({ address, evidence: { source: 'pod', ref, text: `${ref}: ${word}` } }));
  });
}

const namedIn = (value: string): string[] => value.split(/[\s,]+/).flatMap((word) => canonicalAddress(word.split('/')[0]) ?? []);

/** The ConfigMaps that keepalived is configured by, as far as its workloads name them. */
export function keepalivedNeeds(facts: BaseFacts): ListNeed[] {
  const maps = facts.workloads
    .filter(({ images }) => images.some((image) => image.includes('keepalived')))
    .flatMap(({ namespace, args, configMaps }) => [
      ...args.flatMap((word, i) => {
        const [, value = args[i + 1] ?? ''] = /^--?services-configmap(?:=(.*))?$/.exec(word) ?? [undefined, ''];
        return value === '' ? [] : [value.includes('/') ? value : `${namespace}/${value}`];
      }),
      ...configMaps.map((name) => `${namespace}/${name}`),
    ]);
  return [...new Set(maps)].map((map) => {
    const [namespace, name] = map.split('/') as [string, string];
    return listOf(CONFIG_MAPS, ['static-ip-conflict', 'pod-ip-equals-infrastructure-ip'], { namespace, name });
  });
}

/** `virtual_ipaddress { … }` of keepalived.conf, or the addresses by which kube-keepalived-vip names Services. */
function keepalived({ namespace, name, data }: ConfigMapFact): VirtualAddress[] {
  const ref = `configmap/${namespace}/${name}`;
  const written = Object.values(data).flatMap((value) =>
    [...value.matchAll(/virtual_ipaddress\s*\{([^}]*)\}/g)].flatMap((match) => match[1]!.split(/\s+/)),
  );
  return [...Object.keys(data), ...written].flatMap((word) =>
    namedIn(word).map((address) => ({ address, evidence: { source: 'configmap', ref, text: `${ref}: virtual address ${word}` } })),
  );
}

/** `controlPlaneEndpoint` of kubeadm: a name, or the virtual address of the API servers. */
function controlPlaneEndpoint(facts: ClusterFacts): VirtualAddress[] {
  const said = facts.configMap('kube-system', 'kubeadm-config')?.data['ClusterConfiguration'] ?? '';
  const endpoint = /^\s*controlPlaneEndpoint:\s*["']?([^"'\s#]+)/m.exec(said)?.[1] ?? '';
  const address = canonicalAddress(/^\[(.+)\]/.exec(endpoint)?.[1] ?? endpoint.replace(/:\d+$/, ''));
  const ref = 'configmap/kube-system/kubeadm-config';
  return address === undefined
    ? []
    : [{ address, evidence: { source: 'configmap', ref, text: `${ref}: controlPlaneEndpoint: ${endpoint}` } }];
}
