/**
 * A function that remembers its last result, and computes anew only when an argument is another
 * (by identity): for what is derived from large data and drawn at every step of a slider.
 */
export function lastCall<Args extends readonly unknown[], Result>(
  compute: (...args: Args) => Result,
): (...args: Args) => Result {
  let last: { readonly args: Args; readonly result: Result } | undefined;
  return (...args) => {
    const isSame = last?.args.every((arg, index) => Object.is(arg, args[index])) ?? false;
    if (!last || !isSame || last.args.length !== args.length) {
      last = { args, result: compute(...args) };
    }
    return last.result;
  };
}
