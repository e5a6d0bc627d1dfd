import { Failure } from '../../model/failure.ts';
import { nearNames } from '../../model/near.ts';
import { wrap } from '../../report/layout.ts';
import { type RbacRule, type Right, rightName, rightsFor, rulesOf } from '../../rights.ts';
import { CNIS } from '../../cni/index.ts';
import { type Command, type Io, type Words, booleanFlag, stringFlag, stringsFlag } from '../define-command.ts';
import { CONNECTION_FLAGS, connectionFlags } from '../options.ts';

const NAME = 'kubectl-ipconflict';
/** In a namespace that does not exist no RoleBinding helps: what holds there holds in the whole cluster. */
const ANYWHERE = 'kubectl-ipconflict-any-namespace';
const INCOMPLETE = 3;

export const rbac: Command = {
  name: 'rbac',
  summary: 'The least rights that are needed, as a role to apply; --check tells which ones you lack.',
  flags: {
    check: { type: 'boolean', describe: 'ask the server which of the rights you hold, and what each missing one leaves undecided' },
    namespace: { type: 'string', alias: 'n', describe: 'a Role for the pods of this namespace alone, instead of a ClusterRole' },
    logs: { type: 'boolean', describe: 'with the logs of CNI agents (--no-logs to leave them out)', default: true },
    cni: { type: 'strings', describe: `only the custom resources of this CNI (repeatable): ${CNIS.map(({ id }) => id).join(', ')}` },
    output: { type: 'string', alias: 'o', describe: 'format of the output', choices: ['yaml', 'json'] },
    ...CONNECTION_FLAGS,
  },
  examples: [
    ['kubectl ipconflict rbac --cni calico > role.yaml', 'a ClusterRole to look through and apply'],
    ['kubectl ipconflict rbac --no-logs', 'without logs: causes are less certain'],
    ['kubectl ipconflict rbac -n shop', 'one namespace; no cluster can be called clean with it'],
    ['kubectl ipconflict rbac --check --as jane', 'what jane lacks'],
  ],
  run: async (words, io) => {
    const namespace = stringFlag(words, 'namespace');
    const cnis = knownCnis(stringsFlag(words, 'cni'));
    const wanted = { logs: words['logs'] !== false, namespace, cnis };
    if (booleanFlag(words, 'check')) return check(words, io, rightsFor(wanted));
    const rules = rulesOf(rightsFor(wanted));
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: namespace === undefined ? 'ClusterRole' : 'Role',
      metadata: { name: NAME, ...(namespace !== undefined && { namespace }) },
      rules,
    };
    await io.stdout(stringFlag(words, 'output') === 'json' ? `${JSON.stringify(role, null, 2)}\n` : yaml(rules, namespace));
    return 0;
  },
};

function knownCnis(given: readonly string[]): readonly string[] | undefined {
  const ids = CNIS.map(({ id }) => id);
  const unknown = given.find((id) => !ids.includes(id));
  if (unknown !== undefined)
    throw new Failure(`There is no CNI ${unknown}.`, undefined, `Near it: ${nearNames(unknown, ids).join(', ') || ids.join(', ')}.`);
  return given.length === 0 ? undefined : given;
}

/** The role as people review it. Names in it are plain words, so nothing needs quotes but the core group. */
function yaml(rules: readonly RbacRule[], namespace: string | undefined): string {
  const list = (words: readonly string[]): string => `[${words.map((word) => (word === '' ? '""' : word)).join(', ')}]`;
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const lines = rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) => [
    `- apiGroups: ${list(apiGroups)}`,
    `  resources: ${list(resources)}`,
    ...(resourceNames ? [`  resourceNames: ${list(resourceNames)}`] : []),
    `  verbs: ${list(verbs)}`,
  ]);
  const where = namespace === undefined ? '' : ` -n ${namespace}`;
  return `# What kubectl ipconflict reads, and no more. To give it to jane:
#   kubectl create ${kind.toLowerCase()}binding ${NAME}${where} --${kind.toLowerCase()}=${NAME} --user=jane
${namespace === undefined ? '' : `# Addresses are compared within ${namespace} only: a conflict inside it is found, but nothing can be called clean.\n`}apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata:
  name: ${NAME}
${namespace === undefined ? '' : `  namespace: ${namespace}\n`}rules:
${lines.join('\n')}
`;
}

async function check(words: Words, io: Io, rights: readonly Right[]): Promise<number> {
  const [{ openCluster }, { openReviewer }] = await Promise.all([import('../../cluster/reader.ts'), import('../../cluster/review.ts')]);
  const { namespace: _, ...flags } = connectionFlags(words);
  const reader = await openCluster(flags, {});
  const reviewer = await openReviewer(flags);
  try {
    const served = await reader.served();
    const needed = rights.filter((right) => served === undefined || served.has(right.kind));
    const reviews = new Map<string, ReturnType<typeof reviewer.rules>>();
    const rulesIn = (place: string): ReturnType<typeof reviewer.rules> => {
      const known = reviews.get(place) ?? reviewer.rules(place);
      reviews.set(place, known);
      return known;
    };
    const held = async (right: Right): Promise<boolean> => {
      const { rules, incomplete } = await rulesIn(right.namespace ?? ANYWHERE);
      const names = right.names.length === 0 ? [undefined] : right.names;
      for (const name of names) {
        const listed = rules.some(
          (rule) =>
            (rule.verbs.includes('*') || rule.verbs.includes(right.verb)) &&
            (rule.groups.includes('*') || rule.groups.includes(right.group)) &&
            (rule.resources.includes('*') ||
              rule.resources.includes(right.resource) ||
              rule.resources.includes(`*/${right.resource.split('/')[1]}`)) &&
            (rule.names.length === 0 || (name !== undefined && rule.names.includes(name))),
        );
        if (!listed && !(incomplete && (await reviewer.allowed({ ...right, name }, right.namespace)))) return false;
      }
      return true;
    };
    const answers: { right: Right; held: boolean }[] = [];
    for (const right of needed) answers.push({ right, held: await held(right) });
    await io.stdout(
      stringFlag(words, 'output') === 'json'
        ? `${JSON.stringify({ context: reviewer.context, rights: answers.map(asJson) }, null, 2)}\n`
        : shown(answers, reviewer.context, io),
    );
    return answers.some((answer) => !answer.held && answer.right.essential) ? INCOMPLETE : 0;
  } finally {
    reader.close();
    reviewer.close();
  }
}

const asJson = ({ right, held }: { right: Right; held: boolean }): unknown => ({
  right: rightName(right),
  held,
  essential: right.essential,
  undecided: held ? [] : right.undecided,
});

function shown(answers: readonly { right: Right; held: boolean }[], context: string, io: Io): string {
  const missing = answers.filter(({ held }) => !held);
  const lines = answers.flatMap(({ right, held }) => [
    `${held ? 'held   ' : io.paint.bold('missing')}  ${rightName(right)}`,
    ...(held ? [] : wrap(consequence(right), io.columns - 11).map((line) => `           ${line}`)),
  ]);
  const summary =
    missing.length === 0
      ? `All ${answers.length} rights are held in context ${context}.`
      : `${missing.length} of ${answers.length} rights are missing in context ${context}; the role is printed by: kubectl ipconflict rbac`;
  return `${lines.join('\n')}\n\n${summary}\n`;
}

function consequence({ undecided, essential }: Right): string {
  const open = undecided.length === 0 ? 'less is known of how the network is configured' : `undecided without it: ${undecided.join(', ')}`;
  return essential ? `${open}; and nothing can be called clean (exit code 3)` : open;
}
