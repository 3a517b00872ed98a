import { resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createEngineClient } from '../src/worker/engineClient';

const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true, default: ['tucker', 'tt'] },
    file: { type: 'string' },
  },
});

/** The histogram's own grain; it records each delay beyond it. */
const resolution = 1;
const nanosecondsPerMs = 1e6;

/** What keeps this thread from its events, in ms, while `work` goes on elsewhere. */
async function watch(name: string, work: () => Promise<unknown>): Promise<void> {
  const delays = monitorEventLoopDelay({ resolution });
  const started = performance.now();
  delays.enable();
  await work();
  delays.disable();
  const seconds = (performance.now() - started) / 1000;
  const ms = (nanoseconds: number) => (nanoseconds / nanosecondsPerMs - resolution).toFixed(1);
  const [median, almostAll] = [delays.percentile(50), delays.percentile(99.9)].map(ms);
  console.log(
    `| ${name} | ${seconds.toFixed(1)} s | ${median} ms | ${almostAll} ms | ${ms(delays.max)} ms |`,
  );
}

async function main(): Promise<void> {
  const engine = createEngineClient({
    script: resolve(__dirname, '../worker.js'),
    memoryLimitMb: () => 8192,
    log: () => {},
  });
  // The worker's start is part of the first command, not of what is measured here.
  await engine.backends({});
  console.log(
    '| work | time | median delay | 99.9 % | longest |\n| --- | ---: | ---: | ---: | ---: |',
  );
  await watch('nothing, for one second', () => new Promise((wait) => setTimeout(wait, 1000)));
  for (const part of values.part) {
    await watch(`benchmark decompositions, ${part}`, () =>
      engine.benchmark({ id: 'decompositions', parts: [part], seed: 0 }, { onProgress: () => {} }),
    );
  }
  const { file } = values;
  if (file !== undefined) {
    await watch('choices of the file, svd', () =>
      engine.choices(
        { path: resolve(file), methods: ['svd'], kept: [0.1, 0.25, 0.5], seed: 0 },
        { onProgress: () => {} },
      ),
    );
  }
  await engine.dispose();
}

void main();
