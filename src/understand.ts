import { COMMON_SIGNATURES } from './cni/common-signatures.ts';
import type { CniProfile } from './cni/cni-profile.ts';
import { CNIS, FALLBACKS } from './cni/index.ts';
import { readBaseFacts } from './facts/index.ts';
import { missingOfPods } from './facts/missing-of-pods.ts';
import { readSignals, type SignatureSet } from './facts/signals.ts';
import { type BaseFacts, type ClusterFacts, type CniFacts, POD_NETWORK, type Recognition, type Signal, type Tri } from './model/facts.ts';
import type { PodTable } from './model/pod-table.ts';
import { gapsOf, type Snapshot } from './model/snapshot.ts';

const cache = new WeakMap<Snapshot, ClusterFacts>();
const lastOf = new WeakMap<PodTable, { readonly snapshot: Snapshot; readonly facts: ClusterFacts }>();

/** Everything a snapshot says, in the words of the model. Computed once for each snapshot, and once where two differ in what was confirmed only. */
export function understand(snapshot: Snapshot): ClusterFacts {
  const known = cache.get(snapshot);
  if (known) return known;
  const last = lastOf.get(snapshot.pods);
  const facts =
    last && saysTheSame(last.snapshot, snapshot)
      ? { ...last.facts, confirmed: snapshot.confirmed, gaps: [...last.facts.gaps, ...snapshot.gaps.slice(last.snapshot.gaps.length)] }
      : interpretWith(CNIS, snapshot);
  cache.set(snapshot, facts);
  lastOf.set(snapshot.pods, { snapshot, facts });
  return facts;
}

/** Whether two snapshots of the same pods differ in nothing but what was confirmed, or could not be. */
function saysTheSame(a: Snapshot, b: Snapshot): boolean {
  const same = <Value>(one: ReadonlyMap<string, Value>, other: ReadonlyMap<string, Value>): boolean =>
    one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
  return (
    a.now === b.now &&
    a.served === b.served &&
    JSON.stringify(a.source) === JSON.stringify(b.source) &&
    same(a.answers, b.answers) &&
    same(a.logs, b.logs) &&
    a.gaps.every((gap, i) => gap === b.gaps[i]) &&
    b.gaps.slice(a.gaps.length).every((gap) => !gap.essential && gap.blocks.length === 0)
  );
}

/** The same with a list of CNIs of one's own: what a new profile has to pass. */
export function interpretWith(profiles: readonly CniProfile[], snapshot: Snapshot): ClusterFacts {
  const base = readBaseFacts(snapshot);
  return withCnis(base, recogniseCnis(profiles, base), [...profiles, ...FALLBACKS], snapshot);
}

/** The CNIs of a cluster. Where none is seen to hand out addresses, the pods' own addresses may still show how they got them. */
function recogniseCnis(known: readonly CniProfile[], base: BaseFacts): Recognition[] {
  const seen = known.map((profile) => profile.recognise(base)).filter((found) => found !== undefined);
  if (seen.some((recognition) => recognition.role === 'primary')) return seen;
  const fallback = FALLBACKS.map((profile) => profile.recognise(base)).find((found) => found !== undefined);
  return fallback ? [...seen, fallback] : seen;
}

function withCnis(base: BaseFacts, cnis: readonly Recognition[], all: readonly CniProfile[], snapshot: Snapshot): ClusterFacts {
  const profiles = cnis.flatMap((recognition) => {
    const profile = all.find((candidate) => candidate.id === recognition.id)!;
    return [{ recognition, profile, facts: recognition.role === 'leftover' ? {} : (profile.interpret?.(recognition, base) ?? {}) }];
  });
  const merged = <Key extends keyof CniFacts>(key: Key): NonNullable<CniFacts[Key]> extends readonly (infer Item)[] ? Item[] : never =>
    profiles.flatMap(({ facts }) => (facts[key] as readonly unknown[] | undefined) ?? []) as never;
  const signatureSets: SignatureSet[] = [
    ...profiles.map(({ profile }) => ({ cni: profile.id, signatures: profile.signatures })),
    { cni: 'kubernetes', signatures: COMMON_SIGNATURES },
  ];
  const complaints: Signal[] = profiles.flatMap(({ profile, facts }) =>
    (facts.complaints ?? []).map((complaint) => ({
      means: complaint.means,
      cni: profile.id,
      severity: 'error',
      node: complaint.node,
      pod: undefined,
      addresses: [],
      ranges: [],
      nodesNamed: complaint.node === undefined ? [] : [complaint.node],
      podsNamed: [],
      at: undefined,
      count: 1,
      evidence: complaint.evidence,
      knowledge: profile.title,
    })),
  );
  const scopes = profiles.map(({ facts }) => facts.podNetwork).filter((scope) => scope !== undefined);
  const marks = profiles.map(({ facts }) => facts.plumbed).filter((mark) => mark !== undefined);
  return {
    ...base,
    cnis,
    addressing:
      profiles.find(({ recognition, facts }) => recognition.role === 'primary' && (facts.addressing ?? 'unknown') !== 'unknown')?.facts
        .addressing ?? 'unknown',
    nodeRanges: merged('nodeRanges'),
    rangeNotAskedFor: merged('rangeNotAskedFor'),
    pools: merged('pools'),
    blocks: merged('blocks'),
    allocations: merged('allocations'),
    recordedNetworks: merged('recordedNetworks'),
    infrastructure: profiles.flatMap(({ profile, facts }) => (facts.infrastructure ?? []).map((entry) => ({ ...entry, cni: profile.id }))),
    identities: merged('identities'),
    staticRequests: merged('staticRequests'),
    attachments: merged('attachments'),
    networks: merged('networks'),
    stores: merged('stores'),
    clusterRanges: [...base.clusterRanges, ...merged('clusterRanges')],
    signals: [...readSignals(base, snapshot.logs.values(), signatureSets), ...complaints],
    gaps: [...gapsOf(snapshot), ...missingOfPods(base, snapshot), ...merged('gaps')],
    confirmed: snapshot.confirmed,
    basis: base,
    offline: snapshot.source.kind === 'files',
    podNetwork: (row) => {
      for (let i = 0; i < scopes.length; i++) {
        const network = scopes[i]!(row);
        if (network !== POD_NETWORK) return network;
      }
      return POD_NETWORK;
    },
    plumbed: (row) =>
      marks
        .map((mark) => mark(row))
        .reduce<Tri>((best, mark) => (best === 'yes' || mark === 'yes' ? 'yes' : mark === 'no' ? 'no' : best), 'unknown'),
    rowsAt: base.pods.rowsAt,
    repeated: base.pods.repeated(),
  };
}
