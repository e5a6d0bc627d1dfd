import type { JsonRecord } from '../../../src/model/json.ts';

/** The time by which the pods here are printed. */
export const NOW = Date.parse('2026-06-01T12:00:00Z');
const HOUR_AGO = '2026-06-01T11:00:00Z';

const running = { running: { startedAt: HOUR_AGO } };
const status = (name: string, state: JsonRecord, more: JsonRecord = {}): JsonRecord => ({
  name,
  state,
  ready: 'running' in state,
  restartCount: 0,
  ...more,
});
const ended = (exitCode: number, more: JsonRecord = {}): JsonRecord => ({ terminated: { exitCode, ...more } });
const waiting = (reason: string): JsonRecord => ({ waiting: { reason } });

/** What matters of a pod to those who print it. */
export type Shape = {
  readonly phase?: string;
  readonly containers?: readonly JsonRecord[];
  readonly init?: readonly JsonRecord[];
  readonly sidecars?: readonly string[];
  readonly conditions?: readonly JsonRecord[];
  readonly metadata?: JsonRecord;
  readonly status?: JsonRecord;
};

export function podOf({ phase = 'Running', containers = [], init = [], sidecars = [], conditions = [], ...more }: Shape): JsonRecord {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'cart', creationTimestamp: HOUR_AGO, ...more.metadata },
    spec: {
      containers: (containers.length === 0 ? [{ name: 'main' }] : containers).map(({ name }) => ({ name })),
      initContainers: init.map(({ name }) => ({ name, ...(sidecars.includes(String(name)) && { restartPolicy: 'Always' }) })),
    },
    status: { phase, conditions, containerStatuses: containers, initContainerStatuses: init, ...more.status },
  };
}

const READY = { type: 'Ready', status: 'True' };

/** Pods, and what kubectl prints of them under READY, STATUS and RESTARTS. */
export const PRINTED: readonly (readonly [string, string, Shape])[] = [
  ['1/1 Running 0', 'at work', { containers: [status('main', running)], conditions: [READY] }],
  ['0/1 Pending 0', 'on no node yet', { phase: 'Pending' }],
  [
    '0/1 SchedulingGated 0',
    'held back',
    { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
  ],
  ['0/1 ContainerCreating 0', 'without a network', { phase: 'Pending', containers: [status('main', waiting('ContainerCreating'))] }],
  [
    '1/2 CrashLoopBackOff 7 (5m ago)',
    'one of two crashes',
    {
      containers: [
        status('main', waiting('CrashLoopBackOff'), {
          restartCount: 7,
          lastState: { terminated: { exitCode: 1, finishedAt: '2026-06-01T11:55:00Z' } },
        }),
        status('helper', running),
      ],
    },
  ],
  ['0/1 Completed 0', 'a finished job', { phase: 'Succeeded', containers: [status('main', ended(0, { reason: 'Completed' }))] }],
  ['0/1 Error 0', 'a failed job', { phase: 'Failed', containers: [status('main', ended(1, { reason: 'Error' }))] }],
  ['0/1 ExitCode:3 0', 'ended without a reason', { phase: 'Failed', containers: [status('main', ended(3))] }],
  ['0/1 Signal:9 0', 'killed without a reason', { phase: 'Failed', containers: [status('main', ended(137, { signal: 9 }))] }],
  ['0/1 Evicted 0', 'pushed out', { phase: 'Failed', status: { reason: 'Evicted' } }],
  [
    '1/2 Running 0',
    'the first of two done, the other ready',
    { containers: [status('main', ended(0, { reason: 'Completed' })), status('helper', running)], conditions: [READY] },
  ],
  [
    '1/2 NotReady 0',
    'the first of two done, the pod not ready',
    { containers: [status('main', ended(0, { reason: 'Completed' })), status('helper', running)] },
  ],
  [
    '0/2 Error 0',
    'the first of two done, the other failed',
    { containers: [status('main', ended(0, { reason: 'Completed' })), status('helper', ended(1, { reason: 'Error' }))] },
  ],
  [
    '0/1 Init:0/2 0',
    'the first init container at work',
    { phase: 'Pending', init: [status('one', running), status('two', waiting('PodInitializing'))] },
  ],
  [
    '0/1 Init:1/2 0',
    'the second one at work',
    { phase: 'Pending', init: [status('one', ended(0, { reason: 'Completed' })), status('two', running)] },
  ],
  [
    '0/1 Init:CrashLoopBackOff 4 (90s ago)',
    'an init container crashes',
    {
      phase: 'Pending',
      init: [
        status('one', waiting('CrashLoopBackOff'), {
          restartCount: 4,
          lastState: { terminated: { exitCode: 1, finishedAt: '2026-06-01T11:58:30Z' } },
        }),
      ],
    },
  ],
  ['0/1 Init:Error 0', 'an init container failed', { phase: 'Pending', init: [status('one', ended(1, { reason: 'Error' }))] }],
  ['0/1 Init:ExitCode:2 0', 'and gave no reason', { phase: 'Pending', init: [status('one', ended(2))] }],
  ['0/1 Init:Signal:15 0', 'or was killed', { phase: 'Pending', init: [status('one', ended(143, { signal: 15 }))] }],
  [
    '2/2 Running 3',
    'a sidecar counts as a container, other init containers do not',
    {
      init: [status('mesh', running, { started: true, restartCount: 3 }), status('once', ended(0), { restartCount: 5 })],
      sidecars: ['mesh'],
      containers: [status('main', running)],
      conditions: [READY],
    },
  ],
  [
    '1/1 Init:0/1 0',
    'restarts of init containers are forgotten once the pod is initialized',
    {
      init: [status('one', running, { restartCount: 2 })],
      containers: [status('main', running)],
      conditions: [READY, { type: 'Initialized', status: 'True' }],
    },
  ],
  [
    '1/1 Terminating 0',
    'on its way out',
    { containers: [status('main', running)], conditions: [READY], metadata: { deletionTimestamp: HOUR_AGO } },
  ],
  [
    '1/1 Unknown 0',
    'on a lost node',
    { containers: [status('main', running)], metadata: { deletionTimestamp: HOUR_AGO }, status: { reason: 'NodeLost' } },
  ],
  [
    '0/1 Completed 0',
    'finished and on its way out',
    {
      phase: 'Succeeded',
      containers: [status('main', ended(0, { reason: 'Completed' }))],
      metadata: { deletionTimestamp: HOUR_AGO },
    },
  ],
];
