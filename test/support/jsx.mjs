// Lets Node import .tsx: it strips types by itself, but refuses JSX.
import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

let transform;

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.tsx')) return next(url, context);
    transform ??= createRequire(import.meta.url)('esbuild').transformSync;
    const file = fileURLToPath(url);
    const { code } = transform(readFileSync(file, 'utf8'), {
      loader: 'tsx',
      jsx: 'automatic',
      target: 'node24',
      format: 'esm',
      sourcefile: file,
      sourcemap: 'inline',
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
