import type { BenchmarkMinutes } from '../../protocol/benchmarks';
import type { TrainingRun } from './training';

/** Two minutes show how a training begins, an hour about how it ends. */
export const trainingMinutes: BenchmarkMinutes = { default: 2, choices: [2, 10, 60] };

/** How far the trainings came in their time. */
export function trainingNote(minutes: number, runs: readonly TrainingRun[]): string {
  const epochs = runs.map((run) => run.epochs.length);
  const least = Math.min(...epochs);
  const most = Math.max(...epochs);
  const done = least === most ? String(most) : `${least} to ${most}`;
  const ended = runs.filter(hasEnded).length;
  const rest =
    ended === runs.length
      ? 'All of them had come to their end.'
      : `${ended === 0 ? 'None' : `${ended} of ${runs.length}`} had come to an end by itself: give more minutes for smaller errors.`;
  const shared =
    runs.length === 1
      ? `The training was given ${countOf(minutes, 'minute')} and did ${countOf(most, 'epoch')}.`
      : `The ${runs.length} trainings shared ${countOf(minutes, 'minute')} and did ${least === most ? countOf(most, 'epoch') : `${done} epochs`} each.`;
  return [shared, rest, ...restingOrders(runs)].join(' ');
}

/** Of trainings that ended before the orders began to move, whose times are those of less work. */
function restingOrders(runs: readonly TrainingRun[]): string[] {
  const warmups = runs.map(({ model }) => model.states[0].settings.orderWarmup);
  const resting = runs.filter(({ epochs }, i) => epochs.length <= warmups[i]).length;
  return resting === 0
    ? []
    : [
        `${resting} of ${countOf(runs.length, 'training')} ended within the first ${countOf(Math.max(...warmups), 'epoch')}, in which orders stay as they start: gamma had no say in them, and their times are those of epochs without updates of the orders.`,
      ];
}

/** Whether the training stopped because it no longer improved, or had all its epochs. */
function hasEnded({ model }: TrainingRun): boolean {
  return model.states.every(
    ({ settings, progress }) =>
      progress.epoch >= settings.epochs || progress.idle >= settings.patience,
  );
}

function countOf(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}
