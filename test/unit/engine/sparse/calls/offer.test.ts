import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../../src/failures';
import { jobFromSignal, unattended } from '../../../../../src/engine/job';
import { loadSparse } from '../../../../../src/engine/sparse/calls/loadSparse';
import { sparseOffer } from '../../../../../src/engine/sparse/calls/offer';
import { offersFor } from '../../../../../src/engine/sparse/methods';
import { sparseInfo } from '../../../../../src/engine/sparse/sparseInfo';
import { spyPicture } from '../../../../../src/engine/sparse/spy';
import { randomSparse } from '../../../../support/sparse';
import { sharedPath } from '../../../../support/shared';
import { sparseFile } from './sparseFile';

describe('an offer', () => {
  it('has the figures of the file, the methods for its tensor, and its picture', async () => {
    const X = randomSparse([60, 45], 400, 1);
    const path = sparseFile(X);
    const fractions: number[] = [];
    const job = jobFromSignal(new AbortController().signal, (fraction) => fractions.push(fraction));
    const offer = await sparseOffer({ path, cells: 16 }, job);
    expect(offer.info).toEqual(await sparseInfo({ path }));
    expect(offer.methods).toEqual(offersFor(X));
    expect(offer.spy).toEqual(spyPicture(X, { cells: 16 }));
    expect(fractions[fractions.length - 1]).toBe(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    const { X: held } = await loadSparse({ path }, unattended);
    expect((await loadSparse({ path }, unattended)).X).toBe(held);
  });

  it('survives JSON', async () => {
    const { methods } = await sparseOffer({
      path: sparseFile(randomSparse([9, 9], 30, 1)),
      cells: 4,
    });
    expect(JSON.parse(JSON.stringify(methods))).toEqual(methods);
  });

  it('refuses pictures of no cells, and of too many', async () => {
    const path = sparseFile(randomSparse([9, 9], 30, 1));
    for (const cells of [0, 2.5, 5000, Number.NaN]) {
      await expect(sparseOffer({ path, cells })).rejects.toThrow(UsageError);
    }
  });

  const email = sharedPath('data/sparse/email.mtx.gz');
  it.skipIf(email === undefined)(
    'of the email network has three to six suggestions each',
    async () => {
      const { methods, info } = await sparseOffer({ path: email!, cells: 256 });
      expect(info.nonzeros).toBe(92_159);
      for (const { unavailable, suggested, method } of methods) {
        expect(unavailable).toBeUndefined();
        expect(suggested.length, method).toBeGreaterThanOrEqual(3);
        expect(suggested.length).toBeLessThanOrEqual(6);
      }
    },
  );
});
