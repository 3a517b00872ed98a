/**
 * Which tasks are worth spreading: many small ones fill the machine, each on a thread of its own;
 * a large one fills it alone, its products shared by all threads.
 */

/** Multiply-adds from which a task is done alone: some two seconds on one thread. */
const aloneFrom = 2 ** 36;
/** Multiply-adds of all small tasks from which starting the others pays: about 0.2 s. */
const spreadFrom = 2 ** 31;
/** Bytes of a tensor up to which several may be factorised at a time. */
const spreadUpTo = 2 ** 26;

export interface Weighed {
  /** Multiply-adds, roughly. */
  readonly work: number;
  /** Of the tensor in f64. */
  readonly bytes: number;
}

/**
 * Splits tasks, which stay in order, into those that a team of `size` computes side by side and
 * those that are then done one at a time.
 */
export function splitForTeam<T extends Weighed>(
  tasks: readonly T[],
  size: number,
): { readonly spread: readonly T[]; readonly alone: readonly T[] } {
  const isSmall = ({ work, bytes }: T) => work < aloneFrom && bytes <= spreadUpTo;
  const small = tasks.filter(isSmall);
  const pays = small.reduce((sum, { work }) => sum + work, 0) >= spreadFrom;
  return size > 1 && small.length > 1 && pays
    ? { spread: small, alone: tasks.filter((task) => !isSmall(task)) }
    : { spread: [], alone: tasks };
}
