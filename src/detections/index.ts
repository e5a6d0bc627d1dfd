import { benignSharing } from './benign-sharing.ts';
import { clusterCidrMismatch } from './cluster-cidr-mismatch.ts';
import { cniAgentMissing } from './cni-agent-missing.ts';
import { cniAgentUnhealthy } from './cni-agent-unhealthy.ts';
import { cniLogError } from './cni-log-error.ts';
import { cniVersionSkew } from './cni-version-skew.ts';
import { duplicateNodeIdentity } from './duplicate-node-identity.ts';
import { duplicateNodeIp } from './duplicate-node-ip.ts';
import { duplicatePodIp } from './duplicate-pod-ip.ts';
import { duplicateSecondaryIp } from './duplicate-secondary-ip.ts';
import { duplicateServiceIp } from './duplicate-service-ip.ts';
import { ipamDoubleAllocation } from './ipam-double-allocation.ts';
import { ipamInUseNotAllocated } from './ipam-in-use-not-allocated.ts';
import { ipamLeak } from './ipam-leak.ts';
import { ipamOrphanBlock } from './ipam-orphan-block.ts';
import { multipleCnis } from './multiple-cnis.ts';
import { nodeRangeMissing } from './node-range-missing.ts';
import { nodeRangeOutsideClusterCidr } from './node-range-outside-cluster-cidr.ts';
import { nodeRangesExhausted } from './node-ranges-exhausted.ts';
import { overlappingIpamBlocks } from './overlapping-ipam-blocks.ts';
import { overlappingNodeRanges } from './overlapping-node-ranges.ts';
import { overlappingPools } from './overlapping-pools.ts';
import { perNodeIpamOnSharedNetwork } from './per-node-ipam-on-shared-network.ts';
import { podIpEqualsInfrastructureIp } from './pod-ip-equals-infrastructure-ip.ts';
import { podIpEqualsNodeIp } from './pod-ip-equals-node-ip.ts';
import { podIpEqualsServiceIp } from './pod-ip-equals-service-ip.ts';
import { podIpInOtherNodeRange } from './pod-ip-in-other-node-range.ts';
import { podIpInRuntimeDefaultRange } from './pod-ip-in-runtime-default-range.ts';
import { podIpOutsidePodRanges } from './pod-ip-outside-pod-ranges.ts';
import { podRangeOverlapsNodeNetwork } from './pod-range-overlaps-node-network.ts';
import { podRangeOverlapsServiceRange } from './pod-range-overlaps-service-range.ts';
import { poolExhausted } from './pool-exhausted.ts';
import { poolNearlyFull } from './pool-nearly-full.ts';
import { sandboxCreationFailing } from './sandbox-creation-failing.ts';
import { staleEndpoint } from './stale-endpoint.ts';
import { staleHolder } from './stale-holder.ts';
import { staticIpConflict } from './static-ip-conflict.ts';
import { terminatingHolder } from './terminating-holder.ts';
import type { Detection } from './detection.ts';

/** Every detection, in the order of the public ids. */
export const DETECTIONS: readonly Detection[] = [
  duplicatePodIp,
  duplicateSecondaryIp,
  podIpEqualsNodeIp,
  podIpEqualsServiceIp,
  podIpEqualsInfrastructureIp,
  podIpInOtherNodeRange,
  podIpOutsidePodRanges,
  podIpInRuntimeDefaultRange,
  terminatingHolder,
  staleHolder,
  overlappingNodeRanges,
  overlappingPools,
  overlappingIpamBlocks,
  podRangeOverlapsNodeNetwork,
  podRangeOverlapsServiceRange,
  nodeRangeMissing,
  nodeRangeOutsideClusterCidr,
  clusterCidrMismatch,
  poolExhausted,
  poolNearlyFull,
  nodeRangesExhausted,
  ipamLeak,
  ipamDoubleAllocation,
  ipamInUseNotAllocated,
  ipamOrphanBlock,
  cniAgentUnhealthy,
  cniAgentMissing,
  multipleCnis,
  cniVersionSkew,
  cniLogError,
  sandboxCreationFailing,
  duplicateNodeIdentity,
  duplicateNodeIp,
  staticIpConflict,
  perNodeIpamOnSharedNetwork,
  duplicateServiceIp,
  staleEndpoint,
  benignSharing,
];
