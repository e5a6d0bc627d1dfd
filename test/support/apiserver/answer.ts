import type { ServerResponse } from 'node:http';
import { constants, createGzip } from 'node:zlib';
import type { Json, JsonRecord } from '../../../src/model/json.ts';
import { number } from '../../../src/model/json.ts';
import { encodeStatus } from './pod-encoding.ts';
import { ENVELOPE_END, envelopeStart } from './protobuf.ts';

/** What can go wrong with one request. A cut breaks the connection after so many bytes of the body, or at its end. */
export type Fault = { readonly status: 410 | 429 | 500; readonly retryAfter?: number } | { readonly cut: number };

/** A request on its way to being answered. */
export type Exchange = {
  readonly url: URL;
  readonly method: string;
  readonly accept: string;
  readonly gzip: boolean;
  readonly response: ServerResponse;
  /** Takes note of what is sent. */
  readonly record: { status: number; bytes: number };
  readonly fault: Fault | undefined;
};

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
/** Smaller bodies are never compressed. */
const WORTH_COMPRESSING = 128 * 1024;

export const statusOf = (code: number, reason: string, message: string, details?: JsonRecord): JsonRecord => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  ...(details && { details }),
  code,
});

/** A refusal, in the format that the caller likes best. */
export async function refuse(exchange: Exchange, status: Json, retryAfter?: number): Promise<void> {
  exchange.record.status = number(status, 'code')!;
  if (retryAfter !== undefined) exchange.response.setHeader('retry-after', String(retryAfter));
  if (!exchange.accept.trimStart().startsWith(PROTOBUF)) return sendJson(exchange, status);
  const body = encodeStatus(status);
  await sendBytes(exchange, PROTOBUF, Buffer.concat([envelopeStart('v1', 'Status', body.length), body, ENVELOPE_END]));
}

export const sendJson = (exchange: Exchange, value: Json): Promise<void> =>
  sendBytes(exchange, 'application/json', Buffer.from(`${JSON.stringify(value)}\n`));

export const sendBytes = (exchange: Exchange, contentType: string, body: Buffer): Promise<void> =>
  send(exchange, contentType, body.length, (write) => write(body));

/** Sends a body of so many bytes as `produce` writes it. A write is done when the connection has taken its bytes: the buffer is free again. */
export async function send(
  exchange: Exchange,
  contentType: string,
  length: number,
  produce: (write: (bytes: Buffer) => Promise<void>) => Promise<void>,
): Promise<void> {
  const { response, record } = exchange;
  record.status ||= 200;
  response.statusCode = record.status;
  response.setHeader('content-type', contentType);
  if (!exchange.gzip || length <= WORTH_COMPRESSING) {
    await produce((bytes) => pass(exchange, bytes));
    return finish(exchange);
  }
  response.setHeader('content-encoding', 'gzip');
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  const compressed = (async (): Promise<void> => {
    for await (const chunk of gzip) await pass(exchange, chunk as Buffer);
  })();
  await produce((bytes) => new Promise((resolve, reject) => void gzip.write(bytes, (error) => (error ? reject(error) : resolve()))));
  gzip.end();
  await compressed;
  finish(exchange);
}

function pass(exchange: Exchange, bytes: Buffer): Promise<void> {
  const { response, record, fault } = exchange;
  const allowed = fault !== undefined && 'cut' in fault ? Math.max(0, fault.cut - record.bytes) : bytes.length;
  const part = bytes.subarray(0, allowed);
  record.bytes += part.length;
  return new Promise((resolve, reject) => {
    response.once('close', reject);
    response.write(part, () => {
      response.off('close', reject);
      if (part.length === bytes.length) resolve();
      else reject(new Error('cut'));
    });
  });
}

function finish({ response, fault }: Exchange): void {
  if (fault !== undefined && 'cut' in fault) response.destroy();
  else response.end();
}
