import { fitCur } from '../cur';
import { requireMatrixFor } from '../fitting';
import { methodEntry } from './methodEntry';
import { whole } from './optionTable';
import { sampledRungs, sampledSeconds } from './sampledRungs';

export const cur = methodEntry({
  method: 'cur',
  title: 'CUR',
  description:
    'Stores some columns and rows of the matrix as they are, drawn by their norms, and a small matrix between them.',
  table: {
    rows: whole({
      title: 'Rows',
      description: 'Rows that are drawn; one that is drawn twice is stored twice.',
      default: 100,
      least: 1,
      most: 10_000_000,
      isMain: true,
    }),
    columns: whole({
      title: 'Columns',
      description: 'Columns that are drawn; one that is drawn twice is stored twice.',
      default: 100,
      least: 1,
      most: 10_000_000,
      isMain: true,
    }),
    rank: whole({
      title: 'Rank',
      description: 'Singular vectors of the drawn columns that count.',
      default: 10,
      least: 1,
      most: 1_000_000,
      isMain: true,
    }),
  },
  check: (X) => requireMatrixFor('CUR', X),
  label: ({ rows, columns, rank }) => `${rows} rows, ${columns} columns, rank ${rank}`,
  suggested: sampledRungs,
  seconds: sampledSeconds,
  fit: async (X, values, seed, job) => ({ model: await fitCur(X, { ...values, seed }, job) }),
});
