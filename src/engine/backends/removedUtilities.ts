/**
 * tfjs-node 4.22 still calls predicates of `node:util` that Node 23 removed; each is put back
 * where it is missing.
 */
export function restoreRemovedUtilities(target: object): void {
  const removed: Record<string, (value: unknown) => boolean> = {
    isArray: Array.isArray,
    isNull: (value) => value === null,
    isUndefined: (value) => value === undefined,
    isNullOrUndefined: (value) => value === null || value === undefined,
    isString: (value) => typeof value === 'string',
    isNumber: (value) => typeof value === 'number',
    isBoolean: (value) => typeof value === 'boolean',
    isFunction: (value) => typeof value === 'function',
    isObject: (value) => value !== null && typeof value === 'object',
  };
  for (const [name, predicate] of Object.entries(removed)) {
    if (!(name in target)) {
      Object.defineProperty(target, name, { value: predicate, configurable: true });
    }
  }
}
