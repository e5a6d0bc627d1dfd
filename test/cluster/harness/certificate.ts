import { type KeyObject, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

export type Certificate = { readonly cert: string; readonly key: string; readonly name: string; readonly signer: KeyObject };

const DAY = 86_400_000;

type Wanted = {
  readonly issuer?: Certificate;
  /** May be negative: a certificate that has expired. */
  readonly validDays?: number;
  /** DNS names and addresses it is for, instead of 127.0.0.1. */
  readonly names?: readonly string[];
  /** An RSA key instead of ECDSA; only with an issuer. */
  readonly rsa?: true;
};

/** A certificate, ECDSA and for 127.0.0.1 if nothing else is wanted, signed by `issuer`, or by itself as an authority. */
export function certificate(name: string, { issuer, validDays = 2, names: wanted = ['127.0.0.1'], rsa }: Wanted = {}): Certificate {
  const { publicKey, privateKey } = rsa
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const from = Date.now() + Math.min(0, validDays * 2 - 1) * DAY;
  const authority = sequence(oid(0x55, 0x1d, 0x13), tag(0x01, Buffer.from([255])), tag(0x04, sequence(tag(0x01, Buffer.from([255])))));
  const names = sequence(oid(0x55, 0x1d, 0x11), tag(0x04, sequence(...wanted.map(alternative))));
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(8)])),
    algorithm,
    distinguished(issuer?.name ?? name),
    sequence(time(from), time(Date.now() + validDays * DAY)),
    distinguished(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(issuer === undefined ? authority : names)),
  );
  const signature = sign('sha256', body, issuer?.signer ?? privateKey);
  const der = sequence(body, algorithm, tag(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const cert = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), name, signer: privateKey };
}

/** IPv6 only as ::1. */
function alternative(name: string): Buffer {
  if (name === '::1') return tag(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]));
  return isIP(name) === 4 ? tag(0x87, Buffer.from(name.split('.').map(Number))) : tag(0x82, Buffer.from(name));
}

function tag(type: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([type, ...size]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => tag(0x30, Buffer.concat(parts));
const oid = (...bytes: number[]): Buffer => tag(0x06, Buffer.from(bytes));
const time = (at: number): Buffer => tag(0x18, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')}`));
const distinguished = (name: string): Buffer => sequence(tag(0x31, sequence(oid(0x55, 0x04, 0x03), tag(0x0c, Buffer.from(name)))));
