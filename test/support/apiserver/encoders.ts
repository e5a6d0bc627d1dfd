import { encodeNode } from './node-encoding.ts';
import { encodePod } from './pod-encoding.ts';
import type { Message } from './protobuf.ts';

const ENCODERS: Readonly<Record<string, Message>> = { '/Pod': encodePod, '/Node': encodeNode };

/** Writes an object of a kind as protobuf; undefined of kinds that this server has in JSON only. */
export const encoderOf = ({ group, kind }: { readonly group: string; readonly kind: string }): Message | undefined =>
  ENCODERS[`${group}/${kind}`];
