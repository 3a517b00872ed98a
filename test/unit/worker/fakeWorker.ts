import { writeFileSync } from 'node:fs';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { FormatError } from '../../../src/failures';
import type { BackendChoice } from '../../../src/protocol/backends';
import type { ChoicesResult, FileSummary, TensorStatistics } from '../../../src/protocol/engine';
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
};

if (parentPort) {
  serveEngine(parentPort, handlers, workerData as WorkerSettings);
}
