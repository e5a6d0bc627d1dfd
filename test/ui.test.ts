import test from 'ava';
import { parseAlert } from '../src/cli/alert.ts';
import { pendingSteps } from '../src/cli/pending-steps.ts';
import { plan } from '../src/plan.ts';
import { markdown } from '../src/report/markdown.ts';
import { SnapshotBuilder } from '../src/model/reader.ts';
import { changesBetween, isCured } from '../src/ui/changes.ts';
import { choices, conflicts, subjectOf } from '../src/ui/choose.ts';
import { cursorOf, detailRows } from '../src/ui/detail.ts';
import { osc52 } from '../src/ui/effects.ts';
import { keyNames } from '../src/ui/key-names.ts';
import { hints, KEYS, keysMarkdown } from '../src/ui/keys.ts';
import { itemsOf } from '../src/ui/navigate.ts';
import { chop, clip, fold, rowText } from '../src/ui/rows/row.ts';
import { initialState } from '../src/ui/state.ts';
import { ascii, terminalOf } from '../src/ui/theme.ts';
import type { State } from '../src/ui/types.ts';
import { width } from '../src/report/layout.ts';
import { after, CLUSTER, INVOICE, keys, reportOf, terminal, walkOf } from './walk/report.ts';

/** Where the walk stands, in a word. */
const place = (state: State): string => (state.item.kind === 'verdict' ? 'verdict' : state.item.id);

const WIDE = terminal(120, 36);

const MOVES: readonly (readonly [keys: string, ends: string, focus: 'list' | 'detail'])[] = [
  ['', 'describe-pod', 'list'],
  ['j', 'pod-events', 'list'],
  ['down down', 'list-pod-ips', 'list'],
  ['j j k', 'pod-events', 'list'],
  ['k', 'describe-pod', 'list'],
  ['G', 'verdict', 'list'],
  ['G g', 'describe-pod', 'list'],
  ['a', 'verdict', 'list'],
  ['a left', 'cidrs-overlap', 'list'],
  ['a h h', 'pool-exhausted', 'list'],
  ['a backspace', 'cidrs-overlap', 'list'],
  ['enter enter enter enter enter enter', 'events-show-ipam-failure', 'list'],
  ['enter enter enter enter enter enter y', 'events-show-ipam-failure', 'list'],
  ['enter enter enter enter enter enter n', 'duplicates-confirmed', 'list'],
  ['right right', 'list-pod-ips', 'list'],
  ['tab', 'describe-pod', 'detail'],
  ['tab tab', 'describe-pod', 'list'],
  ['tab escape', 'describe-pod', 'list'],
  ['tab left', 'describe-pod', 'list'],
  ['? q', 'describe-pod', 'list'],
  ['? escape j', 'pod-events', 'list'],
];
for (const [pressed, ends, focus] of MOVES) {
  test(`walk: ${pressed || 'nothing'} → ${ends}`, async (t) => {
    const { state } = after(await walkOf('overlap', INVOICE, WIDE), ...keys(...pressed.split(' ').filter(Boolean)));
    t.is(place(state), ends);
    t.is(state.focus, focus);
    t.is(state.mode.kind, 'walk');
  });
}

test('one pane: enter opens the detail, and then goes on', async (t) => {
  const opened = after(await walkOf('overlap', INVOICE), ...keys('enter'));
  t.is(opened.state.focus, 'detail');
  t.is(place(opened.state), 'describe-pod');
  t.is(place(after(opened.state, ...keys('enter')).state), 'pod-events');
});

test('an answer against the evidence is an override, and is examined', async (t) => {
  const { state, effects } = after(await walkOf('overlap', INVOICE, WIDE), ...keys('a', 'left', 'n'));
  t.deepEqual(state.overrides, { 'cidrs-overlap': 'no' });
  t.deepEqual(
    effects.filter((effect) => effect.type === 'examine'),
    [{ type: 'examine', subject: INVOICE, overrides: { 'cidrs-overlap': 'no' } }],
  );
});

test('an answer that the evidence gives as well is none', async (t) => {
  const { state, effects } = after(await walkOf('overlap', INVOICE, WIDE), ...keys('a', 'left', 'y'));
  t.deepEqual(state.overrides, {});
  t.deepEqual(effects, []);
  t.is(place(state), 'verdict');
});

test('override, re-examined, undone', async (t) => {
  const start = after(await walkOf('overlap', INVOICE, WIDE), ...keys('a', 'left', 'n')).state;
  const report = await reportOf('overlap', INVOICE, start.overrides);
  const examined = after(start, { type: 'reexamined', report }).state;
  t.is(place(examined), 'recent-nodes', 'it goes on to the next question');
  t.is(examined.report?.trail.find((entry) => entry.question === 'cidrs-overlap')?.by, 'operator');
  const undone = after(examined, ...keys('z'));
  t.deepEqual(undone.state.overrides, {});
  t.is(place(undone.state), 'cidrs-overlap');
  t.true(undone.effects.some((effect) => effect.type === 'examine'));
  t.regex(after(undone.state, ...keys('z')).state.note ?? '', /nothing to take back/);
});

test('where the trail no longer passes a question, the walk stands at the last one', async (t) => {
  const report = await reportOf('overlap', INVOICE);
  const state = after(await walkOf('overlap', INVOICE, WIDE), ...keys('a', 'left')).state;
  const shorter = { ...report, trail: report.trail.slice(0, 2) };
  t.is(place(after(state, { type: 'reexamined', report: shorter }).state), 'duplicates-confirmed');
});

test('a question in view asks for its comparison once', async (t) => {
  const { state, effects } = after(await walkOf('overlap', INVOICE, WIDE), ...keys('a', 'left'));
  t.deepEqual(
    effects.map((effect) => effect.type),
    ['compare'],
  );
  t.deepEqual(after(state, { type: 'tick', now: 1 }).effects, []);
  const outcome = { cause: 'inconclusive', title: '', confidence: 'possible', next: 'verdict' } as const;
  const compared = after(state, {
    type: 'compared',
    question: 'cidrs-overlap',
    comparison: { yes: outcome, no: outcome, unknown: outcome, ask: 'kubectl x' },
  });
  t.deepEqual(compared.effects, []);
  t.regex(detailRows(compared.state).map(rowText).join('\n'), /verdict would become inconclusive \(possible\)/);
});

test('no subject: one conflict is opened, several are a list, none is said', async (t) => {
  t.is((await walkOf('overlap', CLUSTER)).mode.kind, 'walk');
  t.regex((await walkOf('overlap', CLUSTER)).note ?? '', /one conflict/);
  t.is((await walkOf('several', CLUSTER)).mode.kind, 'choose');
  const healthy = await walkOf('healthy', CLUSTER);
  t.is(place(healthy), 'verdict');
  t.regex(healthy.note ?? '', /nothing is wrong/);
});

test('the list: worst first, filtered by what is typed, with pods below', async (t) => {
  const list = after(await walkOf('several', CLUSTER), { type: 'pods', names: ['data/db-0', 'shop/cart-1'] }).state;
  t.is(choices(list)[0]?.subject.kind, 'Cluster');
  t.is(choices(list).at(-1)?.where, 'shop/cart-1');
  const filtered = after(list, ...keys('d', 'b', '-', '1')).state;
  t.true(choices(filtered).length > 0 && choices(filtered).every((choice) => `${choice.where} ${choice.parties}`.includes('db-1')));
  const chosen = after(filtered, ...keys('enter'));
  t.deepEqual(chosen.state.subject, { kind: 'Pod', namespace: 'data', name: 'db-1' });
  t.like(chosen.effects[0], { type: 'read', fresh: false });
  t.is(after(filtered, ...keys('escape')).state.mode.kind, 'choose', 'the first esc clears the filter');
  t.is(after(filtered, ...keys('escape', 'escape')).state.mode.kind, 'walk');
  t.deepEqual(after(filtered, ...keys('x', 'x', 'x', 'enter')).effects, [], 'nothing to choose');
});

test('a finding leads to its intruder', async (t) => {
  const { findings } = await reportOf('several', CLUSTER);
  t.deepEqual(subjectOf(findings[0]!), { kind: 'Pod', namespace: 'billing', name: 'invoice-7' });
  t.is(conflicts(await reportOf('overlap', CLUSTER)).length, 1);
});

test('reading: what is asked for early is done when there is a verdict', async (t) => {
  const report = await reportOf('overlap', INVOICE);
  const start = initialState(WIDE, INVOICE, 0);
  const early = after(start, ...keys('a'));
  t.regex(early.state.note ?? '', /as soon as/);
  const partly = after(early.state, { type: 'examined', report, pending: ['cni-logs'], done: false }).state;
  t.is(place(partly), 'describe-pod');
  t.is(place(after(partly, { type: 'examined', report, pending: [], done: true }).state), 'verdict');
  t.deepEqual(after(start, ...keys('q')).effects, [{ type: 'quit', interrupted: false }]);
  t.deepEqual(after(start, ...keys('ctrl-c')).effects, [{ type: 'quit', interrupted: true }]);
});

test('counts grow while reading, and go when a list is whole', (t) => {
  const reading = after(
    initialState(WIDE, CLUSTER, 0),
    { type: 'progress', resource: 'pods', count: 500, done: false },
    { type: 'progress', resource: 'pods', count: 42_000, done: false },
  ).state;
  t.deepEqual(reading.reading.counts, { pods: 42_000 });
  t.regex(detailRows(reading).map(rowText).join('\n'), /pods 42,000/);
  t.deepEqual(after(reading, { type: 'progress', resource: 'pods', count: 42_001, done: true }).state.reading.counts, {});
});

test('read again: the former report stays until the new one is whole, then what changed is shown', async (t) => {
  const before = await walkOf('overlap', INVOICE, WIDE);
  const again = after(before, ...keys('r'));
  t.like(again.effects[0], { type: 'read', fresh: true });
  const healthy = await reportOf('healthy', INVOICE);
  const half = after(again.state, { type: 'examined', report: healthy, pending: ['cni-logs'], done: false }).state;
  t.is(half.report?.verdict.cause, 'node-cidr-overlap');
  const whole = after(half, { type: 'examined', report: healthy, pending: [], done: true }).state;
  t.is(place(whole), 'verdict');
  t.true(whole.changes?.includes('10.42.0.5: no longer held twice'));
  const failed = after(again.state, { type: 'failed', text: 'refused' }).state;
  t.is(failed.report?.verdict.cause, 'node-cidr-overlap');
  t.regex(failed.note ?? '', /not read again: refused/);
});

test('waiting reads again until it is cured, and ends when asked', async (t) => {
  const start = { ...(await walkOf('overlap', INVOICE, WIDE)), offline: false };
  const waiting = after(start, ...keys('w'));
  t.true(waiting.state.watching);
  const same = after(waiting.state, { type: 'examined', report: start.report!, pending: [], done: true });
  t.like(same.effects[0], { type: 'read', fresh: true, afterMs: 5_000 });
  t.true(same.state.watching);
  const cured = after(same.state, { type: 'examined', report: await reportOf('healthy', INVOICE), pending: [], done: true });
  t.false(cured.state.watching);
  t.regex(cured.state.note ?? '', /cured/);
  t.deepEqual(after(same.state, ...keys('w')).effects, [{ type: 'stop-waiting' }]);
  t.regex(after(await walkOf('overlap', INVOICE), ...keys('w')).state.note ?? '', /a capture does not change/);
});

test('changes between readings', async (t) => {
  const [bad, good] = [await reportOf('overlap', INVOICE), await reportOf('healthy', INVOICE)];
  t.deepEqual(changesBetween(bad, bad), []);
  t.true(isCured(bad, good));
  t.false(isCured(bad, bad));
  t.true(changesBetween(good, bad).some((line) => line.startsWith('new: duplicate-pod-ip 10.42.0.5')));
});

test('a whole log: windowed, searched, closed', async (t) => {
  const text = Array.from({ length: 5_000 }, (_, i) => `line ${i}`).join('\n');
  const open = after(await walkOf('overlap', INVOICE, WIDE), { type: 'raw', ref: 'log/a/b/c', text }).state;
  t.is(detailRows(open).length, 5_000);
  t.is(cursorOf(after(open, ...keys('G')).state), 4_999);
  t.is(cursorOf(after(open, ...keys('pagedown')).state), 29 + 15);
  t.is(cursorOf(after(open, ...keys('pagedown', 'pageup')).state), 0);
  const found = after(open, ...keys('/', '4', '3', '2', '1', 'enter')).state;
  t.is(cursorOf(found), 4_321);
  t.is(cursorOf(after(found, ...keys('g', '/', 'enter')).state), 4_321, 'an empty search repeats the last one');
  t.regex(after(open, ...keys('/', 'z', 'enter')).state.note ?? '', /nothing here holds/);
  for (const key of ['q', 'escape', 'left']) t.is(after(open, ...keys(key)).state.raw, undefined);
});

test('copy, save, open and view ask for what is under the cursor', async (t) => {
  const verdict = after(await walkOf('overlap', INVOICE, WIDE), ...keys('a')).state;
  t.deepEqual(after(verdict, ...keys('c')).effects, [{ type: 'copy', text: 'kubectl cordon node-b' }]);
  t.deepEqual(after(verdict, ...keys('s', 'm')).effects, [{ type: 'save', format: 'markdown' }]);
  t.deepEqual(after(verdict, ...keys('s', 'escape')).effects, []);
  const step = after(verdict, ...keys('g')).state;
  t.deepEqual(after(step, ...keys('o')).effects, [{ type: 'page', ref: 'pod/billing/invoice-7' }]);
  t.deepEqual(after(step, ...keys('v')).effects, [{ type: 'raw', ref: 'pod/billing/invoice-7' }]);
});

test('every key stands once, and every one is explained', (t) => {
  const names = KEYS.flatMap((key) => key.keys);
  t.is(new Set(names).size, names.length);
  t.is(new Set(KEYS.map((key) => key.action)).size, KEYS.length);
  for (const key of KEYS) t.true(keysMarkdown().includes(key.help));
});

test('the help line names keys that work right now', async (t) => {
  const named = (state: State): string =>
    hints(state)
      .map(({ key, does }) => `${key} ${does}`)
      .join(', ');
  const start = await walkOf('overlap', INVOICE, WIDE);
  t.notRegex(named(start), /own answer|copy/);
  t.regex(named(after(start, ...keys('a')).state), /c copy command, s save, r read again/);
  t.regex(named(after(start, ...keys('a', 'left')).state), /enter accept yes, y n u your own answer/);
});

test('keys by their names, also several in one read', (t) => {
  const none = {
    upArrow: false,
    downArrow: false,
    leftArrow: false,
    rightArrow: false,
    pageUp: false,
    pageDown: false,
    home: false,
    end: false,
    return: false,
    escape: false,
    tab: false,
    backspace: false,
    delete: false,
    ctrl: false,
    meta: false,
  };
  t.deepEqual(keyNames('jj\rq', none), ['j', 'j', 'enter', 'q']);
  t.deepEqual(keyNames('', { ...none, upArrow: true }), ['up']);
  t.deepEqual(keyNames('c', { ...none, ctrl: true }), ['ctrl-c']);
  t.deepEqual(keyNames(' ', none), ['space']);
  t.deepEqual(keyNames('x', { ...none, meta: true }), []);
});

test('lines are never wider than asked, and lose nothing', (t) => {
  for (const text of ['', 'short', 'a'.repeat(100), 'word '.repeat(40).trim(), '名前'.repeat(30), '😀 pod 名前-1 '.repeat(9).trim()]) {
    for (const columns of [10, 33, 80]) {
      t.true(
        [...fold(text, columns), ...chop(text, columns), clip(text, columns)].every((line) => width(line) <= columns),
        text,
      );
      t.is(fold(text, columns).join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
    }
  }
});

test('what a terminal can show', (t) => {
  t.like(terminalOf({ LANG: 'de_DE.UTF-8' }, 80, 24, false), { unicode: true, colour: true, light: false });
  t.like(terminalOf({ LANG: 'C', NO_COLOR: '1', COLORFGBG: '0;15' }, 80, 24, false), { unicode: false, colour: false, light: true });
  t.like(terminalOf({}, 80, 24, true), { unicode: true });
  t.is(ascii('✓ a · b → “c” 名'), '+ a . b > "c" ?');
});

test('OSC 52, also through tmux', (t) => {
  t.is(osc52('a b', false), '\u001B]52;c;YSBi\u0007');
  t.true(osc52('a b', true).startsWith('\u001BPtmux;\u001B\u001B]52;'));
});

test('steps wait for what they look at', (t) => {
  const builder = new SnapshotBuilder();
  const snapshot = () => builder.snapshot({ kind: 'files', files: [], kubernetesVersion: undefined }, 0, new Set());
  const needs = plan(snapshot(), { depth: 'check', subject: INVOICE });
  t.deepEqual(pendingSteps(needs, snapshot()), ['describe-pod', 'pod-events', 'list-pod-ips', 'cni-status', 'cluster-cidrs', 'cni-logs']);
  for (const need of needs) if (need.kind === 'list' && need.resource.kind === 'Event') builder.answer(need, []);
  t.false(pendingSteps(needs, snapshot()).includes('pod-events'));
});

test('the report as Markdown: nothing of it becomes markup', async (t) => {
  const text = markdown(await reportOf('overlap', INVOICE, { 'recent-nodes': 'no', 'cidrs-overlap': 'unknown' }));
  t.regex(text, /^# .*\(`/);
  t.regex(text, /the operator’s answer, not yes/);
  t.notRegex(text.replaceAll('**', '').replaceAll('\\*', ''), /(?<!\\)<[a-z]/);
});

const LABELS = { alertname: 'KubePodNotReady', namespace: 'shop', pod: 'cart-1' };
const ALERTS: readonly (readonly [title: string, payload: unknown, wanted: string | undefined, name: string, subject: unknown])[] = [
  [
    'a webhook',
    { alerts: [{ status: 'firing', labels: LABELS }] },
    undefined,
    'KubePodNotReady',
    { kind: 'Pod', namespace: 'shop', name: 'cart-1' },
  ],
  [
    'the API’s list',
    [{ labels: LABELS, status: { state: 'active' } }],
    undefined,
    'KubePodNotReady',
    { kind: 'Pod', namespace: 'shop', name: 'cart-1' },
  ],
  ['one alert alone', { labels: LABELS }, undefined, 'KubePodNotReady', { kind: 'Pod', namespace: 'shop', name: 'cart-1' }],
  [
    'a node',
    { alerts: [{ labels: { alertname: 'KubeNetworkPluginError', node: 'node-a' } }] },
    undefined,
    'KubeNetworkPluginError',
    { kind: 'Node', name: 'node-a' },
  ],
  [
    'common labels',
    { commonLabels: { namespace: 'shop', pod: 'x' }, alerts: [{ labels: { alertname: 'A' } }] },
    undefined,
    'A',
    { kind: 'Pod', namespace: 'shop', name: 'x' },
  ],
  ['no object', { alerts: [{ labels: { alertname: 'A' } }] }, undefined, 'A', undefined],
  [
    'the one that fires and is ours',
    {
      alerts: [
        { labels: { alertname: 'Other', namespace: 'a', pod: 'b' } },
        { status: 'resolved', labels: { ...LABELS, pod: 'old' } },
        { labels: LABELS },
      ],
    },
    undefined,
    'KubePodNotReady',
    { kind: 'Pod', namespace: 'shop', name: 'cart-1' },
  ],
  [
    'the one that is wanted',
    { alerts: [{ labels: LABELS }, { labels: { alertname: 'KubeNetworkPluginError' } }] },
    'KubeNetworkPluginError',
    'KubeNetworkPluginError',
    undefined,
  ],
];
for (const [title, payload, wanted, name, subject] of ALERTS) {
  test(`alert: ${title}`, (t) => {
    t.deepEqual(parseAlert(JSON.stringify(payload), wanted), { name, subject } as ReturnType<typeof parseAlert>);
  });
}

test('alert: what holds none says so', (t) => {
  for (const payload of ['', 'x', '{}', '[]', '{"alerts":[]}']) t.throws(() => parseAlert(payload), { message: /holds no alert/ });
});

test('stops of the walk before anything is known', (t) => {
  t.is(itemsOf(undefined).length, 6);
});
