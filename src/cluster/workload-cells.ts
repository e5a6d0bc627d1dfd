import { tableOf } from './table.ts';

/** What the row of one workload says, as `kubectl get deployments -o wide` shows it. */
export type WorkloadCells = { readonly name: string; readonly images: readonly string[] };

export const WORKLOAD_CELLS = tableOf(['Name', 'Images'], () => (word): WorkloadCells => ({
  name: word('Name'),
  images: word('Images').split(','),
}));
