import { randomUUID } from 'node:crypto';
import { type Json, type JsonRecord, at, list, record, text } from '../../../src/model/json.ts';

/** The key and value that the apiserver keeps for an object. */
export type Stored = { readonly key: string; readonly value: string };

const BUILT_IN = /^(?:[^.]*|.*\.k8s\.io)$/;
const UNUSUAL: Readonly<Record<string, string>> = {
  Node: 'minions',
  Service: 'services/specs',
  Endpoints: 'services/endpoints',
  Ingress: 'ingress',
  NetworkPolicy: 'networkpolicies',
  StorageClass: 'storageclasses',
  PriorityClass: 'priorityclasses',
  IngressClass: 'ingressclasses',
  RuntimeClass: 'runtimeclasses',
  IPAddress: 'ipaddresses',
  CustomResourceDefinition: 'apiextensions.k8s.io/customresourcedefinitions',
  APIService: 'apiregistration.k8s.io/apiservices',
};

/**
 * What to put into etcd for objects as a capture holds them, so that uid, creation and deletion times and status survive.
 * Custom kinds get the definition they need where the objects bring none. `shift` is added to every time.
 */
export function stored(objects: readonly JsonRecord[], shift = 0): Stored[] {
  const plurals = new Map(
    objects
      .filter((object) => object['kind'] === 'CustomResourceDefinition')
      .map((object) => [definitionKey(object), text(object, 'spec', 'names', 'plural') ?? '']),
  );
  const missing = new Map<string, JsonRecord>();
  for (const object of objects) {
    const { group, kind } = typeOf(object);
    if (BUILT_IN.test(group) || plurals.has(`${group}/${kind}`) || missing.has(`${group}/${kind}`)) continue;
    missing.set(`${group}/${kind}`, definition(object));
  }
  for (const [key, made] of missing) plurals.set(key, text(made, 'spec', 'names', 'plural') ?? '');
  const whole = objects.map((object) => (object['kind'] === 'CustomResourceDefinition' ? established(object) : object));
  return [...missing.values(), ...whole].map((object) => store(object, plurals, shift));
}

function store(object: JsonRecord, plurals: ReadonlyMap<string, string>, shift: number): Stored {
  const { group, kind } = typeOf(object);
  const { resourceVersion: _, ...metadata } = record(object, 'metadata');
  const plural = plurals.get(`${group}/${kind}`);
  const folder = plural === undefined ? (UNUSUAL[kind] ?? `${kind.toLowerCase()}s`) : `${group}/${plural}`;
  const key = ['/registry', folder, metadata['namespace'], metadata['name']].filter(Boolean).join('/');
  const whole = {
    ...object,
    metadata: { uid: randomUUID(), creationTimestamp: new Date(Date.now() - 3_600_000).toISOString(), ...metadata },
  };
  return { key, value: shiftTimes(JSON.stringify(whole), shift) };
}

const TIME = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z"/g;

const shiftTimes = (json: string, shift: number): string =>
  json.replace(
    TIME,
    (_, seconds: string, fraction?: string) =>
      `"${new Date(Date.parse(`${seconds}Z`) + shift).toISOString().slice(0, 19)}${fraction ?? ''}Z"`,
  );

function typeOf(object: JsonRecord): { group: string; version: string; kind: string } {
  const [group, version] = (text(object, 'apiVersion') ?? '').includes('/')
    ? text(object, 'apiVersion')!.split('/', 2)
    : ['', text(object, 'apiVersion')];
  return { group: group!, version: version ?? 'v1', kind: text(object, 'kind') ?? '' };
}

const definitionKey = (crd: Json): string => `${text(crd, 'spec', 'group')}/${text(crd, 'spec', 'names', 'kind')}`;

/** A permissive definition of an object's kind, established from the start. */
export function definition(object: JsonRecord): JsonRecord {
  const { group, version, kind } = typeOf(object);
  const names = { plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase(), kind, listKind: `${kind}List` };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      group,
      names,
      scope: at(object, 'metadata', 'namespace') === undefined ? 'Cluster' : 'Namespaced',
      versions: [{ name: version, served: true, storage: true, schema: ANYTHING }],
      conversion: { strategy: 'None' },
    },
    status: statusOf(names, version),
  };
}

const ANYTHING = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

function statusOf(names: Json, version: string): JsonRecord {
  const now = new Date().toISOString().slice(0, 19) + 'Z';
  const condition = (type: string): JsonRecord => ({ type, status: 'True', reason: 'Test', message: '', lastTransitionTime: now });
  return { acceptedNames: names, conditions: [condition('NamesAccepted'), condition('Established')], storedVersions: [version] };
}

/** A captured definition may have lost its schema and status: without them the apiserver would drop every field. */
function established(crd: JsonRecord): JsonRecord {
  const spec = record(crd, 'spec');
  const versions = list(spec, 'versions').map((version) => ({ ...record(version), schema: at(version, 'schema') ?? ANYTHING }));
  const stored = versions.find((version) => at(version, 'storage') === true) ?? versions[0];
  return {
    ...crd,
    spec: { conversion: { strategy: 'None' }, ...spec, versions },
    status: at(crd, 'status') ?? statusOf(at(spec, 'names'), text(stored, 'name') ?? 'v1'),
  };
}

/** The IPAddress objects without which the apiserver would repair every Service. */
export function addressesOf(services: readonly JsonRecord[]): JsonRecord[] {
  return services.flatMap((service) => {
    const parentRef = {
      group: '',
      resource: 'services',
      namespace: text(service, 'metadata', 'namespace'),
      name: text(service, 'metadata', 'name'),
    };
    const ips = list(service, 'spec', 'clusterIPs').filter((ip): ip is string => typeof ip === 'string' && ip !== 'None');
    return ips.map((ip) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IPAddress',
      metadata: {
        name: ip,
        labels: {
          'ipaddress.kubernetes.io/ip-family': ip.includes(':') ? 'IPv6' : 'IPv4',
          'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
        },
      },
      spec: { parentRef },
    }));
  });
}
