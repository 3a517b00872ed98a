import { elementCount, type DenseTensor, type FloatArray } from '../../src/engine/tensor/tensor';

/** Vertical, horizontal. */
export type Pair = readonly [number, number];

/** How a convolution moves over its input; a bias is added where given. */
export interface ConvOptions {
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly dilation?: Pair;
  readonly groups?: number;
  readonly bias?: ArrayLike<number>;
}

/** One layer: a kernel (out, in / groups, kh, kw) and how it moves. */
export interface ConvLayer extends ConvOptions {
  readonly kernel: DenseTensor;
}

/**
 * The plain seven-fold loop over an input (C, H, W): the definition, against which chains of small
 * layers are checked. Zero padding.
 */
export function convolve(input: DenseTensor, layer: ConvLayer): DenseTensor<Float64Array> {
  const [channels, height, width] = input.shape;
  const [out, inPerGroup, kh, kw] = layer.kernel.shape;
  const { stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 } = layer;
  if (channels !== inPerGroup * groups || out % groups !== 0) {
    throw new Error(`A kernel of ${layer.kernel.shape.join()} does not take ${channels} channels.`);
  }
  const outHeight =
    Math.floor((height + 2 * padding[0] - dilation[0] * (kh - 1) - 1) / stride[0]) + 1;
  const outWidth =
    Math.floor((width + 2 * padding[1] - dilation[1] * (kw - 1) - 1) / stride[1]) + 1;
  const result = new Float64Array(out * outHeight * outWidth);
  for (let t = 0, at = 0; t < out; t++) {
    const first = Math.floor(t / (out / groups)) * inPerGroup;
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++, at++) {
        let sum = layer.bias ? layer.bias[t] : 0;
        for (let c = 0; c < inPerGroup; c++) {
          for (let i = 0; i < kh; i++) {
            const row = y * stride[0] - padding[0] + i * dilation[0];
            for (let j = 0; j < kw; j++) {
              const column = x * stride[1] - padding[1] + j * dilation[1];
              if (row >= 0 && row < height && column >= 0 && column < width) {
                sum +=
                  layer.kernel.data[((t * inPerGroup + c) * kh + i) * kw + j] *
                  input.data[((first + c) * height + row) * width + column];
              }
            }
          }
        }
        result[at] = sum;
      }
    }
  }
  return { shape: [out, outHeight, outWidth], data: result };
}

export function convolveChain(
  input: DenseTensor<Float64Array>,
  layers: readonly ConvLayer[],
): DenseTensor<Float64Array> {
  return layers.reduce((signal, layer) => convolve(signal, layer), input);
}

/** A kernel of `shape` whose entry at (out, in, i, j) is f(out, in, i, j). */
export function kernelFrom(
  shape: readonly [number, number, number, number],
  f: (out: number, input: number, i: number, j: number) => number,
): DenseTensor<Float64Array> {
  const data = new Float64Array(elementCount(shape));
  const [out, input, kh, kw] = shape;
  for (let t = 0, at = 0; t < out; t++) {
    for (let c = 0; c < input; c++) {
      for (let i = 0; i < kh; i++) {
        for (let j = 0; j < kw; j++, at++) {
          data[at] = f(t, c, i, j);
        }
      }
    }
  }
  return { shape, data };
}

/** Reads element (i, j, ..) of a row-major array of `shape`. */
export function reader(
  shape: readonly number[],
  data: FloatArray,
): (...index: readonly number[]) => number {
  return (...index) => data[index.reduce((at, i, axis) => at * shape[axis] + i, 0)];
}
