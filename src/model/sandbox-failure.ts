const WRAPPED = /(?:\(combined from similar events\): )?Failed (?:to )?create pod sandbox/i;

/** Failures of a sandbox that have nothing to do with addresses. */
const NOT_IPAM =
  /failed to reserve sandbox name|RuntimeClass|runtime handler|cgroup|seccomp|apparmor|SELinux|failed to (?:get|pull) sandbox image|pause image|failed to create containerd task|failed to start sandbox|no space left on device|bandwidth plugin|failed to create network namespace/i;

/** Chained plugins that come after the address was given: host ports, rates, kernel settings, filters. */
const NOT_OF_ADDRESSES: ReadonlySet<string> = new Set(['portmap', 'bandwidth', 'tuning', 'firewall', 'sbr']);

const FROM_CNI =
  /plugin type="|networkPlugin (?:cni|kubenet)|failed to (?:setup|set up) network for sandbox|error adding pod \S+ to CNI network|CNI request failed|failed to create pod network sandbox|HNSEndpoint|incompatible CNI versions/i;

/**
 * Whether a FailedCreatePodSandBox message is about the pod's network: yes, no, or unknown where the text names no culprit
 * (a bare timeout may be a hung CNI, unproven).
 */
export function isNetworkFailure(message: string): 'yes' | 'no' | 'unknown' {
  const plugins = [...message.matchAll(/plugin type="([^"]+)"/g)];
  if (NOT_OF_ADDRESSES.has(plugins.at(-1)?.[1] ?? '')) return 'no';
  if (FROM_CNI.test(message)) return 'yes';
  if (NOT_IPAM.test(message)) return 'no';
  return WRAPPED.test(message) ? 'unknown' : 'no';
}

/** Binaries that belong to one CNI. Those that any CNI may call (bridge, host-local, macvlan) and those that call others (multus) prove nothing. */
const OWNERS: Readonly<Record<string, string>> = {
  'cilium-cni': 'cilium',
  'weave-net': 'weave',
  calico: 'calico',
  flannel: 'flannel',
  antrea: 'antrea',
  'kube-ovn': 'kube-ovn',
  'aws-cni': 'aws-vpc-cni',
  'azure-vnet': 'azure-cns',
  'ovn-k8s-cni-overlay': 'ovn-kubernetes',
};

/** The id of the CNI whose binary a message names. */
export const pluginOwner = (message: string): string | undefined => OWNERS[pluginType(message) ?? ''];

/** The CNI binary that the kubelet really called: the best proof of which CNI is in use on a node. */
export const pluginType = (message: string): string | undefined => /plugin type="([^"]+)"/.exec(message)?.[1];
