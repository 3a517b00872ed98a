import type { BenchmarkColumn } from '../protocol/benchmarks';
import type { TableDefinition } from './benchmark';
import { studyReference } from './study';

const layerColumns: readonly BenchmarkColumn[] = [
  { id: 'network', title: 'Network', kind: 'text' },
  { id: 'layer', title: 'Layer', kind: 'number' },
  { id: 'shape', title: 'Shape', kind: 'text' },
];

const method: BenchmarkColumn = { id: 'method', title: 'Method', kind: 'text' };

export const totalsTable: TableDefinition = {
  id: 'totals',
  title: 'Time of all decompositions',
  columns: [
    { id: 'method', title: 'Method', kind: 'text' },
    { id: 'count', title: 'Decompositions', kind: 'number' },
    { id: 'shared', title: 'Shared by levels', unit: 's', kind: 'number' },
    { id: 'levels', title: 'Levels', unit: 's', kind: 'number' },
    { id: 'total', title: 'Total', unit: 's', kind: 'number' },
  ],
};

export const choicesTable: TableDefinition = {
  id: 'choices',
  title: 'Decompositions',
  caption: `Shapes are output channels × input channels × kernel; kept is the fraction of the parameters that remains. Time is that of the level alone, beyond what levels share. Published ranks: ${studyReference}.`,
  columns: [
    ...layerColumns,
    method,
    { id: 'kept', title: 'Kept', kind: 'number', digits: 2 },
    { id: 'keptActual', title: 'Kept, realised', kind: 'number' },
    { id: 'rank', title: 'Rank', kind: 'text' },
    { id: 'publishedRank', title: 'Rank', kind: 'text', published: true },
    { id: 'time', title: 'Time', unit: 'ms', kind: 'number' },
    { id: 'error', title: 'Relative error', kind: 'number' },
    { id: 'sweeps', title: 'Sweeps', kind: 'number' },
    { id: 'converged', title: 'Converged', kind: 'text' },
  ],
};

export const layersTable: TableDefinition = {
  id: 'layers',
  title: 'Time by layer',
  caption: 'One factorisation and its five levels together.',
  columns: [
    ...layerColumns,
    { id: 'parameters', title: 'Parameters', kind: 'number' },
    method,
    { id: 'shared', title: 'Shared by levels', unit: 'ms', kind: 'number' },
    { id: 'levels', title: 'Levels', unit: 'ms', kind: 'number' },
    { id: 'total', title: 'Total', unit: 'ms', kind: 'number' },
  ],
};
