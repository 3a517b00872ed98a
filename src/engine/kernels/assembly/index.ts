export { productTileDouble, productTileSingle } from './product';
export { blockSparseRows, packPanels } from './blockSparse';
export { addProducts, addScaled, dot, multiplyInto } from './elementwise';
export { choleskyBlock, invertUpper } from './triangular';
export { rotateRows, rotateSweep, symmetricRows, symmetricRowsSingle } from './eigen';
export {
  addWidened,
  narrow,
  packColumnsSingle,
  updateRowsSingle,
  widen,
} from './symmetricSingle';
export { addRows, addToRows, rowDots, scaleRow, zeroBytes } from './rows';
export { secularSums, secularVectors, secularWeights } from './secular';
export { jacobiRow } from './jacobi';
export { activate } from './activations';
export { trieItem } from './prefixTrie';
export { gibbsLines, gibbsStart } from './gibbs';
export { digitsOf, kroneckerGains, kroneckerGradient, kroneckerInner } from './kronecker';
export { addByLabel, nearerDistances, nearestLabels, stencilLines, stencilTable } from './stencils';
