import type { ConnectionFlags } from '../../../src/cluster/connect.ts';
import { openCluster } from '../../../src/cluster/reader.ts';
import type { ListNeed, LogNeed, Need } from '../../../src/model/need.ts';
import { SnapshotBuilder } from '../../../src/model/reader.ts';
import type { Resource } from '../../../src/model/resource.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';

export const need = (resource: Resource, more: Partial<ListNeed> = {}): ListNeed => ({
  kind: 'list',
  resource,
  essential: true,
  undecided: [],
  ...more,
});

export const logNeed = (namespace: string, pod: string, container: string, previous = false): LogNeed => ({
  kind: 'log',
  namespace,
  pod,
  container,
  previous,
  essential: false,
  undecided: [],
});

export type Reading = { readonly snapshot: Snapshot; readonly warnings: readonly string[]; readonly urls: readonly string[] };
type Options = {
  readonly chunkSize?: number;
  readonly discover?: boolean;
  readonly between?: () => Promise<void>;
  readonly suspects?: { namespace: string; name: string }[];
};

/** Reads needs as the program does: what is served, then the needs, then (after `between`) the suspects again. */
export async function reading(flags: ConnectionFlags, needs: readonly Need[], options: Options = {}): Promise<Reading> {
  const warnings: string[] = [];
  const urls: string[] = [];
  const { chunkSize, discover = true } = options;
  const reader = await openCluster(
    { ...flags, ...(chunkSize && { chunkSize }) },
    { onWarning: (line) => warnings.push(line), onRequest: ({ url }) => urls.push(url) },
  );
  try {
    const into = new SnapshotBuilder();
    const served = discover ? await reader.served() : undefined;
    await reader.read(needs, into);
    await options.between?.();
    if (options.suspects) await reader.confirm?.(options.suspects, into);
    return { snapshot: into.snapshot(reader.source(), Date.now(), served), warnings, urls };
  } finally {
    reader.close();
  }
}
