import { CNIS, FALLBACKS } from './cni/index.ts';
import { METALLB_CONFIG, balancerNeeds } from './derived/balancer-pools.ts';
import { readBaseFacts } from './facts/index.ts';
import type { BaseFacts } from './model/facts.ts';
import { type ListNeed, type Need, listOf } from './model/need.ts';
import { SnapshotBuilder } from './model/reader.ts';
import type { Subject } from './model/report.ts';
import { CONFIG_MAPS, PODS, type Resource, resourceKey, resourceName } from './model/resource.ts';
import type { Snapshot } from './model/snapshot.ts';
import { MIGRATION_NEED, plan, serviceRanges } from './plan.ts';

/** One right as RBAC knows it, and what stays undecided without it. Derived from the needs of the plan and of the CNIs: there is no list to keep. */
export type Right = {
  readonly group: string;
  /** The plural, or `pods/log`. */
  readonly resource: string;
  readonly verb: 'get' | 'list';
  /** Only objects of these names. */
  readonly names: readonly string[];
  /** Only here; undefined for the whole cluster. */
  readonly namespace: string | undefined;
  /** Without it no cluster can be called clean. */
  readonly essential: boolean;
  readonly undecided: readonly string[];
  /** The CNI that it is for, and its kind in discovery: where the kind is not served, the right is not needed. */
  readonly cni: string | undefined;
  readonly kind: string;
};

export type RightsWanted = {
  readonly logs: boolean;
  /** Rights for the pods of one namespace only. */
  readonly namespace?: string | undefined;
  /** Only for these CNIs; without it, for all that are known. */
  readonly cnis?: readonly string[] | undefined;
};

/** The rights that the program makes use of, each once, in the order in which it reads. */
export function rightsFor({ logs, namespace, cnis }: RightsWanted): Right[] {
  const needs: { readonly need: Need; readonly cni: string | undefined }[] =
    namespace === undefined
      ? [...inventory().map((need) => ({ need, cni: undefined })), ...cniNeeds(cnis)]
      : inNamespace(namespace).map((need) => ({ need: { ...need, namespace }, cni: undefined }));
  const rights = needs.flatMap(({ need, cni }) => (need.kind === 'log' ? [] : [rightOfNeed(need, cni)]));
  const pods = { ...rightOf(PODS, 'get'), namespace, undecided: ['duplicates-confirmed'] };
  const log: Right = { ...pods, resource: 'pods/log', undecided: ['cni-log-error', 'pool-exhausted', 'state-corrupt'] };
  return merged([...rights, pods, ...(logs ? [log] : [])]);
}

/** What can be read where only one namespace is open: what the plan asks for there, whatever else was refused. */
const inNamespace = (namespace: string): Need[] => [
  ...narrowed(namespace),
  ...inventory({ kind: 'Pod', namespace, name: 'any' }).filter((need) => need.namespace === namespace),
];

const EVERYTHING: ReadonlySet<string> = { has: () => true } as Partial<ReadonlySet<string>> as ReadonlySet<string>;

const blank = (served?: ReadonlySet<string>, fill: (builder: SnapshotBuilder) => void = () => {}): Snapshot => {
  const builder = new SnapshotBuilder();
  fill(builder);
  return builder.snapshot({ kind: 'files', files: [], kubernetesVersion: undefined }, 0, served);
};

/** Names of ConfigMaps that what is no CNI is configured by, where nobody chose others. */
const OTHER_CONFIG_MAPS = [METALLB_CONFIG, 'keepalived', 'vip-configmap'];

/** What the plan asks for first, of a cluster of which nothing is known. */
const inventory = (subject?: Subject): Need[] => [
  ...plan(blank(EVERYTHING), subject === undefined ? { depth: 'everything' } : { depth: 'check', subject }),
  ...serviceRanges(blank(EVERYTHING)),
  ...balancerNeeds(readBaseFacts(blank(EVERYTHING))),
  ...OTHER_CONFIG_MAPS.map((name) => listOf(CONFIG_MAPS, [], { name })),
  MIGRATION_NEED,
];

/** What the plan asks for where the inventory was refused. */
function narrowed(namespace: string): Need[] {
  const refused = { what: '', verb: 'list', resource: '', reason: 'forbidden', message: '' } as const;
  return plan(
    blank(EVERYTHING, (builder) => inventory().forEach((need) => builder.missing(need, refused))),
    { depth: 'scan', fallbackNamespace: namespace },
  );
}

/** Every allocator that a profile tells apart when it says what it needs. */
const ALLOCATORS = ['calico-ipam', 'host-local', 'multi-pool', 'cluster-pool', 'kubernetes', 'none'];

/** What the CNIs ask for: each is told that it is there, with each allocator, on a server that tells nothing and on servers that know one of its groups. */
function cniNeeds(only: readonly string[] | undefined): { need: Need; cni: string }[] {
  const base = readBaseFacts(blank());
  const here = { versions: [], confidence: 'high', role: 'primary', evidence: [], agents: [], since: undefined } as const;
  return [...CNIS, ...FALLBACKS]
    .filter(({ id }) => only === undefined || only.includes(id))
    .flatMap(({ id, title, needs, configMaps = [] }) => {
      const asked = new Set<string>();
      const ask = (serves: BaseFacts['serves']): readonly Need[] =>
        ALLOCATORS.flatMap((ipam) => needs?.({ ...here, id, title, ipam }, { ...base, serves }) ?? []);
      const first = ask(({ group }) => (asked.add(group), 'unknown'));
      const own = [...asked].flatMap((only) => ask(({ group }) => (group === only ? 'yes' : 'no')));
      const maps = configMaps.map((name): ListNeed => ({ kind: 'list', resource: CONFIG_MAPS, name, essential: false, undecided: [] }));
      return [...first, ...own, ...maps].map((need) => ({ need, cni: id }));
    });
}

const rightOf = (resource: Resource, verb: Right['verb']): Right => ({
  group: resource.group,
  resource: resource.plural,
  verb,
  names: [],
  namespace: undefined,
  essential: false,
  undecided: [],
  cni: undefined,
  kind: resourceKey(resource),
});

function rightOfNeed({ resource, name, namespace, essential, undecided }: ListNeed, cni: string | undefined): Right {
  const right = rightOf(resource, name === undefined ? 'list' : 'get');
  return { ...right, names: name === undefined ? [] : [name], namespace, essential, undecided, cni };
}

/** One right for each verb, resource and place: names, CNIs' claims and reasons are joined. */
function merged(rights: readonly Right[]): Right[] {
  const found = new Map<string, Right>();
  for (const right of rights) {
    const key = [right.verb, right.kind, right.resource, right.names.length > 0, right.namespace].join('|');
    const known = found.get(key);
    const union = (one: readonly string[], other: readonly string[]): string[] => [...new Set([...one, ...other])];
    found.set(
      key,
      known === undefined
        ? right
        : {
            ...known,
            names: union(known.names, right.names),
            undecided: union(known.undecided, right.undecided),
            essential: known.essential || right.essential,
          },
    );
  }
  return [...found.values()];
}

/** `list pods`, `get configmaps kubeadm-config in kube-system`. */
export function rightName({ group, resource, verb, names, namespace }: Right): string {
  const what = resourceName({ group, plural: resource } as Resource);
  return `${verb} ${what}${names.length === 0 ? '' : ` ${names.join(', ')}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

/** A rule of a Role or ClusterRole. */
export type RbacRule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};

/** The fewest rules that hold these rights: what shares group, verbs and names is one rule. */
export function rulesOf(rights: readonly Right[]): RbacRule[] {
  const verbs = new Map<string, { right: Right; verbs: Set<string> }>();
  for (const right of rights) {
    const key = [right.group, right.resource, right.names.length > 0].join('|');
    const known = verbs.get(key) ?? { right: { ...right, names: [] }, verbs: new Set() };
    known.verbs.add(right.verb);
    known.right = { ...known.right, names: [...new Set([...known.right.names, ...right.names])] };
    verbs.set(key, known);
  }
  const rules = new Map<string, { right: Right; verbs: string[]; resources: string[] }>();
  for (const { right, verbs: given } of verbs.values()) {
    const sorted = [...given].toSorted();
    const key = [right.group, sorted.join(), right.names.join()].join('|');
    const known = rules.get(key);
    if (known === undefined) rules.set(key, { right, verbs: sorted, resources: [right.resource] });
    else known.resources.push(right.resource);
  }
  return [...rules.values()].map(({ right, verbs: given, resources }) => ({
    apiGroups: [right.group],
    resources,
    ...(right.names.length > 0 && { resourceNames: right.names }),
    verbs: given,
  }));
}
