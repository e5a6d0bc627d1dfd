import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { KubeConfig, findHomeDir } from '@kubernetes/client-node/dist/config.js';
import { type Cluster, type Context, type User, newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { load } from 'js-yaml';
import { Failure } from '../model/failure.ts';
import { type Json, at, isRecord, list, record, text, textRecord, texts } from '../model/json.ts';
import type { ConnectionFlags } from './connect.ts';

/** What client-node leaves out of a kubeconfig's user. */
export type Impersonation = {
  readonly user?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly uid?: string | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
};

/** The one cluster and user that the flags and the kubeconfig select. `exec` is the plugin that supplies the user's credentials. */
export type Selected = {
  readonly context: string;
  readonly namespace: string;
  readonly cluster: Cluster;
  readonly user: User;
  readonly impersonate: Impersonation;
  readonly exec: Json;
};

type Config = {
  readonly clusters: Cluster[];
  readonly contexts: Context[];
  readonly users: User[];
  /** Raw user entries by name. */
  readonly raw: Map<string, Json>;
  current: string | undefined;
};

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const LENIENT = { onInvalidEntry: 'filter' } as const;

/** Chooses cluster, user and namespace as kubectl does: kubeconfig files, then the context, then single flags on top. */
export function selectCluster(flags: ConnectionFlags): Selected {
  const config = readConfig(flags);
  const contextName = flags.context ?? config.current;
  const context = config.contexts.find(({ name }) => name === contextName);
  if (context === undefined && !(flags.server !== undefined && flags.context === undefined))
    throw noContext(config, flags.context, contextName);
  const cluster = withClusterFlags(named(config.clusters, 'cluster', flags.cluster ?? context?.cluster, flags.server), flags);
  const userName = flags.user ?? context?.user;
  const raw = config.raw.get(userName ?? '');
  if (flags.user !== undefined && raw === undefined)
    throw new Failure(`There is no user "${flags.user}" in the kubeconfig.`, existing('users', [...config.raw.keys()]));
  const user = config.users.find(({ name }) => name === userName) ?? { name: userName ?? '' };
  return {
    context: context?.name ?? contextName ?? '',
    namespace: flags.namespace ?? context?.namespace ?? 'default',
    cluster,
    ...withUserFlags(user, raw, flags),
  };
}

/** The names that a kubeconfig offers, for completion. */
export function kubeconfigNames(flags: ConnectionFlags): Record<'contexts' | 'clusters' | 'users', string[]> {
  const { contexts, clusters, raw } = readConfig(flags);
  const names = (entries: readonly { readonly name: string }[]): string[] => entries.map(({ name }) => name);
  return { contexts: names(contexts), clusters: names(clusters), users: [...raw.keys()] };
}

function readConfig(flags: ConnectionFlags): Config {
  const files = configFiles(flags);
  const present = files.filter((file) => existsSync(file));
  if (flags.kubeconfig !== undefined && present.length === 0) throw new Failure(`There is no kubeconfig ${flags.kubeconfig}.`);
  if (present.length === 0) return withoutFiles(files, flags);
  const config: Config = { clusters: [], contexts: [], users: [], raw: new Map(), current: undefined };
  for (const file of present) merge(config, readFile(file), dirname(resolve(file)));
  return config;
}

function configFiles(flags: ConnectionFlags): string[] {
  if (flags.kubeconfig !== undefined && flags.kubeconfig !== '') return [flags.kubeconfig];
  const listed = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  return listed.length > 0 ? listed : [join(findHomeDir() ?? '', '.kube', 'config')];
}

function withoutFiles(files: readonly string[], flags: ConnectionFlags): Config {
  const none: Config = { clusters: [], contexts: [], users: [], raw: new Map(), current: undefined };
  if (flags.server !== undefined) return none;
  if (!process.env['KUBERNETES_SERVICE_HOST'] || !existsSync(`${SERVICE_ACCOUNT}/token`)) {
    const next = 'Set KUBECONFIG or use --kubeconfig FILE; -f PATH reads a capture instead of a cluster.';
    throw new Failure('There is no kubeconfig.', `Looked for ${files.join(', ')}.`, next);
  }
  const inside = new KubeConfig();
  inside.loadFromCluster();
  return { ...none, clusters: inside.clusters, contexts: inside.contexts, users: inside.users, current: inside.currentContext };
}

function readFile(file: string): Json {
  try {
    const config: Json = load(readFileSync(file, 'utf8'));
    if (config !== null && config !== undefined && !isRecord(config)) throw new Error('it holds no mapping');
    return config;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new Failure(`The kubeconfig ${file} cannot be read.`, why);
  }
}

/** kubectl's rule: what the first file says about a name stays. */
function merge(into: Config, file: Json, folder: string): void {
  const part = new KubeConfig();
  part.loadFromOptions({
    clusters: newClusters(list(file, 'clusters'), LENIENT),
    contexts: newContexts(list(file, 'contexts'), LENIENT),
    users: newUsers(list(file, 'users').map(withoutTokenFile), LENIENT),
    currentContext: '',
  });
  part.makePathsAbsolute(folder);
  addNew(into.clusters, part.clusters);
  addNew(into.contexts, part.contexts);
  for (const entry of list(file, 'users')) {
    const name = text(entry, 'name');
    if (name === undefined || into.raw.has(name)) continue;
    into.raw.set(name, at(entry, 'user'));
    const user = part.users.find((candidate) => candidate.name === name);
    if (user !== undefined) into.users.push(withPlugins(user, at(entry, 'user'), folder));
  }
  into.current ||= text(file, 'current-context');
}

function addNew<Named extends { readonly name: string }>(into: Named[], from: readonly Named[]): void {
  for (const entry of from) if (!into.some(({ name }) => name === entry.name)) into.push(entry);
}

/** client-node reads a `token-file` that kubectl does not know, and at once. */
function withoutTokenFile(entry: Json): Json {
  const { 'token-file': _, ...user } = record(entry, 'user');
  return { ...record(entry), user };
}

/** `tokenFile` (which outranks `token`), and a plugin's command, relative to the kubeconfig. */
function withPlugins(user: User, raw: Json, folder: string): User {
  const tokenFile = text(raw, 'tokenFile');
  const command = text(raw, 'exec', 'command');
  const relative = command !== undefined && /[/\\]/.test(command);
  return {
    ...user,
    ...(relative && { exec: { ...record(raw, 'exec'), command: resolve(folder, command) } }),
    ...(tokenFile !== undefined && {
      token: undefined,
      authProvider: { name: 'tokenFile', config: { tokenFile: resolve(folder, tokenFile) } },
    }),
  } as User;
}

function named(clusters: readonly Cluster[], what: string, name: string | undefined, server: string | undefined): Cluster {
  const found = clusters.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  if (server !== undefined) return { name: name ?? '', server, skipTLSVerify: false };
  throw new Failure(
    `There is no ${what} "${name}" in the kubeconfig.`,
    existing(
      `${what}s`,
      clusters.map((candidate) => candidate.name),
    ),
  );
}

function withClusterFlags(cluster: Cluster, flags: ConnectionFlags): Cluster {
  const { caData, caFile, ...rest } = cluster;
  const trust =
    flags.certificateAuthority !== undefined
      ? { caFile: resolve(flags.certificateAuthority) }
      : flags.insecureSkipTlsVerify
        ? {}
        : { caData, caFile };
  const server = (flags.server ?? cluster.server).replace(/\/+$/, '');
  return {
    ...rest,
    ...trust,
    server: /^https?:\/\//i.test(server) ? server : `http://${server}`,
    skipTLSVerify: flags.insecureSkipTlsVerify ?? cluster.skipTLSVerify,
    // The certificate's name in the kubeconfig belongs to the kubeconfig's server.
    tlsServerName: flags.tlsServerName ?? (flags.server === undefined ? cluster.tlsServerName : undefined),
    proxyUrl: flags.proxyUrl ?? cluster.proxyUrl,
  } as Cluster;
}

function withUserFlags(user: User, raw: Json, flags: ConnectionFlags): Pick<Selected, 'user' | 'impersonate' | 'exec'> {
  const { exec, impersonateUser, ...rest } = user;
  // A token or certificate given by flag replaces whatever would have supplied one.
  const given = flags.token !== undefined || flags.clientCertificate !== undefined;
  const withToken = flags.token === undefined ? rest : { ...rest, token: flags.token, authProvider: null };
  const cert = flags.clientCertificate === undefined ? {} : { certFile: resolve(flags.clientCertificate), certData: undefined };
  const key = flags.clientKey === undefined ? {} : { keyFile: resolve(flags.clientKey), keyData: undefined };
  const extra = Object.entries(record(raw, 'as-user-extra')).map(([name, values]) => [name, texts({ values }, 'values')] as const);
  return {
    user: { ...withToken, ...cert, ...key } as User,
    exec: given ? undefined : exec,
    impersonate: {
      user: flags.as ?? impersonateUser,
      groups: flags.asGroup ?? texts(raw, 'as-groups'),
      uid: flags.asUid ?? textRecord(raw)['as-uid'],
      extra: Object.fromEntries(extra),
    },
  };
}

function noContext(config: Config, asked: string | undefined, name: string | undefined): Failure {
  const names = existing(
    'contexts',
    config.contexts.map((context) => context.name),
  );
  if (name === undefined) return new Failure('No context is selected in the kubeconfig.', names, 'Choose one with --context NAME.');
  return new Failure(
    `There is no context "${name}" in the kubeconfig${asked === undefined ? ', which names it as the current one' : ''}.`,
    names,
  );
}

/** The names there are, the first few of them. */
function existing(what: string, names: readonly string[]): string {
  if (names.length === 0) return `It has no ${what}.`;
  const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return `Its ${what}: ${names.slice(0, 10).join(', ')}${more}.`;
}
