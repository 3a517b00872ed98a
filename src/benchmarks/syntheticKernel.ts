import { createRandom, type Random } from '../engine/random';
import { elementCount, type DenseTensor } from '../engine/tensor/tensor';

/**
 * How fast the spectra of the channels fall: slice i of the two channel modes is scaled by
 * (i + 1)^-decay. Chosen so that errors are close to those of a ResNet-20 trained on CIFAR-10, whose
 * 64 x 64 x 3 x 3 kernels Tucker approximates to 88, 73, 55, 39 and 30 % (keeping 0.1, 0.25, 0.5,
 * 0.75 and 0.9), CP to 80, 60, 37, 21 and 13 %.
 */
const channelDecay = 0.22;
/** The same for the sides of the kernel, whose three slices differ less. */
const sideDecay = 0.5;

/**
 * Weights of a convolution (T, C, H, W) that decompose like trained ones, in f32, the same for the
 * same seed: standard normal entries g[t,c,h,w] times (t+1)^-a (c+1)^-a (h+1)^-b (w+1)^-b, so that
 * the singular values of every unfolding decay like a power, then each mode turned by a random
 * orthogonal matrix, so that nothing of the order shows. That matrix is a butterfly of log2(n)
 * stages of random plane rotations, which mixes n coordinates in n log2(n) steps instead of n^2.
 * The mean square is that of He's initialisation, 2 / (C H W).
 */
export function syntheticKernel(shape: readonly number[], seed: number): DenseTensor<Float32Array> {
  const random = createRandom(seed);
  const values = Float64Array.from({ length: elementCount(shape) }, () => random.normal());
  shape.forEach((size, mode) => {
    const stride = elementCount(shape.slice(mode + 1));
    const decay = mode < 2 ? channelDecay : sideDecay;
    scaleSlices(values, size, stride, decay);
    turnMode(values, size, stride, random);
  });
  return { shape, data: toSingle(values, elementCount(shape.slice(1))) };
}

function scaleSlices(values: Float64Array, size: number, stride: number, decay: number): void {
  const scales = Array.from({ length: size }, (_, i) => (i + 1) ** -decay);
  for (let row = 0, at = 0; at < values.length; row++) {
    const scale = scales[row % size];
    for (let k = 0; k < stride; k++, at++) {
      values[at] *= scale;
    }
  }
}

/** Every stage rotates pairs of slices that lie `step` apart, each pair by an angle of its own. */
function turnMode(values: Float64Array, size: number, stride: number, random: Random): void {
  for (let step = 1; step < size; step *= 2) {
    for (let i = 0; i + step < size; i++) {
      if (Math.floor(i / step) % 2 === 0) {
        rotateSlices(values, size, stride, i, i + step, 2 * Math.PI * random.next());
      }
    }
  }
}

function rotateSlices(
  values: Float64Array,
  size: number,
  stride: number,
  i: number,
  j: number,
  angle: number,
): void {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  for (let from = 0; from < values.length; from += size * stride) {
    for (let k = 0; k < stride; k++) {
      const x = values[from + i * stride + k];
      const y = values[from + j * stride + k];
      values[from + i * stride + k] = c * x - s * y;
      values[from + j * stride + k] = s * x + c * y;
    }
  }
}

/** Scaled to a mean square of 2 / fanIn. */
function toSingle(values: Float64Array, fanIn: number): Float32Array {
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const scale = Math.sqrt((2 / fanIn) * (values.length / squares));
  return Float32Array.from(values, (value) => scale * value);
}
