import { gatesOf, unitSoftplus, type Network } from './network';
import { symbolsOf, type PositionCode } from './positionCode';

/** y at a position, in f64: as many steps of the network as the longest mode has bits, less one. */
export function generatedValue(
  code: PositionCode,
  network: Network,
  position: readonly number[],
): number {
  const { hidden } = network;
  const gates = gatesOf(network.cell) * hidden;
  let h = new Float64Array(hidden);
  let c = new Float64Array(hidden);
  let y = 1;
  let token = -1;
  for (const [t, symbol] of symbolsOf(code, position).entries()) {
    const level = code.levels[t];
    let logits: ArrayLike<number> = network.start;
    if (t > 0) {
      const input = network.projections.subarray(token * gates, (token + 1) * gates);
      [h, c] = stepOf(network, input, h, c);
      const head = network.heads[level.inactive];
      logits = Float64Array.from(head.bias, (bias, s) => bias + rowDot(head.weights, s, h));
    }
    y *= unitSoftplus(logits)[symbol];
    token = level.tokenOffset + symbol;
  }
  return y;
}

function stepOf(
  network: Network,
  input: Float32Array,
  h: Float64Array,
  c: Float64Array,
): [Float64Array<ArrayBuffer>, Float64Array<ArrayBuffer>] {
  const n = network.hidden;
  const inner = (row: number): number => rowDot(network.recurrent, row, h);
  const next = new Float64Array(n);
  const cells = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const first = sigmoid(input[k] + inner(k));
    const second = sigmoid(input[n + k] + inner(n + k));
    const third = inner(2 * n + k);
    if (network.cell === 'lstm') {
      cells[k] = second * c[k] + first * Math.tanh(input[2 * n + k] + third);
      next[k] = sigmoid(input[3 * n + k] + inner(3 * n + k)) * Math.tanh(cells[k]);
    } else {
      const fresh = Math.tanh(input[2 * n + k] + first * (third + network.hiddenBias[k]));
      next[k] = fresh + second * (h[k] - fresh);
    }
  }
  return [next, cells];
}

function rowDot(matrix: Float32Array, row: number, x: Float64Array): number {
  let sum = 0;
  for (let k = 0, at = row * x.length; k < x.length; k++, at++) {
    sum += matrix[at] * x[k];
  }
  return sum;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
