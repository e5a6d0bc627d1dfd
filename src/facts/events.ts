import type { EventFact } from '../model/facts.ts';
import { type Json, number, text, time } from './read.ts';

/** Reads an Event of either API group. Its age is that of its last sighting. */
export function readEvent(event: Json): EventFact {
  const object = (field: string): string => text(event, 'involvedObject', field) ?? text(event, 'regarding', field) ?? '';
  const first = time(event, 'firstTimestamp') ?? time(event, 'deprecatedFirstTimestamp') ?? time(event, 'eventTime');
  const last =
    time(event, 'series', 'lastObservedTime') ??
    time(event, 'lastTimestamp') ??
    time(event, 'deprecatedLastTimestamp') ??
    time(event, 'eventTime') ??
    first;
  return {
    reason: text(event, 'reason') ?? '',
    type: text(event, 'type') ?? 'Normal',
    message: text(event, 'message') ?? text(event, 'note') ?? '',
    count: number(event, 'series', 'count') ?? number(event, 'count') ?? number(event, 'deprecatedCount') ?? 1,
    first: first ?? last,
    last,
    object: { kind: object('kind'), namespace: object('namespace'), name: object('name'), uid: object('uid') },
    component: text(event, 'source', 'component') ?? text(event, 'reportingComponent') ?? text(event, 'reportingController') ?? '',
    host: text(event, 'source', 'host') ?? '',
  };
}

/** By first sighting; what was first is often what matters, and what is told must not depend on the order of a list. */
export const earlierEvent = (a: EventFact, b: EventFact): number => (a.first ?? 0) - (b.first ?? 0) || (identity(a) < identity(b) ? -1 : 1);

const identity = ({ object, reason, message }: EventFact): string => [object.namespace, object.name, reason, message].join('|');
