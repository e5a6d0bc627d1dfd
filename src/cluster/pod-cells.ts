import { canonicalAddress } from '../ip/address.ts';
import { StrangeTable, tableOf } from './table.ts';

/** What the row of one pod says, as `kubectl get pods -o wide` shows it. */
export type Cells = {
  readonly name: string;
  /** The STATUS column: a word made of phase, reason and containers. */
  readonly status: string;
  /** Canonical; undefined while the pod has none. */
  readonly ip: string | undefined;
  /** Empty while the pod is not scheduled. */
  readonly node: string;
};

export const POD_CELLS = tableOf(['Name', 'Status', 'IP', 'Node'], () => {
  // Nodes and words repeat: one copy of each.
  const copies = new Map<string, string>();
  const one = (text: string): string => copies.get(text) ?? (copies.set(text, text), text);
  return (word): Cells => {
    const address = word('IP');
    const canonical = canonicalAddress(address);
    if (address !== '' && canonical === undefined)
      throw new StrangeTable(`the cell of the address holds ${JSON.stringify(address.slice(0, 60))}`);
    return { name: word('Name'), status: one(word('Status')), ip: canonical, node: one(word('Node')) };
  };
});
