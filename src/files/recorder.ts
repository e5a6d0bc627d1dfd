import type { Gap } from '../model/gap.ts';
import type { Json } from '../model/json.ts';
import { type ListNeed, type LogNeed, type Need, needKey } from '../model/need.ts';
import { PodTableBuilder } from '../model/pod-table.ts';
import { SnapshotBuilder } from '../model/reader.ts';
import { PODS, resourceKey, resourceName } from '../model/resource.ts';
import type { LogText } from '../model/snapshot.ts';
import type { CaptureFolder } from './capture-folder.ts';

export type RecorderOptions = {
  /** Lines of logs before this time are left out; milliseconds since the epoch. */
  readonly logsSince: number | undefined;
  /** An answer has been written. */
  readonly onDone: (what: string, count: number) => void;
};

/** A snapshot builder that writes every answer into a capture as it comes: pods one by one, so that they are never all in memory. */
export class Recorder extends SnapshotBuilder {
  readonly #folder: CaptureFolder;
  readonly #options: RecorderOptions;
  readonly #lists = new Map<string, readonly Json[] | Gap>();
  readonly #logs = new Set<string>();
  /** Set while logs are read that nobody will look at here. */
  writeOnly = false;

  constructor(folder: CaptureFolder, options: RecorderOptions) {
    super(new RecordingTable(folder));
    this.#folder = folder;
    this.#options = options;
  }

  /** What a need was answered with: objects, a gap, or undefined while it was not asked. */
  objects(need: ListNeed): readonly Json[] | Gap | undefined {
    return this.#lists.get(needKey(need));
  }

  has(need: LogNeed): boolean {
    return this.#logs.has(needKey(need));
  }

  /** Answers a need out of what has been written already. */
  known(need: ListNeed, objects: readonly Json[]): void {
    super.answer(need, objects);
  }

  override answer(need: ListNeed, objects: readonly Json[]): void {
    super.answer(need, objects);
    this.#lists.set(needKey(need), objects);
    const isPods = resourceKey(need.resource) === resourceKey(PODS);
    const count = isPods ? this.pods.size : objects.length;
    this.#folder.answer(need, isPods ? undefined : objects, count);
    this.#options.onDone(need.name === undefined ? resourceName(need.resource) : `${resourceName(need.resource)}/${need.name}`, count);
  }

  override missing(need: Need, gap: Omit<Gap, 'blocks' | 'essential'>): void {
    super.missing(need, gap);
    if (need.kind === 'list') this.#lists.set(needKey(need), { ...gap, blocks: need.undecided, essential: need.essential });
    this.#folder.missing(need, gap);
    this.#options.onDone(`${gap.what} (${gap.reason})`, 0);
  }

  override log(need: LogNeed, log: LogText): void {
    const { text, cut } = sinceTime(log.text, this.#options.logsSince);
    const kept = { ...log, text, cut: log.cut || cut };
    this.#logs.add(needKey(need));
    if (!this.writeOnly) super.log(need, kept);
    this.#folder.log(need, kept);
    this.#options.onDone(needKey(need).replace('|', ' '), text.length);
  }

  override gap(gap: Gap): void {
    super.gap(gap);
    this.#folder.gap(gap);
  }

  override confirm(namespace: string, name: string): void {
    super.confirm(namespace, name);
    this.#folder.confirmed(`${namespace}/${name}`);
  }

  /** Takes back what a former run has written. */
  resume(): number {
    const { lists, logs } = this.#folder.former();
    for (const { need, objects } of lists) {
      if (resourceKey(need.resource) === resourceKey(PODS)) for (const pod of objects()) (this.pods as RecordingTable).restore(pod);
      const kept = resourceKey(need.resource) === resourceKey(PODS) ? [] : [...objects()];
      this.#lists.set(needKey(need), kept);
      super.answer(need, kept);
    }
    for (const { need, log } of logs) {
      this.#logs.add(needKey(need));
      super.log(need, log());
    }
    return lists.length + logs.length;
  }
}

/** A pod table that writes down what it is given. */
class RecordingTable extends PodTableBuilder {
  readonly #folder: CaptureFolder;

  constructor(folder: CaptureFolder) {
    super();
    this.#folder = folder;
  }

  override get takesObjects(): boolean {
    return true;
  }

  override add(pod: Json): void {
    super.add(pod);
    this.#folder.pod(pod);
  }

  override delete(namespace: string, name: string): void {
    super.delete(namespace, name);
    this.#folder.gone(`${namespace}/${name}`);
  }

  restore(pod: Json): void {
    super.add(pod);
  }
}

/** The lines of a log since a time. Lines that state none belong to the one before them. */
function sinceTime(text: string, since: number | undefined): { text: string; cut: boolean } {
  if (since === undefined) return { text, cut: false };
  const lines = text.split('\n');
  const first = lines.findIndex((line) => {
    const time = Date.parse(/^\d{4}-\d\d-\d\dT[\d:.]+Z?/.exec(line)?.[0] ?? '');
    return !Number.isNaN(time) && time >= since;
  });
  if (first === 0) return { text, cut: false };
  // A log without times cannot be cut at one.
  if (first < 0) return /^\d{4}-\d\d-\d\dT/.test(text) ? { text: '', cut: true } : { text, cut: false };
  return { text: lines.slice(first).join('\n'), cut: true };
}
