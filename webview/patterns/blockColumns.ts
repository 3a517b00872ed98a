import { html } from 'lit';
import type { Column } from '../components/table';
import { compareNumbers } from '../components/tableRows';
import { formatCount, formatPercent, formatValue } from '../format';
import { criterionTerms } from './blockFacts';
import type { BlockRow } from './blockRows';
import type { OpenMap } from './openMap';

/** Columns of the table; numbers count from 0, places from 1. */
export function blockColumns(open: OpenMap): readonly Column<BlockRow>[] {
  const number = (
    id: string,
    title: string,
    value: (row: BlockRow) => number,
    render: (value: number) => string = formatCount,
    hideBelow = 0,
  ): Column<BlockRow> => ({
    id,
    title,
    width: 'minmax(4.5rem, 1fr)',
    numeric: true,
    hideBelow,
    render: (row) => render(value(row)),
    compare: (a, b) => compareNumbers(value(a), value(b)),
  });
  const span = (id: string, title: string, pick: (row: BlockRow) => readonly [number, number]) => ({
    ...number(id, title, (row) => pick(row)[0], formatCount, 560),
    render: (row: BlockRow) => pick(row).map(formatCount).join('–'),
  });
  const place: readonly Column<BlockRow>[] =
    open.kind === 'nm'
      ? [number('lost', 'Lost', ({ place }) => place, formatPercent)]
      : [
          number('place', 'Place', ({ place }) => place + 1),
          {
            id: 'kept',
            title: 'State',
            width: 'minmax(5rem, 1fr)',
            render: ({ kept }) =>
              html`<span class=${kept ? '' : 'muted'}>${kept ? 'kept' : 'dropped'}</span>`,
            compare: (a, b) => Number(a.kept) - Number(b.kept),
          },
        ];
  const score = open.kind === 'nm' ? 'norm' : criterionTerms[open.map.pattern.criterion];
  return [
    number('row', open.kind === 'nm' ? 'Tile row' : 'Block row', ({ row }) => row),
    number('column', 'Column', ({ column }) => column),
    span('rows', 'Matrix rows', ({ rows }) => rows),
    span('columns', 'Matrix columns', ({ columns }) => columns),
    number('score', capital(score), (row) => row.score, formatValue),
    ...place,
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
