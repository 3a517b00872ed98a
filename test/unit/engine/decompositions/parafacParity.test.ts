import { describe, expect, it } from 'vitest';
import { factorise } from '../../../../src/engine/decompositions';
import { rankForKept } from '../../../../src/engine/ranks';
import { openWeights } from '../../../../src/formats/registry';
import { readTensor } from '../../../../src/formats/tensorData';
import { openLocalFile } from '../../../../src/io/localFile';
import reference from '../../../fixtures/parafac-reference.json';
import { distance, norm } from '../../../support/fixtureTensor';
import { sharedPath } from '../../../support/shared';

/** What a single start of ours may be worse than the best of TensorLy's three, relatively. */
const allowance = 1.01;

/**
 * Shapes repeat in these networks: by default the first tensor of each shape and file is fitted,
 * at every rank; with the environment variable CP_PARITY=all, every tensor of the fixture.
 */
const isComplete = process.env.CP_PARITY === 'all';
const files = [...new Set(reference.entries.map(({ file }) => file))];

function entriesOf(file: string): typeof reference.entries {
  const ofFile = reference.entries.filter((entry) => entry.file === file);
  const firsts = new Map<string, string>();
  for (const { shape, tensor } of ofFile) {
    const key = shape.join();
    firsts.set(key, firsts.get(key) ?? tensor);
  }
  return isComplete
    ? ofFile
    : ofFile.filter(({ shape, tensor }) => firsts.get(shape.join()) === tensor);
}

describe.each(files)('CP of the convolutions of %s', (file) => {
  const path = sharedPath(`data/weights/derived/${file}`);
  const entries = entriesOf(file);
  const tensors = [...new Set(entries.map(({ tensor }) => tensor))];

  it.for(tensors)(
    `of %s is no worse than parafac's best of three starts (one of ${tensors.length} tensors, ${entries.length} fits)`,
    { timeout: 120_000 },
    async (name, { skip }) => {
      if (path === undefined) {
        return skip(`shared/data/weights/derived/${file} is not beside the repository`);
      }
      const weights = await openWeights(await openLocalFile(path));
      try {
        const entry = weights.tensors.find((each) => each.name === name);
        if (!entry) {
          throw new Error(`${path} has no tensor "${name}".`);
        }
        const X = await readTensor(weights, entry);
        const levels = entries.filter(({ tensor }) => tensor === name);
        expect(levels.map(({ kept }) => kept)).toEqual([0.1, 0.25, 0.5]);
        const factorisation = await factorise('cp', X, { seed: 0 });
        for (const { shape, kept, rank, relative } of levels) {
          expect(X.shape).toEqual(shape);
          expect(rankForKept('cp', shape, kept)).toBe(rank);
          const { data } = await (await factorisation.at(rank)).reconstruct();
          const error = distance(data, X.data) / norm(X.data);
          expect.soft(error / relative, `kept ${kept}`).toBeLessThanOrEqual(allowance);
        }
      } finally {
        await weights.close();
      }
    },
  );
});
