/**
 * Makes a function work out its answer once for each object, or for what `keyOf` gives of it, and keep it as long as that lives. The last
 * one is kept longer and found at once, since much is asked of every pod.
 */
export function once<Of extends object, Value>(find: (of: Of) => Value, keyOf: (of: Of) => object = (of) => of): (of: Of) => Value {
  const known = new WeakMap<object, { readonly value: Value }>();
  let last: { readonly key: object; readonly found: { readonly value: Value } } | undefined;
  return (of) => {
    const key = keyOf(of);
    if (last?.key !== key) {
      const found = known.get(key) ?? { value: find(of) };
      known.set(key, found);
      last = { key, found };
    }
    return last.found.value;
  };
}
