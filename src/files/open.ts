import { createReadStream, existsSync, readdirSync, statSync, type Dirent } from 'node:fs';
import { basename, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { Failure } from '../model/failure.ts';
import { type Entry, type Trouble, type Whole, peek } from './entry.ts';

/** Limits that no honest dump comes near. */
export type Limits = {
  /** Archives inside archives. */
  readonly depth: number;
  readonly archives: number;
  readonly entries: number;
  /** Bytes a compressed stream may give for each of its own, once it has given `bombFloor`. */
  readonly ratio: number;
  readonly bombFloor: number;
  /** Bytes of a zip that is no file on disk, which has to be in memory to be read. */
  readonly zipInMemory: number;
};

export const LIMITS: Limits = {
  depth: 5,
  archives: 2000,
  entries: 2_000_000,
  ratio: 400,
  bombFloor: 64 * 1024 * 1024,
  zipInMemory: 512 * 1024 * 1024,
};

const CHUNK = 1024 * 1024;
const FOREIGN: readonly (readonly [string, string])[] = [
  ['xz', '\u{fd}7zXZ'],
  ['bzip2', 'BZh'],
  ['zstd', '(\u{b5}/\u{fd}'],
  ['7z', '7z\u{bc}\u{af}'],
  ['rar', 'Rar!'],
];

/** Takes every file of every input, one after the other. */
export type Visit = (entry: Entry) => Promise<void>;

/** Goes through the inputs: folders, archives and what they hold. Nothing is ever written, and no link is followed. */
export class Opener {
  readonly #visit: Visit;
  readonly #trouble: (trouble: Trouble) => void;
  readonly #limits: Limits;
  #archives = 0;
  #entries = 0;

  constructor(visit: Visit, trouble: (trouble: Trouble) => void, limits: Limits = LIMITS) {
    this.#visit = visit;
    this.#trouble = trouble;
    this.#limits = limits;
  }

  async open(path: string): Promise<void> {
    if (path === '-') return this.#bytes({ path: 'stdin', shown: 'standard input', named: true }, process.stdin, 0);
    if (!existsSync(path)) throw new Failure(`There is no file or folder ${path}.`, undefined, 'Check the path given with -f.');
    const kind = statSync(path);
    if (kind.isDirectory()) return this.#folder(path, '', path);
    return this.#file(path, basename(path), path, true);
  }

  /** In name order: the answer must not depend on the order of the disk. */
  async #folder(folder: string, below: string, shownRoot: string): Promise<void> {
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      return this.#trouble({ file: folder, why: `it cannot be read (${codeOf(error)})`, kind: 'refused' });
    }
    for (const entry of entries) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) await this.#folder(join(folder, entry.name), path, shownRoot);
      else if (entry.isFile()) await this.#file(join(folder, entry.name), path, join(folder, entry.name), false);
    }
  }

  async #file(file: string, path: string, shown: string, named: boolean): Promise<void> {
    const local = statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
    const stream = createReadStream(file, { highWaterMark: CHUNK });
    await this.#bytes({ path, shown, named, ...(local === undefined ? {} : { local }) }, tolerant(stream, shown, this.#trouble), 0);
  }

  /** Looks at the first bytes and opens what is packed. */
  async #bytes(name: Omit<Entry, 'bytes'>, bytes: AsyncIterable<Buffer>, depth: number): Promise<void> {
    const { head, whole } = await peek(bytes, 512);
    const magic = head.toString('latin1');
    const packed = magic.startsWith('\x1f\x8b') ? 'gzip' : magic.startsWith('PK\x03\x04') ? 'zip' : isTar(head) ? 'tar' : undefined;
    const foreign = FOREIGN.find(([, sign]) => magic.startsWith(sign));
    if (packed === undefined && foreign === undefined) return this.#visit({ ...name, bytes: whole });
    const why =
      packed === undefined
        ? `it is packed with ${foreign![0]}, which is not read: unpack it first`
        : depth >= this.#limits.depth
          ? `archives are nested deeper than ${this.#limits.depth}`
          : ++this.#archives > this.#limits.archives
            ? `there are more than ${this.#limits.archives} archives`
            : undefined;
    if (why !== undefined) {
      await whole.return();
      return this.#trouble({ file: name.shown, why, kind: 'refused' });
    }
    if (packed === 'gzip') {
      const inner = this.#gunzip(whole, name.shown);
      return this.#bytes(
        { path: name.path.replace(/\.gz$/i, '').replace(/\.tgz$/i, '.tar'), shown: name.shown, named: name.named },
        inner,
        depth + 1,
      );
    }
    return packed === 'tar' ? this.#tar(name, whole, depth + 1) : this.#zip(name, whole, depth + 1);
  }

  /** What was unpacked until a stream broke counts; a stream that swells beyond measure is cut. */
  async *#gunzip(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
    const gunzip = createGunzip({ chunkSize: 256 * 1024 });
    let taken = 0;
    let given = 0;
    const feed = async (): Promise<void> => {
      for await (const chunk of bytes) {
        taken += chunk.length;
        if (gunzip.destroyed) return;
        if (!gunzip.write(chunk)) await new Promise<void>((go) => void gunzip.once('drain', go).once('close', go));
      }
      gunzip.end();
    };
    const feeding = feed().catch((error: Error) => void gunzip.destroy(error));
    try {
      for await (const chunk of gunzip as AsyncIterable<Buffer>) {
        given += chunk.length;
        if (given > this.#limits.bombFloor && given > taken * this.#limits.ratio) {
          this.#trouble({
            file,
            why: `it swells to more than ${this.#limits.ratio} times its size when unpacked (a zip bomb?), and was given up there`,
            kind: 'refused',
          });
          return;
        }
        yield chunk;
      }
    } catch (error) {
      const short = codeOf(error) === 'Z_BUF_ERROR';
      this.#trouble({
        file,
        why: short
          ? 'the archive ends in the middle; what came before was read'
          : `the archive is damaged (${(error as Error).message}); what came before was read`,
        kind: 'truncated',
      });
    } finally {
      gunzip.destroy();
      await feeding;
    }
  }

  async #tar(name: Omit<Entry, 'bytes'>, bytes: AsyncIterable<Buffer>, depth: number): Promise<void> {
    const { readTar } = await import('./tar.ts');
    await readTar(bytes, name.shown, this.#trouble, async (path, content) => this.#member(name, path, content, depth));
  }

  async #zip(name: Omit<Entry, 'bytes'>, bytes: Whole, depth: number): Promise<void> {
    const { readZip } = await import('./zip.ts');
    let source: string | Buffer;
    if (name.local !== undefined) {
      await bytes.return();
      source = name.local;
    } else {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of bytes) {
        size += chunk.length;
        if (size > this.#limits.zipInMemory)
          return this.#trouble({
            file: name.shown,
            why: 'this zip is too large to be read from a stream: give it as a file',
            kind: 'refused',
          });
        chunks.push(chunk);
      }
      source = Buffer.concat(chunks);
    }
    await readZip(source, name.shown, this.#limits, this.#trouble, async (path, content) => this.#member(name, path, content, depth));
  }

  /** A file in an archive. Nothing is unpacked to disk, so a path that leads out can do no harm; it is left out all the same, and said. */
  async #member(archive: Omit<Entry, 'bytes'>, path: string, bytes: AsyncIterable<Buffer>, depth: number): Promise<void> {
    const clean = path.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
    const shown = `${archive.shown}: ${clean}`;
    if (clean.startsWith('/') || /^[a-z]:/i.test(clean) || clean.split('/').includes('..'))
      return this.#trouble({ file: shown, why: 'its path leads out of the archive', kind: 'refused' });
    if (++this.#entries > this.#limits.entries) {
      if (this.#entries === this.#limits.entries + 1)
        this.#trouble({ file: archive.shown, why: `it holds more than ${this.#limits.entries} files`, kind: 'refused' });
      return;
    }
    await this.#bytes({ path: clean, shown, named: false }, bytes, depth);
  }
}

/** Ends a stream where it breaks, and says so. */
async function* tolerant(bytes: AsyncIterable<Buffer>, file: string, trouble: (trouble: Trouble) => void): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    trouble({ file, why: `it cannot be read (${codeOf(error)})`, kind: 'refused' });
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

/** A tar header has a checksum of itself; old archives have no `ustar` mark. */
function isTar(head: Buffer): boolean {
  if (head.length < 512) return false;
  const stated = Number.parseInt(head.toString('latin1', 148, 156).replaceAll('\0', ' ').trim(), 8);
  if (Number.isNaN(stated)) return false;
  let sum = 0;
  for (let i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? 32 : head[i]!;
  return sum === stated;
}
