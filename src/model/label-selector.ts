import { Failure } from './failure.ts';

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

/** kubectl's label selectors: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, joined by commas. Throws a Failure for anything else. */
export function labelSelector(text: string): Requirement {
  const terms = text.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
  const requirements = terms.map((term) => requirement(term.trim(), text));
  return (labels) => requirements.every((fits) => fits(labels));
}

function requirement(term: string, whole: string): Requirement {
  const set = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set) {
    const values = set[3]!.split(',').map((value) => value.trim());
    return set[2] === 'in' ? (labels) => values.includes(labels[set[1]!] ?? '\0') : (labels) => !values.includes(labels[set[1]!] ?? '\0');
  }
  const equal = /^([\w./-]+)\s*(==|=|!=)\s*([\w./-]*)$/.exec(term);
  if (equal) return equal[2] === '!=' ? (labels) => labels[equal[1]!] !== equal[3] : (labels) => labels[equal[1]!] === equal[3];
  const exists = /^(!?)\s*([\w./-]+)$/.exec(term);
  if (exists) return (labels) => Object.hasOwn(labels, exists[2]!) === (exists[1] === '');
  throw new Failure(
    `The label selector "${whole}" cannot be read.`,
    `"${term}" is none of a=b, a!=b, a in (b,c), a notin (b,c), a, !a.`,
    'Write it as for kubectl -l.',
  );
}
