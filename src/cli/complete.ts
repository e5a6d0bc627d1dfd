import { EXPLANATIONS } from '../explanations.ts';
import { COMMANDS } from './commands/index.ts';
import { connectionFlags } from './options.ts';
import type { Io } from './define-command.ts';
import { list, text } from '../model/json.ts';
import { PODS, type Resource, NODES, SERVICES } from '../model/resource.ts';
import { SnapshotBuilder } from '../model/reader.ts';
import { eachPod } from '../model/pod-table.ts';

/** Completion must never make a prompt wait. */
const LIMIT_MS = 1_500;

/** kubectl's completion protocol: candidates a line each, then a directive. Silent on any failure. */
export async function complete(words: readonly string[], io: Io): Promise<number> {
  const last = words.at(-1) ?? '';
  const found = await candidates(words, last).catch(() => []);
  await io.stdout(
    `${found
      .filter((candidate) => candidate.startsWith(last))
      .map((candidate) => `${candidate}\n`)
      .join('')}:4\n`,
  );
  return 0;
}

async function candidates(words: readonly string[], last: string): Promise<string[]> {
  const command = COMMANDS.find((candidate) => candidate.name === words[0]);
  if (words.length <= 1 || !command) return COMMANDS.filter((candidate) => !candidate.hidden).map((candidate) => candidate.name);
  const previous = words.at(-2) ?? '';
  const flagged = Object.entries(command.flags).find(
    ([name, flag]) => previous === `--${name}` || (flag.alias !== undefined && previous === `-${flag.alias}`),
  );
  if (flagged?.[1].choices) return [...flagged[1].choices];
  if (last.startsWith('-')) return Object.keys(command.flags).map((name) => `--${name}`);
  if (command.name === 'explain') return [...new Set(EXPLANATIONS.map((entry) => entry.id))];
  if (command.name === 'check' || command.name === 'ip') return fromCluster(command.name, last);
  return [];
}

async function fromCluster(command: string, last: string): Promise<string[]> {
  const { openCluster } = await import('../cluster/reader.ts');
  const reader = await openCluster({ ...connectionFlags({}), requestTimeout: `${LIMIT_MS / 1000}s` }, {});
  const timer = setTimeout(() => reader.close(), LIMIT_MS);
  try {
    const resource: Resource =
      command === 'check' && last.startsWith('node/') ? NODES : command === 'check' && /^(?:service|svc)\//.test(last) ? SERVICES : PODS;
    const builder = new SnapshotBuilder();
    const need = { kind: 'list' as const, resource, essential: false, undecided: [] };
    await reader.read([need], builder);
    const snapshot = builder.snapshot(reader.source(), Date.now(), undefined);
    const pods = [...eachPod(snapshot.pods)];
    if (command === 'ip') return pods.flatMap((pod) => [...pod.ips]);
    if (resource === PODS) return [...pods.map((pod) => `${pod.namespace}/${pod.name}`), 'node/', 'service/', 'ip/'];
    const answer = [...snapshot.answers.values()][0];
    const objects = answer && 'objects' in answer ? answer.objects : [];
    const prefix = last.slice(0, last.indexOf('/') + 1);
    return list({ objects }, 'objects').map(
      (object) =>
        `${prefix}${resource === NODES ? '' : `${text(object, 'metadata', 'namespace')}/`}${text(object, 'metadata', 'name') ?? ''}`,
    );
  } finally {
    clearTimeout(timer);
    reader.close();
  }
}
