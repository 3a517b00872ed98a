import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Thumbnail } from '../../../../src/protocol/inspector';
import { ThumbnailLoader } from '../../../../webview/inspector/thumbnailLoader';

interface Call {
  readonly tensors: readonly string[];
  readonly signal: AbortSignal;
  onPart(part: Thumbnail): void;
  finish(): void;
  fail(thrown: Error): void;
}

const quietMs = 200;
const picture = (tensor: string, value = 9): Thumbnail => ({
  tensor,
  rows: 1,
  columns: 1,
  values: Uint8Array.of(value).buffer,
});

function createLoader() {
  const calls: Call[] = [];
  const loader = new ThumbnailLoader(
    (tensors, signal, onPart) =>
      new Promise((resolve, reject) => {
        calls.push({ tensors, signal, onPart, finish: () => resolve(undefined), fail: reject });
      }),
  );
  const received: Thumbnail[] = [];
  const want = (name: string, bytes = 100) =>
    loader.want({ name, bytes }, (one) => received.push(one));
  /** Answers the newest call in full. */
  const answer = async () => {
    const call = calls.at(-1);
    call?.tensors.forEach((tensor) => call.onPart(picture(tensor)));
    call?.finish();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { loader, calls, received, want, answer };
}

describe('ThumbnailLoader', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks only for what stays in view', async () => {
    const { calls, want } = createLoader();
    const leave = want('passing');
    want('staying');
    await vi.advanceTimersByTimeAsync(quietMs - 1);
    leave();
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(quietMs);
    expect(calls.map(({ tensors }) => tensors)).toEqual([['staying']]);
  });

  it('asks in small batches, one after the other, from the top', async () => {
    const { answer, calls, received, want } = createLoader();
    const names = Array.from({ length: 19 }, (_, index) => `t${index}`);
    names.forEach((name) => want(name));
    await vi.advanceTimersByTimeAsync(quietMs);
    expect(calls).toHaveLength(1);
    await answer();
    await answer();
    await answer();
    expect(calls.map(({ tensors }) => tensors.length)).toEqual([8, 8, 3]);
    expect(calls.flatMap(({ tensors }) => tensors)).toEqual(names);
    expect(received.map(({ tensor }) => tensor)).toEqual(names);
  });

  it('asks for a large tensor alone', async () => {
    const { answer, calls, want } = createLoader();
    want('small');
    want('large', 2 ** 26);
    want('other');
    await vi.advanceTimersByTimeAsync(quietMs);
    await answer();
    await answer();
    expect(calls.map(({ tensors }) => tensors)).toEqual([['small'], ['large'], ['other']]);
  });

  it('gives a picture that has arrived before at once, without asking', async () => {
    const { answer, calls, received, want } = createLoader();
    const leave = want('a');
    await vi.advanceTimersByTimeAsync(quietMs);
    await answer();
    leave();
    want('a');
    expect(received.map(({ tensor }) => tensor)).toEqual(['a', 'a']);
    await vi.advanceTimersByTimeAsync(2 * quietMs);
    expect(calls).toHaveLength(1);
  });

  it('cancels a batch when all of it that is missing has been scrolled away', async () => {
    const { calls, received, want } = createLoader();
    const leaveA = want('a');
    const leaveB = want('b');
    await vi.advanceTimersByTimeAsync(quietMs);
    calls[0]?.onPart(picture('a'));
    leaveA();
    expect(calls[0]?.signal.aborted).toBe(false);
    leaveB();
    expect(calls[0]?.signal.aborted).toBe(true);
    want('c');
    calls[0]?.onPart(picture('b'));
    calls[0]?.fail(new Error('cancelled'));
    await vi.advanceTimersByTimeAsync(quietMs);
    expect(calls.map(({ tensors }) => tensors)).toEqual([['a', 'b'], ['c']]);
    expect(received.map(({ tensor }) => tensor)).toEqual(['a']);
  });

  it('goes on with a batch of which something is still in view', async () => {
    const { calls, received, want } = createLoader();
    const leave = want('a');
    want('b');
    await vi.advanceTimersByTimeAsync(quietMs);
    leave();
    calls[0]?.onPart(picture('a'));
    calls[0]?.onPart(picture('b'));
    expect(calls[0]?.signal.aborted).toBe(false);
    expect(received.map(({ tensor }) => tensor)).toEqual(['b']);
  });

  it('does not ask again for what could not be had', async () => {
    const { calls, want } = createLoader();
    const leave = want('a');
    await vi.advanceTimersByTimeAsync(quietMs);
    calls[0]?.fail(new Error('no memory'));
    await vi.advanceTimersByTimeAsync(0);
    leave();
    want('a');
    want('b');
    await vi.advanceTimersByTimeAsync(quietMs);
    expect(calls.map(({ tensors }) => tensors)).toEqual([['a'], ['b']]);
  });

  it('asks anew for what is in view when the file has changed, and ignores the old answers', async () => {
    const { answer, calls, loader, received, want } = createLoader();
    want('a');
    want('b');
    await vi.advanceTimersByTimeAsync(quietMs);
    calls[0]?.onPart(picture('a', 1));
    loader.clear();
    calls[0]?.onPart(picture('b', 1));
    calls[0]?.fail(new Error('cancelled'));
    await vi.advanceTimersByTimeAsync(quietMs);
    await answer();
    expect(calls.map(({ tensors }) => tensors)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(received.map(({ values }) => new Uint8Array(values)[0])).toEqual([1, 9, 9]);
  });

  it('hands the pictures in view out again for another theme', async () => {
    const { answer, loader, received, want } = createLoader();
    want('a');
    const leave = want('b');
    await vi.advanceTimersByTimeAsync(quietMs);
    await answer();
    leave();
    received.length = 0;
    loader.repaint();
    expect(received.map(({ tensor }) => tensor)).toEqual(['a']);
  });
});
