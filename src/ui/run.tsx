import { render, useApp, useInput } from 'ink';
import { type ReactElement, useEffect } from 'react';
import type { Subject } from '../model/report.ts';
import { compare, osc52, save } from './effects.ts';
import { keyNames } from './key-names.ts';
import { page } from './pager.ts';
import { initialState, update } from './state.ts';
import { terminalOf } from './theme.ts';
import type { Effect, Ending, Message, State, Tell, World } from './types.ts';
import { Screen } from './views/screen.tsx';

export type Options = {
  readonly subject: Subject;
  readonly alert: string | undefined;
  readonly world: World;
  readonly env: Readonly<Record<string, string | undefined>>;
};

const SPIN_MS = 100;
const IDLE_MS = 5_000;
const SIGNALS = { SIGTERM: 143, SIGHUP: 129 } as const;

/** Opens the walk and ends when the operator leaves. Rejects where nothing could be read at all: then there is nothing to walk through. */
export async function walk({ subject, alert, world, env }: Options): Promise<Ending> {
  const { stdout } = process;
  let state = initialState(terminalOf(env, stdout.columns, stdout.rows, process.platform === 'win32'), subject, Date.now(), alert);
  let failure: Error | undefined;
  let code: number | undefined;
  let waiting: NodeJS.Timeout | undefined;
  const held: { app?: ReturnType<typeof useApp> } = {};
  let reading = 0;
  let depth = 0;
  let left = false;
  let drawn = state;

  function Root({ shown }: { readonly shown: State }): ReactElement {
    const app = useApp();
    useEffect(() => {
      held.app = app;
    }, [app]);
    useInput((input, key) => {
      for (const name of keyNames(input, key)) dispatch({ type: 'press', key: name });
    });
    return <Screen state={shown} />;
  }

  const dispatch = (message: Message): void => {
    const next = update(state, message);
    state = next.state;
    // What is done at once, as examining with another answer, belongs to the same frame.
    depth++;
    for (const effect of next.effects) perform(effect);
    depth--;
    if (depth > 0 || state === drawn || left) return;
    drawn = state;
    instance.rerender(<Root shown={state} />);
  };

  /** Nothing may be drawn any more: it would take the terminal again. */
  const leave = (): void => {
    left = true;
    instance.unmount();
  };

  const tell: Tell = {
    opened: (place, offline, known) => dispatch({ type: 'opened', place, offline, subject: known }),
    progress: (resource, count, done) => dispatch({ type: 'progress', resource, count, done }),
    read: (pending, done) => {
      const report = world.examine(state.subject, state.overrides);
      if (report) dispatch({ type: 'examined', report, pending, done });
    },
    note: (text) => dispatch({ type: 'note', text }),
  };

  const read = (wanted: Subject, fresh: boolean): void => {
    const mine = ++reading;
    const current =
      <Words extends readonly unknown[]>(call: (...words: Words) => void) =>
      (...words: Words): void => {
        if (mine === reading) call(...words);
      };
    const own: Tell = {
      opened: current(tell.opened),
      progress: current(tell.progress),
      read: current(tell.read),
      note: current(tell.note),
    };
    world.read({ subject: wanted, fresh }, own).catch((error: unknown) => {
      if (mine !== reading) return;
      if (state.report !== undefined && (state.before !== undefined || state.reading.done))
        return dispatch({ type: 'failed', text: error instanceof Error ? error.message : String(error) });
      failure = error instanceof Error ? error : new Error(String(error));
      leave();
    });
  };

  const perform = (effect: Effect): void => {
    switch (effect.type) {
      case 'read':
        clearTimeout(waiting);
        if (effect.afterMs === undefined) read(effect.subject, effect.fresh);
        else waiting = setTimeout(() => read(effect.subject, effect.fresh), effect.afterMs);
        return;
      case 'stop-waiting':
        return clearTimeout(waiting);
      case 'examine': {
        const report = world.examine(effect.subject, effect.overrides);
        return report && dispatch({ type: 'reexamined', report });
      }
      case 'compare':
        // After the frame that the key asked for.
        setImmediate(() => {
          if (effect.subject !== state.subject || effect.overrides !== state.overrides) return;
          const comparison = compare(world, effect.question, effect.subject, effect.overrides);
          if (comparison) dispatch({ type: 'compared', question: effect.question, comparison });
        });
        return;
      case 'raw':
        return dispatch({ type: 'raw', ref: effect.ref, text: world.raw(effect.ref) });
      case 'page':
        return void openPager(effect.ref);
      case 'pods':
        return dispatch({ type: 'pods', names: world.pods() });
      case 'copy':
        stdout.write(osc52(effect.text, env['TMUX'] !== undefined));
        return dispatch({ type: 'note', text: `copied: ${effect.text}` });
      case 'save':
        return state.report && dispatch({ type: 'note', text: save(world, state.report, effect.format) });
      case 'redraw':
        return void held.app?.suspendTerminal(() => {});
      case 'suspend':
        return void toShell();
      case 'quit':
        if (effect.interrupted && !state.reading.done && state.before === undefined) code = 130;
        return leave();
    }
  };

  const openPager = async (ref: string): Promise<void> => {
    const text = world.raw(ref);
    if (text === undefined) return dispatch({ type: 'note', text: `${ref} was not read as a whole` });
    let failed: string | undefined;
    await held.app?.suspendTerminal(async () => {
      // Once Ink has finished with the key that led here.
      await new Promise((soon) => setImmediate(soon));
      const release = stopReading();
      failed = await page(ref, text, env);
      release();
    });
    if (failed !== undefined) dispatch({ type: 'note', text: failed });
  };

  /** Ctrl-Z: the terminal goes back to the shell as it was, and `fg` draws the walk again. */
  const toShell = async (): Promise<void> => {
    if (process.platform === 'win32') return;
    await held.app?.suspendTerminal(
      () =>
        new Promise<void>((resume) => {
          process.once('SIGCONT', () => resume());
          // The whole job, as the terminal itself would: the shell waits for all of it.
          process.kill(0, 'SIGTSTP');
        }),
    );
  };

  const onResize = (): void => dispatch({ type: 'resize', columns: stdout.columns, rows: stdout.rows });
  const onSignal = (signal: NodeJS.Signals): void => {
    code = SIGNALS[signal as keyof typeof SIGNALS];
    leave();
  };
  const instance = render(<Root shown={state} />, {
    exitOnCtrlC: false,
    alternateScreen: true,
    interactive: true,
    maxFps: 60,
    patchConsole: false,
  });
  const timer = setInterval(() => !state.reading.done && dispatch({ type: 'tick', now: Date.now() }), SPIN_MS);
  const idle = setInterval(() => state.reading.done && dispatch({ type: 'tick', now: Date.now() }), IDLE_MS);
  stdout.on('resize', onResize);
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  // The first frame is out before anything is opened.
  setImmediate(() => read(subject, true));
  try {
    await instance.waitUntilExit();
  } finally {
    clearInterval(timer);
    clearInterval(idle);
    clearTimeout(waiting);
    stdout.off('resize', onResize);
    for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
    reading++;
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdin.pause();
  }
  if (failure !== undefined) throw failure;
  return { report: state.report, done: state.reading.done || state.before !== undefined, code };
}

/** Ink stops listening, but Node goes on reading the terminal, and would take the keys that are meant for the pager. */
function stopReading(): () => void {
  const handle = (process.stdin as unknown as { readonly _handle?: { readonly readStop: () => void; readonly readStart: () => void } })
    ._handle;
  handle?.readStop();
  return () => handle?.readStart();
}
