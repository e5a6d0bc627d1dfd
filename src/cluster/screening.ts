import { type Json, flag, number, text, textRecord, time } from '../model/json.ts';
import { addressesOf } from '../model/pod-object.ts';
import { isNetworkAnnotation } from '../model/pod-rows.ts';
import type { Phase } from '../model/pod-table.ts';
import type { SnapshotBuilder } from '../model/reader.ts';
import { type PodCells, phaseInCells } from '../model/screened-pods.ts';
import { type ListDecoder, POD_LIST, collectList, readFirstPage } from './list.ts';
import { type Cells, POD_CELLS } from './pod-cells.ts';
import type { Requester } from './request.ts';
import { StrangeTable } from './table.ts';

/** Where pods are listed. */
export type PodLists = {
  readonly requester: Requester;
  readonly path: string;
  /** Pods in a page; Infinity for all at once. */
  readonly limit: number;
  readonly onProgress: (count: number) => void;
  readonly onWarning: (line: string) => void;
};

/** The first pods in full, and how many there are beyond: undefined where the server does not say. */
export type Sample = {
  readonly pods: readonly Json[];
  readonly complete: boolean;
  readonly beyond: number | undefined;
  /** In a large cluster whose first pods look as if cells would do: these are on their way, while others still find out whether they do. */
  readonly cells?: Promise<CellLists | Error>;
};

/** The cells of all pods, as they were listed: those that run and those that have finished, and in full those that wait. */
export type CellLists = {
  readonly waiting: readonly Json[];
  readonly running: readonly Cells[];
  readonly runningOnHost: readonly Cells[];
  readonly finished: readonly Cells[];
  readonly finishedOnHost: readonly Json[];
};

/** From so many times the sample on, a cluster is large. */
const LARGE = 4;
const FINISHED = 'status.phase!=Running,status.phase!=Pending,status.phase!=Unknown';
const WAITING = 'status.phase!=Running,status.phase!=Succeeded,status.phase!=Failed';

/** Reads the first few pods: all there are in a small cluster, in a large one an example of what there is. `limit` is that of the lists to come. */
export async function samplePods(lists: PodLists, first: number, limit: () => Promise<number>): Promise<Sample> {
  let pods: Json[] = [];
  const meta = await readFirstPage(lists.requester, {
    path: lists.path,
    query: {},
    about: 'pods',
    urgent: true,
    decoder: POD_LIST,
    limit: Math.min(first, lists.limit),
    begin: () => (pods = []),
    add: (pod) => pods.push(pod),
    commit: () => {},
    restart: () => {},
    onWarning: lists.onWarning,
  });
  const complete = (text(meta, 'metadata', 'continue') ?? '') === '';
  const beyond = complete ? 0 : number(meta, 'metadata', 'remainingItemCount');
  const promising = beyond !== undefined && beyond >= first * LARGE && pods.filter(wantsMoreThanCells).length * LARGE <= pods.length;
  const cells = promising && limit().then((each) => listCells({ ...lists, limit: each }));
  return { pods, complete, beyond, ...(cells && { cells: cells.catch((error: unknown) => error as Error) }) };
}

/** It has two addresses, or networking software wrote something about it. */
const wantsMoreThanCells = (pod: Json): boolean =>
  addressesOf(pod).length > 1 || Object.keys(textRecord(pod, 'metadata', 'annotations')).some(isNetworkAnnotation);

/** What a Table would show of a pod that was read in full. */
export function cellsOf(pod: Json): PodCells {
  const ips = addressesOf(pod);
  return {
    name: text(pod, 'metadata', 'name') ?? '',
    node: text(pod, 'spec', 'nodeName') ?? '',
    ips: typeof ips === 'string' ? [ips] : ips,
    phase: phaseInCells(text(pod, 'status', 'phase') as Phase | undefined),
    hostNetwork: flag(pod, 'spec', 'hostNetwork') ?? false,
    deleted: time(pod, 'metadata', 'deletionTimestamp') === undefined ? false : undefined,
  };
}

const ON_POD_NETWORK = 'spec.hostNetwork=false';
const ON_HOST_NETWORK = 'spec.hostNetwork=true';
/** Words of STATUS that stand for a deletion while the phase is Running (kubernetes pkg/printers/internalversion/printers.go, printPod). */
const DELETED = new Set(['Terminating', 'Unknown']);

/**
 * Reads the cells of all pods into the builder. Rejects where they are not to be had, as from a server that does not know the selectors,
 * or cannot be relied on.
 */
export async function readCells(lists: PodLists, sample: Sample, into: SnapshotBuilder): Promise<void> {
  const cells = await (sample.cells ?? listCells(lists));
  if (cells instanceof Error) throw cells;
  const { waiting, running, runningOnHost, finished, finishedOnHost } = cells;
  distrust(sample, cells);

  into.screen({ beyond: 0, possible: true });
  for (const pod of waiting) into.pods.add(pod);
  const waited = new Set(waiting.map((pod) => placeOf(cellsOf(pod))));
  const hasWaited = (cells: Cells): boolean => waited.size > 0 && waited.has(placeOf(cells));
  const row = (cells: Cells, phase: PodCells['phase'], hostNetwork: boolean, deleted: boolean): PodCells => ({
    name: cells.name,
    node: cells.node,
    ips: cells.ip === undefined ? [] : [cells.ip],
    phase: hasWaited(cells) ? undefined : phase,
    hostNetwork,
    deleted: deleted ? undefined : false,
  });
  for (const cells of running) into.pods.addCells(row(cells, 'Running', false, DELETED.has(cells.status)));
  for (const cells of runningOnHost) into.pods.addCells(row(cells, 'Running', true, DELETED.has(cells.status)));
  for (const cells of finished) into.pods.addLaterCells(row(cells, 'Succeeded', false, true));
  for (const pod of finishedOnHost) into.pods.add(pod);
  into.pods.settleKnown();
}

/**
 * What no cell shows, selectors do: phase and host network. The lists are read in the order of a pod's life, each as soon as the one before
 * begins to arrive and is thereby settled, so that a pod which goes on meanwhile is met twice, never not at all; the pods that wait, few,
 * are read in full.
 */
async function listCells(lists: PodLists): Promise<CellLists> {
  const total = { count: 0 };
  const all = <Item>(decoder: ListDecoder<Item>, selector: string, onBegin?: () => void): Promise<Item[]> =>
    readAll(lists, decoder, selector, total, onBegin);
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const pending = all(POD_LIST, WAITING, begun[0].resolve);
  await Promise.race([begun[0].promise, pending]);
  const living = Promise.all([
    pending,
    all(POD_CELLS, `status.phase=Running,${ON_POD_NETWORK}`, begun[1].resolve),
    all(POD_CELLS, `status.phase=Running,${ON_HOST_NETWORK}`, begun[2].resolve),
  ]);
  await Promise.race([Promise.all(begun.map(({ promise }) => promise)), living]);
  const ended = Promise.all([all(POD_CELLS, `${FINISHED},${ON_POD_NETWORK}`), all(POD_LIST, `${FINISHED},${ON_HOST_NETWORK}`)]);
  const [[waiting, running, runningOnHost], [finished, finishedOnHost]] = await Promise.all([living, ended]);
  return { waiting, running, runningOnHost, finished, finishedOnHost };
}

async function readAll<Item>(
  lists: PodLists,
  decoder: ListDecoder<Item>,
  selector: string,
  total: { count: number },
  onBegin?: () => void,
): Promise<Item[]> {
  const query = { fieldSelector: selector, ...(decoder === (POD_CELLS as unknown) && { includeObject: 'None' }) };
  const before = total.count;
  const onProgress = (count: number): void => lists.onProgress(before + count);
  const list = { ...lists, query, about: 'pods', decoder, urgent: true } as const;
  const found = await collectList(lists.requester, list, { ...(onBegin && { onBegin }), onProgress });
  total.count += found.length;
  return found;
}

const placeOf = ({ name, node }: { readonly name: string; readonly node: string }): string => `${name}|${node}`;

/** So many pods may come and go between the sample and the end. */
const CHURN = 0.1;
const FEW = 100;

/** Holds the cells against pods that were read in full: selectors that are not heeded and columns that mean something else show. */
function distrust(sample: Sample, cells: CellLists): void {
  const count = Object.values(cells).reduce((sum, { length }) => sum + length, 0);
  const expected = sample.pods.length + (sample.beyond ?? 0);
  if (Math.abs(count - expected) > FEW + expected * CHURN)
    throw new StrangeTable(`the lists hold ${count} pods, and there should be ${expected}: are selectors heeded?`);
  const examples = sample.pods.map(cellsOf).filter((pod) => pod.phase === 'Running' && pod.ips.length > 0);
  const wanted = Map.groupBy(examples, (pod) => pod.name);
  const isExample = (row: Cells, hostNetwork: boolean): boolean =>
    wanted.get(row.name)?.some((pod) => pod.node === row.node && pod.ips[0] === row.ip && pod.hostNetwork === hostNetwork) ?? false;
  const seen = (list: readonly Cells[], hostNetwork: boolean): number => list.filter((row) => isExample(row, hostNetwork)).length;
  const right = seen(cells.running, false) + seen(cells.runningOnHost, true);
  const wrong = seen(cells.running, true) + seen(cells.runningOnHost, false);
  if (wrong > 0 || right * 2 < examples.length)
    throw new StrangeTable(`of ${examples.length} pods that were read in full, the lists show ${right} as they are`);
}
