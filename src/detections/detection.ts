import type { Explanation } from '../model/explanation.ts';
import type { ClusterFacts } from '../model/facts.ts';
import type { Finding, FindingId } from '../model/finding.ts';

/** Something that can be wrong with addresses. Pure: the same facts give the same findings, whatever their order. */
export type Detection = {
  /** The file name, for ever. */
  readonly id: FindingId;
  readonly explains: Explanation;
  readonly find: (facts: ClusterFacts) => Iterable<Finding>;
};
