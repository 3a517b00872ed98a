// One collapsed Gibbs sweep over the labels of a side of a stencil; the model and its formulas are
// in src/engine/sparse/gibbs.ts. In units of the noise, with r = sigma^2 / sigma_T^2, a cluster of n
// lines has L_b(n) = r + n n_b, sums A_b of the residual, and a line with sums e_b scores
//   log n + 0.5 sum_b log(L(n) / L(n + 1))
//     + sum_b [(A + e)^2 / L(n + 1) - A^2 / L(n)] / (2 sigma^2).
// A^2 (1 / L(n + 1) - 1 / L(n)) = -A^2 n_b / (L(n) L(n + 1)) belongs to the cluster alone, and so do
// the factors of e and e^2, which change only with a move into or out of it. The line's own cluster
// is scored without it: n - 1 lines and sums A - e.
//
// The sum of e^2 / L(n + 1) depends on a cluster by its n alone. With d_b = r / n_b = c + h x_b,
// |x_b| <= 1, and y = n + 1 + c it is the series over p of (-h / y)^p / y times the moments
// sum_b x_b^p e_b^2 / n_b, which all clusters share; h / y is small, and so is their number.
import { exponential } from './activations';
import { fourRowsTimesPanels } from './fourRows';
import { addTo, lanes, lanesSingle, multiplyAdd } from './lanes';

// The state, u32 each, then f64; src/engine/sparse/gibbs.ts writes it.
const groupsAt: usize = 0;
const clustersAt: usize = 4;
const paddedAt: usize = 8; // clusters, made a multiple of 4
const momentsAt: usize = 12; // how many; 0 where the squares e^2 themselves stand in their place
const groupSizesAt: usize = 16; // n_b
const sizesAt: usize = 20; // n
const sumsAt: usize = 24; // A, clusters x groups
const inversesAt: usize = 28; // 1 / L(n - 1), 1 / L(n), 1 / L(n + 1): clusters x 3 x groups
const logsAt: usize = 32; // per cluster, see `log...At`
const constantsAt: usize = 36; // what a score has beside products, -Infinity if empty
const withoutAt: usize = 40; // that of a cluster without one of its lines
const termsAt: usize = 44; // panels of 4 clusters, factors of e and of moments: steps x 4
const emptyTermsAt: usize = 48; // factors of e^2 for an empty cluster
const rowsAt: usize = 52; // e and moments of four lines: 4 x steps
const productsAt: usize = 56; // of four lines: 4 x padded
const scoresAt: usize = 60;
const weightsAt: usize = 64; // f32
const squareFactorsAt: usize = 68; // 1 / (2 sigma^2 n_b), 0 for an empty group; x_b after them
const emptyAt: usize = 72; // the first empty cluster, or their number
const inverseNoiseAt: usize = 80; // 1 / sigma^2
const ratioAt: usize = 88; // r
const emptyConstantAt: usize = 96;
const centreAt: usize = 104; // c
const halfWidthAt: usize = 112; // h

// Logarithms of a cluster, 32 bytes.
const logRatioBelowAt: usize = 0; // sum_b log(L(n - 1) / L(n))
const logRatioHereAt: usize = 8; // sum_b log(L(n) / L(n + 1))
const logBelowAt: usize = 16; // log(n - 1)
const logHereAt: usize = 24; // log n

/** A cluster so much less likely than the best is never drawn. */
const negligible: f32 = -40;
/** Pairs of ratios multiplied before a logarithm is taken; those of occupied clusters are >= 1/2. */
const pairsPerLog: usize = 256;
/** Moments are made in sixes. */
const momentsAtOnce: usize = 6;
/** Lines that are scored together, before the first of them is drawn. */
const linesAtOnce: usize = 4;

// @ts-ignore: decorator
@inline
function word(at: usize): usize {
  return <usize>load<u32>(at);
}

/** Numbers of a line that scores are products with: its sums, and moments or squares. */
// @ts-ignore: decorator
@inline
function stepsOf(state: usize): usize {
  const groups = word(state + groupsAt);
  const moments = word(state + momentsAt);
  return groups + (moments > 0 ? moments : groups);
}

/** Sums, inverses, and all that follows from them, for the labels as they are. */
export function gibbsStart(state: usize, labels: usize, residual: usize, count: usize): void {
  const clusters = word(state + clustersAt);
  const rowBytes = word(state + groupsAt) * 8;
  const sizes = word(state + sizesAt);
  const sums = word(state + sumsAt);
  memory.fill(sizes, 0, clusters * 8);
  memory.fill(sums, 0, clusters * rowBytes);
  for (let i: usize = 0; i < count; i++) {
    const a = <usize>load<u16>(labels + 2 * i);
    addTo(sizes + a * 8, 1);
    addRow(sums + a * rowBytes, residual + i * rowBytes, 1, rowBytes);
  }
  const padded = word(state + paddedAt);
  for (let a: usize = 0; a < padded; a++) {
    store<f64>(word(state + constantsAt) + a * 8, -Infinity);
  }
  memory.fill(word(state + termsAt), 0, padded * stepsOf(state) * 8);
  for (let a: usize = 0; a < clusters; a++) {
    const n = load<f64>(sizes + a * 8);
    const inverses = word(state + inversesAt) + 3 * a * rowBytes;
    for (let step: usize = 0; step < 3; step++) {
      invert(state, n + <f64>step - 1, inverses + step * rowBytes);
    }
    const logs = word(state + logsAt) + a * 32;
    store<f64>(logs + logRatioBelowAt, logRatio(state, n - 1, inverses + rowBytes));
    store<f64>(logs + logRatioHereAt, logRatio(state, n, inverses + 2 * rowBytes));
    store<f64>(logs + logBelowAt, Math.log(n - 1));
    store<f64>(logs + logHereAt, Math.log(n));
    prepare(state, a);
  }
  findEmpty(state);
}

/**
 * Draws the labels of `count` lines in order, each given all others. `uniforms` has a number in
 * [0, 1) for each. Returns how many have changed.
 */
export function gibbsLines(
  state: usize, labels: usize, residual: usize, uniforms: usize, count: usize,
): usize {
  const rowBytes = word(state + groupsAt) * 8;
  const steps = stepsOf(state);
  const padded = word(state + paddedAt);
  const rows = word(state + rowsAt);
  const products = word(state + productsAt);
  let moved: usize = 0;
  for (let first: usize = 0; first < count; first += linesAtOnce) {
    const lines = min(linesAtOnce, count - first);
    for (let t: usize = 0; t < lines; t++) {
      describe(state, residual + (first + t) * rowBytes, rows + t * steps * 8);
    }
    fourRowsTimesPanels(
      rows, steps * 8, steps, word(state + termsAt), padded / 4, products, padded * 8,
    );
    for (let t: usize = 0; t < lines; t++) {
      const i = first + t;
      const row = residual + i * rowBytes;
      const own = <usize>load<u16>(labels + 2 * i);
      const label = draw(state, own, row, products + t * padded * 8, load<f64>(uniforms + i * 8));
      if (label != own) {
        move(state, own, row, -1);
        move(state, label, row, 1);
        store<u16>(labels + 2 * i, <u16>label);
        moved++;
        // What has changed is scored anew for those that follow.
        for (let s = t + 1; s < lines; s++) {
          const product = products + s * padded * 8;
          store<f64>(product + own * 8, productWith(state, own, rows + s * steps * 8, steps));
          store<f64>(product + label * 8, productWith(state, label, rows + s * steps * 8, steps));
        }
      }
    }
  }
  return moved;
}

/** The sums of a line, and after them its moments, or its squares. */
function describe(state: usize, row: usize, to: usize): void {
  const rowBytes = word(state + groupsAt) * 8;
  const pairBytes = rowBytes & ~15;
  const moments = word(state + momentsAt);
  const isShared = moments > 0;
  const factors = word(state + squareFactorsAt);
  // Without moments the squares themselves follow the sums.
  const squares = isShared ? word(state + scoresAt) : to + rowBytes;
  for (let b: usize = 0; b < pairBytes; b += 16) {
    const e = v128.load(row + b);
    v128.store(to + b, e);
    const square = f64x2.mul(e, e);
    v128.store(squares + b, isShared ? f64x2.mul(square, v128.load(factors + b)) : square);
  }
  if (pairBytes < rowBytes) {
    const e = load<f64>(row + pairBytes);
    store<f64>(to + pairBytes, e);
    store<f64>(squares + pairBytes, e * e * (isShared ? load<f64>(factors + pairBytes) : 1));
  }
  to += rowBytes;
  const places = factors + rowBytes;
  for (let p: usize = 0; p < moments; p += momentsAtOnce, to += momentsAtOnce * 8) {
    addMoments(squares, places, rowBytes, to);
  }
}

/**
 * Six sums over b of square_b x_b^p, p = 0 to 5, and squares that have been multiplied by x^6.
 */
// @ts-ignore: decorator
@inline
function addMoments(squares: usize, places: usize, rowBytes: usize, to: usize): void {
  const pairBytes = rowBytes & ~15;
  let m0 = f64x2.splat(0);
  let m1 = f64x2.splat(0);
  let m2 = f64x2.splat(0);
  let m3 = f64x2.splat(0);
  let m4 = f64x2.splat(0);
  let m5 = f64x2.splat(0);
  for (let b: usize = 0; b < rowBytes; b += 16) {
    // An odd last one lies in the low lane, beside 0.
    const isPair = b < pairBytes;
    const w0 = isPair ? v128.load(squares + b) : v128.load64_zero(squares + b);
    const x = isPair ? v128.load(places + b) : v128.load64_zero(places + b);
    const x2 = f64x2.mul(x, x);
    const w1 = f64x2.mul(w0, x);
    const w2 = f64x2.mul(w0, x2);
    const w3 = f64x2.mul(w1, x2);
    const w4 = f64x2.mul(w2, x2);
    const w5 = f64x2.mul(w3, x2);
    m0 = f64x2.add(m0, w0);
    m1 = f64x2.add(m1, w1);
    m2 = f64x2.add(m2, w2);
    m3 = f64x2.add(m3, w3);
    m4 = f64x2.add(m4, w4);
    m5 = f64x2.add(m5, w5);
    const next = f64x2.mul(w4, x2);
    if (isPair) {
      v128.store(squares + b, next);
    } else {
      v128.store64_lane(squares + b, next, 0);
    }
  }
  store<f64>(to, lanes(m0));
  store<f64>(to, lanes(m1), 8);
  store<f64>(to, lanes(m2), 16);
  store<f64>(to, lanes(m3), 24);
  store<f64>(to, lanes(m4), 32);
  store<f64>(to, lanes(m5), 40);
}

/** The product of a line with the terms of one cluster. */
function productWith(state: usize, a: usize, row: usize, steps: usize): f64 {
  let term = word(state + termsAt) + (a & ~3) * steps * 8 + (a & 3) * 8;
  let even: f64 = 0;
  let odd: f64 = 0;
  const end = row + (steps & ~1) * 8;
  for (; row < end; row += 16, term += 64) {
    even += load<f64>(row) * load<f64>(term);
    odd += load<f64>(row, 8) * load<f64>(term, 32);
  }
  return even + odd + (steps & 1 ? load<f64>(row) * load<f64>(term) : 0);
}

function draw(state: usize, own: usize, row: usize, products: usize, uniform: f64): usize {
  const bytes = word(state + paddedAt) * 8;
  const scores = word(state + scoresAt);
  const constants = word(state + constantsAt);
  for (let a: usize = 0; a < bytes; a += 16) {
    v128.store(scores + a, f64x2.add(v128.load(constants + a), v128.load(products + a)));
  }
  const isAlone = load<f64>(word(state + sizesAt) + own * 8) == 1;
  store<f64>(scores + own * 8, isAlone ? -Infinity : scoreWithout(state, own, row));
  // Empty clusters are all alike; the first stands for them.
  const firstEmpty = word(state + emptyAt);
  const empty = isAlone ? min(firstEmpty, own) : firstEmpty;
  if (empty < word(state + clustersAt)) {
    store<f64>(scores + empty * 8, scoreOfEmpty(state, row));
  }
  let most = f64x2.splat(-Infinity);
  const end = scores + bytes;
  for (let at = scores; at < end; at += 16) {
    most = f64x2.pmax(most, v128.load(at));
  }
  const best = f64x2.splat(max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1)));
  const weights = word(state + weightsAt);
  let sums = f32x4.splat(0);
  let weight = weights;
  for (let at = scores; at < end; at += 32, weight += 16) {
    const low = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(at), best));
    const high = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(at, 16), best));
    const relative = v128.shuffle<f32>(low, high, 0, 1, 4, 5);
    const isLikely = f32x4.gt(relative, f32x4.splat(negligible));
    if (v128.any_true(isLikely)) {
      const likely = v128.and(exponential(relative), isLikely);
      v128.store(weight, likely);
      sums = f32x4.add(sums, likely);
    } else {
      v128.store(weight, isLikely);
    }
  }
  let left = uniform * <f64>lanesSingle(sums);
  let label = own;
  for (let block = weights; block < weight; block += 16) {
    if (!v128.any_true(v128.load(block))) continue;
    for (let at = block; at < block + 16; at += 4) {
      const share = load<f32>(at);
      if (share > 0) {
        label = (at - weights) / 4;
        left -= <f64>share;
        if (left < 0) return label;
      }
    }
  }
  return label;
}

/** Its constant + sum_b e (2 A - e) / (2 sigma^2 L(n - 1)). */
function scoreWithout(state: usize, a: usize, row: usize): f64 {
  const rowBytes = word(state + groupsAt) * 8;
  const pairBytes = rowBytes & ~15;
  const sums = word(state + sumsAt) + a * rowBytes;
  const inverses = word(state + inversesAt) + 3 * a * rowBytes;
  let total = f64x2.splat(0);
  for (let b: usize = 0; b < pairBytes; b += 16) {
    const e = v128.load(row + b);
    const twice = v128.load(sums + b);
    const factor = f64x2.mul(e, f64x2.sub(f64x2.add(twice, twice), e));
    total = multiplyAdd(factor, v128.load(inverses + b), total);
  }
  let sum = lanes(total);
  if (pairBytes < rowBytes) {
    const e = load<f64>(row + pairBytes);
    sum += e * (2 * load<f64>(sums + pairBytes) - e) * load<f64>(inverses + pairBytes);
  }
  const half = 0.5 * load<f64>(state + inverseNoiseAt);
  return load<f64>(word(state + withoutAt) + a * 8) + half * sum;
}

function scoreOfEmpty(state: usize, row: usize): f64 {
  const rowBytes = word(state + groupsAt) * 8;
  const terms = word(state + emptyTermsAt);
  let sum = load<f64>(state + emptyConstantAt);
  for (let b: usize = 0; b < rowBytes; b += 8) {
    const e = load<f64>(row + b);
    sum += e * e * load<f64>(terms + b);
  }
  return sum;
}

/** A line joins (1) or leaves (-1) a cluster. */
function move(state: usize, a: usize, row: usize, sign: f64): void {
  const rowBytes = word(state + groupsAt) * 8;
  const size = word(state + sizesAt) + a * 8;
  const n = load<f64>(size) + sign;
  store<f64>(size, n);
  const sums = word(state + sumsAt) + a * rowBytes;
  if (n > 0) {
    addRow(sums, row, sign, rowBytes);
  } else {
    // An emptied cluster has sums of exactly 0.
    memory.fill(sums, 0, rowBytes);
  }
  // What is known of one line fewer or more is kept.
  const inverses = word(state + inversesAt) + 3 * a * rowBytes;
  const logs = word(state + logsAt) + a * 32;
  if (sign > 0) {
    copyUp(inverses + rowBytes, inverses, 2 * rowBytes);
    invert(state, n + 1, inverses + 2 * rowBytes);
    store<f64>(logs + logRatioBelowAt, load<f64>(logs + logRatioHereAt));
    store<f64>(logs + logRatioHereAt, logRatio(state, n, inverses + 2 * rowBytes));
    store<f64>(logs + logBelowAt, load<f64>(logs + logHereAt));
    store<f64>(logs + logHereAt, Math.log(n));
  } else {
    copyUp(inverses + rowBytes, inverses + 2 * rowBytes, rowBytes);
    copyUp(inverses, inverses + rowBytes, rowBytes);
    invert(state, n - 1, inverses);
    store<f64>(logs + logRatioHereAt, load<f64>(logs + logRatioBelowAt));
    store<f64>(logs + logRatioBelowAt, logRatio(state, n - 1, inverses + rowBytes));
    store<f64>(logs + logHereAt, load<f64>(logs + logBelowAt));
    store<f64>(logs + logBelowAt, Math.log(n - 1));
  }
  prepare(state, a);
  if (n == 0 || a == word(state + emptyAt)) {
    findEmpty(state);
  }
}

/** Copies numbers from the lowest address on; short stretches cost less than `memory.copy`. */
// @ts-ignore: decorator
@inline
function copyUp(from: usize, to: usize, bytes: usize): void {
  const pairs = bytes & ~15;
  for (let b: usize = 0; b < pairs; b += 16) {
    v128.store(to + b, v128.load(from + b));
  }
  if (pairs < bytes) store<f64>(to + pairs, load<f64>(from + pairs));
}

/** sums += sign row. */
// @ts-ignore: decorator
@inline
function addRow(sums: usize, row: usize, sign: f64, rowBytes: usize): void {
  const pairBytes = rowBytes & ~15;
  const signs = f64x2.splat(sign);
  for (let b: usize = 0; b < pairBytes; b += 16) {
    const part = f64x2.mul(signs, v128.load(row + b));
    v128.store(sums + b, f64x2.add(v128.load(sums + b), part));
  }
  if (pairBytes < rowBytes) {
    addTo(sums + pairBytes, sign * load<f64>(row + pairBytes));
  }
}

/** 1 / L_b(n). */
function invert(state: usize, n: f64, to: usize): void {
  const rowBytes = word(state + groupsAt) * 8;
  const pairBytes = rowBytes & ~15;
  const sizes = word(state + groupSizesAt);
  const ratio = load<f64>(state + ratioAt);
  const one = f64x2.splat(1);
  const ratios = f64x2.splat(ratio);
  const lines = f64x2.splat(n);
  for (let b: usize = 0; b < pairBytes; b += 16) {
    const L = f64x2.add(ratios, f64x2.mul(lines, v128.load(sizes + b)));
    v128.store(to + b, f64x2.div(one, L));
  }
  if (pairBytes < rowBytes) {
    store<f64>(to + pairBytes, 1 / (ratio + n * load<f64>(sizes + pairBytes)));
  }
}

/** sum_b log(L(n) / L(n + 1)) for n >= 1, from 1 / L(n + 1); without meaning for fewer. */
function logRatio(state: usize, n: f64, inverse: usize): f64 {
  if (n < 1) return 0;
  const rowBytes = word(state + groupsAt) * 8;
  const pairBytes = rowBytes & ~15;
  const sizes = word(state + groupSizesAt);
  const ratio = load<f64>(state + ratioAt);
  const ratios = f64x2.splat(ratio);
  const lines = f64x2.splat(n);
  let product = f64x2.splat(1);
  let total: f64 = 0;
  let left = pairsPerLog;
  for (let b: usize = 0; b < pairBytes; b += 16) {
    const L = f64x2.add(ratios, f64x2.mul(lines, v128.load(sizes + b)));
    product = f64x2.mul(product, f64x2.mul(L, v128.load(inverse + b)));
    if (--left == 0) {
      total += logOf(product);
      product = f64x2.splat(1);
      left = pairsPerLog;
    }
  }
  if (pairBytes < rowBytes) {
    const last = (ratio + n * load<f64>(sizes + pairBytes)) * load<f64>(inverse + pairBytes);
    total += Math.log(last);
  }
  return total + logOf(product);
}

// @ts-ignore: decorator
@inline
function logOf(product: v128): f64 {
  return Math.log(f64x2.extract_lane(product, 0) * f64x2.extract_lane(product, 1));
}

/** Constants and factors of a cluster, from its size, sums, inverses and logarithms. */
function prepare(state: usize, a: usize): void {
  const n = load<f64>(word(state + sizesAt) + a * 8);
  const constant = word(state + constantsAt) + a * 8;
  if (n == 0) {
    store<f64>(constant, -Infinity);
    return;
  }
  const groups = word(state + groupsAt);
  const rowBytes = groups * 8;
  const pairBytes = rowBytes & ~15;
  const groupSizes = word(state + groupSizesAt);
  const sums = word(state + sumsAt) + a * rowBytes;
  const below = word(state + inversesAt) + 3 * a * rowBytes;
  const here = below + rowBytes;
  const above = here + rowBytes;
  const inverseNoise = load<f64>(state + inverseNoiseAt);
  const scales = f64x2.splat(inverseNoise);
  let term = word(state + termsAt) + (a & ~3) * stepsOf(state) * 8 + (a & 3) * 8;
  let gained = f64x2.splat(0);
  let lost = f64x2.splat(0);
  for (let b: usize = 0; b < pairBytes; b += 16, term += 64) {
    const sum = v128.load(sums + b);
    const up = v128.load(above + b);
    const factors = f64x2.mul(f64x2.mul(sum, scales), up);
    v128.store64_lane(term, factors, 0);
    v128.store64_lane(term, factors, 1, 32);
    const known = f64x2.mul(v128.load(groupSizes + b), v128.load(here + b));
    const square = f64x2.mul(f64x2.mul(sum, sum), known);
    gained = multiplyAdd(square, up, gained);
    lost = multiplyAdd(square, v128.load(below + b), lost);
  }
  let gain = lanes(gained);
  let loss = lanes(lost);
  if (pairBytes < rowBytes) {
    const sum = load<f64>(sums + pairBytes);
    store<f64>(term, sum * inverseNoise * load<f64>(above + pairBytes));
    term += 32;
    const square = sum * sum * load<f64>(groupSizes + pairBytes) * load<f64>(here + pairBytes);
    gain += square * load<f64>(above + pairBytes);
    loss += square * load<f64>(below + pairBytes);
  }
  const half = 0.5 * inverseNoise;
  const moments = word(state + momentsAt);
  if (moments == 0) {
    for (let b: usize = 0; b < rowBytes; b += 8, term += 32) {
      store<f64>(term, half * load<f64>(above + b));
    }
  } else {
    let factor = 1 / (n + 1 + load<f64>(state + centreAt));
    const step = -load<f64>(state + halfWidthAt) * factor;
    for (let p: usize = 0; p < moments; p++, term += 32) {
      store<f64>(term, factor);
      factor *= step;
    }
  }
  const logs = word(state + logsAt) + a * 32;
  store<f64>(
    constant,
    load<f64>(logs + logHereAt) + 0.5 * load<f64>(logs + logRatioHereAt) - half * gain,
  );
  // Of a cluster of one line nothing is left without it; this is not looked at then.
  store<f64>(
    word(state + withoutAt) + a * 8,
    load<f64>(logs + logBelowAt) + 0.5 * load<f64>(logs + logRatioBelowAt) - half * loss,
  );
}

function findEmpty(state: usize): void {
  const clusters = word(state + clustersAt);
  const sizes = word(state + sizesAt);
  let a: usize = 0;
  while (a < clusters && load<f64>(sizes + a * 8) > 0) a++;
  store<u32>(state + emptyAt, <u32>a);
}
