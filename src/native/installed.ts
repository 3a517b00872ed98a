import { rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { compareWithManifest, readManifest } from '../engine/backends/nativeManifest';
import { inUse, removeLeftovers } from './install';
import { withLock } from './lock';
import { currentRecipes } from './plan';
import type { NativeComponent } from './recipes';

/** What is installed of a component. */
export interface InstalledComponent {
  readonly component: NativeComponent;
  readonly folder: string;
  readonly installed: boolean;
  readonly versions: Readonly<Record<string, string>>;
  readonly origin?: string;
  readonly installedAt?: string;
  readonly bytes?: number;
  /** Whether this version would install the same. */
  readonly isCurrent: boolean;
  /** What does not agree with what was installed. */
  readonly problem?: string;
}

const packageNames: Readonly<Record<NativeComponent, string>> = {
  tensorflow: join('@tensorflow', 'tfjs-node'),
  webgpu: 'webgpu',
};

/** Looks at what is installed below `folder`; `isThorough` reads every byte of it. */
export async function installedComponent(
  component: NativeComponent,
  folder: string,
  options: { readonly isThorough?: boolean } = {},
): Promise<InstalledComponent> {
  const place = join(folder, 'node_modules', packageNames[component]);
  const manifest = await readManifest(place);
  if (!manifest) {
    const isThere = await stat(place).then(
      () => true,
      () => false,
    );
    return {
      component,
      folder: place,
      installed: isThere,
      isCurrent: false,
      versions: {},
      ...(isThere && { problem: 'was not put there by TensorPress' }),
    };
  }
  const { versions, origin, installedAt, bytes } = manifest;
  const problem = await compareWithManifest(place, manifest, options);
  return {
    component,
    folder: place,
    installed: true,
    isCurrent: currentRecipes(component).includes(manifest.recipe),
    versions,
    origin,
    installedAt,
    bytes,
    ...(problem !== undefined && { problem }),
  };
}

/** Removes a component and what installations left behind; false when there was nothing. */
export async function removeComponent(
  component: NativeComponent,
  folder: string,
): Promise<boolean> {
  const { installed, folder: place } = await installedComponent(component, folder);
  if (!installed) {
    return false;
  }
  return withLock(folder, async () => {
    const old = join(folder, `.old-${process.pid}-${Date.now()}`);
    try {
      await rename(place, old);
    } catch (error) {
      throw inUse(place, error as NodeJS.ErrnoException);
    }
    await rm(old, { recursive: true, force: true }).catch(() => {});
    await rm(join(folder, 'downloads'), { recursive: true, force: true });
    await removeLeftovers(folder);
    return true;
  });
}

/**
 * Where the command line installs to: the user's folder for application data. TENSORPRESS_HOME
 * names another one.
 */
export function userNativeFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): string {
  const home = homedir();
  const data =
    platform === 'win32'
      ? (env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'))
      : platform === 'darwin'
        ? join(home, 'Library', 'Application Support')
        : env.XDG_DATA_HOME || join(home, '.local', 'share');
  return env.TENSORPRESS_HOME
    ? join(env.TENSORPRESS_HOME, 'native')
    : join(data, 'tensorpress', 'native');
}
