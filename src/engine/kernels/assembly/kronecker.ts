// Entries of the Kronecker power of a seed Theta: the product over t < power of
// Theta[row digit t, column digit t]. A digit of a row is stored times the columns of Theta, so that
// the sum of two digits is a place in it.
import { addTo } from './lanes';

// @ts-ignore: decorator
@inline
function word(at: usize): usize {
  return <usize>load<u32>(at);
}

/** Digits of the indices 0 to count - 1 from those of their positions. */
export function digitsOf(digits: usize, positions: usize, count: usize, power: usize, out: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const from = digits + word(positions + i * 4) * power * 4;
    for (let t: usize = 0; t < power; t++, out += 4) {
      store<u32>(out, load<u32>(from + t * 4));
    }
  }
}

// @ts-ignore: decorator
@inline
function entry(theta: usize, power: usize, own: usize, other: usize): f64 {
  let product: f64 = 1;
  for (let t: usize = 0; t < power * 4; t += 4) {
    product *= load<f64>(theta + (word(own + t) + word(other + t)) * 8);
  }
  return product;
}

/** Stores the sum of v x~ over `count` nonzeros at `inner`; digits by index. */
export function kroneckerInner(
  power: usize, theta: usize, rowDigits: usize, columnDigits: usize,
  rows: usize, columns: usize, values: usize, count: usize, inner: usize,
): void {
  let sum: f64 = 0;
  for (let e: usize = 0; e < count; e++) {
    const row = rowDigits + word(rows + e * 4) * power * 4;
    const column = columnDigits + word(columns + e * 4) * power * 4;
    sum += load<f64>(values + e * 8) * entry(theta, power, row, column);
  }
  store<f64>(inner, sum);
}

/**
 * The same, and subtracts twice the derivatives of that sum from `gradient`, the products of the
 * other factors taken without division. `before` is room for a number per digit.
 */
export function kroneckerGradient(
  power: usize, theta: usize, rowDigits: usize, columnDigits: usize,
  rows: usize, columns: usize, values: usize, count: usize, inner: usize,
  gradient: usize, before: usize,
): void {
  let sum: f64 = 0;
  for (let e: usize = 0; e < count; e++) {
    const row = rowDigits + word(rows + e * 4) * power * 4;
    const column = columnDigits + word(columns + e * 4) * power * 4;
    const value = load<f64>(values + e * 8);
    if (power == 2) {
      const first = (word(row) + word(column)) * 8;
      const second = (word(row + 4) + word(column + 4)) * 8;
      const a = load<f64>(theta + first);
      const b = load<f64>(theta + second);
      const product = value * a;
      sum += product * b;
      addTo(gradient + second, -2 * product);
      addTo(gradient + first, -2 * value * b);
      continue;
    }
    let product = value;
    for (let t: usize = 0; t < power; t++) {
      store<f64>(before + t * 8, product);
      product *= load<f64>(theta + (word(row + t * 4) + word(column + t * 4)) * 8);
    }
    sum += product;
    let after: f64 = 1;
    for (let t = <isize>power - 1; t >= 0; t--) {
      const place = (word(row + t * 4) + word(column + t * 4)) * 8;
      addTo(gradient + place, -2 * load<f64>(before + t * 8) * after);
      after *= load<f64>(theta + place);
    }
  }
  store<f64>(inner, sum);
}

/**
 * gains[n] = 2 sum of v (x~ at position targets[n] - x~ at its own) over the entries of line
 * lines[n]; 0 for lines from `known` on, which are padding. `digits` are by position, `others` by
 * index of the other side.
 */
export function kroneckerGains(
  power: usize, theta: usize, digits: usize, others: usize,
  pointers: usize, columns: usize, values: usize, known: usize, positions: usize,
  lines: usize, targets: usize, count: usize, gains: usize,
): void {
  for (let n: usize = 0; n < count; n++) {
    const line = word(lines + n * 4);
    let sum: f64 = 0;
    if (line < known) {
      const from = digits + word(positions + line * 4) * power * 4;
      const to = digits + word(targets + n * 4) * power * 4;
      const end = word(pointers + line * 4 + 4);
      let e = word(pointers + line * 4);
      if (power == 2) {
        const from0 = theta + word(from) * 8;
        const from1 = theta + word(from + 4) * 8;
        const to0 = theta + word(to) * 8;
        const to1 = theta + word(to + 4) * 8;
        for (; e < end; e++) {
          const other = others + word(columns + e * 4) * 8;
          const o0 = word(other) * 8;
          const o1 = word(other + 4) * 8;
          const change = load<f64>(to0 + o0) * load<f64>(to1 + o1) -
            load<f64>(from0 + o0) * load<f64>(from1 + o1);
          sum += load<f64>(values + e * 8) * change;
        }
      }
      for (; e < end; e++) {
        const other = others + word(columns + e * 4) * power * 4;
        const change = entry(theta, power, to, other) - entry(theta, power, from, other);
        sum += load<f64>(values + e * 8) * change;
      }
    }
    store<f64>(gains + n * 8, 2 * sum);
  }
}
