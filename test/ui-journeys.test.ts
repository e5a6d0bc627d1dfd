import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ava, { type ExecutionContext } from 'ava';
import { FakeServer } from './walk/server.ts';
import { hasTmux, inTerminal, type Options, PROGRAM, type Terminal } from './walk/terminal.ts';

// A machine may have npm and nothing else; where everything must hold, a missing tmux is a failure.
const test = hasTmux() || process.env['CI'] !== undefined ? ava : ava.skip;
if (test === ava.skip) process.stderr.write('The journeys through the walk are left out: they need tmux.\n');

const capture = (name: string): string => path.resolve('test/walk/captures', name);
const OVERLAP = ['check', '-f', capture('overlap'), 'billing/invoice-7'];
const SEVERAL = ['check', '-f', capture('several')];
const HEALTHY = ['check', '-f', capture('healthy')];

const journey =
  (words: readonly string[], options: Options, walk: (t: ExecutionContext, terminal: Terminal) => Promise<void>) =>
  async (t: ExecutionContext): Promise<void> => {
    t.timeout(240_000);
    await inTerminal(words, options, (terminal) => walk(t, terminal));
  };

/** A walk on a cluster that answers, until it does not. */
const onServer =
  (
    capture: string,
    words: readonly string[],
    options: Options,
    walk: (t: ExecutionContext, terminal: Terminal, server: FakeServer) => Promise<void>,
    prepare?: (server: FakeServer) => void,
  ) =>
  async (t: ExecutionContext): Promise<void> => {
    t.timeout(240_000);
    const server = new FakeServer(capture);
    prepare?.(server);
    const config = await server.start();
    try {
      await inTerminal(['check', '--kubeconfig', config, ...words], options, (terminal) => walk(t, terminal, server));
    } finally {
      server.stop();
    }
  };

test(
  'straight to the verdict, which stays on the screen',
  journey(OVERLAP, {}, async (t, terminal) => {
    await terminal.until('= verdict');
    t.true(terminal.onSecondScreen());
    terminal.press('a');
    const screen = await terminal.until('VERDICT');
    t.regex(screen, /node-cidr-overlap +certain/);
    t.regex(screen, /owner +intruder/);
    terminal.press('q');
    t.is(await terminal.ended(), 1);
    t.true(terminal.isRestored());
    t.regex(terminal.everything(), /VERDICT .*\(node-cidr-overlap\)[\s\S]*kubectl cordon node-b/);
  }),
);

test(
  'a key pressed before anything was read waits for the verdict',
  journey(OVERLAP, {}, async (t, terminal) => {
    await terminal.until('PLAYBOOK');
    terminal.press('a');
    t.regex(await terminal.until('VERDICT'), /node-cidr-overlap/);
  }),
);

test(
  'by the questions: accept, override, undo',
  journey(OVERLAP, { columns: 120, rows: 36 }, async (t, terminal) => {
    await terminal.until('= verdict');
    for (let step = 0; step < 6; step++) terminal.press('Enter');
    await terminal.until('Do events show that pods cannot get an address?');
    terminal.press('Enter', 'Enter', 'Enter', 'Enter');
    await terminal.until(/enter +yes +→ the verdict: node-cidr-overlap \(certain\)/);
    await terminal.until(/n +no +→ verdict would become/);
    terminal.press('n');
    await terminal.until('your answer: no');
    await terminal.until(/no \(yours\)/);
    terminal.press('a');
    t.regex(await terminal.until('VERDICT'), /cidrs-overlap: no, not yes|rests on answers/);
    terminal.press('z');
    t.regex(await terminal.until('taken back'), /verdict +node-cidr-overlap/);
    terminal.press('q');
    t.is(await terminal.ended(), 1);
  }),
);

test('an answer of the operator stands in what is saved', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipconflict-save-'));
  t.timeout(240_000);
  try {
    await inTerminal(OVERLAP, { columns: 120, rows: 36, cwd: folder }, async (terminal) => {
      await terminal.until('= verdict');
      terminal.press('a');
      await terminal.until('VERDICT');
      terminal.press('Left');
      await terminal.until('Do ranges overlap');
      terminal.press('u');
      await terminal.until('your answer: unknown');
      for (const key of ['j', 'm']) {
        terminal.press('s');
        await terminal.until('save the report as');
        terminal.press(key);
        await terminal.until('saved to ipconflict-billing-invoice-7');
      }
      terminal.press('q');
      t.is(await terminal.ended(), 1);
      const files = readdirSync(folder).toSorted();
      t.deepEqual(
        files.map((file) => path.extname(file)),
        ['.json', '.md'],
      );
      const report = JSON.parse(readFileSync(path.join(folder, files[0]!), 'utf8')) as {
        trail: { question: string; by: string; answer: string }[];
      };
      t.like(
        report.trail.find((entry) => entry.question === 'cidrs-overlap'),
        { by: 'operator', answer: 'unknown' },
      );
      t.regex(readFileSync(path.join(folder, files[1]!), 'utf8'), /the operator’s answer, not yes/);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test(
  'no subject and several conflicts: a list, filtered as one types',
  journey(SEVERAL, {}, async (t, terminal) => {
    const list = await terminal.until('What is to be checked?');
    t.regex(list, /duplicate-pod-ip +10\.42\.0\.5/);
    terminal.press('2', '.', '9');
    const filtered = await terminal.until(/filter: 2\.9/);
    t.notRegex(filtered, /10\.42\.0\.5 /);
    terminal.press('Enter');
    await terminal.until('check shop/web-2');
    await terminal.until('= verdict');
    terminal.press('q');
    t.is(await terminal.ended(), 1);
  }),
);

test(
  'no subject and one conflict: it is opened',
  journey(['check', '-f', capture('overlap')], {}, async (t, terminal) => {
    t.regex(await terminal.until('one conflict:'), /verdict +certain/);
    terminal.press('C-c');
    t.is(await terminal.ended(), 1);
    t.true(terminal.isRestored());
  }),
);

test(
  'a healthy cluster says so and offers a pod',
  journey(HEALTHY, {}, async (t, terminal) => {
    const screen = await terminal.until('nothing is wrong; p checks a pod anyway');
    t.regex(screen, /no-conflict +certain/);
    terminal.press('p');
    await terminal.until('What is to be checked?');
    terminal.press('c', 'a', 'r', 't', '-', '2', 'Enter');
    await terminal.until('check shop/cart-2');
    terminal.press('q');
    t.is(await terminal.ended(), 0);
  }),
);

test(
  'resized in the middle, nothing is garbled',
  journey(OVERLAP, { columns: 120, rows: 36 }, async (t, terminal) => {
    await terminal.until('= verdict');
    terminal.press('a');
    await terminal.until('VERDICT');
    for (const [columns, rows] of [
      [90, 30],
      [80, 24],
      [140, 40],
      [200, 60],
    ] as const) {
      terminal.resize(columns, rows);
      const screen = await terminal.until((now) => {
        const lines = now.trimEnd().split('\n');
        return lines.length === rows && lines[0]!.startsWith(' check') && lines[1] === '─'.repeat(columns);
      });
      const lines = screen.trimEnd().split('\n');
      t.is(lines.filter((line) => line.startsWith(' check billing/invoice-7')).length, 1, `${columns}×${rows}\n${screen}`);
      t.is(lines.length, rows);
      t.is(screen.match(/PLAYBOOK/g)?.length ?? 0, columns >= 100 ? 1 : 0);
    }
    terminal.resize(60, 20);
    await terminal.until('60×20 is too small');
    terminal.press('q');
    t.is(await terminal.ended(), 1);
    t.true(terminal.isRestored());
  }),
);

test(
  '80×24: one pane, tab between list and detail',
  journey(OVERLAP, {}, async (t, terminal) => {
    await terminal.until('= verdict');
    terminal.press('Tab');
    t.notRegex(await terminal.until('1  Describe the pod'), /PLAYBOOK/);
    terminal.press('Tab');
    const list = await terminal.until('PLAYBOOK');
    t.true(list.split('\n').every((line) => line.length <= 80));
  }),
);

test(
  'too small a terminal gets the plain report',
  journey(OVERLAP, { columns: 79, rows: 24 }, async (t, terminal) => {
    t.is(await terminal.ended(), 1);
    t.regex(terminal.everything(), /the walk needs 80×24[\s\S]*1\/6 Describe the pod/);
  }),
);

test(
  'NO_COLOR: marks, and no colours',
  journey(OVERLAP, { env: { NO_COLOR: '1' } }, async (t, terminal) => {
    await terminal.until('= verdict');
    terminal.press('a');
    await terminal.until('VERDICT');
    t.false(terminal.screen(true).includes('\u001B['));
  }),
);

test(
  'colours otherwise',
  journey(OVERLAP, {}, async (t, terminal) => {
    await terminal.until('= verdict');
    t.regex(terminal.screen(true).replaceAll('\u001B', '^'), /\^\[[\d;]*3\dm/);
  }),
);

test(
  'a locale that is not UTF-8 gets ASCII',
  journey(OVERLAP, { env: { LANG: 'C', LC_ALL: 'C' } }, async (t, terminal) => {
    const screen = await terminal.until('= verdict');
    t.is(screen, screen.replaceAll(/[^ -~\n]/g, '#'));
  }),
);

for (const env of [{ CI: 'true' }, { TERM: 'dumb' }, { INK_SCREEN_READER: 'true' }]) {
  test(
    `with ${Object.keys(env)[0]} the report is text`,
    journey(OVERLAP, { env }, async (t, terminal) => {
      t.is(await terminal.ended(), 1);
      t.regex(terminal.everything(), /6\/6 Pod CIDRs of the cluster/);
    }),
  );
}

test(
  'with --plain the report is text',
  journey([...OVERLAP, '--plain'], {}, async (t, terminal) => {
    t.is(await terminal.ended(), 1);
    t.regex(terminal.everything(), /6\/6 Pod CIDRs of the cluster/);
  }),
);

for (const [stage, words, before, code] of [
  ['a step', OVERLAP, ['Enter', 'Enter'], 1],
  ['a question', OVERLAP, ['a', 'Left'], 1],
  ['an object', OVERLAP, ['Enter', 'v'], 1],
  ['help', OVERLAP, ['?'], 1],
  ['the search', OVERLAP, ['/', 'x'], 1],
  ['a healthy cluster', [...HEALTHY, 'shop/cart-1'], ['a'], 0],
] as const) {
  test(
    `Ctrl-C at ${stage} leaves the terminal as it was, with the code of the verdict`,
    journey(words, {}, async (t, terminal) => {
      await terminal.until('= verdict');
      terminal.press(...before);
      terminal.press('C-c');
      t.is(await terminal.ended(), code);
      t.true(terminal.isRestored());
    }),
  );
}

test(
  'Ctrl-C in the list of conflicts',
  journey(SEVERAL, {}, async (t, terminal) => {
    await terminal.until('What is to be checked?');
    terminal.press('C-c');
    t.is(await terminal.ended(), 1);
    t.true(terminal.isRestored());
  }),
);

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(
    `${signal} leaves the terminal as it was`,
    journey(OVERLAP, {}, async (t, terminal) => {
      await terminal.until('= verdict');
      process.kill(terminal.pid(), signal);
      t.is(await terminal.ended(), code);
      t.true(terminal.isRestored());
    }),
  );
}

test(
  'a subject that does not exist ends the walk with what is near',
  journey(['check', '-f', capture('overlap'), 'billing/invoice-8'], {}, async (t, terminal) => {
    t.is(await terminal.ended(), 2);
    t.true(terminal.isRestored());
    t.regex(terminal.everything(), /There is no pod billing\/invoice-8[\s\S]*billing\/invoice-7/);
  }),
);

test('the whole object in $PAGER, and back', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipconflict-pager-'));
  writeFileSync(path.join(folder, 'pager'), '#!/bin/sh\nhead -3 "$1"; echo PAGER; read x\n', { mode: 0o755 });
  t.timeout(240_000);
  try {
    await inTerminal(OVERLAP, { env: { PAGER: path.join(folder, 'pager') } }, async (terminal) => {
      await terminal.until('= verdict');
      terminal.press('Enter', 'o');
      await terminal.until('PAGER');
      terminal.press('Enter');
      await terminal.until('1  Describe the pod');
      terminal.press('q');
      t.is(await terminal.ended(), 1);
      t.true(terminal.isRestored());
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a long log scrolls and is searched without lag', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipconflict-log-'));
  execFileSync('cp', ['-r', capture('overlap'), path.join(folder, 'capture')]);
  const logs = path.join(folder, 'capture/logs/kube-flannel/kube-flannel-ds-1x');
  execFileSync('mkdir', ['-p', logs]);
  const lines = Array.from(
    { length: 5_000 },
    (_, i) =>
      `2026-01-12T09:${String(Math.floor(i / 100)).padStart(2, '0')}:00Z I0112 line ${i} ${i === 4_321 ? 'needle' : 'hay'} \u001B[31mred`,
  );
  lines[100] =
    '2026-01-12T09:01:00Z E0112 main.go:300] Failed to create SubnetManager: subnet "10.42.0.0/24" specified in the flannel net config doesn\'t contain "10.42.7.0/24" PodCIDR of the "node-b" node';
  writeFileSync(path.join(logs, 'kube-flannel.log'), lines.join('\n'));
  t.timeout(240_000);
  try {
    await inTerminal(['check', '-f', path.join(folder, 'capture'), 'billing/invoice-7'], { columns: 120, rows: 36 }, async (terminal) => {
      await terminal.until('= verdict');
      terminal.press('g', 'j', 'j', 'j', 'j');
      await terminal.until('5  CNI logs');
      terminal.press('v');
      await terminal.until('line 1 of');
      terminal.press('G');
      await terminal.until(/line 5\d\d\d of 5\d\d\d/);
      terminal.press('/', 'n', 'e', 'e', 'd', 'l', 'e', 'Enter');
      t.regex(await terminal.until('line 4321 needle'), /needle red/);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test(
  'a slow server: the steps stand there at once, and fill as answers arrive',
  onServer(
    'overlap',
    ['billing/invoice-7'],
    {},
    async (t, terminal) => {
      const first = await terminal.until('PLAYBOOK');
      t.regex(first, /reading/);
      const partly = await terminal.until(/✓ 2 Its events/);
      t.notRegex(partly, /✓ 6|! 6|verdict +certain/);
      t.regex(await terminal.until(/verdict +certain/), /prod-eu/);
      terminal.press('q');
      t.is(await terminal.ended(), 1);
    },
    (server) => server.delays.set('services', 2_500),
  ),
);

test(
  'left before anything was read: no verdict, and not clean',
  onServer(
    'healthy',
    [],
    {},
    async (t, terminal) => {
      await terminal.until('PLAYBOOK');
      terminal.press('q');
      t.is(await terminal.ended(), 3);
      t.true(terminal.isRestored());
      t.regex(terminal.everything(), /there is no verdict/);
    },
    (server) => server.delays.set('pods', 20_000),
  ),
);

test(
  'Ctrl-C before anything was read',
  onServer(
    'healthy',
    [],
    {},
    async (t, terminal) => {
      await terminal.until('PLAYBOOK');
      terminal.press('C-c');
      t.is(await terminal.ended(), 130);
      t.true(terminal.isRestored());
    },
    (server) => server.delays.set('pods', 20_000),
  ),
);

test(
  'the server dies in mid-walk: what was read stays, r tries again and shows what changed',
  onServer('overlap', ['billing/invoice-7'], { columns: 120, rows: 36 }, async (t, terminal, server) => {
    await terminal.until(/verdict +node-cidr-overlap/);
    server.dead = true;
    terminal.press('r');
    await terminal.until(/not read again|could not be read|gap/, 60_000);
    t.regex(await terminal.until('check billing/invoice-7'), /node-cidr-overlap/);
    server.dead = false;
    server.remove('billing', 'invoice-7');
    await terminal.until((screen) => !screen.includes('reading'), 60_000);
    terminal.press('r');
    await terminal.until('10.42.0.5: no longer held twice', 60_000);
    terminal.press('q');
    await terminal.ended();
    t.true(terminal.isRestored());
  }),
);

test(
  'w waits until it is cured',
  onServer('overlap', ['billing/invoice-7'], { columns: 120, rows: 36 }, async (t, terminal, server) => {
    await terminal.until(/verdict +node-cidr-overlap/);
    terminal.press('a', 'w');
    await terminal.until('waiting');
    server.remove('billing', 'invoice-7');
    server.objects = server.objects.filter((object) => object.metadata.name !== 'node-b');
    t.regex(await terminal.until('cured: what'), /no longer held twice/);
    terminal.press('q');
    t.is(await terminal.ended(), 0);
  }),
);

test('a credential plugin asks before the walk takes the terminal', async (t) => {
  t.timeout(240_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'ipconflict-plugin-'));
  const plugin = path.join(folder, 'plugin');
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 't' } };
  writeFileSync(plugin, `#!/bin/sh\nprintf 'Your PIN: ' >&2\nread pin\necho '${JSON.stringify(credential)}'\n`, { mode: 0o755 });
  const server = new FakeServer('healthy');
  const config = await server.start(
    `{exec: {apiVersion: client.authentication.k8s.io/v1, command: '${plugin}', interactiveMode: IfAvailable}}`,
  );
  try {
    await inTerminal(['check', '--kubeconfig', config, 'shop/cart-1'], {}, async (terminal) => {
      await terminal.until('Your PIN:');
      t.false(terminal.onSecondScreen());
      terminal.press('1234', 'Enter');
      await terminal.until(/verdict +certain/);
      terminal.press('q');
      t.is(await terminal.ended(), 0);
    });
  } finally {
    server.stop();
    rmSync(folder, { recursive: true });
  }
});

test('Ctrl-Z to the shell, fg back', async (t) => {
  t.timeout(240_000);
  await inTerminal([], { shell: true }, async (terminal) => {
    await terminal.until('bash-');
    terminal.press(`${PROGRAM} ${OVERLAP.join(' ')}`, 'Enter');
    await terminal.until('= verdict');
    terminal.press('C-z');
    await terminal.until('Stopped');
    t.false(terminal.onSecondScreen());
    terminal.press('fg', 'Enter');
    await terminal.until('= verdict');
    t.true(terminal.onSecondScreen());
    terminal.press('a');
    await terminal.until('VERDICT');
    terminal.press('q');
    await terminal.until('kubectl ipconflict ip 10.42.0.5');
    terminal.press('exit', 'Enter');
    t.is(await terminal.ended(), 1);
    t.true(terminal.isRestored());
  });
});

test(
  'a closed window ends the program',
  journey(OVERLAP, {}, async (t, terminal) => {
    await terminal.until('= verdict');
    const pid = terminal.pid();
    terminal.closeWindow();
    const isThere = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    for (let waited = 0; waited < 5_000 && isThere(); waited += 50) await new Promise((later) => setTimeout(later, 50));
    t.false(isThere());
  }),
);

const INCIDENTS = path.resolve('../shared/incidents');
(existsSync(INCIDENTS) ? test : ava.skip)('every shared incident: the walk comes to the cause that -o json states', async (t) => {
  t.timeout(240_000);
  const queue = readdirSync(INCIDENTS)
    .filter((id) => existsSync(path.join(INCIDENTS, id, 'expect.json')))
    .map((id) => [id, (JSON.parse(readFileSync(path.join(INCIDENTS, id, 'expect.json'), 'utf8')) as { command: string }).command] as const)
    .filter(([, command]) => command.startsWith('check '))
    .values();
  const worker = async (): Promise<void> => {
    for (const [id, command] of queue) {
      const words = [...command.split(' '), '-f', path.join(INCIDENTS, id, 'capture')];
      const { stdout } = spawnSync(PROGRAM, [...words, '-o', 'json'], { encoding: 'utf8', maxBuffer: 1e9 });
      const { verdict, exitCode } = JSON.parse(stdout) as { verdict: { cause: string; confidence: string }; exitCode: number };
      await inTerminal(words, {}, async (terminal) => {
        await terminal.until('PLAYBOOK');
        terminal.press('a');
        const screen = await terminal.until('VERDICT');
        t.regex(screen, new RegExp(`^.? +${verdict.cause} +${verdict.confidence}`, 'm'), id);
        terminal.press('q');
        t.is(await terminal.ended(), exitCode, id);
        t.true(terminal.everything().includes(`(${verdict.cause})`), id);
      });
    }
  };
  await Promise.all([worker(), worker()]);
});
