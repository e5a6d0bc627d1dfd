import { DETECTIONS } from './detections/index.ts';
import type { ClusterFacts } from './model/facts.ts';
import type { Finding } from './model/finding.ts';

const found = new WeakMap<ClusterFacts, readonly Finding[]>();

/** What the facts show so far. Computed once for each: the plan, the second read and the report all ask. */
export function findAll(facts: ClusterFacts): readonly Finding[] {
  const known = found.get(facts);
  if (known) return known;
  const findings = DETECTIONS.flatMap((detection) => [...detection.find(facts)]);
  found.set(facts, findings);
  return findings;
}
