/** The first of the options with the smallest keys, compared in turn; undefined of none. */
export function smallest<T>(
  options: readonly T[],
  keysOf: (option: T) => readonly number[],
): T | undefined {
  let best: { readonly option: T; readonly keys: readonly number[] } | undefined;
  for (const option of options) {
    const keys = keysOf(option);
    if (!best || isBefore(keys, best.keys)) {
      best = { option, keys };
    }
  }
  return best?.option;
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((key, i) => key !== b[i]);
  return at >= 0 && a[at] < b[at];
}
