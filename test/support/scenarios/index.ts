import type { Scenario } from '../build.ts';
import { byHand } from './by-hand.ts';
import { harder } from './harder.ts';
import { incidentsA } from './incidents-a.ts';
import { incidentsB } from './incidents-b.ts';
import { inPart } from './in-part.ts';
import { networks } from './networks.ts';
import { nodeRanges } from './node-ranges.ts';
import { otherWords } from './other-words.ts';
import { pods } from './pods.ts';
import { replacementScenario } from './start.ts';
import { rivals } from './rivals.ts';
import { several } from './several.ts';
import { state } from './state.ts';
import { withoutRange } from './without-range.ts';

/** Every scenario; `node test/support/write-scenarios.ts` writes them to test/scenarios. */
export const SCENARIOS: readonly Scenario[] = [
  replacementScenario,
  ...nodeRanges,
  ...withoutRange,
  ...state,
  ...pods,
  ...networks,
  ...several,
  ...rivals,
  ...harder,
  ...incidentsA,
  ...incidentsB,
  ...byHand,
  ...inPart,
  ...otherWords,
];
