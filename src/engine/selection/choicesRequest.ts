import type { ChoicesRequest } from '../../protocol/engine';
import { UsageError } from '../../failures';
import { methods } from '../decompositions/decomposition';
import { errorForEnergy } from '../ranks';
import { assertKept } from '../ranks/rounding';
import { levelKinds } from './levels';

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
  const given = levelKinds.filter((kind) => request[kind] !== undefined);
  if (given.length !== 1) {
    throw new UsageError(
      `Exactly one of ${levelKinds.join(', ')} says which ranks to look at, not ${given.join(' and ') || 'none'}.`,
      { value: given.join(', '), limit: 1 },
    );
  }
  if (request.rank !== undefined) {
    if (request.methods.length > 1) {
      throw new UsageError(
        `A rank is understood for exactly one method, not for ${request.methods.join(', ')}; give one.`,
        { value: request.methods.join(', '), limit: 1 },
      );
    }
    return;
  }
  const { kept, error, energy } = request;
  if (kept?.length === 0) {
    throw new UsageError('No kept fraction was given; give some above 0 and at most 1.');
  }
  if (error?.length === 0 || energy?.length === 0) {
    throw new UsageError(`No ${error ? 'error' : 'energy'} was given; give some from 0 to 1.`);
  }
  kept?.forEach(assertKept);
  error?.forEach(assertError);
  energy?.forEach(errorForEnergy);
}

function assertError(error: number): void {
  if (!(error >= 0 && error <= 1)) {
    throw new UsageError(`A relative error is a number from 0 to 1 (0.1 is 10 %), not ${error}.`, {
      value: error,
    });
  }
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
