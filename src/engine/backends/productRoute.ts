import type { BackendName, ProductSpeed } from '../../protocol/backends';
import type { Accelerator } from './accelerator';

/** A product of (m x k) by (k x n). */
export interface ProductSize {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Which accelerator takes which products; the kernels take the others, and all without one. */
export type ProductRoute =
  | { readonly kind: 'kernels' }
  | {
      readonly kind: 'chosen';
      readonly accelerator: Accelerator;
      /** Multiply-adds from which it takes over; what pays when left out. */
      readonly from?: number;
    }
  | {
      readonly kind: 'measured';
      readonly accelerators: readonly Accelerator[];
      readonly speeds: readonly ProductSpeed[];
    };

/** Multiply-adds from which a chosen backend takes over, the way there and back included. */
const chosenPaysFrom = 2 ** 24;
/** A share of the kernels' time below which it is worth leaving them: measurements scatter. */
const clearlyFaster = 0.9;

let route: ProductRoute = { kind: 'kernels' };

export function setProductRoute(next: ProductRoute): void {
  route = next;
}

/** What multiplies in f32 at this size; undefined for the kernels. */
export function acceleratorFor(
  size: ProductSize,
  along: ProductRoute = route,
): Accelerator | undefined {
  if (along.kind === 'kernels') {
    return undefined;
  }
  if (along.kind === 'chosen') {
    const from = along.from ?? chosenPaysFrom;
    return size.m * size.n * size.k >= from ? along.accelerator : undefined;
  }
  const name = fastestFor(size, along.speeds);
  return along.accelerators.find((accelerator) => accelerator.name === name);
}

/** Milliseconds by a measured model. */
export function predictedMs({ m, n, k }: ProductSize, speed: ProductSpeed): number {
  const elements = m * k + k * n + m * n;
  return speed.overheadMs + speed.msPerMultiplyAdd * m * n * k + speed.msPerElement * elements;
}

/** The fastest by the models, `wasm` (the kernels) unless another is clearly faster. */
export function fastestFor(size: ProductSize, speeds: readonly ProductSpeed[]): BackendName {
  const kernels = speeds.find(({ backend }) => backend === 'wasm');
  let best: BackendName = 'wasm';
  let time = kernels ? clearlyFaster * predictedMs(size, kernels) : Infinity;
  for (const speed of speeds) {
    const own = predictedMs(size, speed);
    if (speed.backend !== 'wasm' && own < time) {
      best = speed.backend;
      time = own;
    }
  }
  return best;
}

const sides = [64, 128, 256, 512, 1024, 2048, 4096, 8192];

/** Sides of square products at which the route changes, ascending; the first is the smallest. */
export function describeRoute(
  along: ProductRoute = route,
): { readonly from: number; readonly backend: BackendName }[] {
  const steps: { from: number; backend: BackendName }[] = [];
  for (const side of sides) {
    const size = { m: side, n: side, k: side };
    const backend = acceleratorFor(size, along)?.name ?? 'wasm';
    if (steps.at(-1)?.backend !== backend) {
      steps.push({ from: steps.length === 0 ? 1 : side, backend });
    }
  }
  return steps;
}
