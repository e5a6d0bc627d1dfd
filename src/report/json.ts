import type { Report } from '../model/report.ts';
import { escapeUnseen } from './clean.ts';

/** One JSON document, indented, ending in a newline. */
export const json = (report: Report): string => `${escapeUnseen(JSON.stringify(report, null, 2))}\n`;
