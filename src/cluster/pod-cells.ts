import { canonicalAddress } from '../ip/address.ts';
import type { PodCells } from '../model/cell-rows.ts';
import type { ListDecoder } from './list.ts';
import { StrangeTable, tableOf } from './table.ts';

/** How pods begin that do not run yet, until their first container does; one that waits for a second image may say the same. */
const NOT_BEGUN = /^(?:Pending|SchedulingGated|ContainerCreating|PodInitializing|Init:|Create|Err|Image|Invalid|Registry|Unknown)/;

/** What no cell shows of a pod, but the selectors that it was listed with, where these tell: whether it has finished, and whether it is on the host network. */
export type Selected = { readonly living: boolean; readonly hostNetwork: boolean | undefined };

/**
 * Pods as `kubectl get pods -o wide` shows them. Those that live run, unless they are among those that wait; one that waited at another
 * moment than that in which these were listed says so, or lacks an address.
 */
export const podCells = ({ living, hostNetwork }: Selected): ListDecoder<PodCells> =>
  tableOf(['Name', 'Status', 'Restarts', 'IP', 'Node'], (row) => {
    const address = row.text('IP');
    const canonical = canonicalAddress(address);
    if (address !== '' && canonical === undefined)
      throw new StrangeTable(`the cell of the address holds ${JSON.stringify(address.slice(0, 60))}`);
    const status = row.word('Status');
    const runs = living && (hostNetwork === true || canonical !== undefined) && (status === 'Running' || !NOT_BEGUN.test(status));
    return {
      name: row.text('Name'),
      node: row.word('Node'),
      ips: canonical ?? [],
      phase: living ? (runs ? 'Running' : undefined) : 'Succeeded',
      hostNetwork,
      deleted: runs ? status === 'Terminating' : undefined,
      // Elsewhere nobody asks, and there may be hundreds of thousands.
      restarts: hostNetwork === true && status === 'Running' ? restartsIn(row.word('Restarts')) : undefined,
    };
  });

/** `3 (5m ago)`, or a number alone. */
const restartsIn = (cell: string): number | undefined => {
  const count = Number.parseInt(cell, 10);
  return Number.isNaN(count) ? undefined : count;
};
