import type { Json } from '../model/json.ts';
import { BYTES, LIST_META, MAGIC, RAW_FIELD, type Schema, decode, readVarint } from './protobuf.ts';
import { type Sink, TransportError } from './request.ts';

// Field numbers of k8s.io/api/core/v1/generated.proto. A schema here names what PodTableBuilder.add reads; everything else
// (managedFields, volumes, probes: nine tenths of a pod) is passed over without being decoded.

const OWNER: Schema = {
  1: { name: 'kind', type: 'text' },
  3: { name: 'name', type: 'text' },
  4: { name: 'uid', type: 'text' },
  6: { name: 'controller', type: 'bool' },
};

const METADATA: Schema = {
  1: { name: 'name', type: 'text' },
  3: { name: 'namespace', type: 'text' },
  5: { name: 'uid', type: 'text' },
  8: { name: 'creationTimestamp', type: 'time' },
  9: { name: 'deletionTimestamp', type: 'time' },
  11: { name: 'labels', type: 'labels' },
  12: { name: 'annotations', type: 'labels' },
  13: { name: 'ownerReferences', type: OWNER, repeated: true },
};

const CONTAINER: Schema = {
  1: { name: 'name', type: 'text' },
  2: { name: 'image', type: 'text' },
  3: { name: 'command', type: 'text', repeated: true },
  4: { name: 'args', type: 'text', repeated: true },
};

const SPEC: Schema = {
  2: { name: 'containers', type: CONTAINER, repeated: true },
  10: { name: 'nodeName', type: 'text' },
  11: { name: 'hostNetwork', type: 'bool' },
  20: { name: 'initContainers', type: CONTAINER, repeated: true },
};

const STATE: Schema = {
  1: { name: 'waiting', type: { 1: { name: 'reason', type: 'text' } } },
  2: { name: 'running', type: { 1: { name: 'startedAt', type: 'time' } } },
  3: {
    name: 'terminated',
    type: {
      1: { name: 'exitCode', type: 'int' },
      6: { name: 'finishedAt', type: 'time' },
    },
  },
};

const CONTAINER_STATUS: Schema = {
  2: { name: 'state', type: STATE },
  3: { name: 'lastState', type: STATE },
  5: { name: 'restartCount', type: 'int' },
};

const IP: Schema = { 1: { name: 'ip', type: 'text' } };

const STATUS: Schema = {
  1: { name: 'phase', type: 'text' },
  2: { name: 'conditions', type: { 1: { name: 'type', type: 'text' }, 2: { name: 'status', type: 'text' } }, repeated: true },
  4: { name: 'reason', type: 'text' },
  5: { name: 'hostIP', type: 'text' },
  6: { name: 'podIP', type: 'text' },
  7: { name: 'startTime', type: 'time' },
  8: { name: 'containerStatuses', type: CONTAINER_STATUS, repeated: true },
  10: { name: 'initContainerStatuses', type: CONTAINER_STATUS, repeated: true },
  12: { name: 'podIPs', type: IP, repeated: true },
};

const POD: Schema = { 1: { name: 'metadata', type: METADATA }, 2: { name: 'spec', type: SPEC }, 3: { name: 'status', type: STATUS } };

/** Of PodList. */
const METADATA_FIELD = 1;
const ITEMS_FIELD = 2;

/** Reads a PodList as its bytes arrive, pod by pod; `end` gives the list's metadata. */
export function podListSink(onPod: (pod: Json) => void): Sink<Json> {
  let metadata: Json;
  /** Bytes that are not read yet, and how many more they must become before reading on makes sense. */
  let rest: Buffer = Buffer.alloc(0);
  let waiting: Buffer[] = [];
  let missing = 0;
  /** Bytes of the list that are still to come; undefined before it begins. */
  let left: number | undefined;

  const write = (chunk: Buffer): void => {
    waiting.push(chunk);
    missing -= chunk.length;
    if (missing > 0) return;
    rest = waiting.length === 1 && rest.length === 0 ? chunk : Buffer.concat([rest, ...waiting]);
    waiting = [];
    const cursor = { at: 0 };
    left ??= listLength(rest, cursor);
    while (left !== undefined && left > 0 && readField(cursor));
    rest = left === 0 ? Buffer.alloc(0) : rest.subarray(cursor.at);
    if (missing < 0) missing = 0;
  };

  /** Reads one field of the list; false when it has not arrived as a whole. */
  const readField = (cursor: { at: number }): boolean => {
    const start = cursor.at;
    const tag = readVarint(rest, cursor, rest.length);
    const length = tag === undefined ? undefined : readVarint(rest, cursor, rest.length);
    const whole = length !== undefined && cursor.at + length <= rest.length;
    if (!whole) {
      if (length !== undefined) missing = cursor.at + length - rest.length;
      cursor.at = start;
      return false;
    }
    const from = cursor.at;
    cursor.at += length;
    if (tag === ((ITEMS_FIELD << 3) | BYTES)) onPod(decode(rest, from, cursor.at, POD));
    else if (tag === ((METADATA_FIELD << 3) | BYTES)) metadata = decode(rest, from, cursor.at, LIST_META);
    left! -= cursor.at - start;
    return true;
  };

  return {
    write,
    end: () => {
      if (left !== 0) throw new TransportError('truncated', 'the answer ended in the middle');
      return { metadata };
    },
  };
}

/** The length of the list that begins at the cursor afterwards; undefined while its beginning has not arrived. */
function listLength(buffer: Buffer, cursor: { at: number }): number | undefined {
  if (buffer.length < MAGIC.length) return undefined;
  const here = { at: MAGIC.length };
  for (;;) {
    const tag = readVarint(buffer, here, buffer.length);
    const length = tag === undefined ? undefined : readVarint(buffer, here, buffer.length);
    if (tag === undefined || length === undefined) return undefined;
    if (tag >>> 3 === RAW_FIELD) {
      cursor.at = here.at;
      return length;
    }
    here.at += length;
  }
}
