import { X509Certificate } from 'node:crypto';
import { Failure } from '../model/failure.ts';
import type { Gap } from '../model/gap.ts';
import { text } from '../model/json.ts';
import type { Need } from '../model/need.ts';
import { resourceName } from '../model/resource.ts';
import type { Connection } from './connect.ts';
import { HttpError, TransportError } from './request.ts';

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);

/** What to tell when nothing at all can be read from a server: the program ends with it. */
export async function failureOf(error: unknown, connection: Connection): Promise<Failure> {
  if (error instanceof Failure) return error;
  const { server } = connection;
  const where = `Context "${connection.context}", user "${connection.user}".`;
  if (error instanceof HttpError && error.status === 401) {
    const expired = await expiredClientCertificate(connection);
    if (expired !== undefined)
      return new Failure(
        `Your client certificate has expired, so ${server} refuses you.`,
        `It was valid until ${expired}.`,
        'Renew the credentials of the kubeconfig.',
      );
    return new Failure(
      `${server} does not accept your credentials (401 Unauthorized).`,
      where,
      'Log in again, or choose another --context or --user.',
    );
  }
  if (!(error instanceof TransportError))
    return new Failure(`${server} gives no usable answer.`, error instanceof Error ? error.message : String(error), where);
  const { code } = error;
  if (code === 'CERT_HAS_EXPIRED')
    return new Failure(
      `The certificate of ${server} has expired.`,
      error.message,
      'The cluster must renew it: kubeadm certs check-expiration, or its equal.',
    );
  if (code === 'CERT_NOT_YET_VALID')
    return new Failure(`The certificate of ${server} is not valid yet.`, error.message, 'Is the clock of this machine right?');
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return new Failure(
      `The certificate of ${server} is for another name.`,
      error.message,
      'Check --server, or give the name in it with --tls-server-name.',
    );
  if (code !== undefined && UNTRUSTED.has(code)) {
    return new Failure(
      `The certificate of ${server} is signed by an authority that is not trusted.`,
      `${error.message}.`,
      'Check certificate-authority in the kubeconfig, or --certificate-authority. Is it the right cluster?',
    );
  }
  return new Failure(`${server} cannot be reached.`, `${error.message}.`, `${where} Is the cluster up, and is it the right context?`);
}

async function expiredClientCertificate(connection: Connection): Promise<string | undefined> {
  const { cert } = await connection.options();
  if (cert === undefined) return undefined;
  try {
    const { validTo } = new X509Certificate(cert as Buffer);
    return Date.parse(validTo) < Date.now() ? validTo : undefined;
  } catch {
    return undefined;
  }
}

/** The gap that a failed read leaves. */
export function gapOf(need: Need, error: unknown): Omit<Gap, 'blocks' | 'essential'> {
  const common = needNames(need);
  const gap = (reason: Gap['reason'], message: string): Omit<Gap, 'blocks' | 'essential'> => ({ ...common, reason, message });
  if (error instanceof HttpError) {
    if (error.status === 403) return gap('forbidden', forbidden(need, error));
    if (error.status === 404) return gap('absent', need.kind === 'log' ? error.message : `the server does not know ${common.resource}`);
    return gap(error.status === 504 ? 'timeout' : 'unreachable', `the server answered ${error.status}: ${error.message}`);
  }
  if (error instanceof TransportError) return gap(error.kind, error.message);
  return gap('malformed', error instanceof Error ? error.message : String(error));
}

function needNames(need: Need): Pick<Gap, 'what' | 'verb' | 'resource' | 'namespace'> {
  if (need.kind === 'log') {
    const what = `${need.previous ? 'previous log' : 'log'} of ${need.namespace}/${need.pod} (${need.container})`;
    return { what, verb: 'log', resource: 'pods/log', namespace: need.namespace };
  }
  const resource = resourceName(need.resource);
  const what = need.name === undefined ? resource : `${resource} ${need.name}`;
  return {
    what,
    verb: need.name === undefined ? 'list' : 'get',
    resource,
    ...(need.namespace !== undefined && { namespace: need.namespace }),
  };
}

/** The missing right, as RBAC words it: `list pods cluster-wide is forbidden for user "x"`. */
function forbidden(need: Need, error: HttpError): string {
  const user = /User "([^"]+)"/.exec(text(error.body, 'message') ?? '')?.[1];
  const { verb, what } = needNames(need);
  const scope =
    need.namespace !== undefined
      ? ` in namespace ${need.namespace}`
      : need.kind === 'list' && !need.resource.namespaced
        ? ''
        : ' cluster-wide';
  const right = verb === 'log' ? 'get pods/log' : `${verb} ${what}`;
  return `${right}${scope} is forbidden${user === undefined ? '' : ` for user "${user}"`}`;
}
