/** Compares `1.9.3` and `1.10.0-rc1` as versions; a pre-release comes before its release. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string): number[] => (version.replace(/^v/, '').match(/^\d+(?:\.\d+)*/)?.[0] ?? '0').split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  const pre = (version: string): number => (/-(?:rc|alpha|beta|pre)/.test(version) ? 0 : 1);
  return pre(a) - pre(b);
}
