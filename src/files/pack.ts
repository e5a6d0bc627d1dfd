import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { METADATA, filesOf } from './capture-folder.ts';

/** Packs a capture's folder into a .tar.gz, the metadata first, so that a reader knows what comes. Owners and times of the files are not told. */
export async function packFolder(folder: string, file: string, time: Date): Promise<void> {
  const archive = pack();
  const top = basename(file)
    .replace(/\.(?:tgz|tar\.gz)$/i, '')
    .replace(/\.part$/, '');
  const fill = async (): Promise<void> => {
    const files = filesOf(folder);
    for (const name of [METADATA, ...files.filter((found) => found !== METADATA)]) {
      const size = statSync(join(folder, name)).size;
      const entry = archive.entry({ name: `${top}/${name}`, size, mtime: time, mode: 0o644 });
      await pipeline(createReadStream(join(folder, name)), entry);
    }
    archive.finalize();
  };
  await Promise.all([pipeline(archive, createGzip(), createWriteStream(file, { mode: 0o600 })), fill()]);
}
