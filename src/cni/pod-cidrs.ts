import { type AddressModel, type BaseFacts, type CniFacts, POD_NETWORK } from '../model/facts.ts';
import type { Resource } from '../model/resource.ts';

/** Node.spec.podCIDRs as exclusive ranges, for the CNIs that hand addresses out of them. */
export const podCidrRanges = (facts: BaseFacts): CniFacts['nodeRanges'] =>
  facts.nodes
    .filter((node) => !node.virtual)
    .flatMap((node) =>
      node.podCIDRs.map((range) => ({ range, node: node.name, network: POD_NETWORK, ref: `node/${node.name}`, source: 'spec.podCIDRs' })),
    );

/** Ranges that stand in objects of the CNI's own: unless these were read, no range is missing. */
export const nodeRangesIf = (facts: BaseFacts, resource: Resource): AddressModel =>
  facts.read(resource) === 'yes' ? 'node-range' : 'unknown';
