import type { Report } from '../model/report.ts';
import { checkText } from './check-text.ts';
import { ipText } from './ip-text.ts';
import { json } from './json.ts';
import { name } from './name.ts';
import { scanText, type TextOptions } from './scan-text.ts';
import { yaml } from './yaml.ts';

/** One way to show a report. */
export type Reporter = (report: Report, options: TextOptions) => string;

function text(report: Report, options: TextOptions): string {
  switch (report.kind) {
    case 'ScanReport':
      return scanText(report, options);
    case 'DiagnosisReport':
      return checkText(report, options);
    case 'AddressReport':
      return ipText(report, options);
  }
}

/** Every output format by the name that `-o` takes. */
export const FORMATS = {
  table: text,
  wide: (report, options) => text(report, { ...options, wide: true }),
  json,
  yaml,
  name,
} satisfies Record<string, Reporter>;

export type Format = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as Format[];
