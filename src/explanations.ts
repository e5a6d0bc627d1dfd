import { DETECTIONS } from './detections/index.ts';
import { CAUSES } from './diagnosis/causes/index.ts';
import { TREE } from './diagnosis/tree.ts';
import type { Explanation } from './model/explanation.ts';

export type Explained = { readonly id: string; readonly kind: 'finding' | 'cause' | 'question'; readonly explains: Explanation };

/** Every id with its text: what `explain` shows and the docs are made of. A finding and a cause may share an id; both are shown. */
export const EXPLANATIONS: readonly Explained[] = [
  ...DETECTIONS.map((detection): Explained => ({ id: detection.id, kind: 'finding', explains: detection.explains })),
  ...CAUSES.map((rule): Explained => ({ id: rule.id, kind: 'cause', explains: rule.explains })),
  ...TREE.map((question): Explained => ({
    id: question.id,
    kind: 'question',
    explains: {
      title: question.asks,
      meaning:
        question.settles.length > 0
          ? `A yes leads to one of: ${question.settles.join(', ')}.`
          : 'The answer is shown; the walk goes on either way.',
      arises: `It looks at the step ${question.step}.`,
      tellApart: 'Unknown means that what would answer it could not be read, or is not in the API.',
      action: 'Where the API cannot tell, `check` shows the command that can.',
      sources: [],
    },
  })),
];
