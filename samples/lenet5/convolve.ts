import * as tf from '@tensorflow/tfjs-core';

/**
 * Convolution without padding and with stride 1: `input` (N, H, W, C), `filters` (kh, kw, C, F),
 * result (N, H - kh + 1, W - kw + 1, F). With `constantInput` nothing is differentiated by the
 * input, which saves the dearest part of a first layer's gradient.
 *
 * The wasm backend has no kernel for the gradient by the filters, so both gradients are written as
 * convolutions, which it does fast: by the input with the filters turned by 180 degrees, by the
 * filters with the images of the batch as channels and the upstream gradient as filters.
 */
export function convolve(
  input: tf.Tensor4D,
  filters: tf.Tensor4D,
  { constantInput = false }: { readonly constantInput?: boolean } = {},
): tf.Tensor4D {
  const withGradients = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    save([input, filters]);
    return {
      value: tf.conv2d(input, filters, 1, 'valid'),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, w] = saved as [tf.Tensor4D, tf.Tensor4D];
        const upstream = dy as tf.Tensor4D;
        const byFilters = gradientByFilters(x, upstream);
        return constantInput ? [byFilters] : [gradientByInput(upstream, w), byFilters];
      },
    };
  });
  return constantInput ? withGradients(filters) : withGradients(input, filters);
}

function gradientByInput(dy: tf.Tensor4D, filters: tf.Tensor4D): tf.Tensor4D {
  const [height, width] = filters.shape;
  const padded = tf.pad4d(dy, [
    [0, 0],
    [height - 1, height - 1],
    [width - 1, width - 1],
    [0, 0],
  ]);
  const turned = tf.transpose<tf.Tensor4D>(tf.reverse(filters, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(padded, turned, 1, 'valid');
}

/** dW[i, j, c, f] = sum over n, y, x of input[n, y + i, x + j, c] dy[n, y, x, f]. */
function gradientByFilters(input: tf.Tensor4D, dy: tf.Tensor4D): tf.Tensor4D {
  const imagesAsChannels = tf.transpose<tf.Tensor4D>(input, [3, 1, 2, 0]);
  const upstreamAsFilters = tf.transpose<tf.Tensor4D>(dy, [1, 2, 0, 3]);
  const gradient = tf.conv2d(imagesAsChannels, upstreamAsFilters, 1, 'valid');
  return tf.transpose<tf.Tensor4D>(gradient, [1, 2, 0, 3]);
}
