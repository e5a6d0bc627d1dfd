import { CellRows, type PodCells, phaseInCells } from '../model/cell-rows.ts';
import { type Json, flag, number, text, textRecord, time } from '../model/json.ts';
import { addressesOf } from '../model/pod-object.ts';
import type { FirstLook } from '../model/need.ts';
import { isNetworkAnnotation } from '../model/pod-rows.ts';
import type { Phase } from '../model/pod-table.ts';
import type { SnapshotBuilder } from '../model/reader.ts';
import type { Freshness } from './freshness.ts';
import { type Collected, type ListDecoder, POD_LIST, collectList, readFirstPage } from './list.ts';
import { type Selected, podCells } from './pod-cells.ts';
import type { Requester } from './request.ts';
import { StrangeTable } from './table.ts';

/** Where pods are listed. */
export type PodLists = {
  readonly requester: Requester;
  readonly path: string;
  /** Pods in a page; Infinity for all at once. */
  readonly limit: number;
  readonly freshness: Freshness;
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

/** The cells of all pods, as they were listed: those that live and those that have finished, and in full those of the living that wait. */
export type CellLists = {
  readonly waiting: readonly Json[];
  readonly living: CellRows;
  readonly livingOnHost: CellRows;
  readonly finished: CellRows;
  /** Once more, in full, those of the finished that were on the host network: read where there may be any. */
  readonly finishedOnHost: readonly Json[];
};

/** So many times more than those that were looked at are worth a request for their cells, and so many times fewer are no more than some. */
const LARGE = 4;
const FINISHED = 'status.phase!=Running,status.phase!=Pending,status.phase!=Unknown';
const LIVING = 'status.phase!=Succeeded,status.phase!=Failed';
const WAITING = 'status.phase!=Running,status.phase!=Succeeded,status.phase!=Failed';

/**
 * Reads the first few pods: all there are in a small cluster, in a large one, with many beyond, an example of what there is. Takes whether cells
 * are worth asking for on this server.
 */
export async function samplePods(lists: PodLists, { few, many }: FirstLook, worthwhile: () => Promise<boolean>): Promise<Sample> {
  let pods: Json[] = [];
  const meta = await readFirstPage(lists.requester, {
    path: lists.path,
    query: {},
    about: 'pods',
    urgent: true,
    decoder: POD_LIST,
    limit: Math.min(few, lists.limit),
    begin: () => (pods = []),
    add: (pod) => pods.push(pod),
    commit: () => {},
    restart: () => {},
    onWarning: lists.onWarning,
    freshness: lists.freshness,
  });
  const complete = (text(meta, 'metadata', 'continue') ?? '') === '';
  const beyond = complete ? 0 : number(meta, 'metadata', 'remainingItemCount');
  const isLarge = beyond !== undefined && beyond >= Math.max(many, few * LARGE);
  const promising = isLarge && pods.filter(wantsMoreThanCells).length * LARGE <= pods.length;
  const cells = promising && (await worthwhile()) && listCells(lists);
  return { pods, complete, beyond, ...(cells && { cells: cells.catch((error: unknown) => error as Error) }) };
}

/** It has two addresses, or networking software wrote something about it. */
const wantsMoreThanCells = (pod: Json): boolean =>
  addressesOf(pod).length > 1 || Object.keys(textRecord(pod, 'metadata', 'annotations')).some(isNetworkAnnotation);

/** What a Table would show of a pod that was read in full. */
export function cellsOf(pod: Json): PodCells {
  return {
    name: text(pod, 'metadata', 'name') ?? '',
    node: text(pod, 'spec', 'nodeName') ?? '',
    ips: addressesOf(pod),
    phase: phaseInCells(text(pod, 'status', 'phase') as Phase | undefined),
    hostNetwork: flag(pod, 'spec', 'hostNetwork') ?? false,
    deleted: time(pod, 'metadata', 'deletionTimestamp') !== undefined,
    restarts: undefined,
  };
}

const ON_POD_NETWORK = 'spec.hostNetwork=false';
const ON_HOST_NETWORK = 'spec.hostNetwork=true';

/**
 * Reads the cells of all pods into the builder. Rejects where they are not to be had, as from a server that does not know the selectors,
 * or cannot be relied on.
 */
export async function readCells(lists: PodLists, sample: Sample, into: SnapshotBuilder): Promise<void> {
  const cells = await (sample.cells ?? listCells(lists));
  if (cells instanceof Error) throw cells;
  const { waiting, living, livingOnHost, finished, finishedOnHost } = cells;
  distrust(sample, cells);

  into.screen({ beyond: 0, possible: true });
  for (const list of [living, livingOnHost]) into.pods.addCellRows(list);
  for (const pod of waiting) into.pods.addWaiting(pod);
  for (const pod of finished) into.pods.addLaterCells(pod);
  for (const pod of finishedOnHost) into.pods.add(pod);
  into.pods.settleKnown();
}

/**
 * What no cell shows, selectors do: whether a pod waits, has finished, is on the host network. Those that have finished are listed when the
 * lists of the living begin to arrive and are thereby settled, so that a pod which ends meanwhile is met twice, never not at all. Those
 * that wait, few, are read in full, beside the cells of all that live. Of those that have finished, only one with the address of its node
 * can have been on the host network, where other pods show that address.
 */
async function listCells(lists: PodLists): Promise<CellLists> {
  const total = { count: 0 };
  const inFull = (selector: string): Promise<Json[]> => readAll(lists, POD_LIST, selector, total, [] as Json[]);
  const cells = (of: Selected, selector: string, onHead?: () => void): Promise<CellRows> =>
    readAll(lists, podCells(of), selector, total, new CellRows(), onHead);
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const alive = Promise.all([
    inFull(WAITING),
    cells({ living: true, hostNetwork: false }, `${LIVING},${ON_POD_NETWORK}`, begun[0].resolve),
    cells({ living: true, hostNetwork: true }, `${LIVING},${ON_HOST_NETWORK}`, begun[1].resolve),
  ]);
  await Promise.race([Promise.all(begun.map(({ promise }) => promise)), alive]);
  const [[waiting, living, livingOnHost], ended] = await Promise.all([alive, cells({ living: false, hostNetwork: undefined }, FINISHED)]);
  const onHost = new Map<string, Set<PodCells['ips']>>();
  for (const { node, ips } of livingOnHost) {
    const here = onHost.get(node);
    if (here) here.add(ips);
    else onHost.set(node, new Set([ips]));
  }
  const wasOnHost = ({ node, ips }: PodCells): boolean | undefined => (ips.length === 0 ? undefined : onHost.get(node)?.has(ips));
  let someOnHost = false;
  for (const pod of ended) someOnHost ||= wasOnHost(pod) === true;
  const finishedOnHost = someOnHost ? await inFull(`${FINISHED},${ON_HOST_NETWORK}`) : [];
  const known = new Set(finishedOnHost.map((pod) => placeOf(cellsOf(pod))));
  const finished = new CellRows();
  for (const pod of ended) {
    const like = wasOnHost(pod);
    finished.push({ ...pod, hostNetwork: like === true ? known.has(placeOf(pod)) || undefined : like });
  }
  return { waiting, living, livingOnHost, finished, finishedOnHost };
}

const placeOf = ({ name, node }: PodCells): string => `${node} ${name}`;

async function readAll<Item, Found extends Collected<Item>>(
  lists: PodLists,
  decoder: ListDecoder<Item>,
  selector: string,
  total: { count: number },
  into: Found,
  onHead?: () => void,
): Promise<Found> {
  const query = { fieldSelector: selector, ...(decoder !== (POD_LIST as unknown) && { includeObject: 'None' }) };
  const before = total.count;
  const onProgress = (count: number): void => lists.onProgress(before + count);
  const list = { ...lists, query, about: 'pods', decoder, urgent: true, ...(onHead && { onHead }) } as const;
  const found = await collectList(lists.requester, list, into, onProgress);
  total.count += found.length;
  return found;
}

/** So many pods may come and go between the sample and the end. */
const CHURN = 0.1;
const FEW = 100;

/** Holds the cells against pods that were read in full: selectors that are not heeded and columns that mean something else show. */
function distrust(sample: Sample, { living, livingOnHost, finished }: CellLists): void {
  const count = living.length + livingOnHost.length + finished.length;
  const expected = sample.pods.length + (sample.beyond ?? 0);
  if (Math.abs(count - expected) > FEW + expected * CHURN)
    throw new StrangeTable(`the lists hold ${count} pods, and there should be ${expected}: are selectors heeded?`);
  const examples = sample.pods.map(cellsOf).filter((pod) => pod.phase === 'Running' && pod.ips.length > 0);
  const wanted = Map.groupBy(examples, (pod) => pod.node);
  const seen = (list: CellRows, hostNetwork: boolean): number =>
    list.where((at) => wanted.has(list.node(at))).filter((row) => isAmong(wanted.get(row.node)!, row, hostNetwork)).length;
  const right = seen(living, false) + seen(livingOnHost, true);
  const wrong = seen(living, true) + seen(livingOnHost, false);
  if (wrong > 0 || right * 2 < examples.length)
    throw new StrangeTable(`of ${examples.length} pods that were read in full, the lists show ${right} as they are`);
}

const isAmong = (examples: readonly PodCells[], row: PodCells, hostNetwork: boolean): boolean =>
  examples.some((pod) => pod.name === row.name && pod.ips[0] === row.ips && pod.hostNetwork === hostNetwork);
