import { promisify } from 'node:util';
import yauzl, { type Entry as ZipEntry, type ZipFile } from 'yauzl';
import type { Trouble } from './entry.ts';
import type { Limits } from './open.ts';

const LINK = 0o120000;
const FILE = 0o100000;
const TYPE = 0o170000;

/** Reads a zip, file by file, through its directory at the end. */
export async function readZip(
  source: string | Buffer,
  file: string,
  limits: Limits,
  trouble: (trouble: Trouble) => void,
  member: (path: string, content: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  // Paths are judged by ourselves, so that one that leads out costs that file only.
  const options = { lazyEntries: true, decodeStrings: false, validateEntrySizes: true, autoClose: false } as const;
  let zip: ZipFile;
  try {
    zip = await (typeof source === 'string'
      ? promisify<string, typeof options, ZipFile>(yauzl.open)(source, options)
      : promisify<Buffer, typeof options, ZipFile>(yauzl.fromBuffer)(source, options));
  } catch (error) {
    return trouble({ file, why: `the zip cannot be read (${(error as Error).message})`, kind: 'malformed' });
  }
  try {
    for await (const entry of entriesOf(zip)) {
      const name = (entry.fileName as unknown as Buffer).toString('utf8');
      if (name.endsWith('/')) continue;
      const type = (entry.externalFileAttributes >>> 16) & TYPE;
      if (type === LINK) continue;
      if (type !== 0 && type !== FILE) {
        trouble({ file: `${file}: ${name}`, why: 'it is no plain file', kind: 'refused' });
        continue;
      }
      if (entry.isEncrypted()) {
        trouble({ file: `${file}: ${name}`, why: 'it is encrypted', kind: 'refused' });
        continue;
      }
      await member(name, contentOf(zip, entry, `${file}: ${name}`, limits, trouble));
    }
  } catch (error) {
    trouble({ file, why: `the zip is damaged (${(error as Error).message}); what came before was read`, kind: 'truncated' });
  } finally {
    zip.close();
  }
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<ZipEntry> {
  for (;;) {
    const entry = await new Promise<ZipEntry | undefined>((done, fail) => {
      const tidy = (): void => {
        zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error');
      };
      zip.once('entry', (found: ZipEntry) => (tidy(), done(found)));
      zip.once('end', () => (tidy(), done(undefined)));
      zip.once('error', (error: Error) => (tidy(), fail(error)));
      zip.readEntry();
    });
    if (entry === undefined) return;
    yield entry;
  }
}

async function* contentOf(
  zip: ZipFile,
  entry: ZipEntry,
  file: string,
  limits: Limits,
  trouble: (trouble: Trouble) => void,
): AsyncGenerator<Buffer> {
  let given = 0;
  try {
    const stream = await promisify<ZipEntry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip))(entry);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      given += chunk.length;
      if (given > limits.bombFloor && given > entry.compressedSize * limits.ratio) {
        trouble({
          file,
          why: `it swells to more than ${limits.ratio} times its size when unpacked (a zip bomb?), and was given up there`,
          kind: 'refused',
        });
        return;
      }
      yield chunk;
    }
  } catch (error) {
    trouble({ file, why: `it is damaged (${(error as Error).message}); what came before was read`, kind: 'truncated' });
  }
}
