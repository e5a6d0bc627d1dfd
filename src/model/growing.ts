/** Below so many bytes memory is ordinary memory, which moves when it grows. */
const SMALL = 1 << 16;
/** How much memory may grow where it lies before it has to move. Only what is used of it is taken from the system. */
const ROOM = 32;

/**
 * A list of numbers with room for at least `length`, holding what `values` holds. Large ones grow where they lie, without a second copy for a
 * moment; and they are shared memory, though nobody shares it: V8 takes other memory for a reason to collect garbage, again and again for as
 * long as it is there (BackingStore::PerIsolateAccountingLength), which was half of the time in which a hundred thousand pods are read.
 */
export function grown<Values extends Uint8Array | Uint32Array | Int32Array>(values: Values, length: number): Values {
  const { BYTES_PER_ELEMENT: size, buffer } = values;
  const make = values.constructor as new (memory: ArrayBufferLike, from: number, length: number) => Values;
  const wanted = size * length;
  if (wanted < SMALL) return copied(values, new make(new ArrayBuffer(2 * wanted), 0, 2 * length));
  const step = Math.ceil(length * 1.25);
  if (isGrowable(buffer) && size * step <= buffer.maxByteLength) {
    buffer.grow(size * step);
    return new make(buffer, 0, step);
  }
  return copied(values, new make(new SharedArrayBuffer(size * step, { maxByteLength: ROOM * size * step }), 0, step));
}

function copied<Values extends Uint8Array | Uint32Array | Int32Array>(values: Values, larger: Values): Values {
  larger.set(values);
  return larger;
}

const isGrowable = (memory: ArrayBufferLike): memory is SharedArrayBuffer => memory instanceof SharedArrayBuffer && memory.growable;
