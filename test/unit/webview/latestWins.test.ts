import { describe, expect, it } from 'vitest';
import { LatestWins } from '../../../webview/latestWins';

function createPlanner() {
  const pending: { request: number; resolve(): void; reject(): void }[] = [];
  const sent: number[] = [];
  const answers: number[] = [];
  const failures: number[] = [];
  const planner = new LatestWins<number, number>(
    (request) =>
      new Promise((resolve, reject) => {
        sent.push(request);
        pending.push({
          request,
          resolve: () => resolve(request * 10),
          reject: () => reject(new Error('refused')),
        });
      }),
    (answer) => answers.push(answer),
    (_, request) => failures.push(request),
  );
  const settle = async (how: 'resolve' | 'reject') => {
    pending.shift()?.[how]();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { planner, sent, answers, failures, settle };
}

describe('LatestWins', () => {
  it('has one request under way and keeps only the latest of those that wait', async () => {
    const { planner, sent, answers, settle } = createPlanner();
    for (const request of [1, 2, 3, 4]) {
      planner.request(request);
    }
    expect(sent).toEqual([1]);
    await settle('resolve');
    expect(sent).toEqual([1, 4]);
    await settle('resolve');
    expect(answers).toEqual([10, 40]);
    expect(planner.busy).toBe(false);
  });

  it('goes on after a failure', async () => {
    const { planner, sent, answers, failures, settle } = createPlanner();
    planner.request(1);
    planner.request(2);
    await settle('reject');
    await settle('resolve');
    expect({ sent, answers, failures }).toEqual({ sent: [1, 2], answers: [20], failures: [1] });
  });

  it('settles when the last request has been answered', async () => {
    const { planner, answers, settle } = createPlanner();
    planner.request(1);
    planner.request(2);
    const seen = planner.settled().then(() => answers.length);
    await settle('resolve');
    await settle('resolve');
    expect(await seen).toBe(2);
  });
});
