import { describe, expect, it } from 'vitest';
import { cellsOf, choiceMarks, thresholdMarks } from '../../../../webview/patterns/mapData';
import { openBlocks, openGroups } from './maps';

const open = openBlocks([1, 4, 2, 8, 0, 2], { columns: 3 });

describe('what is derived from a map', () => {
  it('has the cells of blocks with their places', () => {
    expect(cellsOf(open, false, 2)).toEqual({
      rows: 2,
      columns: 3,
      values: open.scores,
      places: open.places,
    });
  });

  it('has cells of N:M that follow the slider while they show what is lost', () => {
    const groups = openGroups();
    expect(cellsOf(groups, true, 1).values).toBe(groups.losses[1]);
    expect(cellsOf(groups, true, 2).values).toBe(groups.losses[2]);
    expect(cellsOf(groups, false, 1).values).toBe(groups.scores);
  });

  it('marks the choice on the curves of blocks only', () => {
    const [mark] = choiceMarks(open, 2);
    expect(mark?.x).toBeCloseTo(4 / 6, 12);
    expect(mark?.y).toBeCloseTo(3 / Math.sqrt(89), 6);
    expect(choiceMarks(openGroups(), 2)).toEqual([]);
  });

  it('marks the smallest score that is kept, where the scale has a place for it', () => {
    expect(thresholdMarks(open, 2, 'linear')).toMatchObject([{ x: 4 }]);
    expect(thresholdMarks(open, 2, 'log')[0]?.x).toBeCloseTo(Math.log10(4), 12);
    expect(thresholdMarks(open, 6, 'linear')).toMatchObject([{ x: 0 }]);
    expect(thresholdMarks(open, 6, 'log')).toEqual([]);
    expect(thresholdMarks(open, 0, 'linear')).toEqual([]);
  });
});
