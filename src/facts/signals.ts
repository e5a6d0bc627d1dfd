import { canonicalAddress } from '../ip/address.ts';
import { parseRange } from '../ip/range.ts';
import type { BaseFacts, EventFact, Signal, Signature } from '../model/facts.ts';
import { isoTime } from '../model/finding.ts';
import type { LogText } from '../model/snapshot.ts';

/** Signatures of one CNI, or of the parts that every CNI shares. */
export type SignatureSet = { readonly cni: string; readonly signatures: readonly Signature[] };

const MAX_TEXT = 400;
const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?(?![\d.])/g;
const IPV6 = /(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}|:)*(?:\/\d{1,3})?(?![\w:])/gi;
const POD_NAME = /(?<![\w./-])([a-z0-9][a-z0-9-]*)[/_]([a-z0-9][a-z0-9.-]*[a-z0-9])(?![\w/])/g;

/**
 * Recognises lines of logs and events. Equal lines are one signal however often they come, so that repetition proves nothing new.
 * Logs are history: a signal says that something was said, detections check it against the state.
 */
export function readSignals(facts: BaseFacts, logs: Iterable<LogText>, sets: readonly SignatureSet[]): Signal[] {
  const found = new Map<string, Signal>();
  const add = (signal: Signal): void => {
    const key = `${signal.means}|${signal.evidence.ref}|${signal.evidence.text.replaceAll(/\d{2}:\d{2}:\d{2}[.\d]*|0x[0-9a-f]+/g, '')}`;
    const known = found.get(key);
    const later = known !== undefined && (signal.at ?? 0) > (known.at ?? 0) ? signal : (known ?? signal);
    found.set(key, known ? { ...later, count: known.count + signal.count } : signal);
  };
  const nodeNames = new Set(facts.nodes.map((node) => node.name));
  const named = (line: string): Pick<Signal, 'addresses' | 'ranges' | 'nodesNamed' | 'podsNamed'> => ({
    ...namedAddresses(line),
    nodesNamed: [...new Set(line.split(/[^\w.-]+/).map((word) => word.replace(/\.$/, '')))].filter((word) => nodeNames.has(word)),
    podsNamed: [...line.matchAll(POD_NAME)]
      .map((match) => ({ namespace: match[1]!, name: match[2]! }))
      .filter((pod) => facts.pods.find(pod.namespace, pod.name) !== undefined),
  });

  for (const matcher of sets.map((set) => compile(set, 'event'))) {
    for (const event of facts.events) {
      const signature = matcher.match(event.message) ?? matcher.match(`${event.reason}: ${event.message}`);
      if (!signature) continue;
      add({
        ...common(signature, matcher.cni),
        ...named(event.message),
        ...placeOf(facts, event),
        at: event.last,
        count: event.count,
        evidence: eventEvidence(event),
      });
    }
  }

  const matchers = sets.map((set) => compile(set, 'log'));
  const nodeOf = (log: LogText): string | undefined => {
    const row = facts.pods.find(log.namespace, log.pod);
    return row === undefined ? undefined : facts.pods.pod(row).node || undefined;
  };
  for (const log of logs) {
    const ref = `log/${log.namespace}/${log.pod}/${log.container}${log.previous ? '.previous' : ''}`;
    for (const line of log.text.split('\n')) {
      for (const matcher of matchers) {
        const signature = matcher.match(line);
        if (!signature) continue;
        const at = lineTime(line, facts.now);
        const time = isoTime(at);
        add({
          ...common(signature, matcher.cni),
          ...named(line),
          node: nodeOf(log),
          pod: undefined,
          at,
          count: 1,
          evidence: { source: 'log', ref, ...(time ? { at: time } : {}), text: line.trim().slice(0, MAX_TEXT) },
        });
        break;
      }
    }
  }
  return [...found.values()];
}

const common = (signature: Signature, cni: string): Pick<Signal, 'means' | 'cni' | 'severity' | 'knowledge'> => ({
  means: signature.means,
  cni,
  severity: signature.severity,
  knowledge: signature.knowledge,
});

/** One regular expression for all signatures finds the rare line that matters; only then the single ones are tried. */
function compile(set: SignatureSet, where: 'log' | 'event'): { cni: string; match: (line: string) => Signature | undefined } {
  const signatures = set.signatures.filter((signature) => signature.in === where || signature.in === 'both');
  if (signatures.length === 0) return { cni: set.cni, match: () => undefined };
  const any = new RegExp(signatures.map((signature) => `(?:${signature.pattern.source})`).join('|'), 'i');
  return { cni: set.cni, match: (line) => (any.test(line) ? signatures.find((signature) => signature.pattern.test(line)) : undefined) };
}

function eventEvidence(event: EventFact): Signal['evidence'] {
  const at = isoTime(event.last);
  const { kind, namespace, name } = event.object;
  const times = event.count > 1 ? ` (${event.count} times)` : '';
  return {
    source: 'event',
    ref: [kind.toLowerCase(), namespace, name].filter(Boolean).join('/'),
    ...(at ? { at } : {}),
    text: `${event.reason}: ${event.message.trim().slice(0, MAX_TEXT)}${times}`,
  };
}

function placeOf(facts: BaseFacts, event: EventFact): Pick<Signal, 'node' | 'pod'> {
  if (event.object.kind === 'Node') return { node: event.object.name, pod: undefined };
  if (event.object.kind !== 'Pod') return { node: event.host || undefined, pod: undefined };
  const row = facts.pods.find(event.object.namespace, event.object.name);
  const node = row === undefined ? event.host : facts.pods.pod(row).node || event.host;
  return { node: node || undefined, pod: { namespace: event.object.namespace, name: event.object.name } };
}

function namedAddresses(line: string): { addresses: string[]; ranges: string[] } {
  const addresses = new Set<string>();
  const ranges = new Set<string>();
  for (const [match] of [...line.matchAll(IPV4), ...line.matchAll(IPV6)]) {
    const slash = match.indexOf('/');
    if (slash >= 0 && !/\/(?:32|128)$/.test(match)) {
      const range = parseRange(match);
      if (range) ranges.add(range.text);
    }
    const address = canonicalAddress(match);
    if (address) addresses.add(address);
  }
  return { addresses: [...addresses], ranges: [...ranges] };
}

/** The time a log line states: RFC 3339, `2026-01-02 03:04:05.678`, `2026/01/02 03:04:05`, or klog's `E0102 03:04:05.678`, whose year is the one that fits `now`. */
function lineTime(line: string, now: number): number | undefined {
  const full = /(\d{4}[-/]\d{2}[-/]\d{2})[T ](\d{2}:\d{2}:\d{2}(?:[.,]\d+)?)(Z|[+-]\d{2}:?\d{2})?/.exec(line.slice(0, 200));
  if (full) return valid(Date.parse(`${full[1]!.replaceAll('/', '-')}T${full[2]!.replace(',', '.')}${full[3] ?? 'Z'}`));
  const klog = /(?:^|\s)[IWEF](\d{2})(\d{2})\s+(\d{2}:\d{2}:\d{2}(?:\.\d+)?)/.exec(line);
  if (!klog) return undefined;
  const year = new Date(now).getUTCFullYear();
  const inYear = (y: number): number => Date.parse(`${y}-${klog[1]}-${klog[2]}T${klog[3]}Z`);
  const guess = inYear(year);
  return valid(guess > now + 86_400_000 ? inYear(year - 1) : guess);
}

const valid = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);
