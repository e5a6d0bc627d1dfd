import { DETECTIONS } from './detections/index.ts';
import type { ClusterFacts } from './model/facts.ts';
import type { Finding } from './model/finding.ts';
import { once } from './model/once.ts';

/** What the facts show so far. Computed once for each: the plan, the second read and the report all ask. */
export const findAll = once((facts: ClusterFacts): readonly Finding[] => DETECTIONS.flatMap((detection) => [...detection.find(facts)]));
