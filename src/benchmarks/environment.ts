import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { StartedBackend } from '../engine/backends/backend';
import { kernelInfo } from '../engine/kernels';
import { toolVersion } from '../engine/press/toolVersion';
import type { BenchmarkEnvironment } from '../protocol/benchmarks';

/** On what this thread computes, `backend` being the one that is started. */
export function benchmarkEnvironment(backend: StartedBackend): BenchmarkEnvironment {
  const { threads, simd } = kernelInfo();
  const { node, electron } = process.versions;
  return {
    toolVersion,
    system: `${type()} ${majorMinor(release())} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() || 'unknown processor',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    runtime: `Node ${node}${electron === undefined ? '' : `, Electron ${electron}`}`,
    backend: `${backend.name} ${backend.version}`,
    threads,
    kernels: simd,
  };
}

/** `6.1` of `6.1.0-13-amd64`: the rest names a build. */
function majorMinor(version: string): string {
  return /^\d+\.\d+/.exec(version)?.[0] ?? version;
}
