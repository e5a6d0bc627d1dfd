import { canonicalAddress } from '../ip/address.ts';
import { isCanonical } from '../ip/canonical-bytes.ts';
import { CONTROL_PLANE_ARG, tells } from '../model/pod-object.ts';
import { NO_TEXT, type PodDraft, phaseNumber } from '../model/pod-rows.ts';
import type { TextList } from '../model/texts.ts';
import { KUBE_VIP_ADDRESS } from '../model/virtual-address.ts';
import { BYTES, FIXED32, FIXED64, VARINT, broken, readVarint } from './protobuf.ts';

/**
 * Reads a pod from its protobuf (k8s.io/api/core/v1/generated.proto), bytes `from` to `to`, straight into a draft: what `POD` names and
 * `readPodObject` reads, without an object in between, since a cluster may have hundreds of thousands. False where it has no name.
 */
export function readEncodedPod(bytes: Buffer, from: number, to: number, draft: PodDraft): boolean {
  const pod = new EncodedPod(bytes, draft);
  pod.read(from, to, POD);
  return pod.finish();
}

/** What to do with the fields of a message, by number: with the bytes of one, or with a number. */
type Message = {
  readonly [field: number]: (pod: EncodedPod, from: number, to: number) => void;
  readonly numbers?: { readonly [field: number]: (pod: EncodedPod, value: number) => void };
};

type Part = { from: number; to: number };

class EncodedPod {
  readonly bytes: Buffer;
  readonly draft: PodDraft;
  readonly name: Part = { from: 0, to: 0 };
  readonly namespace: Part = { from: 0, to: 0 };
  readonly podIP: Part = { from: 0, to: 0 };
  /** Of what is being read: a map entry, an owner, a container, a condition. */
  readonly key: Part = { from: 0, to: 0 };
  readonly value: Part = { from: 0, to: 0 };
  readonly third: Part = { from: 0, to: 0 };
  isController = false;
  seconds = Number.NaN;
  exitCode = Number.NaN;
  /** Of an init container: it has done its work. */
  isDone = false;
  hasOwner = false;
  hasController = false;
  hasDash = false;
  hasRange = false;
  /** Few pods have any, and there may be hundreds of thousands. */
  virtualAddresses: string[] | undefined;

  constructor(bytes: Buffer, draft: PodDraft) {
    this.bytes = bytes;
    this.draft = draft;
  }

  /** Reads a message, as far as there is something to do with its fields. */
  read(from: number, to: number, message: Message): void {
    const { bytes } = this;
    let at = from;
    while (at < to) {
      let tag = bytes[at]!;
      if (tag < 128) at++;
      else {
        cursor.at = at;
        tag = readVarint(bytes, cursor, to) ?? none();
        at = cursor.at;
      }
      const wire = tag & 7;
      if (wire === BYTES || wire === VARINT) {
        let value = bytes[at]!;
        if (value < 128 && at < to) at++;
        else {
          cursor.at = at;
          value = readVarint(bytes, cursor, to) ?? none();
          at = cursor.at;
        }
        if (wire === VARINT) message.numbers?.[tag >>> 3]?.(this, value);
        else {
          const start = at;
          at += value;
          if (at > to) none();
          message[tag >>> 3]?.(this, start, at);
        }
      } else if (wire === FIXED64) at += 8;
      else if (wire === FIXED32) at += 4;
      else none();
    }
  }

  /** Reads a message of up to three texts. */
  texts(from: number, to: number, message: Message): void {
    this.key.from = this.key.to = this.value.from = this.value.to = this.third.from = this.third.to = 0;
    this.read(from, to, message);
  }

  /** Milliseconds since the epoch; NaN of an empty Time, which is none. */
  time(from: number, to: number): number {
    this.seconds = Number.NaN;
    this.read(from, to, TIME);
    return this.seconds * 1000;
  }

  word(from: number, to: number): number {
    return this.draft.texts.words.number(this.bytes, from, to);
  }

  add({ from, to }: Part, list: TextList): void {
    list.add(this.bytes, from, to);
  }

  is({ from, to }: Part, text: Buffer): boolean {
    return to - from === text.length && this.bytes.compare(text, 0, text.length, from, to) === 0;
  }

  /** A word of a command line, which says something of ranges or not. */
  argument(from: number, to: number): void {
    const { bytes, draft } = this;
    draft.args.add(bytes, from, to);
    if (bytes[from] !== DASH || from === to) return;
    this.hasDash = true;
    const first = bytes[bytes[from + 1] === DASH ? from + 2 : from + 1]!;
    if (RANGE_LETTERS.includes(first))
      this.hasRange ||= CONTROL_PLANE_ARG.test(bytes.toString('utf8', from, Math.min(to, from + LONGEST_ARG)));
  }

  /** An address of the pod; several fields may say the same. */
  address(from: number, to: number): void {
    const { addresses } = this.draft.texts;
    const number = isCanonical(this.bytes, from, to)
      ? addresses.number(this.bytes, from, to)
      : addresses.numberOf(canonicalAddress(this.bytes.toString('utf8', from, to)) ?? '');
    if (number !== NO_TEXT && !this.draft.ips.includes(number)) this.draft.ips.push(number);
  }

  /** What only the whole pod tells. */
  finish(): boolean {
    const { draft, bytes, name, namespace, podIP } = this;
    if (name.from === name.to) return false;
    draft.key.put(bytes, namespace.from, namespace.to);
    draft.key.put(SLASH, 0, SLASH.length);
    draft.key.put(bytes, name.from, name.to);
    draft.namespace = this.word(namespace.from, namespace.to);
    if (podIP.to > podIP.from) this.address(podIP.from, podIP.to);
    if (!(this.is(namespace, KUBE_SYSTEM) ? this.hasDash : this.hasRange)) draft.args.clear();
    for (const word of this.virtualAddresses ?? []) draft.args.addText(word);
    return true;
  }
}

const cursor = { at: 0 };
const none = (): never => {
  throw broken();
};

const DASH = 0x2d;
/** With which arguments that tell of ranges begin, and how long they can be. */
const RANGE_LETTERS = Buffer.from('csan');
const LONGEST_ARG = 40;
const SLASH = Buffer.from('/');
const EQUALS = Buffer.from('=');
const KUBE_SYSTEM = Buffer.from('kube-system');
const READY = Buffer.from('Ready');
const TRUE = Buffer.from('True');

const keep =
  (part: 'name' | 'namespace' | 'podIP' | 'key' | 'value' | 'third') =>
  (pod: EncodedPod, from: number, to: number): void => {
    pod[part].from = from;
    pod[part].to = to;
  };

const TIME: Message = { numbers: { 1: (pod, seconds) => (pod.seconds = seconds) } };
const ENTRY: Message = { 1: keep('key'), 2: keep('value') };
const OWNER: Message = {
  1: keep('key'),
  3: keep('value'),
  4: keep('third'),
  numbers: { 6: (pod, controller) => (pod.isController = controller !== 0) },
};

/** The controller, or else the first. */
function readOwner(pod: EncodedPod, from: number, end: number): void {
  pod.isController = false;
  pod.texts(from, end, OWNER);
  if (pod.hasOwner && (pod.hasController || !pod.isController)) return;
  pod.hasOwner = true;
  pod.hasController = pod.isController;
  const { owner } = pod.draft;
  owner.clear();
  if (pod.value.from === pod.value.to) return;
  for (const part of [pod.key, pod.value, pod.third]) pod.add(part, owner);
}

const METADATA: Message = {
  1: keep('name'),
  3: keep('namespace'),
  5: (pod, from, end) => (pod.draft.uid = pod.draft.texts.uids.append(pod.bytes, from, end)),
  8: (pod, from, end) => (pod.draft.created = pod.time(from, end)),
  9: (pod, from, end) => (pod.draft.deletion = pod.time(from, end)),
  11: (pod, from, end) => {
    pod.texts(from, end, ENTRY);
    pod.add(pod.key, pod.draft.labels);
    pod.add(pod.value, pod.draft.labels);
  },
  12: (pod, from, end) => {
    pod.texts(from, end, ENTRY);
    if (!pod.draft.texts.isNetworkAnnotation(pod.word(pod.key.from, pod.key.to))) return;
    pod.add(pod.key, pod.draft.annotations);
    pod.add(pod.value, pod.draft.annotations);
  },
  13: readOwner,
};

function readContainer(pod: EncodedPod, from: number, end: number, message: Message): void {
  pod.texts(from, end, message);
  const { images } = pod.draft;
  images.begin();
  images.put(pod.bytes, pod.key.from, pod.key.to);
  images.put(EQUALS, 0, EQUALS.length);
  images.put(pod.bytes, pod.value.from, pod.value.to);
  images.end();
  if (message === CONTAINER && pod.draft.texts.isKubeVip(pod.word(pod.value.from, pod.value.to))) pod.read(from, end, ENVIRONMENT);
}

const ENVIRONMENT: Message = {
  7: (pod, from, end) => {
    pod.texts(from, end, ENTRY);
    const { bytes, key, value } = pod;
    const name = bytes.toString('utf8', key.from, key.to);
    if (value.from < value.to && KUBE_VIP_ADDRESS.test(name))
      (pod.virtualAddresses ??= []).push(`${name}=${bytes.toString('utf8', value.from, value.to)}`);
  },
};

const CONTAINER: Message = {
  ...ENTRY,
  3: (pod, from, end) => pod.argument(from, end),
  4: (pod, from, end) => pod.argument(from, end),
};

const SPEC: Message = {
  2: (pod, from, end) => readContainer(pod, from, end, CONTAINER),
  10: (pod, from, end) => (pod.draft.node = pod.word(from, end)),
  20: (pod, from, end) => readContainer(pod, from, end, ENTRY),
  numbers: { 11: (pod, value) => (pod.draft.hostNetwork = value !== 0) },
};

const later = (a: number, b: number): number => (Number.isNaN(a) || b > a ? b : a);

/** Of a container that waits, the reason; one that tells something is kept. */
const WAITING: Message = {
  1: (pod, from, end) => {
    const { draft } = pod;
    if (from === end) return;
    const word = pod.word(from, end);
    const { words } = draft.texts;
    if (draft.waitingReason === NO_TEXT || (!tells(words.text(draft.waitingReason)) && tells(words.text(word)))) draft.waitingReason = word;
  },
};
const RUNNING: Message = { 1: (pod, from, end) => (pod.draft.lastStarted = later(pod.draft.lastStarted, pod.time(from, end))) };
const TERMINATED: Message = {
  6: (pod, from, end) => (pod.draft.lastFinished = later(pod.draft.lastFinished, pod.time(from, end))),
  numbers: { 1: (pod, code) => (pod.exitCode = code) },
};
const STATE: Message = {
  1: (pod, from, end) => {
    pod.draft.waiting++;
    pod.read(from, end, WAITING);
  },
  2: (pod, from, end) => {
    pod.draft.running++;
    pod.read(from, end, RUNNING);
  },
  3: (pod, from, end) => {
    pod.draft.terminated++;
    pod.read(from, end, TERMINATED);
  },
};
/** Init containers are not counted. */
const INIT_STATE: Message = {
  1: (pod, from, end) => pod.read(from, end, WAITING),
  3: (pod, from, end) => {
    pod.exitCode = Number.NaN;
    pod.read(from, end, TERMINATED);
    pod.isDone = pod.exitCode === 0;
  },
};
const LAST_STATE: Message = {
  3: (pod, from, end) => {
    pod.exitCode = Number.NaN;
    pod.read(from, end, TERMINATED);
    if (Number.isNaN(pod.draft.lastExitCode)) pod.draft.lastExitCode = pod.exitCode;
  },
};
const statusWith = (state: Message): Message => ({
  2: (pod, from, end) => pod.read(from, end, state),
  3: (pod, from, end) => pod.read(from, end, LAST_STATE),
  numbers: { 5: (pod, restarts) => (pod.draft.restarts += pod.isDone ? 0 : restarts) },
});
const CONTAINER_STATUS = statusWith(STATE);
/** What it took an init container to do its work is history, as in the column of kubectl. */
const INIT_CONTAINER_STATUS = statusWith(INIT_STATE);

const STATUS: Message = {
  1: (pod, from, end) => (pod.draft.phase = from === end ? pod.draft.phase : phaseNumber(pod.draft.texts.words.text(pod.word(from, end)))),
  2: (pod, from, end) => {
    if (pod.draft.ready !== undefined) return;
    pod.texts(from, end, ENTRY);
    if (pod.is(pod.key, READY)) pod.draft.ready = pod.is(pod.value, TRUE);
  },
  4: (pod, from, end) => (pod.draft.reason = pod.word(from, end)),
  5: (pod, from, end) => (pod.draft.hostIP = pod.draft.texts.canonical(pod.word(from, end))),
  6: keep('podIP'),
  7: (pod, from, end) => (pod.draft.started = pod.time(from, end)),
  8: (pod, from, end) => pod.read(from, end, CONTAINER_STATUS),
  10: (pod, from, end) => {
    pod.read(from, end, INIT_CONTAINER_STATUS);
    pod.isDone = false;
  },
  12: (pod, from, end) => pod.read(from, end, IP),
};
const IP: Message = { 1: (pod, from, end) => pod.address(from, end) };

const POD: Message = {
  1: (pod, from, end) => pod.read(from, end, METADATA),
  2: (pod, from, end) => pod.read(from, end, SPEC),
  3: (pod, from, end) => pod.read(from, end, STATUS),
};
