import type { BaseFacts, CniFacts, Recognition, Signature } from '../model/facts.ts';
import type { ListNeed } from '../model/need.ts';
import type { AgentHint } from './recognise.ts';

/**
 * How one CNI shows itself and hands out addresses: the axis along which clusters differ most.
 * A profile declares what it needs and interprets the answers into neutral words; it never reads anything itself,
 * and no detection ever asks which CNI it is looking at.
 */
export type CniProfile = {
  readonly id: string;
  readonly title: string;
  /** Whether this CNI is here, on what proof, in which version and role. */
  readonly recognise: (facts: BaseFacts) => Recognition | undefined;
  /** Where its agents are found. */
  readonly agents?: readonly AgentHint[];
  /** It heeds annotations in the templates of workloads: these all have to be read. */
  readonly readsTemplates?: true;
  /** Names of the ConfigMaps it is configured by, in the namespaces of its agents. */
  readonly configMaps?: readonly string[];
  /** Custom resources worth reading once it is recognised. */
  readonly needs?: (recognition: Recognition, facts: BaseFacts) => readonly ListNeed[];
  /** What the answers mean. */
  readonly interpret?: (recognition: Recognition, facts: BaseFacts) => Partial<CniFacts>;
  /** Lines of its logs and of pod events that prove something. */
  readonly signatures: readonly Signature[];
};
