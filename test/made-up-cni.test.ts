import test from 'ava';
import { CNIS } from '../src/cni/index.ts';
import type { CniProfile } from '../src/cni/cni-profile.ts';
import { overlappingNodeRanges } from '../src/detections/overlapping-node-ranges.ts';
import { parseRange } from '../src/ip/range.ts';
import { POD_NETWORK } from '../src/model/facts.ts';
import { NODES, PODS } from '../src/model/resource.ts';
import { SnapshotBuilder } from '../src/model/reader.ts';
import { interpretWith } from '../src/understand.ts';

/** All that a CNI with one kind of range costs: a profile, and its line in the list. */
const tinynet: CniProfile = {
  id: 'tinynet',
  title: 'Tinynet',
  recognise: (facts) =>
    facts.nodes.some((node) => node.annotations['tinynet.example/range'] !== undefined)
      ? {
          id: 'tinynet',
          title: 'Tinynet',
          versions: [],
          confidence: 'medium',
          role: 'primary',
          ipam: 'tinynet',
          evidence: [],
          agents: [],
          since: undefined,
        }
      : undefined,
  interpret: (_recognition, facts) => ({
    addressing: 'node-range',
    nodeRanges: facts.nodes.flatMap((node) => {
      const range = parseRange(node.annotations['tinynet.example/range']);
      return range ? [{ range, node: node.name, network: POD_NETWORK, ref: `node/${node.name}`, source: 'tinynet.example/range' }] : [];
    }),
  }),
  signatures: [],
};

const node = (name: string, range: string): unknown => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: name, annotations: { 'tinynet.example/range': range } },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
});

test('a CNI with one kind of range costs one profile and one line', (t) => {
  const builder = new SnapshotBuilder();
  const list = { kind: 'list', essential: true, undecided: [] } as const;
  builder.answer({ ...list, resource: NODES }, [node('a', '10.9.0.0/24'), node('b', '10.9.0.0/25'), node('c', '10.9.1.0/24')]);
  builder.answer({ ...list, resource: PODS }, []);
  const facts = interpretWith(
    [...CNIS, tinynet],
    builder.snapshot({ kind: 'files', files: [], kubernetesVersion: undefined }, Date.parse('2026-01-01T00:00:00Z'), undefined),
  );
  t.deepEqual(
    facts.cnis.map((cni) => cni.id),
    ['tinynet'],
  );
  const found = [...overlappingNodeRanges.find(facts)];
  t.deepEqual(
    found.map((finding) => finding.nodes),
    [['a', 'b']],
  );
});
