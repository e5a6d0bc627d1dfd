import { type ClusterOptions, Cluster, type Expectation, type NodeOptions, type Scenario, type Want } from '../build.ts';
import { agents } from '../cnis.ts';

export type Said = {
  readonly title: string;
  /** A pod or other subject of `check`; without it, `scan -A`. */
  readonly ask?: string;
  readonly cause?: readonly string[];
  readonly not?: readonly string[];
  readonly find?: readonly Want[];
  readonly silent?: readonly string[];
  readonly quiet?: readonly string[];
  readonly exit?: number | readonly number[];
  readonly bug?: string;
  readonly noBug?: boolean;
  readonly unsure?: boolean;
  readonly source?: readonly string[];
  readonly notes: string;
};

/** A scenario, with the parts of its expectation that follow from the others filled in. */
export function scenario(id: string, cluster: Cluster, said: Said): Scenario {
  const errors = (said.find ?? []).some((want) => !want.optional && [want.severity ?? 'error'].flat().includes('error'));
  const exit = said.exit ?? (errors ? 1 : 0);
  const cause = said.cause ?? ['no-conflict', 'benign-sharing'];
  const expect: Expectation = {
    title: said.title,
    source: said.source ?? [],
    command: said.ask === undefined ? 'scan -A' : `check ${said.ask}`,
    exit,
    verdict: { cause, ...(said.not === undefined ? {} : { notCause: said.not }) },
    findings: said.find ?? [],
    ...(said.silent === undefined ? {} : { silent: said.silent }),
    quiet: said.quiet ?? [],
    ...(said.bug === undefined ? {} : { knownBug: { id: said.bug } }),
    ...(said.noBug === undefined ? {} : { noKnownBug: true }),
    ...(said.unsure === undefined ? {} : { unsure: said.unsure }),
    also: [said.ask === undefined ? { command: 'check', exit } : { command: 'scan -A', exit }],
    notes: said.notes,
  };
  return { id, cluster, expect };
}

export type PlainOptions = ClusterOptions & {
  readonly workers?: number;
  /** The nodes' LAN, up to its last octet: `10.20.0.`. */
  readonly lan?: string;
  /** The podCIDR of the nth node (0 is the control plane), or null for none. */
  readonly podCIDR?: ((index: number) => string | readonly string[]) | null;
  readonly on?: Readonly<Record<string, NodeOptions>>;
};

/** One control-plane node and a few workers: cp-1, worker-1, worker-2, … */
export function plain(options: PlainOptions = {}): Cluster {
  const { workers = 3, lan = '10.20.0.', podCIDR = (index: number) => `10.244.${index}.0/24`, on = {}, ...more } = options;
  const cluster = new Cluster(more);
  for (let index = 0; index <= workers; index++) {
    const name = index === 0 ? 'cp-1' : `worker-${index}`;
    const given = podCIDR === null ? undefined : podCIDR(index);
    cluster.node(name, {
      ip: `${lan}${10 + index}`,
      ...(given === undefined ? {} : { podCIDRs: [given].flat() }),
      ...(index === 0
        ? {
            labels: { 'node-role.kubernetes.io/control-plane': '' },
            taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
          }
        : {}),
      ...on[name],
    });
  }
  return cluster;
}

/** What every cluster has: DNS and a shop on the workers, behind Services. `address(n, k)` is the kth address on worker n. */
export function crowd(
  cluster: Cluster,
  address: (worker: number, k: number) => string,
  workers: readonly number[] = [1, 2, 3],
  services = '10.96.',
): Cluster {
  const [first, second] = [workers[0]!, workers[1] ?? workers[0]!];
  cluster.pod('kube-system/coredns-6c8d-7bqtx', {
    node: `worker-${first}`,
    ip: address(first, 0),
    age: '60d',
    owner: 'ReplicaSet/coredns-6c8d',
    labels: { 'k8s-app': 'kube-dns' },
  });
  cluster.pod('kube-system/coredns-6c8d-zk4pv', {
    node: `worker-${second}`,
    ip: address(second, second === first ? 4 : 0),
    age: '60d',
    owner: 'ReplicaSet/coredns-6c8d',
    labels: { 'k8s-app': 'kube-dns' },
  });
  const fronts = workers.map((worker) => {
    const suffix = ['h2vkq', 'm8wzn', 'r5tdl', 'c9jxp', 'b4gsf', 'x6nrt'][worker % 6]!;
    cluster.pod(`web/front-59c7-${suffix}`, {
      node: `worker-${worker}`,
      ip: address(worker, 1),
      age: '20d',
      owner: 'ReplicaSet/front-59c7',
      labels: { app: 'front' },
    });
    cluster.pod(`web/store-7b6d-${suffix}`, {
      node: `worker-${worker}`,
      ip: address(worker, 2),
      age: '15d',
      owner: 'ReplicaSet/store-7b6d',
      labels: { app: 'store' },
    });
    return `web/front-59c7-${suffix}`;
  });
  cluster.service('kube-system/kube-dns', {
    clusterIP: `${services}0.10`,
    port: 53,
    selector: { 'k8s-app': 'kube-dns' },
    pods: ['kube-system/coredns-6c8d-7bqtx', 'kube-system/coredns-6c8d-zk4pv'],
  });
  return cluster.service('web/front', { clusterIP: `${services}71.4`, pods: fronts });
}

/** A cluster in an AWS VPC, whose pods live in the subnet of its nodes. */
export function inVpc(): Cluster {
  const c = plain({ podCIDR: null, lan: '10.60.16.' });
  agents.awsNode(c);
  crowd(c, (w, k) => `10.60.16.${100 + 10 * w + k}`, [1, 2, 3], '172.20.');
  return c;
}

/** Addresses out of 10.244.<worker>.0/24. */
export const lan244 = (worker: number, k: number): string => `10.244.${worker}.${k + 2}`;
