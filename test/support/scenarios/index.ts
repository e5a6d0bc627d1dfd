import type { Scenario } from '../build.ts';
import { networks } from './networks.ts';
import { nodeRanges } from './node-ranges.ts';
import { pods } from './pods.ts';
import { replacementScenario } from './start.ts';
import { several } from './several.ts';
import { state } from './state.ts';

const ALL: readonly Scenario[] = [replacementScenario, ...nodeRanges, ...state, ...pods, ...networks, ...several];

/** Written down, and not yet right: see the issue tracker. */
export const HELD: ReadonlySet<string> = new Set([
  'cni-log-error/months-ago',
  'inconclusive/unknown-cni',
  'infrastructure-address-conflict/load-balancer-on-node',
  'overlapping-ipam-blocks/two-claims',
]);

/** Every scenario; `node test/support/write-scenarios.ts` writes them to test/scenarios. */
export const SCENARIOS: readonly Scenario[] = ALL.filter(({ id }) => !HELD.has(id));
export const WAITING: readonly Scenario[] = ALL.filter(({ id }) => HELD.has(id));
