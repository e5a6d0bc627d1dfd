import type { Json } from '../../../src/model/json.ts';
import { type Column, POD_COLUMNS, podCells } from './pod-printer.ts';

/** How a kind is printed: the columns of its Table, and the cells of an object. */
export type Printer = { readonly columns: readonly Column[]; readonly cells: (object: Json, now: number) => readonly Json[] };

const PRINTERS: Readonly<Record<string, Printer>> = { '/Pod': { columns: POD_COLUMNS, cells: podCells } };

/** Undefined of kinds that this server does not print. */
export const printerOf = ({ group, kind }: { readonly group: string; readonly kind: string }): Printer | undefined =>
  PRINTERS[`${group}/${kind}`];
