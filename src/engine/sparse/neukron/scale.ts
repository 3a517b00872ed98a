import type { ScaleRule } from './options';

/**
 * The loss over the padded grid, ||X - s Y||^2 = s^2 - 2 s g + ||X||^2 with g = sum of v y over the
 * nonzeros, exact because the squares of the generated Y add up to 1.
 */
export function lossAt(scale: number, g: number, squaredNorm: number): number {
  return scale * scale - 2 * scale * g + squaredNorm;
}

/** s of a rule: g itself, at which the loss is ||X||^2 - g^2; or Q^(K/2). */
export function scaleOf(rule: ScaleRule, g: number, Q: number, levels: number): number {
  return rule === 'closed-form' ? Math.max(0, g) : Q ** (levels / 2);
}

/** g: the sum of v_e y_e. */
export function generatedProduct(values: Float64Array, y: Float32Array): number {
  let g = 0;
  for (let e = 0; e < values.length; e++) {
    g += values[e] * y[e];
  }
  return g;
}

/** dL/dQ of the learned scale, with L = Q^K - 2 Q^(K/2) g + ||X||^2. */
export function learnedScaleGradient(Q: number, g: number, levels: number): number {
  return levels * (Q ** (levels - 1) - Q ** (levels / 2 - 1) * g);
}
