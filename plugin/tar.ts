import { gzipSync } from 'node:zlib';

/** A plain file of an archive. */
export type ArchivedFile = { readonly name: string; readonly content: Buffer; readonly executable?: true };

const BLOCK = 512;

/** A gzipped tar that depends on nothing but its files: no owner, no time, no order but the one given. */
export function tarGz(files: readonly ArchivedFile[], level = 9): Buffer {
  const blocks = files.flatMap(({ name, content, executable }) => [
    header(name, content.length, executable ? 0o755 : 0o644),
    content,
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ]);
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]), { level });
}

/** A ustar header: text fields at fixed places, numbers in octal, and a checksum over it all. */
function header(name: string, size: number, mode: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`${name} is too long a name for a tar archive`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number): void => void block.write(value.toString(8).padStart(width - 1, '0'), at);
  block.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.fill(' ', 148, 156);
  block.write('0', 156);
  block.write('ustar\0' + '00', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
