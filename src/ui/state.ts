import type { Subject } from '../model/report.ts';
import { act, find } from './actions.ts';
import { changesBetween, isCured } from './changes.ts';
import { conflicts, openChooser, pressInChooser } from './choose.ts';
import { isSign, withoutLast } from './key-names.ts';
import { actionOf } from './keys.ts';
import { hasTwoPanes } from './layout.ts';
import { entryOf, keepPlace, move, toVerdict } from './navigate.ts';
import type { Effect, Message, Next, SaveFormat, State, Terminal } from './types.ts';
import { STEP_IDS } from '../model/report.ts';

/** Between two readings while waiting until it is cured. */
const WATCH_MS = 5_000;

/** The walk before anything is known. */
export function initialState(terminal: Terminal, subject: Subject, now: number, alert?: string): State {
  return {
    terminal,
    now,
    frame: 0,
    offline: false,
    place: '',
    subject,
    chosen: subject.kind !== 'Cluster',
    alert,
    mode: { kind: 'walk' },
    item: { kind: 'step', id: STEP_IDS[0] },
    focus: 'list',
    cursor: 0,
    expanded: false,
    raw: undefined,
    query: '',
    reading: { done: false, pending: STEP_IDS, counts: {} },
    report: undefined,
    overrides: {},
    given: [],
    compared: {},
    hurry: false,
    advance: false,
    before: undefined,
    changes: undefined,
    watching: false,
    note: undefined,
    pods: [],
  };
}

const only = (state: State, ...effects: Effect[]): Next => ({ state, effects });

/** A state and what happened → the next state, and what is to be done outside. The whole behaviour of the walk. */
export function update(state: State, message: Message): Next {
  return withComparison(state, step(state, message));
}

function step(state: State, message: Message): Next {
  switch (message.type) {
    case 'press':
      return press(state, message.key);
    case 'resize':
      return only(resized(state, message));
    case 'tick':
      return only({ ...state, now: message.now, frame: state.frame + 1 });
    case 'opened':
      return only({ ...state, place: message.place, offline: message.offline, subject: message.subject });
    case 'progress': {
      const { [message.resource]: _, ...others } = state.reading.counts;
      const counts = message.done ? others : { ...others, [message.resource]: message.count };
      return only({ ...state, reading: { ...state.reading, counts } });
    }
    case 'examined':
      return message.done ? readingDone(state, message) : only(readingGoesOn(state, message));
    case 'reexamined': {
      const kept = { ...keepPlace(state, message.report), compared: {}, advance: false };
      return only(state.advance ? move(kept, 1) : kept);
    }
    case 'compared':
      return only({ ...state, compared: { ...state.compared, [message.question]: message.comparison } });
    case 'raw':
      return message.text === undefined
        ? only({ ...state, note: `${message.ref} was not read as a whole` })
        : only({ ...state, focus: 'detail', query: '', raw: { ref: message.ref, lines: message.text.split('\n'), cursor: 0 } });
    case 'pods':
      return only({ ...state, pods: message.names });
    case 'note':
      return only({ ...state, note: message.text });
    case 'failed':
      return only(
        { ...state, note: `not read again: ${message.text}`, reading: { done: true, pending: [], counts: {} } },
        ...(state.watching ? [again(state)] : []),
      );
  }
}

/** Where two panes become one, the detail stays in view if something was to be read there. */
function resized(state: State, { columns, rows }: { readonly columns: number; readonly rows: number }): State {
  const next = { ...state, terminal: { ...state.terminal, columns, rows } };
  const narrower = hasTwoPanes(state) && !hasTwoPanes(next);
  return narrower && state.item.kind !== 'step' ? { ...next, focus: 'detail' } : next;
}

type Examined = Extract<Message, { type: 'examined' }>;

const again = (state: State): Effect => ({
  type: 'read',
  subject: state.subject,
  fresh: true,
  overrides: state.overrides,
  afterMs: WATCH_MS,
});

/** A later reading replaces the former one only as a whole: half of it would look like a change. */
function readingGoesOn(state: State, { report, pending }: Examined): State {
  if (state.before !== undefined) return state;
  return { ...keepPlace(state, report), compared: {}, reading: { ...state.reading, done: false, pending } };
}

function readingDone(state: State, { report }: Examined): Next {
  const { before } = state;
  const read: State = { ...keepPlace(state, report), compared: {}, hurry: false, reading: { done: true, pending: [], counts: {} } };
  if (before !== undefined) {
    const changes = changesBetween(before, report);
    const cured = isCured(before, report);
    const note = cured ? 'cured: what the verdict explained is gone' : `read again: ${changes[0] ?? 'nothing changed'}`;
    if (state.watching && !cured) return only({ ...read, changes, note: `${note}; waiting` }, again(state));
    return only({ ...toVerdict(read), changes, before: undefined, watching: false, note });
  }
  if (state.hurry) return only(toVerdict({ ...read, note: undefined }));
  if (read.chosen) return only(read);
  const found = conflicts(report);
  if (found.length > 1) return openChooser(read);
  if (found.length === 1) return only({ ...read, chosen: true, note: `one conflict: ${found[0]!.title}` });
  const nothing = report.status === 'incomplete' ? 'nothing was found, but not everything could be read' : 'nothing is wrong';
  return only({ ...toVerdict({ ...read, chosen: true }), note: `${nothing}; p checks a pod anyway` });
}

function press(state: State, key: string): Next {
  const { mode } = state;
  if (key === 'ctrl-c') return act(state, 'interrupt');
  if (key === 'ctrl-z') return act(state, 'suspend');
  if (key === 'ctrl-l') return act(state, 'redraw');
  switch (mode.kind) {
    case 'choose':
      return pressInChooser(state, key);
    case 'search':
      return pressInSearch(state, mode.query, key);
    case 'save':
      return pressInSave(state, key);
    case 'help':
      if (key === 'up' || key === 'k') return only({ ...state, mode: { ...mode, offset: Math.max(0, mode.offset - 1) } });
      if (key === 'down' || key === 'j') return only({ ...state, mode: { ...mode, offset: mode.offset + 1 } });
      return only({ ...state, mode: { kind: 'walk' } });
    case 'walk': {
      const action = actionOf(key);
      if (action !== undefined) return act(state, action);
      return only({ ...state, note: isSign(key) ? `${key} does nothing here; ? shows the keys` : state.note });
    }
  }
}

function pressInSearch(state: State, query: string, key: string): Next {
  const type = (text: string): Next => only({ ...state, mode: { kind: 'search', query: text } });
  if (key === 'escape') return only({ ...state, mode: { kind: 'walk' } });
  if (key === 'enter') return find({ ...state, mode: { kind: 'walk' } }, query || state.query, 1);
  if (key === 'backspace') return query === '' ? only({ ...state, mode: { kind: 'walk' } }) : type(withoutLast(query));
  if (key === 'space') return type(`${query} `);
  return isSign(key) ? type(query + key) : only(state);
}

const FORMATS: Readonly<Record<string, SaveFormat>> = { m: 'markdown', j: 'json', y: 'yaml' };

function pressInSave(state: State, key: string): Next {
  const format = FORMATS[key];
  const walk: State = { ...state, mode: { kind: 'walk' } };
  return format === undefined ? only({ ...walk, note: 'not saved' }) : only(walk, { type: 'save', format });
}

/** What the answers of the question in view would lead to, worked out once it is in view. */
function withComparison(before: State, next: Next): Next {
  const { state } = next;
  const entry = entryOf(state);
  const unseen = state.report !== before.report || state.item !== before.item || state.compared !== before.compared;
  if (entry === undefined || !unseen || state.compared[entry.question] !== undefined) return next;
  const visible = hasTwoPanes(state) || state.focus === 'detail' || state.item !== before.item;
  if (!visible) return next;
  return {
    state,
    effects: [...next.effects, { type: 'compare', question: entry.question, subject: state.subject, overrides: state.overrides }],
  };
}
