import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Failure } from '../model/failure.ts';
import { METADATA } from './capture-folder.ts';
import { packFolder } from './pack.ts';

/** Where a capture goes, and the folder it grows in until it is whole. */
export type Destination = {
  readonly path: string;
  readonly packed: boolean;
  /** Beside the destination, so that the last step is a rename within one file system. */
  readonly partial: string;
};

/** Checks a destination before anything is read. What stands there is only replaced with --force, and a folder only if it is a capture. */
export function destination(given: string | undefined, force: boolean, time: Date): Destination {
  const stamp = time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const path = resolve(given ?? `ipconflict-capture-${stamp}Z.tgz`);
  const packed = /\.(?:tgz|tar\.gz)$/i.test(path);
  if (!packed && /\.(?:zip|tar|json|ya?ml)$/i.test(path))
    throw new Failure(
      `${path} would be no capture.`,
      'A capture is written as a folder, or packed as .tgz.',
      'Give -o FILE.tgz or -o FOLDER.',
    );
  if (existsSync(path)) {
    const isFolder = statSync(path).isDirectory();
    if (!force) throw new Failure(`${path} exists already.`, undefined, 'Choose another name with -o, or --force to replace it.');
    if (isFolder !== !packed || (isFolder && !existsSync(resolve(path, METADATA))))
      throw new Failure(`${path} is not a capture, and is not replaced.`, undefined, 'Choose another name with -o.');
  }
  const partial = given === undefined ? resolve('ipconflict-capture.partial') : `${path.replace(/\.(?:tgz|tar\.gz)$/i, '')}.partial`;
  mkdirSync(dirname(path), { recursive: true });
  return { path, packed, partial };
}

/** Puts a whole capture in its place, under its final name only when nothing can go wrong any more. */
export async function deliver(folder: string, { path, packed }: Destination, time: Date): Promise<void> {
  if (packed) {
    const part = `${path}.part`;
    try {
      await packFolder(folder, part, time);
      renameSync(part, path);
    } finally {
      rmSync(part, { force: true });
    }
    rmSync(folder, { recursive: true });
    return;
  }
  const former = `${path}.former`;
  if (existsSync(path)) renameSync(path, former);
  renameSync(folder, path);
  rmSync(former, { recursive: true, force: true });
}
