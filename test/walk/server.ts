import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadAll } from 'js-yaml';

type Meta = { readonly name: string; readonly namespace?: string };
type KubeObject = { readonly apiVersion: string; readonly kind: string; readonly metadata: Meta };

const PLURALS: Readonly<Record<string, readonly [plural: string, kind: string, namespaced: boolean][]>> = {
  '/api/v1': [
    ['pods', 'Pod', true],
    ['nodes', 'Node', false],
    ['services', 'Service', true],
    ['events', 'Event', true],
    ['configmaps', 'ConfigMap', true],
  ],
  '/apis/apps/v1': [
    ['daemonsets', 'DaemonSet', true],
    ['deployments', 'Deployment', true],
    ['statefulsets', 'StatefulSet', true],
  ],
  '/apis/discovery.k8s.io/v1': [['endpointslices', 'EndpointSlice', true]],
};

/** An API server that serves the objects of a capture, slowly or not at all where a journey wants it so. */
export class FakeServer {
  objects: KubeObject[];
  /** Milliseconds before an answer, by the end of the path. */
  readonly delays = new Map<string, number>();
  /** Drops every connection, as a server does that has died. */
  dead = false;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'ipconflict-server-'));
  readonly #server: Server;

  constructor(capture: string) {
    this.objects = loadAll(readFileSync(path.join('test/walk/captures', capture, 'cluster.yaml'), 'utf8')) as KubeObject[];
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://server');
      const delay = this.delays.get(url.pathname.split('/').at(-1) ?? '') ?? 0;
      setTimeout(() => {
        if (this.dead) return void request.socket.destroy();
        const answer = this.#answer(url);
        response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify(answer ?? { kind: 'Status', code: 404, message: 'not found', details: { name: url.pathname.split('/').at(-1) } }),
        );
      }, delay);
    });
  }

  /** Starts it and gives the path of a kubeconfig for it. */
  async start(user = '{}'): Promise<string> {
    await new Promise<void>((ready) => this.#server.listen(0, '127.0.0.1', ready));
    const { port } = this.#server.address() as AddressInfo;
    const file = path.join(this.#folder, 'config');
    writeFileSync(
      file,
      `apiVersion: v1\nkind: Config\ncurrent-context: prod-eu\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:${port}', insecure-skip-tls-verify: true}}]\nusers:\n- name: u\n  user: ${user}\ncontexts: [{name: prod-eu, context: {cluster: c, user: u, namespace: shop}}]\n`,
    );
    return file;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  remove(namespace: string, name: string): void {
    this.objects = this.objects.filter(({ metadata }) => metadata.namespace !== namespace || metadata.name !== name);
  }

  #answer(url: URL): unknown {
    const { pathname } = url;
    if (pathname === '/version') return { gitVersion: 'v1.29.4' };
    if (pathname === '/api') return { kind: 'APIVersions', versions: ['v1'] };
    if (pathname === '/apis')
      return {
        kind: 'APIGroupList',
        groups: ['apps', 'discovery.k8s.io'].map((name) => ({ name, versions: [{ groupVersion: `${name}/v1`, version: 'v1' }] })),
      };
    const kinds = PLURALS[pathname];
    if (kinds)
      return {
        kind: 'APIResourceList',
        resources: kinds.map(([name, kind, namespaced]) => ({ name, kind, namespaced, verbs: ['get', 'list'] })),
      };
    if (pathname.endsWith('/log')) return '';
    const [, base, namespace, plural, name] =
      /^(\/api\/v1|\/apis\/[^/]+\/v1)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
    const kind = PLURALS[base ?? '']?.find(([known]) => known === plural)?.[1];
    if (kind === undefined) return undefined;
    const found = this.objects.filter(
      (object) =>
        object.kind === kind &&
        (namespace === undefined || object.metadata.namespace === namespace) &&
        (name === undefined || object.metadata.name === name) &&
        fits(object, url.searchParams.get('fieldSelector') ?? ''),
    );
    if (name !== undefined) return found[0];
    return { kind: `${kind}List`, apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: found };
  }
}

function fits(object: unknown, selector: string): boolean {
  return selector
    .split(',')
    .filter(Boolean)
    .every((term) => {
      const [field, value] = term.split('=');
      let here: unknown = object;
      for (const key of (field ?? '').split('.')) here = (here as Record<string, unknown> | undefined)?.[key];
      return here === value;
    });
}
