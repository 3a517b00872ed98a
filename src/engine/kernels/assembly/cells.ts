// One step of a recurrent cell for one node, four hidden units at a time, and its gradient. `size` is
// the bytes of a vector of hidden units, padded to whole panels; padded units stay 0 because their
// weights and biases are. Gates lie one vector after the other: input, forget, cell, output for an
// LSTM (S. Hochreiter, J. Schmidhuber, 1997); reset, update, new for a GRU (K. Cho et al., 2014).
// A node's row: h, c, and for gradients tanh(c) and the four activations.
import { hyperbolicTangent, sigmoid } from './activations';

// @ts-ignore: decorator
@inline
function sumOf(a: usize, b: usize): v128 {
  return f32x4.add(v128.load(a), v128.load(b));
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, value: v128): void {
  v128.store(at, f32x4.add(v128.load(at), value));
}

/** `projected` is W_x x + b of the token, `recurrent` W_h h of the parent, `row` the child's. */
export function lstmStep(
  size: usize, projected: usize, recurrent: usize, parent: usize, row: usize, keeps: bool,
): void {
  const kept = row + 2 * size;
  for (let k: usize = 0; k < size; k += 16) {
    const p = projected + k;
    const s = recurrent + k;
    const input = sigmoid(sumOf(p, s));
    const forget = sigmoid(sumOf(p + size, s + size));
    const cell = hyperbolicTangent(sumOf(p + 2 * size, s + 2 * size));
    const output = sigmoid(sumOf(p + 3 * size, s + 3 * size));
    const c = f32x4.add(
      f32x4.mul(forget, v128.load(parent + size + k)),
      f32x4.mul(input, cell),
    );
    const bent = hyperbolicTangent(c);
    v128.store(row + k, f32x4.mul(output, bent));
    v128.store(row + size + k, c);
    if (keeps) {
      const at = kept + k;
      v128.store(at, bent);
      v128.store(at + size, input);
      v128.store(at + 2 * size, forget);
      v128.store(at + 3 * size, cell);
      v128.store(at + 4 * size, output);
    }
  }
}

/** As {@link lstmStep}; `hiddenBias` is the bias of the new gate that the reset gate scales. */
export function gruStep(
  size: usize, projected: usize, recurrent: usize, hiddenBias: usize,
  parent: usize, row: usize, keeps: bool,
): void {
  const kept = row + 2 * size;
  for (let k: usize = 0; k < size; k += 16) {
    const p = projected + k;
    const s = recurrent + k;
    const reset = sigmoid(sumOf(p, s));
    const update = sigmoid(sumOf(p + size, s + size));
    const inner = sumOf(s + 2 * size, hiddenBias + k);
    const fresh = hyperbolicTangent(
      f32x4.add(v128.load(p + 2 * size), f32x4.mul(reset, inner)),
    );
    const old = v128.load(parent + k);
    v128.store(row + k, f32x4.add(fresh, f32x4.mul(update, f32x4.sub(old, fresh))));
    v128.store(row + size + k, f32x4.splat(0));
    if (keeps) {
      const at = kept + k;
      v128.store(at + size, reset);
      v128.store(at + 2 * size, update);
      v128.store(at + 3 * size, fresh);
      v128.store(at + 4 * size, inner);
    }
  }
}

/**
 * From dh and dc of a node: adds the gradient of its gates to that of the token (`projected`) and to
 * that of the parent's products (`recurrent`), and what goes straight to the parent's c (`direct`).
 */
export function lstmGradient(
  size: usize, row: usize, parent: usize, dh: usize, dc: usize,
  projected: usize, recurrent: usize, direct: usize,
): void {
  const one = f32x4.splat(1);
  for (let k: usize = 0; k < size; k += 16) {
    const at = row + 2 * size + k;
    const bent = v128.load(at);
    const input = v128.load(at + size);
    const forget = v128.load(at + 2 * size);
    const cell = v128.load(at + 3 * size);
    const output = v128.load(at + 4 * size);
    const up = v128.load(dh + k);
    const slope = f32x4.sub(one, f32x4.mul(bent, bent));
    const inner = f32x4.add(v128.load(dc + k), f32x4.mul(f32x4.mul(up, output), slope));
    const dOutput = f32x4.mul(
      f32x4.mul(up, bent),
      f32x4.mul(output, f32x4.sub(one, output)),
    );
    const dInput = f32x4.mul(
      f32x4.mul(inner, cell),
      f32x4.mul(input, f32x4.sub(one, input)),
    );
    const dForget = f32x4.mul(
      f32x4.mul(inner, v128.load(parent + size + k)),
      f32x4.mul(forget, f32x4.sub(one, forget)),
    );
    const dCell = f32x4.mul(
      f32x4.mul(inner, input),
      f32x4.sub(one, f32x4.mul(cell, cell)),
    );
    const p = projected + k;
    const s = recurrent + k;
    addTo(p, dInput);
    addTo(s, dInput);
    addTo(p + size, dForget);
    addTo(s + size, dForget);
    addTo(p + 2 * size, dCell);
    addTo(s + 2 * size, dCell);
    addTo(p + 3 * size, dOutput);
    addTo(s + 3 * size, dOutput);
    addTo(direct + k, f32x4.mul(inner, forget));
  }
}

/** As {@link lstmGradient}; here `dc` and `direct` are what goes straight from h to the parent's h. */
export function gruGradient(
  size: usize, row: usize, parent: usize, dh: usize, dc: usize,
  projected: usize, recurrent: usize, hiddenBias: usize, direct: usize,
): void {
  const one = f32x4.splat(1);
  for (let k: usize = 0; k < size; k += 16) {
    const at = row + 2 * size + k;
    const reset = v128.load(at + size);
    const update = v128.load(at + 2 * size);
    const fresh = v128.load(at + 3 * size);
    const inner = v128.load(at + 4 * size);
    const up = f32x4.add(v128.load(dh + k), v128.load(dc + k));
    const dUpdate = f32x4.mul(
      f32x4.mul(up, f32x4.sub(v128.load(parent + k), fresh)),
      f32x4.mul(update, f32x4.sub(one, update)),
    );
    const dFresh = f32x4.mul(
      f32x4.mul(up, f32x4.sub(one, update)),
      f32x4.sub(one, f32x4.mul(fresh, fresh)),
    );
    const dInner = f32x4.mul(dFresh, reset);
    const dReset = f32x4.mul(
      f32x4.mul(dFresh, inner),
      f32x4.mul(reset, f32x4.sub(one, reset)),
    );
    const p = projected + k;
    const s = recurrent + k;
    addTo(p, dReset);
    addTo(s, dReset);
    addTo(p + size, dUpdate);
    addTo(s + size, dUpdate);
    addTo(p + 2 * size, dFresh);
    addTo(s + 2 * size, dInner);
    addTo(hiddenBias + k, dInner);
    addTo(direct + k, f32x4.mul(up, update));
  }
}
