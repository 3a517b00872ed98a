import { describe, expect, it } from 'vitest';
import { factoriseTensorTrain } from '../../../../src/engine/decompositions/tensorTrain';
import { factoriseTucker } from '../../../../src/engine/decompositions/tucker';
import { rankForKept } from '../../../../src/engine/ranks';
import { elementCount, type DenseTensor } from '../../../../src/engine/tensor/tensor';
import { openWeights } from '../../../../src/formats/registry';
import { readTensor } from '../../../../src/formats/tensorData';
import { openLocalFile } from '../../../../src/io/localFile';
import reference from '../../../fixtures/lapack/reference.json';
import { distance, norm } from '../../../support/fixtureTensor';
import { sharedPath } from '../../../support/shared';

/** The tensor that test/fixtures/lapack/reference.py defines by the same formula. */
function formulaTensor(): DenseTensor<Float64Array> {
  const shape = [24, 16, 3, 3];
  const data = new Float64Array(elementCount(shape));
  for (let i = 0; i < data.length; i++) {
    const t = Math.floor(i / 144);
    const c = Math.floor(i / 9) % 16;
    const spatial = i % 9;
    for (let k = 1; k <= 12; k++) {
      data[i] +=
        2 ** (-k / 2) *
        Math.sin(1.3 * k * (t + 1)) *
        Math.cos(0.9 * k * (c + 1) + 0.4 * k) *
        Math.sin(k * (spatial + 1));
    }
    data[i] += 0.01 * Math.sin((i + 1) ** 2);
  }
  return { shape, data };
}

async function readWeights(path: string, name: string): Promise<DenseTensor<Float64Array>> {
  const file = await openWeights(await openLocalFile(path));
  try {
    const entry = file.tensors.find((tensor) => tensor.name === name);
    if (!entry) {
      throw new Error(`${path} has no tensor "${name}".`);
    }
    const { shape, data } = await readTensor(file, entry);
    return { shape, data: Float64Array.from(data) };
  } finally {
    await file.close();
  }
}

const factorisers = { tucker: factoriseTucker, tt: factoriseTensorTrain };
const sources = [...new Set(reference.entries.map(({ source }) => source))];

describe.each(sources)('HOSVD and TT-SVD of %s', (source) => {
  const ofSource = reference.entries.filter((entry) => entry.source === source);
  const names = [...new Set(ofSource.map(({ tensor }) => tensor))];
  const path = source === 'formula' ? 'formula' : sharedPath(`data/weights/${source}`);

  it.for(names)('have the errors LAPACK gives for %s, at its ranks', async (name, { skip }) => {
    if (path === undefined) {
      return skip(`shared/data/weights/${source} is not beside the repository`);
    }
    const tensor = path === 'formula' ? formulaTensor() : await readWeights(path, name);
    const total = norm(tensor.data);
    for (const method of ['tucker', 'tt'] as const) {
      const entries = ofSource.filter((entry) => entry.tensor === name && entry.method === method);
      expect(entries).toHaveLength(5);
      const factorisation = await factorisers[method](tensor);
      for (const { kept, rank, relative, shape } of entries) {
        expect(tensor.shape).toEqual(shape);
        expect(rankForKept(method, shape, kept)).toEqual(rank);
        const decomposition = await factorisation.at(rank);
        expect(decomposition.rank).toEqual(rank);
        const residual = distance((await decomposition.reconstruct()).data, tensor.data) / total;
        const known = ((await factorisation.errorAt(rank)) ?? NaN) / total;
        const allowed = 1e-9 * relative + 1e-14;
        expect(Math.abs(residual - relative), `${method} ${kept}`).toBeLessThan(allowed);
        expect(Math.abs(known - relative), `${method} ${kept}`).toBeLessThan(allowed);
      }
    }
  });
});
