import type { Command } from '../define-command.ts';
import { capture } from './capture.ts';
import { check } from './check.ts';
import { completion } from './completion.ts';
import { diff } from './diff.ts';
import { explain } from './explain.ts';
import { ip } from './ip.ts';
import { rbac } from './rbac.ts';
import { scan } from './scan.ts';
import { version } from './version.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [scan, check, ip, capture, diff, explain, rbac, completion, version];
