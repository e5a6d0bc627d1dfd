import { type Dirent, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { Failure } from '../model/failure.ts';
import { type Json, isRecord, list, text } from '../model/json.ts';
import { objectKey } from '../model/resource.ts';

/** Everything that files hold: objects by kind, and logs by `namespace/pod/container[.previous]`. */
export type Capture = {
  readonly files: readonly string[];
  readonly objects: ReadonlyMap<string, readonly Json[]>;
  readonly logs: ReadonlyMap<string, string>;
  /** Files that held nothing to use, and why. */
  readonly skipped: readonly { readonly file: string; readonly why: string }[];
};

const OBJECT_FILE = /\.(?:ya?ml|json)$/i;
/** Own layout: logs/<namespace>/<pod>/<container>[.previous].log */
const LOG_FILE = /(?:^|\/)logs\/([^/]+)\/([^/]+)\/([^/]+?)(\.previous)?\.log$/;

/** Reads files and folders of Kubernetes objects, or standard input (`-`). Throws a Failure where a named file is of no use. */
export function loadCapture(paths: readonly string[]): Capture {
  const objects = new Map<string, Map<string, Json>>();
  const logs = new Map<string, string>();
  const skipped: { file: string; why: string }[] = [];
  const files: string[] = [];
  const add = (object: Json, file: string): boolean => {
    const items =
      text(object, 'kind')?.endsWith('List') || (text(object, 'kind') === undefined && list(object, 'items').length > 0)
        ? list(object, 'items')
        : undefined;
    if (items) {
      const kind = text(object, 'kind')?.replace(/List$/, '');
      const apiVersion = text(object, 'apiVersion');
      return (
        items
          .map((item) =>
            add(isRecord(item) && kind && kind !== '' && item['kind'] === undefined ? { apiVersion, kind, ...item } : item, file),
          )
          .some(Boolean) || items.length === 0
      );
    }
    const key = objectKey(object);
    const name = text(object, 'metadata', 'name');
    if (key === undefined || name === undefined) return false;
    const id = `${text(object, 'metadata', 'namespace') ?? ''}/${name}`;
    const ofKind = objects.get(key) ?? new Map<string, Json>();
    objects.set(key, ofKind);
    const known = ofKind.get(id);
    if (known === undefined || resourceVersion(object) >= resourceVersion(known)) ofKind.set(id, object);
    return true;
  };
  const readFile = (file: string, named: boolean): void => {
    files.push(file);
    const log = LOG_FILE.exec(file.replaceAll('\\', '/'));
    if (log) {
      logs.set(`${log[1]}/${log[2]}/${log[3]}${log[4] ?? ''}`, readFileSync(file, 'utf8'));
      return;
    }
    const found = parseObjects(file === '-' ? readFileSync(0, 'utf8') : readFileSync(file, 'utf8'), file);
    const used = found.filter((object) => object !== null && object !== undefined).map((object) => add(object, file));
    if (used.some(Boolean)) return;
    const why = used.length === 0 ? 'it is empty' : 'it holds no Kubernetes object (apiVersion, kind, metadata.name)';
    if (named)
      throw new Failure(
        `${file} cannot be used: ${why}.`,
        undefined,
        'Give the output of `kubectl get -o yaml` or `-o json`, or a folder of such files.',
      );
    skipped.push({ file, why });
  };
  for (const path of paths) {
    if (path === '-') readFile('-', true);
    else if (!existsSync(path)) throw new Failure(`There is no file or folder ${path}.`, undefined, 'Check the path given with -f.');
    else if (statSync(path).isDirectory()) for (const file of walk(path)) readFile(file, false);
    else readFile(path, true);
  }
  if (objects.size === 0)
    throw new Failure(
      `${paths.join(', ')} holds no Kubernetes objects.`,
      skipped[0] && `${skipped[0].file}: ${skipped[0].why}`,
      'Give the output of `kubectl get -o yaml` or `-o json`, or a folder of such files.',
    );
  return { files, objects: new Map([...objects].map(([key, ofKind]) => [key, [...ofKind.values()]])), logs, skipped };
}

const resourceVersion = (object: Json): number => Number(text(object, 'metadata', 'resourceVersion') ?? 0) || 0;

/** Files of a folder in name order: the answer must not depend on the order of the disk. Links are not followed. */
function walk(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a: Dirent, b: Dirent) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() && (OBJECT_FILE.test(entry.name) || LOG_FILE.test(path.replaceAll('\\', '/'))) ? [path] : [];
  });
}

/** JSON (one document), else YAML (several). Broken text is a Failure that names file, line and what is wrong. */
function parseObjects(content: string, file: string): Json[] {
  const clean = content.replace(/^\uFEFF/, '');
  const first = clean.trimStart()[0];
  if (first === '{' || first === '[') {
    try {
      const parsed: Json = JSON.parse(clean);
      return Array.isArray(parsed) ? parsed : [parsed];
    } catch {
      // It may still be YAML in flow style, or several documents.
    }
  }
  try {
    return loadAll(clean) as Json[];
  } catch (error) {
    const mark = (error as { mark?: { line?: number } }).mark;
    const reason = (error as { reason?: string }).reason ?? (error as Error).message.split('\n')[0];
    throw new Failure(
      `${file}${mark?.line === undefined ? '' : `, line ${mark.line + 1}`}: this is not valid YAML or JSON.`,
      reason,
      'Mend or leave out the file.',
    );
  }
}
