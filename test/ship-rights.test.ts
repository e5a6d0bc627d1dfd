import { readFileSync, readdirSync } from 'node:fs';
import test from 'ava';
import { gather } from '../src/cli/gather.ts';
import { openFiles } from '../src/files/reader.ts';
import type { Need } from '../src/model/need.ts';
import { eachPod } from '../src/model/pod-table.ts';
import { resourceKey } from '../src/model/resource.ts';
import { type Right, rightsFor, rulesOf } from '../src/rights.ts';
import { casesIn, SCENARIOS } from './support/examine-capture.ts';

const RIGHTS = rightsFor({ logs: true });

const allows = (right: Right, need: Need): boolean =>
  need.kind === 'log'
    ? right.resource === 'pods/log'
    : right.kind === resourceKey(need.resource) &&
      right.resource === need.resource.plural &&
      (need.name === undefined
        ? right.verb === 'list' && right.names.length === 0
        : right.verb === 'get' && (right.names.length === 0 || right.names.includes(need.name))) &&
      (right.namespace === undefined || right.namespace === need.namespace);

test('whatever any scenario makes the program ask for is among the rights', async (t) => {
  const beyond = new Set<string>();
  for (const { folder } of casesIn(SCENARIOS)) {
    const reader = await openFiles([`${folder}/capture`]);
    const read: typeof reader.read = (needs, into) => {
      for (const need of needs)
        if (!RIGHTS.some((right) => allows(right, need)))
          beyond.add(need.kind === 'log' ? 'log' : `${resourceKey(need.resource)} ${need.name ?? ''} ${need.namespace ?? ''}`);
      return reader.read(needs, into);
    };
    const snapshot = await gather({ reader: { ...reader, read }, purpose: { depth: 'everything' }, now: reader.now, confirm: false });
    const pod = [...eachPod(snapshot.pods)][0];
    if (pod === undefined) continue;
    const subject = { kind: 'Pod', namespace: pod.namespace, name: pod.name } as const;
    await gather({ reader: { ...reader, read }, purpose: { depth: 'check', subject }, now: reader.now, confirm: false });
  }
  t.deepEqual([...beyond], []);
});

test('every custom resource that a CNI declares is among the rights', (t) => {
  const declared = readdirSync('src/cni').flatMap((file) => [
    ...readFileSync(`src/cni/${file}`, 'utf8').matchAll(/(?:custom|kind|native)\(\s*(?:STORE,\s*|'([\w.]+)',\s*)?'(\w+)',\s*'([\w-]+)'/g),
  ]);
  t.true(declared.length > 15);
  const unnamed = declared
    .filter(([, , , plural]) => !RIGHTS.some((right) => right.resource === plural))
    .map(([, group, kind]) => `${group} ${kind}`);
  t.deepEqual(unnamed, []);
});

test('only get and list, no Secrets, nothing of everything', (t) => {
  for (const rule of rulesOf(RIGHTS)) {
    t.deepEqual(
      rule.verbs.filter((verb) => verb !== 'get' && verb !== 'list'),
      [],
    );
    t.false([...rule.resources, ...rule.apiGroups].some((name) => name === '*' || name === 'secrets'));
    if (rule.resources.includes('configmaps')) t.true((rule.resourceNames ?? []).length > 0, 'ConfigMaps by name alone');
  }
});

test('without logs, of one CNI, in one namespace', (t) => {
  const has = (rights: readonly Right[], resource: string): boolean => rights.some((right) => right.resource === resource);
  t.true(has(RIGHTS, 'pods/log'));
  t.false(has(rightsFor({ logs: false }), 'pods/log'));
  const calico = rightsFor({ logs: true, cnis: ['calico'] });
  t.true(has(calico, 'ipamblocks') && has(calico, 'nodes'));
  t.false(has(calico, 'ciliumnodes'));
  const inShop = rightsFor({ logs: true, namespace: 'shop' });
  t.deepEqual([...new Set(inShop.map((right) => right.namespace))], ['shop']);
  t.deepEqual(
    rulesOf(inShop)
      .flatMap((rule) => rule.resources)
      .toSorted(),
    ['events', 'pods', 'pods/log'],
  );
});
