import type { SparseAttempt, SparseMethod, SparseOffer } from '../../protocol/sparse';

/**
 * What tells attempts apart: the method and its settings, those that were left out filled in, by
 * name. Two attempts with one key give the same result.
 */
export function attemptKey({ method, options }: SparseAttempt, offer: SparseOffer): string {
  const infos = offer.methods.find((known) => known.method === method)?.options ?? [];
  const filled = {
    ...Object.fromEntries(infos.map(({ name, default: value }) => [name, value])),
    ...options,
  };
  return JSON.stringify([method, Object.entries(filled).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Whether a method is trained in epochs, and so can be stopped and continued. */
export function isTrained(method: SparseMethod, offer: SparseOffer): boolean {
  return offer.methods.some((known) => known.method === method && known.isTrained);
}

/** e.g. `Truncated SVD`. */
export function methodTitle(method: SparseMethod, offer: SparseOffer): string {
  return offer.methods.find((known) => known.method === method)?.title ?? method;
}
