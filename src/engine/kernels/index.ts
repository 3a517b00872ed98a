import { Arena } from './arena';
import { pageBytes, maxPages, scratchOf } from './layout';
import { instantiate, kernelModule, locate, type KernelInstructions } from './module';
import type { ThreadContext } from './operation';
import { Team } from './team';

export { operationKinds } from './operations';

export interface KernelOptions {
  /** Threads that share a large operation, the calling one included; 1. */
  readonly threads?: number;
  /** Bytes the kernels' memory may grow to. */
  readonly memoryLimit?: number;
}

/** The kernels of this thread: their memory, and the threads that help. */
export interface Kernels extends ThreadContext {
  readonly arena: Arena;
  readonly team: Team;
  readonly instructions: KernelInstructions;
}

let options: Required<KernelOptions> = { threads: 1, memoryLimit: maxPages * pageBytes };
let current: Kernels | undefined;

/**
 * Sets how many threads share a large operation and how large the kernels' memory may become.
 * Results do not depend on either. Memory and threads are made when they are first needed.
 */
export function configureKernels(wanted: KernelOptions): void {
  void releaseKernels();
  options = { ...options, ...wanted };
}

/** The kernels of this thread, started at the first call. */
export function kernels(): Kernels {
  current ??= start();
  return current;
}

/** Gives the kernels' memory and threads back; the next call starts anew. */
export async function releaseKernels(): Promise<void> {
  const released = current;
  current = undefined;
  await released?.team.stop();
}

/** Threads that share a product, and the instructions they use. */
export function kernelInfo(): { readonly threads: number; readonly simd: KernelInstructions } {
  return { threads: options.threads, simd: kernelModule().instructions };
}

/** Bytes the kernels hold at the moment. */
export function kernelBytes(): number {
  return current?.memory.buffer.byteLength ?? 0;
}

function start(): Kernels {
  const { module, instructions } = kernelModule();
  const arenaStart = scratchOf(options.threads);
  const memory = new WebAssembly.Memory({
    initial: Math.ceil(arenaStart / pageBytes) + 16,
    maximum: maxPages,
    shared: true,
  });
  const owner: ThreadContext = {
    exports: instantiate(module, memory),
    memory,
    scratch: scratchOf(0),
  };
  const { threads, memoryLimit } = options;
  return {
    ...owner,
    instructions,
    arena: new Arena(memory, arenaStart, undefined, () => memoryLimit),
    team: new Team(owner, module, threads, () => locate('kernelThread.js')),
  };
}
