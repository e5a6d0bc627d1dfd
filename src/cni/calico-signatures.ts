import type { Signature } from '../model/facts.ts';

const IPAM = 'projectcalico/calico libcalico-go/lib/ipam';
const CNI = 'projectcalico/calico cni-plugin';
const NODE = 'projectcalico/calico node/pkg';
const GC = 'projectcalico/calico kube-controllers/pkg/controllers/node';

const event = (means: Signature['means'], pattern: RegExp, knowledge: string): Signature => ({
  means,
  pattern,
  in: 'event',
  severity: 'error',
  knowledge,
});
const log = (means: Signature['means'], pattern: RegExp, knowledge: string, severity: Signature['severity'] = 'error'): Signature => ({
  means,
  pattern,
  in: 'log',
  severity,
  knowledge,
});

/** Constant parts of Calico's messages. Leak cleaning as designed is left out: it is noise unless the address lives. */
export const CALICO_SIGNATURES: readonly Signature[] = [
  // Says "Assigned 0 out of 1" before it says why.
  {
    ...event(
      'no-pool',
      /no configured Calico pools|cannot find a qualified ippool|the given pool \(.*\) does not exist, or is not enabled/,
      `${IPAM}/ipam.go`,
    ),
    in: 'both',
  },
  event(
    'pool-exhausted',
    /No IPs available in pools: \[|All addresses exhausted in pool|No free blocks found in any pool|pools are likely exhausted|IPAM allocated only \d+/,
    IPAM,
  ),
  event(
    'pool-exhausted',
    /No more free affine blocks and strict affinity enabled|limit of \d+ blocks reached for this node|per host block limit/,
    IPAM,
  ),
  event('pool-exhausted', /Assigned 0 out of \d+ requested IPv[46] addresses/, IPAM),
  event('agent-misconfigured', /no podCidr for node|usePodCidr found but there is no/, IPAM),
  event('address-taken', /Address already assigned in block/, IPAM),
  event('address-not-in-pool', /The provided IP address is not in a configured pool/, IPAM),
  event('route-taken', /already exists for an interface other than/, `${CNI}/pkg/dataplane/linux/dataplane_linux.go`),
  event('route-taken', /failed to add route file exists/, 'projectcalico/calico#1406'),
  event('agent-not-running', /stat \/var\/lib\/calico\/nodename: no such file or directory/, `${CNI}/pkg/plugin/plugin.go`),
  event('agent-cannot-reach-api', /error getting ClusterInformation:/, `${CNI}/pkg/plugin/plugin.go`),
  event('agent-not-running', /Calico is currently not ready to process requests/, `${CNI}/pkg/plugin/plugin.go`),
  log(
    'duplicate-seen',
    /Multiple local workloads with same IP but BPF dataplane/,
    'projectcalico/calico felix/dataplane/linux/bpf_route_mgr.go',
  ),
  log('live-address-freed', /IP address has been reused by something else/, `${NODE}/allocateip/allocateip.go`),
  log(
    'node-address-taken',
    /Calico node '[^']*' is already using the IPv[46] address|IPv[46] address conflict|conflicting node detected/,
    `${NODE}/lifecycle/startup/startup.go`,
  ),
  log(
    'agent-misconfigured',
    /Unable to auto-detect an IPv[46] address|no valid host interfaces found/,
    `${NODE}/lifecycle/startup/startup.go`,
  ),
  log('live-address-freed', /Pod rescheduled on new node\. Allocation no longer valid/, GC, 'warning'),
  log(
    'live-address-freed',
    /Garbage collecting leaked IP address|Successfully garbage collected leaked IP address|Leaked IP has been resurrected/,
    GC,
    'warning',
  ),
  log(
    'state-inconsistent',
    /Missing attributes for IP with ordinal|Couldn't read block .* referenced by handle|failed to upgrade IPAM database/,
    IPAM,
  ),
  log('agent-cannot-reach-api', /dial tcp \S+: i\/o timeout|connection is unauthorized: Unauthorized/, CNI, 'warning'),
  log('pool-exhausted', /Unable to allocate a new IPAM block; host already has|Unable to reclaim any empty blocks/, IPAM, 'warning'),
  log(
    'overlap-seen',
    /CIDR overlaps another pool|CIDR overlaps with IPPool/,
    'projectcalico/calico kube-controllers/pkg/controllers/ippool/pool_controller.go',
  ),
];
