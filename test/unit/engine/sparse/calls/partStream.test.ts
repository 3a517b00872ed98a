import { afterEach, describe, expect, it, vi } from 'vitest';
import { unattended } from '../../../../../src/engine/job';
import { PartStream, type StreamedPart } from '../../../../../src/engine/sparse/calls/partStream';
import type { SparseEpoch } from '../../../../../src/protocol/sparse';

afterEach(() => vi.restoreAllMocks());

const epoch = (number: number): SparseEpoch => ({
  epoch: number,
  loss: 1,
  bestLoss: 1,
  prefixes: 1,
  proposed: 0,
  accepted: 0,
  elapsedMs: 0,
});

describe('a stream of progress', () => {
  it('has at most ten parts a second, and loses no epoch', () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const parts: (StreamedPart & { readonly at: number })[] = [];
    const stream = new PartStream((part) => parts.push({ ...part, at: now }));
    const job = stream.following(unattended);
    for (let i = 0; i < 300; i++) {
      now += 7;
      stream.epoch(epoch(i));
      job.report(i / 300, `epoch ${i}`);
    }
    stream.flush();
    const epochs = parts.flatMap(({ epochs: some }) => some ?? []);
    expect(epochs.map((one) => one.epoch)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(parts.length).toBeLessThanOrEqual(22);
    for (const [i, { at }] of parts.slice(1, -1).entries()) {
      expect(at - parts[i].at).toBeGreaterThanOrEqual(100);
    }
    expect(parts[parts.length - 1]).toMatchObject({ fraction: 299 / 300, message: 'epoch 299' });
  });

  it('has nothing to send when nothing has happened', () => {
    const send = vi.fn();
    const stream = new PartStream(send);
    stream.flush();
    expect(send).not.toHaveBeenCalled();
    stream.report(0.5);
    stream.flush();
    expect(send).toHaveBeenCalledTimes(1);
    expect(send).toHaveBeenCalledWith({ fraction: 0.5 });
  });
});
