import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Argument, Option } from 'commander';
import { install, type Installed } from '../../native/install';
import {
  installedComponent,
  removeComponent,
  userNativeFolder,
  type InstalledComponent,
} from '../../native/installed';
import { planInstall, type InstallPlan } from '../../native/plan';
import { nativeComponents, type NativeComponent } from '../../native/recipes';
import { readSources, shown } from '../../native/sources';
import type { Progress } from '../../protocol/engine';
import { print, withProgress, type CliContext } from '../context';
import { jsonOption } from '../options';
import { renderTable } from '../table';
import { formatBytes } from '../text';

interface Options {
  readonly folder?: string;
  readonly json?: boolean;
}

/** `tensorpress native`: the libraries that the backends tensorflow and webgpu need. */
export function addNative(program: Command, context: CliContext): void {
  const native = program
    .command('native')
    .description('install, look at or remove the native libraries of optional backends');
  const component = () =>
    new Argument('[component]', 'what to install').choices(nativeComponents).default('tensorflow');

  native
    .command('install')
    .description('download and put together what a backend needs; does nothing when it is there')
    .addArgument(component())
    .addOption(folderOption())
    .option('--plan', 'only say what would be downloaded, from where, and how much')
    .addOption(jsonOption())
    .action((name: NativeComponent, options: Options & { plan?: boolean }) =>
      installCommand(context, name, options),
    );

  native
    .command('status')
    .description('say what is installed')
    .addOption(folderOption())
    .option('--verify', 'compare every byte with what was installed')
    .addOption(jsonOption())
    .action(async ({ verify, json, ...options }: Options & { verify?: boolean }) => {
      const folder = folderOf(options);
      const components = await Promise.all(
        nativeComponents.map((name) => installedComponent(name, folder, { isThorough: verify })),
      );
      print(context, json, { folder, components }, () => describeStatus(components));
    });

  native
    .command('remove')
    .description('delete what was installed')
    .addArgument(component())
    .addOption(folderOption())
    .addOption(jsonOption())
    .action(async (name: NativeComponent, { json, ...options }: Options) => {
      const removed = await removeComponent(name, folderOf(options));
      print(context, json, { component: name, removed }, () => [
        removed ? `Removed ${name}.` : `There is no ${name} to remove.`,
      ]);
    });
}

async function installCommand(
  context: CliContext,
  name: NativeComponent,
  { json, plan: isDry, ...options }: Options & { plan?: boolean },
): Promise<void> {
  const { signal } = context;
  const folder = folderOf(options);
  const present = await installedComponent(name, folder);
  if (!isDry && present.isCurrent && present.problem === undefined) {
    print(context, json, { ...present, wasThere: true }, () => [
      `${present.origin} is installed already, in ${present.folder}.`,
    ]);
    return;
  }
  const plan = await planInstall(name, { sources: await readSources(), signal });
  if (isDry) {
    print(context, json, describePlanAsJson(plan, folder), () => describePlan(plan, folder));
    return;
  }
  if (!json) {
    context.stderr(`${describePlan(plan, folder).join('\n')}\n`);
  }
  const installed = await withProgress<Installed, Progress>(
    context,
    'Installing',
    ({ signal: stop, onProgress }) =>
      install(plan, { folder, signal: stop, report: (progress) => onProgress?.(progress) }),
  );
  print(
    context,
    json,
    { ...(await installedComponent(name, folder)), wasThere: installed.wasThere },
    () => [
      `Installed ${installed.manifest.origin}: ${formatBytes(installed.manifest.bytes)} in ${installed.folder}.`,
    ],
  );
}

function describePlan(plan: InstallPlan, folder: string): string[] {
  return [
    `${plan.title} into ${folder}:`,
    ...plan.downloads.map(
      ({ artifact, place }) =>
        `  ${artifact.title}: about ${formatBytes(artifact.bytes)} from ${new URL(place.url).host}`,
    ),
    `  about ${formatBytes(plan.installedBytes)} on disk` +
      (plan.compiler ? `; the addon is built with ${plan.compiler}` : ''),
  ];
}

function describePlanAsJson(plan: InstallPlan, folder: string): unknown {
  const { component, title, versions, downloads, downloadBytes, installedBytes, compiler } = plan;
  return {
    component,
    title,
    folder,
    versions,
    downloadBytes,
    installedBytes,
    compiler,
    downloads: downloads.map(({ artifact, place }) => ({
      title: artifact.title,
      url: shown(place.url),
      bytes: artifact.bytes,
      checksum: artifact.checksum,
    })),
  };
}

function describeStatus(components: readonly InstalledComponent[]): string[] {
  return renderTable(
    [
      { title: 'Component' },
      { title: 'State' },
      { title: 'Size', align: 'right' },
      { title: 'What' },
    ],
    components.map(({ component, installed, problem, bytes, origin, folder }) => [
      component,
      !installed ? 'not installed' : problem === undefined ? 'installed' : 'not whole',
      bytes === undefined ? '' : formatBytes(bytes),
      !installed ? '' : problem === undefined ? `${origin}, in ${folder}` : `${folder} ${problem}`,
    ]),
  );
}

function folderOption(): Option {
  return new Option('--folder <dir>', 'where to, instead of the folder for application data');
}

function folderOf({ folder }: Options): string {
  return folder === undefined ? userNativeFolder() : resolve(folder);
}
