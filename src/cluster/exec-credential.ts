import { spawn } from 'node:child_process';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
import { Failure } from '../model/failure.ts';
import { type Json, flag, list, parseJson, text, texts, time } from '../model/json.ts';

/** What a credential plugin gives: a token, a client certificate, or both. `expires` is NaN when it does not say. */
export type ExecCredential = {
  readonly token?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly expires: number;
};

/**
 * Runs the credential plugin of a kubeconfig user, as client-go does: environment added, KUBERNETES_EXEC_INFO set,
 * stderr shown, stdin given only when there is a terminal and the plugin may use it (an open pipe would let it wait for ever).
 */
export async function execCredential(exec: Json, cluster: Cluster): Promise<ExecCredential> {
  const command = text(exec, 'command') ?? '';
  const apiVersion = text(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1';
  const mode = text(exec, 'interactiveMode');
  const interactive = mode !== 'Never' && process.stdin.isTTY === true;
  if (mode === 'Always' && !interactive)
    throw new Failure(
      `The credential plugin ${command} of the kubeconfig asks questions, and there is no terminal.`,
      'Its interactiveMode is Always.',
    );
  const env = { ...process.env, ...envOf(exec), KUBERNETES_EXEC_INFO: execInfo(exec, apiVersion, interactive, cluster) };
  const output = await run(command, texts(exec, 'args'), env, interactive, text(exec, 'installHint'));
  const status = parseJson(output);
  const token = text(status, 'status', 'token');
  const cert = text(status, 'status', 'clientCertificateData');
  if (token === undefined && cert === undefined)
    throw new Failure(`The credential plugin ${command} gave neither a token nor a certificate.`);
  return {
    token,
    cert,
    key: text(status, 'status', 'clientKeyData'),
    expires: time(status, 'status', 'expirationTimestamp') ?? Number.NaN,
  };
}

function envOf(exec: Json): Record<string, string> {
  const entries = list(exec, 'env').map((entry) => [text(entry, 'name') ?? '', text(entry, 'value') ?? ''] as const);
  return Object.fromEntries(entries.filter(([name]) => name !== ''));
}

function execInfo(exec: Json, apiVersion: string, interactive: boolean, cluster: Cluster): string {
  const about = {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.skipTLSVerify || undefined,
    'certificate-authority-data': cluster.caData,
    'proxy-url': cluster.proxyUrl,
  };
  const spec = { interactive, ...(flag(exec, 'provideClusterInfo') && { cluster: about }) };
  return JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv, interactive: boolean, hint: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new Failure(`The credential plugin ${command} of the kubeconfig failed.`, why, hint?.trim().split('\n', 1)[0]));
    const plugin = spawn(command, args, { env, stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'], windowsHide: true });
    let output = '';
    plugin.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    plugin.on('error', (error) => fail(error.message));
    plugin.on('close', (code, signal) =>
      code === 0 ? resolve(output) : fail(signal === null ? `It ended with exit code ${code}.` : `It was ended by ${signal}.`),
    );
  });
}
