import { extract, type Header } from 'tar-stream';
import { Readable, pipeline } from 'node:stream';
import type { Trouble } from './entry.ts';

const ODD = new Set<string>(['block-device', 'character-device', 'fifo']);

/** Reads a tar as it streams by, file by file. Links are left out: what they point at is in the archive itself, or none of our business. */
export async function readTar(
  bytes: AsyncIterable<Buffer>,
  file: string,
  trouble: (trouble: Trouble) => void,
  member: (path: string, content: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const unpack = extract();
  pipeline(Readable.from(bytes), unpack, () => {});
  const broken = (): void => trouble({ file, why: 'the archive ends in the middle; what came before was read', kind: 'truncated' });
  try {
    for await (const entry of unpack) {
      const { name, type, linkname } = entry.header as Header;
      if (type === 'file' || type === 'contiguous-file') {
        await member(name, untilBroken(entry as AsyncIterable<Buffer>));
      } else if (ODD.has(type ?? ''))
        trouble({ file: `${file}: ${name}`, why: `it is a ${type?.replace('-', ' ')}, not a file`, kind: 'refused' });
      else if ((type === 'symlink' || type === 'link') && leadsOut(name, linkname ?? ''))
        trouble({ file: `${file}: ${name}`, why: `it is a link that leads out of the archive`, kind: 'refused' });
      entry.resume();
    }
  } catch {
    broken();
  }
}

/** The archive as a whole says that it broke off; its last file just ends there. */
async function* untilBroken(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of bytes) yield chunk;
  } catch {
    return;
  }
}

function leadsOut(from: string, to: string): boolean {
  if (to.startsWith('/')) return true;
  let depth = from.split('/').filter((part) => part !== '' && part !== '.').length - 1;
  for (const part of to.split('/')) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}
