import { EXPLANATIONS } from '../explanations.ts';
import type { ConnectionFlags } from '../cluster/connect.ts';
import { text } from '../model/json.ts';
import { eachPod, podsWhere } from '../model/pod-table.ts';
import { SnapshotBuilder } from '../model/reader.ts';
import { NODES, PODS, type Resource, SERVICES } from '../model/resource.ts';
import { objectsOf, type Snapshot } from '../model/snapshot.ts';
import { COMMANDS } from './commands/index.ts';
import { SHELLS } from './commands/completion.ts';
import { type Command, type Flag, type Io, stringFlag, stringsFlag } from './define-command.ts';
import { connectionFlags } from './options.ts';

/** Completion must never make a prompt wait. */
const LIMIT_MS = 1_500;
const NAMESPACES: Resource = { group: '', kind: 'Namespace', plural: 'namespaces', versions: ['v1'], namespaced: false };
/** Cobra's directives: what the shell shall do with the candidates. */
const FILES = 0;
const NO_FILES = 4;
const NO_SPACE_NO_FILES = 6;
/** Flags whose value is a path: the shell knows better. */
const PATHS = new Set(['kubeconfig', 'certificate-authority', 'client-certificate', 'client-key', 'filename']);

type Offer = { readonly candidates: readonly string[]; readonly directive: number };
const offer = (candidates: readonly string[], directive = NO_FILES): Offer => ({ candidates, directive });

/** kubectl's completion protocol: candidates a line each, then a directive. Silent on any failure, and done within the time limit. */
export async function complete(given: readonly string[], io: Io): Promise<number> {
  // An empty last word, as PowerShell can pass it.
  const words = given.map((word) => (word === '""' ? '' : word));
  const last = words.at(-1) ?? '';
  const found = new SnapshotBuilder();
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), LIMIT_MS));
  const answer = (await Promise.race([candidates(words, last, found), late]).catch(() => undefined)) ?? offer([]);
  const fitting = [...new Set(answer.candidates)].filter((candidate) => candidate.startsWith(last));
  await io.stdout(`${fitting.map((candidate) => `${candidate}\n`).join('')}:${answer.directive}\n`);
  // A credential plugin that still asks something must not hold the prompt.
  process.exit(0);
}

/** What was typed so far: the command, its flags, and how many words it has of its own. */
type Typed = { readonly command: Command | undefined; readonly flags: Record<string, unknown>; readonly positionals: number };

async function candidates(words: readonly string[], last: string, found: SnapshotBuilder): Promise<Offer> {
  const { command, flags, positionals } = typedBefore(words.slice(0, -1));
  const known = command?.flags ?? EVERY_FLAG;
  const joined = /^--([\w-]+)=/.exec(last)?.[1];
  const name = joined ?? flagName(words.at(-2) ?? '', known);
  const flag = name === undefined ? undefined : known[name];
  if (name !== undefined && flag !== undefined && flag.type !== 'boolean') {
    const { candidates: values, directive } = await valuesOf(name, flag, flags, found);
    return offer(joined === undefined ? values : values.map((value) => `--${joined}=${value}`), directive);
  }
  if (joined !== undefined) return offer([]);
  if (last.startsWith('-')) return offer([...flagNames(known), '--help']);
  if (command === undefined) return offer(COMMANDS.filter((candidate) => !candidate.hidden).map((candidate) => candidate.name));
  if (positionals > 0) return offer([]);
  if (command.name === 'explain') return offer(EXPLANATIONS.map((entry) => entry.id));
  if (command.name === 'completion') return offer(SHELLS);
  if (command.name === 'ip') return offer(await addresses(flags, found));
  return command.name === 'check' ? subjects(last, flags, found) : offer([]);
}

const EVERY_FLAG: Readonly<Record<string, Flag>> = Object.assign({}, ...COMMANDS.map(({ flags }) => flags)) as Record<string, Flag>;

const flagNames = (flags: Readonly<Record<string, Flag>>): string[] =>
  Object.entries(flags).map(([name, { type, default: preset }]) =>
    name.length === 1 ? `-${name}` : type === 'boolean' && preset === true ? `--no-${name}` : `--${name}`,
  );

/** The flag that a word names: `--namespace`, `-n`. */
function flagName(word: string, flags: Readonly<Record<string, Flag>>): string | undefined {
  if (word.startsWith('--')) return word.slice(2);
  if (!word.startsWith('-') || word.length < 2) return undefined;
  const letter = word.slice(1);
  return letter in flags ? letter : Object.entries(flags).find(([, { alias }]) => alias === letter)?.[0];
}

function typedBefore(words: readonly string[]): Typed {
  let command: Command | undefined;
  let positionals = 0;
  const flags: Record<string, unknown> = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const known = command?.flags ?? EVERY_FLAG;
    const equals = word.indexOf('=');
    const name = flagName(equals < 0 ? word : word.slice(0, equals), known);
    const flag = name === undefined ? undefined : known[name];
    if (name !== undefined && flag !== undefined) {
      const value = flag.type === 'boolean' ? true : equals < 0 ? words[++i] : word.slice(equals + 1);
      flags[name] = flag.type === 'strings' ? [...stringsFlag(flags, name), String(value)] : value;
    } else if (word.startsWith('-')) continue;
    else if (command === undefined) command = COMMANDS.find((candidate) => candidate.name === word);
    else positionals++;
  }
  return { command, flags, positionals };
}

async function valuesOf(name: string, flag: Flag, flags: Record<string, unknown>, found: SnapshotBuilder): Promise<Offer> {
  if (flag.choices) return offer(flag.choices);
  if (PATHS.has(name) || (name === 'output' && !flag.choices)) return offer([], FILES);
  if (name === 'context' || name === 'cluster' || name === 'user') {
    const { kubeconfigNames } = await import('../cluster/kubeconfig.ts');
    return offer(kubeconfigNames(connectionFlags(flags))[`${name}s`]);
  }
  if (name === 'namespace') return offer(await namespaces(flags, found));
  if (name === 'cni') return offer((await import('../cni/index.ts')).CNIS.map(({ id }) => id));
  return offer([]);
}

/** A pod of the namespace at hand, or one with its namespace, or another kind with its prefix. */
async function subjects(last: string, flags: Record<string, unknown>, found: SnapshotBuilder): Promise<Offer> {
  const slash = last.indexOf('/');
  if (slash < 0) {
    const [places, own] = await Promise.all([
      namespaces(flags, new SnapshotBuilder()),
      podsIn(flags, found, stringFlag(flags, 'namespace') ?? HERE),
    ]);
    const more = [...places, 'pod', 'node', 'service', 'ip'].map((place) => `${place}/`).filter((place) => place.startsWith(last));
    return offer([...own, ...more], own.some((name) => name.startsWith(last)) ? NO_FILES : NO_SPACE_NO_FILES);
  }
  const [kind, rest] = [last.slice(0, slash), last.slice(slash + 1)];
  if (kind === 'ip') return offer((await addresses(flags, found)).map((address) => `ip/${address}`));
  if (kind === 'node') return offer((await objects(flags, found, NODES, undefined)).map((name) => `node/${name}`));
  if (kind === 'service' || kind === 'svc' || kind === 'pod') {
    const inner = rest.indexOf('/');
    if (inner < 0)
      return offer(
        (await namespaces(flags, found)).map((place) => `${kind}/${place}/`),
        NO_SPACE_NO_FILES,
      );
    const place = rest.slice(0, inner);
    const names = kind === 'pod' ? await podsIn(flags, found, place) : await objects(flags, found, SERVICES, place);
    return offer(names.map((name) => `${kind}/${place}/${name}`));
  }
  return offer((await podsIn(flags, found, kind)).map((name) => `${kind}/${name}`));
}

/** Files hold the pods of all namespaces, whatever was asked for. */
async function podsIn(flags: Record<string, unknown>, found: SnapshotBuilder, place: string): Promise<string[]> {
  const { pods } = await look(flags, found, PODS, place);
  const only = place === HERE ? undefined : place;
  return podsWhere(pods, (pod) => only === undefined || pod.namespace === only).map((pod) => pod.name);
}

const addresses = async (flags: Record<string, unknown>, found: SnapshotBuilder): Promise<string[]> =>
  [...eachPod((await look(flags, found, PODS, undefined)).pods)].flatMap((pod) => [...pod.ips]);

async function objects(
  flags: Record<string, unknown>,
  found: SnapshotBuilder,
  resource: Resource,
  place: string | undefined,
): Promise<string[]> {
  return objectsOf(await look(flags, found, resource, place), resource)
    .filter((object) => place === undefined || text(object, 'metadata', 'namespace') === place)
    .map((object) => text(object, 'metadata', 'name') ?? '');
}

/** The namespaces; where they may not be listed, those of the pods. */
async function namespaces(flags: Record<string, unknown>, found: SnapshotBuilder): Promise<string[]> {
  const names = await objects(flags, found, NAMESPACES, undefined);
  if (names.length > 0) return names;
  return [...eachPod((await look(flags, found, PODS, undefined)).pods)].map((pod) => pod.namespace);
}

/** Stands for the namespace of the context. */
const HERE = '.';

/** Lists one kind, of files (`-f`) or of the cluster that the flags choose. */
async function look(
  flags: Record<string, unknown>,
  found: SnapshotBuilder,
  resource: Resource,
  place: string | undefined,
): Promise<Snapshot> {
  const files = stringsFlag(flags, 'filename').filter((file) => file !== '-');
  const connection: ConnectionFlags = { requestTimeout: `${LIMIT_MS}ms`, ...connectionFlags(flags) };
  const reader =
    files.length > 0
      ? await (await import('../files/reader.ts')).openFiles(files)
      : await (await import('../cluster/reader.ts')).openCluster(connection, {});
  const namespace = place === HERE ? ('namespace' in reader ? String(reader.namespace) : 'default') : place;
  const need = { kind: 'list' as const, resource, essential: false, undecided: [], ...(namespace !== undefined && { namespace }) };
  try {
    await reader.read([need], found);
    return found.snapshot(reader.source(), Date.now(), undefined);
  } finally {
    reader.close();
  }
}
