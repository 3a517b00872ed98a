import { describe, expect, it } from 'vitest';
import { columnHeading, formatCell } from '../../../src/benchmarks/export/cells';
import { reportCsv } from '../../../src/benchmarks/export/csv';
import { reportMarkdown } from '../../../src/benchmarks/export/markdown';
import type { BenchmarkColumn, BenchmarkReport } from '../../../src/protocol/benchmarks';

const number: BenchmarkColumn = { id: 'n', title: 'Time', unit: 'ms', kind: 'number' };
const text: BenchmarkColumn = { id: 't', title: 'Name', kind: 'text' };

const report: BenchmarkReport = {
  id: 'fake',
  title: 'A | B',
  description: 'What *is* measured.',
  parts: ['one', 'two'],
  seed: 7,
  startedAt: '2026-01-02T03:04:05.678Z',
  elapsedMs: 12_345,
  environment: {
    toolVersion: '1.2.3',
    system: 'Linux 6.1 x64',
    cpu: 'A Processor',
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    runtime: 'Node 20.0.0',
    backend: 'wasm 4.22.0',
    threads: 1,
    kernels: 'simd',
  },
  tables: [
    {
      id: 'times',
      title: 'Times',
      caption: 'From a paper.',
      columns: [text, number, { ...number, id: 'p', published: true }],
      rows: [
        ['a|b', 1 / 3, 12_345],
        ['say "no",\nplease', null, 0.1 + 0.2],
      ],
    },
    { id: 'none', title: 'None', columns: [text], rows: [] },
  ],
  plots: [],
  notes: ['Mind the gap.'],
};

describe('a cell', () => {
  it.each([
    [1 / 3, '0.3333'],
    [12.3456, '12.35'],
    [123_456.789, '123,457'],
    [1234.5, '1,235'],
    [12_345_678, '12,345,678'],
    [0, '0'],
    [0.00001234567, '1.235e-5'],
    [-2.5, '-2.500'],
    [null, '–'],
    [Number.NaN, '–'],
    [undefined, '–'],
  ])('%s reads as %s', (cell, shown) => {
    expect(formatCell(number, cell)).toBe(shown);
  });

  it('has as many digits as its column says; integers keep theirs', () => {
    expect(formatCell({ ...number, digits: 2 }, 0.1)).toBe('0.10');
    expect(formatCell({ ...number, digits: 2 }, 4321)).toBe('4,321');
  });

  it('stands under a heading with its unit, and the word for figures of a publication', () => {
    expect(columnHeading(number)).toBe('Time (ms)');
    expect(columnHeading({ ...text, published: true })).toBe('Name, published');
  });
});

describe('reportMarkdown', () => {
  it('writes facts, tables with numbers on the right, and notes; text is no markup', () => {
    expect(reportMarkdown(report)).toBe(`# A \\| B

What \\*is\\* measured.

- Started: 2026-01-02T03:04:05.678Z
- Took: 12.3 s
- Parts: one, two
- Seed: 7
- TensorPress: 1.2.3
- System: Linux 6.1 x64
- Processor: A Processor, 2 cores
- Memory: 8.0 GB
- Runtime: Node 20.0.0
- Backend: wasm 4.22.0
- Kernels: simd, 1 thread

## Times

From a paper.

| Name | Time (ms) | Time (ms), published |
| --- | ---: | ---: |
| a\\|b | 0.3333 | 12,345 |
| say "no", please | – | 0.3000 |

## None

| Name |
| --- |

## Notes

- Mind the gap.
`);
  });

  it('says what it ran on and for how long it trained', () => {
    const data = { file: 'a_b.mtx', dims: [1005, 25919], nonzeros: 92159 };
    const facts = reportMarkdown({ ...report, data, minutes: 2 });
    expect(facts).toContain('- Data: a\\_b.mtx, 1,005 × 25,919, 92,159 nonzeros\n');
    expect(facts).toContain('- Minutes of training: 2\n');
    const synthetic = { dims: data.dims, nonzeros: data.nonzeros };
    expect(reportMarkdown({ ...report, data: synthetic })).toContain('- Data: synthetic, 1,005 ×');
  });

  it('writes the points of a plot as a table, at most twenty of a series', () => {
    const curve = Array.from({ length: 191 }, (_, i) => [i, 2 * i] as const);
    const text = reportMarkdown({
      ...report,
      plots: [
        {
          id: 'plot',
          title: 'Error',
          x: { title: 'Time', unit: 's', scale: 'linear' },
          y: { title: 'Error', scale: 'log' },
          series: [
            { title: 'Ours', points: curve },
            { title: 'Theirs', published: true, points: [[1, 0.5]] },
          ],
        },
      ],
    });
    const block = text.slice(text.indexOf('## Plot: Error'), text.indexOf('## Notes'));
    const lines = block.trim().split('\n');
    expect(lines.slice(0, 7)).toEqual([
      '## Plot: Error',
      '',
      'At most 20 points of a series.',
      '',
      '| Series | Time (s) | Error |',
      '| --- | ---: | ---: |',
      '| Ours | 0 | 0 |',
    ]);
    const points = lines.filter((line) => line.startsWith('| Ours'));
    expect(points).toHaveLength(20);
    expect(points[19]).toBe('| Ours | 190 | 380 |');
    expect(lines.at(-1)).toBe('| Theirs, published | 1 | 0.5000 |');
  });
});

describe('reportCsv', () => {
  it('quotes what needs it and gives numbers in full', () => {
    expect(reportCsv(report).split('\r\n')).toEqual([
      'Times',
      'Name,Time (ms),"Time (ms), published"',
      'a|b,0.3333333333333333,12345',
      '"say ""no"",\nplease",,0.30000000000000004',
      '',
      'None',
      'Name',
      '',
    ]);
  });
});
