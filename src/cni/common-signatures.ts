import type { Signature } from '../model/facts.ts';

const event = (means: Signature['means'], pattern: RegExp, knowledge: string, severity: Signature['severity'] = 'error'): Signature => ({
  means,
  pattern,
  in: 'event',
  severity,
  knowledge,
});
const both = (means: Signature['means'], pattern: RegExp, knowledge: string, severity: Signature['severity'] = 'error'): Signature => ({
  means,
  pattern,
  in: 'both',
  severity,
  knowledge,
});
const log = (means: Signature['means'], pattern: RegExp, knowledge: string, severity: Signature['severity'] = 'error'): Signature => ({
  means,
  pattern,
  in: 'log',
  severity,
  knowledge,
});

/**
 * What the parts shared by all CNIs say: reference plugins (bridge, host-local, ptp, static, dhcp), container runtimes, kubelet,
 * and the node IPAM controller. Constant parts of messages only; wording around them differs by release.
 */
export const COMMON_SIGNATURES: readonly Signature[] = [
  // host-local: state is in files on the node, so "full" may also mean "leaked" (plugins#498, cri#948).
  event(
    'node-range-exhausted',
    /no IP addresses available in (?:range set|network)/,
    'containernetworking/plugins host-local/backend/allocator/allocator.go',
  ),
  event(
    'address-taken',
    /requested IP address \S+ is not available in range set/,
    'containernetworking/plugins host-local/backend/allocator/allocator.go',
  ),
  event('state-lost', /host-local: Failed to find address added by container/, 'containernetworking/plugins host-local/main.go'),
  both('state-lost', /open \/var\/lib\/cni\/networks\/\S*|Failed to retrieve last reserved ip/, 'kubernetes/kubernetes#43910'),
  // A bridge that keeps the gateway of a former range: the node was given another one (kube-router#496).
  event('bridge-keeps-old-range', /already has an IP address different from/, 'containernetworking/plugins main/bridge/bridge.go'),
  event('duplicate-seen', /has address \S+ in DADFAILED state/, 'containernetworking/plugins pkg/ip/addr_linux.go'),
  // Runtime and kubelet: no CNI configuration on the node at all.
  event(
    'cni-not-initialised',
    /cni (?:plugin|config) (?:not |un)initialized|no network config found in \/etc\/cni\/net\.d|No CNI configuration file in/,
    'containerd internal/cri/server/sandbox_run.go',
    'warning',
  ),
  // Windows: the host network service keeps the endpoint of a former pod (kubernetes#74766, AKS#5653).
  event(
    'state-inconsistent',
    /HNSEndpoint.*already exists|(?:hnsCall|hcn\w+) failed in Win32: The object already exists/,
    'kubernetes/kubernetes#74766',
  ),
  event(
    'version-mismatch',
    /incompatible CNI versions|unsupported CNI result version|does not support config version|plugin version is not compatible/,
    'containernetworking/cni pkg/version',
  ),
  event(
    'release-failed',
    /failed to destroy network for sandbox|network teardown failed for pod sandbox/,
    'containerd internal/cri/server/sandbox_stop.go',
    'warning',
  ),
  // Node IPAM controller. It never says that two nodes hold one range: CidrSet.Occupy does not complain.
  both(
    'node-ranges-exhausted',
    /CIDRNotAvailable|no remaining CIDRs left to allocate/,
    'kubernetes pkg/controller/nodeipam/ipam/range_allocator.go',
    'warning',
  ),
  both(
    'range-outside-cluster',
    /failed to mark cidr\[.*as occupied|is out the range of cluster cidr|does not exist in cluster cidrs configuration/,
    'kubernetes pkg/controller/nodeipam/ipam/range_allocator.go',
  ),
  log(
    'two-range-allocators',
    /already has a CIDR allocated.*Releasing the new one/,
    'kubernetes pkg/controller/nodeipam/ipam/range_allocator.go',
    'warning',
  ),
  log(
    'range-on-two-nodes',
    /CIDR assignment for node .*failed.*Releasing allocated CIDR|Failed to update (?:the )?node \S* ?PodCIDR.*after multiple attempts/,
    'kubernetes-sigs/cloud-provider-azure#4556',
    'warning',
  ),
  both(
    'service-address-clash',
    /was assigned to multiple services; please recreate service/,
    'kubernetes pkg/registry/core/service/ipallocator/controller/repair.go',
  ),
];
