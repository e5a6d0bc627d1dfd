/** What krew can install on, of what the program is built for. */
export const PLATFORMS = ['linux-amd64', 'linux-arm64', 'darwin-amd64', 'darwin-arm64', 'windows-amd64'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Where the project lives; releases are below it. */
const HOMEPAGE = 'https://github.com/kubectl-ipconflict/kubectl-ipconflict';

/** Stands for an archive that is not built yet. */
export const NO_SUM = '0'.repeat(64);

/** The name of a platform's archive. */
export function archiveName(version: string, platform: Platform): string {
  return `kubectl-ipconflict-v${version}-${platform}.tar.gz`;
}

/** The name of the program on a platform. */
export const programOf = (platform: Platform): string => `kubectl-ipconflict${platform.startsWith('windows') ? '.exe' : ''}`;

/** The manifest that krew installs from. */
export function krewManifest(version: string, sums: Partial<Record<Platform, string>>, base = `${HOMEPAGE}/releases/download`): string {
  return `apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: ipconflict
spec:
  version: v${version}
  homepage: ${HOMEPAGE}
  shortDescription: Find IP address conflicts and their cause
  description: |
    Looks for addresses that more than one pod, node, Service or network range
    lays claim to, walks through the evidence step by step, and names the cause
    with the proof, the way out and how to verify the cure.

    It only reads: it never changes anything in the cluster, and it works
    without a cluster on captured objects and logs.
  caveats: |
    kubectl completes the plugin's words once it finds this file on the PATH:
      kubectl ipconflict completion kubectl > ~/.krew/bin/kubectl_complete-ipconflict
      chmod +x ~/.krew/bin/kubectl_complete-ipconflict
  platforms:
${PLATFORMS.filter((platform) => sums[platform] !== undefined)
  .map((platform) => entry(version, platform, sums[platform] ?? NO_SUM, base))
  .join('')}`;
}

function entry(version: string, platform: Platform, sum: string, base: string): string {
  const [os, arch] = platform.split('-');
  return `  - selector:
      matchLabels:
        os: ${os}
        arch: ${arch}
    uri: ${base}/v${version}/${archiveName(version, platform)}
    sha256: "${sum}"
    bin: ${programOf(platform)}
`;
}

/** The checksums that a manifest states. */
export function sumsOf(manifest: string): Partial<Record<Platform, string>> {
  const sums: Partial<Record<Platform, string>> = {};
  for (const platform of PLATFORMS) {
    const [os, arch] = platform.split('-');
    const found = new RegExp(`os: ${os}\\n\\s+arch: ${arch}\\n\\s+uri: .*\\n\\s+sha256: "([0-9a-f]{64})"`).exec(manifest)?.[1];
    if (found !== undefined) sums[platform] = found;
  }
  return sums;
}

/** The version that a manifest states. */
export function versionOf(manifest: string): string | undefined {
  return /^ {2}version: v(\S+)$/m.exec(manifest)?.[1];
}
