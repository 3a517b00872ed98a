import type { BenchmarkData, BenchmarkReport } from '../../protocol/benchmarks';

/** What a reader needs to compare the figures with others, as labels and values. */
export function reportFacts(report: BenchmarkReport): readonly (readonly [string, string])[] {
  const { environment, parts, seed, data, minutes, startedAt, elapsedMs } = report;
  const { toolVersion, system, cpu, cores, memoryBytes, runtime } = environment;
  const { backend, threads, kernels } = environment;
  return [
    ['Started', startedAt],
    ['Took', `${(elapsedMs / 1000).toFixed(1)} s`],
    ['Parts', parts.join(', ')],
    ...(data ? [['Data', dataWords(data)] as const] : []),
    ...(minutes === undefined ? [] : [['Minutes of training', String(minutes)] as const]),
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

/** `email.mtx.gz, 1,005 × 25,919, 92,159 nonzeros`. */
function dataWords({ file, dims, nonzeros }: BenchmarkData): string {
  const size = dims.map((one) => one.toLocaleString('en-US')).join(' × ');
  return `${file ?? 'synthetic'}, ${size}, ${nonzeros.toLocaleString('en-US')} nonzeros`;
}
