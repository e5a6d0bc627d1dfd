import type { CauseRule } from '../investigation.ts';

export const noConflict: CauseRule = {
  id: 'no-conflict',
  explains: {
    title: 'Nothing is wrong with addresses',
    meaning: 'Everything that was needed could be read, and nothing is held twice or about to be.',
    arises: '—',
    tellApart: 'If something needed could not be read, the verdict is inconclusive, never this one.',
    action: 'Look elsewhere: policies, DNS, the application.',
    sources: [],
  },
  // The walk gives this verdict itself, when no other cause fits and no essential gap is open.
  weigh: () => undefined,
  remedy: () => [],
};
