import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT } from './bundle.ts';
import { PLATFORMS, type Platform, programOf } from './krew-manifest.ts';
import { thirdPartyLicenses } from './licenses.ts';
import { tarGz } from './tar.ts';

type Contents = {
  readonly program: string;
  readonly metafile: Metafile;
  readonly platform: Platform;
  /** The Node inside, where it is not the one that runs this. */
  readonly node?: { readonly version: string; readonly license?: string | undefined } | undefined;
};

/** The archive that krew unpacks: the program, its licences, and the completion script where there is a shell for it. */
export function archive({ program, metafile, platform, node = { version: process.versions.node } }: Contents, level = 9): Buffer {
  const completion = 'kubectl_complete-ipconflict';
  const isWindows = platform.startsWith('windows');
  return tarGz(
    [
      { name: 'LICENSE', content: readFileSync(path.join(ROOT, 'LICENSE')) },
      { name: 'THIRD_PARTY_LICENSES', content: Buffer.from(thirdPartyLicenses(metafile, node)) },
      { name: programOf(platform), content: readFileSync(program), executable: true },
      ...(isWindows ? [] : [{ name: completion, content: readFileSync(path.join(ROOT, 'plugin', completion)), executable: true as const }]),
    ],
    level,
  );
}

/** The platform that this runs on. */
export function thisPlatform(): Platform {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `${os}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const platform = PLATFORMS.find((known) => known === name);
  if (platform === undefined) throw new Error(`nothing is released for ${name}`);
  return platform;
}
