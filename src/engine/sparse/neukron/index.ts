export { readArtefact, writeArtefact, type Artefact } from './artefact';
export { Decoder } from './decoder';
export {
  fitNeuKron,
  type EpochListener,
  type FitNeuKronOptions,
  type NeuKronModel,
} from './fitNeuKron';
export {
  publishedTraining,
  type NeuKronOptions,
  type ScaleRule,
  type SignedInput,
} from './options';
export { formatOrder, parseOrder, type OrderStart } from './orders';
export { parseState, serialiseState, type NeuKronState } from './state';
export type { EpochReport } from './trainer';
