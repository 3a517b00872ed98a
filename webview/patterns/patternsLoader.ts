import type {
  BlockPattern,
  KpdFit,
  Pattern,
  PatternCurve,
  PatternInfo,
  PatternSelection,
  PatternSpeed,
  PatternsHost,
} from '../../src/protocol/patterns';
import type { Client } from '../../src/protocol/rpc';
import { SelectionLoader } from '../selectionLoader';
import type { Loading } from '../selectionLoader';
import { isSamePair } from './advice';
import { openMap } from './openMap';
import type { OpenMap } from './openMap';
import { curveKey } from './pattern';

/** The Kronecker form is fitted when the slider has rested for this long. */
const KPD_DELAY = 400;
/** The speed is measured when the choice of a block size has rested. */
const SPEED_DELAY = 600;

export interface LoaderEvents {
  readonly onInfo: (loading: Loading<PatternInfo> | undefined) => void;
  readonly onMap: (loading: Loading<OpenMap> | undefined) => void;
  readonly onCurves: (
    curves: readonly PatternCurve[],
    loading: Loading<unknown> | undefined,
  ) => void;
  readonly onKpd: (loading: Loading<KpdFit> | undefined) => void;
  readonly onSpeed: (loading: Loading<PatternSpeed> | undefined) => void;
}

interface SpeedQuestion {
  readonly rows: number;
  readonly columns: number;
  readonly block: readonly [number, number];
}

interface CurvesQuestion {
  readonly tensor: string;
  readonly pattern: BlockPattern;
  readonly blocks: readonly (readonly [number, number])[];
}

/**
 * Asks the host for what the page shows. A newer question cancels the one before it; questions are
 * keys (JSON), so that one that is asked again while it is answered is not asked twice.
 */
export class PatternsLoader {
  private readonly info: SelectionLoader<PatternInfo>;
  private readonly map: SelectionLoader<OpenMap>;
  private readonly curves: SelectionLoader<PatternCurve | undefined>;
  private readonly kpd: SelectionLoader<KpdFit>;
  private readonly speed: SelectionLoader<PatternSpeed>;
  /** Curves that have arrived, and what they have in common. */
  private known: readonly PatternCurve[] = [];
  private knownKey = '';
  private asked = { kpd: '', speed: '' };

  constructor(client: Client<PatternsHost>, events: LoaderEvents) {
    this.info = new SelectionLoader(
      (tensor, signal) => client.info({ tensor }, { signal }),
      events.onInfo,
      0,
    );
    this.map = new SelectionLoader(
      async (key, signal) =>
        openMap(
          await client.map(JSON.parse(key) as { tensor: string; pattern: Pattern }, { signal }),
        ),
      events.onMap,
      0,
    );
    this.curves = new SelectionLoader(
      async (key, signal, onPart) => {
        const question = JSON.parse(key) as CurvesQuestion;
        (await client.curves(question, { signal, onProgress: onPart })).forEach(onPart);
        return undefined;
      },
      (loading) => {
        if (loading?.value) {
          this.addCurve(loading.value);
        }
        events.onCurves(this.known, loading);
      },
      100,
    );
    this.kpd = new SelectionLoader(
      (key, signal) =>
        client.kpd(JSON.parse(key) as { selection: PatternSelection; rank?: number }, { signal }),
      events.onKpd,
      KPD_DELAY,
    );
    this.speed = new SelectionLoader(
      (key, signal) => client.speed(JSON.parse(key) as SpeedQuestion, { signal }),
      events.onSpeed,
      SPEED_DELAY,
    );
  }

  loadInfo(tensor: string): void {
    this.stop();
    this.info.select(tensor);
  }

  loadMap(tensor: string, pattern: Pattern): void {
    // They would only keep the engine from the map.
    this.curves.cancel();
    this.forgetKpd();
    this.forgetSpeed();
    this.map.select(JSON.stringify({ tensor, pattern }));
  }

  /** The curves of `blocks`; those that are known already are not computed again. */
  loadCurves(
    tensor: string,
    pattern: BlockPattern,
    blocks: readonly (readonly [number, number])[],
  ): readonly PatternCurve[] {
    const key = curveKey(tensor, pattern);
    if (key !== this.knownKey) {
      this.known = [];
      this.knownKey = key;
    }
    const missing = blocks.filter(
      (block) => !this.known.some((one) => isSamePair(one.block, block)),
    );
    if (missing.length > 0) {
      this.curves.select(JSON.stringify({ tensor, pattern, blocks: missing }));
    } else {
      this.curves.cancel();
    }
    return this.known;
  }

  loadKpd(selection: PatternSelection | undefined, rank: number | undefined): void {
    const key = selection
      ? JSON.stringify({ selection, ...(rank === undefined ? {} : { rank }) })
      : '';
    if (key !== this.asked.kpd) {
      this.asked.kpd = key;
      this.kpd.select(key === '' ? undefined : key);
    }
  }

  loadSpeed(question: SpeedQuestion): void {
    const key = JSON.stringify(question);
    if (key !== this.asked.speed) {
      this.asked.speed = key;
      this.speed.select(key);
    }
  }

  forgetKpd(): void {
    this.asked.kpd = '';
    this.kpd.cancel();
  }

  /** Everything that depends on the file's values. */
  forget(): void {
    this.stop();
    this.known = [];
    this.knownKey = '';
  }

  private forgetSpeed(): void {
    this.asked.speed = '';
    this.speed.cancel();
  }

  private stop(): void {
    this.info.cancel();
    this.map.cancel();
    this.curves.cancel();
    this.forgetKpd();
    this.forgetSpeed();
  }

  private addCurve(curve: PatternCurve): void {
    if (!this.known.some(({ block }) => isSamePair(block, curve.block))) {
      const area = ({ block: [height, width] }: PatternCurve) => height * width;
      this.known = [...this.known, curve].sort(
        (a, b) => area(a) - area(b) || a.block[0] - b.block[0],
      );
    }
  }
}
