import { setTimeout as sleep } from 'node:timers/promises';
import type { AcceleratorLoad } from './accelerator';
import { loadDawn, type Dawn } from './dawn';
import { duringDeviceWork, onDeviceClosing } from './deviceWork';
import type { PackageFolders } from './packageSearch';
import { tf } from './tf';

export interface WebGpuOptions extends PackageFolders {
  /** A part of the adapter's name; the fastest adapter when left out. */
  readonly webgpuAdapter?: string;
}

/** Raised to what the adapter allows; the defaults are those of the smallest phone. */
const limitNames = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
] as const;

/** 256 MB a buffer: more in one piece gains nothing, and has to be found in one piece. */
const mostElements = 2 ** 26;
/** Some milliseconds on a graphics card, some 50 on a processor's own graphics. */
const deviceWork = 2 ** 33;
/** Some 100 ms where the processor plays the device. */
const emulatedWork = 2 ** 24;
/** Buffers that the backend keeps for the next product, in all. */
const mostPooledBytes = 2 ** 28;
/** For the calls of a device that is lost. */
const lossGraceMs = 2000;
/** `MatMulPackedProgram`: the others may sum in another order every time. */
const packedProgram = 3;

/**
 * Registers TensorFlow.js's backend `webgpu` on a device of Dawn, in this thread. Never throws.
 * Everything it needs is loaded here and not before.
 */
export async function loadWebGpu(options: WebGpuOptions): Promise<AcceleratorLoad> {
  const load = await loadDawn(options);
  return load.loaded ? duringDeviceWork(() => openDevice(load.dawn, options)) : load;
}

async function openDevice(dawn: Dawn, options: WebGpuOptions): Promise<AcceleratorLoad> {
  const devices = dawn.adapters;
  try {
    const adapter = await findAdapter(dawn, options.webgpuAdapter);
    if (!adapter) {
      return { loaded: false, installed: true, isSound: true, devices, reason: noAdapter() };
    }
    const device = await adapter.requestDevice({
      requiredLimits: Object.fromEntries(limitNames.map((name) => [name, adapter.limits[name]])),
    });
    onDeviceClosing(() => device.destroy());
    await register(dawn, adapter, device);
    return { loaded: true, devices, accelerator: createAccelerator(dawn, adapter, device) };
  } catch (thrown) {
    const [line] = String(thrown instanceof Error ? thrown.message : thrown).split('\n');
    return {
      loaded: false,
      installed: true,
      devices,
      reason: `No graphics device could be opened (${line}).${choices(options.webgpuAdapter, devices)}`,
    };
  }
}

/** Devices do not survive the clean-up of the instance they came from, or of another. */
const instances: GPU[] = [];

async function findAdapter(dawn: Dawn, name: string | undefined): Promise<GPUAdapter | null> {
  const flags = name === undefined || name === '' ? [] : [`adapter=${name}`];
  const instance = dawn.create(flags);
  instances.push(instance);
  return instance.requestAdapter({ powerPreference: 'high-performance' });
}

function choices(wanted: string | undefined, devices: readonly string[]): string {
  if (wanted === undefined || wanted === '') {
    return '';
  }
  const found =
    devices.length === 0
      ? 'none was found'
      : `found are ${devices.map((name) => `"${name}"`).join(', ')}`;
  return ` The setting tensorpress.webgpuAdapter asks for "${wanted}"; ${found}.`;
}

function noAdapter(): string {
  const needed: Partial<Record<NodeJS.Platform, string>> = {
    linux: 'its Vulkan driver and the package libvulkan1',
    win32: 'its driver for Direct3D 12',
  };
  return `No graphics adapter was found. It needs ${needed[process.platform] ?? 'a driver of its maker'}.`;
}

/** Gives TensorFlow.js the device; what it would ask a browser for, it finds where it looks. */
async function register(dawn: Dawn, adapter: GPUAdapter, device: GPUDevice): Promise<void> {
  for (const [name, value] of Object.entries(dawn.globals)) {
    if (!(name in globalThis)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }
  // Only whether it is there is asked for: the device has been made already.
  const gpu = {};
  const known = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  const navigator = (known ? globalThis.navigator : {}) as object;
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  if (!known) {
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  }
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', packedProgram);
  if (tf.findBackendFactory('webgpu')) {
    tf.removeBackend('webgpu');
  }
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, infoOf(adapter)));
}

/** The declarations at hand are older than the attribute. */
function infoOf(adapter: GPUAdapter): GPUAdapterInfo {
  return (adapter as unknown as { readonly info: GPUAdapterInfo }).info;
}

/** What is needed of the backend's own bookkeeping. */
interface PooledBackend {
  readonly bufferManager: {
    readonly numBytesUsed: number;
    readonly numBytesAllocated: number;
    dispose(): void;
  };
}

function createAccelerator(
  dawn: Dawn,
  adapter: GPUAdapter,
  device: GPUDevice,
): Extract<AcceleratorLoad, { loaded: true }>['accelerator'] {
  const { limits } = adapter;
  const info = infoOf(adapter);
  const isEmulated = isSoftware(info);
  let lost: Error | undefined;
  // Told of a loss, after which a device need not answer any more. Not a promise to race with: it
  // would remember every race.
  const waiting = new Set<(reason: Error) => void>();
  void device.lost.then(({ reason, message }) => {
    const error = new Error(`the graphics device was lost (${reason}: ${message.split('\n')[0]})`);
    lost = error;
    waiting.forEach((reject) => reject(error));
  });
  return {
    name: 'webgpu',
    version: `4.22.0, Dawn ${dawn.version}`,
    device: [info.description, info.device].find((text) => text !== '') ?? info.vendor,
    isEmulated,
    workPerCall: isEmulated ? emulatedWork : deviceWork,
    maxElements: Math.min(
      mostElements,
      Math.floor(Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) / 4),
    ),
    guard: (use) =>
      duringDeviceWork(async () => {
        if (lost) {
          throw lost;
        }
        // Without these, a device out of memory goes on with zeros.
        const filters = ['validation', 'out-of-memory', 'internal'] as const;
        filters.forEach((filter) => device.pushErrorScope(filter));
        let leave: (reason: Error) => void = () => {};
        let used: Promise<void> = Promise.resolve();
        const work = new Promise<void>((resolve, reject) => {
          leave = reject;
          waiting.add(leave);
          used = use();
          used.then(resolve, reject);
        });
        const [outcome] = await Promise.allSettled([work]);
        waiting.delete(leave);
        if (lost) {
          // What was asked of the device is settled a moment after its loss, if at all.
          await Promise.race([used.catch(() => {}), sleep(lossGraceMs, undefined, { ref: false })]);
        }
        const errors = lost ? [] : await Promise.all(filters.map(() => device.popErrorScope()));
        const error = errors.find((each) => each !== null);
        if (error) {
          throw new Error(`the graphics device reports: ${error.message.split('\n')[0]}`);
        }
        if (outcome.status === 'rejected') {
          throw outcome.reason;
        }
      }),
    afterProduct() {
      const { bufferManager } = tf.findBackend('webgpu') as unknown as PooledBackend;
      const { numBytesUsed, numBytesAllocated } = bufferManager;
      if (numBytesUsed === 0 && numBytesAllocated > mostPooledBytes) {
        bufferManager.dispose();
      }
    },
  };
}

/** Drivers that compute on the processor: for tests, and slower than everything else. */
export function isSoftware(
  info: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'> & {
    readonly isFallbackAdapter?: boolean;
  },
): boolean {
  const words = [info.vendor, info.architecture, info.device, info.description].join(' ');
  return (
    info.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i.test(words)
  );
}
