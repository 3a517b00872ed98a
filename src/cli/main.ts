import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { BackendChoice } from '../protocol/backends';
import { createEngineClient } from '../worker/engineClient';
import { backendSettings } from './backendSettings';
import { exitCodes, runCli } from './program';

/**
 * How long a cancelled call may take to settle by itself: trainings write where they stand, and
 * nobody waits longer for a prompt than for that.
 */
const settleMs = 1800;

/** Of the machine's memory; what the engine would hold beyond it is an error, not swapping. */
const memoryShare = 0.75;

async function main(): Promise<void> {
  const stop = new AbortController();
  // The engine is a worker, so that this thread is free to hear Ctrl-C.
  let threads: number | undefined;
  let backend: BackendChoice | undefined;
  const engine = createEngineClient({
    script: join(__dirname, 'worker.js'),
    memoryLimitMb: () => Math.floor((totalmem() * memoryShare) / 2 ** 20),
    threads: () => threads ?? availableParallelism(),
    backends: () => backendSettings(backend),
    settleMs,
    log: () => {},
  });
  const interrupt = () => {
    if (stop.signal.aborted) {
      process.exit(exitCodes.cancelled);
    }
    stop.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  // Whoever reads the output may stop early (`| head`); that is no failure of ours.
  process.stdout.on('error', ignoreClosedPipe);
  process.stderr.on('error', ignoreClosedPipe);
  try {
    process.exitCode = await runCli(process.argv.slice(2), {
      engine,
      useThreads: (count) => (threads = count),
      useBackend: (choice) => (backend = choice),
      signal: stop.signal,
      stdout: (text) => process.stdout.write(text),
      stderr: (text) => process.stderr.write(text),
      stdoutColumns: process.stdout.isTTY ? process.stdout.columns : undefined,
      stderrColumns: process.stderr.isTTY ? process.stderr.columns : undefined,
    });
  } finally {
    // Ends the worker, and removes what it was writing.
    await engine.dispose();
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    throw error;
  }
}

void main();
