import { hasTwoPanes } from './layout.ts';
import { entryOf } from './navigate.ts';
import type { State } from './types.ts';

/** What a key asks for. */
export type Action =
  | 'enter'
  | 'yes'
  | 'no'
  | 'unknown'
  | 'undo'
  | 'back'
  | 'forward'
  | 'to-verdict'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'top'
  | 'bottom'
  | 'other-pane'
  | 'expand'
  | 'raw'
  | 'open'
  | 'copy'
  | 'search'
  | 'next-match'
  | 'previous-match'
  | 'reread'
  | 'watch'
  | 'save'
  | 'pick'
  | 'help'
  | 'close'
  | 'redraw'
  | 'suspend'
  | 'quit'
  | 'interrupt';

/** One key: what it is called, what it does, and when it stands in the help line. */
export type Key = {
  readonly action: Action;
  /** Names as `keyName` gives them. */
  readonly keys: readonly string[];
  /** As people read it. */
  readonly shown: string;
  readonly help: string;
  /** For the help line, where it is of use right now. */
  readonly hint?: (state: State) => string | undefined;
};

const onQuestion = (state: State): boolean => state.item.kind === 'question' && state.raw === undefined;
const onVerdict = (state: State): boolean => state.item.kind === 'verdict' && state.raw === undefined;
const plain = (state: State): boolean => state.raw === undefined;

/** Every key of the walk: handlers, help line, `?` and README are made of this table. The order is that of the help line. */
export const KEYS: readonly Key[] = [
  {
    action: 'enter',
    keys: ['enter'],
    shown: 'enter',
    help: 'go on: the next step; accept the answer of a question',
    hint: (state) => {
      if (!plain(state)) return undefined;
      if (!hasTwoPanes(state) && state.focus === 'list') return 'open';
      if (onQuestion(state)) return `accept ${entryOf(state)?.answer ?? ''}`.trim();
      return state.item.kind === 'step' ? 'next' : undefined;
    },
  },
  {
    action: 'yes',
    keys: ['y'],
    shown: 'y n u',
    help: 'answer yes, whatever the evidence says',
    hint: (state) => (onQuestion(state) ? 'your own answer' : undefined),
  },
  { action: 'no', keys: ['n'], shown: 'n', help: 'answer no' },
  { action: 'unknown', keys: ['u'], shown: 'u', help: 'answer unknown' },
  {
    action: 'copy',
    keys: ['c'],
    shown: 'c',
    help: 'copy the command under the cursor, else the first one (OSC 52)',
    hint: (state) => (onVerdict(state) ? 'copy command' : undefined),
  },
  { action: 'save', keys: ['s'], shown: 's', help: 'save the report to a file', hint: (state) => (onVerdict(state) ? 'save' : undefined) },
  {
    action: 'reread',
    keys: ['r'],
    shown: 'r',
    help: 'read again, and show what changed',
    hint: (state) => (onVerdict(state) ? 'read again' : undefined),
  },
  {
    action: 'watch',
    keys: ['w'],
    shown: 'w',
    help: 'read again and again until it is cured; once more ends it',
    hint: (state) => (state.watching ? 'stop waiting' : onVerdict(state) && !state.offline ? 'wait until cured' : undefined),
  },
  {
    action: 'to-verdict',
    keys: ['a'],
    shown: 'a',
    help: 'all answers by the evidence: to the verdict',
    hint: (state) => (plain(state) && !onVerdict(state) ? 'to the verdict' : undefined),
  },
  {
    action: 'undo',
    keys: ['z'],
    shown: 'z',
    help: 'take back an answer of yours: of this question, else the last one',
    hint: (state) => (state.given.length > 0 ? 'undo' : undefined),
  },
  { action: 'back', keys: ['left', 'h', 'backspace'], shown: '←', help: 'back', hint: () => 'back' },
  { action: 'forward', keys: ['right', 'l'], shown: '→', help: 'on, as enter' },
  {
    action: 'other-pane',
    keys: ['tab'],
    shown: 'tab',
    help: 'between the list and the detail',
    hint: (state) => (plain(state) ? (state.focus === 'list' ? 'detail' : 'list') : undefined),
  },
  { action: 'up', keys: ['up', 'k'], shown: '↑', help: 'up' },
  { action: 'down', keys: ['down', 'j'], shown: '↓', help: 'down', hint: (state) => (plain(state) ? undefined : 'scroll') },
  { action: 'page-up', keys: ['pageup', 'ctrl-b'], shown: 'page up', help: 'a page of the detail up' },
  { action: 'page-down', keys: ['pagedown', 'space', 'ctrl-f'], shown: 'page down', help: 'a page of the detail down (also space)' },
  { action: 'top', keys: ['g', 'home'], shown: 'g', help: 'to the top' },
  { action: 'bottom', keys: ['G', 'end'], shown: 'G', help: 'to the end' },
  {
    action: 'expand',
    keys: ['e'],
    shown: 'e',
    help: 'all the evidence, or less of it',
    hint: (state) => (plain(state) ? (state.expanded ? 'less' : 'more') : undefined),
  },
  { action: 'raw', keys: ['v'], shown: 'v', help: 'view the whole object or log that the evidence under the cursor stands in' },
  { action: 'open', keys: ['o'], shown: 'o', help: 'the same in $PAGER', hint: () => 'whole object' },
  { action: 'search', keys: ['/'], shown: '/', help: 'find in the detail; enter again: the next one', hint: () => 'find' },
  { action: 'next-match', keys: ['>'], shown: '>', help: 'next match', hint: (state) => (state.query === '' ? undefined : 'next match') },
  { action: 'previous-match', keys: ['<'], shown: '<', help: 'previous match' },
  {
    action: 'pick',
    keys: ['p'],
    shown: 'p',
    help: 'pick another finding or pod',
    hint: (state) => (state.subject.kind === 'Cluster' ? 'pick a pod' : undefined),
  },
  { action: 'help', keys: ['?'], shown: '?', help: 'these keys', hint: () => 'help' },
  { action: 'close', keys: ['escape'], shown: 'esc', help: 'close what is open' },
  { action: 'redraw', keys: ['ctrl-l'], shown: 'ctrl-l', help: 'draw the screen anew' },
  { action: 'suspend', keys: ['ctrl-z'], shown: 'ctrl-z', help: 'to the shell; fg comes back' },
  { action: 'quit', keys: ['q'], shown: 'q', help: 'leave; the verdict stays on the screen', hint: () => 'quit' },
  { action: 'interrupt', keys: ['ctrl-c'], shown: 'ctrl-c', help: 'leave at once' },
];

const BY_NAME: ReadonlyMap<string, Action> = new Map(KEYS.flatMap((key) => key.keys.map((name) => [name, key.action] as const)));

/** What a key does while walking. */
export const actionOf = (name: string): Action | undefined => BY_NAME.get(name);

/** The keys that are of use right now, for the last line. */
export function hints(state: State): { readonly key: string; readonly does: string }[] {
  switch (state.mode.kind) {
    case 'choose':
      return [
        { key: '↑↓', does: 'move' },
        { key: 'enter', does: 'check it' },
        { key: 'type', does: 'to filter' },
        { key: 'esc', does: state.mode.filter === '' ? 'close' : 'clear' },
        { key: 'ctrl-c', does: 'quit' },
      ];
    case 'search':
      return [
        { key: 'enter', does: 'find' },
        { key: 'esc', does: 'leave it' },
      ];
    case 'save':
      return [
        { key: 'm', does: 'Markdown' },
        { key: 'j', does: 'JSON' },
        { key: 'y', does: 'YAML' },
        { key: 'esc', does: 'leave it' },
      ];
    case 'help':
      return [
        { key: '↑↓', does: 'scroll' },
        { key: 'esc', does: 'close' },
        { key: 'q', does: 'close' },
      ];
    case 'walk':
      return KEYS.flatMap((key) => {
        const does = key.hint?.(state);
        return does === undefined ? [] : [{ key: key.shown, does }];
      });
  }
}

/** The table of keys for README. */
export const keysMarkdown = (): string =>
  ['| key | does |', '| --- | --- |', ...KEYS.map((key) => `| ${key.keys.map((name) => `\`${name}\``).join(' ')} | ${key.help} |`)].join(
    '\n',
  );
