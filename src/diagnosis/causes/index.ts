import type { CauseRule } from '../investigation.ts';
import { allocationRace } from './allocation-race.ts';
import { benignSharing } from './benign-sharing.ts';
import { clusterCidrMismatch } from './cluster-cidr-mismatch.ts';
import { cniAgentUnhealthy } from './cni-agent-unhealthy.ts';
import { cniBypassed } from './cni-bypassed.ts';
import { cniVersionMismatch } from './cni-version-mismatch.ts';
import { inconclusive } from './inconclusive.ts';
import { infrastructureAddressConflict } from './infrastructure-address-conflict.ts';
import { ipPoolExhausted } from './ip-pool-exhausted.ts';
import { ipPoolOverlap } from './ip-pool-overlap.ts';
import { ipamLeak } from './ipam-leak.ts';
import { ipamStateCorrupt } from './ipam-state-corrupt.ts';
import { multipleCnis } from './multiple-cnis.ts';
import { noConflict } from './no-conflict.ts';
import { nodeCidrExhausted } from './node-cidr-exhausted.ts';
import { nodeCidrMissing } from './node-cidr-missing.ts';
import { nodeCidrOverlap } from './node-cidr-overlap.ts';
import { nodeIdentityClash } from './node-identity-clash.ts';
import { nodeReregistered } from './node-reregistered.ts';
import { podCidrOverlapsNodeNetwork } from './pod-cidr-overlaps-node-network.ts';
import { podCidrOverlapsServiceCidr } from './pod-cidr-overlaps-service-cidr.ts';
import { secondaryIpamNotClusterWide } from './secondary-ipam-not-cluster-wide.ts';
import { serviceIpConflict } from './service-ip-conflict.ts';
import { staleEndpoints } from './stale-endpoints.ts';
import { staticIpConflict } from './static-ip-conflict.ts';
import { stuckTerminatingPod } from './stuck-terminating-pod.ts';

/**
 * Every cause. Of two that fit equally well the earlier wins: a cause stands before those that are often its effects
 * (an agent crashes because its node has no range, not the other way round).
 */
export const CAUSES: readonly CauseRule[] = [
  staticIpConflict,
  secondaryIpamNotClusterWide,
  serviceIpConflict,
  stuckTerminatingPod,
  nodeIdentityClash,
  multipleCnis,
  cniBypassed,
  ipPoolOverlap,
  nodeCidrOverlap,
  podCidrOverlapsServiceCidr,
  podCidrOverlapsNodeNetwork,
  clusterCidrMismatch,
  nodeReregistered,
  nodeCidrExhausted,
  nodeCidrMissing,
  infrastructureAddressConflict,
  cniVersionMismatch,
  ipamStateCorrupt,
  ipamLeak,
  ipPoolExhausted,
  allocationRace,
  cniAgentUnhealthy,
  staleEndpoints,
  benignSharing,
  noConflict,
  inconclusive,
];
