// A generated tensor at sorted coordinates: the states of a recurrent network on the trie of their
// token prefixes, level by level, and the gradient of sum over e of v_e y_e, back up the same trie.
// y_e is the product over the levels t of p_t[s_t]; p_t = unit(softplus(head h_t)) belongs to a
// prefix of t tokens, so every state is computed once per distinct prefix.
import { exponentialMinusOne, softplus } from './activations';
import { gruGradient, gruStep, lstmGradient, lstmStep } from './cells';
import { lanesSingle } from './lanes';
import { addTransposedProduct, rowsTimesNarrow, rowsTimesPanels } from './smallProducts';

// The model's description, u32 each; src/engine/sparse/neukron/residentModel.ts writes it.
const levelsAt: usize = 0;
const stepsAt: usize = 4; // k of products with the recurrent weights: hidden units, made even
const paddedAt: usize = 8; // hidden units, made a multiple of 8
const isGruAt: usize = 12;
const widestAt: usize = 16; // outputs of the widest head, made a multiple of 4
const projectionsAt: usize = 20; // per token: W_x x + b, gates of padded units
const forwardAt: usize = 24; // panels of W_h^T
const backwardAt: usize = 28; // panels of W_h
const hiddenBiasAt: usize = 32;
const startAt: usize = 36; // p_0
const tableAt: usize = 40;
const dProjectionsAt: usize = 44; // where gradients lie in a slot, in bytes
const dRecurrentAt: usize = 48;
const dHiddenBiasAt: usize = 52;
const dStartAt: usize = 56;

// The table has 32 bytes per level.
const wordAt: usize = 0; // byte offset of the plane of key words
const shiftAt: usize = 4;
const maskAt: usize = 8;
const tokenOffsetAt: usize = 12;
const headAt: usize = 16; // bias, then steps x width
const headRowsAt: usize = 20; // outputs x padded units
const widthAt: usize = 24; // outputs, made a multiple of 4
const dHeadAt: usize = 28; // bias, then outputs x padded units, in a slot

// What is known of a node beside its row and its probabilities: 32 bytes.
const productAt: usize = 0;
const normAt: usize = 4;
const weightAt: usize = 8;
const parentAt: usize = 12;
const tokenAt: usize = 16;
const symbolAt: usize = 20;
const nodeBytes: usize = 32;

// @ts-ignore: decorator
@inline
function word(at: usize): usize {
  return <usize>load<u32>(at);
}

// @ts-ignore: decorator
@inline
function symbolOf(keys: usize, e: usize, level: usize): u32 {
  return (load<u32>(keys + word(level + wordAt) + e * 4) >> load<u32>(level + shiftAt)) &
    load<u32>(level + maskAt);
}

/**
 * One item of the trie: the nonzeros from `bounds[item]` to `bounds[item + 1]`. `prefix[e]` is the
 * number of leading tokens that e shares with the one before. Writes y; where `gradient` is not 0,
 * also the gradient, into a slot that is overwritten. `work` has room for `rows` nodes, of which
 * `levelRows` on a level.
 */
export function trieItem(
  model: usize, keys: usize, prefix: usize, values: usize, y: usize,
  bounds: usize, item: usize, work: usize, rows: usize, levelRows: usize,
  gradient: usize, gradientBytes: usize,
): void {
  const from = word(bounds + item * 4);
  const count = word(bounds + item * 4 + 4) - from;
  const keeps = gradient != 0;
  const levels = word(model + levelsAt);
  const steps = word(model + stepsAt);
  const padded = word(model + paddedAt);
  const size = padded * 4;
  const isGru = word(model + isGruAt) != 0;
  const gates: usize = isGru ? 3 : 4;
  const table = word(model + tableAt);
  const probabilityBytes = word(model + widestAt) * 4;
  const rowBytes = (keeps ? 7 : 2) * size;
  const nodes = work + rows * rowBytes;
  const probabilities = nodes + rows * nodeBytes;
  const shares = probabilities + rows * probabilityBytes;
  const products = keeps ? shares + rows * probabilityBytes : shares;
  const productBytes = gates * size;
  const levelVectors = levelRows * size;
  const down = products + levelRows * 4 * size;
  const counts = keeps ? down + 4 * levelVectors : down;
  keys += from * 4;
  prefix += from;
  y += from * 4;

  // Level 0 is the root: the zero state.
  memory.fill(work, 0, rowBytes);
  memory.copy(probabilities, word(model + startAt), word(table + widthAt) * 4);
  store<f32>(nodes + productAt, 1);
  store<u32>(counts, 1);
  store<u32>(counts + 4, 0);
  let parentBase: usize = 0;
  let parents: usize = 1;
  for (let t: usize = 1; t < levels; t++) {
    const above = table + (t - 1) * 32;
    const level = table + t * 32;
    // Without gradients two levels take turns in the memory.
    const base = keeps ? parentBase + parents : (t & 1) * levelRows;
    const nodesHere = makeNodes(
      t, keys, prefix, count, above, nodes, probabilities, probabilityBytes, parentBase, base,
    );
    if (t == 1) {
      memory.fill(products, 0, productBytes);
    } else {
      rowsTimesPanels(
        parents, steps, gates * padded / 8, work + parentBase * rowBytes, rowBytes,
        word(model + forwardAt), products, productBytes,
      );
    }
    const projections = word(model + projectionsAt);
    for (let i: usize = 0; i < nodesHere; i++) {
      const node = nodes + (base + i) * nodeBytes;
      const parent = word(node + parentAt);
      const projected = projections + word(node + tokenAt) * productBytes;
      const recurrent = products + (parent - parentBase) * productBytes;
      const parentRow = work + parent * rowBytes;
      const row = work + (base + i) * rowBytes;
      if (isGru) {
        gruStep(
          size, projected, recurrent, word(model + hiddenBiasAt), parentRow, row, keeps,
        );
      } else {
        lstmStep(size, projected, recurrent, parentRow, row, keeps);
      }
    }
    const width = word(level + widthAt);
    const head = word(level + headAt);
    const out = probabilities + base * probabilityBytes;
    rowsTimesNarrow(
      nodesHere, steps, width, work + base * rowBytes, rowBytes,
      head, head + width * 4, out, probabilityBytes,
    );
    for (let i: usize = 0; i < nodesHere; i++) {
      const norm = makeUnit(out + i * probabilityBytes, width * 4);
      store<f32>(nodes + (base + i) * nodeBytes + normAt, norm);
    }
    parentBase = base;
    parents = nodesHere;
    store<u32>(counts + t * 8, nodesHere);
    store<u32>(counts + t * 8 + 4, base);
  }

  const last = table + (levels - 1) * 32;
  let node = parentBase - 1;
  for (let e: usize = 0; e < count; e++) {
    if (e == 0 || load<u8>(prefix + e) < levels - 1) node++;
    const p = load<f32>(probabilities + node * probabilityBytes + symbolOf(keys, e, last) * 4);
    store<f32>(y + e * 4, load<f32>(nodes + node * nodeBytes + productAt) * p);
  }
  if (!keeps) return;

  const slot = gradient;
  memory.fill(slot, 0, gradientBytes);
  const rowsUsed = parentBase + parents;
  memory.fill(shares, 0, rowsUsed * probabilityBytes);
  for (let i: usize = 0; i < rowsUsed; i++) {
    store<f32>(nodes + i * nodeBytes + weightAt, 0);
  }
  values += from * 4;
  node = parentBase - 1;
  for (let e: usize = 0; e < count; e++) {
    if (e == 0 || load<u8>(prefix + e) < levels - 1) node++;
    addWeight(
      nodes, shares, probabilityBytes, node, symbolOf(keys, e, last),
      load<f32>(values + e * 4) * load<f32>(y + e * 4),
    );
  }

  // dh and dc of the level below and of this one take turns.
  let dh = down;
  let dc = down + levelVectors;
  let dhUp = dc + levelVectors;
  let dcUp = dhUp + levelVectors;
  memory.fill(dh, 0, parents * size);
  memory.fill(dc, 0, parents * size);
  for (let t = levels - 1; t > 0; t--) {
    const level = table + t * 32;
    const nodesHere = word(counts + t * 8);
    const base = word(counts + t * 8 + 4);
    const above = word(counts + t * 8 - 8);
    const aboveBase = word(counts + t * 8 - 4);
    memory.fill(products, 0, above * productBytes);
    memory.fill(dcUp, 0, above * size);
    const dHead = slot + word(level + dHeadAt);
    const width = word(level + widthAt);
    const outputs = <usize>load<u32>(level + maskAt) + 1;
    for (let i: usize = 0; i < nodesHere; i++) {
      const at = base + i;
      const info = nodes + at * nodeBytes;
      const parent = word(info + parentAt);
      const row = work + at * rowBytes;
      const weight = load<f32>(info + weightAt);
      addWeight(nodes, shares, probabilityBytes, parent, load<u32>(info + symbolAt), weight);
      const share = shares + at * probabilityBytes;
      logitGradient(
        share, probabilities + at * probabilityBytes, width * 4, weight, load<f32>(info + normAt),
      );
      headGradient(
        outputs, size, share, row, word(level + headRowsAt), dh + i * size,
        dHead, dHead + width * 4,
      );
      const projected = slot + word(model + dProjectionsAt) + word(info + tokenAt) * productBytes;
      const recurrent = products + (parent - aboveBase) * productBytes;
      const direct = dcUp + (parent - aboveBase) * size;
      const parentRow = work + parent * rowBytes;
      if (isGru) {
        gruGradient(
          size, row, parentRow, dh + i * size, dc + i * size,
          projected, recurrent, slot + word(model + dHiddenBiasAt), direct,
        );
      } else {
        lstmGradient(
          size, row, parentRow, dh + i * size, dc + i * size, projected, recurrent, direct,
        );
      }
    }
    if (t > 1) {
      rowsTimesPanels(
        above, gates * padded, padded / 8, products, productBytes,
        word(model + backwardAt), dhUp, size,
      );
      addTransposedProduct(
        above, gates * padded, padded, products, productBytes,
        work + aboveBase * rowBytes, rowBytes, slot + word(model + dRecurrentAt),
      );
    }
    let other = dh;
    dh = dhUp;
    dhUp = other;
    other = dc;
    dc = dcUp;
    dcUp = other;
  }
  memory.copy(slot + word(model + dStartAt), shares, word(table + widthAt) * 4);
}

/** The nodes of level t, children of those at `parentBase`; returns how many they are. */
function makeNodes(
  t: usize, keys: usize, prefix: usize, count: usize, above: usize,
  nodes: usize, probabilities: usize, probabilityBytes: usize, parentBase: usize, base: usize,
): usize {
  const tokenOffset = load<u32>(above + tokenOffsetAt);
  let parent = parentBase - 1;
  let made: usize = 0;
  for (let e: usize = 0; e < count; e++) {
    const shared: usize = e == 0 ? 0 : load<u8>(prefix + e);
    if (e > 0 && shared >= t) continue;
    if (e == 0 || shared < t - 1) parent++;
    const symbol = symbolOf(keys, e, above);
    const node = nodes + (base + made) * nodeBytes;
    const p = load<f32>(probabilities + parent * probabilityBytes + symbol * 4);
    store<f32>(node + productAt, load<f32>(nodes + parent * nodeBytes + productAt) * p);
    store<u32>(node + parentAt, <u32>parent);
    store<u32>(node + tokenAt, tokenOffset + symbol);
    store<u32>(node + symbolAt, symbol);
    made++;
  }
  return made;
}

/** Logits become p = unit(softplus(z)); returns the norm. */
function makeUnit(z: usize, bytes: usize): f32 {
  let squares = f32x4.splat(0);
  const end = z + bytes;
  for (let at = z; at < end; at += 16) {
    const positive = softplus(v128.load(at));
    v128.store(at, positive);
    squares = f32x4.add(squares, f32x4.mul(positive, positive));
  }
  const norm = sqrt<f32>(lanesSingle(squares));
  const inverse = f32x4.splat(1 / norm);
  for (let at = z; at < end; at += 16) {
    v128.store(at, f32x4.mul(v128.load(at), inverse));
  }
  return norm;
}

/** What lies below a symbol of a node counts for the node, too. */
// @ts-ignore: decorator
@inline
function addWeight(
  nodes: usize, shares: usize, probabilityBytes: usize, node: usize, symbol: u32, weight: f32,
): void {
  const share = shares + node * probabilityBytes + symbol * 4;
  store<f32>(share, load<f32>(share) + weight);
  const total = nodes + node * nodeBytes + weightAt;
  store<f32>(total, load<f32>(total) + weight);
}

/**
 * The weights below each symbol, which are the gradient of log p, become the gradient of the logits:
 * (g / p - G p) / norm through `unit`, times the sigmoid of z, which is 1 - e^-softplus(z).
 */
function logitGradient(share: usize, p: usize, bytes: usize, weight: f32, norm: f32): void {
  const total = f32x4.splat(weight);
  const norms = f32x4.splat(norm);
  for (let k: usize = 0; k < bytes; k += 16) {
    const probability = v128.load(p + k);
    const towards = f32x4.sub(
      f32x4.div(v128.load(share + k), probability),
      f32x4.mul(total, probability),
    );
    const slope = f32x4.neg(exponentialMinusOne(f32x4.neg(f32x4.mul(probability, norms))));
    v128.store(share + k, f32x4.div(f32x4.mul(towards, slope), norms));
  }
}

/** Adds a node's part of the head's gradient, and the head's part of dh. */
function headGradient(
  outputs: usize, size: usize, dz: usize, h: usize, headRows: usize, dh: usize,
  dBias: usize, dRows: usize,
): void {
  for (let output: usize = 0; output < outputs; output++) {
    const single = load<f32>(dz + output * 4);
    store<f32>(dBias + output * 4, load<f32>(dBias + output * 4) + single);
    const d = f32x4.splat(single);
    const weights = headRows + output * size;
    const gradients = dRows + output * size;
    for (let k: usize = 0; k < size; k += 16) {
      v128.store(dh + k, f32x4.add(v128.load(dh + k), f32x4.mul(d, v128.load(weights + k))));
      const g = gradients + k;
      v128.store(g, f32x4.add(v128.load(g), f32x4.mul(d, v128.load(h + k))));
    }
  }
}
