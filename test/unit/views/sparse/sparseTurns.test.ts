import { describe, expect, it } from 'vitest';
import { CancelledError } from '../../../../src/failures';
import { SparseTurns } from '../../../../src/views/sparse/sparseTurns';

/** Ends when it is told to, or stopped. */
function lasting(log: string[], name: string) {
  let finish: (value: string) => void = () => {};
  const run = (signal: AbortSignal): Promise<string> => {
    log.push(`${name} begins`);
    return new Promise((resolve, reject) => {
      finish = resolve;
      signal.addEventListener('abort', () => {
        log.push(`${name} stops`);
        reject(new CancelledError());
      });
    });
  };
  return { run, finish: (value: string) => finish(value) };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));
const never = new AbortController().signal;

describe('SparseTurns', () => {
  it('makes long calls one after the other', async () => {
    const log: string[] = [];
    const turns = new SparseTurns();
    const [a, b] = [lasting(log, 'a'), lasting(log, 'b')];
    const options = { givesWay: () => false, signal: never };
    const first = turns.long({ ...options, run: a.run });
    const second = turns.long({ ...options, run: b.run });
    await turn();
    expect(log).toEqual(['a begins']);
    a.finish('1');
    expect(await first).toBe('1');
    await turn();
    expect(log).toEqual(['a begins', 'b begins']);
    b.finish('2');
    expect(await second).toBe('2');
  });

  it('stops a call that gives way for as long as a short one takes, and makes it again', async () => {
    const log: string[] = [];
    const turns = new SparseTurns();
    const training = lasting(log, 'training');
    const result = turns.long({ givesWay: () => true, signal: never, run: training.run });
    await turn();
    let opened: (value: string) => void = () => {};
    const short = turns.short(() => {
      log.push('opens');
      return new Promise<string>((resolve) => (opened = resolve));
    });
    await turn();
    expect(log).toEqual(['training begins', 'training stops', 'opens']);
    opened('file');
    expect(await short).toBe('file');
    await turn();
    expect(log.at(-1)).toBe('training begins');
    training.finish('done');
    expect(await result).toBe('done');
  });

  it('lets a call alone that would lose its work', async () => {
    const log: string[] = [];
    const turns = new SparseTurns();
    const fit = lasting(log, 'fit');
    const result = turns.long({ givesWay: () => false, signal: never, run: fit.run });
    await turn();
    expect(await turns.short(async () => 'file')).toBe('file');
    fit.finish('done');
    expect(await result).toBe('done');
    expect(log).toEqual(['fit begins']);
  });

  it('rejects a call that is cancelled, whether it runs or waits', async () => {
    const log: string[] = [];
    const turns = new SparseTurns();
    const stop = new AbortController();
    const options = { givesWay: () => true, signal: stop.signal };
    const running = turns.long({ ...options, run: lasting(log, 'a').run });
    const waiting = turns.long({ ...options, run: lasting(log, 'b').run });
    await turn();
    stop.abort();
    await expect(running).rejects.toThrow(CancelledError);
    await expect(waiting).rejects.toThrow(CancelledError);
    expect(log).toEqual(['a begins', 'a stops']);
    const free = lasting(log, 'c');
    const next = turns.long({ ...options, signal: never, run: free.run });
    await turn();
    free.finish('goes on');
    expect(await next).toBe('goes on');
  });

  it('says whether a call would have to wait, and leaves no listener behind', async () => {
    const turns = new SparseTurns();
    const stop = new AbortController();
    let listeners = 0;
    const { signal } = stop;
    const [add, remove] = [signal.addEventListener, signal.removeEventListener];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove.apply(signal, args);
    };
    expect(turns.isTaken).toBe(false);
    let opened: (value: string) => void = () => {};
    const short = turns.short(() => new Promise<string>((resolve) => (opened = resolve)));
    expect(turns.isTaken).toBe(true);
    const long = turns.long({ givesWay: () => false, signal, run: async () => 'fit' });
    expect(listeners).toBe(1);
    opened('file');
    expect(await Promise.all([short, long])).toEqual(['file', 'fit']);
    expect(turns.isTaken).toBe(false);
    expect(listeners).toBe(0);
  });

  it('hands the turn on after a failure', async () => {
    const turns = new SparseTurns();
    const options = { givesWay: () => true, signal: never };
    await expect(
      turns.long({ ...options, run: () => Promise.reject(new Error('broken')) }),
    ).rejects.toThrow('broken');
    await expect(turns.short(() => Promise.reject(new Error('missing')))).rejects.toThrow(
      'missing',
    );
    expect(await turns.long({ ...options, run: async () => 1 })).toBe(1);
  });
});
