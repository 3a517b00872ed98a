import { tf } from './tf';

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `use` with `backend` as the one that TensorFlow.js computes with, which it keeps in global
 * state: one at a time.
 */
export function withBackend<T>(backend: string, use: () => Promise<T>): Promise<T> {
  const turn = last.then(async () => {
    if (tf.getBackend() !== backend && !(await tf.setBackend(backend))) {
      throw new Error(`TensorFlow.js refused to start the backend ${backend}.`);
    }
    await tf.ready();
    return use();
  });
  last = turn.catch(() => {});
  return turn;
}
