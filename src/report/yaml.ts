import { dump } from 'js-yaml';
import type { Report } from '../model/report.ts';

/** One YAML document, the same fields as JSON. */
export const yaml = (report: Report): string => dump(JSON.parse(JSON.stringify(report)), { lineWidth: -1, noRefs: true });
