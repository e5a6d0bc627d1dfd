import type { Report } from '../model/report.ts';

/** One JSON document, indented, ending in a newline. */
export const json = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;
