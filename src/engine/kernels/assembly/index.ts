export { productTileDouble, productTileSingle } from './product';
export { blockSparseRows, packPanels } from './blockSparse';
export { addProducts, addScaled, dot, multiplyInto } from './elementwise';
export { choleskyBlock, invertUpper } from './triangular';
export { rotateRows, rotateSweep, symmetricRows } from './eigen';
export { addRows, addToRows, rowDots, scaleRow, zeroRow } from './rows';
export { secularSums, secularVectors, secularWeights } from './secular';
export { jacobiRow } from './jacobi';
