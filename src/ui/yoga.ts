/**
 * Makes Ink's layout engine ready; awaited before anything imports Ink. From sources there is nothing to do: Yoga awaits its WebAssembly by
 * itself, which a bundle cannot hold, so the build puts the waiting here (plugin/bundle.ts).
 */
export async function prepareYoga(): Promise<void> {}
