import { fitAccams } from '../src/engine/sparse/accams';
import { fitBaccams } from '../src/engine/sparse/baccams';
import { fitCmd } from '../src/engine/sparse/cmd';
import { fitCp } from '../src/engine/sparse/cp';
import { fitCur } from '../src/engine/sparse/cur';
import { fitKronFit } from '../src/engine/sparse/kronFit';
import {
  publishedSettings,
  type PublishedOptions,
  type PublishedSetting,
} from '../src/engine/sparse/publishedSettings';
import type { SparseModel } from '../src/engine/sparse/sparseModel';
import type { SparseTensor } from '../src/engine/sparse/sparseTensor';
import { fitTsvd } from '../src/engine/sparse/tsvd';
import { fitTucker } from '../src/engine/sparse/tucker';
import { readSparse } from '../src/formats/sparse/registry';
import { openLocalFile } from '../src/io/localFile';
import { startEngine } from './engine';

type Fit = (X: SparseTensor, options: PublishedOptions) => Promise<SparseModel>;

/** The published names of options are those of the functions. */
const fits = {
  kronfit: fitKronFit,
  tsvd: fitTsvd,
  cur: fitCur,
  cmd: fitCmd,
  accams: fitAccams,
  baccams: fitBaccams,
  cp: fitCp,
  tucker: fitTucker,
} as unknown as Record<PublishedSetting['method'], Fit>;

/** Where the paper has none for a matrix, so that the tensor methods can be compared too. */
const ownSettings = [
  { method: 'cp', options: [{ rank: 10 }, { rank: 50 }] },
  { method: 'tucker', options: [{ ranks: 10 }, { ranks: 50 }] },
] as const;

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

async function main(): Promise<void> {
  const [path, data, ...methods] = process.argv.slice(2);
  if (!path || !data) {
    throw new Error('Usage: node bench/sparseRivals.mjs FILE DATA [METHOD …], DATA as published.');
  }
  await startEngine(1);
  const file = await openLocalFile(path);
  const { tensor } = await readSparse(file);
  const published = publishedSettings.filter((setting) => setting.data === data);
  const known = new Set(published.map(({ method }) => method));
  const all = [...published, ...ownSettings.filter(({ method }) => !known.has(method))];
  console.log(`Node ${process.version}, 1 thread, ${tensor.values.length} nonzeros.\n`);
  console.log(
    '| method | options | published | CPU s | bytes | + orders | squared error | relative |',
  );
  console.log('| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |');
  for (const { method, options } of all) {
    for (const option of methods.length > 0 && !methods.includes(method) ? [] : options) {
      const before = process.cpuUsage();
      const model = await fits[method](tensor, option);
      const { user, system } = process.cpuUsage(before);
      const cells = [
        method,
        JSON.stringify(option).replace(/[{}"]/g, '').replaceAll(',', ', '),
        known.has(method) ? 'yes' : 'no',
        ((user + system) / 1e6).toFixed(2),
        model.bytes,
        model.orderBytes,
        model.squaredError.toFixed(2),
        percent(model.relativeError),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
