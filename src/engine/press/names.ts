/**
 * Names for a tensor's factors, `<tensor>.<factor>`, that nothing in `taken` has; a number is added
 * where one is. The names are added to `taken`.
 */
export function factorNames(
  tensor: string,
  factors: readonly { readonly name: string }[],
  taken: Set<string>,
): string[] {
  return factors.map(({ name }) => {
    const plain = `${tensor}.${name}`;
    let free = plain;
    for (let i = 2; taken.has(free); i++) {
      free = `${plain}_${i}`;
    }
    taken.add(free);
    return free;
  });
}
