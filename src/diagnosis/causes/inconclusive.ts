import type { CauseRule } from '../investigation.ts';

export const inconclusive: CauseRule = {
  id: 'inconclusive',
  explains: {
    title: 'The evidence does not decide',
    meaning: 'Something is wrong or unread, and what was read fits no cause well enough, or several alike.',
    arises: 'Missing rights, events older than an hour, allocators whose records are on the nodes.',
    tellApart: 'What would decide it is named.',
    action: 'Get what is named as missing, then check again.',
    sources: [],
  },
  // The walk gives this verdict itself.
  weigh: () => undefined,
  remedy: () => [],
};
