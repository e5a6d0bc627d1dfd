import { readFileSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity, getCACertificates } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { Failure } from '../model/failure.ts';
import { text } from '../model/json.ts';
import { type ExecCredential, execCredential } from './exec-credential.ts';
import { type Impersonation, type Selected, selectCluster } from './kubeconfig.ts';
import { proxyFromEnvironment } from './proxy.ts';

/** kubectl's flags for choosing a server and a user, with kubectl's meanings. */
export type ConnectionFlags = {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  /** `0`, `30`, `30s`, `1m`: how long one request may take; 0 and absent mean no limit. */
  readonly requestTimeout?: string | undefined;
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly asUid?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly certificateAuthority?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly tlsServerName?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly proxyUrl?: string | undefined;
};

/** A chosen server and user. Nothing has been sent yet. */
export type Connection = {
  readonly context: string;
  readonly server: string;
  readonly namespace: string;
  readonly user: string;
  /** Milliseconds one request may take, 0 for no limit. */
  readonly timeout: number;
  /** Options for one request: agent, TLS, credentials, impersonation. Credentials that have expired are renewed. */
  readonly options: () => Promise<RequestOptions>;
  /** Has credentials of a plugin or file fetched anew; false when there are none. */
  readonly renew: () => boolean;
  readonly close: () => void;
};

/** Refusals closer together than this (in ms) are one. */
const AT_ONCE = 5_000;

/** How many requests are in flight at most: where a server is far, more, since they wait for the way and not for the server. */
export const IN_FLIGHT = { near: 4, far: 8 };

/** Takes kubectl's flags, reads the kubeconfig; throws a Failure when it names no usable server. */
export async function connect(flags: ConnectionFlags): Promise<Connection> {
  const selected = selectCluster(flags);
  const timeout = milliseconds(flags.requestTimeout ?? '0');
  const cluster = { ...selected.cluster, proxyUrl: selected.cluster.proxyUrl || proxyFromEnvironment(checked(selected.cluster.server)) };
  const impersonation = impersonationHeaders(selected.impersonate);
  let credential: Promise<ExecCredential> | undefined;
  let config: Promise<KubeConfig> | undefined;
  let agent: Agent | undefined;
  const host = new URL(selected.cluster.server).hostname.replace(/^\[|\]$/g, '');
  const tokenFile = tokenFileOf(selected.user);
  const fromFile = (): Record<string, string> => (tokenFile === undefined ? {} : { Authorization: `Bearer ${readToken(tokenFile)}` });
  let renewed = 0;

  const prepared = async (): Promise<KubeConfig> => {
    if (credential !== undefined && (await credential).expires <= Date.now()) config = credential = undefined;
    if (selected.exec) credential ??= execCredential(selected.exec, selected.cluster);
    config ??= (credential ?? Promise.resolve(undefined)).then((found) => configFor(cluster as Selected['cluster'], selected.user, found));
    return config;
  };

  return {
    context: selected.context,
    server: selected.cluster.server,
    namespace: selected.namespace,
    user: selected.user.name,
    timeout,
    options: async () => {
      const options: RequestOptions = {};
      const found = await prepared();
      try {
        await found.applyToHTTPSOptions(options);
      } catch (error) {
        throw new Failure(
          `The credentials for ${selected.cluster.server} cannot be used.`,
          error instanceof Error ? error.message : String(error),
        );
      }
      // The SOCKS agent tells TLS no name where the server is an address.
      if (cluster.proxyUrl?.startsWith('socks') && isIP(host) !== 0)
        options.checkServerIdentity = (_, certificate) => checkServerIdentity(cluster.tlsServerName ?? host, certificate);
      if (agent !== options.agent) agent = Object.assign(options.agent as Agent, { keepAlive: true, maxSockets: IN_FLIGHT.near });
      const credentials = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value).trim()] as const);
      return { ...options, headers: { ...Object.fromEntries(credentials), ...fromFile(), ...impersonation } };
    },
    renew: () => {
      if (tokenFile !== undefined) return true;
      if (!selected.exec) return false;
      // Several requests are refused at once: the plugin is asked once for them all.
      if (Date.now() - renewed > AT_ONCE) {
        renewed = Date.now();
        config = credential = undefined;
      }
      return true;
    },
    close: () => agent?.destroy(),
  };
}

const tokenFileOf = (user: Selected['user']): string | undefined => text(user.authProvider, 'config', 'tokenFile');

/** Read for every request: whoever renews the token writes the file anew. */
function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Failure(`The token file ${file} of the kubeconfig cannot be read.`, error instanceof Error ? error.message : String(error));
  }
}

/** kubectl prefers data to a file, client-node the other way round. */
function configFor(cluster: Selected['cluster'], user: Selected['user'], found: ExecCredential | undefined): KubeConfig {
  const config = new KubeConfig();
  /** client-node refuses plain http unless verification is off; there is nothing to verify. */
  const plain = cluster.server.startsWith('http:');
  const encoded = (pem: string | undefined): string | undefined => (pem === undefined ? undefined : Buffer.from(pem).toString('base64'));
  const fromPlugin =
    found === undefined
      ? {}
      : {
          token: found.token,
          ...(found.cert && { certData: encoded(found.cert), keyData: encoded(found.key), certFile: undefined, keyFile: undefined }),
        };
  const systemCAs = plain || cluster.skipTLSVerify || cluster.caData || cluster.caFile ? undefined : trustedBySystem();
  const certificate = { ...user, ...(user.certData && { certFile: undefined }), ...(user.keyData && { keyFile: undefined }) };
  const trust = { ...(cluster.caData && { caFile: undefined }), ...(systemCAs && { caData: systemCAs }) };
  config.loadFromClusterAndUser(
    { ...cluster, ...trust, name: cluster.name || 'cluster', skipTLSVerify: plain || cluster.skipTLSVerify } as Selected['cluster'],
    { ...certificate, name: user.name || 'user', ...fromPlugin } as Selected['user'],
  );
  return config;
}

/** Go trusts the system's store when a kubeconfig names no CA; Node would trust its own list only. */
const trustedBySystem = (): string =>
  Buffer.from([...getCACertificates('system'), ...getCACertificates('default')].join('\n')).toString('base64');

function checked(server: string): string {
  if (!URL.canParse(server)) throw new Failure(`"${server}" is no server URL.`, undefined, 'It should look like https://host:6443.');
  return server;
}

function impersonationHeaders(as: Impersonation): Record<string, string | string[]> {
  if (!as.user) {
    if (as.groups?.length || as.uid)
      throw new Failure('--as-group and --as-uid need --as.', 'A group can only be taken on together with a user.');
    return {};
  }
  const extra = Object.entries(as.extra ?? {}).map(
    ([name, values]) => [`Impersonate-Extra-${encodeURIComponent(name)}`, [...values]] as const,
  );
  return {
    'Impersonate-User': as.user,
    ...(as.groups?.length && { 'Impersonate-Group': [...as.groups] }),
    ...(as.uid && { 'Impersonate-Uid': as.uid }),
    ...Object.fromEntries(extra),
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** kubectl's durations: `0`, whole seconds, or Go's `1m30s`. */
function milliseconds(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new Failure(`"${text}" is no --request-timeout.`, undefined, 'Write it as 0 (no limit), 30, 30s or 1m.');
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);
}
