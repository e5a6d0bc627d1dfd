import { Failure } from '../model/failure.ts';
import { type Json, at, list, text, texts } from '../model/json.ts';
import { CORE_KINDS, type Resource, resourceKey } from '../model/resource.ts';
import { HttpError, type Requester } from './request.ts';

/** A kind as a server serves it. */
export type ServedKind = {
  readonly group: string;
  readonly versions: readonly string[];
  readonly plural: string;
  readonly namespaced: boolean;
};

/** Kinds that a server serves, by resource key. */
export type Served = Map<string, ServedKind>;

const AGGREGATED =
  'application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList,application/json;v=v2beta1;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList,application/json';

/** Asks a server what it serves; undefined when we may not know. Rejects when it cannot be reached, knows nobody of our name, or is no API server. */
export async function discover(requester: Requester): Promise<Served | undefined> {
  const served: Served = new Map(CORE_KINDS.map((resource) => [resourceKey(resource), resource]));
  try {
    const groups = await requester.json('/apis', 'API groups', AGGREGATED);
    if (!KNOWN.has(text(groups, 'kind') ?? '')) {
      throw new Failure(
        `${requester.connection.server} does not answer like a Kubernetes API server.`,
        undefined,
        'Check the server in the kubeconfig, or --server.',
      );
    }
    if (text(groups, 'kind') === AGGREGATED_KIND) addAggregated(served, groups);
    else await addOneByOne(requester, served, groups);
    return served;
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) return undefined;
    throw error;
  }
}

const AGGREGATED_KIND = 'APIGroupDiscoveryList';
/** What `/apis` answers, aggregated or not. */
const KNOWN = new Set([AGGREGATED_KIND, 'APIGroupList']);

function addAggregated(served: Served, answer: Json): void {
  for (const item of list(answer, 'items')) {
    const group = text(item, 'metadata', 'name') ?? '';
    for (const version of list(item, 'versions')) {
      for (const resource of list(version, 'resources')) {
        const kind = text(resource, 'responseKind', 'kind');
        const namespaced = text(resource, 'scope') === 'Namespaced';
        add(served, group, text(version, 'version'), kind, text(resource, 'resource'), namespaced, texts(resource, 'verbs'));
      }
    }
  }
}

/** Servers before 1.27, and proxies that drop what they do not know. */
async function addOneByOne(requester: Requester, served: Served, answer: Json): Promise<void> {
  const groups = list(answer, 'groups').flatMap((found) => {
    const group = text(found, 'name') ?? '';
    return list(found, 'versions').map((entry) => {
      const version = text(entry, 'version') ?? '';
      return { group, version, path: `/apis/${group}/${version}` };
    });
  });
  // A group whose own server is down is not served; the others still are.
  const answers = await Promise.all(groups.map(({ path }) => requester.json(path, path).catch(() => undefined)));
  for (const [index, { group, version }] of groups.entries()) {
    for (const resource of list(answers[index], 'resources')) {
      const name = text(resource, 'name');
      if (name?.includes('/')) continue;
      add(served, group, version, text(resource, 'kind'), name, at(resource, 'namespaced') === true, texts(resource, 'verbs'));
    }
  }
}

function add(
  served: Served,
  group: string,
  version: string | undefined,
  kind: string | undefined,
  plural: string | undefined,
  namespaced: boolean,
  verbs: readonly string[],
): void {
  if (version === undefined || kind === undefined || plural === undefined || !verbs.includes('list')) return;
  const key = `${group}/${kind}`;
  const known = served.get(key);
  served.set(
    key,
    known === undefined ? { group, versions: [version], plural, namespaced } : { ...known, versions: [...known.versions, version] },
  );
}

/** The paths of a kind's collection to try, in order: what discovery says, else the versions that the kind declares. */
export function collections(resource: Resource, namespace: string | undefined, served: Served | undefined): string[] {
  const found = served?.get(resourceKey(resource));
  const wanted = resource.versions.filter((version) => found === undefined || found.versions.includes(version));
  // A version that nobody here has seen is better than none: objects change little between versions.
  const versions = wanted.length === 0 ? found!.versions : found === undefined ? wanted : wanted.slice(0, 1);
  const scope = (found?.namespaced ?? resource.namespaced) && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const plural = found?.plural ?? resource.plural;
  return versions.map((version) => `${resource.group === '' ? '/api' : `/apis/${resource.group}`}/${version}${scope}/${plural}`);
}
