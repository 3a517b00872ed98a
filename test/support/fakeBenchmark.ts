import { recordTables, type Benchmark } from '../../src/benchmarks/benchmark';

/** A benchmark of two parts, one row each, that takes no time; the seed is a figure of its rows. */
export const fakeBenchmark: Benchmark = {
  info: {
    id: 'fake',
    title: 'A benchmark | of tests',
    description: 'Nothing is measured.',
    duration: 'no time',
    parts: [
      { id: 'first', title: 'First' },
      { id: 'second', title: 'Second' },
    ],
  },
  async run(context) {
    const { job, parts, seed } = context;
    const recorder = recordTables(context, [
      {
        id: 'figures',
        title: 'Figures',
        caption: 'Published figures are made up.',
        columns: [
          { id: 'part', title: 'Part', kind: 'text' },
          { id: 'time', title: 'Time', unit: 'ms', kind: 'number' },
          { id: 'paper', title: 'Time', unit: 'ms', kind: 'number', published: true },
        ],
      },
      { id: 'empty', title: 'Empty', columns: [{ id: 'text', title: 'Text', kind: 'text' }] },
    ]);
    for (const [i, part] of parts.entries()) {
      job.throwIfCancelled();
      recorder.add('figures', [`${part}, "${i}"`, seed / 3, i === 0 ? 12_345 : null]);
      job.report((i + 1) / parts.length, part);
    }
    return {
      tables: recorder.tables(),
      plots: [
        {
          id: 'plot',
          title: 'Plot',
          x: { title: 'x', scale: 'linear' },
          y: { title: 'y', scale: 'log' },
          series: [{ title: 'Series', points: [[1, seed]] }],
        },
      ],
      notes: ['A note.'],
    };
  },
};
