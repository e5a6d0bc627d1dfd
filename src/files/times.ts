import { type Json, list, time } from '../model/json.ts';

/** The newest time that an object states, or `newest`. A deletionTimestamp may lie in the future (it is when the grace ends), so it does not count. */
export function newestTime(object: Json, newest: number): number {
  let found = newest;
  const consider = (value: number | undefined): void => {
    if (value !== undefined && value > found) found = value;
  };
  consider(time(object, 'metadata', 'creationTimestamp'));
  for (const field of ['lastTimestamp', 'eventTime', 'firstTimestamp']) consider(time(object, field));
  consider(time(object, 'series', 'lastObservedTime'));
  consider(time(object, 'spec', 'renewTime'));
  consider(time(object, 'status', 'startTime'));
  for (const condition of list(object, 'status', 'conditions')) {
    consider(time(condition, 'lastTransitionTime'));
    consider(time(condition, 'lastHeartbeatTime'));
    consider(time(condition, 'lastUpdateTime'));
  }
  for (const status of list(object, 'status', 'containerStatuses')) {
    consider(time(status, 'state', 'running', 'startedAt'));
    consider(time(status, 'state', 'terminated', 'finishedAt'));
    consider(time(status, 'lastState', 'terminated', 'finishedAt'));
  }
  return found;
}
