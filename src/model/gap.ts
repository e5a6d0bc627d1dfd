/** Something that could not be read: shown where it would have stood, with what stays undecided because of it. */
export type Gap = {
  /** What is missing, for people: `pods`, `log of kube-system/calico-node-x2k4p (calico-node)`. */
  readonly what: string;
  readonly verb: 'get' | 'list' | 'log' | 'read';
  readonly resource: string;
  readonly namespace?: string;
  readonly reason: 'forbidden' | 'timeout' | 'absent' | 'unreachable' | 'truncated' | 'malformed';
  readonly message: string;
  /** Ids of findings and questions that could not be answered. */
  readonly blocks: readonly string[];
  /** Whether "clean" may not be claimed without it. */
  readonly essential: boolean;
};

/** Pods of which only some are here cannot show that an address is held once in the cluster. */
export const podsMissing = (message: string): Gap =>
  missing('pods', 'pods of the whole cluster', message, ['duplicate-pod-ip', 'duplicates-confirmed', 'ipam-leak', 'cni-agent-missing']);

/** What a list lacks that came whole, as far as it knew: other things speak of what is not in it. "Clean" may not be claimed without it. */
export const missing = (resource: string, what: string, message: string, blocks: readonly string[]): Gap => ({
  what,
  verb: 'list',
  resource,
  reason: 'absent',
  message,
  blocks,
  essential: true,
});
