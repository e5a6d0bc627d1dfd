/** Names that are near to one that does not exist: few typing errors away, or sharing a beginning. At most three, nearest first. */
export function nearNames(wanted: string, names: Iterable<string>, most = 3): string[] {
  const limit = Math.max(2, Math.floor(wanted.length / 4));
  const found: { name: string; distance: number }[] = [];
  for (const name of names) {
    const distance = editDistance(wanted, name, limit);
    if (wanted.length > 1 && name.startsWith(wanted)) found.push({ name, distance: 0 });
    else if (distance <= limit) found.push({ name, distance });
    else if (commonPrefix(wanted, name) >= Math.max(6, wanted.length * 0.7)) found.push({ name, distance: limit + 1 });
  }
  return found
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map((entry) => entry.name);
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** Levenshtein distance, given up as soon as it exceeds `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    if (Math.min(...next) > limit) return limit + 1;
    row = next;
  }
  return row.at(-1)!;
}
