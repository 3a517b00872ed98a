import type { SparseSample } from '../../../protocol/sparse';
import { createRandom } from '../../random';
import { entryAt } from '../neukron/signed';
import type { SparseModel } from '../sparseModel';
import type { SparseTensor } from '../sparseTensor';

/** Random places looked at for one that holds a zero. */
const tries = 100;

export interface Place {
  readonly index: readonly number[];
  readonly value: number;
}

/** Places of some nonzeros and, where there are any, of some zeros: random ones, always the same. */
export function samplePlaces(X: SparseTensor, nonzeros: number, zeros: number): Place[] {
  const random = createRandom(1);
  const { dims, indices, values } = X;
  const below = (count: number): number => Math.floor(random.next() * count);
  const chosen = new Set<number>();
  while (chosen.size < Math.min(nonzeros, values.length)) {
    chosen.add(nonzeros >= values.length ? chosen.size : below(values.length));
  }
  const places: Place[] = [...chosen]
    .sort((a, b) => a - b)
    .map((e) => ({ index: indices.map((keys) => keys[e]), value: values[e] }));
  const seen = new Set<string>();
  for (let attempt = 0; attempt < tries * zeros && seen.size < zeros; attempt++) {
    const index = dims.map(below);
    if (!seen.has(index.join()) && entryAt(X, index) < 0) {
      seen.add(index.join());
      places.push({ index, value: 0 });
    }
  }
  return places;
}

/** What a model gives back at some places. */
export function decodedSample(model: SparseModel, places: readonly Place[]): SparseSample[] {
  return places.map(({ index, value }) => ({ index, value, approximation: model.entry(index) }));
}

const timedEntries = 2000;
const timedMs = 50;
const untimed = 8;

/** Mean time of decoding one entry, over many or as many as 50 ms allow, in microseconds. */
export function entryMicroseconds(
  model: SparseModel,
  places: readonly Place[],
  budgetMs = timedMs,
): number {
  // The first ones wait for the compiler.
  for (let i = 0; i < untimed; i++) {
    model.entry(places[i % places.length].index);
  }
  const started = performance.now();
  let count = 0;
  let elapsed = 0;
  while (count < timedEntries && elapsed < budgetMs) {
    model.entry(places[count % places.length].index);
    count++;
    elapsed = performance.now() - started;
  }
  return (1000 * elapsed) / count;
}
