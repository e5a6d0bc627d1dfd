import test from 'ava';
import fc from 'fast-check';
import type { JsonRecord } from '../src/model/json.ts';
import { PodTableBuilder, eachPod, podName } from '../src/model/pod-table.ts';
import { TextList, Texts, listedTexts } from '../src/model/texts.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 90 }),
  fc.integer({ min: 0, max: 40 }).map((n) => `pod-${n}`),
);

test('equal texts have one number, and a number gives its text back', (t) => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 600 }), (words) => {
      const texts = new Texts();
      const numbers = words.map((word) => texts.numberOf(word));
      const distinct = [...new Set(words)];
      t.is(texts.size, distinct.length);
      t.deepEqual(
        numbers.map((number) => texts.text(number)),
        words,
      );
      t.deepEqual(
        distinct.map((word) => texts.find(word)),
        distinct.map((word) => numbers[words.indexOf(word)]),
      );
      t.is(texts.find('not among them, whatever comes'), undefined);
    }),
  );
});

test('texts that are not looked for stand beside those that are', (t) => {
  const texts = new Texts();
  const first = texts.numberOf('a');
  const appended = texts.appendText('a');
  t.not(appended, first);
  for (let i = 0; i < 2000; i++) texts.numberOf(`b${i}`);
  t.deepEqual([texts.text(appended), texts.find('a'), texts.find('b1999')], ['a', first, 2001]);
});

test('a list of texts is read back, whatever is in it', (t) => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 40 }), (words) => {
      const list = new TextList();
      for (const word of words) list.addText(word);
      t.deepEqual(listedTexts(list.bytes.subarray(0, list.length)), words);
    }),
  );
});

const pod = (namespace: string, name: string, ips: readonly string[], more: JsonRecord = {}): JsonRecord => ({
  metadata: { namespace, name, uid: `uid-${name}` },
  spec: { nodeName: 'node-1' },
  status: { phase: 'Running', podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) },
  ...more,
});

function tableOf(pods: readonly JsonRecord[]): PodTableBuilder {
  const builder = new PodTableBuilder();
  for (const each of pods) builder.add(each);
  return builder;
}

test('rows stand in the order of namespace and name, however they came', (t) => {
  const table = tableOf([pod('b', 'x', ['10.0.0.1']), pod('a', 'z', ['10.0.0.2']), pod('a', 'y', ['10.0.0.1'])]).table();
  t.deepEqual([...eachPod(table)].map(podName), ['a/y', 'a/z', 'b/x']);
  t.deepEqual([table.find('a', 'z'), table.find('b', 'x'), table.find('b', 'y')], [1, 2, undefined]);
  t.deepEqual([table.rowsAt('10.0.0.1'), table.rowsAt('10.0.0.9'), table.repeated()], [[0, 2], [], ['10.0.0.1']]);
});

test('a pod may have many addresses, and lose them', (t) => {
  const builder = tableOf([pod('a', 'y', ['10.0.0.1', 'fd00::1', '10.0.0.3', '10.0.0.4']), pod('a', 'z', ['10.0.0.4'])]);
  const before = builder.table();
  t.deepEqual(before.pod(0).ips, ['10.0.0.1', 'fd00::1', '10.0.0.3', '10.0.0.4']);
  t.deepEqual(before.repeated(), ['10.0.0.4']);
  builder.add(pod('a', 'y', ['10.0.0.1']));
  t.deepEqual([builder.table().pod(0).ips, builder.table().repeated()], [['10.0.0.1'], []]);
  builder.delete('a', 'y');
  t.deepEqual([builder.table().pod(0).ips, builder.table().pod(0).phase, builder.table().size], [[], 'Succeeded', 2]);
});

test('a table is the same one until a pod changes', (t) => {
  const builder = tableOf([pod('a', 'y', ['10.0.0.1'])]);
  const table = builder.table();
  builder.add(pod('a', 'y', ['10.0.0.1']));
  t.is(builder.table(), table);
  builder.add(pod('a', 'y', ['10.0.0.1'], { metadata: { namespace: 'a', name: 'y', uid: 'another' } }));
  t.not(builder.table(), table);
  t.is(builder.table().pod(0).uid, 'another');
  const changed = builder.table();
  builder.add(pod('a', 'z', []));
  t.not(builder.table(), changed);
});
