import type { BenchmarkReport } from '../../protocol/benchmarks';

/** What a reader needs to compare the figures with others, as labels and values. */
export function reportFacts(report: BenchmarkReport): readonly (readonly [string, string])[] {
  const { environment, parts, seed, startedAt, elapsedMs } = report;
  const { toolVersion, system, cpu, cores, memoryBytes, runtime } = environment;
  const { backend, threads, kernels } = environment;
  return [
    ['Started', startedAt],
    ['Took', `${(elapsedMs / 1000).toFixed(1)} s`],
    ['Parts', parts.join(', ')],
    ['Seed', String(seed)],
    ['TensorPress', toolVersion],
    ['System', system],
    ['Processor', `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}`],
    ['Memory', `${(memoryBytes / 2 ** 30).toFixed(1)} GB`],
    ['Runtime', runtime],
    ['Backend', backend],
    ['Kernels', `${kernels}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`],
  ];
}
