import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { addressReport } from '../../src/address-report.ts';
import { gather } from '../../src/cli/gather.ts';
import { parseSubject } from '../../src/cli/subject.ts';
import { examineCheck, examineScan, type Threshold } from '../../src/examine.ts';
import { openFiles } from '../../src/files/reader.ts';
import { canonicalAddress } from '../../src/ip/address.ts';
import type { Json } from '../../src/model/json.ts';
import type { Report } from '../../src/model/report.ts';
import type { Reader } from '../../src/model/reader.ts';
import type { Expectation } from './build.ts';
import { memoryReader } from './memory-reader.ts';

export const SCENARIOS = join(import.meta.dirname, '..', 'scenarios');
export const SHARED = join(import.meta.dirname, '..', '..', '..', 'shared', 'incidents');

export type Case = { readonly id: string; readonly folder: string; readonly expect: Expectation & { readonly now: string } };

/** Every folder below `root` that has an expect.json, in name order. */
export function casesIn(root: string): Case[] {
  if (!existsSync(root)) return [];
  const find = (folder: string): string[] =>
    existsSync(join(folder, 'expect.json'))
      ? [folder]
      : readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .flatMap((entry) => find(join(folder, entry.name)));
  return find(root)
    .toSorted()
    .map((folder) => ({
      id: folder.slice(root.length + 1),
      folder,
      expect: JSON.parse(readFileSync(join(folder, 'expect.json'), 'utf8')) as Case['expect'],
    }));
}

/** What the program answers to `words` on files, without a process around it: the same reader, plan and examination. */
export async function examineFiles(paths: readonly string[], words: string, now?: string): Promise<Report> {
  const reader = await openFiles(paths);
  return examine(reader, words, now === undefined ? reader.now : Date.parse(now));
}

/** The same on objects in memory. */
export const examineMaterial = (material: Material, words: string, now: string): Promise<Report> =>
  examine(memoryReader(material), words, Date.parse(now));

async function examine(reader: Reader, words: string, now: number): Promise<Report> {
  const [command, ...rest] = words.split(/\s+/);
  const failOn = rest.indexOf('--fail-on');
  const options = { toolVersion: '0.0.0', failOn: (failOn < 0 ? 'error' : rest[failOn + 1]) as Threshold, namespaces: 'all' } as const;
  const subjectWord = rest[0]?.startsWith('-') ? undefined : rest[0];
  const subject = command === 'check' ? parseSubject(subjectWord, 'default') : undefined;
  const address = command === 'ip' ? canonicalAddress(subjectWord)! : undefined;
  const purpose =
    subject !== undefined
      ? ({ depth: 'check', subject } as const)
      : address !== undefined
        ? ({ depth: 'scan', subject: { kind: 'Address', address } } as const)
        : ({ depth: 'scan' } as const);
  const snapshot = await gather({ reader, purpose, now, confirm: true });
  if (subject !== undefined) return examineCheck(snapshot, subject, options);
  return address === undefined ? examineScan(snapshot, options) : addressReport(snapshot, address, options);
}

/** A capture's objects and logs, to be changed and examined again. */
export type Material = { readonly objects: readonly Json[]; readonly logs: ReadonlyMap<string, string> };

export function materialOf(folder: string): Material {
  const root = join(folder, 'logs');
  const files = existsSync(root) ? readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.log')) : [];
  return {
    objects: loadAll(readFileSync(join(folder, 'cluster.yaml'), 'utf8')) as Json[],
    logs: new Map(files.map((file) => [file.replaceAll('\\', '/').slice(0, -'.log'.length), readFileSync(join(root, file), 'utf8')])),
  };
}
