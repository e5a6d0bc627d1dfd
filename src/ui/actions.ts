import type { Answer, QuestionId } from '../model/report.ts';
import { openChooser } from './choose.ts';
import { commandAt, cursorOf, detailRows, findRow, putCursor, refAt, turnPage } from './detail.ts';
import type { Action } from './keys.ts';
import { hasTwoPanes } from './layout.ts';
import { entryOf, itemsOf, move, select, toVerdict } from './navigate.ts';
import type { Effect, Next, State } from './types.ts';

const stay = (state: State, ...effects: Effect[]): Next => ({ state, effects });
const say = (state: State, note: string): Next => ({ state: { ...state, note }, effects: [] });

/** What a key does while walking. A key that cannot do its work says why. */
export function act(given: State, action: Action): Next {
  const state: State = { ...given, note: undefined };
  const inList = state.focus === 'list' && state.raw === undefined;
  const rows = (): number => detailRows(state).length;
  switch (action) {
    case 'up':
      return stay(inList ? move(state, -1) : putCursor(state, cursorOf(state) - 1));
    case 'down':
      return stay(inList ? move(state, 1) : putCursor(state, cursorOf(state) + 1));
    case 'page-up':
      return stay(turnPage(state, -1));
    case 'page-down':
      return stay(turnPage(state, 1));
    case 'top':
      return stay(inList ? select(state, itemsOf(state.report)[0]!) : putCursor(state, 0));
    case 'bottom':
      return stay(inList ? select(state, itemsOf(state.report).at(-1)!) : putCursor(state, rows() - 1));
    case 'other-pane':
      return stay({ ...state, raw: undefined, focus: state.focus === 'list' ? 'detail' : 'list' });
    case 'enter':
    case 'forward':
      return forward(state);
    case 'back':
      return stay(back(state));
    case 'close':
      return stay(closed(state));
    case 'yes':
    case 'no':
    case 'unknown':
      return answer(state, action);
    case 'undo':
      return undo(state);
    case 'to-verdict':
      return state.reading.done
        ? stay(toVerdict({ ...state, chosen: true }))
        : say({ ...state, hurry: true, chosen: true }, 'the verdict opens as soon as everything is read');
    case 'expand':
      return stay({ ...state, expanded: !state.expanded });
    case 'raw':
      return withRef(state, 'raw');
    case 'open':
      return withRef(state, 'page');
    case 'copy': {
      const command = commandAt(state);
      return command === undefined ? say(state, 'there is no command here to copy') : stay(state, { type: 'copy', text: command });
    }
    case 'search':
      return stay({ ...state, mode: { kind: 'search', query: '' }, focus: hasTwoPanes(state) ? state.focus : 'detail' });
    case 'next-match':
    case 'previous-match':
      return find(state, state.query, action === 'next-match' ? 1 : -1);
    case 'reread':
      return reread(state);
    case 'watch':
      return watch(state);
    case 'save':
      return state.report === undefined ? say(state, 'there is nothing to save yet') : stay({ ...state, mode: { kind: 'save' } });
    case 'pick':
      return openChooser(state);
    case 'help':
      return stay({ ...state, mode: { kind: 'help', offset: 0 } });
    case 'redraw':
      return stay(state, { type: 'redraw' });
    case 'suspend':
      return stay(state, { type: 'suspend' });
    case 'quit':
      return state.raw === undefined ? stay(state, { type: 'quit', interrupted: false }) : stay({ ...state, raw: undefined });
    case 'interrupt':
      return stay(state, { type: 'quit', interrupted: true });
  }
}

function forward(state: State): Next {
  if (state.raw !== undefined) return stay(putCursor(state, cursorOf(state) + 1));
  if (!hasTwoPanes(state) && state.focus === 'list') return stay({ ...state, focus: 'detail', cursor: 0 });
  if (state.item.kind === 'verdict') return say(state, 'this is the end of the walk: c copies a command, s saves, q leaves');
  return stay(move(state, 1));
}

function back(state: State): State {
  if (state.raw !== undefined) return { ...state, raw: undefined };
  const before = move(state, -1);
  return before === state ? { ...state, focus: 'list' } : before;
}

function closed(state: State): State {
  if (state.raw !== undefined) return { ...state, raw: undefined };
  if (state.query !== '') return { ...state, query: '' };
  return state.focus === 'detail' ? { ...state, focus: 'list' } : state;
}

/** An answer of the operator. One that the evidence gives as well is no override. */
function answer(state: State, given: Answer): Next {
  const entry = entryOf(state);
  if (entry === undefined) return say(state, 'y, n and u answer a question; enter goes on to the first');
  const question = entry.question;
  const proposed = entry.proposed ?? entry.answer;
  if (entry.answer === given) return stay(move(state, 1));
  const given_ = state.given.filter((id) => id !== question);
  return given === proposed ? reexamine(state, given_, question) : reexamine(state, [...given_, question], question, given);
}

function reexamine(state: State, given: readonly QuestionId[], question: QuestionId, value?: Answer): Next {
  const { [question]: _, ...others } = state.overrides;
  const overrides = value === undefined ? others : { ...others, [question]: value };
  return stay(
    { ...state, overrides, given, advance: true, note: value === undefined ? undefined : `your answer: ${value}; z takes it back` },
    { type: 'examine', subject: state.subject, overrides },
  );
}

function undo(state: State): Next {
  const here = state.item.kind === 'question' && state.overrides[state.item.id] !== undefined ? state.item.id : state.given.at(-1);
  if (here === undefined) return say(state, 'no answer is yours, so there is nothing to take back');
  const { [here]: _, ...overrides } = state.overrides;
  const there = select({ ...state, overrides, given: state.given.filter((id) => id !== here) }, { kind: 'question', id: here });
  return stay({ ...there, note: 'taken back: the evidence answers again' }, { type: 'examine', subject: state.subject, overrides });
}

function withRef(state: State, type: 'raw' | 'page'): Next {
  const ref = state.raw?.ref ?? refAt(state);
  return ref === undefined ? say(state, 'no object or log belongs to this') : stay(state, { type, ref });
}

/** Looks for a text in the detail and goes there. */
export function find(state: State, query: string, direction: 1 | -1): Next {
  if (query === '') return say(state, '/ and a text to look for');
  const row = findRow(state, query, direction);
  const searching: State = { ...state, query, focus: 'detail' };
  return row === undefined ? say(searching, `nothing here holds “${query}”`) : stay(putCursor(searching, row));
}

function reread(state: State): Next {
  if (!state.reading.done) return say(state, 'the reading is still under way');
  return stay(
    { ...state, before: state.report, changes: undefined, reading: { ...state.reading, done: false }, note: 'reading again' },
    { type: 'read', subject: state.subject, fresh: true, overrides: state.overrides },
  );
}

function watch(state: State): Next {
  if (state.watching)
    return { state: { ...state, watching: false, before: undefined, note: 'no longer waiting' }, effects: [{ type: 'stop-waiting' }] };
  if (state.offline) return say(state, 'a capture does not change; r reads the files again');
  const next = reread(state);
  return next.effects.length === 0 ? next : { ...next, state: { ...next.state, watching: true, note: 'waiting until it is cured' } };
}
