import test from 'ava';
import { render } from 'ink-testing-library';
import type { ReactElement } from 'react';
import { Chooser } from '../src/ui/views/chooser.tsx';
import { Detail } from '../src/ui/views/detail.tsx';
import { Footer } from '../src/ui/views/footer.tsx';
import { Header } from '../src/ui/views/header.tsx';
import { Help } from '../src/ui/views/help.tsx';
import { Line } from '../src/ui/views/line.tsx';
import { List } from '../src/ui/views/list.tsx';
import { Screen } from '../src/ui/views/screen.tsx';
import { width } from '../src/report/layout.ts';
import { initialState } from '../src/ui/state.ts';
import { after, CLUSTER, INVOICE, keys, terminal, walkOf } from './walk/report.ts';

/** What stands on the screen. */
function shown(element: ReactElement): string {
  const { lastFrame, unmount } = render(element);
  const frame = lastFrame() ?? '';
  unmount();
  return frame;
}

test('Line: marks what was found, and is never longer than its box', (t) => {
  t.is(shown(<Line terminal={terminal()} spans={[{ text: 'a needle b' }]} query="needle" />), 'a needle b');
  t.is(shown(<Line terminal={terminal(80, 24, { unicode: false })} spans={[{ text: '✓ ok' }]} />), '+ ok');
});

test('Header: what, where, which CNI, how old', async (t) => {
  const state = await walkOf('overlap', INVOICE, terminal(100, 24));
  t.regex(shown(<Header state={state} />), /^ check billing\/invoice-7 .*overlap · Flannel v0\.25\.6 · 3 nodes · as of 2026-01-12 10:00$/);
  const live = { ...state, offline: false, place: 'context prod-eu', now: state.now + 4_000 };
  t.regex(shown(<Header state={live} />), /prod-eu · Flannel v0\.25\.6 · 3 nodes · 4 s ago/);
});

test('Header: while reading, and with a gap', async (t) => {
  t.regex(shown(<Header state={initialState(terminal(), CLUSTER, 0)} />), /^ check the cluster .*⠋ reading$/);
  const state = await walkOf('overlap', INVOICE);
  const gap = { what: 'pods', verb: 'list', resource: 'pods', reason: 'forbidden', message: 'no', blocks: [], essential: true } as const;
  t.regex(shown(<Header state={{ ...state, report: { ...state.report!, gaps: [gap] } }} />), /1 gap$/);
});

test('List: steps with their marks, questions with their answers, the verdict', async (t) => {
  const list = shown(<List state={await walkOf('overlap', INVOICE)} />).split('\n');
  t.regex(list[1]!, /^ ▸✓ 1 Describe the pod +10\.42\.0\.5 on node-b/);
  t.regex(list[3]!, /! 3 All pods’ IPs +1 address is held twice/);
  t.regex(list.at(-2)!, /! ranges overlap\? +yes +10\.42\.0\.0\/24 belongs to 2 nodes/);
  t.regex(list.at(-1)!, /= verdict +certain +Two nodes hand out the same ran…/);
});

test('List: spinners before anything is known', (t) => {
  const list = shown(<List state={initialState(terminal(), INVOICE, 0)} />);
  t.is(list.match(/⠋/g)?.length, 6);
  t.regex(list, /· duplicates are real\?/);
});

test('List: an answer of the operator is marked', async (t) => {
  const state = await walkOf('overlap', INVOICE);
  const trail = state.report!.trail.map((entry) => ({ ...entry, by: 'operator' as const, proposed: entry.answer }));
  t.regex(shown(<List state={{ ...state, report: { ...state.report!, trail } }} />), /ranges overlap\? +yes \(yours\)/);
});

test('Detail: a step has its evidence and the command that shows the same', async (t) => {
  const state = after(await walkOf('overlap', INVOICE), ...keys('enter')).state;
  const detail = shown(<Detail state={state} width={80} />);
  t.regex(detail, /^▸ 1 {2}Describe the pod {3}ok/);
  t.regex(detail, /\$ kubectl -n billing describe pod invoice-7/);
});

test('Detail: the verdict has holders side by side, proof, remedy and commands', async (t) => {
  const state = { ...after(await walkOf('overlap', INVOICE, terminal(80, 60)), ...keys('a')).state };
  const detail = shown(<Detail state={state} width={80} />);
  t.regex(detail, /owner +intruder\n +shop\/cart-1 +billing\/invoice-7\n +node-a +node-b/);
  for (const part of [
    'node-cidr-overlap   certain',
    'proof',
    'not ',
    'do    1',
    '$ kubectl cordon node-b',
    'never',
    'to see that it is cured',
  ])
    t.true(detail.includes(part), part);
});

test('Detail: only what fits is drawn, of however many lines', async (t) => {
  const text = Array.from({ length: 10_000 }, (_, i) => `line ${i}`).join('\n');
  const open = after(await walkOf('overlap', INVOICE), { type: 'raw', ref: 'log/a/b/c', text }, ...keys('G')).state;
  const lines = shown(<Detail state={open} width={80} />).split('\n');
  t.is(lines.length, 20);
  t.is(lines[0], '  log/a/b/c   line 10000 of 10000');
  t.is(lines.at(-1), '▸ line 9999');
});

test('Chooser: what to check, and what the filter leaves', async (t) => {
  const state = await walkOf('several', CLUSTER);
  t.regex(shown(<Chooser state={state} />), /▸ +the cluster as a whole[\s\S]*error +duplicate-pod-ip +10\.42\.0\.5/);
  t.regex(shown(<Chooser state={after(state, ...keys('z', 'z')).state} />), /nothing fits the filter/);
});

test('Footer: the keys, a note, what is typed', async (t) => {
  const state = await walkOf('overlap', INVOICE);
  t.regex(shown(<Footer state={state} />), /^─+\n enter open {2}a to the verdict .*q quit$/);
  t.regex(shown(<Footer state={{ ...state, note: 'saved to x.md' }} />), /^── saved to x\.md ─+/);
  t.regex(shown(<Footer state={after(state, ...keys('/', 'a', 'b')).state} />), /^── find: ab█/);
  t.regex(shown(<Footer state={after(state, ...keys('s')).state} />), /m Markdown {2}j JSON {2}y YAML/);
});

test('Help: every key', async (t) => {
  const help = shown(<Help state={after(await walkOf('overlap', INVOICE, terminal(80, 50)), ...keys('?')).state} />);
  t.regex(help, /ctrl-z +to the shell; fg comes back/);
});

for (const [columns, rows] of [
  [80, 24],
  [99, 30],
  [100, 24],
  [120, 36],
  [240, 70],
] as const) {
  test(`Screen: fills ${columns}×${rows} exactly, at every stop`, async (t) => {
    let state = await walkOf('overlap', INVOICE, terminal(columns, rows));
    for (let stop = 0; stop < 14; stop++) {
      const lines = shown(<Screen state={state} />).split('\n');
      t.is(lines.length, rows);
      // The test's terminal has 100 columns.
      t.true(lines.every((line) => width(line) <= Math.max(100, columns)));
      t.is(
        lines.some((line) => line.includes('PLAYBOOK')),
        columns >= 100 || state.focus === 'list',
      );
      state = after(state, ...keys(stop === 6 ? 'tab' : 'enter')).state;
    }
  });
}

test('Screen: wide names stay aligned', async (t) => {
  const state = await walkOf('overlap', INVOICE, terminal(100, 30));
  const steps = state.report!.steps.map((step) => ({
    ...step,
    summary: '名前-😀 has 10.0.0.1',
    evidence: [{ source: 'pod' as const, ref: 'pod/a/b', text: '名前-😀 '.repeat(20) }],
  }));
  const lines = shown(<Screen state={{ ...state, report: { ...state.report!, steps } }} />).split('\n');
  const bars = lines.filter((line) => line.includes('│')).map((line) => width(line.slice(0, line.indexOf('│'))));
  t.is(new Set(bars).size, 1);
});

test('Screen: escape sequences in names are harmless', async (t) => {
  const state = await walkOf('overlap', INVOICE);
  const steps = state.report!.steps.map((step) => ({ ...step, summary: 'a\u001B[2J\u001B]0;x\u0007b\rc', kubectl: 'kubectl \u001B[31mx' }));
  for (const at of [state, after(state, ...keys('enter')).state]) {
    const frame = shown(<Screen state={{ ...at, report: { ...at.report!, steps } }} />);
    t.false(frame.includes('\u001B') || frame.includes('\u0007') || frame.includes('\r'));
  }
});

test('Screen: says when it is too small', async (t) => {
  const state = await walkOf('overlap', INVOICE, terminal(79, 24));
  t.regex(shown(<Screen state={state} />), /79×24 is too small/);
});
