import type { ChoicesRequest } from '../../protocol/engine';
import type { Rank } from '../decompositions/decomposition';
import { errorForEnergy } from '../ranks';
import { dtypes, type DType } from '../tensor/dtype';
import type { Choice } from './choice';
import { exactPercent } from './words';

/**
 * What is asked of every method: fractions of the parameters that remain, relative errors not to be
 * exceeded, shares of the squared norm (the energy) not to fall below, or one rank.
 */
export type Levels =
  | { readonly kept: readonly number[] }
  | { readonly error: readonly number[] }
  | { readonly energy: readonly number[] }
  | { readonly rank: Rank };

/** What is to be reached by the smallest rank that does. */
export type TargetLevel = { readonly error: number } | { readonly energy: number };

/** One of {@link Levels}. */
export type Level = TargetLevel | { readonly kept: number } | { readonly rank: Rank };

/** The fields of a choice that say which level it answers. */
export type AskedField = 'kept' | 'askedError' | 'askedEnergy';

/** The names of the kinds of levels in a request, of which exactly one is given. */
export const levelKinds = ['kept', 'error', 'energy', 'rank'] as const;

/** The levels of a request that was found to make sense, each once. */
export function requestedLevels({ kept, error, energy, rank }: ChoicesRequest): Levels {
  if (rank !== undefined) {
    return { rank };
  }
  if (error) {
    return { error: [...new Set(error)] };
  }
  return energy ? { energy: [...new Set(energy)] } : { kept: [...new Set(kept)] };
}

/** All levels one by one. */
export function levelsOf(levels: Levels): Level[] {
  if ('rank' in levels) {
    return [levels];
  }
  if ('error' in levels) {
    return levels.error.map((error) => ({ error }));
  }
  return 'energy' in levels
    ? levels.energy.map((energy) => ({ energy }))
    : levels.kept.map((kept) => ({ kept }));
}

/** Whether a level is reached by the smallest rank that does, or not at all. */
export function isTarget(level: Level): level is TargetLevel {
  return 'error' in level || 'energy' in level;
}

/** The relative error that is not to be exceeded. */
export function errorOf(level: TargetLevel): number {
  return 'error' in level ? level.error : errorForEnergy(level.energy);
}

/** What a choice says of the level it answers: nothing for an explicit rank. */
export function askedFields(level: Level): Pick<Choice, AskedField> {
  if ('kept' in level) {
    return { kept: level.kept };
  }
  if ('error' in level) {
    return { askedError: level.error };
  }
  return 'energy' in level ? { askedEnergy: level.energy } : {};
}

/**
 * Why errors or energies, all of one kind, have no choice, in words that follow "stays dense: ".
 */
export function unreachedReason(levels: readonly TargetLevel[], dtype: DType): string {
  const values = levels.map((level) => ('error' in level ? level.error : level.energy));
  const list = values.map(exactPercent).join(' or ');
  const asked =
    'error' in levels[0] ? `a relative error of at most ${list}` : `at least ${list} of the energy`;
  const rounding = dtypes[dtype].bytes < 4 ? `, rounding to ${dtype} included,` : '';
  return `${asked}${rounding} takes more parameters than the dense tensor has`;
}
