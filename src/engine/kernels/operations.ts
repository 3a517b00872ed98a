import { blockSparseItem, packPanelsItem } from './blockSparse';
import {
  contractLeadingItem,
  contractTrailingItem,
  hadamardItem,
  khatriRaoItem,
} from './componentwise';
import { stepOperations } from './eigen/alone';
import { eigenItem } from './eigen/eigenItem';
import { kroneckerGainsItem, kroneckerInnerItem } from './kronecker';
import type { Operation } from './operation';
import { prefixTrieItem } from './prefixTrie';
import { nearestLabelsItem, stencilLinesItem, stencilTableItem } from './stencils';
import { productItem } from './tiles';

const byName = {
  product: productItem,
  khatriRao: khatriRaoItem,
  contractTrailing: contractTrailingItem,
  contractLeading: contractLeadingItem,
  hadamard: hadamardItem,
  ...stepOperations,
  eigen: eigenItem,
  packPanels: packPanelsItem,
  blockSparse: blockSparseItem,
  prefixTrie: prefixTrieItem,
  stencilTable: stencilTableItem,
  stencilLines: stencilLinesItem,
  nearestLabels: nearestLabelsItem,
  kroneckerInner: kroneckerInnerItem,
  kroneckerGains: kroneckerGainsItem,
} satisfies Record<string, Operation>;

export type OperationName = keyof typeof byName;

const names = Object.keys(byName) as OperationName[];

/** Every operation by its number; all threads load the same list. */
export const operations: readonly Operation[] = names.map((name) => byName[name]);

export const operationKinds = Object.fromEntries(
  names.map((name, kind) => [name, kind]),
) as Readonly<Record<OperationName, number>>;
