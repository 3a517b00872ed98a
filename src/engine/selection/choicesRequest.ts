import type { ChoicesRequest } from '../../protocol/engine';
import { UsageError } from '../../failures';
import { methods } from '../decompositions/decomposition';
import { assertKept } from '../ranks/rounding';

/** @throws UsageError, one sentence, for the first thing in the request that makes no sense. */
export function requireChoicesRequest(request: ChoicesRequest): void {
  const unknown = request.methods.find((method) => !methods.includes(method));
  if (unknown !== undefined) {
    throw new UsageError(
      `The method "${String(unknown)}" is unknown; choose from ${methods.join(', ')}.`,
      { value: String(unknown) },
    );
  }
  if (request.methods.length === 0) {
    throw new UsageError(`No method was given; choose from ${methods.join(', ')}.`);
  }
  requireSeed(request.seed);
  if (request.rank !== undefined) {
    if (request.methods.length > 1) {
      throw new UsageError(
        `A rank is understood for exactly one method, not for ${request.methods.join(', ')}; give one.`,
        { value: request.methods.join(', '), limit: 1 },
      );
    }
    return;
  }
  if (request.kept.length === 0) {
    throw new UsageError('No kept fraction was given; give some above 0 and at most 1.');
  }
  request.kept.forEach(assertKept);
}

/** @throws UsageError unless `seed` is a whole number that fits 32 bits. */
export function requireSeed(seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new UsageError(
      `The seed must be a whole number from 0 to ${2 ** 32 - 1}, but is ${seed}.`,
      { value: seed, limit: 2 ** 32 - 1 },
    );
  }
}
