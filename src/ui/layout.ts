import type { State } from './types.ts';

/** Less than this, and the plain report is the better one. */
export const LEAST = { columns: 80, rows: 24 } as const;

const TWO_PANES = 100;
const LIST = 40;
/** Header, two rules, the line of keys. */
const FRAME = 4;

export const isTooSmall = ({ terminal }: Pick<State, 'terminal'>): boolean =>
  terminal.columns < LEAST.columns || terminal.rows < LEAST.rows;

/** Whether list and detail stand side by side, or one at a time with tab between them. */
export const hasTwoPanes = ({ terminal }: Pick<State, 'terminal'>): boolean => terminal.columns >= TWO_PANES;

export const listWidth = (state: Pick<State, 'terminal'>): number => (hasTwoPanes(state) ? LIST : state.terminal.columns - 1);

/** Columns for the text of the detail, without the gutter that holds the cursor; very wide lines are hard to read. */
export const detailWidth = (state: Pick<State, 'terminal'>): number =>
  Math.min(140, hasTwoPanes(state) ? state.terminal.columns - LIST - 6 : state.terminal.columns - 3);

export const bodyHeight = ({ terminal }: Pick<State, 'terminal'>): number => Math.max(1, terminal.rows - FRAME);

/** The part of a long list that is shown: as much as fits, with the cursor in it. */
export function windowOf(total: number, cursor: number, height: number): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.min(cursor - Math.floor(height / 2), total - height));
  return { from, to: Math.min(total, from + height) };
}
