import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Shows a text in $PAGER (else less, else more) and waits until it is left; an error that tells why where there is none. */
export async function page(name: string, text: string, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipconflict-'));
  const file = path.join(folder, `${name.replaceAll(/[^\w.-]+/g, '_').slice(0, 80)}.txt`);
  try {
    writeFileSync(file, text, { mode: 0o600 });
    for (const pager of env['PAGER'] ? [env['PAGER']] : ['less', 'more']) {
      const failed = await show(pager, file);
      if (failed === undefined) return undefined;
    }
    return 'no pager could be started; set PAGER';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** $PAGER may hold arguments, as `less -R`. */
function show(pager: string, file: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const [command, ...words] = pager.split(' ').filter(Boolean);
    const child = spawn(command ?? 'less', [...words, file], { stdio: 'inherit' });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 127 ? 'not found' : undefined));
  });
}
