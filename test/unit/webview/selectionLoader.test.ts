import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SelectionLoader } from '../../../webview/selectionLoader';
import type { Loading } from '../../../webview/selectionLoader';

interface Call {
  readonly key: string;
  readonly signal: AbortSignal;
  onPart(part: string): void;
  resolve(value: string): void;
  reject(thrown: Error): void;
}

function createLoader() {
  const calls: Call[] = [];
  const states: (Loading<string> | undefined)[] = [];
  const loader = new SelectionLoader<string>(
    (key, signal, onPart) =>
      new Promise((resolve, reject) => calls.push({ key, signal, onPart, resolve, reject })),
    (state) => states.push(state),
    150,
  );
  return { loader, calls, states };
}

describe('SelectionLoader', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks only for the item that stays selected', async () => {
    const { loader, calls } = createLoader();
    loader.select('a');
    await vi.advanceTimersByTimeAsync(100);
    loader.select('b');
    await vi.advanceTimersByTimeAsync(149);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls.map(({ key }) => key)).toEqual(['b']);
  });

  it('cancels what was being loaded when the selection changes, and ignores its late answers', async () => {
    const { loader, calls, states } = createLoader();
    loader.select('a');
    await vi.advanceTimersByTimeAsync(150);
    loader.select('b');
    expect(calls[0]?.signal.aborted).toBe(true);
    calls[0]?.onPart('late part');
    calls[0]?.resolve('late');
    await vi.advanceTimersByTimeAsync(150);
    expect(states.at(-1)).toEqual({ key: 'b', done: false });
    expect(states.some((state) => state?.value !== undefined)).toBe(false);
  });

  it('hands on the parts as they arrive, then the whole', async () => {
    const { loader, calls, states } = createLoader();
    loader.select('a');
    await vi.advanceTimersByTimeAsync(150);
    calls[0]?.onPart('part');
    calls[0]?.resolve('whole');
    await vi.advanceTimersByTimeAsync(0);
    expect(states).toEqual([
      { key: 'a', done: false },
      { key: 'a', value: 'part', done: false },
      { key: 'a', value: 'whole', done: true },
    ]);
  });

  it('keeps the parts that arrived before a failure', async () => {
    const { loader, calls, states } = createLoader();
    loader.select('a');
    await vi.advanceTimersByTimeAsync(150);
    calls[0]?.onPart('part');
    const failure = new Error('no memory');
    calls[0]?.reject(failure);
    await vi.advanceTimersByTimeAsync(0);
    expect(states.at(-1)).toEqual({ key: 'a', value: 'part', done: true, failure });
  });

  it('is silent after cancel', async () => {
    const { loader, calls, states } = createLoader();
    loader.select('a');
    await vi.advanceTimersByTimeAsync(150);
    loader.cancel();
    calls[0]?.reject(new Error('aborted'));
    await vi.advanceTimersByTimeAsync(0);
    expect(states).toEqual([{ key: 'a', done: false }]);
  });
});
