import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { PatternInfo, PatternOutput } from '../../src/protocol/patterns';
import type { CurvePickEvent } from '../components/curve';
import type { ValueScale } from '../components/heatmap/levels';
import { advicePanel } from './advicePanel';
import { applyPanel } from './applyPanel';
import type { Applying } from './applyPanel';
import { figuresOf } from './figures';
import { figuresPanel } from './figuresPanel';
import type { Histogram } from './histogram';
import { kpdPanel } from './kpdPanel';
import type { MapDerived } from './mapDerived';
import type { OpenBlockMap, OpenMap } from './openMap';
import { matrixOf } from './pattern';
import type { PatternResults } from './patternResults';
import { curvesPlot, histogramPlot } from './plots';
import { criterionNames } from './words';

export interface DetailView {
  readonly open: OpenMap;
  readonly kept: number;
  readonly info: PatternInfo | undefined;
  readonly results: Pick<
    PatternResults,
    'curves' | 'isCurving' | 'fit' | 'fitting' | 'rank' | 'speed' | 'isMeasuring'
  >;
  readonly derived: MapDerived;
  /** Of the map, and so of the histogram beside it. */
  readonly scale: ValueScale;
  readonly hiddenCurves: ReadonlySet<string>;
  readonly as: PatternOutput;
  readonly applying: Applying | undefined;
  readonly onHiddenCurves: (hidden: ReadonlySet<string>) => void;
  readonly onPick: (event: CurvePickEvent) => void;
  readonly onBlock: (block: readonly [number, number]) => void;
  readonly onRank: (rank: number | undefined) => void;
  readonly onRefit: () => void;
  readonly onAs: (as: PatternOutput) => void;
  readonly onApply: () => void;
  readonly onCancel: () => void;
}

/** The column beside the map: what the choice comes to, what others would, and writing it. */
export function detailColumn(view: DetailView): TemplateResult {
  const { applying, as, kept, onApply, onAs, onCancel, open, results } = view;
  const { fit, isMeasuring, speed } = results;
  return html`<div class="split-detail patterns-detail">
    ${figuresPanel({ open, kept, fit, speed, isMeasuring })}
    ${open.kind === 'block' ? blockParts(view, open) : nothing} ${histogram(view)}
    ${applyPanel({ open, kept, fit, as, applying, onAs, onApply, onCancel })}
  </div>`;
}

/** What only blocks have: other sizes, and the Kronecker form. */
function blockParts(view: DetailView, open: OpenBlockMap): TemplateResult {
  const { derived, hiddenCurves, info, kept, results } = view;
  const { pattern } = open.map;
  const { curves, fit, fitting, isCurving, rank } = results;
  const matrix = info && matrixOf(info, pattern);
  return html`${curvesPlot({
    series: derived.series(curves, pattern.block),
    marks: derived.choiceMarks(open, kept),
    hidden: hiddenCurves,
    chosen: pattern.block.join('x'),
    isLoading: isCurving,
    onToggle: (id) => view.onHiddenCurves(toggled(hiddenCurves, id)),
    onPick: view.onPick,
  })}
  ${
    matrix
      ? advicePanel({
          matrix,
          pattern,
          curves,
          bytes: figuresOf(open, kept).bytes,
          onBlock: view.onBlock,
        })
      : nothing
  }
  ${kpdPanel({ loading: fitting, fit, rank, onRank: view.onRank, onRetry: view.onRefit })}`;
}

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const others = new Set(ids);
  if (!others.delete(id)) {
    others.add(id);
  }
  return others;
}

function histogram({ derived, kept, open, scale }: DetailView): TemplateResult {
  const bins = derived.histogram(open.scores, scale);
  const isBlocks = open.kind === 'block';
  return histogramPlot({
    title: isBlocks ? 'Histogram of the blocks' : 'Histogram of the tiles',
    valueTitle: isBlocks ? criterionNames[open.map.pattern.criterion] : 'Frobenius norm',
    histogram: bins,
    series: derived.bars(bins),
    marks: derived.thresholdMarks(open, kept, bins.scale),
    noun: isBlocks ? 'Blocks' : 'Tiles',
    note: histogramNote(open, bins),
  });
}

function histogramNote({ kind, map }: OpenMap, { zeros }: Histogram): string {
  const parts = [
    ...(kind === 'block' && map.pattern.scope === 'blockRow'
      ? ['Every row of blocks has a threshold of its own.']
      : []),
    ...(zeros > 0 ? [`${zeros} blocks of zeros are not on a logarithmic scale.`] : []),
  ];
  return parts.join(' ');
}
