import { dump } from 'js-yaml';
import type { Report } from '../model/report.ts';
import { clean } from './clean.ts';

/** One YAML document, the same fields as JSON; plain scalars know no escapes, so characters that are not seen are left out. */
export const yaml = (report: Report): string =>
  dump(
    JSON.parse(JSON.stringify(report), (_key, value: unknown) => (typeof value === 'string' ? clean(value) : value)),
    { lineWidth: -1, noRefs: true },
  );
