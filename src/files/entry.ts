/** One file of an input: of a folder, of an archive, or an archive in an archive. Its bytes can be read once. */
export type Entry = {
  /** Where it stands below the input, with `/` between folders: what layouts look at. */
  readonly path: string;
  /** What people call it: `bundle.tgz: cluster/nodes.yaml`. */
  readonly shown: string;
  readonly bytes: AsyncIterable<Buffer>;
  /** Its path on this machine, where it is a plain file that may be read again later. */
  readonly local?: string;
  /** Given by name with -f, not found below a folder or in an archive. */
  readonly named: boolean;
};

/** A file, or a part of one, that is of no use, and why. */
export type Trouble = {
  readonly file: string;
  readonly why: string;
  /** `useless` holds nothing for us; the others may have held objects that are missing now. */
  readonly kind: 'useless' | 'malformed' | 'truncated' | 'refused';
};

/** A stream that is always closed by `return`. */
export type Whole = AsyncIterable<Buffer> & {
  readonly next: () => Promise<IteratorResult<Buffer>>;
  readonly return: () => Promise<IteratorResult<Buffer>>;
};

/** The first bytes of a stream, and the stream as if nobody had looked. */
export async function peek(bytes: AsyncIterable<Buffer>, size: number): Promise<{ head: Buffer; whole: Whole }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let length = 0;
  let failed: Error | undefined;
  while (length < size) {
    try {
      const next = await iterator.next();
      if (next.done === true) break;
      chunks.push(next.value);
      length += next.value.length;
    } catch (error) {
      failed = error as Error;
      break;
    }
  }
  const head = Buffer.concat(chunks);
  let given = false;
  // Not a generator: one that was never started would not close what lies below it.
  const whole: Whole = {
    next: async () => {
      if (!given && head.length > 0) {
        given = true;
        return { done: false, value: head };
      }
      if (failed !== undefined) throw failed;
      return iterator.next();
    },
    return: async () => {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => whole,
  };
  return { head, whole };
}

/** UTF-8 of whatever a text is written in: byte order marks tell, and so do zero bytes at every other place. Undefined for what is no text. */
export async function asUtf8(bytes: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer> | undefined> {
  const { head, whole } = await peek(bytes, 4096);
  const encoding = encodingOf(head);
  if (encoding === undefined) {
    await whole.return();
    return undefined;
  }
  if (encoding === 'utf-8') return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? without(whole, 3) : whole;
  return decoded(whole, encoding);
}

function encodingOf(head: Buffer): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const sample = head.subarray(0, 1024);
  let even = 0;
  let odd = 0;
  for (let i = 0; i < sample.length; i++) {
    if (sample[i] !== 0) continue;
    if (i % 2 === 0) even++;
    else odd++;
  }
  if (even === 0 && odd === 0) return 'utf-8';
  const half = sample.length / 2;
  if (even === 0 && odd > half * 0.8) return 'utf-16le';
  if (odd === 0 && even > half * 0.8) return 'utf-16be';
  return undefined;
}

async function* without(bytes: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of bytes) {
    yield chunk.subarray(left);
    left = 0;
  }
}

async function* decoded(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of bytes) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  const rest = decoder.decode();
  if (rest !== '') yield Buffer.from(rest);
}

/** The end of a text, whatever its length: no more than `limit` bytes are ever kept. */
export async function tail(bytes: AsyncIterable<Buffer>, limit: number): Promise<{ text: string; cut: boolean }> {
  const utf8 = await asUtf8(bytes);
  if (utf8 === undefined) return { text: '', cut: false };
  let chunks: Buffer[] = [];
  let length = 0;
  let cut = false;
  for await (const chunk of utf8) {
    chunks.push(chunk);
    length += chunk.length;
    if (length <= 2 * limit) continue;
    const last = Buffer.concat(chunks).subarray(-limit);
    chunks = [Buffer.from(last)];
    length = limit;
    cut = true;
  }
  const all = Buffer.concat(chunks);
  if (all.length <= limit && !cut) return { text: all.toString('utf8'), cut };
  const last = all.subarray(-limit);
  return { text: last.subarray(last.indexOf(0x0a) + 1).toString('utf8'), cut: true };
}
