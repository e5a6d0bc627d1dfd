import { canonicalAddress } from '../ip/address.ts';
import type { ClusterFacts, ConfigMapFact, Workload } from '../model/facts.ts';

/** An address chosen by hand that moves between machines: no allocator of the cluster knows that it is taken. */
export type VirtualAddress = { readonly address: string; readonly ref: string; readonly text: string };

/** What kube-vip, keepalived and the control plane's endpoint say. kube-vip as a static pod says it in its environment, which is not kept. */
export function virtualAddresses(facts: ClusterFacts): VirtualAddress[] {
  const found = [...facts.workloads.flatMap(announced), ...facts.configMaps.flatMap(keepalived), ...controlPlaneEndpoint(facts)];
  const ofNodes = new Set(facts.nodes.flatMap((node) => node.internalIPs));
  return [...new Map(found.toReversed().map((entry) => [entry.address, entry])).values()].filter(({ address }) => !ofNodes.has(address));
}

function announced(workload: Workload): VirtualAddress[] {
  if (!workload.images.some((image) => /kube-vip|keepalived/.test(image))) return [];
  const ref = `${workload.kind.toLowerCase()}/${workload.namespace}/${workload.name}`;
  return Object.entries(workload.env)
    .filter(([name]) => /^(?:address|vip_address)$|virtual_ip/i.test(name))
    .flatMap(([name, value]) =>
      value.split(/[\s,]+/).flatMap((word) => {
        const address = canonicalAddress(word.split('/')[0]);
        return address === undefined ? [] : [{ address, ref, text: `${name}=${value}` }];
      }),
    );
}

/** `virtual_ipaddress { … }` of keepalived.conf, or the addresses by which kube-keepalived-vip names Services. */
function keepalived(configMap: ConfigMapFact): VirtualAddress[] {
  const ref = `configmap/${configMap.namespace}/${configMap.name}`;
  const named = /keepalived/.test(configMap.name) ? Object.keys(configMap.data) : [];
  const written = Object.values(configMap.data).flatMap((value) =>
    [...value.matchAll(/virtual_ipaddress\s*\{([^}]*)\}/g)].flatMap((match) => match[1]!.split(/\s+/)),
  );
  return [...named, ...written].flatMap((word) => {
    const address = canonicalAddress(word.split('/')[0]);
    return address === undefined ? [] : [{ address, ref, text: `virtual address ${word}` }];
  });
}

/** `controlPlaneEndpoint` of kubeadm: a name, or the virtual address of the API servers. */
function controlPlaneEndpoint(facts: ClusterFacts): VirtualAddress[] {
  const said = facts.configMap('kube-system', 'kubeadm-config')?.data['ClusterConfiguration'] ?? '';
  const endpoint = /^\s*controlPlaneEndpoint:\s*["']?([^"'\s#]+)/m.exec(said)?.[1] ?? '';
  const address = canonicalAddress(/^\[(.+)\]/.exec(endpoint)?.[1] ?? endpoint.replace(/:\d+$/, ''));
  return address === undefined ? [] : [{ address, ref: 'configmap/kube-system/kubeadm-config', text: `controlPlaneEndpoint: ${endpoint}` }];
}
