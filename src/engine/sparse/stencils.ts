// Stencils (co-clusterings), and sums over what they leave of a matrix.
export {
  entryOf,
  mostClusters,
  sizesOf,
  stencilBytes,
  templateOf,
  twoWay,
  withoutEmptyClusters,
  type Side,
  type Stencil,
  type TwoWay,
} from './stencil';
export { addByLabel, gainFrom, GroupSums, residentLines, squaredErrorOf } from './groupSums';
