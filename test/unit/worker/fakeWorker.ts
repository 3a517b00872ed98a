import { writeFileSync } from 'node:fs';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { FormatError } from '../../../src/failures';
import type { BackendChoice } from '../../../src/protocol/backends';
import type {
  ChoicesResult,
  FileSummary,
  PatternResult,
  TensorStatistics,
} from '../../../src/protocol/engine';
import type { BlockMap, PatternCurve, PatternReport } from '../../../src/protocol/patterns';
import { serveEngine } from '../../../src/worker/serveEngine';
import type { EngineHandlers, WorkerSettings } from '../../../src/worker/serveEngine';

/** A worker with the real wiring whose calls misbehave on demand; bundled by the test. */
const summary = (path: string): FileSummary => ({
  path,
  name: path,
  format: 'fake',
  size: 0,
  modified: 0,
  tensors: [],
  parameters: threadId,
  metadata: {},
});

const noChoices: ChoicesResult = {
  file: 'fake',
  backend: 'fake',
  seed: 0,
  elapsedMs: 0,
  choices: [],
  skipped: [],
  tensors: [],
};

const noCurve: PatternCurve = {
  block: [1, 1],
  grid: [1, 3],
  padding: [0, 0],
  costs: {
    ...{ valueBytes: 4, denseBytes: 12, bsrFixedBytes: 8, bsrBlockBytes: 8 },
    ...{ denseMacs: 3, blockMacs: 1 },
  },
  kept: [],
  errors: [],
};

const noMap: BlockMap = {
  ...{ tensor: '', shape: [1, 3], dtype: 'float32', rows: 1, columns: 3, norm: 1 },
  ...{ grid: [1, 3], padding: [0, 0], elapsedMs: 0, zeroBlocks: 0, costs: noCurve.costs },
  pattern: {
    kind: 'block',
    scheme: 'matrix',
    block: [1, 1],
    criterion: 'frobenius',
    scope: 'matrix',
  },
  scores: new ArrayBuffer(0),
  order: new ArrayBuffer(0),
  errors: new ArrayBuffer(0),
};

const noPattern: PatternResult = {
  ...{ tensor: '', shape: [1, 3], dtype: 'float32', rows: 1, columns: 3 },
  ...{ pattern: noMap.pattern, grid: [1, 3], padding: [0, 0], kept: 0, energy: 0 },
  error: { absolute: 0, relative: 0, scaled: 0 },
  bytes: { dense: 12 },
  macs: { dense: 3, kept: 0 },
  mask: new Uint8Array(0),
};

const noReport: PatternReport = {
  ...{ output: '', as: 'mask', sourceBytes: 0, outputBytes: 0, relativeError: 0 },
  ...{ dropped: 0, elements: 0, elapsedMs: 0 },
};

let configured: BackendChoice = 'auto';

function spin(milliseconds: number, each: () => void = () => {}): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    each();
  }
}

async function notNeeded(): Promise<never> {
  throw new Error('not needed by these tests');
}

const handlers: EngineHandlers = {
  async inspect({ path }) {
    switch (path) {
      case 'broken.safetensors':
        throw new FormatError('broken.safetensors: the header is cut off.', { file: path });
      case 'crash':
        setTimeout(() => {
          throw new Error('the engine tripped');
        }, 0);
        return new Promise(() => {});
      case 'exit':
        process.exit(7);
        break;
      case 'exhaust': {
        const hoard: object[] = [];
        for (;;) {
          hoard.push({ filler: [Math.random(), Math.random()] });
        }
      }
    }
    return summary(path);
  },
  async statistics({ tensor }, { job, emit }): Promise<TensorStatistics> {
    for (let count = 0; count < 3; count++) {
      emit({ tensor, count, nonFinite: 0, zeros: 0 });
      job.throwIfCancelled();
    }
    return { tensor, count: 3, nonFinite: 0, zeros: 0 };
  },
  /** Works without ever returning to the event loop, and polls the stop sign. */
  async choices({ seed }, { job }) {
    let polls = 0;
    spin(seed, () => {
      job.throwIfCancelled();
      job.report(++polls / 1e9, `poll ${polls}`);
    });
    return noChoices;
  },
  plan: notNeeded,
  readPlan: notNeeded,
  formatPlan: notNeeded,
  /** Writes its temporary file and then never looks at the stop sign. */
  async compress({ output }) {
    writeFileSync(output.temporary, 'half of it');
    spin(60_000);
    throw new Error('should have been ended');
  },
  async reconstruct({ output }, { job }) {
    writeFileSync(output.temporary, 'half of it');
    spin(60_000, () => job.throwIfCancelled());
    throw new Error('should have been cancelled');
  },
  async backends() {
    return { choice: configured, backends: [], route: [], adapters: [] };
  },
  async configure({ choice }) {
    configured = choice;
    return null;
  },
  benchmarks: notNeeded,
  benchmark: notNeeded,
  patternInfo: notNeeded,
  sparseInfo: notNeeded,
  sparseOffer: notNeeded,
  sparseCompare: notNeeded,
  sparseCompress: notNeeded,
  sparseModel: notNeeded,
  sparseDecode: notNeeded,
  sparseEntries: notNeeded,
  async patternMap({ tensor }) {
    return {
      ...noMap,
      tensor,
      scores: Float32Array.of(1.5, -0, 3e38).buffer,
      order: Uint32Array.of(2, 0, 4294967295).buffer,
      errors: Float32Array.of(1, 0.5, 0.25, 0).buffer,
    };
  },
  async patternCurves(_, { emit }) {
    const parts = [0.25, 0.75].map((kept) => ({ ...noCurve, kept: [kept] }));
    parts.forEach(emit);
    return parts;
  },
  patternKpd: notNeeded,
  async pattern({ tensor }) {
    return { ...noPattern, tensor, mask: Uint8Array.of(0, 128, 255) };
  },
  patternSpeed: notNeeded,
  /** Emits a picture and then does not return to the event loop for a while. */
  async thumbnails({ tensors }, { emit }) {
    for (const tensor of tensors) {
      emit({ tensor, rows: 1, columns: 4, values: Uint8Array.of(0, 1, 254, 255).buffer });
      spin(100);
    }
    return {};
  },
  async applyPattern({ output }, { job }) {
    job.report(0.5, 'half of it');
    return { ...noReport, output: output.path };
  },
};

if (parentPort) {
  serveEngine(parentPort, handlers, workerData as WorkerSettings);
}
