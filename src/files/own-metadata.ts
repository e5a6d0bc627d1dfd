import type { Gap } from '../model/gap.ts';
import { type Json, type JsonRecord, flag, isRecord, list, text, texts, time } from '../model/json.ts';
import { type ListNeed, type LogNeed, needKey } from '../model/need.ts';
import type { OwnMetadata } from './collection.ts';

type OwnGap = Omit<Gap, 'blocks' | 'essential'>;

/** What an own capture says about itself: with it an empty list is an answer, and a refusal keeps its reason. */
export type OwnCapture = {
  readonly time: number | undefined;
  readonly kubernetesVersion: string | undefined;
  readonly served: ReadonlySet<string> | undefined;
  /** Kinds that what it was made of knew, where that was a part of a cluster. */
  readonly known: readonly string[];
  readonly confirmed: ReadonlySet<string> | undefined;
  /** Pods that a second read did not find any more. */
  readonly gone: readonly string[];
  readonly gaps: readonly Gap[];
  readonly readOf: (need: ListNeed) => { readonly gap: OwnGap } | { readonly count: number } | undefined;
  readonly logOf: (need: LogNeed) => { readonly gap: OwnGap } | { readonly cut: boolean } | undefined;
};

/** Reads the metadata of an own capture; of several, the newest tells the time, and each tells what it holds. */
export function readOwn(found: readonly OwnMetadata[]): OwnCapture | undefined {
  if (found.length === 0) return undefined;
  const all = found.map(({ object }) => object);
  const times = all.map((object) => time(object, 'time')).filter((value) => value !== undefined);
  const reads = new Map(all.flatMap((object) => list(object, 'reads').map((entry) => [text(entry, 'need') ?? '', entry] as const)));
  const logs = new Map(all.flatMap((object) => list(object, 'logs').map((entry) => [text(entry, 'need') ?? '', entry] as const)));
  const kinds = all.map((object) => (object['served'] === undefined ? undefined : texts(object, 'served')));
  const confirmed = all.flatMap((object) => texts(object, 'confirmed'));
  const answer = (entry: Json): { gap: OwnGap } | undefined => {
    const gap = isRecord(entry) ? ownGap(entry['gap']) : undefined;
    return gap === undefined ? undefined : { gap };
  };
  return {
    time: times.length === 0 ? undefined : Math.max(...times),
    kubernetesVersion: all.map((object) => text(object, 'kubernetesVersion')).find((version) => version !== undefined),
    served: reads.size === 0 || kinds.some((each) => each === undefined) ? undefined : new Set(kinds.flatMap((each) => each ?? [])),
    known: all.flatMap((object) => texts(object, 'known')),
    confirmed: reads.size === 0 ? undefined : new Set(confirmed),
    gone: all.flatMap((object) => texts(object, 'gone')),
    gaps: all.flatMap((object) => list(object, 'gaps').flatMap((entry) => (isRecord(entry) ? wholeGap(entry) : []))),
    readOf: (need) => {
      const { namespace: _, name: __, fieldSelector: ___, labelSelector: ____, ...everything } = need;
      const exact = reads.get(needKey(need));
      if (exact !== undefined) return answer(exact) ?? { count: 0 };
      const whole = reads.get(needKey(everything));
      return whole === undefined || answer(whole) !== undefined ? undefined : { count: 0 };
    },
    logOf: (need) => {
      const entry = logs.get(needKey(need));
      return entry === undefined ? undefined : (answer(entry) ?? { cut: flag(entry, 'cut') === true });
    },
  };
}

const REASONS: readonly Gap['reason'][] = ['forbidden', 'timeout', 'absent', 'unreachable', 'truncated', 'malformed'];
const VERBS: readonly Gap['verb'][] = ['get', 'list', 'log', 'read'];

function ownGap(value: Json): OwnGap | undefined {
  const what = text(value, 'what');
  if (what === undefined) return undefined;
  const namespace = text(value, 'namespace');
  return {
    what,
    verb: VERBS.find((verb) => verb === text(value, 'verb')) ?? 'read',
    resource: text(value, 'resource') ?? '',
    ...(namespace === undefined ? {} : { namespace }),
    reason: REASONS.find((reason) => reason === text(value, 'reason')) ?? 'absent',
    message: text(value, 'message') ?? '',
  };
}

function wholeGap(value: JsonRecord): Gap[] {
  const gap = ownGap(value);
  return gap === undefined ? [] : [{ ...gap, blocks: texts(value, 'blocks'), essential: flag(value, 'essential') === true }];
}
