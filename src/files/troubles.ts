import type { Gap } from '../model/gap.ts';
import type { Trouble } from './entry.ts';

/** Troubles that are listed one by one; the rest is counted. */
const MOST = 20;
const NAMED = 3;

/** What files could not be understood: those that may have held objects one by one, those that hold nothing for us by reason. */
export function gapsOfTroubles(troubles: readonly Trouble[]): Gap[] {
  const grave = troubles.filter((trouble) => trouble.kind !== 'useless');
  const gaps = grave
    .slice(0, MOST)
    .map((trouble) => gap(trouble.file, trouble.why, reasonOf(trouble), trouble.kind === 'malformed' || trouble.kind === 'truncated'));
  if (grave.length > MOST) gaps.push(gap(`${grave.length - MOST} more files`, 'they could not be read either', 'malformed', true));
  const byWhy = Map.groupBy(
    troubles.filter((trouble) => trouble.kind === 'useless'),
    (trouble) => trouble.why,
  );
  for (const [why, those] of byWhy) {
    const [first] = those;
    if (those.length === 1) gaps.push(gap(first!.file, why, 'malformed', false));
    else {
      const names = those
        .slice(0, NAMED)
        .map((trouble) => trouble.file)
        .join(', ');
      gaps.push(
        gap(
          `${those.length} files`,
          `${why.replace(/^it is/, 'each is').replace(/^it holds/, 'each holds')}: ${names}${those.length > NAMED ? ', …' : ''}`,
          'malformed',
          false,
        ),
      );
    }
  }
  return gaps;
}

const reasonOf = (trouble: Trouble): Gap['reason'] => (trouble.kind === 'truncated' ? 'truncated' : 'malformed');

const gap = (what: string, message: string, reason: Gap['reason'], essential: boolean): Gap => ({
  what,
  verb: 'read',
  resource: 'file',
  reason,
  message,
  blocks: [],
  essential,
});
