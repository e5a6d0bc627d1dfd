import { type DiagnosisReport, STEP_IDS, type TrailEntry } from '../model/report.ts';
import { hasTwoPanes } from './layout.ts';
import type { Item, State } from './types.ts';

/** Every stop of the walk in its order: the steps, the questions that lead to the verdict, the verdict. */
export function itemsOf(report: DiagnosisReport | undefined): Item[] {
  return [
    ...STEP_IDS.map((id): Item => ({ kind: 'step', id })),
    ...(report?.trail ?? []).map((entry): Item => ({ kind: 'question', id: entry.question })),
    ...(report === undefined ? [] : [{ kind: 'verdict' } as const]),
  ];
}

export const sameItem = (a: Item, b: Item): boolean => a.kind === b.kind && (a.kind === 'verdict' || a.id === (b as typeof a).id);
const indexOf = (items: readonly Item[], item: Item): number => items.findIndex((candidate) => sameItem(candidate, item));

/** The answer that belongs to a question of the trail. */
export const entryOf = (state: State, item: Item = state.item): TrailEntry | undefined =>
  item.kind === 'question' ? state.report?.trail.find((entry) => entry.question === item.id) : undefined;

/** Goes to a stop; what was opened inside the former one is closed. */
export const select = (state: State, item: Item): State => ({ ...state, item, cursor: 0, expanded: false, raw: undefined, query: '' });

/** So many stops on, or back. */
export function move(state: State, by: number): State {
  const items = itemsOf(state.report);
  const here = indexOf(items, state.item);
  const to = Math.max(0, Math.min(items.length - 1, here + by));
  return to === here ? state : select(state, items[to]!);
}

/** The verdict, in full view. */
export const toVerdict = (state: State): State => ({
  ...select(state, { kind: 'verdict' }),
  focus: hasTwoPanes(state) ? state.focus : 'detail',
});

/** Keeps the stop when a new report comes; where the trail no longer passes it, the last question before the verdict. */
export function keepPlace(state: State, report: DiagnosisReport): State {
  const items = itemsOf(report);
  if (indexOf(items, state.item) >= 0) return { ...state, report };
  return { ...select(state, items.at(-2) ?? items[0]!), report };
}
