import { type Json, at, flag, list, number, text } from '../../../src/model/json.ts';

/** A column of a Table. */
export type Column = {
  readonly name: string;
  readonly type: 'string';
  readonly format: string;
  readonly description: string;
  readonly priority: number;
};

const column = (name: string, priority: number): Column => ({
  name,
  type: 'string',
  format: name === 'Name' ? 'name' : '',
  description: '',
  priority,
});

/** What a server prints of pods; those of priority 1 are what `-o wide` adds. */
export const POD_COLUMNS: readonly Column[] = [
  ...['Name', 'Ready', 'Status', 'Restarts', 'Age'].map((name) => column(name, 0)),
  ...['IP', 'Node', 'Nominated Node', 'Readiness Gates'].map((name) => column(name, 1)),
];

/** A pod in the words of `kubectl get pods`: printPod of kubernetes/pkg/printers/internalversion/printers.go, Kubernetes 1.36. */
export function podCells(pod: Json, now: number): string[] {
  const { ready, total, status, restarts, restarted } = summary(pod);
  return [
    text(pod, 'metadata', 'name') ?? '',
    `${ready}/${total}`,
    status,
    restarts !== 0 && restarted !== undefined ? `${restarts} (${since(restarted, now)} ago)` : String(restarts),
    since(instant(pod, 'metadata', 'creationTimestamp'), now),
    firstAddress(pod) || '<none>',
    text(pod, 'spec', 'nodeName') ?? '<none>',
    text(pod, 'status', 'nominatedNodeName') ?? '<none>',
    readinessGates(pod),
  ];
}

/** The only address that Tables and field selectors know. */
export const firstAddress = (pod: Json): string => {
  const plural = list(pod, 'status', 'podIPs');
  return (plural.length > 0 ? text(plural[0], 'ip') : text(pod, 'status', 'podIP')) ?? '';
};

/** How a Table marks pods that have ended. */
export function podConditions(pod: Json): Json[] | undefined {
  const phase = text(pod, 'status', 'phase');
  if (phase !== 'Succeeded' && phase !== 'Failed') return undefined;
  const message = phase === 'Succeeded' ? 'The pod has completed successfully.' : 'The pod failed.';
  return [{ type: 'Completed', status: 'True', reason: phase, message }];
}

type Count = { restarts: number; restarted: number | undefined };
type Summary = Count & { ready: number; total: number; status: string };

function summary(pod: Json): Summary {
  const sidecars = new Set(
    list(pod, 'spec', 'initContainers')
      .filter((container) => text(container, 'restartPolicy') === 'Always')
      .map((container) => text(container, 'name')),
  );
  const phase = text(pod, 'status', 'phase') ?? '';
  const conditions = list(pod, 'status', 'conditions');
  const total = list(pod, 'spec', 'containers').length + sidecars.size;
  const gated = conditions.some(
    (condition) => text(condition, 'type') === 'PodScheduled' && text(condition, 'reason') === 'SchedulingGated',
  );
  const first = gated ? 'SchedulingGated' : (text(pod, 'status', 'reason') ?? phase);
  const begun = initialisation(pod, sidecars, first);
  const ended = begun.initializing && !initialized(conditions) ? begun : afterInitialisation(pod, begun);
  return { ...ended, total, status: deletionStatus(pod, phase) ?? ended.status };
}

const initialized = (conditions: readonly Json[]): boolean =>
  text(
    conditions.find((condition) => text(condition, 'type') === 'Initialized'),
    'status',
  ) === 'True';

type Begun = Count & { ready: number; status: string; initializing: boolean; sidecars: Count };

/** What the init containers say, up to the first that has not done its work. */
function initialisation(pod: Json, sidecars: ReadonlySet<string | undefined>, first: string): Begun {
  const all: Count = { restarts: 0, restarted: undefined };
  const ofSidecars: Count = { restarts: 0, restarted: undefined };
  const count = list(pod, 'spec', 'initContainers').length;
  let ready = 0;
  for (const [index, status] of list(pod, 'status', 'initContainerStatuses').entries()) {
    const isSidecar = sidecars.has(text(status, 'name'));
    countRestarts(all, status);
    if (isSidecar) countRestarts(ofSidecars, status);
    const terminated = at(status, 'state', 'terminated');
    if (terminated !== undefined && (number(terminated, 'exitCode') ?? 0) === 0) continue;
    if (isSidecar && flag(status, 'started')) {
      if (flag(status, 'ready')) ready++;
      continue;
    }
    const waiting = text(status, 'state', 'waiting', 'reason');
    const reason =
      terminated !== undefined
        ? ending(terminated)
        : waiting !== undefined && waiting !== 'PodInitializing'
          ? waiting
          : `${index}/${count}`;
    return { ...all, ready, status: `Init:${reason}`, initializing: true, sidecars: ofSidecars };
  }
  return { ...all, ready, status: first, initializing: false, sidecars: ofSidecars };
}

/** What the containers say; the first one has the last word. */
function afterInitialisation(pod: Json, begun: Begun): Count & { ready: number; status: string } {
  const count = { ...begun.sidecars };
  let { ready, status } = begun;
  let running = false;
  let failure: string | undefined;
  for (const container of list(pod, 'status', 'containerStatuses').toReversed()) {
    countRestarts(count, container);
    const waiting = text(container, 'state', 'waiting', 'reason');
    const terminated = at(container, 'state', 'terminated');
    if (waiting !== undefined) status = waiting;
    else if (terminated !== undefined) {
      status = ending(terminated);
      if ((number(terminated, 'exitCode') ?? 0) !== 0) failure = status;
    } else if (flag(container, 'ready') && at(container, 'state', 'running') !== undefined) {
      running = true;
      ready++;
    }
  }
  const isReady = list(pod, 'status', 'conditions').some(
    (condition) => text(condition, 'type') === 'Ready' && text(condition, 'status') === 'True',
  );
  if (status === 'Completed') {
    if (running && isReady) status = 'Running';
    else if (failure !== undefined) status = failure;
    else if (running) status = 'NotReady';
  }
  return { ...count, ready, status };
}

function ending(terminated: Json): string {
  const signal = number(terminated, 'signal') ?? 0;
  return text(terminated, 'reason') ?? (signal !== 0 ? `Signal:${signal}` : `ExitCode:${number(terminated, 'exitCode') ?? 0}`);
}

function deletionStatus(pod: Json, phase: string): string | undefined {
  if (text(pod, 'metadata', 'deletionTimestamp') === undefined) return undefined;
  if (text(pod, 'status', 'reason') === 'NodeLost') return 'Unknown';
  return phase === 'Succeeded' || phase === 'Failed' ? undefined : 'Terminating';
}

function countRestarts(count: Count, status: Json): void {
  count.restarts += number(status, 'restartCount') ?? 0;
  const finished = instant(status, 'lastState', 'terminated', 'finishedAt');
  if (finished !== undefined && finished > (count.restarted ?? -Infinity)) count.restarted = finished;
}

function readinessGates(pod: Json): string {
  const gates = list(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return '<none>';
  const conditions = list(pod, 'status', 'conditions');
  const isTrue = (type: string | undefined): boolean =>
    text(
      conditions.find((condition) => text(condition, 'type') === type),
      'status',
    ) === 'True';
  return `${gates.filter((gate) => isTrue(text(gate, 'conditionType'))).length}/${gates.length}`;
}

const instant = (value: Json, ...path: string[]): number | undefined => {
  const parsed = Date.parse(text(value, ...path) ?? '');
  return Number.isNaN(parsed) ? undefined : parsed;
};

const since = (then: number | undefined, now: number): string => (then === undefined ? '<unknown>' : humanDuration(now - then));

/** HumanDuration of k8s.io/apimachinery/pkg/util/duration: two or three figures, whole parts only. */
export function humanDuration(milliseconds: number): string {
  const whole = (unit: number): number => Math.trunc(milliseconds / (unit * 1000));
  const [seconds, minutes, hours] = [whole(1), whole(60), whole(3600)];
  const [days, years] = [Math.trunc(hours / 24), Math.trunc(hours / 24 / 365)];
  const both = (large: string, rest: number, unit: string): string => (rest === 0 ? large : `${large}${rest}${unit}`);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return both(`${minutes}m`, seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return both(`${hours}h`, minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (days < 8) return both(`${days}d`, hours % 24, 'h');
  if (days < 730) return `${days}d`;
  return years < 8 ? both(`${years}y`, days % 365, 'd') : `${years}y`;
}
