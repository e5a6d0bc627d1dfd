import test from 'ava';
import type { DiagnosisReport, ScanReport } from '../src/model/report.ts';
import { checkText } from '../src/report/check-text.ts';
import { paint } from '../src/report/layout.ts';
import { scanText } from '../src/report/scan-text.ts';
import { SCENARIOS, examineMaterial, materialOf } from './support/examine-capture.ts';

const OPTIONS = { paint: paint(false), columns: 120, wide: false };
const NOW = '2026-03-11T09:30:00Z';

test('one node is one node; events that tell of nothing were read all the same', async (t) => {
  const { objects, logs } = materialOf(`${SCENARIOS}/no-conflict/balancer-on-one-machine/capture`);
  const pulled = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'shop', name: 'web.1' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web' },
    reason: 'Pulled',
  };
  for (const [events, said] of [
    [[], 'No events were read'],
    [[pulled], 'No event tells of trouble'],
  ] as const) {
    const material = { objects: [...objects, ...events], logs };
    const check = checkText((await examineMaterial(material, 'check', NOW)) as DiagnosisReport, OPTIONS);
    t.regex(check, / · 1 node · /);
    t.true(check.includes(said), check);
    const scan = scanText((await examineMaterial(material, 'scan -A', NOW)) as ScanReport, OPTIONS);
    t.regex(scan, /among \d+ pods on 1 node \(/);
  }
});
