import { spawn } from 'node:child_process';
import { CancelledError, UnsupportedError } from '../failures';

export interface Compiled {
  readonly code: number | null;
  readonly output: string;
}

/** Where no compiler is found: what to do, by `process.platform`. */
const advice: Readonly<Record<string, string>> = {
  linux: 'Install one, for example with "sudo apt install g++" or "sudo dnf install gcc-c++".',
  darwin: 'Install one with "xcode-select --install".',
};

/** The first C++ compiler that answers: the one of the variable CXX, g++, clang++, c++. */
export async function findCompiler(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | undefined> {
  for (const name of [env.CXX, 'g++', 'clang++', 'c++']) {
    if (name) {
      const { code } = await runProgram(name, ['--version']).catch(() => ({ code: 1 }));
      if (code === 0) {
        return name;
      }
    }
  }
  return undefined;
}

export function noCompiler(platform: string = process.platform): UnsupportedError {
  return new UnsupportedError(
    "TensorFlow's addon has to be built on this machine, and there is no C++ compiler (g++, clang++). " +
      (advice[platform] ?? 'Install one, or name it in the environment variable CXX.'),
  );
}

export interface AddonBuild {
  readonly compiler: string;
  readonly sources: readonly string[];
  readonly includes: readonly string[];
  readonly libraries: readonly string[];
  readonly output: string;
  /** Where the libraries are from the addon's folder. */
  readonly librariesFromAddon: string;
  readonly signal?: AbortSignal;
}

/** Compiles tfjs-node's addon against Node-API 8. @throws UnsupportedError with what the compiler says */
export async function compileAddon(build: AddonBuild): Promise<void> {
  const { code, output } = await runProgram(build.compiler, compilerArguments(build), build.signal);
  if (code !== 0) {
    const errors = output.split('\n').filter((line) => /error|cannot find/i.test(line));
    const said = (errors.length > 0 ? errors : output.trim().split('\n')).slice(0, 3).join(' ');
    throw new UnsupportedError(
      `TensorFlow's addon could not be built: ${build.compiler} says: ${said || `exit code ${code}`}`,
    );
  }
}

export function compilerArguments(
  build: AddonBuild,
  platform: string = process.platform,
): string[] {
  const perPlatform =
    platform === 'darwin'
      ? [...['-undefined', 'dynamic_lookup'], `-Wl,-rpath,@loader_path/${build.librariesFromAddon}`]
      : // Never unloaded: TensorFlow's threads would run on in memory that is gone.
        ['-Wl,-z,nodelete', `-Wl,-rpath,$ORIGIN/${build.librariesFromAddon}`];
  return [
    ...['-std=c++17', '-O2', '-fPIC', '-shared'],
    ...['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding', '-DBUILDING_NODE_EXTENSION'],
    ...build.includes.map((folder) => `-I${folder}`),
    ...build.sources,
    ...build.libraries,
    ...perPlatform,
    ...['-o', build.output],
  ];
}

/** Runs a program to its end; its output is what it prints on both streams. */
function runProgram(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<Compiled> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      // Messages are searched for words.
      env: { ...process.env, LC_ALL: 'C' },
      signal,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const collect = (data: unknown) => (output += String(data));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => reject(signal?.aborted ? new CancelledError() : error));
    child.once('close', (code) => resolve({ code, output }));
  });
}
