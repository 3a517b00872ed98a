import type {
  BenchmarksHost,
  BenchmarksPageEvents,
  BenchmarksState,
} from '../../src/protocol/benchmarks';
import { openPageHost } from '../host';
import { mountBenchmarks } from './mount';

mountBenchmarks(openPageHost<BenchmarksHost, BenchmarksPageEvents, BenchmarksState>());
