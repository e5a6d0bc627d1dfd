/** What an id means, for people: shown by `explain`, printed in docs/, linked from reports. One text per id. */
export type Explanation = {
  readonly title: string;
  /** What it means in a cluster. */
  readonly meaning: string;
  /** How it comes about. */
  readonly arises: string;
  /** How to tell it from what looks like it. */
  readonly tellApart: string;
  /** What to do about it. */
  readonly action: string;
  /** Public issues, KEPs and sources behind the rule. */
  readonly sources: readonly string[];
};
