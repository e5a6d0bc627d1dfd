import type { ReadHooks } from '../model/reader.ts';

type Request = Parameters<NonNullable<ReadHooks['onRequest']>>[0];
type Sum = { requests: number; bytes: number; ms: number };

/** Counts requests by the kind of object they were for; `table` shows them, dearest first. */
export function requestStatistics(): { readonly count: (request: Request) => void; readonly table: () => string } {
  const sums = new Map<string, Sum>();
  return {
    count: ({ url, bytes, ms }) => {
      const kind = kindIn(url);
      const sum = sums.get(kind) ?? { requests: 0, bytes: 0, ms: 0 };
      sums.set(kind, { requests: sum.requests + 1, bytes: sum.bytes + bytes, ms: sum.ms + ms });
    },
    table: () => {
      const kinds = [...sums].toSorted(([, a], [, b]) => b.bytes - a.bytes);
      const all = kinds.reduce((total, [, sum]) => add(total, sum), { requests: 0, bytes: 0, ms: 0 });
      return [row('requests', 'bytes', 'ms', 'kind'), ...kinds.map(([kind, sum]) => sumRow(kind, sum)), sumRow('all', all)].join('');
    },
  };
}

const add = (a: Sum, b: Sum): Sum => ({ requests: a.requests + b.requests, bytes: a.bytes + b.bytes, ms: a.ms + b.ms });

const row = (requests: string, bytes: string, ms: string, kind: string): string =>
  `${requests.padStart(8)} ${bytes.padStart(15)} ${ms.padStart(9)}  ${kind}\n`;

const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');

const sumRow = (kind: string, sum: Sum): string => row(grouped(sum.requests), grouped(sum.bytes), grouped(sum.ms), kind);

/** `pods`, `pods/log`, `ippools.crd.projectcalico.org`; discovery and version by their path. */
function kindIn(url: string): string {
  const found = /\/(?:api|apis\/([^/]+))\/[^/]+\/(?:namespaces\/[^/]+\/)?([^/]+)(?:\/[^/]+(\/[^/]+)?)?$/.exec(new URL(url).pathname);
  if (!found) return new URL(url).pathname;
  const [, group, plural, part] = found;
  return `${plural}${group === undefined ? '' : `.${group}`}${part ?? ''}`;
}
