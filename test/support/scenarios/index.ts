import type { Scenario } from '../build.ts';
import { nodeCidrOverlap } from './node-cidr-overlap.ts';

export const SCENARIOS: readonly Scenario[] = [...nodeCidrOverlap];
