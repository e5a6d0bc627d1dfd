import type { State } from './types.ts';

/** Remembers the last result: the same state is asked for its rows by the reducer and by the view, and a log or a cluster has many. */
export function remembering<Result>(keyOf: (state: State) => readonly unknown[], make: (state: State) => Result): (state: State) => Result {
  let last: { readonly key: readonly unknown[]; readonly result: Result } | undefined;
  return (state) => {
    const key = keyOf(state);
    if (last === undefined || key.length !== last.key.length || key.some((part, i) => part !== last!.key[i]))
      last = { key, result: make(state) };
    return last.result;
  };
}
