import { homedir } from 'node:os';
import { join } from 'node:path';
import { userNativeFolder } from '../native/installed';
import type { BackendChoice, BackendSettings } from '../protocol/backends';

/** How the command line's engine chooses a backend: `choice` when one is named, else `auto`. */
export function backendSettings(
  choice: BackendChoice | undefined,
  env: NodeJS.ProcessEnv = process.env,
): BackendSettings {
  const nativeFolder = env.TENSORPRESS_NATIVE_FOLDER;
  const webgpuAdapter = env.TENSORPRESS_WEBGPU_ADAPTER;
  return {
    choice: choice ?? 'auto',
    // Who names a backend wants it, and not another one.
    isStrict: choice !== undefined,
    ...(nativeFolder && { nativeFolder }),
    installedFolder: userNativeFolder(env),
    ...(webgpuAdapter && { webgpuAdapter }),
    calibrationFile: join(cacheFolder(env), 'calibration.json'),
  };
}

/** Where the system wants what can be made again. */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.XDG_CACHE_HOME) {
    return join(env.XDG_CACHE_HOME, 'tensorpress');
  }
  if (platform === 'win32' && env.LOCALAPPDATA) {
    return join(env.LOCALAPPDATA, 'tensorpress', 'cache');
  }
  const folder = platform === 'darwin' ? join('Library', 'Caches') : '.cache';
  return join(homedir(), folder, 'tensorpress');
}
