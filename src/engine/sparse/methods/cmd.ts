import { fitCmd } from '../cmd';
import { requireMatrixFor } from '../fitting';
import { methodEntry } from './methodEntry';
import { whole } from './optionTable';
import { sampledRungs, sampledSeconds } from './sampledRungs';

export const cmd = methodEntry({
  method: 'cmd',
  title: 'CMD',
  description: 'CUR without duplicates: every drawn column and row is stored once.',
  table: {
    rows: whole({
      title: 'Rows',
      description: 'Rows that are drawn; each is stored once.',
      default: 100,
      least: 1,
      most: 10_000_000,
      isMain: true,
    }),
    columns: whole({
      title: 'Columns',
      description: 'Columns that are drawn; each is stored once.',
      default: 100,
      least: 1,
      most: 10_000_000,
      isMain: true,
    }),
    rank: whole({
      title: 'Rank',
      description:
        'Singular vectors of the drawn columns that count; 0 for all, as published, which harms where few rows are drawn.',
      default: 0,
      least: 0,
      most: 1_000_000,
      isMain: true,
    }),
  },
  check: (X) => requireMatrixFor('CMD', X),
  label: ({ rows, columns, rank }) =>
    `${rows} rows, ${columns} columns, ${rank === 0 ? 'full rank' : `rank ${rank}`}`,
  suggested: sampledRungs,
  seconds: sampledSeconds,
  fit: async (X, { rows, columns, rank }, seed, job) => ({
    model: await fitCmd(X, { rows, columns, seed, ...(rank > 0 && { rank }) }, job),
  }),
});
