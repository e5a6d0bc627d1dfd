import http from 'node:http';
import https from 'node:https';
import { type Json, at, list, parseJson, texts } from '../model/json.ts';
import { type ConnectionFlags, connect } from './connect.ts';
import { failureOf } from './failures.ts';
import { HttpError, TransportError } from './request.ts';

/** What a caller may do in a namespace, as the server's authorizers list it. */
export type Review = {
  readonly rules: readonly GrantedRule[];
  /** An authorizer cannot list what it would allow. */ readonly incomplete: boolean;
};
export type GrantedRule = {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  /** Empty for all. */
  readonly names: readonly string[];
};

export type Asked = { readonly verb: string; readonly group: string; readonly resource: string; readonly name?: string | undefined };

export type Reviewer = {
  readonly context: string;
  readonly user: string;
  /** All rules that hold in a namespace. */
  readonly rules: (namespace: string) => Promise<Review>;
  /** Whether one thing is allowed; undefined for the whole cluster. */
  readonly allowed: (asked: Asked, namespace: string | undefined) => Promise<boolean>;
  readonly close: () => void;
};

const TIMEOUT = 15_000;

/**
 * Asks a server what the caller may do. The two reviews are questions in the form of a POST: the server answers and stores nothing,
 * and every authenticated user may ask. They are the only requests of the program that are no GET.
 */
export async function openReviewer(flags: ConnectionFlags): Promise<Reviewer> {
  const connection = await connect(flags);
  const ask = async (kind: string, spec: Json): Promise<Json> => {
    const body = JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind, spec });
    try {
      const { status, answer } = await post(connection.server, `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`, body, {
        ...(await connection.options()),
        timeout: connection.timeout || TIMEOUT,
      });
      if (status >= 300) throw new HttpError(status, Buffer.from(answer), undefined);
      return parseJson(answer);
    } catch (error) {
      throw await failureOf(error, connection);
    }
  };
  return {
    context: connection.context,
    user: connection.user,
    rules: async (namespace) => {
      const answer = await ask('SelfSubjectRulesReview', { namespace });
      const rules = list(answer, 'status', 'resourceRules').map((rule) => ({
        verbs: texts(rule, 'verbs'),
        groups: texts(rule, 'apiGroups'),
        resources: texts(rule, 'resources'),
        names: texts(rule, 'resourceNames'),
      }));
      return { rules, incomplete: at(answer, 'status', 'incomplete') === true };
    },
    allowed: async ({ verb, group, resource, name }, namespace) => {
      const [plural, subresource] = resource.split('/');
      const resourceAttributes = {
        verb,
        group,
        resource: plural,
        ...(subresource && { subresource }),
        ...(name && { name }),
        ...(namespace && { namespace }),
      };
      return at(await ask('SelfSubjectAccessReview', { resourceAttributes }), 'status', 'allowed') === true;
    },
    close: connection.close,
  };
}

function post(server: string, path: string, body: string, options: https.RequestOptions): Promise<{ status: number; answer: string }> {
  const url = new URL(server);
  return new Promise((resolve, reject) => {
    const fail = (kind: TransportError['kind'], error: NodeJS.ErrnoException): void =>
      reject(new TransportError(kind, error.message || String(error.code), error.code));
    const request = (url.protocol === 'https:' ? https : http).request({
      ...options,
      method: 'POST',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      path: url.pathname.replace(/\/$/, '') + path,
      headers: {
        ...(options.headers as Record<string, string>),
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        accept: 'application/json',
      },
    });
    request.on('timeout', () => request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })));
    request.on('error', (error: NodeJS.ErrnoException) => fail(error.code === 'ETIMEDOUT' ? 'timeout' : 'unreachable', error));
    request.on('response', (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, answer }));
      response.on('error', (error) => fail('truncated', error));
    });
    request.end(body);
  });
}
