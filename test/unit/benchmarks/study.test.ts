import { describe, expect, it } from 'vitest';
import {
  publishedRank,
  studyLayers,
  studyLevels,
  studyMethods,
} from '../../../src/benchmarks/study';
import { clipRank, rankForKept } from '../../../src/engine/ranks';
import table from '../../fixtures/rank-tables.json';

describe('the layers and ranks of the study', () => {
  it('are eight layers of ResNet-18 and five of GaripovNet', () => {
    const layersOf = (network: string) =>
      studyLayers.filter((entry) => entry.network === network).map(({ layer }) => layer);
    expect(layersOf('ResNet-18')).toEqual([15, 19, 28, 38, 41, 44, 60, 63]);
    expect(layersOf('GaripovNet')).toEqual([2, 4, 6, 8, 10]);
    expect(studyLayers).toHaveLength(13);
  });

  it('are those printed, all 195', () => {
    expect(table.rows).toHaveLength(studyLayers.length * studyLevels.length);
    for (const row of table.rows) {
      const entry = studyLayers.find(
        ({ network, layer }) => network === row.model && layer === row.layer,
      );
      if (!entry) {
        throw new Error(`${row.model} layer ${row.layer} is missing`);
      }
      const level = studyLevels.indexOf(row.kept);
      expect(entry.shape).toEqual(row.weightShape);
      expect(studyMethods.map((method) => publishedRank(entry, method, level))).toEqual([
        row.tucker,
        row.tt,
        row.cp,
      ]);
    }
  });

  it.each(studyLayers)('$network layer $layer: CP and Tucker are what our rule gives', (entry) => {
    for (const [level, kept] of studyLevels.entries()) {
      for (const method of ['cp', 'tucker'] as const) {
        expect(rankForKept(method, entry.shape, kept)).toEqual(publishedRank(entry, method, level));
      }
    }
  });

  it.each(studyLayers.filter(({ remark }) => remark === undefined))(
    '$network layer $layer can hold the published Tensor Train ranks',
    (entry) => {
      for (const level of studyLevels.keys()) {
        const rank = publishedRank(entry, 'tt', level);
        expect(clipRank('tt', entry.shape, rank)).toEqual(rank);
      }
    },
  );

  it('a layer that cannot hold them says so', () => {
    const remarked = studyLayers.filter(({ remark }) => remark !== undefined);
    expect(remarked.map(({ network, layer }) => `${network} ${layer}`)).toEqual(['ResNet-18 41']);
    const [entry] = remarked;
    expect(clipRank('tt', entry.shape, publishedRank(entry, 'tt', 4))).not.toEqual(
      publishedRank(entry, 'tt', 4),
    );
  });
});
