import { type Case, casesIn, type Material, materialOf, SCENARIOS, SHARED } from './examine-capture.ts';

/** A scenario or shared incident with its objects and logs in memory. */
export type Loaded = Case & { readonly material: Material };

const load = (root: string): Loaded[] => casesIn(root).map((found) => ({ ...found, material: materialOf(`${found.folder}/capture`) }));
export const own = load(SCENARIOS);
export const shared = load(SHARED);

/** Runs a property over many captures and names every capture that breaks it. */
export async function over(captures: readonly Loaded[], property: (capture: Loaded) => Promise<string | undefined>): Promise<string[]> {
  const broken: string[] = [];
  for (const capture of captures) {
    const why = await property(capture);
    if (why !== undefined) broken.push(`${capture.id}: ${why}`);
  }
  return broken;
}
