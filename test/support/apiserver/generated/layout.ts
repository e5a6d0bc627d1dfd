// Where everything stands in a generated cluster. Pod number i is in slot i % PER_NODE of its node; slots have fixed tasks.

export const PER_NODE = 30;
/** Nodes over which a Deployment spreads its replicas, one on each. */
export const SPREAD = 10;
/** Namespaces that are no component's. */
export const TEAMS = 50;
export const POD_NETWORKS = ['10.0.0.0/8', 'fd00:1000::/32'] as const;
export const SERVICE_NETWORKS = ['192.168.0.0/16', 'fd00:3000::/112'] as const;

export const DAEMONS = ['kube-flannel-ds', 'kube-proxy', 'node-exporter', 'log-shipper'] as const;
export const DAEMON_NAMESPACES = ['kube-flannel', 'kube-system', 'monitoring', 'logging'] as const;
/** Slots: first the DaemonSets, then the apps, then the Jobs, then one of changing fate. */
export const FIRST_APP = DAEMONS.length;
export const FIRST_JOB = 27;
export const LAST = 29;
export const APPS = [
  'checkout',
  'inventory',
  'payments',
  'search',
  'recommender',
  'cart',
  'catalogue',
  'shipping',
  'billing',
  'frontend',
  'gateway',
  'session',
  'pricing',
  'profile',
  'notifier',
  'mailer',
  'ledger',
  'returns',
  'warehouse',
  'geocoder',
  'thumbnailer',
  'scheduler',
  'webhook',
  'reports',
] as const;
export const JOBS = ['nightly-export', 'reindex'] as const;
/** Slots of apps that have a Service. */
export const SERVED = [8, 20] as const;

export type PodKind = 'daemon' | 'app' | 'job' | 'unscheduled' | 'creating' | 'terminating';

/** Of so many nodes one each: in 150,000 pods some 80 of a kind, as a cluster has them at any moment. */
const FATE_EVERY = 60;
const FATES: Readonly<Record<number, PodKind>> = { 7: 'unscheduled', 8: 'creating', 9: 'terminating' };

/** What becomes of a pod. */
export function kindOf(index: number): PodKind {
  const slot = index % PER_NODE;
  if (slot < FIRST_APP) return 'daemon';
  if (slot < FIRST_JOB) return 'app';
  if (slot < LAST) return 'job';
  const node = Math.floor(index / PER_NODE);
  return FATES[node % FATE_EVERY] ?? 'app';
}

export const teamOf = (workload: number, slot: number): string => digits((workload * 7 + slot * 3) % TEAMS, 2);

export const appOf = (slot: number): string => APPS[slot === LAST ? APPS.length - 1 : slot - FIRST_APP]!;

// Addresses, all of one length: octets of three digits, groups of four.

const octets = (number: number): string => `${100 + Math.floor(number / 155)}.${100 + (number % 155)}`;

export const rangeOf = (node: number): string => `10.${octets(node)}`;
export const rangeV6Of = (node: number): string => `fd00:1000:${hex(node + 0x1000)}`;
export const addressOf = (pod: number): string => `${rangeOf(Math.floor(pod / PER_NODE))}.${100 + (pod % PER_NODE)}`;
export const addressV6Of = (pod: number): string => `${rangeV6Of(Math.floor(pod / PER_NODE))}::1${digits(pod % PER_NODE, 2)}`;
/** Of the node itself, outside of the pod networks. */
export const nodeAddress = (node: number): string => `172.16.${octets(node)}`;
export const nodeAddressV6 = (node: number): string => `fd00:2000::${hex(node + 0x1000)}`;

export function serviceAddresses(workload: number, slot: number): { ip: string; ipv6: string } {
  const number = workload * SERVED.length + (slot === SERVED[0] ? 0 : 1);
  return { ip: `192.168.${octets(number)}`, ipv6: `fd00:3000::${hex(number + 0x1000)}` };
}

export const digits = (number: number, length: number): string => String(number).padStart(length, '0');
export const hex = (number: number): string => number.toString(16).padStart(4, '0');

/** So many hours before, in the API's spelling. */
export const before = (now: number, hours: number): string => `${new Date(now - hours * 3_600_000).toISOString().slice(0, 19)}Z`;

/** The letters of which Kubernetes makes names. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** Letters for a number, different for different numbers as long as there are enough. */
export function safe(number: number, length: number): string {
  let rest = (number * 7_368_787 + 4_242_421) % SAFE.length ** length;
  let letters = '';
  for (let i = 0; i < length; i++) {
    letters += SAFE[rest % SAFE.length]!;
    rest = Math.floor(rest / SAFE.length);
  }
  return letters;
}

/** A number that looks like chance. */
export function scrambled(number: number): number {
  let mixed = Math.imul(number ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const PURPOSES = ['pod', 'owner', 'node', 'deployment', 'service', 'IPv4', 'IPv6', 'namespace', 'config', 'range'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** A uid, different for every purpose and number. */
export function uidOf(purpose: Purpose, number: number): string {
  const seed = PURPOSES.indexOf(purpose) + 1;
  const parts = [0, 1, 2, 3].map((part) =>
    scrambled(number * 4 + part + seed * 1_000_003)
      .toString(16)
      .padStart(8, '0'),
  );
  const all = parts.join('');
  return `${all.slice(0, 8)}-${all.slice(8, 12)}-4${all.slice(13, 16)}-a${all.slice(17, 20)}-${all.slice(20)}`;
}
