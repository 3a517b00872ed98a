import { UsageError } from '../failures';
import type { Benchmark } from './benchmark';
import { createBlockSparse } from './blockSparse';
import { createDecompositions } from './decompositions';
import { createEmail } from './sparse/email';
import { createHidden } from './sparse/hidden';
import { createInference } from './sparse/inference';
import { createScaling } from './sparse/scaling';
import { createTensor } from './sparse/tensor';
import { createTradeOff } from './sparse/tradeOff';
import { createThroughput } from './throughput';

/** Every benchmark of this version, in the order in which pickers list them. */
export const benchmarks: readonly Benchmark[] = [
  createDecompositions(),
  createThroughput(),
  createBlockSparse(),
  createEmail(),
  createHidden(),
  createInference(),
  createScaling(),
  createTensor(),
  createTradeOff(),
];

/** @throws UsageError that names the known ones when there is none with this id. */
export function findBenchmark(id: string, registry: readonly Benchmark[] = benchmarks): Benchmark {
  const found = registry.find(({ info }) => info.id === id);
  if (!found) {
    const known = registry.map(({ info }) => info.id).join(', ');
    throw new UsageError(`There is no benchmark "${id}"; choose from ${known}.`, { value: id });
  }
  return found;
}
