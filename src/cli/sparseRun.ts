import { CancelledError, isCancelled } from '../failures';
import type {
  SparseCompareProgress,
  SparseCompareRequest,
  SparseComparison,
  SparseEpoch,
  SparseOffer,
} from '../protocol/sparse';
import { withProgress, type CliContext } from './context';
import { attemptName, finished, formatNumber, type ComparedAttempt } from './sparseComparison';

/** How far a comparison came. */
export interface ComparisonRun {
  readonly outcomes: readonly ComparedAttempt[];
  readonly threads?: number;
  readonly elapsedMs: number;
  readonly stopped?: 'cancelled' | 'minutes';
}

/**
 * Compares, shows how far it is, and keeps what is finished when it is stopped: by Ctrl-C, or after
 * `minutes`.
 */
export async function runComparison(
  context: CliContext,
  request: SparseCompareRequest,
  offer: SparseOffer,
  minutes: number | undefined,
): Promise<ComparisonRun> {
  const { attempts } = request;
  const outcomes: ComparedAttempt[] = attempts.map((attempt) => ({ attempt }));
  const from = performance.now();
  const limit = new AbortController();
  const timer =
    minutes === undefined ? undefined : setTimeout(() => limit.abort(), minutes * 60_000);
  const signal = AbortSignal.any([context.signal, limit.signal]);
  const stopped = () => (context.signal.aborted ? 'cancelled' : 'minutes');
  try {
    const { outcomes: final, ...rest } = await withProgress<
      SparseComparison,
      SparseCompareProgress
    >({ ...context, signal }, 'Comparing', (options) =>
      context.engine.sparseCompare(request, {
        ...options,
        onProgress: (part) => {
          keep(outcomes, part.attempt, part);
          options.onProgress?.({
            ...part,
            message: messageOf(outcomes[part.attempt], part, attempts.length, offer),
          });
        },
      }),
    );
    for (const [number, outcome] of final.entries()) {
      keep(outcomes, number, outcome);
    }
    // A comparison that is stopped may still give a training as far as it has come.
    const isWhole = finished(outcomes) === outcomes.length;
    return {
      outcomes: outcomes.map(plain),
      threads: rest.threads,
      elapsedMs: rest.elapsedMs,
      ...(signal.aborted && !isWhole && { stopped: stopped() }),
    };
  } catch (error) {
    if (!isCancelled(error) || !signal.aborted) {
      throw error;
    }
    return {
      outcomes: outcomes.map(plain),
      elapsedMs: performance.now() - from,
      stopped: stopped(),
    };
  } finally {
    clearTimeout(timer);
  }
}

/** With what {@link runComparison} has kept said: exit code 130. */
export function stoppedError({ outcomes }: ComparisonRun): CancelledError {
  return new CancelledError(
    `Cancelled; ${finished(outcomes)} of ${outcomes.length} attempts were finished before.`,
  );
}

function keep(
  outcomes: ComparedAttempt[],
  number: number,
  { point, failure, epochs }: Pick<SparseCompareProgress, 'point' | 'failure' | 'epochs'>,
): void {
  const reached = epochs?.at(-1);
  outcomes[number] = {
    ...outcomes[number],
    ...(point && { point }),
    ...(failure && failure.kind !== 'cancelled' && { failure }),
    ...(reached && { reached }),
  };
}

/** As scripts read it: how far a training was is of interest only without a point. */
function plain({ attempt, point, failure, reached }: ComparedAttempt): ComparedAttempt {
  return {
    attempt,
    ...(point && { point }),
    ...(failure && { failure: { kind: failure.kind, message: failure.message } }),
    ...(reached && !point && !failure && { reached }),
  };
}

function messageOf(
  { attempt, reached }: ComparedAttempt,
  { attempt: number, message }: SparseCompareProgress,
  count: number,
  offer: SparseOffer,
): string {
  const name = `${number + 1}/${count} ${attemptName(attempt, offer)}`;
  return reached ? `${name}: ${epochText(reached)}` : message ? `${name}: ${message}` : name;
}

/** Where a training stands. */
export function epochText({ epoch, loss, bestLoss }: SparseEpoch): string {
  return `epoch ${epoch}, squared error ${formatNumber(loss)}, best ${formatNumber(bestLoss)}`;
}
