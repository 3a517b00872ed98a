import type { ReactiveControllerHost } from 'lit';
import type {
  KpdFit,
  Pattern,
  PatternCurve,
  PatternInfo,
  PatternSelection,
  PatternSpeed,
  PatternsHost,
} from '../../src/protocol/patterns';
import type { Client } from '../../src/protocol/rpc';
import { isCancelled } from '../host';
import type { Loading } from '../selectionLoader';
import type { OpenMap } from './openMap';
import { curveBlocks, matrixOf } from './pattern';
import { PatternsLoader } from './patternsLoader';

export interface ResultEvents {
  readonly onInfo: (loading: Loading<PatternInfo> | undefined) => void;
  readonly onMap: (loading: Loading<OpenMap> | undefined) => void;
  readonly onFailure: (title: string, loading: Loading<unknown> | undefined) => void;
}

/**
 * What the engine computes about the map on show, as far as it has arrived: the curves of other
 * block sizes, the Kronecker form of the choice, the speed of the product. Maps themselves, and
 * what a tensor offers, go to the page.
 */
export class PatternResults {
  curves: readonly PatternCurve[] = [];
  /** Whether more curves are under way. */
  isCurving = false;
  /** The last fit; while the slider moves, that of an earlier position. */
  fit: KpdFit | undefined;
  fitting: Loading<KpdFit> | undefined;
  /** Terms asked for; undefined for as many as take the bytes of BSR. */
  rank: number | undefined;
  speed: PatternSpeed | undefined;
  isMeasuring = false;
  private readonly loader: PatternsLoader;

  constructor(
    private readonly host: ReactiveControllerHost,
    client: Client<PatternsHost>,
    { onFailure, onInfo, onMap }: ResultEvents,
  ) {
    this.loader = new PatternsLoader(client, {
      onInfo,
      onMap,
      onCurves: (curves, loading) => {
        this.curves = curves;
        this.isCurving = loading?.done === false;
        onFailure('The curves could not be computed', loading);
        host.requestUpdate();
      },
      onKpd: (loading) => {
        this.fitting = loading && isCancelled(loading.failure) ? undefined : loading;
        this.fit = loading?.value ?? (loading?.done === false ? this.fit : undefined);
        host.requestUpdate();
      },
      onSpeed: (loading) => {
        this.isMeasuring = loading?.done === false;
        this.speed = loading?.value;
        onFailure('The speed could not be measured', loading);
        host.requestUpdate();
      },
    });
  }

  /** Forgets everything that depends on the file's values. */
  forget(): void {
    this.loader.forget();
    this.curves = [];
    this.host.requestUpdate();
  }

  loadInfo(tensor: string): void {
    this.loader.loadInfo(tensor);
  }

  loadMap(tensor: string, pattern: Pattern): void {
    this.fit = undefined;
    this.fitting = undefined;
    this.speed = undefined;
    this.loader.loadMap(tensor, pattern);
    this.host.requestUpdate();
  }

  /** Computes what is shown beside a map that has arrived, but the Kronecker form. */
  accompany(open: OpenMap, info: PatternInfo | undefined): void {
    this.curves = [];
    this.isCurving = false;
    if (open.kind === 'block' && info) {
      const { columns, pattern, rows, tensor } = open.map;
      const matrix = matrixOf(info, pattern);
      this.curves = matrix
        ? this.loader.loadCurves(tensor, pattern, curveBlocks(matrix, pattern.block))
        : [];
      this.loader.loadSpeed({ rows, columns, block: pattern.block });
    }
    this.host.requestUpdate();
  }

  /** Fits the Kronecker form of a choice of blocks, once the slider rests. */
  fitKronecker(selection: PatternSelection | undefined): void {
    const isFitted = selection?.pattern.kind === 'block' && selection.kept > 0;
    this.loader.loadKpd(isFitted ? selection : undefined, this.rank);
  }

  /** Fits with another number of terms. */
  setRank(rank: number | undefined, selection: PatternSelection | undefined): void {
    this.rank = rank;
    this.fitKronecker(selection);
    this.host.requestUpdate();
  }

  /** Fits again what has failed. */
  refit(selection: PatternSelection | undefined): void {
    this.loader.forgetKpd();
    this.fitKronecker(selection);
  }

  /** The terms that are on show, unless the slider has moved since. */
  get shownRank(): number | undefined {
    return this.rank ?? (this.fitting?.done ? this.fit?.rank : undefined);
  }
}
