import type { ClusterFacts } from '../model/facts.ts';
import type { Evidence, Finding } from '../model/finding.ts';
import type { Answer, CauseId, Certainty, QuestionId, Subject, TrailEntry, Verdict } from '../model/report.ts';
import { canonicalAddress } from '../ip/address.ts';
import { CAUSES } from './causes/index.ts';
import { type CauseCase, type CauseRule, type Investigation, isAbout, isCase, isNear, proof, type RuledOut } from './investigation.ts';
import { knownBug } from './known-bugs.ts';
import { type Question, questionFor, type Reply, TREE } from './tree.ts';

/** Answers that an operator gives instead of the evidence. */
export type Overrides = Partial<Readonly<Record<QuestionId, Answer>>>;

export type Diagnosis = { readonly trail: readonly TrailEntry[]; readonly verdict: Verdict };

type Candidate = { readonly rule: CauseRule; readonly found: CauseCase };

/** Causes that are mostly effects of others: they win only where nothing else fits. */
const EFFECTS: ReadonlySet<CauseId> = new Set(['cni-agent-unhealthy', 'ip-pool-exhausted', 'allocation-race']);
const RANK: Record<Certainty, number> = { certain: 0, likely: 1, possible: 2 };

/** Facts and findings → the walk through the tree and its verdict. The same input gives the same answer, whatever its order. */
export function diagnose(facts: ClusterFacts, findings: readonly Finding[], subject: Subject, overrides: Overrides = {}): Diagnosis {
  const investigation = investigate(facts, findings, subject);
  const weighed = CAUSES.map((rule) => ({ rule, result: rule.weigh(investigation) }));
  const candidates = weighed.flatMap(({ rule, result }): Candidate[] => (isCase(result) ? [{ rule, found: result }] : []));
  const notThese = weighed.flatMap(({ rule, result }) =>
    result !== undefined && !isCase(result) ? [{ cause: rule.id, because: (result as RuledOut).not }] : [],
  );
  const allowed = applyOverrides(candidates, overrides);
  const best = rank(investigation, allowed)[0];
  const trail = walk(investigation, best?.rule.id, overrides);
  return { trail, verdict: conclude(investigation, allowed, best, notThese, trail, overrides) };
}

/** What belongs to the subject: its pods, nodes and addresses. */
function investigate(facts: ClusterFacts, findings: readonly Finding[], subject: Subject): Investigation {
  const row = subject.kind === 'Pod' ? facts.pods.find(subject.namespace, subject.name) : undefined;
  const pod = row === undefined ? undefined : facts.pods.pod(row);
  const nodes = new Set<string>();
  const addresses = new Set<string>();
  const pods = new Set<string>();
  if (subject.kind === 'Pod') pods.add(`${subject.namespace}/${subject.name}`);
  if (pod) {
    if (pod.node) nodes.add(pod.node);
    for (const address of pod.ips) addresses.add(address);
    for (const attachment of facts.attachments) if (attachment.row === pod.row) addresses.add(attachment.address);
  }
  if (subject.kind === 'Node') nodes.add(subject.name);
  if (subject.kind === 'Address') {
    addresses.add(canonicalAddress(subject.address) ?? subject.address);
    for (const holder of facts.rowsAt(subject.address)) nodes.add(facts.pods.pod(holder).node);
  }
  if (subject.kind === 'Service') {
    const service = facts.services.find((candidate) => candidate.namespace === subject.namespace && candidate.name === subject.name);
    for (const address of [...(service?.clusterIPs ?? []), ...(service?.externalIPs ?? []), ...(service?.loadBalancerIPs ?? [])])
      addresses.add(address);
    for (const endpoint of facts.endpoints)
      if (endpoint.namespace === subject.namespace && endpoint.service === subject.name) addresses.add(endpoint.address);
  }
  return { facts, findings, subject, pod, focus: { nodes, addresses, pods } };
}

/** A `yes` leaves only the causes that the question settles, a `no` or `unknown` takes them away. */
function applyOverrides(candidates: readonly Candidate[], overrides: Overrides): Candidate[] {
  let left = [...candidates];
  for (const question of TREE) {
    const answer = overrides[question.id];
    if (answer === undefined || question.settles.length === 0) continue;
    const settled = (candidate: Candidate): boolean => question.settles.includes(candidate.rule.id);
    if (answer !== 'yes') left = left.filter((candidate) => !settled(candidate));
    // "Held twice" may have any cause: there a yes only rules out that nothing is wrong.
    else if (question.id === 'duplicates-confirmed') left = left.filter((candidate) => candidate.rule.id !== 'benign-sharing');
    else return left.some(settled) ? left.filter(settled) : [assumed(question)];
  }
  return left;
}

/** A cause for which only the operator’s word speaks. */
function assumed(question: Question): Candidate {
  const rule = CAUSES.find((candidate) => candidate.id === question.settles[0])!;
  return {
    rule,
    found: {
      confidence: 'possible',
      summary: `${rule.explains.title}: so the operator says; the evidence that was read does not show it.`,
      decisive: [operatorEvidence(question, 'yes')],
      explains: [],
    },
  };
}

/** One sentence once: a kubelet and a kube-proxy that start together write the same event. */
const distinct = (evidence: readonly Evidence[]): Evidence[] => [
  ...new Map(evidence.map((each) => [`${each.at}|${each.text}`, each])).values(),
];

const operatorEvidence = (question: Question, answer: Answer): Evidence => ({
  source: 'operator',
  ref: question.id,
  text: `the operator answered ${answer} to “${question.asks}”`,
});

/** Best first: causes that explain what was asked about, then by certainty, then in the order of CAUSES. */
function rank(investigation: Investigation, candidates: readonly Candidate[]): Candidate[] {
  const about = (candidate: Candidate): number => {
    const explained = candidate.found.explains.filter((finding) => finding.severity !== 'info');
    if (explained.some((finding) => isAbout(investigation, finding) && finding.severity === 'error')) return 0;
    if (explained.some((finding) => isAbout(investigation, finding))) return 1;
    if (isOnPodNetwork(investigation) && explained.some((finding) => isNear(investigation, finding))) return 2;
    // Of a node one does not ask because of an address.
    if (candidate.rule.id === 'benign-sharing') return investigation.subject.kind === 'Node' ? 6 : 3;
    return explained.some((finding) => isNear(investigation, finding)) || candidate.found.explains.length === 0 ? 4 : 5;
  };
  const worst = (candidate: Candidate): number => (candidate.found.explains.some((finding) => finding.severity === 'error') ? 0 : 1);
  const certainty = (candidate: Candidate): number => RANK[candidate.found.confidence] + (EFFECTS.has(candidate.rule.id) ? 1.5 : 0);
  const place = (candidate: Candidate): number => CAUSES.indexOf(candidate.rule);
  // A mere possibility about somewhere else is no diagnosis.
  const real = candidates.filter(
    (candidate) =>
      candidate.found.confidence !== 'possible' ||
      about(candidate) <= 1 ||
      candidate.rule.id === 'benign-sharing' ||
      worst(candidate) === 0,
  );
  return real.toSorted((a, b) => about(a) - about(b) || worst(a) - worst(b) || certainty(a) - certainty(b) || place(a) - place(b));
}

/** Who is on the host network, or has ended, has no part in what befalls the pod network around him. */
const isOnPodNetwork = ({ pod }: Investigation): boolean =>
  pod === undefined || (!pod.hostNetwork && pod.phase !== 'Succeeded' && pod.phase !== 'Failed');

/** Question by question, as far as the winning cause leads. */
function walk(investigation: Investigation, cause: CauseId | undefined, overrides: Overrides): TrailEntry[] {
  const settles = cause === undefined ? undefined : questionFor(cause);
  const trail: TrailEntry[] = [];
  let next: QuestionId | 'verdict' = TREE[0]!.id;
  while (next !== 'verdict') {
    const question = TREE.find((candidate) => candidate.id === next)!;
    const seen = settleReply(question, question.look(investigation), cause, settles);
    const override = overrides[question.id];
    const answer = override ?? seen.answer;
    trail.push({
      question: question.id,
      asks: question.asks,
      answer,
      because: override === undefined ? seen.because : `so the operator says; the evidence says ${seen.answer}: ${seen.because}`,
      evidence: seen.evidence,
      by: override === undefined ? 'evidence' : 'operator',
      ...(override === undefined ? {} : { proposed: seen.answer }),
    });
    // A yes that settles nothing (no cause fits) is no end of the walk.
    const turn = answer === 'yes' && question.leadsTo.yes === 'verdict' ? 'no' : answer;
    next = question === settles ? 'verdict' : question.leadsTo[turn];
  }
  return trail;
}

/**
 * The evidence’s answer, seen in the light of the verdict: a question that settles the winning cause is answered yes by it;
 * what shows elsewhere, and is explained by a cause further down, is no answer to "is this what fails?".
 */
function settleReply(question: Question, seen: Reply, cause: CauseId | undefined, settles: Question | undefined): Reply {
  if (cause === undefined || question.settles.length === 0) return seen;
  if (question === settles)
    return seen.answer === 'yes'
      ? seen
      : { ...seen, answer: 'yes', because: CAUSES.find((rule) => rule.id === cause)!.explains.title.toLowerCase() };
  if (seen.answer === 'yes' && question.leadsTo.yes === 'verdict')
    return { ...seen, answer: 'no', because: `${seen.because}; but that is an effect of, or beside, ${cause}` };
  return seen;
}

const APART = 'nothing ties it to what was asked about';

function conclude(
  investigation: Investigation,
  candidates: readonly Candidate[],
  best: Candidate | undefined,
  notThese: readonly { cause: CauseId; because: string }[],
  trail: readonly TrailEntry[],
  overrides: Overrides,
): Verdict {
  const essential = investigation.facts.gaps.filter((gap) => gap.essential);
  const unexplained = investigation.findings.filter(
    (finding) => finding.severity === 'error' && (best === undefined || !best.found.explains.includes(finding)),
  );
  const near = unexplained.filter((finding) => isNear(investigation, finding));
  const open = [...near, ...unexplained.filter((finding) => !near.includes(finding))];
  const operator = TREE.filter((question) => overrides[question.id] !== undefined).map((question) =>
    operatorEvidence(question, overrides[question.id]!),
  );
  const gapText = essential.map((gap) => `${gap.what} could not be read (${gap.reason}): ${gap.message}`);
  if (!best) {
    const clean = open.length === 0 && essential.length === 0;
    // Where nothing states a node's range, none could be compared.
    const rangesUnknown = trail.some(({ question, answer }) => question === 'cidrs-overlap' && answer === 'unknown');
    const rule = CAUSES.find((candidate) => candidate.id === (clean ? 'no-conflict' : 'inconclusive'))!;
    return {
      cause: rule.id,
      title: rule.explains.title,
      confidence: !clean || operator.length > 0 ? 'possible' : rangesUnknown ? 'likely' : 'certain',
      summary: clean
        ? 'No address is held twice or about to be, and everything that was needed could be read.'
        : open.length > 0
          ? `${open[0]!.title}; what was read does not tell why.`
          : 'Nothing wrong was found, but not everything that was needed could be read.',
      decisive: [...proof(open, 4), ...operator],
      against: [...(open.length > 0 && near.length === 0 ? [APART] : []), ...gapText],
      ruledOut: notThese.slice(0, 8),
      alternatives: [],
      remedy: [],
      warnings: [],
      verify: ['kubectl ipconflict scan -A'],
      missing: [
        ...gapText,
        ...trail
          .filter((entry) => entry.answer === 'unknown')
          .map((entry) => TREE.find((question) => question.id === entry.question)!.ask(investigation)),
      ],
      explains: [],
    };
  }
  const { rule, found } = best;
  const others = rank(investigation, candidates).filter((candidate) => candidate !== best && candidate.rule.id !== 'benign-sharing');
  const bug = knownBug(investigation, rule.id, found);
  const apart = !found.explains.some((finding) => isNear(investigation, finding)) && found.explains.length > 0;
  const confidence: Certainty = operator.length > 0 || apart ? (found.confidence === 'certain' ? 'likely' : 'possible') : found.confidence;
  return {
    cause: rule.id,
    title: rule.explains.title,
    confidence,
    summary: found.summary,
    decisive: [...distinct(found.decisive), ...operator],
    against: [
      ...(found.against ?? []),
      ...(apart ? [APART] : []),
      ...(operator.length > 0 ? ['it rests on answers that the operator gave'] : []),
      ...gapText,
    ],
    ruledOut: [
      ...others
        .filter((candidate) => candidate.found.explains.every((finding) => found.explains.includes(finding)))
        .map((candidate) => ({
          cause: candidate.rule.id,
          because: `${candidate.found.summary.replace(/\.$/, '')}: explained by ${rule.id}`,
        })),
      ...notThese.filter((entry) => entry.cause !== rule.id),
    ].slice(0, 10),
    alternatives: others
      .filter(
        (candidate) => candidate.found.explains.some((finding) => !found.explains.includes(finding)) || found.confidence !== 'certain',
      )
      .slice(0, 4)
      .map((candidate) => ({ cause: candidate.rule.id, confidence: candidate.found.confidence, because: candidate.found.summary })),
    ...(bug ? { knownBug: bug } : {}),
    remedy: rule.remedy(investigation, found),
    warnings: rule.warnings ?? [],
    verify: rule.verify?.(investigation, found) ?? ['kubectl ipconflict scan -A'],
    missing: found.missing ?? [],
    explains: [...new Set(found.explains.map((finding) => finding.id))],
  };
}
