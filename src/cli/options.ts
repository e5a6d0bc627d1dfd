import { FORMAT_NAMES } from '../report/index.ts';
import type { ConnectionFlags } from '../cluster/connect.ts';
import { type Flag, type Words, booleanFlag, stringFlag, stringsFlag } from './define-command.ts';

const CONNECTION = 'Connection (as for kubectl):';
const INPUT = 'Input:';
const OUTPUT = 'Output:';

/** kubectl’s flags for reaching a cluster, with kubectl’s meanings. */
export const CONNECTION_FLAGS: Readonly<Record<string, Flag>> = {
  kubeconfig: { type: 'string', describe: 'path to the kubeconfig file', group: CONNECTION },
  context: { type: 'string', describe: 'name of the kubeconfig context', group: CONNECTION },
  cluster: { type: 'string', describe: 'name of the kubeconfig cluster', group: CONNECTION },
  user: { type: 'string', describe: 'name of the kubeconfig user', group: CONNECTION },
  'request-timeout': { type: 'string', describe: 'time to wait for one request: 30, 30s, 1m; 0 for no limit', group: CONNECTION },
  as: { type: 'string', describe: 'user to impersonate', group: CONNECTION },
  'as-group': { type: 'strings', describe: 'group to impersonate (repeatable)', group: CONNECTION },
  'as-uid': { type: 'string', describe: 'uid to impersonate', group: CONNECTION },
  server: { type: 'string', alias: 's', describe: 'address of the API server', group: CONNECTION },
  token: { type: 'string', describe: 'bearer token', group: CONNECTION },
  'certificate-authority': { type: 'string', describe: 'path to a CA certificate', group: CONNECTION },
  'client-certificate': { type: 'string', describe: 'path to a client certificate', group: CONNECTION },
  'client-key': { type: 'string', describe: 'path to a client key', group: CONNECTION },
  'tls-server-name': { type: 'string', describe: 'server name to check the certificate for', group: CONNECTION },
  'insecure-skip-tls-verify': { type: 'boolean', describe: 'do not check the server’s certificate', group: CONNECTION },
  'proxy-url': { type: 'string', describe: 'proxy for requests to the API server', group: CONNECTION },
  'chunk-size': { type: 'number', describe: 'objects to ask for at once', group: CONNECTION },
  qps: { type: 'number', describe: 'requests to send in a second at most', group: CONNECTION },
  v: { type: 'number', describe: 'verbosity; 6 prints each request', group: CONNECTION },
  stats: { type: 'boolean', describe: 'print requests, bytes and time by kind of object to stderr', group: CONNECTION },
};

export const SCOPE_FLAGS: Readonly<Record<string, Flag>> = {
  'all-namespaces': { type: 'boolean', alias: 'A', describe: 'report about all namespaces', group: INPUT },
  namespace: { type: 'string', alias: 'n', describe: 'report about one namespace (everything is compared all the same)', group: INPUT },
};

export const INPUT_FLAGS: Readonly<Record<string, Flag>> = {
  filename: {
    type: 'strings',
    alias: 'f',
    describe: 'read files or folders instead of a cluster; - for standard input (repeatable)',
    group: INPUT,
  },
  at: { type: 'string', describe: 'take this time as now (RFC 3339), for files', group: INPUT },
};

export const OUTPUT_FLAGS: Readonly<Record<string, Flag>> = {
  output: { type: 'string', alias: 'o', describe: 'format of the output', choices: FORMAT_NAMES, group: OUTPUT },
  'fail-on': {
    type: 'string',
    describe: 'lowest severity that makes the exit code 1',
    choices: ['error', 'warning', 'info', 'never'],
    default: 'error',
    group: OUTPUT,
  },
  confirm: {
    type: 'boolean',
    describe: 'read suspects a second time before a conflict is called confirmed (--no-confirm to skip)',
    default: true,
    group: INPUT,
  },
};

/** The connection flags among a command’s words. */
export function connectionFlags(words: Words): ConnectionFlags & { chunkSize?: number; qps?: number } {
  const text = (name: string): string | undefined => stringFlag(words, name);
  const flags = {
    kubeconfig: text('kubeconfig'),
    context: text('context'),
    cluster: text('cluster'),
    user: text('user'),
    namespace: text('namespace'),
    requestTimeout: text('request-timeout'),
    as: text('as'),
    asUid: text('as-uid'),
    server: text('server'),
    token: text('token'),
    certificateAuthority: text('certificate-authority'),
    clientCertificate: text('client-certificate'),
    clientKey: text('client-key'),
    tlsServerName: text('tls-server-name'),
    proxyUrl: text('proxy-url'),
    ...(stringsFlag(words, 'as-group').length > 0 ? { asGroup: stringsFlag(words, 'as-group') } : {}),
    ...(booleanFlag(words, 'insecure-skip-tls-verify') ? { insecureSkipTlsVerify: true } : {}),
    ...(typeof words['chunk-size'] === 'number' ? { chunkSize: words['chunk-size'] } : {}),
    ...(typeof words['qps'] === 'number' && words['qps'] > 0 ? { qps: words['qps'] } : {}),
  };
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}
