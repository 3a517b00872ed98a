import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '../failures';
import type { Origin } from './recipes';

/** Base addresses that files are fetched from. */
export interface Sources {
  /** A registry of npm packages. */
  readonly npm: string;
  /** An index of Python packages (PEP 503). */
  readonly pypi: string;
  /** Where TensorFlow publishes its C library. */
  readonly storage: string;
}

/** Where the tools themselves look when nobody told them otherwise. */
export const publicSources: Sources = {
  npm: 'https://registry.npmjs.org/',
  pypi: 'https://pypi.org/simple/',
  storage: 'https://storage.googleapis.com/',
};

export interface Place {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The addresses that npm, pip and tfjs-node use on this machine: from their environment variables
 * and, for npm and pip, the registry in the user's configuration files.
 */
export async function readSources(
  env: Environment = process.env,
  home: string = homedir(),
): Promise<Sources> {
  const npm =
    env.npm_config_registry ??
    env.NPM_CONFIG_REGISTRY ??
    (await settingIn([join(home, '.npmrc')], 'registry'));
  const pypi =
    env.PIP_INDEX_URL ?? (await settingIn(pipConfigurations(env, home), 'index-url', 'global'));
  const storage =
    env.TFJS_NODE_CDN_STORAGE ?? env.npm_config_TFJS_NODE_CDN_STORAGE ?? env.CDN_STORAGE;
  return {
    npm: asBase(npm) ?? publicSources.npm,
    pypi: asBase(pypi) ?? publicSources.pypi,
    storage: asBase(storage) ?? publicSources.storage,
  };
}

/**
 * The address of a file. Registries are asked; their mirrors keep files elsewhere.
 * @throws FileError when the registry does not answer or does not have it.
 */
export async function locate(
  origin: Origin,
  sources: Sources,
  signal?: AbortSignal,
): Promise<Place> {
  if (origin.registry === 'storage') {
    return placeOf(sources.storage + origin.path, sources.storage);
  }
  if (origin.registry === 'npm') {
    const page = placeOf(`${sources.npm}${origin.package.replace('/', '%2f')}`, sources.npm);
    const { url, response } = await ask(
      page,
      'application/vnd.npm.install-v1+json, application/json;q=0.5',
      signal,
    );
    const { versions } = (await response.json()) as {
      versions?: Record<string, { dist?: { tarball?: string } }>;
    };
    const tarball = versions?.[origin.version]?.dist?.tarball;
    if (tarball === undefined) {
      throw missing(`${origin.package} ${origin.version}`, url);
    }
    return placeOf(new URL(tarball, url).href, sources.npm);
  }
  const page = placeOf(`${sources.pypi}${origin.project}/`, sources.pypi);
  const { url, response } = await ask(page, pythonIndexTypes, signal);
  const link = linkIn(await response.text(), origin.file);
  if (link === undefined) {
    throw missing(origin.file, url);
  }
  return placeOf(new URL(link, url).href, sources.pypi);
}

/** An address as it may be shown: without user name and password. */
export function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

const pythonIndexTypes =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

/** In an index page, which is JSON (PEP 691) or HTML (PEP 503). */
export function linkIn(page: string, file: string): string | undefined {
  if (page.trimStart().startsWith('{')) {
    const { files } = JSON.parse(page) as { files?: { filename: string; url: string }[] };
    return files?.find(({ filename }) => filename === file)?.url;
  }
  for (const [, href, text] of page.matchAll(/<a\b[^>]*\bhref="([^"]+)"[^>]*>([^<]*)<\/a>/gi)) {
    if (text.trim() === file) {
      return href.replaceAll('&amp;', '&');
    }
  }
  return undefined;
}

async function ask(
  { url, headers }: Place,
  accept: string,
  signal?: AbortSignal,
): Promise<{ url: string; response: Response }> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { ...headers, accept }, signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new FileError(
      `${new URL(url).host} cannot be reached: ${reasonOf(cause)}.`,
      {},
      { cause },
    );
  }
  if (!response.ok) {
    throw new FileError(`${shown(url)} answers with status ${response.status}.`, {
      value: response.status,
    });
  }
  // Relative links are relative to where the answer came from.
  return { url: response.url || url, response };
}

/** `fetch` says little; its cause says why. */
export function reasonOf(thrown: unknown): string {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException).code;
  const text = cause.message || code || error.message;
  return text.replace(/\.$/, '');
}

/** Credentials in an address become a header, for files of the same host only. */
function placeOf(url: string, base: string): Place {
  const { username, password, host } = new URL(base);
  const address = new URL(url);
  address.username = '';
  address.password = '';
  address.hash = '';
  const isSame = address.host === host && username !== '';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    url: address.href,
    headers: isSame
      ? { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
      : {},
  };
}

function missing(what: string, url: string): FileError {
  return new FileError(`${shown(url)} does not have ${what}.`, { value: what });
}

function pipConfigurations(env: Environment, home: string): string[] {
  if (env.PIP_CONFIG_FILE !== undefined) {
    return [env.PIP_CONFIG_FILE];
  }
  const configuration = env.XDG_CONFIG_HOME ?? join(home, '.config');
  return process.platform === 'win32'
    ? [join(env.APPDATA ?? home, 'pip', 'pip.ini'), join(home, 'pip', 'pip.ini')]
    : [join(configuration, 'pip', 'pip.conf'), join(home, '.pip', 'pip.conf'), '/etc/pip.conf'];
}

/** The value of a name in the first ini file that has it, in `section` where one is given. */
async function settingIn(
  files: readonly string[],
  name: string,
  section?: string,
): Promise<string | undefined> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    let current: string | undefined;
    for (const line of text.split(/\r?\n/)) {
      current = /^\s*\[(.+)\]\s*$/.exec(line)?.[1] ?? current;
      const [, key, value] = /^\s*([\w-]+)\s*[=:]\s*(\S+)\s*$/.exec(line) ?? [];
      if (key === name && current === section) {
        return value;
      }
    }
  }
  return undefined;
}

function asBase(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) {
    return undefined;
  }
  return url.endsWith('/') ? url : `${url}/`;
}
